"""Import what is live into files, and see that the first plan of them has nothing to do."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from acceptance.commands import Done, quickstart, trueup

pytestmark = [pytest.mark.process, pytest.mark.slow]

CONNECTORS = ["acme-erp", "acme-mail", "acme-search", "acme-tax", "legacy-export"]
DEPLOYMENTS = ["acme-search-staging"]
FILES = [*(f"connectors/{key}.yaml" for key in CONNECTORS), *(f"deployments/{key}.yaml" for key in DEPLOYMENTS)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Take the quickstart without its manifests."""
    place = quickstart(tmp_path)
    for file in [
        file for folder in ("connectors", "certifications", "deployments") for file in place.glob(f"{folder}/*")
    ]:
        file.unlink()
    return place


def written(place: Path) -> list[str]:
    return sorted(
        str(f.relative_to(place)) for f in place.rglob("*.yaml") if f.name not in {"trueup.yaml", "live.yaml"}
    )


def left(done: Done) -> dict[str, str]:
    return {one["name"]: one["reason"] for one in done.document["import"]["left"]}


def nothing_to_plan(place: Path) -> bool:
    done = trueup("plan", "--detailed-exitcode", cwd=place)
    return done.status == 0


def seed(place: Path, **more: Any) -> None:
    """Let the sandbox start from other live state, as JSON: PyYAML writes 1e3 without quotes, which is a number."""
    (place / "live.yaml").write_text(json.dumps(more))


def test_all_of_a_target_is_written_and_then_there_is_nothing_to_plan_or_import(place: Path) -> None:
    done = trueup("import", "--target", "connect-eu", "--format", "json", cwd=place)
    assert (done.status, done.err) == (0, "")
    document = done.document["import"]
    assert [one["identity"]["value"] for one in document["imported"]] == [*CONNECTORS, *DEPLOYMENTS]
    assert written(place) == FILES
    assert all((place / one["file"]).read_text() == one["manifest"] for one in document["imported"])
    assert nothing_to_plan(place)
    again = trueup("import", "--target", "connect-eu", cwd=place)
    assert (again.status, again.out) == (0, "Nothing to import: all 6 already have a manifest.\n")


def test_names_are_found_wherever_they_are(place: Path) -> None:
    done = trueup("import", "acme-tax", "ACME-EPD-001", "nothing", "--format", "json", cwd=place)
    assert done.status == 5
    assert written(place) == ["certifications/ACME-EPD-001.yaml", "connectors/acme-tax.yaml"]
    assert left(done) == {"nothing": "no resource has this name on connect-eu, origin"}
    assert nothing_to_plan(place)
    again = trueup("import", "acme-tax", "--format", "json", cwd=place)
    assert [one["position"]["file"] for one in again.document["import"]["described"]] == ["connectors/acme-tax.yaml"]
    assert again.status == 0


def test_names_may_come_from_standard_input(place: Path) -> None:
    done = trueup("import", "--target", "origin", "-", cwd=place, stdin="ACME-EPD-001\n\n  ACME-ISO-003\n")
    assert done.status == 0
    assert written(place) == ["certifications/ACME-EPD-001.yaml", "certifications/ACME-ISO-003.yaml"]
    empty = trueup("import", "--target", "connect-eu", "-", cwd=place, stdin="\n")
    assert (empty.status, len(written(place))) == (64, 2)


def test_a_certification_without_an_external_id_is_named_by_origins_own(place: Path) -> None:
    name = "13949a9b-ee17-4760-93e9-7749ff2faa79"
    done = trueup("import", "--origin-id", name, cwd=place)
    assert done.status == 0, done.out
    assert f"originId: {name}" in (place / "certifications" / f"{name}.yaml").read_text()
    assert nothing_to_plan(place)


