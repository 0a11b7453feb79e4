import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from repositories import ENVIRONMENT, Work, git, new_repository
from trueup.git.objects import TreeNode, changes, special, tracked, tree, untracked
from trueup.git.repository import Repository, open_repository

Answer = TypeVar("Answer")

LATIN = os.fsdecode(b"caf\xe9.yaml")
"""A name that is not UTF-8."""

NAMES = [
    "tax.yaml",
    "a/b/c d.yaml",
    "line\nend.yaml",
    "tab\there.yaml",
    '"quoted".yaml',
    "ümlaut.yaml",
    "-x.yaml",
    LATIN,
]


@pytest.fixture
def work(tmp_path: Path) -> Work:
    work = new_repository(tmp_path / "house")
    work.commit(dict.fromkeys(NAMES, "one"))
    return work


def queried(work: Work, query: Callable[[Repository], Answer]) -> Answer:
    with open_repository(work.root, ENVIRONMENT) as repository:
        return query(repository)


def changed(work: Work, revision: str = "HEAD") -> dict[bytes, bool]:
    """Return the paths that may differ from a commit, and whether it has them."""
    listed = queried(work, lambda it: changes(it, git(work.root, "rev-parse", revision)))
    return {change.path: change.before is not None for change in listed}


def kept(repository: Repository) -> list[bytes]:
    return list(tracked(repository, ".trueup"))


def test_a_commit_lists_its_files_by_any_name(work: Work) -> None:
    assert set(queried(work, lambda it: tree(it, "HEAD"))) == {os.fsencode(name) for name in NAMES}


def test_a_commit_lists_all_of_its_files_from_a_folder_below(work: Work) -> None:
    assert set(queried(Work(work.root / "a"), lambda it: tree(it, "HEAD"))) == {os.fsencode(name) for name in NAMES}


def test_a_fresh_work_tree_has_no_changes(work: Work) -> None:
    assert changed(work) == {}


def test_edits_are_changes_whether_committed_staged_or_neither(work: Work) -> None:
    start = git(work.root, "rev-parse", "HEAD")
    work.commit({"tax.yaml": "two", LATIN: "two"})
    work.put({"ümlaut.yaml": "two"})
    git(work.root, "add", ".")
    work.put({"a/b/c d.yaml": "two"})
    assert changed(work, start) == {
        os.fsencode(name): True for name in ["tax.yaml", LATIN, "ümlaut.yaml", "a/b/c d.yaml"]
    }


def test_a_change_has_the_entry_of_the_commit(work: Work) -> None:
    work.put({"tax.yaml": "two"})
    (change,) = queried(work, lambda it: changes(it, "HEAD"))
    assert change.before == queried(work, lambda it: tree(it, "HEAD"))[b"tax.yaml"]


def test_new_deleted_and_renamed_files_are_changes(work: Work) -> None:
    (work.root / "tax.yaml").unlink()
    (work.root / LATIN).rename(work.root / "latin.yaml")
    work.put({"new.yaml": "two"})
    git(work.root, "add", "--all")
    expected = {b"tax.yaml": True, os.fsencode(LATIN): True, b"latin.yaml": False, b"new.yaml": False}
    assert changed(work) == expected


def test_the_users_rename_settings_are_ignored(work: Work) -> None:
    git(work.root, "config", "diff.renames", "copies")
    (work.root / "tax.yaml").rename(work.root / "toll.yaml")
    git(work.root, "add", "--all")
    assert changed(work) == {b"tax.yaml": True, b"toll.yaml": False}


def test_untracked_files_are_listed_ignored_ones_included(work: Work) -> None:
    work.put({"new.yaml": "two", "build/out.yaml": "two", ".gitignore": "build/\n", "a/late.yaml": "two"})
    assert queried(work, lambda it: set(untracked(it))) == {
        b"new.yaml",
        b"build/out.yaml",
        b".gitignore",
        b"a/late.yaml",
    }
    assert queried(work, lambda it: set(untracked(it, [b"build", b"a/"]))) == {b"build/out.yaml", b"a/late.yaml"}


def test_a_folder_with_an_odd_name_is_not_a_pattern(work: Work) -> None:
    work.put({"a*/new.yaml": "two", "ab/new.yaml": "two"})
    assert queried(work, lambda it: list(untracked(it, [b"a*/"]))) == [b"a*/new.yaml"]


def test_symlinks_and_submodules_are_distinguished_from_files(work: Work, tmp_path: Path) -> None:
    new_repository(tmp_path / "inner").commit({"x.yaml": "one"})
    (work.root / "link.yaml").symlink_to("tax.yaml")
    git(work.root, "submodule", "--quiet", "add", str(tmp_path / "inner"), "estate")
    work.commit()
    assert queried(work, special) == {b"link.yaml": TreeNode.LINK, b"estate": TreeNode.REPOSITORY}
    entries = queried(work, lambda it: tree(it, "HEAD"))
    assert entries[b"link.yaml"].node is TreeNode.LINK
    assert entries[b"estate"].node is TreeNode.REPOSITORY
    assert entries[b"tax.yaml"].node is TreeNode.FILE


def test_during_an_unresolved_merge_the_files_in_the_work_tree_count(work: Work) -> None:
    git(work.root, "checkout", "--quiet", "-b", "side")
    work.commit({"tax.yaml": "two", LATIN: "two"})
    git(work.root, "checkout", "--quiet", "main")
    (work.root / LATIN).unlink()
    work.commit({"tax.yaml": "three"})
    with pytest.raises(AssertionError):
        git(work.root, "merge", "side")
    assert changed(work) == {b"tax.yaml": True, os.fsencode(LATIN): False}
    assert changed(work, "HEAD~1") == {b"tax.yaml": True, os.fsencode(LATIN): True}


@pytest.mark.parametrize("setting", ["core.fsmonitor", "diff.external", "core.pager", "core.editor", "core.askPass"])
def test_no_program_that_the_repository_names_is_run(work: Work, tmp_path: Path, setting: str) -> None:
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    spy.chmod(0o755)
    git(work.root, "config", setting, str(spy))
    work.put({"tax.yaml": "two"})
    queried(work, lambda it: changes(it, "HEAD"))
    queried(work, lambda it: tree(it, "HEAD"))
    queried(work, lambda it: list(untracked(it)))
    assert not (tmp_path / "ran").exists()


def test_nothing_is_written_into_the_repository(work: Work) -> None:
    os.utime(work.root / "tax.yaml", (1, 1))
    before = {file: file.stat().st_mtime_ns for file in (work.root / ".git").rglob("*")}
    assert changed(work) == {b"tax.yaml": True}
    queried(work, lambda it: list(untracked(it)))
    assert {file: file.stat().st_mtime_ns for file in (work.root / ".git").rglob("*")} == before


def test_tracked_paths_are_relative_to_the_opened_folder(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    work.put({"p/.trueup/a": "", "p/.trueup/b c/d": "", "p/.trueup/new": "", ".trueup/e": "", "p/.trueupx": ""})
    git(work.root, "add", "--", "p/.trueup/a", "p/.trueup/b c/d", ".trueup", "p/.trueupx")
    assert sorted(queried(Work(work.root / "p"), kept)) == [b".trueup/a", b".trueup/b c/d"]
    assert queried(work, kept) == [b".trueup/e"]
    (work.root / "q").mkdir()
    (work.root / "q" / ".trueup").symlink_to("nowhere")
    git(work.root, "add", "q")
    assert queried(Work(work.root / "q"), kept) == [b".trueup"]
