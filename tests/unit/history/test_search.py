"""Manifests of another commit are found wherever they were; what cannot be read is unknown and not empty."""

import os
import shutil
from pathlib import Path

import pytest

from estates import PROJECT, Estate, connector, documents, new_estate
from repositories import ENVIRONMENT, Work, clone, git, new_repository
from trueup.history.base import BaseManifests, look_back
from trueup.history.changed_since import changed_since, find_moved, gone_since, wanted_then
from trueup.manifest.load import load
from trueup.manifest.project import load_project

pytestmark = pytest.mark.slow

GUARD = "{protect: true}"
STONE = "{state: absent, reason: sold}"


def back(estate: Estate, *paths: str, revision: str = "HEAD", **environ: str) -> BaseManifests:
    """Return what a run knows of the commit: what was in the same place, and then what was elsewhere."""
    past = look_back(revision, estate.project(), paths, cwd=estate.root, environ={**ENVIRONMENT, **environ})
    return find_moved(past, estate.now(*paths).manifests)


def protected(estate: Estate, past: BaseManifests, *paths: str) -> dict[str, bool]:
    """Return which of the resources of today were protected, of those that the commit knew."""
    now = estate.now(*paths).manifests
    then = wanted_then(past, now)
    return {m.identity.value: then[m.identity].lifecycle.protect for m in now if m.identity in then}


def unknown(past: BaseManifests) -> set[str]:
    return {identity.value for identity in past.unknown}


def warned_files(past: BaseManifests) -> list[str]:
    """Return the files that the warnings are about."""
    assert {(d.code, d.severity) for d in past.diagnostics} <= {("base", "warning")}
    return sorted(str(d.position.file) for d in past.diagnostics)


def below(work: Work, folder: str) -> Estate:
    return Estate(Work(work.root / folder))


@pytest.fixture
def infra(tmp_path: Path) -> Work:
    """Commit a project below the top folder, with one protected connector."""
    work = new_repository(tmp_path / "house")
    work.commit(
        {
            "infra/trueup.yaml": PROJECT,
            "infra/connectors/tax.yaml": connector("tax", lifecycle=GUARD),
            "infra/connectors/psp.yaml": connector("psp"),
        }
    )
    return work


def test_a_project_that_moved_is_the_same(infra: Work) -> None:
    git(infra.root, "mv", "infra", "deploy")
    infra.put({"deploy/connectors/tax.yaml": connector("tax", lifecycle=STONE)})
    (infra.root / "deploy" / "connectors" / "psp.yaml").unlink()
    estate = below(infra, "deploy")
    past = back(estate)
    assert protected(estate, past) == {"tax": True}
    assert [m.identity.value for m in gone_since(past, estate.now().manifests)] == ["psp"]
    assert (unknown(past), warned_files(past)) == (set(), [])
    # Where credentials go is another matter: no review has seen this file send them.
    assert past.redefined == {"eu"}


def test_a_copy_of_a_project_hides_nothing(infra: Work) -> None:
    shutil.copytree(infra.root / "infra", infra.root / "deploy")
    infra.put({"deploy/connectors/tax.yaml": connector("tax", lifecycle=STONE)})
    estate = below(infra, "deploy")
    assert protected(estate, back(estate)) == {"tax": True, "psp": False}


def test_a_project_file_of_another_name_is_the_same(infra: Work) -> None:
    git(infra.root, "mv", "infra/trueup.yaml", "infra/estate.yaml")
    infra.commit()
    git(infra.root, "mv", "infra/estate.yaml", "infra/fleet.yaml")
    infra.put({"infra/connectors/tax.yaml": connector("tax", lifecycle=STONE)})
    root = infra.root / "infra"
    project = load_project(root / "fleet.yaml", sandbox=False, cwd=root)
    now = load(project, (), cwd=root).manifests
    past = find_moved(look_back("HEAD", project, (), cwd=root, environ=ENVIRONMENT), now)
    assert {m.identity.value: m.lifecycle.protect for m in past.manifests.values()} == {"tax": True, "psp": False}


def test_a_sub_project_that_another_took_in_is_found(infra: Work) -> None:
    infra.commit({"sub/trueup.yaml": PROJECT, "sub/connectors/erp.yaml": connector("erp", lifecycle=GUARD)})
    git(infra.root, "mv", "sub/connectors/erp.yaml", "infra/connectors/erp.yaml")
    git(infra.root, "rm", "--quiet", "sub/trueup.yaml")
    estate = below(infra, "infra")
    past = back(estate)
    assert protected(estate, past)["erp"] is True
    assert changed_since(past, estate.now().manifests) == ()


