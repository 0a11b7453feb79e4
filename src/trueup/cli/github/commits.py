"""The commits that a run carries: those of its branch since the last recorded apply."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from trueup.errors import GitFailed
from trueup.git.log import first_parents, is_ancestor
from trueup.git.repository import Repository
from trueup.github.context import Context
from trueup.plan.records import TargetRecord

MOST_COMMITS: Final = 100
"""Commits of a range whose pull requests are looked up, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Commits by first parents, newest first; ``beyond`` is the next older one if there are more, or empty."""

    commits: tuple[str, ...]
    beyond: str = ""


class BranchHistory:
    """The history of a run's branch in this clone; ``head`` is the commit of the work tree."""

    def __init__(self, repository: Repository, context: Context) -> None:
        self._repository = repository
        self._before = context.before
        newest = first_parents(repository, None, "HEAD", limit=2)
        self.head = newest[0]
        self._tip = self._found(f"refs/remotes/origin/{context.branch or context.default_branch}") or self.head
        match context.event:
            case "pull_request":
                # The work tree is the test merge, and its first parent the target branch.
                self.merged = newest[-1]
            case "merge_group":
                self.merged = context.merge_group_base or self.head
            case _:
                self.merged = self.head

    def has(self, commit: str) -> bool:
        """Return whether a commit is in the branch as it was when this clone was made."""
        return self._precedes(commit, self._tip)

    def newest_after(self, records: Iterable[TargetRecord]) -> tuple[str, str] | None:
        """Return the newest recorded commit after the head, and the page of its run; None if there is none."""
        later: tuple[str, str] | None = None
        for record in records:
            for commit in (*record.attempts, *([record.settled] if record.settled else [])):
                newer = commit != self.head and self._precedes(self.head, commit)
                if newer and (later is None or self._precedes(later[0], commit)):
                    later = (commit, record.url)
        return later

    def carried(self, records: Iterable[TargetRecord | None]) -> Carried:
        """Return the commits after the oldest one that a target is known to hold, and always the newest one.

        ``records`` has one item for each target, None for one without a record: then the commit before the push counts.
        """
        since = ""
        for commit in {start for record in records for start in self._starts(record) if start}:
            if self._precedes(commit, self.merged):
                since = commit if not since or self._precedes(commit, since) else since
        if not since:
            return Carried(commits=(self.merged,))
        found = first_parents(self._repository, since, self.merged, limit=MOST_COMMITS + 1)
        beyond = found[MOST_COMMITS] if len(found) > MOST_COMMITS else ""
        return Carried(commits=tuple(found[:MOST_COMMITS]) or (self.merged,), beyond=beyond)

    def _starts(self, record: TargetRecord | None) -> Iterator[str]:
        """Yield the commits that a target may still hold somewhere; empty for one that is not known."""
        if record is None:
            yield self._before
        elif record.settled is None:
            # The first apply that was recorded did not end: what its commit brought may be missing.
            yield from (self._before, *first_parents(self._repository, None, record.attempts[-1], limit=2)[1:])
        else:
            yield record.settled
            yield from (commit or self._before for commit in record.left.values())

    def _precedes(self, old: str, new: str) -> bool:
        """Return whether ``new`` contains ``old``; False for a commit that is not in this clone."""
        try:
            return is_ancestor(self._repository, old, new)
        except GitFailed:
            return False

    def _found(self, reference: str) -> str:
        try:
            return first_parents(self._repository, None, reference, limit=1)[0]
        except GitFailed:
            return ""
