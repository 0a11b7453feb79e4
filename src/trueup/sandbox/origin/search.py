"""CertificationsSearch (``origin-api.md`` section 3.4): one page in one language of what meets all criteria."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any
from uuid import UUID

from trueup.sandbox.order import ordered
from trueup.sandbox.origin.envelope import ENTITY, Done, Outcome, invalid
from trueup.sandbox.origin.records import SearchedIds, searchable
from trueup.sandbox.origin.shape import (
    CERTIFICATION,
    DOCUMENTS,
    FALLBACK_LOCALE,
    LOCALES,
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
from trueup.sandbox.world import Sandbox


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
    # The error sample has an object where a list belongs, so an answer may have it as well (section 11, row 18).
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
    """Return the text in the language, else in English, else in the language it was first written in."""
    texts = {element.get("locale", FALLBACK_LOCALE): element.get(name), **element.get("translations", {})}
    return texts.get(locale, texts.get(FALLBACK_LOCALE, element.get(name)))


def _omit(body: dict[str, Any], names: list[str]) -> None:
    for name in names[:-1]:
        inner = body.get(name)
        if not isinstance(inner, dict):
            return
        body = inner
    body.pop(names[-1], None)


MAX_PAGE_SIZE = 100
# The page of criteria is not known. EXTERNALID is inferred from materials (origin-api.md section 8).
CRITERIA = {"ORIGINID": "originId", "EXTERNALID": "externalId"}
"""The fields that criteria compare, by the name of the criterion (section 8)."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """A condition: the field has exactly this text."""

    field: str
    value: str


def search(sandbox: Sandbox, world: str, body: object) -> Outcome:
    """Return the requested page; a page past the end is empty."""
    if not isinstance(body, Mapping):
        return invalid(("require one locale.", "require one pageNumber.", "require one pageSize."))
    messages = [*_locale_messages(body), *_page_messages(body), *_company_messages(body)]
    criteria = _criteria(body.get("searchCriteria"), sandbox.settings, messages)
    if messages:
        return invalid(messages)
    hits = [document for document in searchable(sandbox, world, _ids(criteria)) if _meets(document, criteria)]
    number, size = _whole(body["pageNumber"]) or 1, _whole(body["pageSize"]) or MAX_PAGE_SIZE
    page = hits[(number - 1) * size : number * size]
    return Done(
        {
            "entityType": ENTITY,
            "searchInfo": {
                "numberOfElements": _count(len(hits), sandbox.settings),
                "numberOfPages": _count(ceil(len(hits) / size), sandbox.settings),
            },
            "data": [shown(document, str(body["locale"]), sandbox.settings) for document in page],
        }
    )


def _count(number: int, settings: Settings) -> Any:
    # Typed as a number in the tables and shown as text in the samples (section 11, row 5).
    return str(number) if settings.origin_counts_as_text else number


def _ids(criteria: Iterable[Criterion]) -> SearchedIds:
    """Return the ids that the criteria ask for."""
    wanted = {criterion.field: criterion.value for criterion in criteria}
    return SearchedIds(origin_id=wanted.get("originId"), external_id=wanted.get("externalId"))


def _meets(document: Document, criteria: Iterable[Criterion]) -> bool:
    # How several criteria combine is not documented (origin-api.md section 8).
    return all(document.get(criterion.field) == criterion.value for criterion in criteria)


def _locale_messages(body: Mapping[str, object]) -> Iterable[str]:
    locale = body.get("locale")
    if is_empty(locale):
        yield "require one locale."
    elif locale not in LOCALES:
        yield f"has invalid value ''{locale}'' for field locale. Allowed value(s) : [{','.join(LOCALES)}]"


def _page_messages(body: Mapping[str, object]) -> Iterable[str]:
    for name, most in (("pageNumber", None), ("pageSize", MAX_PAGE_SIZE)):
        value = body.get(name)
        if is_empty(value):
            yield f"require one {name}."
            continue
        number = _whole(value)
        if number is None or number < 1 or (most is not None and number > most):
            allowed = f"1 to {most}" if most else "1 and more"
            yield f"has invalid value ''{value}'' for field {name}. Allowed value(s) : [{allowed}]"


def _whole(value: object) -> int | None:
    """Return a whole number that was sent as a number or as text (section 11, row 5), else None."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    # isdigit() alone would accept digits of other scripts. The length is limited, as int() refuses very long texts.
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**63)) else None


def _company_messages(body: Mapping[str, object]) -> Iterable[str]:
    company = body.get("contextCompanyOriginId")
    if company is None:
        return
    try:
        UUID(str(company))
    except ValueError:
        yield f"has invalid value ''{company}'' for field contextCompanyOriginId. Allowed value(s) : [a UUID]"


def _criteria(value: object, settings: Settings, messages: list[str]) -> tuple[Criterion, ...]:
    if is_empty(value):
        messages.append("require at least one searchCriteria.")
        return ()
    criteria: list[Criterion] = []
    for number, entry in enumerate(value if isinstance(value, list) else [value], start=1):
        where = f"searchCriteria[{number}]"
        name, text = (entry.get("name"), entry.get("value")) if isinstance(entry, Mapping) else (None, None)
        if not (isinstance(name, str) and name and isinstance(text, str) and text):
            messages.append(f"{where} require one name and one value.")
        elif name in CRITERIA:
            criteria.append(Criterion(CRITERIA[name], text))
        # A platform that ignores a criterion it does not know returns everything (origin-api.md section 8).
        elif settings.origin_unknown_criteria == "reject":
            allowed = ",".join(CRITERIA)
            messages.append(f"{where} has invalid value ''{name}'' for field name. Allowed value(s) : [{allowed}]")
    return tuple(criteria)
