"""Read what the recorded commits wanted, so that live can be compared with what was applied.

A record counts only if its commits are in the history of the base or of the present commit. Anything else (a rewritten
history, a shallow clone, a target that led elsewhere) leaves the target without a record: it is then not known what was
applied, and nothing is guessed.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from trueup.errors import Diagnostic, GitFailed, Severity, UsageError
from trueup.git.log import is_ancestor, last_changes
from trueup.git.objects import Objects, open_objects
from trueup.git.repository import Repository, open_repository
from trueup.history.base import BaseManifests, look_back
from trueup.history.changed_since import find_moved, wanted_then
from trueup.manifest.project import Project
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest
from trueup.model.plan import Pending
from trueup.model.position import COMMIT_DIGITS
from trueup.plan.digest import same_wants
from trueup.plan.records import COMMITS_AT_MOST, Records, TargetRecord
from trueup.plan.three_way import AppliedWants, Wants

_FETCH: Final = (
    "Fetch the whole history: git fetch --unshallow or, for actions/checkout, fetch-depth: 0. After a force push, the "
    "next apply makes a new record."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadApplied:
    """What the recorded commits wanted, and warnings about what is not known."""

    wants: AppliedWants
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Past:
    """A recorded commit, and its manifests by the present identities of their resources."""

    found: BaseManifests
    manifests: Mapping[Identity, Manifest]


@dataclass(frozen=True, slots=True)
class _History:
    """The history in which recorded commits count: that of HEAD and of ``until``, which is the base if there is one."""

    repository: Repository
    objects: Objects
    until: str

    def contains(self, commit: str) -> bool:
        """Return whether a commit is here, and whether the base or HEAD contains it."""
        try:
            # A record may also name the id of a file or a tag.
            here = self.objects.commit(commit) == commit
        except (UsageError, GitFailed):
            return False
        return here and any(is_ancestor(self.repository, commit, new) for new in (self.until, self.head))

    @property
    def head(self) -> str:
        """Return the id of the present commit."""
        return self.objects.commit("HEAD")

    def changes(self, since: str) -> Mapping[bytes, str]:
        """Return the newest commit since then that changed each file; see :func:`last_changes`."""
        return last_changes(self.repository, since, self.until)


def read_applied(  # noqa: PLR0913 - what look_back needs, and the records
    records: Records,
    manifests: Sequence[Manifest],
    project: Project,
    *,
    base: BaseManifests | None,
    paths: Sequence[str],
    cwd: Path,
    sandbox: bool = False,
) -> ReadApplied:
    """Return what the recorded commits wanted of these manifests' resources.

    ``base`` has the manifests of the base, None without one. Each distinct commit is read once. Raises UsageError when
    there is no repository, GitFailed when git cannot read it.
    """

    @cache
    def past(commit: str) -> _Past:
        found = find_moved(look_back(commit, project, paths, cwd=cwd, sandbox=sandbox), manifests)
        return _Past(found, wanted_then(found, manifests))

    targets = sorted({manifest.identity.target for manifest in manifests} & project.targets.keys())
    with open_repository(project.root) as repository, open_objects(repository) as objects:
        history = _History(repository, objects, base.commit if base else objects.commit("HEAD"))
        doubts = {name: _doubt(records.targets.get(name), name, project, history, past) for name in targets}
        known = {name: records.targets[name] for name in targets if doubts[name] is None}
        wants = dict(_wants(manifests, known, history, past))
        waiting = dict(_waiting(wants, manifests, base))
        commits = dict(_commits(waiting, known, history, cwd, "" if base is None else f"{base.revision}:"))
    return ReadApplied(
        wants=AppliedWants(
            wants=wants,
            pending={identity: _pending(identity, commit, records) for identity, commit in commits.items()},
            unrecorded=tuple(name for name in targets if name not in known),
        ),
        warnings=(*filter(None, doubts.values()), *_left_out(manifests, known, wants, project)),
    )


_ReadPast = Callable[[str], _Past]


def _doubt(
    record: TargetRecord | None, name: str, project: Project, history: _History, past: _ReadPast
) -> Diagnostic | None:
    """Return the warning that a target has no usable record, None if it has one."""
    if record is None or record.settled is None:
        return _not_known("not-recorded", name, project, "no apply of it that ended well is recorded")
    lost = next((commit for commit in (record.settled, *record.attempts) if not history.contains(commit)), None)
    if lost is not None:
        why = f"the recorded commit {lost[:COMMIT_DIGITS]} is not in the history of this clone"
        return _not_known("record-not-here", name, project, why, hint=_FETCH)
    then = past(record.settled).found.targets.get(name)
    # Without a project file there are no addresses to compare.
    if project.file is not None and (then is None or then.place != project.targets[name].place):
        return _not_known("not-recorded", name, project, "it led elsewhere when it was recorded")
    return None


def _not_known(code: str, name: str, project: Project, why: str, hint: str = "") -> Diagnostic:
    return Diagnostic(
        severity=Severity.WARNING,
        code=code,
        message=f"It is not known what was applied to the target {name}: {why}.",
        position=project.targets[name].position,
        hint=hint,
    )


def _wants(
    manifests: Sequence[Manifest], known: Mapping[str, TargetRecord], history: _History, past: _ReadPast
) -> Iterator[tuple[Identity, tuple[Wants, ...]]]:
    """Yield what the recorded commits wanted of each resource, newest first, where all of them can be read."""
    usable = {name: _usable(record, history) for name, record in known.items()}
    for identity in (manifest.identity for manifest in manifests if manifest.identity.target in known):
        record = known[identity.target]
        last = record.left.get(identity, record.settled)
        if last is not None and last in usable[identity.target]:
            pasts = [past(commit) for commit in (*record.attempts, last)]
            if not any(identity in one.found.unknown for one in pasts):
                yield identity, tuple(one.manifests.get(identity) for one in pasts)


def _usable(record: TargetRecord, history: _History) -> frozenset[str]:
    """Return the settled commit, and those of the resources that it left behind, as far as they are read."""
    older = dict.fromkeys(commit for _, commit in sorted(record.left.items()) if commit is not None)
    bound = COMMITS_AT_MOST - len(record.attempts) - 1
    settled = [record.settled] if record.settled is not None else []
    return frozenset([*settled, *(commit for commit in list(older)[:bound] if history.contains(commit))])


def _waiting(
    wants: Mapping[Identity, tuple[Wants, ...]], manifests: Sequence[Manifest], base: BaseManifests | None
) -> Iterator[tuple[Identity, Manifest]]:
    """Yield the manifests of the base or, without one, of now that differ from what may have been applied."""
    now = {manifest.identity: manifest for manifest in manifests}
    merged = now if base is None else wanted_then(base, manifests)
    for identity, applied in wants.items():
        manifest = merged.get(identity)
        if manifest is not None and any(then is None or not same_wants(then, manifest) for then in applied):
            yield identity, manifest


def _commits(
    waiting: Mapping[Identity, Manifest], known: Mapping[str, TargetRecord], history: _History, cwd: Path, named: str
) -> Iterator[tuple[Identity, str]]:
    """Yield the newest commit that changed the file of each manifest since the commit that the resource holds.

    ``named`` is how the names of files of the base begin.
    """
    changes = cache(history.changes)
    for identity, manifest in waiting.items():
        file = manifest.positions.at(()).file
        path = (
            os.fsencode(file.removeprefix(named))
            if named and file.startswith(named)
            else history.repository.path_of(str((cwd / file).absolute()))
        )
        record = known[identity.target]
        # An apply that ended without this resource settled a newer commit than the one that the resource holds.
        held = record.left.get(identity) or record.settled
        assert held is not None, "a target without a settled commit has no usable record"
        commit = changes(held).get(path) if path is not None else None
        if commit is not None:
            yield identity, commit


def _pending(identity: Identity, commit: str, records: Records) -> Pending:
    pull = records.pulls.get(commit)
    return Pending(
        identity=identity,
        commit=commit,
        pull=None if pull is None else pull.number,
        url="" if pull is None else pull.url,
    )


def _left_out(
    manifests: Sequence[Manifest],
    known: Mapping[str, TargetRecord],
    wants: Mapping[Identity, tuple[Wants, ...]],
    project: Project,
) -> Iterator[Diagnostic]:
    """Yield a warning for each target with a record that does not say what some of its resources hold."""
    for name in known:
        left = sum(m.identity.target == name and m.identity not in wants for m in manifests)
        if left:
            resources = "1 resource" if left == 1 else f"{left:,} resources"
            why = f"for {resources}, no apply that ended well is recorded, or its manifest cannot be read"
            yield _not_known("not-recorded", name, project, why)
