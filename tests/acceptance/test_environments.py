"""One file for development, staging and production: plans, applies, and a change that was made live on one target."""

from pathlib import Path
from shutil import copytree

import pytest

from acceptance.commands import Done, trueup
from repositories import Work, new_repository
from unit.docs.pages import ROOT

pytestmark = [pytest.mark.process, pytest.mark.slow]

TAX, ERP = "connectors/tax.yaml", "connectors/erp.yaml"


@pytest.fixture
def house(tmp_path: Path) -> Work:
    """Commit the example after having applied it, without its tombstone."""
    place = tmp_path / "environments"
    copytree(ROOT / "examples" / "environments", place)
    work = new_repository(place)
    edit(work, ERP, "    lifecycle: {state: absent, reason: Replaced by acme-erp-2.}\n", "")
    (place / ".gitignore").write_text(".trueup/\n")
    work.commit()
    done = trueup("apply", "--yes", cwd=place)
    assert done.status == 0, done.out + done.err
    return work


def edit(work: Work, file: str, old: str, new: str) -> None:
    text = (work.root / file).read_text()
    assert old in text
    work.put({file: text.replace(old, new, 1)})


def verdicts(done: Done) -> dict[tuple[str, str], str]:
    """Return the verdict of each resource that the plan does something about, by key and target."""
    assert done.document["error"] is None, done.document
    return {
        (resource["identity"]["value"], resource["identity"]["target"]): resource["verdict"]
        for resource in done.document["plan"]["resources"]
        if resource["verdict"] != "unchanged"
    }


def planned(work: Work, *arguments: str) -> dict[tuple[str, str], str]:
    return verdicts(trueup("plan", "--format", "json", *arguments, cwd=work.root))


def test_after_an_apply_no_target_has_anything_left_to_do(house: Work) -> None:
    done = trueup("plan", "--format", "json", cwd=house.root)
    assert len(done.document["plan"]["resources"]) == 6
    assert verdicts(done) == {}


def test_a_check_counts_manifests_and_documents(house: Work) -> None:
    assert trueup("validate", cwd=house.root).out == "6 valid manifests in 2 documents.\n"
    assert trueup("validate", TAX, "--target", "dev", cwd=house.root).out == (
        "1 valid and selected manifest in 1 document.\n"
    )


def test_a_change_of_one_variant_is_planned_and_applied_for_its_target_alone(house: Work) -> None:
    assert trueup("set", "acme-tax", "--target", "staging", "spec.repository.tag=v1.6.0", cwd=house.root).status == 0
    assert planned(house) == {("acme-tax", "staging"): "update"}
    assert planned(house, "--target", "dev") == {}
    since = trueup("plan", "--changed-since", "HEAD", "--format", "json", cwd=house.root)
    assert [r["identity"]["target"] for r in since.document["plan"]["resources"]] == ["staging"]
    causes = trueup("plan", "--base", "HEAD", "--format", "json", cwd=house.root).document["plan"]["resources"]
    assert [a["cause"] for r in causes for a in r["actions"]] == ["your change"]
    assert trueup("apply", "--yes", cwd=house.root).status == 0
    assert planned(house) == {}


def test_a_shared_value_changes_every_target_without_its_own(house: Work) -> None:
    assert trueup("set", "acme-tax", "spec.name=Tax", "spec.repository.tag=v1.9.0", cwd=house.root).status == 0
    done = trueup("plan", "--format", "json", cwd=house.root)
    actions = {r["identity"]["target"]: len(r["actions"]) for r in done.document["plan"]["resources"] if r["actions"]}
    assert actions == {"dev": 1, "staging": 1, "production": 2}


def test_a_plan_points_into_the_variant(house: Work) -> None:
    edit(house, TAX, "v1.6.0-rc.1", "v1.6.0-rc.2")
    done = trueup("plan", "--format", "json", cwd=house.root)
    (line,) = [a["position"]["line"] for r in done.document["plan"]["resources"] for a in r["actions"]]
    assert "repository: {tag: v1.6.0-rc.2}" in (house.root / TAX).read_text().splitlines()[line - 1]


def test_a_tombstone_in_a_variant_deletes_on_its_target_only(house: Work) -> None:
    edit(house, ERP, "{tag: v2.8.0}}", "{tag: v2.8.0}}\n    lifecycle: {state: absent, reason: Replaced.}")
    assert planned(house) == {("acme-erp", "production"): "delete"}
    assert trueup("apply", "--yes", "--allow-delete", "1", cwd=house.root).status == 0
    assert planned(house) == {}


def test_a_target_that_leaves_the_list_is_no_longer_managed(house: Work) -> None:
    edit(house, ERP, "[dev, staging, production]", "[dev, staging]")
    edit(house, ERP, "  production:\n    spec: {repository: {tag: v2.8.0}}\n", "")
    done = trueup("plan", "--base", "HEAD", "--format", "json", cwd=house.root)
    gone = [(one["identity"]["value"], one["identity"]["target"]) for one in done.document["plan"]["gone"]]
    assert gone == [("acme-erp", "production")]
    assert verdicts(done) == {}


def test_a_move_of_two_files_into_one_changes_nothing(house: Work) -> None:
    before = (house.root / ERP).read_text()
    own = before.replace("targets: [dev, staging, production]", "target: staging").partition("variants:")[0]
    house.put({ERP: before.replace("dev, staging, production", "dev, production").replace(
        "  staging: {spec: {repository: {tag: v2.9.0}}}\n", ""
    ), "connectors/staging.yaml": own.replace('.git"}', '.git", tag: v2.9.0}')})  # fmt: skip
    house.commit()
    house.put({ERP: before})
    (house.root / "connectors" / "staging.yaml").unlink()
    done = trueup("plan", "--base", "HEAD", "--format", "json", cwd=house.root)
    assert verdicts(done) == {}
    assert done.document["plan"]["gone"] == []
    assert planned(house, "--changed-since", "HEAD") == {}


def test_a_live_change_on_one_target_is_adopted_into_its_variant(house: Work) -> None:
    before = (house.root / TAX).read_text()
    edit(house, TAX, "name: Acme Tax", "name: Theirs")
    assert trueup("apply", "--yes", "--target", "production", cwd=house.root).status == 0
    house.put({TAX: before})
    assert planned(house) == {("acme-tax", "production"): "update"}
    done = trueup("adopt", cwd=house.root)
    assert done.status == 0, done.out + done.err
    assert (house.root / TAX).read_text() == f"{before}    spec: {{name: Theirs}}\n"
    assert planned(house) == {}


def test_the_example_as_it_is_deletes_nothing_that_is_not_there(tmp_path: Path) -> None:
    copytree(ROOT / "examples" / "environments", tmp_path / "environments")
    done = trueup("plan", "--format", "json", cwd=tmp_path / "environments")
    assert sorted(verdicts(done).values()) == ["create"] * 5
