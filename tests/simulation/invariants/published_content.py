"""A preview or a publish carries out the draft as the plan knew it.

What the manifest manages must be as it wants, and the rest as it was when the plan was made. Both processes carry out
the whole draft, so trueup must not ask for them when others have changed it since.
"""

from collections.abc import Iterator
from typing import Final

from simulation.event_log import Verb
from simulation.expectations import connector_misses, manages
from simulation.facts import NOTHING, Fact
from simulation.invariants.evidence import Effect, Evidence, Invariant, Violation
from simulation.places import CONNECT
from trueup.model.manifest import PublishTo

CARRYING: Final = frozenset({"publish", "updatePreviewable"})


def check_content(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every preview and publish of what was neither wanted nor there when it was planned."""
    for effect in evidence.effects:
        asked = asks_for(effect)
        strange = _strange(evidence, effect) if asked & CARRYING else []
        if strange:
            yield Violation(
                invariant=Invariant.CONTENT,
                attempt=effect.request.attempt,
                text=f"{effect.slot[1]}: request {effect.request.number} asked for {', '.join(sorted(asked))} of "
                f"{', '.join(strange)}, which the plan was not made from",
            )


def asks_for(effect: Effect) -> frozenset[str]:
    """Return the names of the update actions of the request behind an effect."""
    if effect.slot[0] != CONNECT or effect.request.verb is not Verb.UPDATE:
        return frozenset()
    return frozenset(action["action"] for action in effect.request.body["actions"])


def _strange(evidence: Evidence, effect: Effect) -> list[str]:
    spec = evidence.attempt(effect.request.attempt).specs[effect.slot]
    base = evidence.planned_from(evidence.attempt(effect.request.attempt), effect.slot)
    then = base.of(effect.version.id) if base is not None else NOTHING
    others = [
        "/".join(fact)
        for fact in sorted(then.keys() | effect.before.keys())
        if _is_content(fact) and not manages(spec, fact[0]) and then.get(fact) != effect.before.get(fact)
    ]
    # The platform takes no projects for a draft that is not private: publishing it privately is the only way there.
    manifest = evidence.attempt(effect.request.attempt).manifests[effect.slot]
    to_private = manifest.lifecycle.publish is PublishTo.PRIVATE and effect.before.get(("~private",)) is False
    missed = [path for path in connector_misses(spec, effect.before) if path != "privateProjects" or not to_private]
    return [*missed, *others]


def _is_content(fact: Fact) -> bool:
    return not fact[0].startswith("~")
