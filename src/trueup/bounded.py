"""Parse the numbers, dates and JSON that others send, within bounds.

What is out of bounds is no value; it is never an error that ends a run. The caller decides what that means.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Final

MOST_SECONDS: Final = 10 * 365 * 86_400.0
"""Seconds that any wait or life can last: longer ones are cut to ten years."""

_DIGITS: Final = 18
"""Digits of a whole number: it then fits into 64 bits."""
_NUMBER: Final = 400
"""Characters of a number with a point or an exponent."""
_EXPONENT: Final = 400
_DATE: Final = 64
"""Characters of a date in a header."""

_WHOLE: Final = re.compile(rf"[+-]?[0-9]{{1,{_DIGITS}}}")
_UNPAIRED: Final = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""A surrogate, as an escape or as the bytes that some programs write for it."""


def parse_json(text: bytes) -> object:
    """Return the JSON that ``text`` (UTF-8) holds, numbers with a point as ``Decimal`` in the digits that came.

    A number out of bounds is returned as its text, so that it spoils one value and not the whole. Half of a surrogate
    pair, which cannot be written again, becomes U+FFFD. Raises ValueError for what is not JSON or nested too deeply.
    """
    try:
        # json would look for UTF-16 and UTF-32 as well, which JSON between systems never is.
        told = text.decode("utf-8-sig", "surrogatepass")
        parsed: object = json.loads(told, parse_int=_integer, parse_float=_decimal, parse_constant=_no_number)
        return _paired(parsed) if _UNPAIRED.search(text) else parsed
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def json_fault(error: ValueError | RecursionError) -> str:
    """Return in our words why ``json`` could not read a document: ``it is not JSON``."""
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
    """Return a whole number that may come as text, None for anything else and beyond 18 digits."""
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
    """Return a whole number from 0 that may come as text, None for anything else."""
    number = whole(value)
    return None if number is None or number < 0 else number


def seconds(value: object) -> float | None:
    """Return a number of seconds from 0, cut to :data:`MOST_SECONDS`; None for what is no such number.

    ``value`` is an int, a ``Decimal`` or a text of digits. A text of any length is a number.
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
    """Return the seconds since 1970 that the date of a header means, None when it is none."""
    if len(text) > _DATE:
        return None
    try:
        parsed = parsedate_to_datetime(text)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # The library raises more than it documents: OverflowError for a year of eleven digits.
        return None


def asked_wait(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks to wait (whole seconds or an HTTP date), None without a usable one.

    A date is compared with the answer's own ``Date`` where there is one, since the clocks of two machines differ;
    else with ``now``, seconds since 1970.
    """
    text = headers.get("retry-after", "").strip()
    asked, until = seconds(text), http_date(text)
    if asked is not None or until is None:
        return asked
    there = http_date(headers.get("date", ""))
    return max(0.0, until - (now if there is None else there))


def iso_moment(text: str) -> datetime | None:
    """Return a moment as ISO 8601 writes it, in UTC where it names a zone; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at
    except (ValueError, OverflowError):
        return None


def _integer(text: str) -> int | str:
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
