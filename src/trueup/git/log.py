"""Read the history between two commits: their first parents, and the newest change of each file."""

from collections.abc import Iterator, Mapping
from typing import Final

from trueup.errors import GitFailed
from trueup.git.repository import Repository

_COMPARED: Final = ("--no-show-signature", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-color")
"""Options that keep git from starting programs, and from adding to what is parsed here."""


def first_parents(repository: Repository, since: str | None, until: str, *, limit: int) -> list[str]:
    """Return the ids of ``until`` and its first parents, newest first, without those that ``since`` contains.

    Both are full ids. At most ``limit`` are returned. Raises GitFailed for a commit that is not in this clone.
    """
    without = [] if since is None else [f"^{since}"]
    found = repository.git.run("rev-list", "--first-parent", f"--max-count={limit}", until, *without, "--")
    return found.decode().split()


def is_ancestor(repository: Repository, old: str, new: str) -> bool:
    """Return whether ``new`` is ``old`` or comes after it; False when one of them is not in this clone."""
    # Not rev-list: commits with wrong dates lead it to stop too early.
    try:
        repository.git.run("merge-base", "--is-ancestor", old, new)
    except GitFailed:
        return False
    return True


def last_changes(repository: Repository, since: str, until: str) -> Mapping[bytes, str]:
    """Return for each file that changed between two commits the id of the newest first parent that changed it.

    Paths are as git writes them. A merge counts as one change, that from its first parent: it is the commit with which
    the branch got the change. Raises GitFailed for a commit that is not in this clone.
    """
    listed = repository.git.run(
        *("log", "--first-parent", "--diff-merges=first-parent", "--name-only", "-z", "--format=%x00%H"),
        *_COMPARED,
        until,
        f"^{since}",
        "--",
    )
    found: dict[bytes, str] = {}
    for commit, path in _changes(listed):
        found.setdefault(path, commit)
    return found


def _changes(listed: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the commit and path of each change.

    All parts end with a zero byte. An empty part comes before the id of a commit, and a line break before its first
    path.
    """
    commit, starts, first = "", False, False
    for part in listed.split(b"\0"):
        if not part:
            starts = True
        elif starts:
            commit, starts, first = part.decode(), False, True
        else:
            yield commit, part.removeprefix(b"\n") if first else part
            first = False
