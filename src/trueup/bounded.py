"""Parse numbers, dates and JSON from other systems, within bounds.

A value that is out of bounds counts as missing; it never raises an error that ends a run. The caller decides what a
missing value means.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

MOST_SECONDS: Final = 10 * 365 * 86_400.0
"""The longest wait or lifetime in seconds; longer ones are cut to ten years."""

_DIGITS: Final = 18
"""Digits of a whole number, so that it fits into 64 bits."""
_NUMBER: Final = 400
"""Characters of a number with a point or an exponent."""
# Decimal accepts any exponent, and writing 1e999999999 out in digits would fill the memory.
_EXPONENT: Final = 400
_DATE: Final = 64
"""Characters of a date in a header."""

_WHOLE: Final = re.compile(rf"[+-]?[0-9]{{1,{_DIGITS}}}")
# A cheap test before the slow repair: it also finds complete pairs, which the repair leaves as they are.
_UNPAIRED: Final = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""A surrogate, as an escape or as the UTF-8-like bytes that some programs write for it."""


def parse_json(text: bytes) -> object:
    """Return the value of a JSON document in UTF-8; numbers with a point are ``Decimal`` with their original digits.

    A number out of bounds is returned as its text, so that it affects one value and not the whole document. Half of a
    surrogate pair, which cannot be encoded again, becomes U+FFFD. Raises ValueError for text that is not JSON or is
    nested too deeply.
    """
    try:
        # Given bytes, json would also detect UTF-16 and UTF-32, which RFC 8259 rules out between systems.
        decoded = text.decode("utf-8-sig", "surrogatepass")
        parsed: object = json.loads(decoded, parse_int=_integer, parse_float=_decimal, parse_constant=_no_number)
        return _paired(parsed) if _UNPAIRED.search(text) else parsed
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def json_fault(error: ValueError | RecursionError) -> str:
    """Return a clause that says why ``json`` could not read a document: ``it is not JSON``."""
    match error:
        case RecursionError():
            return "it is nested too deeply"
        case UnicodeDecodeError():
            return "it is not UTF-8"
        case json.JSONDecodeError() if not error.doc.strip():
            return "it is empty"
        case json.JSONDecodeError() if error.pos >= len(error.doc.rstrip()):
            return "it is not JSON: it ends too early"
        case json.JSONDecodeError():
            return "it is not JSON"
        case _:
            return "it has a number of too many digits"


def whole(value: object) -> int | None:
    """Return a whole number, given as a number or as text; None for anything else and beyond 18 digits."""
    match value:
        case bool():
            return None
        case int():
            return value if abs(value) < 10**_DIGITS else None
        case str() if _WHOLE.fullmatch(value.strip()):
            return int(value)
        case _:
            return None


def count(value: object) -> int | None:
    """Return a whole number that is not negative, given as a number or as text; None for anything else."""
    number = whole(value)
    return None if number is None or number < 0 else number


def seconds(value: object) -> float | None:
    """Return a number of seconds that is not negative, cut to :data:`MOST_SECONDS`; None for anything else.

    ``value`` is an int, a ``Decimal`` or a text of digits. A text of digits may have any length.
    """
    match value:
        case bool():
            return None
        case str() if value.isascii() and value.isdigit():
            return float(min(int(value), int(MOST_SECONDS))) if len(value) <= _DIGITS else MOST_SECONDS
        case int() | Decimal() if value >= 0:
            return float(min(value, int(MOST_SECONDS)))
        case _:
            return None


def http_date(text: str) -> float | None:
    """Return an HTTP date as seconds since 1970, None when it is not one."""
    if len(text) > _DATE:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - costs every start 9 ms, and few answers hold a date

    try:
        parsed = parsedate_to_datetime(text)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # The library raises more than it documents: OverflowError for a year of eleven digits.
        return None


def asked_wait(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks to wait (whole seconds or an HTTP date), None without a usable one.

    A date is compared with the answer's ``Date`` header, because the clocks of two machines differ. Without that header
    it is compared with ``now``, in seconds since 1970.
    """
    text = headers.get("retry-after", "").strip()
    asked, until = seconds(text), http_date(text)
    if asked is not None or until is None:
        return asked
    sent = http_date(headers.get("date", ""))
    return max(0.0, until - (now if sent is None else sent))


def iso_moment(text: str) -> datetime | None:
    """Return an ISO 8601 timestamp, converted to UTC if it names a zone; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at
    except (ValueError, OverflowError):
        return None


def _integer(text: str) -> int | str:
    # Python itself raises only beyond 4,300 digits, and parsing takes quadratic time.
    return int(text) if len(text) <= _DIGITS else text


def _decimal(text: str) -> Decimal | str:
    if len(text) > _NUMBER:
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if abs(number.adjusted()) <= _EXPONENT else text


def _no_number(text: str) -> object:
    message = f"{text} is not JSON"
    raise ValueError(message)


def _paired(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_paired(item) for item in value]
        case dict():
            return {_paired(name): _paired(member) for name, member in value.items()}
        case _:
            return value
