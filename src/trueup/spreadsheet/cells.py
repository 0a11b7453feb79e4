"""The cells of a spreadsheet with their places, and the problems of its shape.

A row and a column are numbered as in a spreadsheet program: from 1, the header is a row, and a row of a CSV file can
have several lines. The position of a cell has the row as its line and the column as its column.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final

from trueup.errors import Diagnostic, InvalidInput
from trueup.manifest.limits import limited
from trueup.model.position import Position

ROWS_AT_MOST: Final = 20_000
"""Rows of a sheet, with the header."""
COLUMNS_AT_MOST: Final = 256
"""Columns of a sheet."""
CELLS_AT_MOST: Final = 1_000_000
"""Cells of a sheet up to its last row and column, empty ones included."""
CELL_CHARACTERS: Final = 32_767
"""Characters of a cell; no spreadsheet program has more."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """Why a cell is refused: a code, a clause for the message, and a hint.

    ``suspected``: the cell may be right, so ``exact`` in the map allows it.
    """

    code: str
    message: str
    hint: str = ""
    suspected: bool = False


CellValue = str | int | float | bool | date | time | timedelta | CellFault | None
"""The value of a cell as it is typed; None and blank texts are empty. A ``date`` can be a ``datetime``."""


@dataclass(frozen=True, slots=True)
class CellPlace:
    """The place of a cell: row and column count from 1; ``header`` is empty for a cell of the header itself."""

    file: str
    row: int
    column: int
    header: str = ""

    @property
    def position(self) -> Position:
        """Return the place as a position."""
        return Position(self.file, self.row, self.column)

    def __str__(self) -> str:
        """Return the place as people see it in a spreadsheet program: ``C3 (Issue date)``."""
        name = f"{letters(self.column)}{self.row}"
        return f"{name} ({self.header})" if self.header else name


def letters(column: int) -> str:
    """Return the letters of a column: A for 1, AA for 27."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def cell_problem(place: CellPlace, code: str, message: str, hint: str = "") -> Diagnostic:
    """Return the diagnostic of a cell; ``message`` is a sentence, which can begin with a small letter."""
    # Not quotable: the column is not one of the characters of a line.
    sentence = message[:1].upper() + message[1:]
    return Diagnostic(code=code, message=sentence, position=place.position, path=str(place), hint=hint, quotable=False)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows below the header of a sheet. ``headers`` maps columns to their headers, ``rows`` row numbers to cells.

    Cells are in the order of the columns, the first one in column 1. Rows without a value are left out.
    """

    file: str
    headers: Mapping[int, str]
    rows: Mapping[int, Sequence[CellValue]]

    def place(self, row: int, column: int) -> CellPlace:
        """Return the place of a cell."""
        return CellPlace(self.file, row, column, self.headers[column])

    def column(self, number: int) -> Iterator[CellValue]:
        """Yield the values of a column that are not empty."""
        return (cells[number - 1] for cells in self.rows.values() if not is_blank_cell(cells[number - 1]))


def is_blank_cell(value: CellValue) -> bool:
    """Return whether a cell is empty."""
    return value is None or (isinstance(value, str) and not value.strip())


def table_of(file: str, rows: Iterable[Sequence[CellValue]], *, ragged: bool) -> Table:
    """Return the table of all rows of a sheet; the first row with a value is the header.

    ``ragged``: the rows are as long as they were written, so a short one is a problem. Raises InvalidInput with all
    problems of the shape.
    """
    found = _within_bounds(file, rows)
    start = next((number for number, cells in found.items() if not all(map(is_blank_cell, cells))), None)
    if start is None:
        raise refused_file(file, "it has no rows")
    headers, problems = _headers(file, start, found[start])
    table = Table(file, headers, kept := {})
    width = len(found[start])
    named = {number for number, cell in enumerate(found[start], 1) if not is_blank_cell(cell)}
    for number, cells in found.items():
        if number <= start or all(map(is_blank_cell, cells)):
            continue
        kept[number] = (*cells, *[None] * (width - len(cells)))[:width]
        extra = next((n for n, cell in enumerate(cells, 1) if n not in named and not is_blank_cell(cell)), None)
        if extra is not None:
            words = "the cell has a value, and its column has no header."
            problems.append(cell_problem(CellPlace(file, number, extra), "sheet-shape", words))
        elif ragged and len(cells) < width:
            words = f"the row has {len(cells)} cells, and the header has {width}."
            problems.append(cell_problem(CellPlace(file, number, len(cells)), "sheet-shape", words))
    if problems:
        raise InvalidInput(limited(problems))
    return table


def refused_file(file: str, why: str, hint: str = "", row: int = 1, column: int = 1) -> InvalidInput:
    """Return the error of a file that is not read; ``why`` is a clause such as "it has no rows"."""
    message = f"The spreadsheet cannot be read: {why}."
    place = Position(file, row, column)
    return InvalidInput(
        [Diagnostic(code="spreadsheet-file", message=message, position=place, hint=hint, quotable=False)]
    )


def _within_bounds(file: str, rows: Iterable[Sequence[CellValue]]) -> dict[int, Sequence[CellValue]]:
    found: dict[int, Sequence[CellValue]] = {}
    count = 0
    for number, cells in enumerate(rows, 1):
        count += len(cells)
        if number > ROWS_AT_MOST or count > CELLS_AT_MOST:
            raise refused_file(file, f"it has more than {ROWS_AT_MOST:,} rows or {CELLS_AT_MOST:,} cells", row=number)
        if len(cells) > COLUMNS_AT_MOST:
            raise refused_file(file, f"it has more than {COLUMNS_AT_MOST} columns", row=number, column=len(cells))
        long = next((n for n, c in enumerate(cells, 1) if isinstance(c, str) and len(c) > CELL_CHARACTERS), None)
        if long is not None:
            raise refused_file(file, f"a cell has more than {CELL_CHARACTERS:,} characters", row=number, column=long)
        found[number] = cells
    return found


def _headers(file: str, row: int, cells: Sequence[CellValue]) -> tuple[dict[int, str], list[Diagnostic]]:
    headers: dict[int, str] = {}
    problems = []
    for number, value in enumerate(cells, 1):
        place = CellPlace(file, row, number)
        if is_blank_cell(value):
            continue
        if not isinstance(value, str):
            why = value.message if isinstance(value, CellFault) else "the header is not text."
            problems.append(cell_problem(place, "sheet-header", why))
            continue
        # A header with a line break, or with two spaces, is written in the map with one space.
        header = " ".join(value.split())
        first = next((n for n, name in headers.items() if name == header), None)
        if first is None:
            headers[number] = header
        else:
            words = f"the header {header!r} is also in {letters(first)}{row}."
            problems.append(cell_problem(place, "sheet-header", words, "Give each column a header of its own."))
    return headers, problems