def test_a_certification_gets_no_second_manifest_by_its_other_name(place: Path) -> None:
    live = {"originId": "0A-1", "externalId": "E", "url": "https://a.example"}
    seed(place, certifications=[live])
    assert trueup("import", "--origin-id", "0A-1", cwd=place).status == 0
    by_external = trueup("import", "E", "--target", "origin", "--format", "json", cwd=place)
    assert left(by_external) == {"E": "it is the same as originId 0A-1, which has a manifest"}
    (place / "certifications" / "0A-1.yaml").unlink()
    assert trueup("import", "E", "--target", "origin", cwd=place).status == 0
    by_id = trueup("import", "--origin-id", "0A-1", "--format", "json", cwd=place)
    assert set(left(by_id).values()) == {"it is the same as externalId E, which has a manifest"}
    assert written(place) == ["certifications/E.yaml"]


def test_what_origin_cannot_list_is_said(place: Path) -> None:
    done = trueup("import", "--format", "json", cwd=place)
    assert done.status == 5
    assert "no known search that lists all your certifications" in left(done)[""]
    assert written(place) == FILES
    alone = trueup("import", "--target", "origin", cwd=place)
    assert alone.status == 64
    assert "Name them" in alone.err
    assert trueup("import", "--origin-id", cwd=place).status == 64


def test_a_dry_run_writes_nothing_and_shows_everything(place: Path) -> None:
    done = trueup("import", "--target", "connect-eu", "--dry-run", "--verbose", cwd=place)
    assert done.status == 0
    assert "Would write 6 manifests." in done.out
    assert "key: acme-tax" in done.out
    assert written(place) == []
    markdown = trueup("import", "acme-tax", "--dry-run", "--format", "markdown", cwd=place)
    assert "## Import" in markdown.out


def test_nothing_is_overwritten(place: Path) -> None:
    other = place / "connectors" / "acme-tax.yaml"
    other.write_text("# mine\n")
    for more in ([], ["--dry-run"]):
        done = trueup("import", "acme-tax", "acme-mail", "--keep-going", "--format", "json", *more, cwd=place)
        assert "already exists" in left(done)["acme-tax"]
    assert other.read_text() == "# mine\n"
    assert (place / "connectors" / "acme-mail.yaml").exists()


def test_a_file_that_the_project_would_not_find_is_not_written(place: Path) -> None:
    done = trueup("import", "acme-tax", "--dir", "elsewhere", "--format", "json", cwd=place)
    assert done.status == 5
    assert "do not find elsewhere/acme-tax.yaml" in left(done)["acme-tax"]
    assert not (place / "elsewhere").exists()
    assert trueup("import", "acme-tax", "--dir", "connectors/team", cwd=place).status == 0
    assert written(place) == ["connectors/team/acme-tax.yaml"]
    assert nothing_to_plan(place)


def test_from_a_folder_below_files_go_to_the_same_place(place: Path) -> None:
    (place / "connectors" / "deep").mkdir()
    done = trueup("import", "acme-tax", "--format", "json", cwd=place / "connectors" / "deep")
    assert done.document["import"]["imported"][0]["file"] == "../acme-tax.yaml"
    assert written(place) == ["connectors/acme-tax.yaml"]


def test_manifests_that_are_invalid_stop_it_unless_told_to_go_on(place: Path) -> None:
    (place / "connectors" / "bad.yaml").write_text("kind: Connector\n")
    assert trueup("import", "acme-tax", cwd=place).status == 3
    assert written(place) == ["connectors/bad.yaml"]
    assert trueup("import", "acme-tax", "--keep-going", cwd=place).status == 3
    assert "connectors/acme-tax.yaml" in written(place)


def test_lifecycle_is_shown_or_asked_for(place: Path) -> None:
    assert trueup("import", "acme-search", cwd=place).status == 0
    file = place / "connectors" / "acme-search.yaml"
    assert "# lifecycle:\n#   previewable: true\n#   publish: private\n" in file.read_text()
    file.unlink()
    assert trueup("import", "acme-search", "--lifecycle", cwd=place).status == 0
    assert "\nlifecycle:\n  previewable: true\n  publish: private\n" in file.read_text()
    assert nothing_to_plan(place)


HOSTILE = {
    "key": "evil",
    "name": "no",
    "description": "1:30",
    "creator": {"email": "a@acme.example", "name": "\x1b[31mred\u2028\x85 \u202e", "title": "- a: [b]\n  # c\n"},
    "repository": {"url": "git@github.com:a/b.git", "tag": "1e3"},
    "documentationUrl": "../../etc/passwd",
}


