"""The certification's rules that the field table cannot express (``origin-api.md`` section 4.3).

The first part warns about a spec that the schema accepts. The second one finds what Origin would refuse in a plan.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from trueup.kinds import findings
from trueup.kinds.base import EMAIL, URL, Advice, TextForm, at, day_of, given, lacking, touched, unusual_texts
from trueup.model.action import Change, Finding
from trueup.model.identity import Identity, IdField
from trueup.model.live import Lifecycle
from trueup.model.value import Absent, Desired, Known, LiveValue, NotReturned

# The scheme is optional: a sample of the documentation has none (origin-api.md section 11, number 15).
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

# What a creation requires in addition to url or a document (section 3.1).
_NEEDED: Final = ("standard.code", "reportingBody")
_DOCUMENTS: Final = "additionalsDocuments"
_LIMIT: Final = "voc.content.densityLimitGL"
_COMPLIANCES: Final = "voc.content.regulatoryStandardCompliances"


# --- warnings about a spec


def advice(spec: Mapping[str, Any]) -> Iterator[Advice]:
    """Yield the warnings about a spec that its schema accepts."""
    yield from unusual_texts(spec, _FORMS)
    # The API documents none of these rules, so breaking one is not an error (section 4.3).
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


def dated_advice(spec: Mapping[str, Any], today: date, days: int) -> Iterator[Advice]:
    """Yield a warning if the certification expires within this many days, or has expired.

    One that is withdrawn from all channels gets none: it is not published, so its validity does not matter.
    """
    expires = day_of(spec.get("expiryDate", ""))
    if expires is None or spec.get("channels") == []:
        return
    left = (expires - today).days
    if left <= max(days, 0):
        when = f"in {_days(left)}" if left > 0 else f"{_days(-left)} ago" if left else "today"
        verb = "expired" if left < 0 else "expires"
        yield "expires-soon", ("expiryDate",), f"The certification {verb} on {expires}, {when}."


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number:,} days"


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
        # Only a warning: a sample of the documentation has a CAS number that cannot exist (section 11, number 16).
        if not _is_cas(compound["CAS"]):
            message = f"{compound['CAS']!r} cannot be a CAS number: its form or its check digit is wrong."
            yield "unusual-cas", (*_COMPOUNDS, index, "CAS"), message


def _is_cas(text: str) -> bool:
    """Return whether a CAS number's check digit is right: the sum of the digits times their places, modulo 10.

    Places count from the right, starting with 1 at the digit before the check digit.
    """
    parts = _CAS.fullmatch(text)
    if parts is None:
        return False
    digits = reversed(parts[1] + parts[2])
    return sum(place * int(digit) for place, digit in enumerate(digits, start=1)) % 10 == int(parts[3])


def _number(value: object) -> Decimal | None:
    return None if value is None or value == "" else Decimal(str(value))


# --- findings of a plan


def check(  # noqa: PLR0913 - see Check
    desired: Desired,
    after: Mapping[str, LiveValue],
    creating: bool,  # noqa: FBT001 - see Check
    *,
    changes: Sequence[Change] | None = None,
    lifecycle: Lifecycle | None = None,  # noqa: ARG001 - certifications have none; see Check
    identity: Identity | None = None,
) -> tuple[Finding, ...]:
    """Check that creation has what it needs, a document or url remains, and a density limit has a compliance."""
    creation = _creation(desired, identity) if creating else ()
    return (*creation, *_documents(desired, after, changes), *_compliances(desired, after, changes))


def _creation(desired: Desired, identity: Identity | None) -> tuple[Finding, ...]:
    found = list(lacking(desired, _NEEDED))
    if not given(desired, "url") and not given(desired, _DOCUMENTS):
        found.append(findings.creation_requires("url", "url or at least one of additionalsDocuments"))
    # The platform assigns originIds, so a creation cannot choose one.
    if identity is not None and identity.field is IdField.ORIGIN_ID:
        found.append(findings.origin_id_unknown())
    return tuple(found)


def _documents(
    desired: Desired, after: Mapping[str, LiveValue], changes: Sequence[Change] | None
) -> tuple[Finding, ...]:
    # What happens without a url when the last document is removed is not documented (section 4.2).
    if _DOCUMENTS not in touched(desired, changes) or isinstance(after[_DOCUMENTS], Known | NotReturned):
        return ()
    url = after["url"]
    return () if isinstance(url, Known) else (findings.document_required(_DOCUMENTS, known=isinstance(url, Absent)),)


def _compliances(
    desired: Desired, after: Mapping[str, LiveValue], changes: Sequence[Change] | None
) -> tuple[Finding, ...]:
    # The documentation requires a compliance for a limit, although one of its samples has none (section 4.3, number 4).
    sent = touched(desired, changes)
    compliances = after[_COMPLIANCES]
    if not (_LIMIT in sent or _COMPLIANCES in sent) or isinstance(compliances, Known):
        return ()
    match after[_LIMIT]:
        case Known():
            path = _LIMIT if _LIMIT in desired else _COMPLIANCES
            return (findings.compliance_required(path, known=isinstance(compliances, Absent)),)
        case NotReturned() if isinstance(compliances, Absent):
            return (findings.compliance_may_be_required(_COMPLIANCES, managed=_LIMIT in desired),)
        case _:
            return ()
