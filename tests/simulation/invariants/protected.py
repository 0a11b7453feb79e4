"""What the base protected, or may have, is not deleted or unlisted, wherever its manifest was then and is now."""

from collections.abc import Iterator

from benchmarks.campaign.judges.content import asks_for
from benchmarks.campaign.judges.evidence import Alarm, Evidence, Invariant
from benchmarks.campaign.ledger import Verb


def judge_protected(evidence: Evidence) -> Iterator[Alarm]:
    """Yield an alarm for every write that took away what was protected: here, or in the base."""
    for effect in evidence.effects:
        life = evidence.life(effect.request.life)
        guarded = evidence.guarded(effect.slot) or life.manifests[effect.slot].lifecycle.protect
        if guarded and (effect.request.verb is Verb.DELETE or "unlist" in asks_for(effect)):
            yield Alarm(
                invariant=Invariant.PROTECTED,
                life=life.number,
                text=f"{effect.slot[1]}: request {effect.request.number} took away what was protected",
            )
