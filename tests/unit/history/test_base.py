import os
from pathlib import Path

import pytest

from estates import PROJECT, Estate, connector, documents, new_estate
from repositories import Work, git, new_repository
from trueup.errors import UsageError
from trueup.history.base import BaseManifests
from trueup.history.changed_since import changed_since, gone_since, wanted_then

LATIN = os.fsdecode(b"caf\xe9.yaml")


def names(past: BaseManifests) -> dict[str, str]:
    """Return the keys of what was read from git, with the name that each wanted."""
    return {identity.value: str(m.spec["name"]) for identity, m in past.manifests.items()}


def all_names(estate: Estate, past: BaseManifests) -> dict[str, str]:
    then = wanted_then(past, estate.now().manifests)
    return {identity.value: str(m.spec["name"]) for identity, m in then.items()}


def changed(estate: Estate, past: BaseManifests) -> set[str]:
    return {m.identity.value for m in changed_since(past, estate.now().manifests)}


def gone(estate: Estate, past: BaseManifests) -> list[str]:
    return [m.identity.value for m in gone_since(past, estate.now().manifests)]


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return new_estate(tmp_path / "house", {"tax.yaml": connector("tax"), "psp.yaml": connector("psp")})


def test_files_that_are_the_same_are_not_read(estate: Estate) -> None:
    past = estate.then()
    assert (names(past), past.files) == ({}, frozenset())
    assert all_names(estate, past) == {"tax": "Acme Tax", "psp": "Acme Tax"}
    assert changed(estate, past) == set()


def test_a_file_that_differs_is_read(estate: Estate) -> None:
    estate.work.put({"connectors/tax.yaml": connector("tax", "New")})
    past = estate.then()
    assert (names(past), past.files) == ({"tax": "Acme Tax"}, frozenset({"connectors/tax.yaml"}))
    assert all_names(estate, past) == {"tax": "Acme Tax", "psp": "Acme Tax"}
    assert changed(estate, past) == {"tax"}


def test_a_file_that_was_only_touched_does_not_differ(estate: Estate) -> None:
    os.utime(estate.root / "connectors" / "tax.yaml", (1, 1))
    assert estate.then().files == frozenset()


def test_a_comment_is_a_difference_of_the_file_and_not_of_its_resources(estate: Estate) -> None:
    estate.work.put({"connectors/tax.yaml": connector("tax") + "# why\n"})
    past = estate.then()
    assert past.files == frozenset({"connectors/tax.yaml"})
    assert changed(estate, past) == set()


def test_a_renamed_file_changes_no_resource(estate: Estate) -> None:
    (estate.root / "connectors" / "tax.yaml").rename(estate.root / "connectors" / "toll.yaml")
    estate.work.commit()
    past = estate.then(revision="HEAD~1")
    assert past.files == frozenset({"connectors/tax.yaml", "connectors/toll.yaml"})
    assert (changed(estate, past), gone(estate, past)) == (set(), [])


def test_a_document_that_moved_changes_no_resource(estate: Estate) -> None:
    estate.work.commit({"connectors/tax.yaml": documents(connector("erp"), connector("oms"), connector("tax"))})
    estate.work.put({"connectors/tax.yaml": documents(connector("tax", "New"), connector("erp"))})
    estate.work.put({"connectors/psp.yaml": documents(connector("oms"), connector("psp"))})
    past = estate.then()
    assert (changed(estate, past), gone(estate, past)) == ({"tax"}, [])


def test_a_new_untracked_file_is_new(estate: Estate) -> None:
    estate.work.put({"connectors/new/erp.yaml": connector("erp"), ".gitignore": "new/\n"})
    past = estate.then()
    assert changed(estate, past) == {"erp"}
    assert past.files == frozenset({"connectors/new/erp.yaml"})


def test_a_deleted_file_is_gone_and_a_deleted_tombstone_is_not(estate: Estate) -> None:
    stone = connector("old", lifecycle="{state: absent, reason: sold}")
    estate.work.commit({"connectors/old.yaml": stone})
    (estate.root / "connectors" / "old.yaml").unlink()
    (estate.root / "connectors" / "tax.yaml").unlink()
    past = estate.then()
    assert gone(estate, past) == ["tax"]
    assert changed(estate, past) == set()


def test_a_file_whose_name_is_not_text_is_read(estate: Estate) -> None:
    estate.work.commit({f"connectors/{LATIN}": connector("erp")})
    estate.work.put({f"connectors/{LATIN}": connector("erp", "New")})
    past = estate.then()
    assert changed(estate, past) == {"erp"}
    assert past.manifests[next(iter(past.manifests))].positions.at(()).file == f"HEAD:connectors/{LATIN}"


