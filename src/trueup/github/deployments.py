"""The records of applies: GitHub deployments, one for each apply and target.

A deployment says which commit was applied, or may have been applied in part if its end is missing. Its payload names
the project, the target and the run. It is found by the payload's key, since names of environments can be equal.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Final

from trueup.bounded import count, parse_json
from trueup.github.api import TRIES, ApiAnswer, Rest
from trueup.github.comment import NotPosted, reason_of
from trueup.github.context import Context, RunId, is_commit
from trueup.github.key import KeyScope, scope_key
from trueup.model.identity import Identity, IdField, Kind
from trueup.plan.codec import CODEC, from_json, to_json
from trueup.plan.records import TargetRecord
from trueup.plan.typed_json import JsonForm, Unexpected
from trueup.report.safe_text import visible

TASK: Final = "trueup:apply"

MOST_READ: Final = 20
"""Deployments of one target that are read, the newest first; each takes one request."""

MOST_ATTEMPTS: Final = 7
"""Attempts of one target that are kept, the newest first: the manifests of each commit are read again."""

_LISTED: Final = 200
"""Deployments of one environment that are listed: other selections of the project share it."""

_STATUSES: Final = 100
"""Statuses of one deployment that are listed; trueup makes two."""

PAYLOAD_BYTES: Final = 60_000
"""Bytes of a payload. GitHub documents no limit; a comment may have 65,536 characters."""

_NAME: Final = 255
"""Characters of the name of an environment (docs.github.com, "Managing environments for deployment")."""

_FORMAT_VERSION: Final = 1

_ALL: Final = "all"
"""The word for what an apply left where a list of it would be too long: the commit then counts as an attempt."""

_DENIED: Final = (
    "The token cannot {verb} deployments, which record what was applied. The job needs the permission {name}."
)
_CANNOT_READ: Final = _DENIED.format(verb="read", name="deployments: read")
_CANNOT_WRITE: Final = _DENIED.format(verb="write", name="deployments: write")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """A resource that an apply did not bring to its commit, and the older commit that it holds."""

    kind: Kind
    field: IdField
    value: str
    commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    """The payload of a deployment; ``left`` is None, :data:`_ALL`, or the JSON of a list of :class:`_Left`."""

    format_version: int = _FORMAT_VERSION
    key: str
    project: str
    target: str
    run: str
    digest: str
    pulls: tuple[int, ...]
    left: Any = None


CODEC.form(_Payload, JsonForm(open=True))


@dataclass(frozen=True, slots=True)
class _Deployment:
    number: int
    commit: str
    payload: _Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecords:
    """The records of targets, by name; a target without one is missing.

    ``failed`` says why the records of a target could not be read, by name. ``notes`` are sentences about limits that
    were reached and about records that do not count.
    """

    targets: Mapping[str, TargetRecord] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def record_key(scope: KeyScope, target: str) -> str:
    """Return the key of a target's records: every run for the same project and selection has the same one."""
    return scope_key("record", KeyScope(project=scope.project, targets=(target,), select=scope.select))


def environment_name(project: str, target: str) -> str:
    """Return the name of the environment; a name that is too long ends in 8 hex digits of its hash."""
    folder = PurePosixPath(project).parent
    name = str(PurePosixPath("trueup") / folder / target)
    if len(name) <= _NAME:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[: _NAME - 9]}-{digest}"


