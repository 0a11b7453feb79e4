"""Take a stored document apart into the smallest things that can be changed on their own.

``("name",)`` is a scalar, ``("privateProjects", MEMBER)`` a member, ``("brands", KEY...)`` an element, and
``("brands", KEY..., "@website")`` an attribute of one. What a draft's processes move begins with a tilde:
``("~status",)``, ``("~comment", TEXT, NUMBER)``. What is unset has no atom.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from benchmarks.campaign.layout import (
    CERTIFICATION_SCALARS,
    COLLECTIONS,
    CONNECTOR_SCALARS,
    CONNECTOR_SETS,
    TRANSLATED,
    Json,
    Listing,
    at,
    listed,
)

Atom = tuple[str, ...]
Atoms = Mapping[Atom, object]

PROCESSES: Final = ("status", "isPreviewable", "alreadyListed", "private", "hasChanges")

WHOLE_SETS: Final = ("integrationTypes", "supportedRegions")
"""Sets that only change as a whole, so that a set is one atom."""

NOTHING: Final[Atoms] = {}


def connector_atoms(draft: Json) -> Atoms:
    """Return the atoms of a stored draft."""
    atoms: dict[Atom, object] = {}
    for path in CONNECTOR_SCALARS:
        _keep(atoms, (path,), at(draft, path))
    for path in CONNECTOR_SETS:
        members = frozenset(listed(at(draft, path)))
        if path in WHOLE_SETS:
            _keep(atoms, (path,), members)
        else:
            atoms.update({(path, member): True for member in members})
    for name in PROCESSES:
        atoms[(f"~{name}",)] = draft[name]
    for number, entry in enumerate(draft["certificationInfo"]["comments"]):
        atoms[("~comment", entry["comment"], str(number))] = True
    return atoms


def certification_atoms(certification: Json) -> Atoms:
    """Return the atoms of a stored certification; a translated text is the mapping of languages to texts."""
    atoms: dict[Atom, object] = {}
    for path in CERTIFICATION_SCALARS:
        _keep(atoms, (path,), at(certification, path))
    for path, listing in COLLECTIONS.items():
        for element in listed(at(certification, path)):
            _add_element(atoms, path, listing, element)
    return atoms


def _add_element(atoms: dict[Atom, object], path: str, listing: Listing, element: Json) -> None:
    key = tuple(str(at(element, name) or "") for name in listing.key)
    atoms[(path, *key)] = True
    for name in listing.attributes:
        value = _value(path, key, name, element)
        atom = (path, *key, f"@{name}")
        if atom in atoms and atoms[atom] != value:
            value = f"{atoms[atom]} and {value}"  # several elements of one key, where a switch allows that
        _keep(atoms, atom, value)


def _value(path: str, key: Atom, name: str, element: Json) -> object:
    texts = element.get("translations")
    if name != "value" or not texts or not is_translated(path, key):
        return at(element, name)
    own = {element.get("locale", "en"): element[name]} if element.get(name) else {}
    return tuple(sorted({**own, **texts}.items()))


def is_translated(path: str, key: Atom) -> bool:
    """Say whether the value of this element is kept by language."""
    return any(path == where and only in (None, key[0]) for where, only in TRANSLATED)


def _keep(atoms: dict[Atom, object], atom: Atom, value: object) -> None:
    if value not in (None, "", frozenset()):
        atoms[atom] = value


def changed(before: Atoms, after: Atoms) -> Iterator[Atom]:
    """Yield the atoms that differ."""
    for atom in before.keys() | after.keys():
        if before.get(atom) != after.get(atom):
            yield atom
