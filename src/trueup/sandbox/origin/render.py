"""Show a certification as a search returns it: shaped like an update, with null and [] for what is unset.

Which fields a search returns is not known (section 10); switches leave some out or collapse lists.
"""

from collections.abc import Mapping
from typing import Any

from trueup.sandbox.order import ordered
from trueup.sandbox.origin.shape import (
    CERTIFICATION,
    DOCUMENTS,
    FALLBACK_LOCALE,
    Collection,
    Leaf,
    Section,
    copy_of,
    is_translated,
    listed,
)
from trueup.sandbox.origin.validation import is_empty
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document


def shown(document: Document, locale: str, settings: Settings) -> dict[str, Any]:
    """Return the certification in one language."""
    body = {
        "locale": locale,
        "originId": document["originId"],
        "externalId": document.get("externalId"),
        **_section(CERTIFICATION, document, locale, settings),
    }
    for field in settings.origin_omitted_fields:
        _omit(body, field.split("."))
    return _without_unset(body) if settings.origin_unset == "omit" else body


def _without_unset(body: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in body.items():
        match value:
            case dict():
                kept[name] = _without_unset(value)
            case list():
                kept[name] = [_without_unset(element) for element in value]
            case _:
                kept[name] = value
    return {name: value for name, value in kept.items() if not is_empty(value)}


def _section(section: Section, body: Mapping[str, Any], locale: str, settings: Settings) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for member in section.members:
        value = body.get(member.name)
        match member:
            case Leaf():
                result[member.name] = value
            case Section():
                result[member.name] = _section(member, value or {}, locale, settings)
            case Collection():
                result[member.name] = _collection(member, listed(value), locale, settings)
    return result


def _collection(collection: Collection, elements: list[Document], locale: str, settings: Settings) -> object:
    result = ordered((_element(collection, element, locale, settings) for element in elements), settings)
    if collection is DOCUMENTS and settings.origin_document_urls == "rehosted":
        result = [{**element, "originalUrl": copy_of(str(element["originalUrl"]))} for element in result]
    return result[0] if settings.origin_collapsed_lists and len(result) == 1 else result


def _element(collection: Collection, element: Document, locale: str, settings: Settings) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for member in collection.members:
        value = element.get(member.name)
        if isinstance(member, Section):
            result[member.name] = _section(member, value or {}, locale, settings)
        elif is_translated(collection, member, element):
            result[member.name] = _in_language(element, member.name, locale)
        else:
            result[member.name] = value
    return result


def _in_language(element: Document, name: str, locale: str) -> object:
    """Return the text in the language, else in English, else in the one it was first written in."""
    texts = {element.get("locale", FALLBACK_LOCALE): element.get(name), **element.get("translations", {})}
    return texts.get(locale, texts.get(FALLBACK_LOCALE, element.get(name)))


def _omit(body: dict[str, Any], names: list[str]) -> None:
    for name in names[:-1]:
        inner = body.get(name)
        if not isinstance(inner, dict):
            return
        body = inner
    body.pop(names[-1], None)
