"""After a signal nothing new is begun, after a second one nothing is sent, and every outcome is reported."""

from collections.abc import Iterator

from simulation.event_log import Attempt
from simulation.invariants.evidence import Evidence, Invariant, Violation


def check_stops(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for everything that an attempt begins after it was asked to stop."""
    for attempt in evidence.event_log.attempts:
        for text in _wrong(evidence, attempt) if attempt.signals else ():
            yield Violation(invariant=Invariant.STOPS, attempt=attempt.number, text=text)


def _wrong(evidence: Evidence, attempt: Attempt) -> Iterator[str]:
    first, second = attempt.signals[0], attempt.broken_off
    if not attempt.planned or first < attempt.planned:
        yield from (f"request {sent.number} is a write, and it was to stop before" for sent in evidence.writes(attempt))
        return
    began = {slot for sent in evidence.writes(attempt) if sent.sent < first for slot in sent.slots}
    began |= {slot for slot, seq in attempt.begun.items() if seq < first}
    for sent in evidence.writes(attempt):
        if second and sent.sent > second:
            yield f"request {sent.number} was sent after the second signal"
        elif sent.sent > first and began.isdisjoint(sent.slots):
            yield f"{sent.slots[0][1]}: request {sent.number} began it after the signal"
    if attempt.outcomes is None and not attempt.killed:
        yield "it came to its end without an outcome"
    if (
        attempt.outcomes is not None
        and attempt.plan is not None
        and len(attempt.outcomes) != len(attempt.plan.resources)
    ):
        yield "not every resource has an outcome"
