"""Plan with a base, and only what changed: as people do it, in a repository of their own."""

from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import Done, quickstart, trueup
from repositories import ENVIRONMENT, Work, git, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

Resources = Mapping[str, Any]


@pytest.fixture
def house(tmp_path: Path) -> Work:
    """Commit the quickstart after having applied it."""
    place = quickstart(tmp_path)
    work = new_repository(place)
    (place / ".gitignore").write_text(".trueup/\n")
    work.commit()
    assert trueup("apply", "--yes", cwd=place).status == 3
    return work


def resources(done: Done) -> Resources:
    assert done.document["error"] is None, done.document
    return {resource["identity"]["value"]: resource for resource in done.document["plan"]["resources"]}


def causes(done: Done) -> dict[str, set[str]]:
    return {
        name: {action["cause"] for action in resource["actions"]}
        for name, resource in resources(done).items()
        if resource["actions"] and resource["verdict"] != "blocked"
    }


def edit(work: Work, file: str, old: str, new: str) -> None:
    text = (work.root / file).read_text()
    assert old in text
    work.put({file: text.replace(old, new, 1)})


def edit_live(work: Work, **words: str) -> None:
    """Change live state as another user would: by applying other manifests and putting ours back."""
    before = {file: file.read_text() for file in (work.root / "connectors").glob("*.yaml")}
    for file, text in before.items():
        file.write_text(reduce(lambda changed, word: changed.replace(*word), words.items(), text))
    assert trueup("apply", "--yes", "--select", "demo=ok", cwd=work.root).status == 0
    for file, text in before.items():
        file.write_text(text)


def test_the_three_causes_are_told_apart(house: Work) -> None:
    edit_live(house, **{"name: Acme Mail": "name: Their Mail", "tag: v1.4.0": "tag: v9.0.0"})
    edit(house, "connectors/tax.yaml", "tag: v1.4.0", "tag: v1.5.0")
    edit(house, "connectors/psp.yaml", "name: Acme PSP", "name: Acme Payments")
    done = trueup("plan", "--base", "HEAD", "--format", "json", cwd=house.root)
    assert causes(done) == {"acme-mail": {"drift"}, "acme-tax": {"both"}, "acme-psp": {"your change"}}
    assert done.document["plan"]["base"] == {"revision": "HEAD", "commit": git(house.root, "rev-parse", "HEAD")}
    shown = trueup("plan", "--base", "HEAD", cwd=house.root).out
    assert "Drift: live changed, the manifests did not" in shown
    assert "1 drift, 1 on both sides, 1 your change." in shown


def test_apply_leaves_alone_what_both_sides_changed_unless_told_to_overwrite(house: Work) -> None:
    edit_live(house, **{"tag: v1.4.0": "tag: v9.0.0"})
    edit(house, "connectors/tax.yaml", "tag: v1.4.0", "tag: v1.5.0")
    edit(house, "connectors/psp.yaml", "name: Acme PSP", "name: Acme Payments")
    chosen = ("--yes", "--base", "HEAD", "--select", "demo=ok", "--format", "json")
    stopped = trueup("apply", *chosen, cwd=house.root)
    statuses = {o["identity"]["value"]: o["status"] for o in stopped.document["outcomes"]}
    assert stopped.status == 3
    assert (statuses["acme-tax"], statuses["acme-psp"]) == ("blocked", "applied")
    assert "repository changed both in the manifest and live" in next(
        o["message"] for o in stopped.document["outcomes"] if o["identity"]["value"] == "acme-tax"
    )
    overwritten = trueup("apply", *chosen, "--on-conflict", "overwrite", cwd=house.root)
    assert overwritten.status == 0
    assert trueup("plan", "--select", "demo=ok", "--detailed-exitcode", cwd=house.root).status == 0


def test_a_saved_plan_keeps_its_causes(house: Work) -> None:
    edit_live(house, **{"tag: v1.4.0": "tag: v9.0.0"})
    edit(house, "connectors/tax.yaml", "tag: v1.4.0", "tag: v1.5.0")
    assert trueup("plan", "--base", "HEAD", "--select", "demo=ok", "--out", "plan.json", cwd=house.root).status == 0
    assert trueup("apply", "--plan", "plan.json", "--yes", cwd=house.root).status == 3
    assert trueup("apply", "--plan", "plan.json", "--yes", "--base", "HEAD", cwd=house.root).status == 3
    assert trueup("apply", "--plan", "plan.json", "--yes", "--changed-since", "HEAD", cwd=house.root).status == 64
    overwrite = ("--on-conflict", "overwrite")
    assert trueup("apply", "--plan", "plan.json", "--yes", *overwrite, cwd=house.root).status == 0


def test_without_a_base_no_cause_is_guessed(house: Work) -> None:
    edit(house, "connectors/psp.yaml", "name: Acme PSP", "name: Acme Payments")
    assert causes(trueup("plan", "--format", "json", cwd=house.root)) == {"acme-psp": {None}}


def test_what_is_gone_since_is_named_and_left_alone(house: Work) -> None:
    (house.root / "connectors" / "psp.yaml").unlink()
    done = trueup("plan", "--base", "HEAD", "--format", "json", cwd=house.root)
    assert [(g["identity"]["value"], g["position"]["file"]) for g in done.document["plan"]["gone"]] == [
        ("acme-psp", "HEAD:connectors/psp.yaml")
    ]
    assert "acme-psp" not in resources(done)
    assert "No longer managed" in trueup("plan", "--base", "HEAD", cwd=house.root).out


