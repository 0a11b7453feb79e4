"""The merged pull requests that commits of a branch come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trueup.bounded import count
from trueup.github.api import ApiAnswer, Rest
from trueup.github.context import Context, is_commit
from trueup.github.found import NoPlan

MOST_PULLS: Final = 25
"""Pull requests whose plans one run looks for; each takes three requests or more."""

_PULLS_OF_A_COMMIT: Final = 100
"""Pull requests of one commit that are looked at; usually there is one."""

_TITLE: Final = 300
"""Characters of a title that are kept."""

_REFUSED: Final = frozenset({401, 403, 404})

_OF_ONE_COMMIT: Final = frozenset({404, 409, 422})
"""Statuses of an answer that says nothing about other commits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedPull:
    """A merged pull request; ``head`` is the last commit of its branch.

    ``fork``: its branch is in another repository, or in one that was deleted since. ``commits`` are the commits of the
    target branch that belong to it, newest first. ``title`` is not trusted.
    """

    number: int
    url: str
    title: str
    head: str
    fork: bool
    commits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulls:
    """The merged pull requests of commits, that of the newest commit first.

    ``direct`` are commits without one. ``unasked`` are commits whose pull request is not known, with the reason.
    """

    pulls: tuple[MergedPull, ...] = ()
    direct: tuple[str, ...] = ()
    unasked: Mapping[str, NoPlan] = field(default_factory=dict)


def pulls_of(rest: Rest, context: Context, commits: Sequence[str]) -> Pulls:
    """Return the pull requests that were merged into the branch of the run with these commits, newest first.

    At most :data:`MOST_PULLS` are returned; commits that come after them are not looked up.
    """
    found: dict[int, tuple[Any, list[str]]] = {}
    direct: list[str] = []
    unasked: dict[str, NoPlan] = {}
    stop: NoPlan | None = None
    for commit in commits:
        stop = NoPlan.TOO_MANY if len(found) >= MOST_PULLS else stop
        if stop is not None:
            unasked[commit] = stop
            continue
        # For a commit of the default branch this is the pull request that introduced it, also after a squash, a rebase
        # or a merge queue (docs.github.com, "List pull requests associated with a commit").
        answer = rest.items_of(f"/repos/{context.repository}/commits/{commit}/pulls", most=_PULLS_OF_A_COMMIT)
        if isinstance(answer, ApiAnswer):
            unasked[commit] = why_unread(answer)
            # Further commits would get the same answer, each after several tries.
            stop = None if answer.status in _OF_ONE_COMMIT else unasked[commit]
            continue
        merged = [item for item in answer if _is_merged(item, context)]
        for item in merged:
            found.setdefault(item["number"], (item, []))[1].append(commit)
        if not merged:
            direct.append(commit)
    pulls = tuple(_pull(context, item, of) for item, of in found.values())
    return Pulls(pulls=pulls, direct=tuple(direct), unasked=unasked)


def why_unread(answer: ApiAnswer) -> NoPlan:
    """Return why a read failed; GitHub answers 404 for what a token may not see."""
    return NoPlan.FORBIDDEN if answer.status in _REFUSED and answer.wait is None else NoPlan.UNREACHABLE


def _is_merged(item: object, context: Context) -> bool:
    """Return whether an item of the list is a pull request that was merged into the branch of the run."""
    match item:
        case {"number": number, "merged_at": str(), "base": {"ref": str(ref)}, "head": {"sha": head}}:
            return ref == context.branch and is_commit(head) and isinstance(number, int) and bool(count(number))
        case _:
            return False


def _pull(context: Context, item: Any, commits: Sequence[str]) -> MergedPull:
    title = item.get("title")
    return MergedPull(
        number=item["number"],
        # Not the address in the answer: this one is known to be a page of this repository.
        url=f"{context.server_url}/{context.repository}/pull/{item['number']}",
        title=title[:_TITLE] if isinstance(title, str) else "",
        head=item["head"]["sha"],
        fork=not _is_same(item["head"].get("repo"), item["base"].get("repo")),
        commits=tuple(commits),
    )


def _is_same(one: object, other: object) -> bool:
    # The repository of a deleted fork is null.
    match one, other:
        case {"id": int(head)}, {"id": int(base)}:
            return head == base
        case _:
            return False
