"""No foreign edit is lost: a write changes nothing that somebody else has put there since the plan was made.

Origin has no version to send along, nor has a deletion on Connect. What others write there between trueup's last look
and its write is overwritten, and no client can help that; it is counted and is no alarm. Whoever does not look at all
has no such excuse.
"""

from collections.abc import Iterator
from typing import Final

from benchmarks.campaign.atoms import Atom
from benchmarks.campaign.history import Version, Who
from benchmarks.campaign.judges.content import CARRYING, asks_for
from benchmarks.campaign.judges.evidence import Alarm, Effect, Evidence, Invariant
from benchmarks.campaign.layout import ATTRIBUTE_FORMS, CERTIFICATION_SCALARS, CONNECTOR_SCALARS
from benchmarks.campaign.ledger import Verb
from benchmarks.campaign.wishes import means_the_same
from benchmarks.campaign.world import CONNECT

FORMS: Final = {**CONNECTOR_SCALARS, **CERTIFICATION_SCALARS}

FRESH: Final = {("~status",): "Draft", ("~isPreviewable",): "none", ("~alreadyListed",): False, ("~private",): True}
"""Where a draft's processes stand right after its creation."""

DERIVED: Final = ("~hasChanges",)
"""What nobody puts there: the platform works it out anew at each write, from the draft and what is published. Whatever
others changed of the draft is judged by itself."""

MOVED_ON: Final = frozenset({("~status",), ("~isPreviewable",)})
"""Where a process stands. A preview or a publish goes on from wherever others have brought it, and takes nothing away:
what it carries out is judged by its content, and ``~private`` and ``~alreadyListed`` are judged here."""


def judge_edits(evidence: Evidence) -> Iterator[Alarm]:
    """Yield an alarm for every foreign value that a write replaced without having been planned from it."""
    for effect in evidence.effects:
        life = evidence.life(effect.request.life)
        base = evidence.shown(effect.slot, evidence.base(life, effect.slot))
        planned_from = base.of(effect.version.id) if base is not None else {}
        for atom in evidence.changed(effect):
            found = effect.before.get(atom)
            if atom == DERIVED:
                continue
            if not planned_from and atom in FRESH and found == FRESH[atom]:
                continue  # the plan shows from which state of a new draft it sets a process going
            foreign = _last_change(evidence, effect, atom, since=0 if base is None else base.seq)
            if _means_the_same(atom, found, planned_from.get(atom)) or foreign is None:
                continue
            if foreign.author.who is not Who.OTHERS or (atom in MOVED_ON and asks_for(effect) & CARRYING):
                continue
            if _in_the_gap(evidence, effect, foreign):
                evidence.ledger.counts["edits in the gap between look and write, where no version is sent"] += 1
                continue
            if evidence.unseen(atom[0], effect.before):
                evidence.ledger.counts["edits of fields that Origin does not return"] += 1
                continue
            if found is None and evidence.shown_elsewhere(atom[0]):
                evidence.ledger.counts["edits of documents whose addresses Origin rewrites"] += 1
                continue
            yield Alarm(
                invariant=Invariant.EDITS,
                life=life.number,
                text=f"{effect.slot[1]}: request {effect.request.number} replaced {'/'.join(atom)} = {found!r}, put "
                f"there by foreign edit {foreign.author.number}; the plan was made from {planned_from.get(atom)!r}",
            )


def _means_the_same(atom: Atom, one: object, other: object) -> bool:
    """Compare as the manifest's own values are compared: others may only have spelled the same value anew."""
    form = FORMS.get(atom[0]) if len(atom) == 1 else ATTRIBUTE_FORMS.get(atom[-1].removeprefix("@"))
    return one == other or (form is not None and None not in (one, other) and means_the_same(form, one, other))


def _last_change(evidence: Evidence, effect: Effect, atom: Atom, *, since: int) -> Version | None:
    """Return the last version before a write that changed an atom of its document, after ``since``."""
    versions = evidence.versions(effect.slot)
    for index in range(effect.index - 1, -1, -1):
        version = versions[index]
        if version.seq <= since:
            return None
        earlier = versions[index - 1].of(effect.version.id) if index else {}
        if version.of(effect.version.id).get(atom) != earlier.get(atom):
            return version
    return None


def _in_the_gap(evidence: Evidence, effect: Effect, foreign: Version) -> bool:
    if effect.slot[0] == CONNECT and effect.request.verb is not Verb.DELETE:
        return False
    life = evidence.life(effect.request.life)
    look = evidence.last_look(life, effect.slot, effect.request.sent)
    return look is not None and look.seq > life.planned and look.version < foreign.seq
