"""The history of commits: the first parents of a range, and which commit comes before another."""

from trueup.errors import GitFailed
from trueup.git.repository import Repository


def first_parents(repo: Repository, since: str | None, until: str, *, limit: int) -> list[str]:
    """Return the ids of the commits that are reached from ``until`` by first parents, newest first.

    Those that ``since`` reaches are left out, and at most ``limit`` are returned. Raises GitFailed for a commit that is
    not in this clone.
    """
    left_out = [f"^{since}"] if since else []
    listed = repo.git.run("rev-list", "--first-parent", f"--max-count={limit}", until, *left_out, "--")
    return listed.decode("ascii").split()


def is_ancestor(repo: Repository, old: str, new: str) -> bool:
    """Return whether ``new`` is ``old`` or comes after it; False when one of them is not in this clone."""
    # Not rev-list: commits with wrong dates lead it to stop too early.
    try:
        repo.git.run("merge-base", "--is-ancestor", old, new)
    except GitFailed:
        return False
    return True
