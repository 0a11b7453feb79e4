"""Decide whether an approved plan is still valid after live has changed.

**The problem.** Between the approval of a plan and its writes, others may write too. Overwriting their changes loses
their work. Refusing whenever the version has changed refuses nearly always: pipelines raise versions, and people edit
fields that the plan does not touch.

**Terms.** The *approved* plan is a list of actions, each with the value that it starts from. The *fresh* plan is what
the planner makes of a new reading and the same manifest.

**The rule.** The plan is valid if every fresh action was approved and starts from the same value. Then:

* if the fresh list equals the approved one, the run continues with the new version. What others wrote elsewhere
  survives, because no action touches it;
* if the fresh list is shorter, another writer has done a part. The run does the rest.

Everything else is *stale*: nothing is sent, and the report shows what the plan started from, what is live now and what
the manifest asks for. A field is stale even if its action would be the same but now starts from another value: another
writer chose that value after the plan was made, and replacing it was not approved. A process is stale if its risk has
become higher than the plan showed: for example, to publish privately what others have made public meanwhile. It is
stale if it would lead elsewhere: a deployment that was to move to one tag does not move to a later one. A process may
start from any state, and it is approved as often as the plan showed it.

A preview or a publish processes the whole draft. It is approved for the draft as it was when the plan was made, so a
later change by others to an unmanaged field makes it stale as well (:func:`carried_along`).

**Why simpler rules fail.** Reading the version right before the write always succeeds, so it protects nothing.
Repeating the write after a conflict is the same mistake with one more request. Comparing whole representations refuses
because of unmanaged fields.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from trueup.diff.diff import diff
from trueup.kinds.processes import ProcessProgress
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, Create, LifecycleAction, ProcessAction
from trueup.model.field import Risk
from trueup.model.live import Lifecycle, Live
from trueup.model.plan import DigestIs, PlannedAction, ResourcePlan, VersionIs
from trueup.model.run import FieldReport
from trueup.model.value import ABSENT, Elements, Known, LiveValue, NotReturned, Parts, Value
from trueup.plan.approval import NOT_MANAGED, differs, other_ends, same_start
from trueup.plan.desired import Fields
from trueup.plan.digest import action_key, subject_of
from trueup.plan.masked import masked_paths

_BEGUN_SINCE: Final = (
    "The answer was lost, and a run has begun since: that of this request, or of another writer. It is not sent again. "
    "Plan again."
)
_OPEN: Final = "This plan did not include it; the next plan shows it."


def live_of(planned: ResourcePlan) -> Live | None:
    """Return the live resource as it was when the plan was made, with the version that the first write carries."""
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
    """Return the approved actions that are still to be done, or None if the plan is no longer valid.

    ``todo`` are the approved actions that were not done so far, ``seen`` the managed fields after those that were, and
    ``fresh`` the actions of the fresh plan.
    """
    if not fresh:
        return None if _creates_masked(planned, todo) else ()
    starts = _starts(planned, todo, seen)
    subjects = {subject_of(step.action) for step in todo}
    asked, approved = _processes(fresh), _processes(todo)
    # A process that was not approved, or not this often, may publish: nothing of the plan is sent then.
    if asked - approved:
        return None
    for step in fresh:
        key = action_key(step.action)
        # A process may start from any state, a field action only from the approved value.
        if not isinstance(step.action, ProcessAction) and (
            subject_of(step.action) not in subjects
            or key not in starts
            or not same_start(step.action, starts[key], step.before)
        ):
            return None
    open_ = {subject_of(step.action) for step in fresh}
    # Another writer has done these processes meanwhile. Of equal ones the first are dropped, to keep the order.
    surplus = approved - asked
    remaining = []
    for step in todo:
        if isinstance(step.action, ProcessAction) and surplus[_process(step, todo)]:
            surplus[_process(step, todo)] -= 1
        elif subject_of(step.action) in open_:
            remaining.append(step)
    return tuple(remaining)


def begun(
    planned: ResourcePlan,
    lost: Sequence[Action],
    remaining: Sequence[PlannedAction],
    before: Lifecycle | None,
    live: Live | None,
) -> str:
    """Return why a process that is part of a request is not sent again after a lost answer, empty if it may be.

    ``lost`` are the actions whose answers were lost, and ``before`` is the state when they were sent. If one has begun
    since, a state that asks for a rollout proves nothing: one that failed fails again.
    """
    rules, now = KINDS[planned.identity.kind].lifecycle, None if live is None else live.lifecycle
    again = [step.action for step in remaining if isinstance(step.action, ProcessAction) and step.action in lost]
    has_begun = before is not None and any(
        rules.progress(action, before=before, now=now, accepted=False) is not ProcessProgress.NOT_TAKEN
        for action in again
        if (row := rules.rows.get(type(action))) is not None and row.joins
    )
    return _BEGUN_SINCE if has_begun else ""


def moved(planned: ResourcePlan, seen: Fields, live: Live | None) -> tuple[FieldReport, ...]:
    """Return a report for each managed field that differs from ``seen``; ``live`` is None for a missing resource."""
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
        if differs(kind.by_path[path], _unset(seen.get(path, ABSENT), planned.desired.get(path)), now.get(path, ABSENT))
    )


def _unset(seen: LiveValue, wanted: Value | None) -> LiveValue:
    """Return a live value with each attribute and part that the manifest names and that is not set as empty text."""
    match seen, wanted:
        case Known(Elements(by_key=have) as elements), Elements(by_key=named):
            whole = {key: {**dict.fromkeys(named.get(key, ()), ""), **given} for key, given in have.items()}
            return Known(replace(elements, by_key=whole))
        case Known(Parts(values=have)), Parts(values=named):
            return Known(Parts({**dict.fromkeys(named, ""), **have}))
        case _:
            return seen


def led_elsewhere(todo: Sequence[PlannedAction], fresh: ResourcePlan) -> tuple[FieldReport, ...]:
    """Return a report for each approved process that would lead to something else now."""
    return tuple(other_ends(todo, fresh.actions, KINDS[fresh.identity.kind].lifecycle.rows))


def carried_along(
    planned: ResourcePlan, remaining: Sequence[PlannedAction], live: Live | None
) -> tuple[FieldReport, ...]:
    """Return a report for each unmanaged field that changed since the plan was made, if ``remaining`` publishes it."""
    kind = KINDS[planned.identity.kind]
    if live is None or not kind.lifecycle.carries([step.action for step in remaining]):
        return ()
    return tuple(
        FieldReport(path=path, planned=then, now=live.fields[path], wanted=then, note=NOT_MANAGED)
        for path, field in kind.by_path.items()
        if path not in planned.desired and differs(field, then := planned.content.get(path, ABSENT), live.fields[path])
    )


def open_processes(planned: ResourcePlan, fresh: Sequence[PlannedAction]) -> tuple[FieldReport, ...]:
    """Return a report for each process that the next plan will include and this one did not.

    Its path is that in the manifest.
    """
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


def _creates_masked(planned: ResourcePlan, todo: Sequence[PlannedAction]) -> bool:
    """Return whether masked values are to be created: of those of a resource that is there now, nothing is known."""
    masked = masked_paths(KINDS[planned.identity.kind])
    return any(isinstance(step.action, Create) and masked & step.action.fields.keys() for step in todo)


def _processes(steps: Sequence[PlannedAction]) -> Counter[tuple[str, Risk, bool]]:
    """Count the processes among steps: a comment may be listed twice, and a publish may be needed twice."""
    return Counter(_process(step, steps) for step in steps if isinstance(step.action, ProcessAction))


def _process(step: PlannedAction, steps: Sequence[PlannedAction]) -> tuple[str, Risk, bool]:
    """Return what is approved of a process: the action, its risk, and whether it is part of a creation.

    If others have made the resource public meanwhile, publishing it privately is another decision. So is a rollout of
    what others have created.
    """
    creates = any(isinstance(other.action, Create) and other.stage == step.stage for other in steps)
    return action_key(step.action), step.risk, creates


def _starts(planned: ResourcePlan, todo: Sequence[PlannedAction], seen: Fields) -> dict[str, LiveValue]:
    """Return the actions that the planner makes from ``seen``, by key, with the values that they start from.

    ``todo`` alone is not enough: after an element was removed to be added again, the planner's action for the addition
    has another form than the approved one, although both mean the same.
    """
    fields = KINDS[planned.identity.kind].fields
    known = {path: planned.known[path] for path in planned.known if isinstance(seen.get(path), NotReturned)}
    asked = diff(fields, planned.desired, {**seen, **known}).changes
    starts = {action_key(planned.action): planned.before for planned in todo}
    return starts | {action_key(change.action): change.before for change in asked}
