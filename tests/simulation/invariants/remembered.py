"""What is remembered must be true: of a field that is not returned, nothing is known that was not verified last."""

import unicodedata
from collections.abc import Sequence

from benchmarks.campaign.atoms import NOTHING, Atom, Atoms, changed
from benchmarks.campaign.history import Slot, Version, Who
from benchmarks.campaign.judges.evidence import Evidence
from benchmarks.campaign.layout import COLLECTIONS, Json, at, listed
from benchmarks.campaign.ledger import Life
from trueup.sandbox.settings import Settings


def remembered_wrongly(evidence: Evidence, life: Life, slot: Slot, path: str) -> bool:
    """Say whether a path that is not returned is not as wanted, and trueup put that there, or nobody since the start.

    What others put there cannot be known, nor a request that outlived its sender and came after later ones. Elements
    that the manifest does not name do not count: without a base nothing is removed that is not returned.
    """
    end = life.ends.get(slot, life.ended)
    versions = [version for version in evidence.versions(slot) if version.seq < end]
    atoms = next(iter(versions[-1].visible.values()), NOTHING) if versions else NOTHING
    spec = life.specs[slot]
    taken = _by_wanted_keys(evidence, spec, atoms)
    if path not in evidence.misses(life, slot, {a: taken[a] for a in taken if not _is_extra_of(spec, a, path)}):
        return False
    extra = {atom for atom in atoms if _is_extra_of(spec, atom, path)}
    for index in range(len(versions) - 1, -1, -1):
        if any(_below(atom[0], path) for atom in _changed(versions, index) - extra):
            version = versions[index]
            return version.author.who is Who.TRUEUP and not _came_late(evidence, slot, version)
    return True


def _by_wanted_keys(evidence: Evidence, spec: Json, atoms: Atoms) -> Atoms:
    """Return atoms under the keys that the manifest names, where the platform takes both keys for the same one."""
    if evidence.settings.origin_key_comparison == "exact":
        return atoms
    settings = evidence.settings
    renamed: dict[Atom, object] = {}
    for atom, value in atoms.items():
        length = len(COLLECTIONS[atom[0]].key) if atom[0] in COLLECTIONS else 0
        key = atom[1 : 1 + length]
        same = next((name for name in _named(spec, atom[0]) if _folded(settings, name) == _folded(settings, key)), key)
        renamed[(atom[0], *same, *atom[1 + length :])] = value
    return renamed


def _folded(settings: Settings, key: tuple[str, ...]) -> tuple[str, ...]:
    if settings.origin_key_comparison == "case":
        return tuple(part.casefold() for part in key)
    return tuple(unicodedata.normalize("NFC", part) for part in key)


def _named(spec: Json, path: str) -> set[tuple[str, ...]]:
    """Return the keys of the elements that a manifest names in a collection, none for any other field."""
    listing = COLLECTIONS.get(path)
    if listing is None:
        return set()
    return {tuple(str(at(element, name)) for name in listing.key) for element in listed(at(spec, path))}


def _is_extra_of(spec: Json, atom: Atom, path: str) -> bool:
    """Return whether an atom is of an element below a path that a manifest does not name."""
    listing = COLLECTIONS.get(atom[0])
    if listing is None or not _below(atom[0], path):
        return False
    return atom[1 : 1 + len(listing.key)] not in _named(spec, atom[0])


def _changed(versions: Sequence[Version], index: int) -> set[Atom]:
    version = versions[index]
    before = versions[index - 1].of(version.id) if index else NOTHING
    return set(changed(before, version.of(version.id)))


def _below(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")


def _came_late(evidence: Evidence, slot: Slot, version: Version) -> bool:
    sent = evidence.ledger.requests[version.author.number - 1]
    return any(
        later.verb.writes and slot in later.slots and later.sent < version.seq
        for later in evidence.ledger.requests[sent.number :]
    )
