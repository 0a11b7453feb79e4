"""A plan is for one resource, not for a name: what was created anew under that name is never changed by it.

Connect takes every write by the draft's own id. Origin takes them by externalId as well; what is replaced there after
the last look is beyond any client, and is counted.
"""

from collections.abc import Iterator

from simulation.event_log import Verb
from simulation.invariants.evidence import Effect, Evidence, Invariant, Violation
from simulation.places import ORIGIN


def check_replaced(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every write that changed another resource than the one that was planned or created."""
    for effect in evidence.effects:
        if effect.request.verb is Verb.CREATE:
            continue
        meant = _meant(evidence, effect)
        if not meant or effect.version.id in meant or not evidence.changed(effect):
            continue
        if _in_the_gap(evidence, effect):
            evidence.event_log.counts["replaced in the gap between look and write, where no id is sent"] += 1
            continue
        yield Violation(
            invariant=Invariant.REPLACED,
            attempt=effect.request.attempt,
            text=f"{effect.slot[1]}: request {effect.request.number} changed {effect.version.id}, and the plan was "
            f"made for {', '.join(sorted(meant))}",
        )


def _meant(evidence: Evidence, effect: Effect) -> frozenset[str]:
    """Return the ids that a write may change: those that the plan was made from, or those its attempt created."""
    attempt = evidence.attempt(effect.request.attempt)
    base = evidence.planned_from(attempt, effect.slot)
    if base is not None and base.documents:
        return frozenset(base.documents)
    created = frozenset(
        other.version.id
        for other in evidence.effects
        if other.slot == effect.slot and other.request.attempt == attempt.number and other.request.verb is Verb.CREATE
    )
    # The answer to a creation on Origin is not relied on for the id: it is known from when the resource was first seen
    # alone. Where two of one name are shown, nothing tells which of them was created.
    return created if effect.slot[0] != ORIGIN else created & evidence.seen_alone(attempt, effect.slot)


def _in_the_gap(evidence: Evidence, effect: Effect) -> bool:
    if effect.slot[0] != ORIGIN:
        return False
    attempt = evidence.attempt(effect.request.attempt)
    look = evidence.last_look(attempt, effect.slot, effect.request.sent)
    seen = evidence.shown(effect.slot, look)
    return look is not None and look.seq > attempt.planned and (seen is None or effect.version.id not in seen.documents)
