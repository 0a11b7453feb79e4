"""Draw certifications: what a manifest wants, what is live, and what others change."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Final

from simulation import vocabulary
from simulation.layout import COLLECTIONS, REPORTING_BODY, Json, Listing, at, listed, put
from simulation.random_streams import Chance

_SCALARS: Final = {
    "certificateNumber": ("ABC-1", "ABC-2", "0815"),
    "url": vocabulary.URLS,
    "issueDate": vocabulary.DATES,
    "expiryDate": vocabulary.DATES,
    "standard.code": vocabulary.STANDARDS,
    "voc.content.containsAddedMCPCE": vocabulary.TRUTHS,
    "voc.emission.densityMin": vocabulary.NUMBERS,
    "voc.emission.densityMax": vocabulary.NUMBERS,
}
_KEYS: Final = {
    "originalUrl": vocabulary.URLS,
    "externalId": ("C1", "C2", "C3"),
    "code": vocabulary.STANDARDS,
    "standard.code": vocabulary.STANDARDS,
    "productTypeCode": vocabulary.PRODUCTS,
    "CAS": vocabulary.COMPOUNDS,
    "name": vocabulary.COMPANIES,
}
_ATTRIBUTES: Final = {
    "website": vocabulary.WEBSITES,
    "type": vocabulary.CONTACT_TYPES,
    "companyName": vocabulary.COMPANIES,
    "name": vocabulary.NAMES,
    "postalAddress": vocabulary.SENTENCES,
    "phone": ("1-999-1", "1-999-2"),
    "email": vocabulary.EMAILS,
    "value": ("1200C", "1500C"),
    "percentByWeight": vocabulary.NUMBERS,
}
_REQUIRED: Final = ("value", "percentByWeight")
_LIMIT: Final = "voc.content.densityLimitGL"
_COMPLIANCES: Final = "voc.content.regulatoryStandardCompliances"
_CHANNELS: Final = "channels"

Keys = tuple[str, ...]


def draw_spec(chance: Chance) -> dict[str, Json]:
    """Draw what a manifest wants, by the rules that the manifest check holds it to."""
    spec: dict[str, Json] = {}
    put(spec, "standard.code", chance.choice(vocabulary.STANDARDS))
    put(spec, chance.choice(REPORTING_BODY), "")
    spec["reportingBody"] = _body(chance)
    for path, values in _SCALARS.items():
        if chance.happens(0.8 if path == "url" else 0.3):
            put(spec, path, chance.choice(values))
    for path in COLLECTIONS:
        if chance.happens(0.3):
            put(spec, path, _elements(chance, path, wanted=True))
    if at(spec, _COMPLIANCES) and chance.happens(0.5):
        put(spec, _LIMIT, chance.choice(vocabulary.NUMBERS))
    if chance.happens(0.04):
        put(spec, chance.choice(("certificateNumber", "issueDate")), "")
    if chance.happens(0.1):
        for needed in chance.some(("standard", "reportingBody")):
            del spec[needed]
    return spec or {"certificateNumber": "ABC-1"}


def draw_live(chance: Chance, external_id: str, spec: Json) -> dict[str, Json]:
    """Draw a certification that is near to what is wanted, in the texts that the platform keeps."""
    live: dict[str, Json] = {"externalId": external_id, "reportingBody": text_of(_body(chance))}
    for path, values in (*_SCALARS.items(), (_LIMIT, vocabulary.NUMBERS)):
        wanted = at(spec, path)
        if wanted not in (None, "") and chance.happens(0.6):
            put(live, path, text_of(wanted))
        elif path != _LIMIT and (path in ("standard.code", "url") or chance.happens(0.4)):
            put(live, path, text_of(chance.choice(values)))
    for path in COLLECTIONS:
        wanted = listed(at(spec, path))
        if chance.happens(0.6):
            put(live, path, text_of(_near(chance, path, wanted)))
    if at(live, _LIMIT) and not at(live, _COMPLIANCES):
        put(live, _COMPLIANCES, text_of(_elements(chance, _COMPLIANCES, least=1)))
    if at(spec, "reportingBody") and chance.happens(0.7):
        live["reportingBody"] = text_of(spec["reportingBody"])
    return live


def draw_change(chance: Chance, live: Json, spec: Json, aims: Sequence[str]) -> tuple[str, dict[str, Json]]:
    """Draw a change by another user, one of ``aims`` if there are any: the kind of change, and values by path."""
    path = chance.choice(aims) if aims else chance.choice((*_SCALARS, *COLLECTIONS, "reportingBody"))
    wanted = at(spec, path)
    if path == "reportingBody":
        return "changed a field", {path: text_of(_body(chance))}
    if wanted not in (None, "") and chance.happens(0.2):
        return "did what was planned", {path: text_of(wanted)}
    if path in COLLECTIONS:
        return _change_collection(chance, path, live)
    if path not in ("standard.code", "url") and at(live, path) is not None and chance.happens(0.2):
        return "unset a field", {path: None}
    return "changed a field", {path: text_of(chance.choice(_SCALARS.get(path, vocabulary.NUMBERS)))}


def as_kept(document: Mapping[str, Json], comparison: str) -> dict[str, Json]:
    """Return what of a certification, or of changes by path, a platform keeps that compares keys like this.

    Of elements whose keys differ in case alone, one that does not distinguish case has only the last.
    """
    kept = deepcopy(dict(document))
    for path in COLLECTIONS if comparison == "case" else ():
        elements = listed(kept[path] if path in kept else at(kept, path))
        single = list(
            {tuple(part.casefold() for part in _key(path, element)): element for element in elements}.values()
        )
        if path in kept:
            kept[path] = single
        elif elements:
            put(kept, path, single)
    return kept


def text_of(value: Json) -> Json:
    """Return the same with every value as the text that Origin keeps."""
    match value:
        case dict():
            return {name: text_of(inner) for name, inner in value.items()}
        case list():
            return [text_of(inner) for inner in value]
        case bool():
            return str(value).lower()
        case None:
            return None
        case _:
            return str(value)


def _body(chance: Chance) -> dict[str, Json]:
    return {"name": chance.choice(vocabulary.BODIES)} if chance.happens(0.7) else {"selfReported": "TRUE"}


def _elements(chance: Chance, path: str, *, least: int = 0, wanted: bool = False) -> list[Json]:
    listing = COLLECTIONS[path]
    if path == _CHANNELS:
        return [{"name": "ORIGIN"}] if least or chance.happens(0.7) else []
    at_least = least or (0 if chance.happens(0.2) else 1)
    return [_element(chance, listing, key, wanted=wanted) for key in _keys(chance, listing, at_least)]


def _keys(chance: Chance, listing: Listing, least: int) -> list[Keys]:
    first, *others = listing.key
    return [
        (name, *(chance.choice(_KEYS[other]) for other in others))
        for name in chance.some(_KEYS[first], least=least, most=2)
    ]


def _element(chance: Chance, listing: Listing, key: Keys, *, wanted: bool) -> dict[str, Json]:
    element: dict[str, Json] = {}
    for path, value in zip(listing.key, key, strict=True):
        put(element, path, value)
    for name in listing.attributes:
        required = name in _REQUIRED or "percentByWeight" in listing.attributes
        if required or chance.happens(0.4):
            put(element, name, chance.choice(_ATTRIBUTES[name]))
        elif wanted and listing is COLLECTIONS["contacts"] and name != "type" and chance.happens(0.03):
            put(element, name, "")
    return element


def _near(chance: Chance, path: str, wanted: list[Json]) -> list[Json]:
    """Return elements of which some are the wanted ones, some have other attributes, and some are others."""
    by_key = {_key(path, element): element for element in _elements(chance, path)}
    for element in wanted:
        if chance.happens(0.6):
            by_key[_key(path, element)] = {name: value for name, value in element.items() if value != ""}
    return _distinct(path, list(by_key.values()))


def _distinct(path: str, elements: list[Json]) -> list[Json]:
    """Keep one element a standard, as a platform whose key is the code alone would."""
    first = COLLECTIONS[path].key[0]
    return list({str(at(element, first)): element for element in elements}.values())


def _key(path: str, element: Json) -> Keys:
    return tuple(str(at(element, name)) for name in COLLECTIONS[path].key)


def _change_collection(chance: Chance, path: str, live: Json) -> tuple[str, dict[str, Json]]:
    elements = [dict(element) for element in listed(at(live, path))]
    moves: list[Callable[[], str]] = [lambda: _add(chance, path, elements)]
    if elements:
        moves.append(lambda: _drop(chance, elements))
        if COLLECTIONS[path].attributes:
            moves.append(lambda: _retouch(chance, path, elements))
    return chance.choice(moves)(), {path: elements}


def _add(chance: Chance, path: str, elements: list[Json]) -> str:
    elements[:] = _distinct(path, [*elements, *text_of(_elements(chance, path, least=1))])
    return "added an element"


def _drop(chance: Chance, elements: list[Json]) -> str:
    del elements[chance.randrange(len(elements))]
    return "removed an element"


def _retouch(chance: Chance, path: str, elements: list[Json]) -> str:
    name = chance.choice(COLLECTIONS[path].attributes)
    element = chance.choice(elements)
    element.pop("translations", None)
    element[name] = text_of(chance.choice(_ATTRIBUTES[name]))
    return "changed an element"
