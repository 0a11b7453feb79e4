"""What is remembered must be true: of a field that is not returned, nothing is known that was not verified last."""

from collections.abc import Sequence

from benchmarks.campaign.atoms import NOTHING, Atom, changed
from benchmarks.campaign.history import Slot, Version, Who
from benchmarks.campaign.judges.evidence import Evidence
from benchmarks.campaign.layout import COLLECTIONS, Json, at, listed
from benchmarks.campaign.ledger import Life


def remembered_wrongly(evidence: Evidence, life: Life, slot: Slot, path: str) -> bool:
    """Say whether a path that is not returned is not as wanted, and trueup put that there, or nobody since the start.

    What others put there cannot be known, nor a request that outlived its sender and came after later ones. Elements
    that the manifest does not name do not count: without a base nothing is removed that is not returned.
    """
    end = life.ends.get(slot, life.ended)
    versions = [version for version in evidence.versions(slot) if version.seq < end]
    atoms = next(iter(versions[-1].visible.values()), NOTHING) if versions else NOTHING
    extra = {atom for atom in atoms if _below(atom[0], path) and _is_extra(life.specs[slot], atom)}
    if path not in evidence.misses(life, slot, {atom: atoms[atom] for atom in atoms if atom not in extra}):
        return False
    for index in range(len(versions) - 1, -1, -1):
        if any(_below(atom[0], path) for atom in _changed(versions, index) - extra):
            version = versions[index]
            return version.author.who is Who.TRUEUP and not _came_late(evidence, slot, version)
    return True


def _is_extra(spec: Json, atom: Atom) -> bool:
    """Say whether an atom is of an element that a manifest does not name."""
    listing = COLLECTIONS.get(atom[0])
    if listing is None:
        return False
    named = {tuple(str(at(element, name)) for name in listing.key) for element in listed(at(spec, atom[0]))}
    return atom[1 : 1 + len(listing.key)] not in named


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
