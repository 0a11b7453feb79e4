"""What the base protected, or may have, is not deleted or unlisted, wherever its manifest was then and is now."""

from collections.abc import Iterator

from simulation.event_log import Verb
from simulation.invariants.evidence import Evidence, Invariant, Violation
from simulation.invariants.published_content import asks_for


def check_protected(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every write that took away what was protected: here, or in the base."""
    for effect in evidence.effects:
        attempt = evidence.attempt(effect.request.attempt)
        guarded = evidence.guarded(effect.slot) or attempt.manifests[effect.slot].lifecycle.protect
        if guarded and (effect.request.verb is Verb.DELETE or "unlist" in asks_for(effect)):
            yield Violation(
                invariant=Invariant.PROTECTED,
                attempt=attempt.number,
                text=f"{effect.slot[1]}: request {effect.request.number} took away what was protected",
            )