def test_with_paths_or_invalid_files_nothing_is_called_gone(house: Work) -> None:
    (house.root / "connectors" / "psp.yaml").unlink()
    part = trueup("plan", "connectors", "--base", "HEAD", "--format", "json", cwd=house.root)
    assert part.document["plan"]["gone"] == []
    house.put({"connectors/tax.yaml": "kind: Connector\n"})
    broken = trueup("plan", "--keep-going", "--base", "HEAD", "--format", "json", cwd=house.root)
    assert broken.document["plan"]["gone"] == []


@pytest.mark.parametrize("revision", ["HEAD", "HEAD~1"])
def test_only_what_changed_is_planned_and_that_as_in_the_plan_of_everything(house: Work, revision: str) -> None:
    edit(house, "connectors/psp.yaml", "name: Acme PSP", "name: Acme Payments")
    edit(house, "certifications/epd.yaml", "certificateNumber: ABC-123-000002", "certificateNumber: NEW-1")
    (house.root / "certifications" / "quality.yaml").rename(house.root / "certifications" / "moved.yaml")
    house.put({"connectors/new.yaml": (house.root / "connectors/tax.yaml").read_text().replace("acme-tax", "acme-new")})
    (house.root / "connectors" / "erp.yaml").unlink()
    if revision != "HEAD":
        house.commit()
    base = ("--base", revision, "--format", "json")
    part = trueup("plan", "--changed-since", revision, *base, cwd=house.root)
    whole = trueup("plan", *base, cwd=house.root)
    touched = {"acme-psp", "ACME-EPD-001", "acme-new"}
    assert resources(part) == {name: resource for name, resource in resources(whole).items() if name in touched}
    assert part.document["plan"]["gone"] == whole.document["plan"]["gone"]
    assert [g["identity"]["value"] for g in part.document["plan"]["gone"]] == ["acme-erp"]


def test_files_that_did_not_change_are_not_even_parsed(house: Work) -> None:
    house.commit({"connectors/broken.yaml": "kind: [\n"})
    edit(house, "connectors/psp.yaml", "name: Acme PSP", "name: Acme Payments")
    assert trueup("validate", cwd=house.root).status == 3
    done = trueup("validate", "--changed-since", "HEAD", cwd=house.root)
    assert (done.status, "1 of 1 manifest is valid" in done.out) == (0, True)
    assert set(resources(trueup("plan", "--changed-since", "HEAD", "--format", "json", cwd=house.root))) == {"acme-psp"}


def test_what_is_wrong_in_a_changed_file_is_found(house: Work) -> None:
    house.put({"connectors/broken.yaml": "kind: [\n"})
    done = trueup("validate", "--changed-since", "HEAD", "--format", "json", cwd=house.root)
    assert done.status == 3
    assert {d["position"]["file"] for d in done.document["diagnostics"]} == {"connectors/broken.yaml"}


def test_nothing_changed_is_nothing_to_plan(house: Work) -> None:
    done = trueup("plan", "--changed-since", "HEAD", "--detailed-exitcode", "--format", "json", cwd=house.root)
    assert (done.status, resources(done)) == (0, {})
    assert trueup("validate", "--changed-since", "HEAD", cwd=house.root).status == 0


@pytest.mark.parametrize("target", ["nowhere.yaml", "/nowhere/x.yaml"])
def test_a_link_that_leads_nowhere_is_no_deleted_file(house: Work, target: str) -> None:
    file = house.root / "connectors" / "psp.yaml"
    file.unlink()
    file.symlink_to(target)
    done = trueup("plan", "--changed-since", "HEAD", "--keep-going", "--format", "json", cwd=house.root)
    assert done.status == 3
    assert {problem["position"]["file"] for problem in done.document["diagnostics"]} == {"connectors/psp.yaml"}
    assert not (done.document["plan"] or {}).get("gone")


def test_a_path_that_does_not_exist_is_still_a_mistake(house: Work) -> None:
    done = trueup("validate", "nowhere.yaml", "--changed-since", "HEAD", cwd=house.root)
    assert done.status == 3
    assert "no such file" in done.out


def test_a_changed_target_touches_everything_on_it(house: Work) -> None:
    edit(house, "trueup.yaml", "projectKey: shop-1", "projectKey: acme")
    done = trueup("plan", "--changed-since", "HEAD", "--format", "json", cwd=house.root)
    assert {resource["identity"]["target"] for resource in resources(done).values()} == {"connect-eu"}
    assert len(resources(done)) >= 4


def test_what_was_wrong_in_the_base_is_a_warning_that_changes_no_status(house: Work) -> None:
    house.commit({"connectors/new.yaml": "kind: [\n"})
    (house.root / "connectors" / "new.yaml").unlink()
    done = trueup("plan", "--base", "HEAD", "--select", "demo=ok", "--format", "json", cwd=house.root)
    assert done.status == 0
    assert {(d["code"], d["severity"]) for d in done.document["diagnostics"]} == {("base", "warning")}


@pytest.mark.parametrize("option", ["--base", "--changed-since"])
def test_a_revision_that_does_not_exist_is_wrong_usage(house: Work, option: str) -> None:
    done = trueup("plan", option, "nowhere", cwd=house.root)
    assert (done.status, done.out) == (64, "")
    assert "There is no commit 'nowhere'" in done.err


def test_git_is_missed_only_where_it_is_asked_for(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    bare = {"PATH": str(tmp_path), "GIT_CEILING_DIRECTORIES": str(tmp_path)}
    assert trueup("validate", cwd=place, env=bare).status == 0
    done = trueup("validate", "--changed-since", "HEAD", cwd=place, env=bare)
    assert done.status == 1
    assert "git is not installed" in done.err
    outside = trueup("plan", "--base", "HEAD", cwd=place, env={**ENVIRONMENT, "GIT_CEILING_DIRECTORIES": str(tmp_path)})
    assert outside.status == 64
    assert "not in a git repository" in outside.err
