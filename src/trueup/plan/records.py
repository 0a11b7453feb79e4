"""What is known to have been applied: for each target the commits that live may hold.

The records come from outside of the repository, for example from GitHub deployments, and reach a command as a file
(``schemas/records.schema.json``).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from trueup.errors import Diagnostic, InvalidInput
from trueup.model.identity import Identity
from trueup.model.position import Position
from trueup.plan.codec import JsonObject, from_json, to_json, version_of
from trueup.plan.typed_json import Unexpected

RECORDS_VERSION: Final = 1
"""The format version of a records file."""

COMMITS_AT_MOST: Final = 8
"""Commits of one target that are compared with live: the settled one and up to seven attempts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRecord:
    """The applies of one target; all commits are full object ids.

    ``settled`` is the newest commit whose apply ended with everything as that commit wants it, except the resources in
    ``left``, which hold what the given older commit wanted (None: not known). ``attempts`` are later commits whose
    apply has no recorded end, newest first: a run that was killed may have written any part of them. ``url`` is the
    page of the newest apply.
    """

    settled: str | None = None
    attempts: tuple[str, ...] = ()
    left: Mapping[Identity, str | None] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRef:
    """A pull request, by its number and address."""

    number: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of all targets, by target name, and the pull requests by the commit that merged them.

    A target that is missing was never recorded: what it holds is not known.
    """

    targets: Mapping[str, TargetRecord] = field(default_factory=dict)
    pulls: Mapping[str, PullRef] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Left:
    """A resource that an apply left behind, and the commit that it still has as wanted."""

    identity: Identity
    commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    settled: str | None
    attempts: tuple[str, ...]
    left: tuple[_Left, ...]
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    format_version: int
    targets: Mapping[str, _Target]
    pulls: Mapping[str, PullRef]


def records_to_json(records: Records) -> JsonObject:
    """Return the document of a records file."""
    targets = {
        name: _Target(
            settled=record.settled,
            attempts=record.attempts,
            left=tuple(_Left(identity, commit) for identity, commit in sorted(record.left.items(), key=itemgetter(0))),
            url=record.url,
        )
        for name, record in sorted(records.targets.items())
    }
    document: JsonObject = to_json(_File(format_version=RECORDS_VERSION, targets=targets, pulls=records.pulls))
    return document


def records_from_json(document: object, *, file: str) -> Records:
    """Return the records of a document that :func:`records_to_json` made; ``file`` is its name in messages.

    Raises :class:`~trueup.errors.InvalidInput` with the code ``records-format`` for any other document.
    """
    try:
        return _records(document)
    except Unexpected as error:
        raise not_records(file, str(error)) from None


def _records(document: object) -> Records:
    version = version_of(document)
    if version != RECORDS_VERSION:
        raise Unexpected(f"it has format version {version}, and this trueup reads version {RECORDS_VERSION}")
    read = from_json(document, _File)
    for commit, pull in read.pulls.items():
        _check_commit(f"pulls.{commit}", commit)
        _check_url(f"pulls.{commit}.url", pull.url)
        if pull.number < 1:
            raise Unexpected(f"pulls.{commit}.number is not the number of a pull request")
    return Records(targets={name: _record(name, target) for name, target in read.targets.items()}, pulls=read.pulls)


def not_records(file: str, why: str, *, line: int = 1, column: int = 1) -> InvalidInput:
    """Return the error for a file that is not a records file."""
    message = f"The file is not a file of records: {why}."
    place = Position(file, line, column)
    return InvalidInput([Diagnostic(code="records-format", message=message, position=place, quotable=False)])


def _record(name: str, target: _Target) -> TargetRecord:
    for path, commit in _commits(f"targets.{name}", target):
        _check_commit(path, commit)
    if len(target.attempts) >= COMMITS_AT_MOST:
        raise Unexpected(f"targets.{name}.attempts has more than {COMMITS_AT_MOST - 1} commits")
    if any(left.identity.target != name for left in target.left):
        raise Unexpected(f"targets.{name}.left names a resource of another target")
    left = {left.identity: left.commit for left in target.left}
    if len(left) < len(target.left):
        raise Unexpected(f"targets.{name}.left names a resource twice")
    _check_url(f"targets.{name}.url", target.url)
    return TargetRecord(settled=target.settled, attempts=target.attempts, left=left, url=target.url)


def _commits(path: str, target: _Target) -> Iterator[tuple[str, str]]:
    if target.settled is not None:
        yield f"{path}.settled", target.settled
    yield from ((f"{path}.attempts[{number}]", commit) for number, commit in enumerate(target.attempts))
    for number, left in enumerate(target.left):
        if left.commit is not None:
            yield f"{path}.left[{number}].commit", left.commit


def _check_commit(path: str, commit: str) -> None:
    # A full id only: anything else could name another commit tomorrow, or be an option of git.
    if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", commit) is None:
        raise Unexpected(f"{path} is not the full id of a commit")


def _check_url(path: str, url: str) -> None:
    # It is shown as a link, and comes from outside of the repository.
    if url and re.fullmatch(r"https?://[!-~]{1,2000}", url) is None:
        raise Unexpected(f"{path} is not an address of a page")
