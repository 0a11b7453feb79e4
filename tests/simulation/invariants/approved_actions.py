"""Nothing is sent that no plan showed: every write follows from the plan of its attempt, and changes nothing else."""

from collections.abc import Iterator

from simulation.deployment_claims import is_repeated
from simulation.event_log import Sent
from simulation.invariants.evidence import (
    Evidence,
    Invariant,
    Violation,
    claims_of,
    claims_of_actions_on,
    is_covered,
    is_default,
)
from simulation.places import Slot, is_deployment
from trueup.plan.digest import SENT


def check_shown(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every write, and every change a write made, that the plan does not hold."""
    for sent in evidence.event_log.requests:
        if sent.verb.writes:
            for slot in sent.slots:
                text = _not_in_the_plan(evidence, sent, slot)
                if text:
                    yield _alarm(sent, f"{slot[1]}: request {sent.number} {text}")
    for effect in evidence.effects:
        planned = evidence.attempt(effect.request.attempt).shown(effect.slot)
        actions = [step.action for step in planned.actions] if planned else []
        beside = [
            fact
            for fact in evidence.changed(effect)
            if not (
                is_default(effect, fact) or any(is_covered(a, effect.slot, fact, evidence.settings) for a in actions)
            )
        ]
        if beside:
            names = ", ".join("/".join(fact) for fact in beside)
            yield _alarm(
                effect.request, f"{effect.slot[1]}: request {effect.request.number} changed {names} beside the plan"
            )


def _not_in_the_plan(evidence: Evidence, sent: Sent, slot: Slot) -> str:
    planned = evidence.attempt(sent.attempt).shown(slot)
    if planned is None:
        return f"is a {sent.verb} of what was not planned"
    if planned.verdict not in SENT:
        return f"is a {sent.verb} of what the plan calls {planned.verdict}"
    shown = claims_of_actions_on(slot, [step.action for step in planned.actions])
    strange = [claim for claim in claims_of(sent, slot) if claim not in shown]
    if is_deployment(slot):
        spec = evidence.attempt(sent.attempt).specs[slot]
        strange = [claim for claim in strange if not is_repeated(claim, spec)]
    return f"asks for what the plan does not show: {strange}" if strange else ""


def _alarm(sent: Sent, text: str) -> Violation:
    return Violation(invariant=Invariant.SHOWN, attempt=sent.attempt, text=text)
