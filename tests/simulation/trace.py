"""Print a run in the order in which it happened, to find out why it failed."""

from collections.abc import Iterator

from simulation.event_log import Attempt, Sent
from simulation.history import Who
from simulation.invariants.evidence import Evidence
from simulation.run import FinishedRun


def trace(finished: FinishedRun) -> list[str]:
    """Return the lines of the trace."""
    evidence = Evidence(finished)
    pace = finished.scenario.pace
    lines = [
        f"switches {dict(finished.scenario.switches)}",
        f"faults {[rule['name'] for rule in finished.scenario.faults]}",
        f"{finished.scenario.habits}",
        f"pace {pace}, asynchronous {finished.scenario.asynchronous}, {finished.scenario.concurrency} side by side",
        *(f"wanted {slot}: {spec}" for slot, spec in finished.scenario.specs.items()),
    ]
    events = [*_attempts(evidence), *_requests(evidence), *_changes(evidence)]
    return lines + [f"{seq:5} {text}" for seq, text in sorted(events, key=lambda event: event[0])]


def _attempts(evidence: Evidence) -> Iterator[tuple[int, str]]:
    for attempt in evidence.event_log.attempts:
        if attempt.plan is not None:
            yield attempt.planned, f"== attempt {attempt.number} plans{' undisturbed' if attempt.calm else ''}"
            yield from ((attempt.planned, f"   {text}") for text in _plan(attempt))
        for outcome in attempt.outcomes or ():
            slot = evidence.history.slot_of_identity(outcome.identity)
            reports = [f"{r.path}: {r.planned} | {r.now} | {r.wanted} {r.note}" for r in outcome.fields]
            yield (
                attempt.ends[slot],
                f"   outcome {slot[1]}: {outcome.status} {outcome.message} {outcome.details} {reports}",
            )
        yield attempt.ended, f"== attempt {attempt.number} {f'crashes {attempt.killed}' if attempt.killed else 'ends'}"


def _plan(attempt: Attempt) -> Iterator[str]:
    for slot, planned in attempt.by_slot.items():
        yield f"{slot[1]}: {planned.verdict} {[p.finding.code for p in planned.findings]} {planned.error}"
        yield from (f"  {step.stage} {step.action} was {step.before} ({step.reason})" for step in planned.actions)


def _requests(evidence: Evidence) -> Iterator[tuple[int, str]]:
    for sent in evidence.event_log.requests:
        names = ", ".join(slot[1] for slot in sent.slots)
        yield sent.sent, f"-> {sent.number} {sent.verb} {names} {sent.body if sent.verb.writes else ''}"
        if sent.answered is not None:
            yield sent.answered, f"<- {sent.number} {sent.status} {_refusal(sent)} {list(sent.faults) or ''}"
        elif sent.performed or sent.faults:
            yield sent.sent, f"   {sent.number} answer lost, performed {sent.performed}, {list(sent.faults)}"


def _refusal(sent: Sent) -> str:
    return "" if sent.succeeded else str(sent.answer)[:300]


def _changes(evidence: Evidence) -> Iterator[tuple[int, str]]:
    kinds = {edit.number: edit.kind for edit in evidence.event_log.edits}
    for slot, versions in evidence.history.versions.items():
        for index, version in enumerate(versions):
            before = versions[index - 1].of(version.id) if index else {}
            after = version.of(version.id)
            differing = sorted(fact for fact in before.keys() | after.keys() if before.get(fact) != after.get(fact))
            who = f"edit {kinds.get(version.author.number)}" if version.author.who is Who.OTHERS else version.author.who
            moved = {"/".join(fact): (_stable(before.get(fact)), _stable(after.get(fact))) for fact in differing}
            yield (
                version.seq,
                f"   [{version.time - 1.7e9:.1f} s] {slot[1]} changed by {who} {version.author.number}: {moved}",
            )


def _stable(value: object) -> object:
    """Return a value whose text is the same in every process."""
    return sorted(value) if isinstance(value, frozenset) else value
