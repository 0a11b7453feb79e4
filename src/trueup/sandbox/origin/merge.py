"""The application of edits to the document of a certification.

A document has the form of an update without ``collectionBehavior``. An element with a translated text also has the
``locale`` that it was first written in, and ``translations`` into others (``origin-api.md`` section 6).
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from trueup.sandbox.origin.edits import Add, Clear, Edit, Put, Remove
from trueup.sandbox.origin.items import Invalid, Item
from trueup.sandbox.origin.shape import (
    CONTENT_COMPLIANCES,
    DOCUMENTS,
    FALLBACK_LOCALE,
    Collection,
    Leaf,
    Path,
    at,
    element_key,
    is_translated,
    listed,
    natural_key,
)
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document

_DENSITY_LIMIT = ("voc", "content", "densityLimitGL")
_CONTENT_COMPLIANCES = ("voc", "content", CONTENT_COMPLIANCES.name)
_DOCUMENTS = (DOCUMENTS.name,)


def merged(document: Document, item: Item, settings: Settings) -> Document:
    """Return the document after the edits of the item, in their order; raises Invalid for a forbidden state."""
    result = deepcopy(document)
    for edit in item.edits:
        match edit:
            case Put(path, text):
                _put(result, path, text)
            case Clear(path):
                _elements(result, path).clear()
            case Add(path, collection, element):
                _add(_elements(result, path), collection, element, item.locale, settings)
            case Remove():
                _remove(_elements(result, edit.path), edit, item.where, settings)
    messages = tuple(_state_messages(result, item.edits, settings))
    if messages:
        raise Invalid(*(f"{item.where} {message}" for message in messages))
    return result


def _holder(document: Document, path: Path) -> Document:
    for name in path[:-1]:
        inner = document.get(name)
        if inner is None:
            inner = document[name] = {}
        document = inner
    return document


def _put(document: Document, path: Path, text: str | None) -> None:
    holder = _holder(document, path)
    if text is None:
        holder.pop(path[-1], None)
    else:
        holder[path[-1]] = text


def _elements(document: Document, path: Path) -> list[Document]:
    holder = _holder(document, path)
    # A seed or a foreign edit may have stored a bare object, or nothing.
    elements: list[Document] = listed(holder.get(path[-1]))
    holder[path[-1]] = elements
    return elements


def _matching(
    elements: Iterable[Document], collection: Collection, wanted: Mapping[str, object], settings: Settings
) -> Iterator[Document]:
    """Yield the elements that match every part of the key that was sent."""
    key = element_key(collection, wanted, settings)
    for element in elements:
        parts = zip(key, element_key(collection, element, settings), strict=True)
        if all(part is None or part == present for part, present in parts):
            yield element


def _add(
    elements: list[Document], collection: Collection, wanted: Mapping[str, object], locale: str, settings: Settings
) -> None:
    found = _matching(elements, collection, wanted, settings)
    # No page says whether a text in another language translates an element or adds one (origin-api.md section 6).
    if settings.origin_translations == "second" and _has_translation(collection, wanted):
        found = (element for element in found if element.get("locale", FALLBACK_LOCALE) == locale)
    existing = next(found, None)
    if existing is None:
        elements.append(_new(collection, wanted, locale))
        return
    # The key keeps its first spelling: where case is ignored, another spelling is not an update.
    key = {path[0] for path in natural_key(collection, settings)}
    for member in collection.members:
        if member.name in wanted and member.name not in key:
            _set(existing, collection, member.name, wanted[member.name], locale)


def _new(collection: Collection, wanted: Mapping[str, object], locale: str) -> Document:
    element: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    # An element without the mark is in English, the fallback language (origin-api.md section 6).
    if locale != FALLBACK_LOCALE and _has_translation(collection, element):
        element["locale"] = locale
    return element


def _has_translation(collection: Collection, element: Mapping[str, object]) -> bool:
    return any(isinstance(member, Leaf) and is_translated(collection, member, element) for member in collection.members)


def _set(element: Document, collection: Collection, name: str, value: object, locale: str) -> None:
    translated = any(
        isinstance(member, Leaf) and member.name == name and is_translated(collection, member, element)
        for member in collection.members
    )
    if translated and locale != element.get("locale", FALLBACK_LOCALE):
        element.setdefault("translations", {})[locale] = value
    elif value is None:
        element.pop(name, None)
    else:
        element[name] = value


def _remove(elements: list[Document], edit: Remove, where: str, settings: Settings) -> None:
    gone = list(_matching(elements, edit.collection, edit.element, settings))
    # The removal of an absent key is not documented (origin-api.md section 4.2).
    if not gone and settings.origin_remove_absent == "reject":
        raise Invalid(f"{where} has no such element to remove: {edit.label}.")
    # In place: the list is part of the document.
    elements[:] = [element for element in elements if element not in gone]


def _state_messages(document: Document, edits: Iterable[Edit], settings: Settings) -> Iterator[str]:
    """Yield what is wrong with the state after the edits, as far as they touch it."""
    # Only what the edits touch: a seeded state that breaks a rule must not block edits of other fields.
    touched = list(edits)
    if _breaks_density_rule(document, touched, settings):
        yield "require one voc.content.regulatoryStandardCompliance when voc.content.densityLimitGL is set."
    shrinks = any(isinstance(edit, Put | Remove | Clear) and edit.path in (("url",), _DOCUMENTS) for edit in touched)
    bare = not document.get("url") and not document.get(DOCUMENTS.name)
    if shrinks and bare and settings.origin_last_document == "reject":
        yield "require one url or additionalsDocument."


def _breaks_density_rule(document: Document, edits: list[Edit], settings: Settings) -> bool:
    """Return whether a density limit has no content compliance beside it (section 4.3, rule 4)."""
    sets_limit = any(isinstance(edit, Put) and edit.path == _DENSITY_LIMIT for edit in edits)
    adds = any(isinstance(edit, Add) and edit.path == _CONTENT_COMPLIANCES for edit in edits)
    match settings.origin_density_check:
        case "none":
            return False
        case "strict":
            return sets_limit and not adds
        case "state":
            touched = sets_limit or any(edit.path == _CONTENT_COMPLIANCES for edit in edits)
            unmet = at(document, _DENSITY_LIMIT) is not None and not at(document, _CONTENT_COMPLIANCES)
            return touched and unmet
