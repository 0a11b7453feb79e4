"""Decide whether an approved plan still stands after live has moved.

**The problem.** Between the plan that people approved and the write lies time, and in it others write too. Writing
over them loses their work. Refusing at every bump of a version refuses nearly always: pipelines raise versions, and
colleagues edit fields of which the plan says nothing.

**Terms.** What is *approved* is a list of actions, each with the value it starts from. A *fresh* plan is made by the
planner itself from a new reading and the same wanted state.

**The rule.** The plan stands when every fresh action was approved, starting from the same value. Then:

* the fresh list is the approved one: go on under the new version; what others wrote elsewhere survives, because no
  action touches it;
* the fresh list is shorter: somebody else already did the rest; do what is left.

Anything else is *stale*: nothing is sent, and people see what it was planned from, what is there now and what was
wanted. That includes a field whose action would be the very same but which now starts from another value: somebody
chose that value after the plan was made, and nobody approved replacing it. And it includes a process that has become
more dangerous than it was shown: publishing privately what others have made public meanwhile. A process starts from
whatever state its machine is in, and each is approved as often as it was shown.

A preview or a publish carries out the whole draft. It is approved for the draft as it was when the plan was made, so
what others changed since in a field that nobody manages makes it stale too (:func:`carried_along`).

**Why not the easy ways.** Reading the version right before the write always succeeds and so never protects anybody.
Repeating the write after a conflict is the same mistake with one more request. Comparing whole representations
refuses because of fields that nobody manages.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from trueup.diff.diff import diff
from trueup.diff.equality import holds
from trueup.kinds.registry import KINDS
from trueup.model.action import (
    Action,
    AddElement,
    LifecycleAction,
    ProcessAction,
)
from trueup.model.field import Field, Risk
from trueup.model.live import Live
from trueup.model.plan import DigestIs, PlannedAction, ResourcePlan, VersionIs
from trueup.model.run import FieldReport
from trueup.model.value import ABSENT, Absent, Attributes, Known, LiveValue, NotReturned, Parts
from trueup.plan.digest import action_key, subject_of

Fields = Mapping[str, LiveValue]

_OPEN: Final = "It was not asked for by this plan; the next plan shows it."
NOT_MANAGED: Final = "The manifest does not manage it, and what was approved would carry it out."


def live_of(planned: ResourcePlan) -> Live | None:
    """Return the live resource as the plan saw it: enough to send the first write under the planned precondition."""
    match planned.precondition:
        case VersionIs(remote_id, version):
            return Live(fields=planned.observed, remote_id=remote_id, version=version)
        case DigestIs(remote_id):
            return Live(fields=planned.observed, remote_id=remote_id)
        case _:
            return None


def still_approved(
    planned: ResourcePlan, todo: Sequence[PlannedAction], seen: Fields, fresh: Sequence[PlannedAction]
) -> tuple[PlannedAction, ...] | None:
    """Return those of the approved actions that are still to be done, or None when the plan no longer stands.

    ``todo`` is what is left of the approved actions after what was done so far, ``seen`` the managed fields as that
    left them, ``fresh`` what the planner asks for now.
    """
    if not fresh:
        return ()
    starts = _starts(planned, todo, seen)
    subjects = {subject_of(step.action) for step in todo}
    asked, approved = _processes(fresh), _processes(todo)
    if asked - approved:
        return None
    for step in fresh:
        key = action_key(step.action)
        if not isinstance(step.action, ProcessAction) and (
            subject_of(step.action) not in subjects
            or key not in starts
            or not _same(step.action, starts[key], step.before)
        ):
            return None
    open_ = {subject_of(step.action) for step in fresh}
    surplus = approved - asked
    left = []
    for step in todo:
        if isinstance(step.action, ProcessAction) and surplus[_process(step)]:
            surplus[_process(step)] -= 1
        elif subject_of(step.action) in open_:
            left.append(step)
    return tuple(left)


def moved(planned: ResourcePlan, seen: Fields, live: Live | None) -> tuple[FieldReport, ...]:
    """Report the managed fields that are not as they were seen; ``live`` is None when the resource is not there."""
    kind = KINDS[planned.identity.kind]
    now = {} if live is None else live.fields
    return tuple(
        FieldReport(
            path=path,
            planned=planned.observed.get(path, ABSENT),
            now=now.get(path, ABSENT),
            wanted=Known(planned.desired[path]) if path in planned.desired else ABSENT,
        )
        for path in planned.observed
        if _differs(kind.by_path[path], seen.get(path, ABSENT), now.get(path, ABSENT))
    )


def carried_along(planned: ResourcePlan, left: Sequence[PlannedAction], live: Live | None) -> tuple[FieldReport, ...]:
    """Report the fields that nobody manages, that moved since the plan was made, and that ``left`` would carry out."""
    kind = KINDS[planned.identity.kind]
    if live is None or not kind.lifecycle.carries([step.action for step in left]):
        return ()
    return tuple(
        FieldReport(path=path, planned=then, now=live.fields[path], wanted=then, note=NOT_MANAGED)
        for path, field in kind.by_path.items()
        if path not in planned.desired and _differs(field, then := planned.content.get(path, ABSENT), live.fields[path])
    )


def open_processes(planned: ResourcePlan, fresh: Sequence[PlannedAction]) -> tuple[FieldReport, ...]:
    """Report the processes that the next plan will ask for and this one did not, by their place in the manifest."""
    rows = KINDS[planned.identity.kind].lifecycle.rows
    return tuple(
        FieldReport(
            path=f"lifecycle.{rows[type(step.action)].member}",
            planned=ABSENT,
            now=step.before,
            wanted=step.after,
            note=_OPEN,
        )
        for step in fresh
        if isinstance(step.action, LifecycleAction)
    )


def _processes(steps: Sequence[PlannedAction]) -> Counter[tuple[str, Risk]]:
    """Count the processes among steps: a comment may be listed twice, and a publish be needed before and after."""
    return Counter(_process(step) for step in steps if isinstance(step.action, ProcessAction))


def _process(step: PlannedAction) -> tuple[str, Risk]:
    return action_key(step.action), step.risk


def _starts(planned: ResourcePlan, todo: Sequence[PlannedAction], seen: Fields) -> dict[str, LiveValue]:
    """Return what the planner asks for in the state that was seen, with the values from which that starts.

    Not simply ``todo``: once an element was removed to be added anew, the planner asks for its addition in its own
    words, which are not the approved ones although they mean the same.
    """
    fields = KINDS[planned.identity.kind].fields
    unseen = {path: planned.known[path] for path in planned.known if isinstance(seen.get(path), NotReturned)}
    asked = diff(fields, planned.desired, {**seen, **unseen}).changes
    starts = {action_key(planned.action): planned.before for planned in todo}
    return starts | {action_key(change.action): change.before for change in asked}


def _same(action: Action, then: LiveValue, now: LiveValue) -> bool:
    """Compare where two equal actions start; of an element only what the action writes, as the rest survives it."""
    match action, then, now:
        case AddElement(attributes=written), Known(Parts(before)), Known(Parts(today)):
            return _written(before, written) == _written(today, written)
        case _, Absent(), NotReturned():
            # Right after its creation a resource has nothing else, whether or not the platform returns the field.
            return True
        case _:
            return then == now


def _written(attributes: Attributes, written: Attributes) -> Attributes:
    return {path: value for path, value in attributes.items() if path in written}


def _differs(field: Field, then: LiveValue, now: LiveValue) -> bool:
    if isinstance(now, NotReturned):
        return False
    return not holds(field, then.value, now) if isinstance(then, Known) else then != now