def read_records(
    rest: Rest, context: Context, scope: KeyScope, targets: Iterable[str], is_ancestor: Callable[[str], bool]
) -> ReadRecords:
    """Read the records of targets.

    Only commits for which ``is_ancestor`` is true count, those of the default branch: a history that was rewritten says
    nothing about live.
    """
    found: dict[str, TargetRecord] = {}
    failed: dict[str, str] = {}
    notes: list[str] = []
    for target in targets:
        own = _own_deployments(rest, context, scope, target)
        applies = own if isinstance(own, ApiAnswer) else _applies(rest, context, target, own, is_ancestor)
        if isinstance(applies, ApiAnswer):
            failed[target] = reason_of(applies, _CANNOT_READ)
            continue
        notes += _notes(applies, visible(target))
        record = _record(context, applies, is_ancestor)
        if record is not None:
            found[target] = record
    return ReadRecords(targets=found, failed=failed, notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class _Applies:
    """The attempts after the last settled apply, the newest first.

    ``elsewhere`` is the number of records whose commits are of another history; ``more``: there are older records.
    """

    attempts: tuple[_Deployment, ...]
    settled: _Deployment | None
    left: Mapping[Identity, str | None]
    elsewhere: int
    more: bool


def _applies(
    rest: Rest, context: Context, target: str, own: Sequence[_Deployment], is_ancestor: Callable[[str], bool]
) -> _Applies | ApiAnswer:
    attempts: list[_Deployment] = []
    here = [deployment for deployment in own[:MOST_READ] if is_ancestor(deployment.commit)]
    elsewhere, more = len(own[:MOST_READ]) - len(here), len(own) > MOST_READ
    for deployment in here:
        state = _newest_state(rest, context, deployment.number)
        if isinstance(state, ApiAnswer):
            return state
        left = _left_of(target, deployment.payload, state)
        if left is not None:
            return _Applies(tuple(attempts), deployment, left, elsewhere, more)
        if state != "inactive":
            attempts.append(deployment)
    return _Applies(tuple(attempts), None, {}, elsewhere, more)


def _notes(applies: _Applies, target: str) -> Iterator[str]:
    if applies.elsewhere:
        yield f"Records of {target} name commits that are not in the default branch here: {applies.elsewhere}."
    if applies.settled is None and applies.more:
        yield f"Only the last {MOST_READ} records of {target} were read, and none of them is complete."
    if len(applies.attempts) > MOST_ATTEMPTS:
        yield f"Only the last {MOST_ATTEMPTS} incomplete applies of {target} are compared with live."


def _record(context: Context, applies: _Applies, is_ancestor: Callable[[str], bool]) -> TargetRecord | None:
    settled = applies.settled
    newest = next(iter(applies.attempts), settled)
    if newest is None:
        return None
    return TargetRecord(
        settled=None if settled is None else settled.commit,
        # Several runs may have tried the same commit.
        attempts=tuple(dict.fromkeys(one.commit for one in applies.attempts))[:MOST_ATTEMPTS],
        left={of: commit if commit and is_ancestor(commit) else None for of, commit in applies.left.items()},
        url=_run_url(context, newest.payload.run),
    )


def _own_deployments(rest: Rest, context: Context, scope: KeyScope, target: str) -> list[_Deployment] | ApiAnswer:
    """Return the deployments of a target, the newest first."""
    name, key = environment_name(scope.project, target), record_key(scope, target)
    listed = rest.items_of(_root(context), most=_LISTED, environment=name, task=TASK)
    if isinstance(listed, ApiAnswer):
        return listed
    found: dict[int, _Deployment] = {}
    for item in listed:
        number, payload = _number(item), _payload(item)
        if number and payload is not None and payload.key == key and is_commit(item.get("sha")):
            found[number] = _Deployment(number, item["sha"], payload)
    # Sorted here: no page of the documentation says in which order GitHub lists them.
    return [found[number] for number in sorted(found, reverse=True)]


def _newest_state(rest: Rest, context: Context, number: int) -> str | ApiAnswer:
    statuses = rest.items_of(f"{_root(context)}/{number}/statuses", most=_STATUSES)
    if isinstance(statuses, ApiAnswer):
        return statuses
    newest = max(statuses, key=_number, default=None)
    state = newest.get("state") if isinstance(newest, dict) else None
    return state if isinstance(state, str) else ""


def _left_of(target: str, payload: _Payload, state: str) -> Mapping[Identity, str | None] | None:
    """Return what a settled apply left, None for an attempt."""
    if state == "success":
        return {}
    if state != "failure" or not isinstance(payload.left, list):
        return None
    try:
        left = from_json({"left": payload.left}, _LeftList).left
    except Unexpected:
        return None
    return {Identity(target, one.kind, one.field, one.value): one.commit for one in left}


@dataclass(frozen=True, slots=True, kw_only=True)
class _LeftList:
    left: tuple[_Left, ...]


def start(  # noqa: PLR0913 - one keyword for each member of the record
    rest: Rest,
    context: Context,
    scope: KeyScope,
    targets: Sequence[str],
    *,
    pulls: Sequence[int] = (),
    digest: str = "",
) -> Mapping[str, int] | NotPosted:
    """Open a record for each target, and return their numbers by target; nothing is left open after a failure."""
    opened: dict[str, int] = {}
    for target in targets:
        payload = _Payload(
            key=record_key(scope, target),
            project=scope.project,
            target=target,
            run=str(context.run),
            digest=digest,
            pulls=tuple(pulls),
        )
        made = _create(rest, context, environment_name(scope.project, target), context.head, payload)
        if isinstance(made, NotPosted):
            for number in opened.values():
                withdraw(rest, context, number)
            return made
        opened[target] = made
        # A record without a status counts as an attempt as well, so this answer does not matter.
        _set_state(rest, context, made, "in_progress", context.run_url)
    return opened


def finish(
    rest: Rest, context: Context, number: int, left: Mapping[Identity, str | None], url: str
) -> NotPosted | None:
    """Close a record; ``left`` maps resources that are not as the commit wants to the older commit that they hold.

    A payload cannot be changed, so an apply that left something gets a second deployment, which names it. ``url`` is
    the page that the deployment links to.
    """
    if not left:
        answer = _set_state(rest, context, number, "success", url)
        return None if answer.good else NotPosted(reason_of(answer, _CANNOT_WRITE))
    opened = rest.read(f"{_root(context)}/{number}")
    payload = _payload(opened.content)
    if not opened.good or payload is None:
        return NotPosted(reason_of(opened, _CANNOT_READ))
    entries = [
        _Left(kind=of.kind, field=of.field, value=of.value, commit=commit) for of, commit in sorted(left.items())
    ]
    ended = replace(payload, left=to_json(tuple(entries)))
    if len(json.dumps(to_json(ended)).encode()) > PAYLOAD_BYTES:
        ended = replace(payload, left=_ALL)
    made = _create(rest, context, str(opened.content.get("environment", "")), opened.content.get("sha", ""), ended)
    if isinstance(made, NotPosted):
        return made
    answer = _set_state(rest, context, made, "failure", url)
    # Last: without the second deployment this one stays an attempt.
    _set_state(rest, context, number, "failure", url)
    return None if answer.good else NotPosted(reason_of(answer, _CANNOT_WRITE))


def withdraw(rest: Rest, context: Context, number: int) -> None:
    """Mark a record of an apply that sent nothing, so that it is ignored; a failure leaves it as an attempt."""
    _set_state(rest, context, number, "inactive", context.run_url)


def left_behind(before: TargetRecord | None, identities: Iterable[Identity]) -> dict[Identity, str | None]:
    """Return the commit that each resource holds which an apply left; None where it is not known."""
    if before is None or before.attempts:
        # An attempt may have written any part of a resource.
        return dict.fromkeys(identities)
    return {identity: before.left.get(identity, before.settled) for identity in identities}


def _create(rest: Rest, context: Context, environment: str, commit: str, payload: _Payload) -> int | NotPosted:
    body = {
        "ref": commit,
        "task": TASK,
        "environment": environment,
        "auto_merge": False,
        # By default GitHub refuses a commit whose checks have not all passed; this run may be one of them.
        "required_contexts": [],
        "production_environment": False,
        "transient_environment": False,
        "payload": to_json(payload),
        "description": "trueup apply",
    }
    answer = ApiAnswer(None)
    for _ in range(TRIES):
        answer = rest.write("POST", _root(context), body)
        while rest.pause(answer):
            answer = rest.write("POST", _root(context), body)
        if not answer.lost:
            break
        # It may have been created although the answer was lost. Look before trying again, so that there are not two.
        listed = rest.items_of(_root(context), most=_LISTED, environment=environment, task=TASK)
        if isinstance(listed, ApiAnswer):
            break
        if made := [number for item in listed if _payload(item) == payload and (number := _number(item))]:
            return max(made)
    number = _number(answer.content) if answer.good else 0
    return number or NotPosted(reason_of(answer, _CANNOT_WRITE))


def _set_state(rest: Rest, context: Context, number: int, state: str, url: str) -> ApiAnswer:
    # Setting the same state twice does no harm, so a lost answer is simply tried again.
    body = {"state": state, "log_url": url, "auto_inactive": False}
    answer = ApiAnswer(None)
    for _ in range(TRIES):
        answer = rest.write("POST", f"{_root(context)}/{number}/statuses", body)
        while rest.pause(answer):
            answer = rest.write("POST", f"{_root(context)}/{number}/statuses", body)
        if not answer.lost:
            break
    return answer


def _root(context: Context) -> str:
    return f"/repos/{context.repository}/deployments"


def _number(item: object) -> int:
    return count(item.get("id")) or 0 if isinstance(item, dict) else 0


def _payload(item: object) -> _Payload | None:
    """Return the payload of a deployment if trueup wrote it; GitHub's schema allows an object or a text."""
    written = item.get("payload") if isinstance(item, dict) else None
    try:
        read = from_json(parse_json(written.encode()) if isinstance(written, str) else written, _Payload)
    except (Unexpected, ValueError):
        return None
    return read if read.format_version == _FORMAT_VERSION else None


_RUN: Final = re.compile(r"([0-9]{1,18})\.([0-9]{1,9})")


def _run_url(context: Context, run: str) -> str:
    """Return the page of a recorded run; empty for a text that is no run."""
    found = _RUN.fullmatch(run)
    return replace(context, run=RunId(number=int(found[1]), attempt=int(found[2]))).run_url if found else ""
