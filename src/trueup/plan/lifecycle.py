"""Plan processes, deletions, and creations that may duplicate a draft that has lost its key.

Process actions come after the field actions, one per request; the rules of the kind decide which ones are needed. Some
fields can change only after a process has ended: they follow it, and another process follows them.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trueup.errors import PlatformError
from trueup.kinds.base import KindSpec
from trueup.kinds.processes import Late, Processes
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, Change, Delete, FieldAction, Finding, Level, ProcessAction, Reason
from trueup.model.field import Risk
from trueup.model.identity import Identity
from trueup.model.live import Lifecycle, Live
from trueup.model.manifest import State
from trueup.model.plan import PlannedAction, ResourcePlan, Verdict
from trueup.model.reader import Nameless, NamelessReader, Reader
from trueup.model.value import ABSENT, Desired, Known, Value
from trueup.plan.desired import DesiredResource, blocked_plan, planned_action, precondition_of
from trueup.plan.safety import blocked_by, protected


def wanted_processes(
    subject: DesiredResource, lifecycle: Lifecycle | None, actions: Sequence[FieldAction], done: Sequence[Action] = ()
) -> Processes:
    """Return the processes that are needed after ``actions`` have changed the content.

    ``lifecycle`` is None for a resource that is about to be created; ``done`` are the actions that this run has already
    carried out.
    """
    if not subject.rules.processes:
        return Processes()
    processes = [action for action in done if isinstance(action, ProcessAction)]
    return subject.kind.lifecycle.plan(subject.lifecycle, lifecycle, actions, done=processes, rules=subject.rules)


def planned_late_fields(subject: DesiredResource, lifecycle: Lifecycle | None) -> Late | None:
    """Return the fields that must wait for a process of this manifest, or None."""
    if lifecycle is None or not subject.rules.processes:
        return None
    return subject.kind.lifecycle.late(subject.lifecycle, lifecycle)


def split_late(late: Late | None, changes: Sequence[Change]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return the changes that can be sent now, and those that must follow a process."""
    paths = frozenset[str]() if late is None else late.paths
    early = tuple(change for change in changes if change.action.path not in paths)
    return early, tuple(change for change in changes if change.action.path in paths)


def late_actions(
    subject: DesiredResource, processes: Processes, late: Late | None, changes: Sequence[Change], *, first_stage: int
) -> tuple[PlannedAction, ...]:
    """Return the actions that follow the process for which ``changes`` wait; none if the process is not sent."""
    if late is None or not changes or not processes.sends(late.after):
        return ()
    return (
        # The platform changes these fields only after the process, and a further process publishes them.
        *subject.planned([replace(change, stage=first_stage) for change in changes]),
        *process_actions(subject, Processes(steps=(late.step,)), first_stage=first_stage + 1),
    )


def busy(subject: DesiredResource, lifecycle: Lifecycle | None) -> Finding | None:
    """Return the reason why no field action may be sent now, or None."""
    return None if lifecycle is None else subject.kind.lifecycle.hold(lifecycle, subject.rules)


def process_actions(subject: DesiredResource, processes: Processes, *, first_stage: int) -> tuple[PlannedAction, ...]:
    """Return the planned actions of processes, each in its own stage from ``first_stage`` on.

    A process that joins the request before it is in the stage before ``first_stage``, if there is one.
    """
    steps = processes.steps
    first = first_stage - 1 if first_stage and steps and subject.kind.lifecycle.joins(steps[0].action) else first_stage
    return tuple(planned_action(step, stage, subject.place(step.action)) for stage, step in enumerate(steps, first))


def plan_deletion(subject: DesiredResource, live: Live) -> ResourcePlan:
    """Plan a deletion, under the condition that the live resource has not changed at all when it is sent."""
    step = PlannedAction(
        action=Delete(subject.lifecycle.reason),
        stage=0,
        reason=Reason.TOMBSTONE,
        risk=Risk.DESTRUCTIVE,
        before=ABSENT,
        after=ABSENT,
        position=subject.place(Delete(subject.lifecycle.reason)),
    )
    findings = [_note("deletes", subject.kind.deletion), *protected(subject.lifecycle, [step])]
    wait = busy(subject, live.lifecycle)
    verdict = Verdict.DELETE if wait is None else Verdict.DEFERRED
    if blocked_plan(findings):
        # Blocked before deferred: it stays when the platform is no longer busy.
        verdict = Verdict.BLOCKED
    return replace(
        subject.result(verdict, [*findings, *([wait] if wait else [])]),
        precondition=precondition_of(live, live.fields),
        actions=(step,),
        observed=live.fields,
        live_lifecycle=live.lifecycle,
    )


def _note(code: str, message: str) -> Finding:
    return Finding(level=Level.NOTE, code=code, message=message)


# --- drafts that have lost their key

LOST_KEY: Final = "lost-key"
"""Code of the finding about a draft that may have lost its key."""

_CREATION: Final = (
    "A draft without a key has the same {alike} (id {remote_id}). It may be this one, having lost its key, and a "
    "creation would make a second one. No API can restore a key: on the platform, delete that draft or, if it is "
    "something else, change both its name and its repository."
)
_DELETION: Final = (
    "No draft has this key, and one without a key has the same {alike} (id {remote_id}). It may be the one to delete, "
    "having lost its key. On the platform, delete that draft or, if it is something else, change both its name and its "
    "repository."
)
_UNRECOGNISED: Final = (
    "No draft has this key. It is not known whether it was deleted: one of the drafts without a key ({ids}) may be "
    "this one, and neither the tombstone nor the base has its name and repository. Check these drafts on the platform, "
    "or keep the spec in the tombstone."
)
_DOUBT: Final = (
    "No draft has this key, and one without a key has the same {alike} (id {remote_id}). It may be this one, having "
    "lost its key."
)
_CREATED: Final = "It was created while this plan was made. Plan again."

