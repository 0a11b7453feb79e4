"""Adopt what somebody else changed, from the sandbox's live state into the files."""

from pathlib import Path

import pytest

from acceptance.commands import quickstart, trueup
from repositories import Work, git, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

CHOSEN = ("--select", "demo=ok")


@pytest.fixture
def house(tmp_path: Path) -> Work:
    """Apply the quickstart, let somebody else change live, and commit the manifests as they were."""
    work = new_repository(quickstart(tmp_path))
    work.commit({".gitignore": ".trueup/\n"})
    theirs = {
        "connectors/tax.yaml": ("tag: v1.4.0", "tag: v9.0.0"),
        "certifications/epd.yaml": ("- {name: ACME Floors}", "- {name: ACME Walls}"),
    }
    for file, (old, new) in theirs.items():
        work.put({file: (work.root / file).read_text().replace(old, new, 1)})
    assert trueup("apply", "--yes", *CHOSEN, cwd=work.root).status == 0
    git(work.root, "checkout", "--quiet", ".")
    return work


def changed_lines(work: Work) -> list[str]:
    lines = git(work.root, "diff", "--unified=0").splitlines()
    return [line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))]


def test_drift_is_written_into_the_files_and_then_there_is_none(house: Work) -> None:
    done = trueup("adopt", *CHOSEN, "--format", "json", cwd=house.root)
    assert done.status == 0, done.err
    assert {a["identity"]["value"]: len(a["taken"]) for a in done.document["adopted"]} == {
        "acme-tax": 1,
        "ACME-EPD-001": 2,
    }
    lines = changed_lines(house)
    assert [line for line in lines if "tag:" in line][1].strip("+ ").startswith("repository:") or "v9.0.0" in str(lines)
    assert sorted(line.strip("+- ") for line in lines if "ACME" in line) == [
        "{name: ACME Floors}",
        "{name: ACME Walls}",
    ]
    assert len(lines) == 4
    assert trueup("drift", "--detailed-exitcode", *CHOSEN, cwd=house.root).status == 0
    assert trueup("plan", "--detailed-exitcode", *CHOSEN, cwd=house.root).status == 0


def test_a_dry_run_writes_nothing(house: Work) -> None:
    done = trueup("adopt", "--dry-run", *CHOSEN, cwd=house.root)
    assert done.status == 0
    assert "Would write 3 changes of 2 resources into the manifests." in done.out
    assert done.out.startswith("To be adopted\n")
    assert changed_lines(house) == []


def test_your_own_change_is_kept_unless_live_is_to_win(house: Work) -> None:
    file = house.root / "connectors" / "tax.yaml"
    mine = file.read_text().replace("tag: v1.4.0", "tag: v1.5.0")
    file.write_text(mine)
    assert trueup("adopt", "connectors", "--base", "HEAD", *CHOSEN, cwd=house.root).status == 0
    assert file.read_text() == mine
    assert trueup("adopt", "connectors", "--base", "HEAD", "--both", *CHOSEN, cwd=house.root).status == 0
    assert file.read_text() == mine.replace("tag: v1.5.0", "tag: v9.0.0")


def test_nothing_to_adopt_is_said(house: Work) -> None:
    assert trueup("adopt", *CHOSEN, cwd=house.root).status == 0
    done = trueup("adopt", *CHOSEN, cwd=house.root)
    assert (done.status, done.out) == (0, "Nothing to adopt. Live has not drifted.\n")


def test_what_is_gone_is_left_to_people(house: Work) -> None:
    house.put({"connectors/new.yaml": (house.root / "connectors/tax.yaml").read_text().replace("acme-tax", "acme-new")})
    done = trueup("adopt", "connectors/new.yaml", cwd=house.root)
    assert done.status == 5
    assert "it was deleted live" in done.out


def test_standard_input_is_no_file_to_write(house: Work) -> None:
    done = trueup("adopt", "-", cwd=house.root, stdin="")
    assert done.status == 64


def test_what_lifecycle_asks_for_is_left_with_the_reason(house: Work) -> None:
    """The tag that somebody else moved took the preview away, which the manifest wants."""
    file = house.root / "connectors" / "tax.yaml"
    file.write_text(file.read_text().replace("protect: true", "previewable: true"))
    done = trueup("adopt", "connectors/tax.yaml", cwd=house.root)
    assert done.status == 5, done.err
    assert "it is a process, not a value" in done.out
    assert "v9.0.0" in file.read_text()


def test_valid_manifests_are_adopted_beside_invalid_ones_when_asked(house: Work) -> None:
    house.put({"connectors/bad.yaml": "kind: Connector\n"})
    assert trueup("adopt", "connectors", *CHOSEN, cwd=house.root).status == 3
    assert changed_lines(house) == []
    assert trueup("adopt", "connectors", "--keep-going", *CHOSEN, cwd=house.root).status == 3
    assert "v9.0.0" in (house.root / "connectors" / "tax.yaml").read_text()


def test_a_link_still_leads_to_its_file(house: Work) -> None:
    file = house.root / "certifications" / "epd.yaml"
    (house.root / "elsewhere").mkdir()
    file.rename(house.root / "elsewhere" / "epd.yaml")
    file.symlink_to("../elsewhere/epd.yaml")
    assert trueup("adopt", *CHOSEN, cwd=house.root).status == 0
    assert "ACME Walls" in (house.root / "elsewhere" / "epd.yaml").read_text()
    assert file.is_symlink()
