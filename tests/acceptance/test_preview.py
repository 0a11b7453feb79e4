"""Preview a change against the base alone: no platform, no credentials, no state."""

from pathlib import Path

import pytest

from acceptance.commands import quickstart, trueup
from repositories import Work, new_repository

pytestmark = pytest.mark.process

REAL = """\
apiVersion: trueup/v1
kind: Project
manifests: ["connectors/**/*.yaml", "certifications/**/*.yaml"]
targets:
  connect-eu: {platform: connect, region: europe-west1.gcp, projectKey: acme}
  origin: {platform: origin}
"""


@pytest.fixture
def house(tmp_path: Path) -> Work:
    """Commit the quickstart for the real platforms, for which there are no credentials here."""
    work = new_repository(quickstart(tmp_path))
    work.commit({"trueup.yaml": REAL})
    return work


def edit(work: Work, file: str, old: str, new: str) -> None:
    work.put({file: (work.root / file).read_text().replace(old, new, 1)})


def test_a_change_is_previewed_without_credentials_or_state(house: Work) -> None:
    edit(house, "connectors/tax.yaml", "tag: v1.4.0", "tag: v1.5.0")
    edit(house, "certifications/epd.yaml", "- {name: ACME Floors}", "- {name: ACME Walls}")
    (house.root / "connectors" / "psp.yaml").unlink()
    done = trueup("preview", "--base", "HEAD", "--format", "json", cwd=house.root)
    assert done.status == 0, done.err
    plan = done.document["plan"]
    actions = {r["identity"]["value"]: [a["action"]["type"] for a in r["actions"]] for r in plan["resources"]}
    assert {name: found for name, found in actions.items() if found} == {
        "acme-tax": ["set-parts"],
        "ACME-EPD-001": ["add-element", "remove-element"],
    }
    assert [g["identity"]["value"] for g in plan["gone"]] == ["acme-psp"]
    assert {r["precondition"] for r in plan["resources"]} == {None}
    assert not (house.root / ".trueup").exists()


def test_it_reads_like_a_plan_and_says_what_it_is(house: Work) -> None:
    edit(house, "connectors/tax.yaml", "tag: v1.4.0", "tag: v1.5.0")
    done = trueup("preview", "--base", "HEAD", "--detailed-exitcode", cwd=house.root)
    assert done.status == 2
    assert "setRepository" in done.out
    assert "Preview: 1 to update (1 action)" in done.out
    assert "Live was not read" in done.out
    assert "## Preview" in trueup("preview", "--base", "HEAD", "--format", "markdown", cwd=house.root).out


def test_a_base_that_wants_the_same_shows_no_changes(house: Work) -> None:
    done = trueup("preview", "--base", "HEAD", "--detailed-exitcode", cwd=house.root)
    assert done.status == 0
    assert "No changes. The base matches" in done.out


def test_only_what_changed_can_be_previewed(house: Work) -> None:
    edit(house, "connectors/tax.yaml", "tag: v1.4.0", "tag: v1.5.0")
    done = trueup("preview", "--base", "HEAD", "--changed-since", "HEAD", "--format", "json", cwd=house.root)
    assert [r["identity"]["value"] for r in done.document["plan"]["resources"]] == ["acme-tax"]


def test_without_a_base_it_is_wrong_usage(house: Work) -> None:
    done = trueup("preview", cwd=house.root)
    assert done.status == 64
    assert "--base" in done.err


def test_invalid_manifests_are_shown_and_nothing_is_previewed(house: Work) -> None:
    house.put({"connectors/tax.yaml": "kind: [\n"})
    done = trueup("preview", "--base", "HEAD", "--format", "json", cwd=house.root)
    assert (done.status, done.document["plan"]) == (3, None)
