"""Find the value that a cell means for a field, or why it cannot be known.

A spreadsheet program changes what it takes for a number or a date: ``00123`` becomes 123, ``3-4`` becomes a day, and
``1.23E+11`` has lost digits. A cell is only used if what was typed is certain. The table in docs/how-to/spreadsheets.md
follows this module.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from trueup.kinds.base import day_of
from trueup.kinds.tree import spelled
from trueup.manifest.suggestions import intended_date, intended_number
from trueup.manifest.violation import shown
from trueup.model.field import Compare
from trueup.model.lookalikes import is_invisible, note, repaired
from trueup.spreadsheet.cells import CellFault, CellValue
from trueup.spreadsheet.fields import ColumnField


class DateOrder(StrEnum):
    """The order of day and month in dates such as 03/04/2025, spelled as in a map."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReading:
    """How the cells of a column are read.

    ``exact``: the author of the map says that the cells are as they should be. ``known`` are the values that manifests
    have for the field. ``digits`` is the length of the longest value of digits with a zero in front, 0 without one.
    """

    field: ColumnField
    order: DateOrder | None = None
    exact: bool = False
    known: Collection[str] = frozenset()
    digits: int = 0


_TEXT_COLUMN: Final = "Give the column the format Text, and write the values again."
_SHOWN_DIGITS: Final = 15
"""Digits of a number that spreadsheet programs keep."""

_ZERO_LED: Final = re.compile(r"0[0-9]+")
_DIGITS: Final = re.compile(r"[0-9]+")
# Programs show a sign after the E. A code such as 1E5 has none.
_SCIENTIFIC: Final = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?[eE][-+][0-9]+")
_POINT_ZERO: Final = re.compile(r"[-+]?[0-9]+[.]0+")
_ERRORS: Final = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME[?]|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|#+)")
_MONTH: Final = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_AS_DAY: Final = re.compile(rf"[0-9]{{1,2}}-{_MONTH}(?:-[0-9]{{2,4}})?|{_MONTH}-[0-9]{{2}}", re.IGNORECASE)
_DAY: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_MOJIBAKE: Final = re.compile(r"[\xc2-\xf4\u0152-\u017e][\x80-\xbf\u0152-\u2122]")
"""Two characters that UTF-8 read as Windows-1252 begins with."""


def zero_led(values: Iterable[object]) -> int:
    """Return the length of the longest text of digits with a zero in front, 0 if there is none."""
    return max((len(v) for v in values if isinstance(v, str) and _ZERO_LED.fullmatch(v.strip())), default=0)


def read_cell(value: CellValue, reading: ColumnReading) -> str | CellFault:
    """Return the text that a manifest has for the value of a cell that is not empty, or why it is refused."""
    compare = reading.field.compare
    match value:
        case CellFault():
            return value
        case str():
            return _text(value, reading)
        case bool():
            if compare is Compare.BOOLEAN:
                return "true" if value else "false"
            why = f"the program has made it the boolean {str(value).upper()}, and its spelling may have changed."
            return CellFault("cell-type", why, _TEXT_COLUMN)
        case int() | float():
            return _number(Decimal(repr(value)), reading)
        case date():
            if compare is Compare.DATE:
                return _iso(value)
            why = f"the program has made it the date {_iso(value)}, and what was typed is not known."
            return CellFault("cell-date", why, _TEXT_COLUMN)
        case time() | timedelta():
            why = f"the program has made it the time {value}, and what was typed is not known."
            return CellFault("cell-date", why, _TEXT_COLUMN)
        case _:
            raise TypeError("an empty cell has no value")


def _iso(value: date) -> str:
    if isinstance(value, datetime) and value.time() != time():
        return value.isoformat(timespec="seconds")
    return value.isoformat()[:10]


def _number(number: Decimal, reading: ColumnReading) -> str | CellFault:
    text = spelled(int(number) if number == number.to_integral_value() else number) or ""
    if len(number.normalize().as_tuple().digits) > _SHOWN_DIGITS or abs(number) >= 10**_SHOWN_DIGITS:
        why = f"{text} has more than the {_SHOWN_DIGITS} digits that spreadsheet programs keep."
        return CellFault("cell-number", why, f"Round it. {_TEXT_COLUMN}")
    match reading.field.compare:
        case Compare.DECIMAL | Compare.INTEGER:
            return text
        case Compare.DATE:
            return CellFault("cell-date", f"the number {text} is not a date.", "Give the column the format Date.")
        case Compare.BOOLEAN:
            return CellFault("cell-type", f"the number {text} is not true or false.")
        case Compare.TEXT if reading.exact or text in reading.known:
            return text
        case _:
            why = f"the program has made it the number {text}, and zeros in front or at the end may be lost."
            return CellFault("cell-number", why, _TEXT_COLUMN, suspected=True)