def test_values_that_look_like_yaml_or_would_draw_on_a_terminal_change_nothing(place: Path) -> None:
    name = "../../etc/cron.d/x"
    certification = {"externalId": name, "standard": {"code": "EPD"}, "reportingBody": {"name": "null"}, "url": "~"}
    seed(place, connectors=[HOSTILE], certifications=[certification])
    done = trueup("import", "evil", name, cwd=place)
    assert done.status == 0, done.out
    assert "\x1b" not in done.out
    assert len(written(place)) == 2
    assert not list(place.parent.glob("etc*"))
    document = yaml.safe_load((place / "connectors" / "evil.yaml").read_text())["spec"]
    assert document == {key: value for key, value in HOSTILE.items() if key != "key"}
    assert nothing_to_plan(place)


def test_what_no_manifest_may_name_is_left_and_spelled_out(place: Path) -> None:
    rest = {"standard": {"code": "EPD"}, "reportingBody": {"name": "A"}, "url": "https://a.example"}
    name, brand = "E-1\x1b[31m", "\u201cA\u201d"
    seed(
        place,
        certifications=[{"externalId": name, **rest}, {"externalId": "E-2", "brands": [{"name": brand}], **rest}],
    )
    done = trueup("import", name, "E-2", cwd=place)
    told = " ".join(done.out.split())
    assert done.status == 5, told
    assert "\x1b" not in done.out
    assert r"externalId 'E-1\x1b[31m' has hidden characters: U+001B" in told
    assert f"name '{brand}' has curly quotes: U+201C LEFT DOUBLE QUOTATION MARK" in told
    assert len(written(place)) == 1
    assert nothing_to_plan(place)


def test_a_value_that_no_manifest_can_say_is_left_out_and_said(place: Path) -> None:
    certification = {"externalId": "E", "issueDate": "soon", "contacts": [{"externalId": "C", "type": "PLUMBER"}]}
    seed(place, certifications=[{**certification, "url": "https://a.example"}])
    done = trueup("import", "E", "--target", "origin", "--format", "json", cwd=place)
    assert done.status == 5
    (imported,) = done.document["import"]["imported"]
    assert [one["path"] for one in imported["left"]] == ["issueDate", "contacts"]
    assert "url: https://a.example" in imported["manifest"]
    assert nothing_to_plan(place)


def test_with_several_targets_of_a_platform_files_and_manifests_name_it(place: Path) -> None:
    project = place / "trueup.yaml"
    project.write_text(
        project.read_text().replace("targets:\n", "targets:\n  us: {platform: connect, sandbox: true}\n")
    )
    assert trueup("import", "acme-tax", cwd=place).status == 0
    assert written(place) == ["connectors/connect-eu/acme-tax.yaml", "connectors/us/acme-tax.yaml"]
    assert "  target: us\n" in (place / "connectors" / "us" / "acme-tax.yaml").read_text()
    assert nothing_to_plan(place)


def test_a_draft_without_a_key_and_twins_are_left_with_the_reason(place: Path) -> None:
    draft = {"name": "A", "creator": {"email": "a@b.example"}, "repository": {"url": "git@h:a/b.git", "tag": "v1"}}
    seed(place, connectors=[{**draft, "id": "one"}, {**draft, "key": "good"}])
    done = trueup("import", "--target", "connect-eu", "--format", "json", cwd=place)
    assert done.status == 5
    assert left(done) == {"with id one": "it has no key and cannot be given one, so no manifest can name it"}
    assert written(place) == ["connectors/good.yaml"]


def test_without_a_project_there_is_nothing_to_import_from(tmp_path: Path) -> None:
    done = trueup("import", "--format", "json", cwd=tmp_path)
    assert (done.status, done.document["error"]["type"]) == (64, "UsageError")
    sandboxed = trueup("import", "--sandbox", "--target", "connect", cwd=tmp_path)
    assert (sandboxed.status, sandboxed.out) == (0, "Nothing to import.\n")