@pytest.mark.parametrize(
    "place", ["{platform: connect, region: europe-west1.gcp}", "{platform: connect, sandbox: true}"]
)
def test_a_target_of_another_name_is_the_same(tmp_path: Path, place: str) -> None:
    project = PROJECT.replace("{platform: connect, sandbox: true}", place)
    estate = new_estate(
        tmp_path,
        {"tax.yaml": connector("tax", target="eu", lifecycle=GUARD), "psp.yaml": connector("psp")},
        project=project,
    )
    estate.work.put({"trueup.yaml": project.replace("eu:", "europe:")})
    estate.work.put({"connectors/tax.yaml": connector("tax", target="europe", lifecycle=STONE)})
    past = back(estate)
    assert protected(estate, past) == {"tax": True, "psp": False}
    assert {identity.target for identity in past.manifests} == {"europe"}
    assert gone_since(past, estate.now().manifests) == ()


def test_renamed_targets_are_distinguished_by_their_addresses(tmp_path: Path) -> None:
    project = (
        PROJECT.partition("  eu:")[0]
        + "  eu: {platform: connect, region: europe-west1.gcp}\n  us: {platform: connect, region: us-central1.gcp}\n"
    )
    estate = new_estate(
        tmp_path,
        {"eu.yaml": connector("tax", target="eu", lifecycle=GUARD), "us.yaml": connector("tax", target="us")},
        project=project,
    )
    swapped = project.replace("eu:", "x:").replace("us:", "eu:").replace("x:", "us:")
    estate.work.put({"trueup.yaml": swapped})
    past = back(estate)
    guarded = {identity.target for identity, m in past.manifests.items() if m.lifecycle.protect}
    assert guarded == {"us"}, "what is called us today leads to where eu did"


def test_paths_that_name_a_part_hide_nothing_of_the_rest(tmp_path: Path) -> None:
    estate = new_estate(tmp_path, {"tax.yaml": connector("tax", lifecycle=GUARD), "psp.yaml": connector("psp")})
    estate.work.put({"connectors/new/copy.yaml": connector("tax", lifecycle=STONE)})
    assert protected(estate, back(estate, "connectors/new"), "connectors/new") == {"tax": True}
    git(estate.root, "mv", "connectors/psp.yaml", "connectors/new/psp.yaml")
    past = back(estate, "connectors/new")
    changed = changed_since(past, estate.now("connectors/new").manifests)
    assert [m.identity.value for m in changed] == ["tax"]


def test_a_manifest_that_the_globs_of_today_do_not_find_is_found(tmp_path: Path) -> None:
    estate = new_estate(tmp_path, {"tax.yaml": connector("tax", lifecycle=GUARD)})
    estate.work.put({"trueup.yaml": PROJECT.replace("connectors/**", "other/**")})
    estate.work.put({"other/stones.yaml": documents(connector("psp"), connector("tax", lifecycle=STONE))})
    assert protected(estate, back(estate)) == {"tax": True}


def submodule(tmp_path: Path, *, at: str = "connectors/inner") -> Estate:
    """Commit a project with a protected connector in a submodule and another one beside it."""
    estate = new_estate(tmp_path / "house", {"psp.yaml": connector("psp")})
    new_repository(tmp_path / "inner").commit({"erp.yaml": connector("erp", lifecycle=GUARD)})
    git(estate.root, "submodule", "--quiet", "add", str(tmp_path / "inner"), at)
    estate.work.commit()
    return estate


def test_a_submodule_is_read_at_the_commit_that_it_was_set_to(tmp_path: Path) -> None:
    estate = submodule(tmp_path)
    inner = Work(estate.root / "connectors" / "inner")
    inner.commit({"erp.yaml": connector("erp", "New", lifecycle=STONE)})
    inner.put({"oms.yaml": connector("oms")})
    past = back(estate)
    assert protected(estate, past) == {"psp": False, "erp": True}
    assert [m.identity.value for m in changed_since(past, estate.now().manifests)] == ["erp", "oms"]
    assert (unknown(past), warned_files(past)) == (set(), [])


