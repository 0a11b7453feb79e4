"""The git of the stand-in's repository: what is asked of it, and objects that are made in it.

Without a repository each name is a commit of its own, and commits are ancestors of themselves alone.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from github.state import State
from repositories import ENVIRONMENT

MERGER: Final = {"GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.example"}
"""Who commits what is merged, squashed or rebased there."""


def root_of(state: State) -> Path:
    """Return the folder of the repository, which a test must have given."""
    assert state.work is not None, "this needs a repository: State(work=...)"
    return state.work.root


def asked(state: State, *command: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> str | None:
    """Return what a command of git prints, or None where it fails; it reads ``given``."""
    done = subprocess.run(
        ["git", *command],
        cwd=root_of(state),
        env={**ENVIRONMENT, **(env or {})},
        input=given,
        capture_output=True,
        check=False,
    )
    return done.stdout.decode(errors="surrogateescape").strip("\n") if done.returncode == 0 else None


def done(state: State, *command: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> str:
    """Return what a command of git prints that cannot fail; what it commits is dated by the stand-in's clock."""
    moment = state.moment()
    dated = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment, **(env or {})}
    printed = asked(state, *command, given=given, env=dated)
    assert printed is not None, command
    return printed


def commit_of(state: State, name: str) -> str | None:
    """Return the commit that a branch, a tag or an identifier names, or None."""
    if state.work is None:
        return name
    return asked(state, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")


def tip(state: State, branch: str = "") -> str:
    """Return the newest commit of a branch, of the default one unless it is named."""
    found = commit_of(state, f"refs/heads/{branch or state.repository.default_branch}")
    assert found is not None
    return found


def has_branch(state: State, name: str) -> bool:
    return state.work is None or asked(state, "rev-parse", "--quiet", "--verify", f"refs/heads/{name}") is not None


def is_ancestor(state: State, old: str, new: str) -> bool:
    """Return whether a commit is another or comes before it."""
    if state.work is None:
        return old == new
    return asked(state, "merge-base", "--is-ancestor", old, new) is not None


def commits_between(state: State, since: str, until: str) -> tuple[str, ...]:
    """Return what one commit has and another has not, the oldest first."""
    if state.work is None:
        return () if since == until else (until,)
    return tuple(done(state, "rev-list", "--reverse", "--topo-order", f"{since}..{until}").split())


def merge_commit(state: State, ours: str, theirs: str, message: str, *, squash: bool = False) -> str | None:
    """Return a new commit that merges two, or has the result on top of the first; None where they conflict."""
    tree = asked(state, "merge-tree", "--write-tree", ours, theirs)
    if tree is None:
        return None
    parents = ["-p", ours] if squash else ["-p", ours, "-p", theirs]
    return done(state, "commit-tree", tree, *parents, "-m", message, env=MERGER)
