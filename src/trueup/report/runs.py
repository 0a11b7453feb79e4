"""The reports of recorded runs: the list of runs, and one run with everything that it sent."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.diff.sides import value_after
from trueup.errors import for_support
from trueup.model.action import Action, Create, FieldAction, ProcessAction, Reason
from trueup.model.field import Risk
from trueup.model.identity import Identity, Kind
from trueup.model.plan import PlannedAction
from trueup.model.run import Ending, Intent, Invocation, OutcomeRecord, Run, Status, Write
from trueup.model.value import LiveValue
from trueup.plan.codec import JsonObject, to_json
from trueup.report.actions import action_line, first_of, sent_lines
from trueup.report.outcomes import ENDED_SIGNS, OUTCOME_ORDER, OUTCOME_ROLES, TITLES, left_title
from trueup.report.plan import several_targets
from trueup.report.tree import (
    Block,
    Closing,
    Divider,
    Line,
    Remark,
    ReportEntryNode,
    ReportTree,
    Role,
    Section,
    Shown,
    Sign,
    Span,
    identity_fields,
)
from trueup.report.values import comma_separated, counted, moment

NOT_ENDED: Final = "did not finish"

_OPEN: Final = "Unknown whether it was accepted: the run ended before the answer, or the answer was lost."

_DETAILS: Final = "Show what one of them sent: trueup runs show ID. The beginning or the end of an id is enough."

SETTLED: Final = "Unknown whether it was accepted, but run {run} recorded how the resource ended."

PASSED: Final = "Its answer was lost. Unknown whether it was accepted, but this run recorded how the resource ended."

ENDING_ROLES: Final = {Ending.APPLIED: Role.CREATE, Ending.FAILED: Role.PROBLEM, Ending.UNKNOWN: Role.PROBLEM}


def runs_tree(runs: Sequence[Run]) -> ReportTree:
    """Return the list of runs, in the order given; runs that did not finish or left a write open are marked."""
    unsettled = sum(1 for run in runs if _is_unsettled(run))
    total = [Span(f"{counted(len(runs), 'run')} on record")]
    total += [Span(", "), Span(f"{unsettled:,} of them unsettled", Role.PROBLEM)] if unsettled else []
    not_sealed = sum(1 for run in runs if run.distrusted)
    total += [Span(", "), Span(f"{not_sealed:,} of them not sealed", Role.CAUTION)] if not_sealed else []
    return ReportTree(
        title="Runs",
        total=(*total, Span(".")) if runs else (Span("No runs on record."),),
        counts={"runs": len(runs), "unsettled": unsettled, "not sealed": not_sealed},
        sections=(Section(title="Runs", entries=tuple(map(_run_entry, runs))),) if runs else (),
        closings=(Closing((Span(_DETAILS, Role.MUTED),)),) if runs else (),
    )


def _is_unsettled(run: Run) -> bool:
    # A run that is not trusted proves nothing, so it cannot leave anything to settle.
    return not run.distrusted and bool(run.open or run.damaged or not (run.ended or run.settled))


def _word(run: Run) -> str:
    if run.distrusted:
        return "not sealed"
    if _is_unsettled(run):
        return "unsettled"
    return "settled" if run.settled else "ended"


def _run_entry(run: Run) -> ReportEntryNode:
    return ReportEntryNode(
        sign=_run_sign(run),
        word=_word(run),
        kind="Run",
        name=run.id,
        target="",
        status=tuple(_run_status(run)),
        blocks=tuple(_run_remarks(run)),
    )


def _run_sign(run: Run) -> Sign:
    """Return the sign of the worst status of a run."""
    if _is_unsettled(run):
        return Sign.PROBLEM
    # No plan relies on a run that is not sealed: it must not look like a success.
    if run.distrusted or not run.ended:
        return Sign.SAME
    worst = next((status for status in TITLES if run.statuses.get(status)), Status.UNCHANGED)
    return Sign.DONE if worst is Status.UNCHANGED else ENDED_SIGNS.get(worst, Sign.DONE)


def _run_status(run: Run) -> Iterator[Span]:
    yield Span(moment(run.started) or "start unknown", Role.MUTED)
    yield Span("  ")
    if not run.ended:
        yield Span(NOT_ENDED, Role.PROBLEM if _is_unsettled(run) else Role.MUTED)
        return
    parts = [
        Span(f"{status} {run.statuses[status]:,}", OUTCOME_ROLES[status])
        for status in OUTCOME_ORDER
        if run.statuses.get(status)
    ]
    yield from comma_separated(parts or [Span("nothing to do", Role.MUTED)])


def _run_remarks(run: Run) -> Iterator[Remark]:
    if run.distrusted:
        yield Remark(word="not sealed", text=run.distrusted, role=Role.CAUTION)
    if run.open and not run.distrusted:
        # A resource can have several open writes.
        names = ", ".join(dict.fromkeys(str(write.intent.identity) for write in run.open))
        yield Remark(word="open", text=f"{counted(len(run.open), 'write')}: {names}", role=Role.PROBLEM)
    for later in sorted(set(run.settled.values())):
        names = ", ".join(str(identity) for identity, settled_by in sorted(run.settled.items()) if settled_by == later)
        yield Remark(word="settled later", text=f"by run {later}: {names}", role=Role.MUTED)
    if _has_other_damage(run):
        yield Remark(word="damaged", text=run.damaged, role=Role.CAUTION)


def _has_other_damage(run: Run) -> bool:
    """Return whether the journal has damage other than that for which plans do not rely on the run."""
    return bool(run.damaged) and run.damaged != run.distrusted


def run_tree(run: Run) -> ReportTree:
    """Return one run: what it sent to each resource, how that ended, and what is unknown."""
    # Outcomes first: a resource that was blocked or unchanged has an outcome and no write.
    outcomes = {outcome.identity: outcome for outcome in run.outcomes}
    writes: dict[Identity, list[Write]] = {identity: [] for identity in outcomes}
    for write in run.writes:
        writes.setdefault(write.intent.identity, []).append(write)
    unsettled = {write.intent.identity for write in run.open}
    entries = {
        identity: _resource(
            identity,
            sent,
            outcomes.get(identity),
            unsettled=identity in unsettled,
            settled_by=run.settled.get(identity),
        )
        for identity, sent in writes.items()
    }
    return ReportTree(
        title=f"Run {run.id}",
        total=tuple(_total(run, len(unsettled))),
        counts={**_zeros(), **Counter(entry.word for entry in entries.values())},
        sections=tuple(_sections(entries, unsettled)),
        closings=tuple(_closings(run)),
        several_targets=several_targets(entries),
    )


def _zeros() -> dict[str, int]:
    return dict.fromkeys((*map(str, Status), "settled", "unsettled"), 0)


def _sections(entries: Mapping[Identity, ReportEntryNode], unsettled: set[Identity]) -> Iterator[Section]:
    for title, chosen in (("Unknown", True), ("Known", False)):
        found = tuple(entry for identity, entry in entries.items() if (identity in unsettled) is chosen)
        if found:
            yield Section(title=title, entries=found)


def _total(run: Run, unsettled: int) -> Iterator[Span]:
    yield Span(f"{counted(len(run.writes), 'write')} for {counted(run.resources, 'resource')}")
    if unsettled:
        yield from (Span(", "), Span(f"{unsettled:,} unknown", Role.PROBLEM))
    yield from (
        Span("; "),
        Span(f"ended {moment(run.ended)}") if run.ended else Span(NOT_ENDED, Role.PROBLEM),
        Span("."),
    )


def _closings(run: Run) -> Iterator[Closing]:
    if run.distrusted:
        yield Closing((Span(f"No plan relies on this run: {run.distrusted}.", Role.CAUTION),))
    if run.started:
        yield Closing((Span(f"Started {moment(run.started)}{_by(run.invocation)}.", Role.MUTED),))
    yield from (Closing((Span(text, Role.MUTED),)) for text in _made(run.invocation))
    if _has_other_damage(run):
        yield Closing((Span(f"The journal is damaged: {run.damaged}.", Role.CAUTION),))
    if run.plan:
        # Long, as in the report of a plan.
        yield Closing((Span("Plan hash ", Role.MUTED), Span(run.plan, Role.MUTED)), Shown.FULL)


def _by(invocation: Invocation) -> str:
    """Return who started a run and where, as the rest of a sentence."""
    names = [
        f" by {invocation.actor or invocation.user}" if invocation.actor or invocation.user else "",
        f" in {invocation.job}" if invocation.job else "",
        f" (user {invocation.user})" if invocation.actor and invocation.user else "",
        f" on {invocation.host}" if invocation.host else "",
    ]
    return "".join(names)


def _made(invocation: Invocation) -> Iterator[str]:
    """Yield sentences about how a run was made."""
    if invocation.url:
        yield f"Page of the job: {invocation.url}"
    if invocation.commit:
        yield f"Commit {invocation.commit}."
    if invocation.command:
        version = f" (version {invocation.version})" if invocation.version else ""
        yield f"Command{version}: {invocation.command}"


def _resource(
    identity: Identity,
    writes: Sequence[Write],
    outcome: OutcomeRecord | None,
    *,
    unsettled: bool,
    settled_by: str | None,
) -> ReportEntryNode:
    word = "unsettled" if unsettled or outcome is None else outcome.status.value
    # The run ended before it recorded one. That is only a problem until a later run settles it.
    missing = Span("no outcome on record", Role.MUTED if settled_by else Role.PROBLEM)
    status = [Span(outcome.status, OUTCOME_ROLES[outcome.status]) if outcome else missing]
    if settled_by:
        word = "settled"
        status.append(Span(", settled later", Role.MUTED))
    return ReportEntryNode(
        **identity_fields(identity),
        sign=_resource_sign(outcome, unsettled=unsettled),
        word=word,
        status=tuple(status),
        blocks=tuple(_resource_blocks(identity, writes, outcome, unsettled=unsettled, settled_by=settled_by)),
    )


def _resource_sign(outcome: OutcomeRecord | None, *, unsettled: bool) -> Sign:
    if unsettled:
        return Sign.WAITING
    return ENDED_SIGNS.get(outcome.status, Sign.DONE) if outcome else Sign.SAME


def _resource_blocks(
    identity: Identity,
    writes: Sequence[Write],
    outcome: OutcomeRecord | None,
    *,
    unsettled: bool,
    settled_by: str | None,
) -> Iterator[Block]:
    for write in writes:
        ending = write.ended.ending if write.ended else "no answer on record"
        yield Divider(f"write {write.number} at {moment(write.at)}: {ending}")
        yield from _sent(identity.kind, write.intent, held=write.open)
        if write.open and unsettled:
            yield Remark(word="open", text=_OPEN, role=Role.PROBLEM)
        elif write.open:
            yield Remark(word="open", text=SETTLED.format(run=settled_by) if settled_by else PASSED, role=Role.MUTED)
        if write.ended and write.ended.message:
            yield Remark(
                word=write.ended.ending,
                text=write.ended.message,
                role=ENDING_ROLES[write.ended.ending],
            )
        if write.ended and write.ended.correlation_id:
            # With the time, by which the support of a platform searches its logs as well.
            text = f"{for_support(write.ended.correlation_id)} Sent at {moment(write.at)}."
            yield Remark(word="", text=text, role=Role.MUTED)
    said = {write.ended.message for write in writes if write.ended}
    if outcome and outcome.message and outcome.message not in said:
        yield Remark(word=outcome.status, text=outcome.message, role=OUTCOME_ROLES[outcome.status])
    sent = {write.ended.correlation_id for write in writes if write.ended}
    if outcome and outcome.correlation_id and outcome.correlation_id not in sent:
        # A reading failed, which is no write of its own.
        yield Remark(word="", text=for_support(outcome.correlation_id), role=Role.MUTED)
    if outcome and outcome.left:
        yield Divider(left_title(outcome.status))
        yield from _actions(identity.kind, outcome.left, held=True)


def _actions(kind: Kind, actions: Sequence[Action], *, held: bool) -> Iterator[Line | Divider]:
    shown, omitted = first_of(actions, "action")
    for action in shown:
        yield from sent_lines(kind, action, held=held)
    yield from omitted


def _sent(kind: Kind, intent: Intent, *, held: bool) -> Iterator[Line | Divider]:
    """Yield the lines of the actions of a write: old and new values, or only the new ones if no old ones are known."""
    if len(intent.before) != len(intent.actions):
        yield from _actions(kind, intent.actions, held=held)
        return
    shown, omitted = first_of([*zip(intent.actions, intent.before, strict=True)], "action")
    for action, before in shown:
        if isinstance(action, Create | ProcessAction):
            yield from sent_lines(kind, action, held=held)
        else:
            yield _swap(kind, action, before, held=held)
    yield from omitted


def _swap(kind: Kind, action: FieldAction, before: LiveValue, *, held: bool) -> Line:
    planned = PlannedAction(
        action=action,
        stage=0,
        # A journal has neither: both belong to the plan, and the line does not show them.
        reason=Reason.SCALAR_DIFFERS,
        risk=Risk.ROUTINE,
        before=before,
        after=value_after(action, before),
    )
    return replace(action_line(kind, planned, held=held, tag_cause=False), reason="")


def run_to_json(run: Run) -> JsonObject:
    """Return a run as JSON."""
    return {
        "id": run.id,
        "started": run.started,
        "ended": run.ended,
        "plan": run.plan,
        "resources": run.resources,
        "statuses": {status.value: number for status, number in run.statuses.items()},
        "writes": [_write_to_json(write, run.settled) for write in run.writes],
        "outcomes": [_outcome_to_json(outcome) for outcome in run.outcomes],
        "damaged": run.damaged,
        "distrusted": run.distrusted,
        "invocation": to_json(run.invocation),
    }


def _write_to_json(write: Write, settled: Mapping[Identity, str]) -> JsonObject:
    return {
        "number": write.number,
        "at": write.at,
        "identity": to_json(write.intent.identity),
        "actions": [to_json(action) for action in write.intent.actions],
        "before": [to_json(value) for value in write.intent.before],
        "ending": str(write.ended.ending) if write.ended else None,
        "message": write.ended.message if write.ended else "",
        "correlationId": write.ended.correlation_id if write.ended else "",
        "open": write.open,
        # Only open writes need a later run: for others the answer is on record.
        "settledBy": settled.get(write.intent.identity) if write.open else None,
    }


def _outcome_to_json(outcome: OutcomeRecord) -> JsonObject:
    return {
        "identity": to_json(outcome.identity),
        "status": outcome.status.value,
        "message": outcome.message,
        "correlationId": outcome.correlation_id,
        "left": [to_json(action) for action in outcome.left],
    }
