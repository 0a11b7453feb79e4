"""Plan one resource: find the shortest list of actions that leads from the live to the desired state.

The same function plans from a manifest and again from an earlier plan (:func:`replan`). This makes a rebase reliable,
because both plans that it compares follow the same rules.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, assert_never

from trueup.diff.diff import diff
from trueup.diff.findings import secret_repeated
from trueup.diff.simulate import created, simulate
from trueup.errors import explained
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, Change, Create, FieldAction, Finding, Level, Reason
from trueup.model.field import Risk
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.manifest import Manifest, State
from trueup.model.plan import (
    DEFAULT_RULES,
    DigestIs,
    MustNotExist,
    PlannedAction,
    PlanRules,
    ResourcePlan,
    Verdict,
    VersionIs,
)
from trueup.model.position import Position
from trueup.model.url_secrets import holds_secret
from trueup.model.value import ABSENT, LiveValue
from trueup.plan.desired import DesiredResource, blocked_plan, content_of, observed_values, precondition_of
from trueup.plan.digest import action_key, manifest_digest
from trueup.plan.fallbacks import (
    as_sent,
    kept_findings,
    last_known,
    split_remembered,
    still_protected,
    unobserved_findings,
    with_known,
)
from trueup.plan.lifecycle import (
    busy,
    late_actions,
    plan_deletion,
    planned_late_fields,
    process_actions,
    split_late,
    wanted_processes,
)
from trueup.plan.masked import last_written, masked_paths, not_compared
from trueup.plan.overwritten import overwritten_findings
from trueup.plan.positions import ActionPlaces, place_of_path
from trueup.plan.safety import protected


def plan_resource(  # noqa: PLR0913 - each is a source of what is known, and all but two have a default
    manifest: Manifest,
    reading: Reading,
    rules: PlanRules = DEFAULT_RULES,
    remembered: tuple[FieldAction, ...] = (),
    base: Manifest | None = None,
    *,
    written_by: Sequence[Manifest] = (),
) -> ResourcePlan:
    """Plan the actions that lead from what was read to what the manifest wants.

    ``remembered`` are the last actions of earlier runs; see :mod:`trueup.plan.fallbacks`. ``base`` is what another
    commit wanted of the resource: its protection still counts, and its values of fields that are not returned are
    treated as live if ``remembered`` shows that they were applied. ``written_by`` are the manifests that may have
    been applied, newest first, by default the base's: they say what was written to fields that the platform masks.
    """
    kind = KINDS[manifest.identity.kind]
    desired = kind.desired(manifest.spec)
    live = reading.fields if isinstance(reading, Live) else None
    known = dict(last_known(kind, base, desired, live, remembered)) if base and live else {}
    if live is not None and masked_paths(kind):
        thens = [kind.desired(then.spec) for then in written_by or ([base] if base else [])]
        known |= last_written(kind, desired, thens, live, remembered)
    subject = DesiredResource(
        identity=manifest.identity,
        kind=kind,
        position=manifest.positions.at(()),
        locale=manifest.locale,
        desired=desired,
        lifecycle=still_protected(manifest.lifecycle, base),
        rules=rules,
        known=known,
        remembered=remembered,
        manifest_digest=manifest_digest(manifest, desired),
        place=ActionPlaces(manifest, kind),
        place_of_path=lambda path: place_of_path(manifest, path),
    )
    return _plan(subject, reading, ())


def replan(planned: ResourcePlan, reading: Reading, done: Sequence[Action] = ()) -> ResourcePlan:
    """Plan again for the desired state of ``planned``, from a new reading; ``planned`` must have actions.

    ``done`` are actions that have taken effect since the plan was made. If field actions are among them, the content is
    new although the reading shows no difference, so an earlier preview or publish no longer counts. The effects of
    process actions are no reason for further ones.
    """
    # What is known of the planned resource does not apply to one that was created in its place.
    same = _is_planned_resource(planned, reading)
    subject = DesiredResource(
        identity=planned.identity,
        kind=KINDS[planned.identity.kind],
        position=planned.position,
        locale=planned.locale,
        desired=planned.desired,
        lifecycle=planned.lifecycle,
        rules=planned.rules,
        known=planned.known if same else {},
        remembered=planned.remembered if same else (),
        manifest_digest=planned.manifest_digest,
        place=_places_planned(planned),
        place_of_path=partial(_place_of_path, planned),
    )
    return _plan(subject, reading, done)


def _places_planned(planned: ResourcePlan) -> Callable[[Action], Position]:
    """Return a function of an action that returns its planned position; of equal actions, the first one counts."""
    places = {action_key(p.action): p.position for p in reversed(planned.actions) if p.position}
    return lambda action: places.get(action_key(action), planned.position)


def _place_of_path(planned: ResourcePlan, path: str) -> Position:
    return next((p.position for p in planned.findings if p.position and p.finding.path == path), planned.position)


def _is_planned_resource(planned: ResourcePlan, reading: Reading) -> bool:
    """Return whether the resource read has the planned id, and is not another one with the same name."""
    match planned.precondition, reading:
        case VersionIs(remote_id=planned_id) | DigestIs(remote_id=planned_id), Live(remote_id=remote_id):
            return planned_id == remote_id
        case _:
            return False


def _plan(subject: DesiredResource, reading: Reading, done: Sequence[Action]) -> ResourcePlan:
    gone = subject.lifecycle.state is State.ABSENT
    match reading:
        case Unreadable(error):
            return replace(subject.result(Verdict.UNREADABLE), error=explained(error))
        case Missing():
            return subject.result(Verdict.UNCHANGED) if gone else _plan_creation(subject)
        case Live():
            return plan_deletion(subject, reading) if gone else _plan_update(subject, reading, done)
        case _ as never:
            assert_never(never)


def _plan_creation(subject: DesiredResource) -> ResourcePlan:
    # A creation is documented to accept some fields only; the others follow as updates.
    carried, _ = subject.kind.creation(subject.desired)
    changes, findings = _changes_to(subject, created(subject.kind.fields, carried), None)
    create = PlannedAction(
        action=Create(carried),
        stage=0,
        reason=Reason.DOES_NOT_EXIST,
        risk=Risk.ROUTINE,
        before=ABSENT,
        after=ABSENT,
        position=subject.position,
    )
    follow = tuple(replace(planned, stage=planned.stage + 1) for planned in subject.planned(changes))
    processes = wanted_processes(subject, None, ())
    actions = (create, *follow)
    actions += process_actions(subject, processes, first_stage=actions[-1].stage + 1)
    findings += processes.deferred + processes.findings + protected(subject.lifecycle, actions)
    return replace(
        subject.result(Verdict.BLOCKED if blocked_plan(findings) else Verdict.CREATE, findings),
        precondition=MustNotExist(),
        actions=actions,
        desired=subject.desired,
        observed=dict.fromkeys(subject.desired, ABSENT),
    )


def _plan_update(subject: DesiredResource, live: Live, done: Sequence[Action]) -> ResourcePlan:
    changed = [action for action in done if isinstance(action, FieldAction)]
    shown = with_known(subject.kind, live, subject.known, changed, subject.rules.write_secured)
    kept = subject.kind.fields, subject.desired, shown.fields, subject.remembered
    recalled = [path for path in subject.known if shown.fields[path] is not live.fields[path]]
    changes, findings = _changes_to(subject, as_sent(*kept), shown, recalled)
    findings += kept_findings(*kept)
    findings += _repeated_secrets(changes)
    findings += not_compared(subject.kind, subject.desired, live.fields, subject.known)
    late = planned_late_fields(subject, live.lifecycle)
    early, following = split_late(late, changes)
    # Without the late fields, which have a process of their own after them.
    processes = wanted_processes(subject, live.lifecycle, [*changed, *(change.action for change in early)], done)
    actions = subject.planned(early)
    actions += process_actions(subject, processes, first_stage=_next_stage(actions))
    actions += late_actions(subject, processes, late, following, first_stage=_next_stage(actions))
    wait = busy(subject, live.lifecycle) if changes else None
    # A busy platform can be the reason for both, and is then reported once.
    findings += processes.findings + tuple(dict.fromkeys([*([wait] if wait else []), *processes.deferred]))
    findings += protected(subject.lifecycle, actions)
    verdict = Verdict.UPDATE if actions else Verdict.UNCHANGED
    # Deferred processes do not hold back other actions; a busy platform accepts none.
    if wait or (processes.deferred and not actions):
        verdict = Verdict.DEFERRED
    if blocked_plan(findings):
        verdict = Verdict.BLOCKED
    result = subject.result(verdict, findings)
    if not actions:
        return result
    # Only resources with actions keep their fields, so a plan of thousands of unchanged resources stays small.
    observed = observed_values(subject.desired, live.fields)
    return replace(
        result,
        precondition=precondition_of(live, observed),
        actions=actions,
        desired=subject.desired,
        observed=observed,
        content=content_of(subject, live.fields),
        live_lifecycle=live.lifecycle,
    )


def _next_stage(actions: Sequence[PlannedAction]) -> int:
    return actions[-1].stage + 1 if actions else 0


def _changes_to(
    subject: DesiredResource, start: Mapping[str, LiveValue], live: Live | None, recalled: Collection[str] = ()
) -> tuple[tuple[Change, ...], tuple[Finding, ...]]:
    """Return the changes that lead from ``start`` to the desired state, and their findings.

    ``recalled`` are the paths of which ``start`` has what earlier runs sent, because they are not returned.
    """
    rows, desired = subject.kind.fields, subject.desired
    difference = diff(rows, desired, start, recalled)
    # A masked value that is compared with what was written is the usual case, and no reason for a note.
    masked = masked_paths(subject.kind)
    known = {path: value for path, value in subject.known.items() if path not in masked} if live is not None else {}
    if not difference.changes:
        # Nearly all resources of a run end here: without changes, there is nothing to simulate.
        return (), unobserved_findings(difference.findings, (), (), known, desired) + _judge(subject, start, (), live)
    by_path = subject.kind.by_path
    changes, remembered = split_remembered(by_path, desired, difference.changes, subject.remembered)
    # What an earlier run has sent counts as live.
    start = simulate(rows, (change.action for change in remembered), start)
    end = simulate(rows, (change.action for change in changes), start)
    # The fixed point: after the actions, a comparison must find nothing more to do.
    again = diff(rows, desired, end).changes
    rules = _judge(subject, end, changes, live)
    found = unobserved_findings(difference.findings, changes, remembered, known, desired)
    found += overwritten_findings(by_path, remembered, subject.remembered)
    return changes, found + rules + _findings_between(subject, start, changes, live) + _fixed_point_findings(again)


def _repeated_secrets(changes: Sequence[Change]) -> tuple[Finding, ...]:
    """Block changes that contain a masked secret; it can only come from live, because manifests must not have any."""
    paths = dict.fromkeys(change.action.path for change in changes if holds_secret(change.action))
    return tuple(secret_repeated(path) for path in paths)


def _judge(
    subject: DesiredResource, after: Mapping[str, LiveValue], changes: Sequence[Change], live: Live | None
) -> tuple[Finding, ...]:
    late = planned_late_fields(subject, live.lifecycle) if live else None
    return subject.kind.check(
        subject.desired,
        after,
        live is None,
        changes=changes,
        # Fields that wait for a process are checked against the state after it.
        lifecycle=late.lifecycle if late else live.lifecycle if live else None,
        identity=subject.identity,
    )


def _findings_between(
    subject: DesiredResource, start: Mapping[str, LiveValue], changes: Sequence[Change], live: Live | None
) -> tuple[Finding, ...]:
    """Check each state between two requests, because the platform refuses one that breaks its rules."""
    stages = sorted({change.stage for change in changes})
    found: list[Finding] = []
    # The state after the last stage is the desired one, which is checked as such.
    for stage in stages[:-1]:
        sent = [change for change in changes if change.stage == stage]
        start = simulate(subject.kind.fields, (change.action for change in sent), start)
        found += _judge(subject, start, sent, live) if live else ()
    return tuple(replace(finding, message=f"{finding.message} {_IN_TWO_STEPS}") for finding in dict.fromkeys(found))


_IN_TWO_STEPS: Final = (
    "The change takes several requests, and this applies to the state between them. Make the change in two steps, each "
    "applied separately, so that the rule holds in between."
)


def _fixed_point_findings(changes: Sequence[Change]) -> tuple[Finding, ...]:
    """Return a blocked finding for each difference that the simulated result still has."""
    return tuple(
        Finding(
            level=Level.BLOCKED,
            code="fixed-point",
            message="The planned actions would not lead to the desired value, so every run would plan them again. "
            "Nothing is sent. This is a bug in trueup; please report it.",
            path=path,
        )
        for path in dict.fromkeys(change.action.path for change in changes)
    )
