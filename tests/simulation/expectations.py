"""Compare what a manifest wants with what is stored, apart from trueup's own comparison.

Only what the manifest names counts. Numbers are compared as numbers, dates by day unless both carry a time, sets
without order, collections by key.
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from benchmarks.campaign.atoms import Atoms, is_translated
from benchmarks.campaign.layout import (
    ATTRIBUTE_FORMS,
    CERTIFICATION_SCALARS,
    COLLECTIONS,
    CONNECTOR_SCALARS,
    CONNECTOR_SETS,
    REPORTING_BODY,
    Form,
    Json,
    Listing,
    at,
    listed,
)
from trueup.model.manifest import LifecycleSpec, PublishTo

CERTIFYING: Final = frozenset({"ReadyForCertification", "InCertification"})

_TIME: Final = re.compile(r"[Tt ]")
_ZONE: Final = re.compile(r"(Z|z|[+-]\d\d:?\d\d)$")
_MISSING: Final = object()


def connector_misses(spec: Json, atoms: Atoms) -> Iterator[str]:
    """Yield the managed paths of a connector that are not as wanted."""
    yield from _scalars(CONNECTOR_SCALARS, spec, atoms)
    for path in CONNECTOR_SETS:
        wanted = _node(spec, path)
        if wanted is not _MISSING and frozenset(listed(wanted)) != _members(path, atoms):
            yield path


def certification_misses(spec: Json, atoms: Atoms, locale: str) -> Iterator[str]:
    """Yield the managed paths of a certification that are not as wanted, texts in ``locale``."""
    yield from _scalars(CERTIFICATION_SCALARS, spec, atoms)
    chosen = [path for path in REPORTING_BODY if _node(spec, path) is not _MISSING]
    if chosen and any(path not in chosen and (path,) in atoms for path in REPORTING_BODY):
        yield "reportingBody"
    for path, listing in COLLECTIONS.items():
        wanted = _node(spec, path)
        if wanted is not _MISSING and not _same_elements(path, listing, listed(wanted), atoms, locale):
            yield path


def process_misses(wanted: LifecycleSpec, atoms: Atoms) -> Iterator[str]:
    """Yield what of a manifest's lifecycle is not reached; in certification is as far as anybody but people gets."""
    certifying, public = atoms.get(("~status",)) in CERTIFYING, atoms.get(("~private",)) is False
    certified = certifying or (_is_out(atoms) and public)
    if wanted.previewable and atoms.get(("~isPreviewable",)) != "true":
        yield "previewable"
    if wanted.publish is PublishTo.PRIVATE and (public or not _is_out(atoms)):
        yield "publish"
    if wanted.publish is PublishTo.CERTIFIED and not certified:
        yield "publish"
    if wanted.listed is False and public and atoms.get(("~alreadyListed",)):
        # What is private is in no listing, whatever the flag says.
        yield "listed"
    if wanted.publish is not PublishTo.NONE and not certifying:
        # Comments belong to a certification; they wait for the next publish.
        return
    comments = Counter(atom[1] for atom in atoms if atom[0] == "~comment")
    if Counter(wanted.certification_comments) - comments:
        yield "certificationComments"


def _is_out(atoms: Atoms) -> bool:
    status = atoms.get(("~status",))
    return status == "Published" or (status != "Failed" and bool(atoms.get(("~alreadyListed",))))


def manages(spec: Json, path: str) -> bool:
    """Say whether a manifest with this spec says anything about a path."""
    return _node(spec, path) is not _MISSING


def means_the_same(form: Form, one: object, other: object) -> bool:
    """Say whether two values of a field mean the same."""
    left, right = _text(one), _text(other)
    if left == right:
        return True
    match form:
        case Form.TEXT:
            return False
        case Form.TRUTH:
            return left.lower() == right.lower()
        case Form.NUMBER:
            return _number(left) == _number(right) is not None
        case Form.DATE:
            return _same_date(left, right)


def _scalars(forms: dict[str, Form], spec: Json, atoms: Atoms) -> Iterator[str]:
    for path, form in forms.items():
        wanted = _node(spec, path)
        if wanted is not _MISSING and not means_the_same(form, wanted, atoms.get((path,), "")):
            yield path


def _members(path: str, atoms: Atoms) -> frozenset[str]:
    whole = atoms.get((path,))
    if isinstance(whole, frozenset):
        return whole
    return frozenset(atom[1] for atom in atoms if atom[0] == path)


def _same_elements(path: str, listing: Listing, wanted: list[Json], atoms: Atoms, locale: str) -> bool:
    size = 1 + len(listing.key)
    have = {atom for atom in atoms if atom[0] == path and len(atom) == size}
    named = _named(path, listing, wanted)
    return have == named.keys() and all(
        means_the_same(
            ATTRIBUTE_FORMS.get(name, Form.TEXT),
            element[name],
            _attribute(atoms.get((*key, f"@{name}"), ""), key, locale),
        )
        for key, element in named.items()
        for name in listing.attributes
        if name in element
    )


def _named(path: str, listing: Listing, wanted: list[Json]) -> dict[tuple[str, ...], Json]:
    return {(path, *(str(at(element, name)) for name in listing.key)): element for element in wanted}


def _attribute(value: object, key: tuple[str, ...], locale: str) -> object:
    if not isinstance(value, tuple) or not is_translated(key[0], key[1:]):
        return value
    texts = dict(value)
    return texts.get(locale, texts.get("en", value[0][1]))


def _node(spec: Json, path: str) -> Json:
    for name in path.split("."):
        if not isinstance(spec, dict) or name not in spec:
            return _MISSING
        spec = spec[name]
    return spec


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _same_date(left: str, right: str) -> bool:
    if left[:10] != right[:10] or not left or not right:
        return False
    one, other = left[11:], right[11:]
    if not (_TIME.search(left) and _TIME.search(right)):
        return True
    zones = [found[0] if (found := _ZONE.search(text)) else "" for text in (one, other)]
    clocks = [_ZONE.sub("", text) for text in (one, other)]
    padded = [clock if len(clock) > len("00:00") else f"{clock}:00" for clock in clocks]
    return padded[0] == padded[1] and (zones[0] == zones[1] or "" in zones)
