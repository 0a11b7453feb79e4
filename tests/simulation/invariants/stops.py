"""A stop is a stop: after a signal nothing new is begun, after a second one nothing is sent, and all is told."""

from collections.abc import Iterator

from benchmarks.campaign.judges.evidence import Alarm, Evidence, Invariant
from benchmarks.campaign.ledger import Life


def judge_stops(evidence: Evidence) -> Iterator[Alarm]:
    """Yield an alarm for everything that a life begins after it was asked to stop."""
    for life in evidence.ledger.lives:
        for text in _wrong(evidence, life) if life.signals else ():
            yield Alarm(invariant=Invariant.STOPS, life=life.number, text=text)


def _wrong(evidence: Evidence, life: Life) -> Iterator[str]:
    first, second = life.signals[0], life.broken_off
    if not life.planned or first < life.planned:
        yield from (f"request {sent.number} is a write, and it was to stop before" for sent in evidence.writes(life))
        return
    began = {slot for sent in evidence.writes(life) if sent.sent < first for slot in sent.slots}
    began |= {slot for slot, seq in life.begun.items() if seq < first}
    for sent in evidence.writes(life):
        if second and sent.sent > second:
            yield f"request {sent.number} was sent after the second signal"
        elif sent.sent > first and began.isdisjoint(sent.slots):
            yield f"{sent.slots[0][1]}: request {sent.number} began it after the signal"
    if life.outcomes is None and not life.killed:
        yield "it came to its end without an outcome"
    if life.outcomes is not None and life.plan is not None and len(life.outcomes) != len(life.plan.resources):
        yield "not every resource has an outcome"
