"""Nothing is sent that no plan showed: every write can be read off the plan of its life, and changes nothing else."""

from collections.abc import Iterator

from benchmarks.campaign.claims import claims_of_actions, covers
from benchmarks.campaign.history import Slot
from benchmarks.campaign.judges.evidence import Alarm, Evidence, Invariant, claims_of
from benchmarks.campaign.ledger import Sent
from trueup.plan.digest import SENT


def judge_shown(evidence: Evidence) -> Iterator[Alarm]:
    """Yield an alarm for every write, and every change a write made, that the plan does not hold."""
    for sent in evidence.ledger.requests:
        if sent.verb.writes:
            for slot in sent.slots:
                text = _not_in_the_plan(evidence, sent, slot)
                if text:
                    yield _alarm(sent, f"{slot[1]}: request {sent.number} {text}")
    for effect in evidence.effects:
        planned = evidence.life(effect.request.life).shown(effect.slot)
        actions = [step.action for step in planned.actions] if planned else []
        beside = [
            atom
            for atom in evidence.changed(effect)
            if not any(covers(action, atom, evidence.settings) for action in actions)
        ]
        if beside:
            names = ", ".join("/".join(atom) for atom in beside)
            yield _alarm(
                effect.request, f"{effect.slot[1]}: request {effect.request.number} changed {names} beside the plan"
            )


def _not_in_the_plan(evidence: Evidence, sent: Sent, slot: Slot) -> str:
    planned = evidence.life(sent.life).shown(slot)
    if planned is None:
        return f"is a {sent.verb} of what was not planned"
    if planned.verdict not in SENT:
        return f"is a {sent.verb} of what the plan calls {planned.verdict}"
    shown = set(claims_of_actions(step.action for step in planned.actions))
    strange = [claim for claim in claims_of(sent, slot, sent.world) if claim not in shown]
    return f"asks for what the plan does not show: {strange}" if strange else ""


def _alarm(sent: Sent, text: str) -> Alarm:
    return Alarm(invariant=Invariant.SHOWN, life=sent.life, text=text)
