"""Nothing goes out that no plan was made from: a preview or a publish carries out the draft as the plan knew it.

What the manifest manages must be as it wants, and the rest as it was when the plan was made. Both processes carry out
the whole draft, so whoever asks for them answers for what others have put into it since.
"""

from collections.abc import Iterator
from typing import Final

from benchmarks.campaign.atoms import NOTHING, Atom
from benchmarks.campaign.judges.evidence import Alarm, Effect, Evidence, Invariant
from benchmarks.campaign.ledger import Verb
from benchmarks.campaign.wishes import connector_misses, manages
from benchmarks.campaign.world import CONNECT
from trueup.model.manifest import PublishTo

CARRYING: Final = frozenset({"publish", "updatePreviewable"})


def judge_content(evidence: Evidence) -> Iterator[Alarm]:
    """Yield an alarm for every preview and publish of what was neither wanted nor there when it was planned."""
    for effect in evidence.effects:
        asked = asks_for(effect)
        strange = _strange(evidence, effect) if asked & CARRYING else []
        if strange:
            yield Alarm(
                invariant=Invariant.CONTENT,
                life=effect.request.life,
                text=f"{effect.slot[1]}: request {effect.request.number} asked for {', '.join(sorted(asked))} of "
                f"{', '.join(strange)}, which the plan was not made from",
            )


def asks_for(effect: Effect) -> frozenset[str]:
    """Return the names of the update actions of the request behind an effect."""
    if effect.slot[0] != CONNECT or effect.request.verb is not Verb.UPDATE:
        return frozenset()
    return frozenset(action["action"] for action in effect.request.body["actions"])


def _strange(evidence: Evidence, effect: Effect) -> list[str]:
    spec = evidence.life(effect.request.life).specs[effect.slot]
    base = evidence.planned_from(evidence.life(effect.request.life), effect.slot)
    then = base.of(effect.version.id) if base is not None else NOTHING
    others = [
        "/".join(atom)
        for atom in sorted(then.keys() | effect.before.keys())
        if _is_content(atom) and not manages(spec, atom[0]) and then.get(atom) != effect.before.get(atom)
    ]
    # The platform takes no projects for a draft that is not private: publishing it privately is the only way there.
    manifest = evidence.life(effect.request.life).manifests[effect.slot]
    to_private = manifest.lifecycle.publish is PublishTo.PRIVATE and effect.before.get(("~private",)) is False
    missed = [path for path in connector_misses(spec, effect.before) if path != "privateProjects" or not to_private]
    return [*missed, *others]


def _is_content(atom: Atom) -> bool:
    return not atom[0].startswith("~")
