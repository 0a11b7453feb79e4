"""Indexes over a finished run, for the invariants."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from simulation.claims import Claim, claims_of_actions, claims_of_certification, claims_of_drafts, covers
from simulation.deployment_claims import claims_of_deployment, claims_of_plan, covers_deployment
from simulation.event_log import Attempt, Look, Sent, Verb
from simulation.expectations import certification_misses, connector_misses, deployment_misses, process_misses
from simulation.facts import NOTHING, Fact, Facts, changed
from simulation.history import Version, Who
from simulation.layout import COLLECTIONS, SECURED, STANDARD, Json, at, listed
from simulation.places import CONNECT, Slot, is_deployment
from simulation.run import FinishedRun
from trueup.diff.findings import MAY_BE_ONE
from trueup.model.action import Action, Rollout
from trueup.model.manifest import State
from trueup.plan.fallbacks import RECALLED, UNOBSERVED
from trueup.sandbox.settings import Settings

DOCUMENTS: Final = "additionalsDocuments"
REFUSALS: Final = range(400, 500)


class Invariant(StrEnum):
    """What must never happen, in the words of the table."""

    EDITS = "foreign edits lost"
    CREATES = "duplicate creates"
    SHOWN = "actions sent that no plan showed"
    CONTENT = "content published that no plan was made from"
    CONVERGENCE = "runs that did not converge"
    OUTCOMES = "outcomes reported wrongly"
    JOURNAL = "journal wrong"
    PROTECTED = "protected resources deleted"
    REPLACED = "resources changed that were created anew"
    STOPS = "work begun after a signal"
    OUTAGES = "too many requests to a server that is down"
    ROLLOUTS = "rollouts twice or for nothing"
    ORDER = "deployments and connectors in a wrong order"
    SECRETS = "secrets sent that are not the wanted ones"
    KEPT = "secrets lost or never written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken invariant: in which attempt, and how."""

    invariant: Invariant
    attempt: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one write of trueup did to one document: from ``before`` to ``version``."""

    request: Sent
    slot: Slot
    index: int
    before: Facts
    version: Version

    @property
    def after(self) -> Facts:
        """Return the document after the write; a deployment is being removed then."""
        if self.request.verb is Verb.DELETE:
            return NOTHING
        return self.version.documents.get(self.version.id, NOTHING)


class Evidence:
    """A run with the indexes that the invariants need."""

    def __init__(self, finished: FinishedRun) -> None:
        self.finished = finished
        self.scenario, self.world, self.event_log = finished.scenario, finished.world, finished.event_log
        self.history = finished.world.history
        self.settings = finished.world.sandbox.settings
        self._looks: defaultdict[tuple[int, Slot], list[Look]] = defaultdict(list)
        for look in self.event_log.looks:
            self._looks[look.attempt, look.slot].append(look)
        self.effects = tuple(self._effects())

    def attempt(self, number: int) -> Attempt:
        """Return an attempt by its number."""
        return self.event_log.attempts[number - 1]

    def versions(self, slot: Slot) -> list[Version]:
        """Return all versions of a slot."""
        return self.history.versions.get(slot, [])

    def last_look(self, attempt: Attempt, slot: Slot, before: int) -> Look | None:
        """Return what an attempt was shown of a slot last before a moment."""
        return next((look for look in reversed(self._looks[attempt.number, slot]) if look.seq < before), None)

    def looks_since(self, attempt: Attempt, slot: Slot, after: int) -> list[Look]:
        """Return what an attempt was shown of a slot after a moment."""
        return [look for look in self._looks[attempt.number, slot] if look.seq > after]

    def shown_by(self, slot: Slot, look: Look) -> Mapping[str, Facts]:
        """Return the documents that a look showed: those without the name of the slot only where there is no other."""
        version = self.shown(slot, look)
        return {} if version is None else version.visible or version.documents

    def base(self, attempt: Attempt, slot: Slot) -> Look | None:
        """Return the look that the plan of an attempt rests on; of a saved plan, in the attempt that saved it."""
        reader = self.attempt(attempt.rests_on) if attempt.rests_on else attempt
        return self.last_look(reader, slot, reader.planned)

    def seen_alone(self, attempt: Attempt, slot: Slot) -> frozenset[str]:
        """Return the ids of the documents that an attempt was shown in a slot as the only one there."""
        versions = [self.shown(slot, look) for look in self._looks[attempt.number, slot]]
        alone = [version.documents for version in versions if version is not None and len(version.documents) == 1]
        return frozenset(id_ for documents in alone for id_ in documents)

    def shown(self, slot: Slot, look: Look | None) -> Version | None:
        """Return the version that a look showed, None when it showed nothing."""
        if look is None or not look.version:
            return None
        return next(version for version in self.versions(slot) if version.seq == look.version)

    def planned_from(self, attempt: Attempt, slot: Slot) -> Version | None:
        """Return the version that the plan of an attempt was made from, None when that plan found nothing there."""
        version = self.shown(slot, self.base(attempt, slot))
        # A draft without a key is listed, and is not the one that a manifest names.
        return None if version is None or version.documents.keys() <= set(version.nameless) else version

    def writes(self, attempt: Attempt, slot: Slot | None = None) -> list[Sent]:
        """Return the writes of an attempt, to one slot or to all."""
        return [
            sent
            for sent in self.event_log.requests
            if sent.attempt == attempt.number and sent.verb.writes and (slot is None or slot in sent.slots)
        ]

    def guarded(self, slot: Slot) -> bool:
        """Return whether the base protected the resource of a slot, or may have."""
        moved_base = self.scenario.disruptions.moved_base
        return moved_base is not None and moved_base.guarded(list(self.scenario.specs).index(slot))

    def misses(self, attempt: Attempt, slot: Slot, facts: Facts) -> list[str]:
        """Return the managed paths and parts of the lifecycle that are not as the manifest of an attempt wants."""
        manifest, spec = attempt.manifests[slot], attempt.specs[slot]
        if is_tombstone(attempt, slot):
            return ["existence"] if facts else []
        if slot[0] == CONNECT:
            return [*connector_misses(spec, facts), *process_misses(manifest.lifecycle, facts)]
        if is_deployment(slot):
            behind = manifest.lifecycle.follow and bool(facts) and self._is_behind(attempt, slot, facts)
            missed = list(deployment_misses(spec, facts))
            # Without the key, the id says which connector it is.
            if facts and facts[("connector.key",)] is None and self._is_source(attempt, slot, facts):
                missed = [path for path in missed if path != "connector.key"]
            return [*missed, *(["release"] if behind else [])]
        return list(certification_misses(spec, facts, manifest.locale or "en"))

    def source(self, attempt: Attempt, slot: Slot) -> Slot:
        """Return the slot of the connector of which a manifest wants a deployment."""
        reference = attempt.specs[slot]["connector"]
        return self.history.slot_of(CONNECT, str(reference.get("key") or reference["id"]))

    def _is_source(self, attempt: Attempt, slot: Slot, facts: Facts) -> bool:
        """Return whether a deployment is made of the connector that a manifest names."""
        return self.history.slot_of(CONNECT, str(facts[("connector.id",)])) == self.source(attempt, slot)

    def offered(self, facts: Facts, *, since: int, until: int) -> list[object]:
        """Return what the connector of a deployment offered at some time between two moments, None for nothing.

        That is its published release or, to a preview, the tag of its draft.
        """
        slot = self.history.slot_of(CONNECT, str(facts[("connector.id",)]))
        versions = [version for version in self.versions(slot) if version.seq <= until]
        later = [version for version in versions if version.seq > since]
        fact = ("repository.tag",) if facts[("connector.staged",)] else ("~release",)
        there = [*versions[: len(versions) - len(later)][-1:], *later]
        return [version.documents.get(str(facts[("connector.id",)]), NOTHING).get(fact) for version in there]

    def _is_behind(self, attempt: Attempt, slot: Slot, facts: Facts) -> bool:
        """Return whether a deployment runs no code that its connector offered while an attempt was concerned with it.

        The connector may have changed since it was last read.
        """
        base = self.base(attempt, slot)
        since, planned = 0 if base is None else base.seq, attempt.shown(slot)
        # Only a plan that moves it rests on what the connector offers when the work begins.
        if planned is not None and any(
            isinstance(step.action, Rollout) and step.action.follow for step in planned.actions
        ):
            since = attempt.begun.get(slot, since)
        # A plan reckons with what the same run makes of the connector afterwards.
        offers = self.offered(facts, since=since, until=attempt.ended)
        release = facts[("~release",)]
        assert isinstance(release, tuple)
        running = release[0] if facts[("connector.staged",)] else release
        # The plan of a deployment rests on what that of the connector would make of its draft, even if that fails.
        source = attempt.specs.get(self.source(attempt, slot)) or {}
        planned_tag = at(source, "repository.tag") if facts[("connector.staged",)] else None
        return running not in offers and None not in offers and running != planned_tag

    def unseen(self, slot: Slot, path: str, facts: Facts) -> bool:
        """Return whether the platform does not return a path of these facts: it leaves it out always, or when empty.

        To Connect, a field that is left out is empty, except for secrets and defaults of a deployment.
        """
        if is_deployment(slot):
            masked = path.endswith(SECURED) and self.settings.deployment_mask == "omit-key"
            # Older answers have no type, and what never changes is then not compared.
            fixed = path == "type" and self.settings.deployment_old_shape
            return masked or fixed or (path.endswith(STANDARD) and not self.settings.deployment_defaults_shown)
        if slot[0] == CONNECT:
            return False
        names = self.settings.origin_omitted_fields
        if any(path == left_out or path.startswith(f"{left_out}.") for left_out in names):
            return True
        return self.settings.origin_unset == "omit" and not any(_below(fact[0], path) for fact in facts)

    def may_be_one(self, effect: Effect, path: str) -> bool:
        """Return whether the manifest of a write wants two elements that the platform treats as one."""
        spec = self.attempt(effect.request.attempt).specs[effect.slot]
        return self.settings.origin_key_comparison == "case" and path in COLLECTIONS and _may_be_one(path, spec)

    def is_refused_and_hidden(self, effect: Effect) -> bool:
        """Return whether a write was called refused, and no reading shows anything of what it did."""
        request = effect.request
        refused = request.status in REFUSALS and isinstance(request.answer, dict)
        return refused and all(
            self.unseen(effect.slot, fact[0], facts)
            for fact in self.changed(effect)
            for facts in (effect.before, effect.after)
        )

    def may_be_taken_for_ours(self, slot: Slot, path: str) -> bool:
        """Return whether others created what is in a slot while a creation of ours was lost, with alike addresses.

        The addresses are then taken for the platform's form of those that were sent.
        """
        created = next((version for version in self.versions(slot) if version.documents), None)
        lost = any(sent.verb is Verb.CREATE and slot in sent.slots for sent in self.event_log.requests)
        return path == DOCUMENTS and lost and created is not None and created.author.who is Who.OTHERS

    def shown_elsewhere(self, path: str) -> bool:
        """Return whether the platform shows other addresses than those of the documents that it has.

        A plan never sees such a document under the address that was sent, so that adding it is planned from "not
        there", whether or not it is.
        """
        return self.settings.origin_document_urls == "rehosted" and path == DOCUMENTS

    def nameless(self, attempt: Attempt) -> list[Facts]:
        """Return the drafts without a key that the plan of an attempt was shown: a listing shows them all."""
        shown = [self.shown(slot, self.base(attempt, slot)) for slot in self.history.versions if slot[0] == CONNECT]
        return [version.documents[id_] for version in shown if version is not None for id_ in sorted(version.nameless)]

    def may_have_lost_its_key(self, attempt: Attempt, slot: Slot) -> bool:
        """Return whether a plan was shown a draft without a key that looks as the manifest of this slot wants it.

        A plan that deletes knows what the base wanted, too, which is the same here.
        """
        return slot[0] == CONNECT and any(is_twin(attempt.specs[slot], facts) for facts in self.nameless(attempt))

    def _effects(self) -> Iterator[Effect]:
        for slot, versions in self.history.versions.items():
            for index, version in enumerate(versions):
                if version.author.who is Who.TRUEUP:
                    before = versions[index - 1].documents.get(version.id, NOTHING) if index else NOTHING
                    request = self.event_log.requests[version.author.number - 1]
                    yield Effect(request=request, slot=slot, index=index, before=before, version=version)

    def changed(self, effect: Effect) -> list[tuple[str, ...]]:
        """Return the facts that a write really changed, in a fixed order."""
        return sorted(changed(effect.before, effect.after))


def is_tombstone(attempt: Attempt, slot: Slot) -> bool:
    """Return whether the manifest of an attempt wants what is in a slot to be deleted."""
    return attempt.manifests[slot].lifecycle.state is State.ABSENT


def is_default(effect: Effect, fact: Fact) -> bool:
    """Return whether a fact may be a default: every rollout gives one to a key of the contract without a value.

    A value that a request names is looked up in the plan.
    """
    return is_deployment(effect.slot) and fact[0].endswith(STANDARD) and effect.before.get(fact) is None


def is_twin(body: Json, nameless: Facts) -> bool:
    """Return whether a draft without a key may be what a body or a spec would create: by name or repository."""
    names = ("name", "repository.url")
    return any(at(body, name) and at(body, name) == nameless.get((name,)) for name in names)


def told(attempt: Attempt, slot: Slot) -> frozenset[str]:
    """Return the managed paths of which the plan of an attempt says that nothing is known of them.

    What it says to remember must be so, as far as trueup is concerned. That two elements may be one must be possible.
    Nothing else excuses what is called done and is not as wanted: a process that has to wait is deferred.
    """
    planned = attempt.shown(slot)
    found = [p.finding for p in planned.findings] if planned is not None else []
    unknown = {finding.path for finding in found if finding.code in UNOBSERVED - RECALLED - {MAY_BE_ONE}}
    one = {finding.path for finding in found if finding.code == MAY_BE_ONE}
    return frozenset(unknown | {path for path in one if _may_be_one(path, attempt.specs[slot])})


def _may_be_one(path: str, spec: Json) -> bool:
    """Return whether a manifest names two keys that a platform may treat as one: by case, or by the standard alone."""
    names = COLLECTIONS[path].key
    firsts = [str(at(element, names[0])).casefold() for element in listed(at(spec, path))]
    return len(set(firsts)) < len(firsts)


def _below(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")


def claims_of_actions_on(slot: Slot, actions: Iterable[Action]) -> set[Claim]:
    """Return what planned actions claim for one slot."""
    return set((claims_of_plan if is_deployment(slot) else claims_of_actions)(actions))


def is_covered(action: Action, slot: Slot, fact: Fact, settings: Settings) -> bool:
    """Return whether an action is about a fact of a slot, on a platform with these switches."""
    return (covers_deployment if is_deployment(slot) else covers)(action, fact, settings)


def claims_of(sent: Sent, slot: Slot) -> list[Claim]:
    """Return what a write claims for one slot."""
    if sent.verb is Verb.DELETE:
        return [("delete", "", "")]
    create = sent.verb is Verb.CREATE
    if is_deployment(slot):
        return list(claims_of_deployment(sent.body, create=create))
    if slot[0] == CONNECT:
        return list(claims_of_drafts(sent.body, create=create))
    return list(claims_of_certification(_item_of(sent, slot), create=create))


def _item_of(sent: Sent, slot: Slot) -> Json:
    items = sent.body["certifications"]
    return items[sent.slots.index(slot)]


def named_values(sent: Sent, slot: Slot) -> set[Fact]:
    """Return the values of a deployment that a write names."""
    return {(claim[1], *claim[2]) for claim in claims_of(sent, slot) if claim[0] == "value"}
