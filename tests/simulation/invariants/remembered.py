"""What is remembered must be true: of a field that is not returned, nothing is known that was not verified last."""

import unicodedata
from collections.abc import Sequence

from simulation.event_log import Attempt
from simulation.facts import NOTHING, Fact, Facts, changed
from simulation.history import Version, Who
from simulation.invariants.evidence import Evidence
from simulation.layout import COLLECTIONS, Json, at, listed
from simulation.places import Slot, is_deployment
from trueup.sandbox.settings import Settings


def is_remembered_wrongly(evidence: Evidence, attempt: Attempt, slot: Slot, path: str) -> bool:
    """Return whether an unreturned path is not as wanted, and the last to write it was trueup, or nothing was written.

    What others put there cannot be known, nor a request that outlived its sender and came after later ones. Elements
    that the manifest does not name do not count: without a base nothing is removed that is not returned.
    """
    if is_deployment(slot):
        return False  # only secrets are not returned, and nothing remembers whether they are set
    end = attempt.ends.get(slot, attempt.ended)
    versions = [version for version in evidence.versions(slot) if version.seq < end]
    facts = next(iter(versions[-1].visible.values()), NOTHING) if versions else NOTHING
    spec = attempt.specs[slot]
    taken = _by_wanted_keys(evidence, spec, facts)
    if path not in evidence.misses(attempt, slot, {a: taken[a] for a in taken if not _is_extra_of(spec, a, path)}):
        return False
    extra = {fact for fact in facts if _is_extra_of(spec, fact, path)}
    for index in range(len(versions) - 1, -1, -1):
        if any(_below(fact[0], path) for fact in _changed(versions, index) - extra):
            version = versions[index]
            return version.author.who is Who.TRUEUP and not _came_late(evidence, slot, version)
    return True


def _by_wanted_keys(evidence: Evidence, spec: Json, facts: Facts) -> Facts:
    """Return facts under the keys that the manifest names, where the platform takes both keys for the same one."""
    if evidence.settings.origin_key_comparison == "exact":
        return facts
    settings = evidence.settings
    renamed: dict[Fact, object] = {}
    for fact, value in facts.items():
        length = len(COLLECTIONS[fact[0]].key) if fact[0] in COLLECTIONS else 0
        key = fact[1 : 1 + length]
        same = next((name for name in _named(spec, fact[0]) if _folded(settings, name) == _folded(settings, key)), key)
        renamed[(fact[0], *same, *fact[1 + length :])] = value
    return renamed


def _folded(settings: Settings, key: tuple[str, ...]) -> tuple[str, ...]:
    if settings.origin_key_comparison == "case":
        return tuple(part.casefold() for part in key)
    return tuple(unicodedata.normalize("NFC", part) for part in key)


def _named(spec: Json, path: str) -> list[tuple[str, ...]]:
    """Return the keys of the elements that a manifest names in a collection, none for any other field."""
    listing = COLLECTIONS.get(path)
    if listing is None:
        return []
    return [tuple(str(at(element, name)) for name in listing.key) for element in listed(at(spec, path))]


def _is_extra_of(spec: Json, fact: Fact, path: str) -> bool:
    """Return whether a fact is of an element below a path that a manifest does not name."""
    listing = COLLECTIONS.get(fact[0])
    if listing is None or not _below(fact[0], path):
        return False
    return fact[1 : 1 + len(listing.key)] not in _named(spec, fact[0])


def _changed(versions: Sequence[Version], index: int) -> set[Fact]:
    version = versions[index]
    before = versions[index - 1].of(version.id) if index else NOTHING
    return set(changed(before, version.of(version.id)))


def _below(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")


def _came_late(evidence: Evidence, slot: Slot, version: Version) -> bool:
    sent = evidence.event_log.requests[version.author.number - 1]
    return any(
        later.verb.writes and slot in later.slots and later.sent < version.seq
        for later in evidence.event_log.requests[sent.number :]
    )