def _text(text: str, reading: ColumnReading) -> str | CellFault:
    if text in reading.known:
        return text
    fault = next((fault for fault in _damage(text, reading) if not (fault.suspected and reading.exact)), None)
    if fault is not None:
        return fault
    match reading.field.compare:
        case Compare.DATE:
            return _day(text, reading)
        case Compare.DECIMAL | Compare.INTEGER:
            return _decimal(text)
        case Compare.BOOLEAN:
            # Spreadsheet programs write booleans in capitals.
            return text.lower()
        case Compare.TEXT:
            return text


def _damage(text: str, reading: ColumnReading) -> Iterator[CellFault]:
    """Yield the signs of damage in a text."""
    if _ERRORS.fullmatch(text):
        yield CellFault("cell-error", f"the cell is the error {text[:20]}.")
    if "\ufffd" in text or _misread(text):
        why = f"{shown(text)!r} has characters of another encoding."
        yield CellFault("cell-text", why, "Save the file as UTF-8.", suspected=True)
    odd = [char for char in text if is_invisible(char) and char != "\n"]
    if odd or text != text.strip():
        what = note(text) or " has spaces at its ends"
        kept = repaired(text)
        yield CellFault("cell-text", f"{shown(text)!r}{what}.", f"Write {kept!r}.", suspected=True)
    if reading.field.compare is not Compare.TEXT:
        return
    if _SCIENTIFIC.fullmatch(text):
        yield CellFault("cell-number", f"{text} has lost digits.", _TEXT_COLUMN, suspected=True)
    if _POINT_ZERO.fullmatch(text):
        yield CellFault("cell-number", f"a program may have added .0 to {text}.", _TEXT_COLUMN, suspected=True)
    if _DIGITS.fullmatch(text) and not text.startswith("0") and len(text) < reading.digits:
        others = f"other values of the field have {reading.digits} digits with zeros in front"
        why = f"{others}, and {text} may have lost them."
        yield CellFault("cell-number", why, _TEXT_COLUMN, suspected=True)
    if _AS_DAY.fullmatch(text):
        yield CellFault("cell-date", f"a program may have made {text} of other text.", _TEXT_COLUMN, suspected=True)
    if text in ("TRUE", "FALSE"):
        yield CellFault("cell-type", f"a program may have made {text} of other text.", _TEXT_COLUMN, suspected=True)


def _misread(text: str) -> bool:
    """Return whether a text is UTF-8 that was read as Windows-1252."""
    if not _MOJIBAKE.search(text):
        return False
    try:
        return text.encode("cp1252").decode() != text
    except UnicodeError:
        return False


def _day(text: str, reading: ColumnReading) -> str | CellFault:
    order = reading.order
    if day_of(text) is not None and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T|$)", text):
        return text
    if order is None and (plain := intended_date(text)):
        return plain
    if (found := _DAY.fullmatch(text)) is None:
        why = f"{shown(text)!r} is not a date that can be read with certainty."
        return CellFault("cell-date", why, "Write it as YYYY-MM-DD.")
    first, second, year = found.groups()
    days = {
        DateOrder.DAY_FIRST: day_of(f"{year}-{second:0>2}-{first:0>2}"),
        DateOrder.MONTH_FIRST: day_of(f"{year}-{first:0>2}-{second:0>2}"),
    }
    meant = {day for known, day in days.items() if day is not None and order in (None, known)}
    if len(meant) == 1:
        return meant.pop().isoformat()
    if not meant:
        return CellFault("cell-date", f"{text} does not exist in the calendar.", "Write it as YYYY-MM-DD.")
    both = " or ".join(sorted(day.isoformat() for day in meant))
    entry = f"{{field: {reading.field.path}, dates: {DateOrder.DAY_FIRST}}}"
    hint = f"Write it as YYYY-MM-DD, or give the column the order of its dates in the map: {entry}, or month-first."
    return CellFault("cell-date", f"{text} can be {both}.", hint)


def _decimal(text: str) -> str | CellFault:
    if re.fullmatch(r"[-+]?[0-9.,]+[eE][-+]?[0-9]+", text):
        return CellFault("cell-number", f"{shown(text)} may have lost digits.", "Write all digits of the number.")
    if "," in text:
        intended = intended_number(text)
        hint = f"Write {intended}." if intended else "Write a point before decimals, and nothing between thousands."
        return CellFault("cell-number", f"{shown(text)!r} has a comma, which some countries read as a point.", hint)
    return text