_SHOWN: Final = 3
"""How many ids a message names."""

DesiredSpecs = Callable[[Identity], Sequence[Desired]]
"""Returns what is known of a draft apart from its key: what its manifest wants, and what that of the base wanted."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A draft without a key, and the names of what it has in common with a draft of a manifest."""

    live: Live
    alike: Sequence[str]

    def fill(self, message: str) -> str:
        """Return the message with the draft's id and these names."""
        return message.format(alike=" and ".join(self.alike), remote_id=self.live.remote_id)


async def hold_lost_keys(
    resources: Sequence[ResourcePlan], readers: Mapping[str, Reader], specs: DesiredSpecs
) -> tuple[ResourcePlan, ...]:
    """Block the resources that do not exist while a draft without a key may be them.

    These are creations, and tombstones without a live resource. Drafts without a key are read only for targets that
    have such resources; if reading fails, the resources are unreadable.
    """
    gone = {r.identity for r in resources if _is_gone(r)}
    answers = await _ask_all(gone, readers)
    return tuple(
        _held(r, answers[r.identity.target], specs(r.identity))
        if r.identity in gone and r.identity.target in answers
        else r
        for r in resources
    )


async def find_lost_keys(
    identities: Iterable[Identity], readers: Mapping[str, Reader], specs: DesiredSpecs
) -> Mapping[Identity, str]:
    """Return the drafts that may exist without their key, each with the reason to think so."""
    gone = sorted(identity for identity in identities if KINDS[identity.kind].recognised_by)
    answers = await _ask_all(gone, readers)
    why = {
        identity: _doubt(KINDS[identity.kind], answers[identity.target], specs(identity))
        for identity in gone
        if identity.target in answers
    }
    return {identity: text for identity, text in why.items() if text}


def _doubt(kind: KindSpec, nameless: Nameless | PlatformError, specs: Sequence[Desired]) -> str:
    if isinstance(nameless, PlatformError):
        return str(nameless)
    twin = _find_twin(kind, nameless, specs)
    return "" if twin is None else twin.fill(_DOUBT)


async def _ask_all(gone: Iterable[Identity], readers: Mapping[str, Reader]) -> Mapping[str, Nameless | PlatformError]:
    """Return the drafts without a key by target, or the error of reading them, for targets that can have them."""
    # Reading drafts without a key may list the whole target, so it is done only where a resource is missing.
    targets = sorted({identity.target for identity in gone})
    asked = {name: reader for name in targets if isinstance(reader := readers[name], NamelessReader)}
    return dict(zip(asked, await asyncio.gather(*map(_ask, asked.values())), strict=True))


def _find_twin(kind: KindSpec, nameless: Nameless, specs: Sequence[Desired]) -> Twin | None:
    """Return a draft without a key that has the name or the repository of one of these, or None."""
    for live in nameless.live:
        has = {path: field.value for path, field in live.fields.items() if isinstance(field, Known)}
        for spec in specs:
            # An empty trait proves nothing: a tombstone needs no spec, and a manifest need not manage these fields.
            alike = [path for path, value in _traits(kind, spec).items() if value and value == _traits(kind, has)[path]]
            if alike:
                return Twin(live, alike)
    return None


async def _ask(reader: NamelessReader) -> Nameless | PlatformError:
    try:
        return await reader.nameless()
    except PlatformError as error:
        return error


def _is_gone(resource: ResourcePlan) -> bool:
    tombstone = resource.verdict is Verdict.UNCHANGED and resource.lifecycle.state is State.ABSENT
    return bool(KINDS[resource.identity.kind].recognised_by) and (tombstone or resource.verdict is Verdict.CREATE)


def _held(resource: ResourcePlan, nameless: Nameless | PlatformError, specs: Sequence[Desired]) -> ResourcePlan:
    # The drafts were listed after the resource was read: a key that is there now was created in between.
    if isinstance(nameless, PlatformError) or resource.identity.value in nameless.names:
        return ResourcePlan(
            identity=resource.identity,
            verdict=Verdict.UNREADABLE,
            position=resource.position,
            lifecycle=resource.lifecycle,
            rules=resource.rules,
            manifest_digest=resource.manifest_digest,
            error=str(nameless) if isinstance(nameless, PlatformError) else _CREATED,
        )
    deletion = resource.verdict is Verdict.UNCHANGED
    kind = KINDS[resource.identity.kind]
    twin = _find_twin(kind, nameless, specs)
    if twin is not None:
        message = twin.fill(_DELETION if deletion else _CREATION)
        return blocked_by(resource, Finding(level=Level.BLOCKED, code=LOST_KEY, message=message))
    if deletion and nameless.live and not any(any(_traits(kind, spec).values()) for spec in specs):
        message = _UNRECOGNISED.format(ids=_ids(nameless))
        return resource.with_finding(Finding(level=Level.WARNING, code=LOST_KEY, message=message))
    return resource


def _ids(nameless: Nameless) -> str:
    ids = sorted(live.remote_id for live in nameless.live)
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"id {', '.join(ids[:_SHOWN])}{more}"


def _traits(kind: KindSpec, fields: Mapping[str, Value]) -> Mapping[str, object]:
    """Return the traits that identify a resource without its key."""
    return {name: trait(fields) for name, trait in kind.recognised_by.items()}