def test_files_that_were_not_named_are_not_read(estate: Estate) -> None:
    estate.work.put({"connectors/tax.yaml": connector("tax", "New"), "connectors/psp.yaml": connector("psp", "New")})
    past = estate.then("connectors/psp.yaml")
    assert names(past) == {"psp": "Acme Tax"}
    assert past.files == frozenset({"connectors/psp.yaml"})


def test_files_are_named_relative_to_the_current_folder(estate: Estate) -> None:
    estate.work.put({"connectors/psp.yaml": connector("psp", "New")})
    assert estate.then(cwd=estate.root / "connectors").files == frozenset({"../connectors/psp.yaml"})
    assert estate.then("psp.yaml", cwd=estate.root / "connectors").files == frozenset({"psp.yaml"})
    assert estate.then(cwd=estate.root.parent).files == frozenset({"house/connectors/psp.yaml"})


def test_a_project_below_the_top_folder_is_read(tmp_path: Path) -> None:
    work = new_repository(tmp_path)
    work.commit({"sub/trueup.yaml": PROJECT, "sub/connectors/tax.yaml": connector("tax"), "connectors/x.yaml": "x"})
    work.put({"sub/connectors/tax.yaml": connector("tax", "New"), "connectors/x.yaml": "y"})
    work.put({"sub/connectors/psp.yaml": connector("psp")})
    past = Estate(Work(tmp_path / "sub")).then()
    assert names(past) == {"tax": "Acme Tax"}
    assert past.files == frozenset({"connectors/tax.yaml", "connectors/psp.yaml"})


def test_an_error_in_the_base_is_a_warning_and_counts_as_unknown(estate: Estate) -> None:
    estate.work.commit({"connectors/tax.yaml": "kind: Connector\nspec: [\n"})
    estate.work.put({"connectors/tax.yaml": connector("tax")})
    past = estate.then()
    (problem,) = past.diagnostics
    assert (problem.code, problem.severity, problem.quotable) == ("base", "warning", False)
    assert problem.position.file == "HEAD:connectors/tax.yaml"
    assert problem.message.startswith("In the base, t")
    assert names(past) == {}


def test_warnings_about_the_base_are_not_shown(estate: Estate) -> None:
    text = connector("tax").replace("{name: Acme Tax}", "{name: Acme, creator: {email: nobody}}")
    estate.work.commit({"connectors/tax.yaml": text})
    estate.work.put({"connectors/tax.yaml": connector("tax")})
    assert estate.then().diagnostics == ()


def test_a_base_project_with_other_globs_is_read_by_those(estate: Estate) -> None:
    estate.work.commit({"other/erp.yaml": connector("erp")})
    estate.work.put({"trueup.yaml": PROJECT.replace("connectors/", "other/")})
    past = estate.then()
    assert past.files is None
    assert names(past) == {"tax": "Acme Tax", "psp": "Acme Tax"}
    assert (changed(estate, past), gone(estate, past)) == ({"erp"}, ["psp", "tax"])


def test_resources_of_a_target_whose_definition_changed_have_changed(estate: Estate) -> None:
    two = PROJECT + "  us: {platform: connect, sandbox: true}\n"
    files = {"connectors/tax.yaml": connector("tax", target="eu"), "connectors/psp.yaml": connector("psp", target="us")}
    estate.work.commit({"trueup.yaml": two, **files})
    estate.work.put({"trueup.yaml": two.replace("us: {", "us: {projectKey: acme, ")})
    past = estate.then()
    assert past.moved == {"us"}
    assert changed(estate, past) == {"psp"}


def test_a_reformatted_project_file_is_the_same_project(estate: Estate) -> None:
    estate.work.put({"trueup.yaml": f"# targets\n{PROJECT}"})
    assert estate.then().files == frozenset()


def test_without_a_project_file_in_the_base_the_present_one_counts(estate: Estate) -> None:
    (estate.root / "trueup.yaml").unlink()
    estate.work.commit()
    estate.work.put({"trueup.yaml": PROJECT, "connectors/tax.yaml": connector("tax", "New")})
    past = estate.then()
    assert names(past) == {"tax": "Acme Tax"}
    assert past.diagnostics == ()


def test_a_wrong_project_file_in_the_base_is_a_warning_and_the_present_one_counts(estate: Estate) -> None:
    estate.work.commit({"trueup.yaml": PROJECT + "  us: {platform: nowhere, secret: x}\n"})
    estate.work.put({"trueup.yaml": PROJECT, "connectors/tax.yaml": connector("tax", "New")})
    past = estate.then()
    assert names(past) == {"tax": "Acme Tax"}
    assert {problem.code for problem in past.diagnostics} == {"base"}
    assert not any(problem.quotable for problem in past.diagnostics)


def test_a_seed_that_is_missing_now_is_ignored(estate: Estate) -> None:
    estate.work.commit({"trueup.yaml": PROJECT + "sandbox: {seed: live.yaml}\n"})
    estate.work.put({"trueup.yaml": PROJECT})
    assert estate.then().diagnostics == ()


