"""No foreign edit is lost: a write changes nothing that others have written since the plan was made.

Origin has no version to send along, nor has a deletion on Connect. What others write there between trueup's last look
and its write is overwritten, and no client can prevent that: it is counted and is no violation. A write without a look
is one.
"""

from collections.abc import Iterator
from typing import Final

from simulation.event_log import Verb
from simulation.expectations import means_the_same
from simulation.facts import Fact
from simulation.history import Version, Who
from simulation.invariants.connector_first import follows
from simulation.invariants.evidence import Effect, Evidence, Invariant, Violation, is_default, named_values
from simulation.invariants.published_content import CARRYING, asks_for
from simulation.layout import APPLICATIONS, ATTRIBUTE_FORMS, CERTIFICATION_SCALARS, CONNECTOR_SCALARS, GLOBAL, SECURED
from simulation.places import ORIGIN, is_deployment

FORMS: Final = {**CONNECTOR_SCALARS, **CERTIFICATION_SCALARS}

FRESH: Final = {("~status",): "Draft", ("~isPreviewable",): "none", ("~alreadyListed",): False, ("~private",): True}
"""The states of a draft's processes right after its creation."""

DERIVED: Final = ("~hasChanges",)
"""Computed by the platform at each write, from the draft and what is published. What others changed of the draft is
checked by itself."""

MOVED_ON: Final = frozenset({("~status",), ("~isPreviewable",)})
"""States of processes. A preview or a publish continues from the state that others have reached, and undoes nothing:
its content has its own invariant, and ``~private`` and ``~alreadyListed`` are checked here."""

_RUN: Final = frozenset({("~status",), ("~run",), ("~problems",)})
"""What each rollout of a deployment replaces: it says nothing of what others want."""


def check_edits(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every foreign value that a write replaced without having been planned from it."""
    for effect in evidence.effects:
        attempt = evidence.attempt(effect.request.attempt)
        base = evidence.shown(effect.slot, evidence.base(attempt, effect.slot))
        planned_from = base.of(effect.version.id) if base is not None else {}
        for fact in evidence.changed(effect):
            found = effect.before.get(fact)
            if fact == DERIVED or (is_deployment(effect.slot) and fact in _RUN) or is_default(effect, fact):
                continue
            if not planned_from and fact in FRESH and found == FRESH[fact]:
                continue  # the plan shows from which state of a new draft it sets a process going
            foreign = _last_change(evidence, effect, fact, since=0 if base is None else base.seq)
            if _means_the_same(fact, found, planned_from.get(fact)) or foreign is None:
                continue
            if foreign.author.who is not Who.OTHERS or (fact in MOVED_ON and asks_for(effect) & CARRYING):
                continue
            if count := _unavoidable(evidence, effect, fact, foreign):
                evidence.event_log.counts[count] += 1
                continue
            yield Violation(
                invariant=Invariant.EDITS,
                attempt=attempt.number,
                text=f"{effect.slot[1]}: request {effect.request.number} replaced {'/'.join(fact)} = {found!r}, put "
                f"there by foreign edit {foreign.author.number}; the plan was made from {planned_from.get(fact)!r}",
            )


def _unavoidable(evidence: Evidence, effect: Effect, fact: Fact, foreign: Version) -> str:
    """Return under which name an edit is counted that no client could have kept, empty for any other."""
    if _in_the_gap(evidence, effect, foreign):
        return "edits in the gap between look and write, where no version is sent"
    if fact[0].endswith(SECURED) and effect.after.get(fact) is not None:
        # The plan says that this secret is written, and no reading shows which one is there.
        return "edits of secrets that a planned one replaced"
    if is_deployment(effect.slot):
        if fact == ("~release",) and effect.request.verb is Verb.UPDATE and follows(effect.request):
            return "moves of a deployment that a planned one to newer code replaced"
        unnamed = fact[0].startswith((APPLICATIONS, GLOBAL)) and fact not in named_values(effect.request, effect.slot)
        if unnamed and evidence.settings.deployment_merge != "key":
            return "edits of values that a platform dropped because a request did not name them"
    if _was_removed(evidence, effect, fact, foreign):
        return "edits of elements that were removed before they were added again"
    if evidence.may_be_one(effect, fact[0]):
        return "edits of elements that the platform takes for another one that the manifest wants"
    if evidence.unseen(effect.slot, fact[0], effect.before):
        return "edits of fields that Origin does not return"
    if effect.before.get(fact) is None and evidence.shown_elsewhere(fact[0]):
        return "edits of documents whose addresses Origin rewrites"
    return ""


def _was_removed(evidence: Evidence, effect: Effect, fact: Fact, foreign: Version) -> bool:
    """Return whether an attempt has removed the element of an attribute since others changed it: that is judged."""
    element = fact[:-1]
    if not fact[-1].startswith("@") or element in effect.before:
        return False
    last = _last_change(evidence, effect, element, since=foreign.seq)
    return last is not None and last.author.who is Who.TRUEUP


def _means_the_same(fact: Fact, one: object, other: object) -> bool:
    """Compare as the manifest's own values are compared: others may only have spelled the same value anew."""
    form = FORMS.get(fact[0]) if len(fact) == 1 else ATTRIBUTE_FORMS.get(fact[-1].removeprefix("@"))
    return one == other or (form is not None and None not in (one, other) and means_the_same(form, one, other))


def _last_change(evidence: Evidence, effect: Effect, fact: Fact, *, since: int) -> Version | None:
    """Return the last version before a write that changed a fact of its document, after ``since``."""
    versions = evidence.versions(effect.slot)
    for index in range(effect.index - 1, -1, -1):
        version = versions[index]
        if version.seq <= since:
            return None
        earlier = versions[index - 1].of(effect.version.id) if index else {}
        if version.of(effect.version.id).get(fact) != earlier.get(fact):
            return version
    return None


def _in_the_gap(evidence: Evidence, effect: Effect, foreign: Version) -> bool:
    if effect.slot[0] != ORIGIN and effect.request.verb is not Verb.DELETE:
        return False
    attempt = evidence.attempt(effect.request.attempt)
    look = evidence.last_look(attempt, effect.slot, effect.request.sent)
    return look is not None and look.seq > attempt.planned and look.version < foreign.seq
