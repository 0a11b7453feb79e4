"""Decide which resources of a new plan are covered by plans that were approved earlier.

**The problem.** A pull request shows a plan; after the merge a new one is made, because others may have changed live
and other pull requests may have been merged. Only what was shown may be sent, and only to the live state that was
shown.

**The rule.** An action is *shown* by an approved plan of the same resource if that plan has it with the same start
value, or has it when its earlier requests have been sent: an apply that failed in the middle can be repeated. Several
plans may show parts of it, because two pull requests that are merged at once each show a half. A process may start from
any state, with at most the risk and the number that was shown. A preview or a publish also needs the unmanaged fields
as they were, and a deletion all of them.

A resource is sent only if all of its actions are shown, because they depend on each other. Otherwise there are two
cases. Live has *moved* if the start value of an action is not one that an approved plan saw: another writer chose it,
and replacing it was never approved. Else the manifests ask for something that no approved plan shows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby
from typing import Final

from trueup.diff.diff import diff
from trueup.diff.equality import holds
from trueup.kinds.processes import Process
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, AddElement, Create, Delete, FieldAction, LifecycleAction, ProcessAction
from trueup.model.field import Field, Risk
from trueup.model.identity import Identity
from trueup.model.plan import Cause, DigestIs, MustNotExist, Plan, PlannedAction, ResourcePlan, Verdict, VersionIs
from trueup.model.run import FieldReport, Outcome, Status
from trueup.model.value import ABSENT, Absent, Attributes, Known, LiveValue, NotReturned, Parts
from trueup.plan.desired import Fields, predict
from trueup.plan.digest import SENT, action_key, settled_action, subject_of
from trueup.plan.whole import with_resources

NOT_MANAGED: Final = "The manifest does not manage it, but the approved preview or publish would include it."
MOVED: Final = "Live has changed since the approved plan was made, in a way that affects it."
GONE: Final = "It was deleted since the approved plan was made."
CREATED_AGAIN: Final = (
    "It was deleted and created again since the approved plan was made: another resource with the same name exists now "
    "(id {now}; the plan was for {then})."
)
NOT_PLANNED: Final = "No approved plan shows this resource."
OTHER_ACTIONS: Final = "No approved plan shows what it would do to {places}."
OTHER_RULES: Final = "The approved plan was made with other rules or for another language."
NOT_ASKED_FOR: Final = (
    "No approved plan shows what it would do to {places}, and no commit asks for that: others have changed live, or an "
    "earlier apply is not recorded."
)
HELD_BACK: Final = "The approved plan shows it as {verdict}, so its actions were not approved."
OTHER_PLACE: Final = "The approved plan was made for the target {target} at {then}; it leads to {now} now."
NEXT: Final = "Nothing was sent for it. Review a new plan."

_RISKS: Final = tuple(Risk)


class Cover(Enum):
    """Whether approved plans cover the plan of one resource."""

    COVERED = auto()
    MOVED = auto()
    """Live is in a state that no approved plan saw."""
    UNSHOWN = auto()
    """The manifests ask for something that no approved plan shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Whether one resource is covered, and why not: the fields that moved, and a sentence."""

    cover: Cover
    reports: tuple[FieldReport, ...] = ()
    message: str = ""


COVERED: Final = Coverage(cover=Cover.COVERED)


def coverage(fresh: ResourcePlan, shown: Sequence[ResourcePlan]) -> Coverage:
    """Return whether ``fresh`` does only what ``shown`` shows, from the same live state.

    ``shown`` are the plans of the same resource at the same place in all approved plans.
    """
    usable = [s for s in shown if s.verdict in {*SENT, Verdict.UNCHANGED} and _has_same_rules(s, fresh)]
    same = [s for s in usable if not _is_other_resource(s, fresh)]
    if usable and not same:
        return Coverage(cover=Cover.MOVED, message=_replaced(usable[-1], fresh))
    sent = [s for s in same if s.verdict in SENT]
    left = _left([s for s in sent if not _changed_around(s, fresh)], fresh)
    if not left:
        return COVERED
    if not _left(sent, fresh):
        return Coverage(cover=Cover.MOVED, reports=_changed_around(sent[-1], fresh), message=MOVED)
    # The same manifest asks for the same actions of the same live state. Without such a plan, those of other manifests
    # show what live was; one without actions does not.
    compared = [s for s in same if s.manifest_digest == fresh.manifest_digest] or sent
    moved = [step for step in left if compared and not any(_explains(s, step, fresh) for s in compared)]
    if moved:
        return Coverage(cover=Cover.MOVED, reports=tuple(_reports(compared, moved, fresh)), message=MOVED)
    return Coverage(cover=Cover.UNSHOWN, message=_why_unshown(shown, usable, left))


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The approved plans; with ``apply_unshown``, what none of them shows is sent as well, unless live has moved.

    Live has moved also where the base or the records say that a difference is drift: no commit asks for that.
    """

    plans: tuple[Plan, ...]
    apply_unshown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The part of a plan that may be sent, and the outcomes of the resources that were left out.

    ``deletions`` is the number of deletions in ``plan`` that an approved plan shows.
    """

    plan: Plan
    left: tuple[Outcome, ...] = ()
    deletions: int = 0


def split(fresh: Plan, approval: Approval) -> Split:
    """Return the part of ``fresh`` that is approved, resource by resource; ``fresh.digest`` is computed again."""
    indexed = [{resource.identity: resource for resource in plan.resources} for plan in approval.plans]
    kept: list[ResourcePlan] = []
    left: list[Outcome] = []
    deletions = 0
    for resource in fresh.resources:
        found = _coverage_of(resource, fresh, approval.plans, indexed)
        if approval.apply_unshown and found.cover is Cover.UNSHOWN:
            found = _drifted(resource) or found
        covered = found.cover is Cover.COVERED
        if covered or (approval.apply_unshown and found.cover is Cover.UNSHOWN):
            kept.append(resource)
            deletions += covered and resource.verdict is Verdict.DELETE
        else:
            left.append(_outcome(resource, found))
    return Split(plan=with_resources(fresh, tuple(kept)), left=tuple(left), deletions=deletions)


def same_start(action: Action, then: LiveValue, now: LiveValue) -> bool:
    """Return whether two equal actions start from the same value.

    Of an element, only the attributes that the action writes are compared, because the others survive it.
    """
    match action, then, now:
        case AddElement(attributes=written), Known(Parts(before)), Known(Parts(today)):
            return _written(before, written) == _written(today, written)
        case _, Absent(), NotReturned():
            # A resource that was just created has no value there, whether or not the platform returns the field.
            return True
        case _:
            return then == now


def differs(field: Field, then: LiveValue, now: LiveValue) -> bool:
    """Return whether a live value has changed; one that is not returned now is no evidence of a change."""
    if isinstance(now, NotReturned):
        return False
    return not holds(field, then.value, now) if isinstance(then, Known) else then != now


def _coverage_of(
    resource: ResourcePlan, fresh: Plan, plans: Sequence[Plan], indexed: Sequence[Mapping[Identity, ResourcePlan]]
) -> Coverage:
    if resource.verdict not in SENT or not resource.actions:
        return COVERED
    target = resource.identity.target
    now = fresh.places.get(target)
    found = [
        (plan.places.get(target), by[resource.identity])
        for plan, by in zip(plans, indexed, strict=True)
        if resource.identity in by
    ]
    if found and all(then != now for then, _ in found):
        then = found[-1][0]
        return Coverage(cover=Cover.UNSHOWN, message=OTHER_PLACE.format(target=target, then=then, now=now))
    return coverage(resource, [shown for then, shown in found if then == now])


def _drifted(resource: ResourcePlan) -> Coverage | None:
    """Return that live has moved if an action would only undo what someone changed live; None if none would."""
    drift = [planned for planned in resource.actions if planned.cause is Cause.DRIFT]
    message = NOT_ASKED_FOR.format(places=_places(resource, drift))
    return Coverage(cover=Cover.MOVED, message=message) if drift else None


def _outcome(resource: ResourcePlan, found: Coverage) -> Outcome:
    return Outcome(
        identity=resource.identity,
        status=Status.STALE if found.cover is Cover.MOVED else Status.UNAPPROVED,
        position=resource.position,
        message=f"{found.message} {NEXT}",
        left=tuple(planned.action for planned in resource.actions),
        fields=found.reports,
    )


def _has_same_rules(shown: ResourcePlan, fresh: ResourcePlan) -> bool:
    return (shown.locale, shown.rules) == (fresh.locale, fresh.rules)


def _remote_id(planned: ResourcePlan) -> str:
    """Return the id of the live resource, empty if it does not exist or the plan does not have it."""
    match planned.precondition:
        case VersionIs(remote_id=remote_id) | DigestIs(remote_id=remote_id):
            return remote_id
        case _:
            return ""


def _is_other_resource(shown: ResourcePlan, fresh: ResourcePlan) -> bool:
    # A resource that the plan was to create may exist now: an apply may have failed after its creation.
    return _remote_id(shown) not in {"", _remote_id(fresh)}


def _replaced(shown: ResourcePlan, fresh: ResourcePlan) -> str:
    if isinstance(fresh.precondition, MustNotExist):
        return GONE
    return CREATED_AGAIN.format(now=_remote_id(fresh), then=_remote_id(shown))


def _why_unshown(shown: Sequence[ResourcePlan], usable: Sequence[ResourcePlan], left: Sequence[PlannedAction]) -> str:
    if not shown:
        return NOT_PLANNED
    if usable:
        return OTHER_ACTIONS.format(places=_places(shown[0], left))
    last = shown[-1]
    return OTHER_RULES if last.verdict in {*SENT, Verdict.UNCHANGED} else HELD_BACK.format(verdict=last.verdict)


def _places(resource: ResourcePlan, steps: Iterable[PlannedAction]) -> str:
    rows = KINDS[resource.identity.kind].lifecycle.rows
    return ", ".join(dict.fromkeys(_place(step.action, rows) for step in steps))


def _place(action: Action, rows: Mapping[type[Action], Process]) -> str:
    """Return the path in the manifest of what an action changes."""
    row = rows.get(type(action))
    return getattr(action, "path", "the resource as a whole") if row is None else f"lifecycle.{row.member}"


def _left(shown: Sequence[ResourcePlan], fresh: ResourcePlan) -> list[PlannedAction]:
    """Return the actions of ``fresh`` that none of the plans shows."""
    starts = defaultdict[str, list[LiveValue]](list)
    for s in shown:
        for key, then in _starts(s):
            starts[key].append(then)
    steps = [(step, _key(step.action)) for step in fresh.actions]
    processes = Counter(key for step, key in steps if isinstance(step.action, ProcessAction))
    return [
        step
        for step, key in steps
        if not (
            any(processes[key] <= _times(s, step) for s in shown)
            if key in processes
            else any(same_start(step.action, then, step.before) for then in starts.get(key, ()))
        )
    ]


def _times(shown: ResourcePlan, step: PlannedAction) -> int:
    """Return how often a plan shows a process with at least the risk of ``step``."""
    key, risk = _key(step.action), _RISKS.index(step.risk)
    return sum(_key(s.action) == key and _RISKS.index(s.risk) >= risk for s in shown.actions)


def _starts(shown: ResourcePlan) -> Iterator[tuple[str, LiveValue]]:
    """Yield the key and the start value of each action that the plan shows, also in the middle of its requests.

    In the middle, the planner's action for the rest may have another form: a created resource is updated, and an
    element that was removed to be added again is only added.
    """
    yield from ((_key(step.action), step.before) for step in shown.actions)
    kind = KINDS[shown.identity.kind]
    subjects = {subject_of(step.action) for step in shown.actions}
    created = {path for step in shown.actions if isinstance(step.action, Create) for path in step.action.fields}
    # Most plans are one update, which has no middle.
    if not created and len({step.stage for step in shown.actions}) == 1:
        return
    for live in _moments(shown):
        for change in diff(kind.fields, shown.desired, live).changes:
            if subject_of(change.action) in subjects or change.action.path in created:
                yield _key(change.action), change.before


def _moments(shown: ResourcePlan) -> Iterator[Fields]:
    """Yield the live fields as the plan saw them, and after each of its requests."""
    seen = _seen(shown)
    unseen = {path: value for path, value in shown.known.items() if isinstance(seen[path], NotReturned)}
    live: Fields = {**seen, **unseen}
    yield live
    for _, stage in groupby(shown.actions, key=lambda step: step.stage):
        live = predict(shown, tuple(stage), live)
        yield live


def _seen(shown: ResourcePlan) -> Fields:
    """Return the live value of each field when the plan was made."""
    absent = dict.fromkeys(KINDS[shown.identity.kind].by_path, ABSENT)
    return {**absent, **shown.content, **shown.observed}


def _key(action: Action) -> str:
    return action_key(settled_action(action))


def _changed_around(shown: ResourcePlan, fresh: ResourcePlan) -> tuple[FieldReport, ...]:
    """Return the differences in what a preview, a publish or a deletion of ``fresh`` affects beyond managed fields."""
    kind = KINDS[fresh.identity.kind]
    actions = [step.action for step in fresh.actions]
    deletes = any(isinstance(action, Delete) for action in actions)
    if not (deletes or kind.lifecycle.carries(actions)):
        return ()
    then, now = _seen(shown), _seen(fresh)
    found = [
        FieldReport(
            path=path,
            planned=then[path],
            now=now[path],
            wanted=ABSENT if deletes else then[path],
            note="" if deletes else NOT_MANAGED,
        )
        for path, field in kind.by_path.items()
        if path not in fresh.desired and differs(field, then[path], now[path])
    ]
    return (*found, *(_states(shown, fresh) if deletes else ()))


def _states(shown: ResourcePlan, fresh: ResourcePlan) -> Iterator[FieldReport]:
    """Yield a report for each state of the lifecycle that differs: a draft may have been published meanwhile."""
    before, now = shown.live_lifecycle, fresh.live_lifecycle
    if before is None or now is None:
        return
    rows = KINDS[fresh.identity.kind].lifecycle.rows.values()
    for then, state in dict.fromkeys((row.state(before), row.state(now)) for row in rows):
        if then != state:
            yield FieldReport(path="lifecycle", planned=Known(then), now=Known(state), wanted=ABSENT)


def _explains(shown: ResourcePlan, step: PlannedAction, fresh: ResourcePlan) -> bool:
    """Return whether the manifest explains an action that is not shown: live is as ``shown`` saw or made it."""
    if isinstance(step.before, NotReturned):
        return True
    if shown.manifest_digest == fresh.manifest_digest:
        return False
    match step.action:
        case Create():
            return True
        case action if isinstance(action, FieldAction):
            kind = KINDS[fresh.identity.kind]
            changes = (change for live in _moments(shown) for change in diff(kind.fields, fresh.desired, live).changes)
            key = _key(action)
            return any(_key(c.action) == key and same_start(action, c.before, step.before) for c in changes)
        case _:
            # Another number of the same process follows from the manifest, a higher risk from live.
            return _times(shown, step) > 0 or all(_key(s.action) != _key(step.action) for s in shown.actions)


def _reports(
    compared: Sequence[ResourcePlan], moved: Iterable[PlannedAction], fresh: ResourcePlan
) -> Iterator[FieldReport]:
    """Yield a report for each field or process in which live is not as a plan saw it."""
    kind = KINDS[fresh.identity.kind]
    for path in dict.fromkeys(step.action.path for step in moved if isinstance(step.action, FieldAction)):
        wanted, now = Known(fresh.desired[path]), fresh.observed.get(path, ABSENT)
        seen = [_seen(s)[path] if s.verdict in SENT else wanted for s in compared]
        then = next((value for value in seen if differs(kind.by_path[path], value, now)), seen[0])
        yield FieldReport(path=path, planned=then, now=now, wanted=wanted)
    elsewhere = list(other_ends([s for one in compared for s in one.actions], moved, kind.lifecycle.rows))
    yield from elsewhere
    for step in moved:
        path = _place(step.action, kind.lifecycle.rows)
        if isinstance(step.action, LifecycleAction) and path not in {report.path for report in elsewhere}:
            key = _key(step.action)
            then = next((s.before for one in compared for s in one.actions if _key(s.action) == key), ABSENT)
            yield FieldReport(path=path, planned=then, now=step.before, wanted=step.after)


def other_ends(
    shown: Sequence[PlannedAction], fresh: Iterable[PlannedAction], rows: Mapping[type[Action], Process]
) -> Iterator[FieldReport]:
    """Yield a report for each process that would lead to something else now than a plan shows."""
    for step in fresh:
        same = [s for s in shown if isinstance(s.action, LifecycleAction) and type(s.action) is type(step.action)]
        if same and all(s.after != step.after for s in same):
            path, then = _place(step.action, rows), same[-1].after
            yield FieldReport(path=path, planned=then, now=step.after, wanted=then)


def _written(attributes: Attributes, written: Attributes) -> Attributes:
    return {path: value for path, value in attributes.items() if path in written}
