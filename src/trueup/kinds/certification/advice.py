"""Warnings about a certification's spec (``origin-api.md`` section 4.3): no rule of the API, but probably a mistake."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from trueup.kinds.base import EMAIL, URL, Advice, TextForm, at, day_of, unusual_texts

_PUBLIC: Final = re.compile(r"(?:https?://)?[^\s/][^\s/.]*[.][^\s/].*", re.IGNORECASE)
_CAS: Final = re.compile(r"([0-9]{2,7})-([0-9]{2})-([0-9])")

_FORMS: Final[tuple[TextForm, ...]] = ((("url",), URL, "unusual-url", "does not look like a public URL"),)
_ELEMENT_FORMS: Final = (
    ("additionalsDocuments", "originalUrl", URL, "unusual-url", "does not look like a public URL"),
    ("brands", "website", _PUBLIC, "unusual-url", "does not look like a public URL"),
    ("contacts", "website", _PUBLIC, "unusual-url", "does not look like a public URL"),
    ("contacts", "email", EMAIL, "unusual-email", "does not look like an email address"),
)
_DENSITY_LIMIT: Final = ("voc", "content", "densityLimitGL")
_DENSITIES: Final = (("voc", "emission", "densityMin"), ("voc", "emission", "densityMax"))
_COMPOUNDS: Final = ("voc", "content", "exemptCompounds")
_HUNDRED: Final = Decimal(100)


def advice(spec: Mapping[str, Any]) -> Iterator[Advice]:
    """Give the warnings about a spec that its schema accepts."""
    yield from unusual_texts(spec, _FORMS)
    for rule in (_element_forms, _dates, _decimals, _compounds):
        yield from rule(spec)


def _element_forms(spec: Mapping[str, Any]) -> Iterator[Advice]:
    for collection, name, form, code, words in _ELEMENT_FORMS:
        for index, element in enumerate(spec.get(collection, ())):
            text = element.get(name)
            if text and not form.fullmatch(text):
                yield code, (collection, index, name), f"{name} {text!r} {words}."


def _dates(spec: Mapping[str, Any]) -> Iterator[Advice]:
    issued, expires = day_of(spec.get("issueDate", "")), day_of(spec.get("expiryDate", ""))
    if issued and expires and expires < issued:
        yield "dates-reversed", ("expiryDate",), f"The expiry date {expires} is before the issue date {issued}."


def _decimals(spec: Mapping[str, Any]) -> Iterator[Advice]:
    for path in (_DENSITY_LIMIT, *_DENSITIES):
        number = _number(at(spec, path))
        if number is not None and number < 0:
            yield "unusual-decimal", path, f"{path[-1]} {number} is negative."
    low, high = (_number(at(spec, path)) for path in _DENSITIES)
    if low is not None and high is not None and low > high:
        yield "densities-reversed", _DENSITIES[0], f"densityMin {low} is above densityMax {high}."


def _compounds(spec: Mapping[str, Any]) -> Iterator[Advice]:
    for index, compound in enumerate(at(spec, _COMPOUNDS) or ()):
        percent = _number(compound["percentByWeight"])
        if percent is not None and not 0 <= percent <= _HUNDRED:
            path = (*_COMPOUNDS, index, "percentByWeight")
            yield "unusual-decimal", path, f"percentByWeight {percent} is not between 0 and 100."
        if not _is_cas(compound["CAS"]):
            message = f"{compound['CAS']!r} cannot be a CAS number: its form or its check digit is wrong."
            yield "unusual-cas", (*_COMPOUNDS, index, "CAS"), message


def _is_cas(text: str) -> bool:
    """Return whether a CAS number's last digit is the sum of its digits, each times its place from the right."""
    parts = _CAS.fullmatch(text)
    if parts is None:
        return False
    digits = reversed(parts[1] + parts[2])
    return sum(place * int(digit) for place, digit in enumerate(digits, start=1)) % 10 == int(parts[3])


def _number(value: object) -> Decimal | None:
    return None if value is None or value == "" else Decimal(str(value))
