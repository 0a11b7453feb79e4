"""Drift, from the sandbox's live state to a status that a schedule can go by."""

from pathlib import Path

import pytest

from acceptance.commands import quickstart, trueup

pytestmark = [pytest.mark.process, pytest.mark.slow]

CHOSEN = ("--select", "demo=ok")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Apply the quickstart."""
    place = quickstart(tmp_path)
    assert trueup("apply", "--yes", *CHOSEN, cwd=place).status == 0
    return place


def edit(place: Path, old: str, new: str) -> None:
    file = place / "connectors" / "tax.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


def test_nothing_has_drifted_right_after_an_apply(place: Path) -> None:
    done = trueup("drift", "--detailed-exitcode", *CHOSEN, cwd=place)
    assert (done.status, done.out.splitlines()[-1]) == (0, "No drift. Live matches 10 manifests.")


def test_what_somebody_else_changed_is_drift_and_told_forwards(place: Path) -> None:
    edit(place, "tag: v1.4.0", "tag: v9.0.0")
    assert trueup("apply", "--yes", *CHOSEN, cwd=place).status == 0
    edit(place, "tag: v9.0.0", "tag: v1.4.0")
    assert trueup("drift", *CHOSEN, cwd=place).status == 0
    done = trueup("drift", "--detailed-exitcode", *CHOSEN, cwd=place)
    assert done.status == 2
    assert "v1.4.0 -> v9.0.0  (setRepository)" in done.out
    assert "Drift: 1 changed, 9 in sync." in done.out
    document = trueup("drift", "--format", "json", *CHOSEN, cwd=place).document
    drifted = [r for r in document["drift"]["resources"] if r["fate"] != "same"]
    assert [(r["identity"]["value"], r["fate"]) for r in drifted] == [("acme-tax", "changed")]
    assert "## Drift" in trueup("drift", "--format", "markdown", *CHOSEN, cwd=place).out


def test_invalid_manifests_have_no_drift(place: Path) -> None:
    edit(place, "kind: Connector", "kind: Nothing")
    done = trueup("drift", "--format", "json", cwd=place)
    assert done.status == 3
    assert "drift" not in done.document
