"""Open, push and merge in a real repository as people do at GitHub, so that commits and ``before`` are true.

Each function leaves the work tree at what a workflow of the event would check out, without a branch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from github.git import MERGER, commit_of, commits_between, done, merge_commit, root_of, tip
from github.state import Issue, Repository, State

How = Literal["merge", "squash", "rebase", "queue"]
Files = Mapping[str, str | bytes | None]
"""Texts by file; None deletes one."""


@dataclass(frozen=True)
class Push:
    """A change of the default branch, and the pull requests that it merged."""

    before: str
    after: str
    pulls: tuple[Issue, ...] = ()
    forced: bool = False


@dataclass(frozen=True)
class Group:
    """A merge queue's group: a temporary branch, and what each pull request added to it."""

    base_sha: str
    head_sha: str
    head_ref: str
    introduced: Mapping[int, tuple[str, ...]]


def opened(  # noqa: PLR0913 - each has a default but what is changed
    state: State, files: Files, *, branch: str = "topic", title: str = "Change", author: str = "ann", fork: bool = False
) -> Issue:
    """Open a pull request of one commit, from the author's fork if that is asked for."""
    base = tip(state)
    source = state.fork(author) if fork else state.repository
    head = _committed(state, base, files, title)
    thread = state.add_pull(head, head_ref=branch, base_sha=base, title=title, author=author, source=source)
    pushed_head(state, thread)
    return thread


def pushed(state: State, thread: Issue, files: Files) -> str:
    """Push one more commit to a pull request; return it."""
    pull = thread.its_pull
    pull.head_sha = _committed(state, pull.head_sha, files, "more")
    thread.updated_at = state.moment()
    pushed_head(state, thread)
    return pull.head_sha


def merged(state: State, *threads: Issue, how: How = "merge") -> Push:
    """Merge pull requests into the default branch, in this order; several need the merge queue."""
    if how == "queue":
        return landed(state, queued(state, *threads))
    (thread,) = threads
    before = tip(state)
    after = _added(state, before, thread, how)
    introduced = {thread.number: commits_between(state, before, after)}
    return _moved(state, before, after, introduced)


def queued(state: State, *threads: Issue) -> Group:
    """Add pull requests to the merge queue: each is merged on top of the one before, in a temporary branch.

    pull-requests/merge-queues: "a temporary branch with a special prefix", which the base branch becomes later.
    """
    base = tip(state)
    introduced, newest = {}, base
    for thread in threads:
        added = _added(state, newest, thread, "queue")
        introduced[thread.number], newest = commits_between(state, newest, added), added
    default = state.repository.default_branch
    branch = f"gh-readonly-queue/{default}/pr-{threads[-1].number}-{base}"
    _point(state, f"refs/heads/{branch}", newest)
    checked_out(state, newest)
    return Group(base, newest, f"refs/heads/{branch}", introduced)


def landed(state: State, group: Group) -> Push:
    """Move the default branch to a group that passed, in one push, and remove the temporary branch."""
    assert tip(state) == group.base_sha, "the branch moved: queue the pull requests again"
    done(state, "update-ref", "-d", group.head_ref)
    return _moved(state, group.base_sha, group.head_sha, group.introduced)


def pushed_directly(state: State, files: Files, *, onto: str = "") -> Push:
    """Push a commit to the default branch; on top of an older one (``main~1``) it rewrites history."""
    before = tip(state)
    after = _committed(state, commit_of(state, onto) or before if onto else before, files, "direct")
    push = _moved(state, before, after, {})
    return Push(push.before, push.after, forced=bool(onto))


def checked_out(state: State, commit: str) -> None:
    """Bring the work tree to a commit, without a branch: branches are GitHub's here."""
    done(state, "checkout", "--quiet", "--force", "--detach", commit)


def auto_merged(state: State, branch: str, newest: str) -> str | None:
    """Merge the default branch into another; return the commit, or None where they conflict."""
    made = merge_commit(state, tip(state, branch), newest, f"Merge {state.repository.default_branch} into {branch}")
    if made is not None:
        _point(state, f"refs/heads/{branch}", made)
    return made


def _committed(state: State, parent: str, files: Files, message: str) -> str:
    """Return a commit of these files on top of another."""
    checked_out(state, parent)
    for name, text in files.items():
        file = root_of(state) / name
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        done(state, "add", "--all", "--", name)
    done(state, "commit", "--quiet", "--allow-empty", "--message", message)
    return done(state, "rev-parse", "HEAD")


def pushed_head(state: State, thread: Issue) -> None:
    """Point the refs of a pull request to its head and to its test merge (pulls/pulls#get-a-pull-request)."""
    pull = thread.its_pull
    if pull.source == state.repository:
        _point(state, f"refs/heads/{pull.head_ref}", pull.head_sha)
    _point(state, f"refs/pull/{thread.number}/head", pull.head_sha)
    pull.merge_commit_sha = merge_commit(state, tip(state), pull.head_sha, f"Merge {pull.head_sha}")
    if pull.merge_commit_sha is not None:
        _point(state, f"refs/pull/{thread.number}/merge", pull.merge_commit_sha)
    checked_out(state, pull.merge_commit_sha or pull.head_sha)


def _added(state: State, onto: str, thread: Issue, how: How) -> str:
    """Return the commit that a merge of this kind makes of a pull request, on top of another.

    pull-requests/about-pull-request-merges: a squash is one commit; a rebase makes new commits also where none would
    be needed, with another committer; the queue merges here with merge commits.
    """
    pull, number = thread.its_pull, thread.number
    if how == "rebase":
        checked_out(state, onto)
        commits = commits_between(state, done(state, "merge-base", onto, pull.head_sha), pull.head_sha)
        done(state, "cherry-pick", "--allow-empty", "--keep-redundant-commits", *commits, env=MERGER)
        return done(state, "rev-parse", "HEAD")
    of = pull.source or Repository(0, "unknown/repository")
    squash = how == "squash"
    message = (
        f"{thread.title} (#{number})" if squash else f"Merge pull request #{number} from {of.owner}/{pull.head_ref}"
    )
    made = merge_commit(state, onto, pull.head_sha, message, squash=squash)
    assert made is not None, f"pull request {number} conflicts"
    return made


def _moved(state: State, before: str, after: str, introduced: Mapping[int, tuple[str, ...]]) -> Push:
    _point(state, f"refs/heads/{state.repository.default_branch}", after)
    for number, commits in introduced.items():
        state.record_merge(number, *commits)
    checked_out(state, after)
    return Push(before, after, tuple(state.threads[number] for number in introduced))


def _point(state: State, ref: str, commit: str) -> None:
    done(state, "update-ref", ref, commit)