def test_a_manifest_on_standard_input_is_compared_with_all_of_the_project(estate: Estate) -> None:
    past = estate.then("-")
    assert past.files is None
    assert names(past) == {"tax": "Acme Tax", "psp": "Acme Tax"}


def test_a_symlink_to_a_file_changes_with_its_target(estate: Estate) -> None:
    estate.work.put({"shared/erp.yaml": connector("erp")})
    (estate.root / "connectors" / "erp.yaml").symlink_to("../shared/erp.yaml")
    estate.work.commit()
    estate.work.put({"shared/erp.yaml": connector("erp", "New")})
    past = estate.then()
    assert all_names(estate, past)["erp"] == "Acme Tax"
    assert changed(estate, past) == {"erp"}


def test_a_symlink_to_a_folder_changes_with_its_target(estate: Estate) -> None:
    estate.work.put({"shared/erp/erp.yaml": connector("erp")})
    (estate.root / "shared" / "chain").symlink_to("erp")
    (estate.root / "connectors" / "more").symlink_to("../shared/chain", target_is_directory=True)
    estate.work.commit()
    estate.work.put({"shared/erp/erp.yaml": connector("erp", "New"), "shared/erp/oms.yaml": connector("oms")})
    past = estate.then()
    assert all_names(estate, past)["erp"] == "Acme Tax"
    assert changed(estate, past) == {"erp", "oms"}


def test_a_new_untracked_link_to_a_folder_is_followed(estate: Estate) -> None:
    estate.work.commit({"shared/erp.yaml": connector("erp")})
    (estate.root / "connectors" / "more").symlink_to("../shared", target_is_directory=True)
    assert changed(estate, estate.then()) == {"erp"}


def test_a_new_untracked_link_to_a_file_that_is_the_same_changes_nothing(estate: Estate) -> None:
    (estate.root / "connectors" / "again.yaml").symlink_to("tax.yaml")
    past = estate.then()
    # By its name alone the link would be a new file, and the resource in it would count as changed.
    assert past.files is None
    assert changed(estate, past) == set()


def test_dangling_outside_and_circular_symlinks_hold_nothing(estate: Estate) -> None:
    for name, target in {"a": "b", "b": "a", "out": "../../..", "none": "nothing", "root": "/"}.items():
        (estate.root / "connectors" / f"{name}.yaml").symlink_to(target)
    estate.work.commit()
    past = estate.then()
    assert names(past) == {"tax": "Acme Tax", "psp": "Acme Tax"}


def test_a_linked_project_file_is_read(estate: Estate) -> None:
    (estate.root / "trueup.yaml").rename(estate.root / "real.yaml")
    (estate.root / "trueup.yaml").symlink_to("real.yaml")
    estate.work.commit()
    estate.work.put({"real.yaml": PROJECT.replace("eu:", "us:")})
    assert estate.then().moved == {"eu", "us"}


def test_in_a_linked_work_tree_its_own_files_count(estate: Estate) -> None:
    git(estate.root, "worktree", "add", "--quiet", "../side", "-b", "side")
    side = Estate(Work(estate.root.parent / "side"))
    side.work.put({"connectors/tax.yaml": connector("tax", "New")})
    assert changed(side, side.then(revision="main")) == {"tax"}


@pytest.mark.parametrize("depth", [1, 2])
def test_in_a_submodule_the_commit_is_no_evidence_of_where_targets_led(
    estate: Estate, tmp_path: Path, depth: int
) -> None:
    inner = estate.root
    for number in range(depth):
        outer = new_repository(tmp_path / f"outer{number}")
        git(outer.root, "submodule", "--quiet", "add", str(inner), "estate")
        outer.commit()
        inner = outer.root
    git(inner, "submodule", "--quiet", "update", "--init", "--recursive")
    past = Estate(Work(inner / Path(*["estate"] * depth))).then()
    assert (past.redefined, past.unproven) == (frozenset(), frozenset(past.targets))


@pytest.mark.parametrize("place", [".trees/side", "../side"])
def test_a_linked_work_tree_is_no_submodule(estate: Estate, place: str) -> None:
    git(estate.root, "worktree", "add", "--quiet", place, "-b", "side")
    assert Estate(Work(estate.root / place)).then().unproven == frozenset()


def test_a_path_outside_the_repository_was_not_in_the_base(estate: Estate, tmp_path: Path) -> None:
    (tmp_path / "erp.yaml").write_text(connector("erp"))
    past = estate.then("../erp.yaml")
    assert [m.identity.value for m in changed_since(past, estate.now("../erp.yaml").manifests)] == ["erp"]


def test_a_base_without_a_repository_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "trueup.yaml").write_text(PROJECT)
    with pytest.raises(UsageError, match="not in a git repository"):
        Estate(Work(tmp_path)).then()