def test_a_submodule_that_is_a_plain_folder_now_is_read(tmp_path: Path) -> None:
    estate = submodule(tmp_path)
    git(estate.root, "rm", "--quiet", "-f", "connectors/inner")
    estate.work.put({"connectors/erp.yaml": connector("erp", lifecycle=STONE)})
    past = back(estate)
    assert protected(estate, past) == {"psp": False, "erp": True}
    git(estate.root, "add", "--all")
    assert protected(estate, back(estate)) == {"psp": False, "erp": True}


def test_what_was_in_a_submodule_that_is_not_there_any_more_is_gone(tmp_path: Path) -> None:
    estate = submodule(tmp_path)
    git(estate.root, "rm", "--quiet", "-f", "connectors/inner")
    assert [m.identity.value for m in gone_since(back(estate), estate.now().manifests)] == ["erp"]


def test_a_submodule_of_a_submodule_and_of_a_linked_work_tree_is_read(tmp_path: Path) -> None:
    new_repository(tmp_path / "deep").commit({"oms.yaml": connector("oms", lifecycle=GUARD)})
    inner = new_repository(tmp_path / "inner")
    inner.commit({"erp.yaml": connector("erp")})
    git(inner.root, "submodule", "--quiet", "add", str(tmp_path / "deep"), "deep")
    inner.commit()
    estate = new_estate(tmp_path / "house", {})
    git(estate.root, "submodule", "--quiet", "add", str(tmp_path / "inner"), "connectors/inner")
    estate.work.commit()
    git(estate.root, "worktree", "add", "--quiet", "../side", "-b", "side")
    for root in (estate.root, tmp_path / "side"):
        git(root, "submodule", "--quiet", "update", "--init", "--recursive")
        one = Estate(Work(root))
        assert protected(one, back(one)) == {"erp": False, "oms": True}


def test_a_submodule_that_is_not_fetched_is_unknown(tmp_path: Path) -> None:
    submodule(tmp_path)
    estate = Estate(clone(tmp_path / "house", tmp_path / "clone"))
    estate.work.put({"connectors/new.yaml": documents(connector("psp"), connector("erp", lifecycle=STONE))})
    (estate.root / "connectors" / "psp.yaml").unlink()
    past = back(estate)
    assert unknown(past) == {"erp"}
    assert warned_files(past) == ["HEAD:connectors/inner"]
    (problem,) = past.diagnostics
    assert "is not in this clone" in problem.message
    assert "git submodule update --init" in problem.hint


@pytest.mark.parametrize("linked", ["modules", "modules/connectors/inner"])
def test_a_repository_outside_this_one_is_no_submodule(tmp_path: Path, linked: str) -> None:
    estate = submodule(tmp_path)
    kept = estate.root / ".git" / linked
    kept.rename(tmp_path / "elsewhere")
    kept.symlink_to(tmp_path / "elsewhere")
    past = back(estate)
    assert (unknown(past), warned_files(past)) == ({"erp"}, ["HEAD:connectors/inner"])


def test_a_manifest_that_was_wrong_is_unknown_and_others_are_not(tmp_path: Path) -> None:
    estate = new_estate(tmp_path, {"tax.yaml": "kind: [\nkey: 'tax'\n", "psp.yaml": connector("psp")})
    estate.work.put({"connectors/tax.yaml": connector("tax", lifecycle=STONE), "connectors/oms.yaml": connector("oms")})
    past = back(estate)
    assert (unknown(past), warned_files(past)) == ({"tax"}, ["HEAD:connectors/tax.yaml"])


@pytest.mark.parametrize(
    "content",
    ["version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12\n", "/annex/objects/SHA256E-s12--aa.yaml\n"],
)
def test_a_manifest_that_was_only_a_pointer_is_unknown(tmp_path: Path, content: str) -> None:
    estate = new_estate(tmp_path, {"tax.yaml": content, "psp.yaml": connector("psp")})
    estate.work.put({"connectors/tax.yaml": connector("tax")})
    past = back(estate)
    assert (unknown(past), warned_files(past)) == ({"tax"}, ["HEAD:connectors/tax.yaml"])


@pytest.mark.parametrize("key", ['"t\\x61x"', "'tax'", "tax # x"])
def test_a_manifest_is_found_however_its_name_was_written(tmp_path: Path, key: str) -> None:
    text = connector("tax", lifecycle=GUARD).replace("{key: tax}", f"\n  key: {key}")
    estate = new_estate(tmp_path, {"old.yaml": text})
    estate.work.put({"connectors/new/tax.yaml": connector("tax", lifecycle=STONE)})
    assert protected(estate, back(estate, "connectors/new"), "connectors/new") == {"tax": True}


