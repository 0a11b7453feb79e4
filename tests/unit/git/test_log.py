"""The history between two commits, in repositories made for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from repositories import Work, git, new_repository
from trueup.errors import GitFailed
from trueup.git.log import first_parents, is_ancestor, last_changes
from trueup.git.repository import Repository, open_repository


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return new_repository(tmp_path / "house")


@pytest.fixture
def repository(work: Work) -> Iterator[Repository]:
    with open_repository(work.root) as opened:
        yield opened


def merged(work: Work, files: dict[str, str | bytes]) -> str:
    """Commit the files on a branch and merge it; return the id of the merge."""
    git(work.root, "checkout", "--quiet", "-b", "topic")
    work.commit(files)
    git(work.root, "checkout", "--quiet", "main")
    git(work.root, "merge", "--quiet", "--no-ff", "--message", "merge", "topic")
    git(work.root, "branch", "--delete", "--force", "topic")
    return git(work.root, "rev-parse", "HEAD")


def test_first_parents_leave_out_the_commits_of_merged_branches(work: Work, repository: Repository) -> None:
    one = work.commit({"a": "1"})
    two = merged(work, {"a": "2"})
    three = work.commit({"b": "1"})
    assert first_parents(repository, one, three, limit=10) == [three, two]
    assert first_parents(repository, None, three, limit=10) == [three, two, one]
    assert first_parents(repository, one, three, limit=1) == [three]
    assert first_parents(repository, three, three, limit=10) == []


def test_a_commit_is_an_ancestor_of_itself_and_of_what_contains_it(work: Work, repository: Repository) -> None:
    one = work.commit({"a": "1"})
    two = work.commit({"a": "2"})
    git(work.root, "checkout", "--quiet", "-b", "other", one)
    other = work.commit({"a": "3"})
    assert [is_ancestor(repository, one, new) for new in (one, two, other)] == [True, True, True]
    assert [is_ancestor(repository, two, new) for new in (one, two, other)] == [False, True, False]


def test_the_newest_commit_that_changed_each_file_is_the_one_that_merged_it(work: Work, repository: Repository) -> None:
    one = work.commit({"a": "1", "b": "1", "gone": "1"})
    two = merged(work, {"a": "2", "sp ace/\nodd": "1"})
    git(work.root, "rm", "--quiet", "gone")
    three = work.commit({"b": "2"})
    four = work.commit({"b": "3"})
    work.commit()
    until = git(work.root, "rev-parse", "HEAD")
    assert last_changes(repository, one, until) == {
        b"a": two,
        b"sp ace/\nodd": two,
        b"b": four,
        b"gone": three,
    }
    assert last_changes(repository, until, until) == {}


def test_a_file_whose_name_begins_with_a_line_break_keeps_it(work: Work, repository: Repository) -> None:
    one = work.commit()
    two = work.commit({"\nodd": "1"})
    assert last_changes(repository, one, two) == {b"\nodd": two}


def test_a_commit_that_is_not_here_is_an_error_of_git(work: Work, repository: Repository) -> None:
    one = work.commit()
    for read in (
        lambda: first_parents(repository, "0" * 40, one, limit=1),
        lambda: last_changes(repository, "0" * 40, one),
    ):
        with pytest.raises(GitFailed):
            read()


def test_the_repository_s_settings_of_the_log_are_not_read(work: Work, repository: Repository) -> None:
    git(work.root, "config", "log.showSignature", "true")
    git(work.root, "config", "diff.external", "false")
    git(work.root, "config", "format.pretty", "oneline")
    one = work.commit({"a": "1"})
    two = work.commit({"a": "2"})
    assert last_changes(repository, one, two) == {b"a": two}