def test_a_resource_that_was_described_twice_is_unknown(tmp_path: Path) -> None:
    estate = new_estate(tmp_path, {"a.yaml": connector("tax", lifecycle=GUARD), "b.yaml": connector("tax")})
    (estate.root / "connectors" / "a.yaml").unlink()
    assert unknown(back(estate)) == {"tax"}


def test_a_project_file_that_was_wrong_leaves_the_rest_unknown(tmp_path: Path) -> None:
    wrong = PROJECT.replace("eu:", "old:") + "  us: {platform: nowhere}\n"
    estate = new_estate(tmp_path, {"tax.yaml": connector("tax", target="old", lifecycle=GUARD)}, project=wrong)
    estate.work.put({"trueup.yaml": PROJECT, "connectors/tax.yaml": connector("tax", lifecycle=STONE)})
    estate.work.put({"connectors/oms.yaml": connector("oms")})
    past = back(estate)
    assert unknown(past) == {"tax"}
    assert "HEAD:trueup.yaml" in warned_files(past)


def test_a_dangling_or_outside_symlink_is_unknown(tmp_path: Path) -> None:
    for number, leads in enumerate(("../ignored/tax.yaml", "/etc/tax.yaml")):
        estate = new_estate(tmp_path / str(number), {"psp.yaml": connector("psp")})
        (estate.root / "connectors" / "tax.yaml").symlink_to(leads)
        estate.work.commit()
        (estate.root / "connectors" / "tax.yaml").unlink()
        estate.work.put({"connectors/tax.yaml": connector("tax")})
        assert unknown(back(estate)) == {"tax"}


def test_what_is_new_is_known_to_be_new_and_few_files_are_parsed(tmp_path: Path) -> None:
    estate = new_estate(tmp_path, {f"c{n}.yaml": connector(f"c{n}") for n in range(5)})
    estate.work.commit({"connectors/broken.yaml": "kind: ["})
    estate.work.put({"connectors/tax.yaml": connector("tax")})
    past = look_back("HEAD", estate.project(), ("connectors/tax.yaml",), cwd=estate.root, environ=ENVIRONMENT)
    found = find_moved(past, estate.now("connectors/tax.yaml").manifests)
    assert (found.manifests, unknown(found), warned_files(found)) == ({}, set(), [])


def test_a_hook_s_variables_do_not_hide_the_base(infra: Work) -> None:
    git(infra.root, "worktree", "add", "--quiet", "../side", "-b", "side")
    kept = infra.root / ".git" / "worktrees" / "side"
    estate = Estate(Work(infra.root.parent / "side" / "infra"))
    estate.work.put({"connectors/tax.yaml": connector("tax", lifecycle=STONE)})
    exported = {"GIT_DIR": str(kept), "GIT_INDEX_FILE": str(kept / "index"), "GIT_PREFIX": "infra/"}
    for environ in ({}, exported, {"GIT_DIR": os.path.relpath(kept, estate.root), "GIT_WORK_TREE": "."}):
        past = back(estate, **environ)
        assert protected(estate, past) == {"tax": True, "psp": False}
        assert past.files == frozenset({"connectors/tax.yaml"})


def test_no_program_that_a_submodule_s_settings_name_is_started(tmp_path: Path) -> None:
    estate = submodule(tmp_path)
    kept = estate.root / ".git" / "modules" / "connectors" / "inner"
    program, ran = tmp_path / "program", tmp_path / "ran"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    program.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "core.alternateRefsCommand", "alias.cat-file", "filter.x.smudge"):
        git(kept, f"--git-dir={kept}", "config", key, str(program))
    (kept / "hooks").mkdir(exist_ok=True)
    shutil.copy(program, kept / "hooks" / "post-index-change")
    past = back(estate)
    assert protected(estate, past) == {"psp": False, "erp": True}
    assert not ran.exists()


def test_a_submodule_of_another_user_is_not_read(tmp_path: Path) -> None:
    estate = submodule(tmp_path)
    kept = estate.root / ".git" / "modules" / "connectors" / "inner"
    try:
        os.chown(kept, 12345, -1)
    except PermissionError:
        pytest.skip("only root can give a folder away")
    past = back(estate)
    assert unknown(past) == {"erp"}
    (problem,) = past.diagnostics
    assert "belongs to another user" in problem.message
