"""Read xlsx files with python-calamine, which the extra ``trueup[xlsx]`` installs."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from trueup.errors import UsageError
from trueup.manifest.suggestions import did_you_mean
from trueup.spreadsheet.cells import CellFault, CellValue, Table, refused_file, table_of
from trueup.spreadsheet.xlsx_parts import SheetPart, damaged_file, sheet_parts

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_INSTALL: Final = (
    "Reading xlsx files needs python-calamine, which is not installed. Install it with: "
    "python -m pip install 'trueup[xlsx]'. A CSV file needs nothing."
)
_MERGED_AT_MOST: Final = 1_000
"""Merged ranges that are looked at, so that the time is bounded."""
_MERGED: Final = CellFault(
    "sheet-shape", "the cell is merged with others. Unmerge it, and write the value into each cell that has it."
)


def read_xlsx(content: bytes, file: str, sheet: str = "") -> Table:
    """Return the table of a sheet, by default of the only one.

    Raises InvalidInput, and UsageError without python-calamine.
    """
    try:
        from python_calamine import (  # noqa: PLC0415 - an optional dependency
            CalamineError,
            CalamineWorkbook,
        )
    except ImportError:
        raise UsageError(_INSTALL) from None
    parts = sheet_parts(content, file)
    name = _chosen(parts, sheet, file)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            found = book.get_sheet_by_name(name)
            rows = _rows(found, parts[name])
    except CalamineError:
        raise damaged_file(file) from None
    return table_of(file, rows, ragged=False)


def _chosen(parts: Mapping[str, SheetPart], sheet: str, file: str) -> str:
    """Return the name of the sheet; raise InvalidInput if it is not known which one is meant."""
    names = ", ".join(map(repr, parts)) or "none"
    if not sheet and len(parts) == 1:
        return next(iter(parts))
    if not sheet:
        raise refused_file(file, f"it has several sheets: {names}", "Name one with sheet: in the map, or with --sheet.")
    if sheet not in parts:
        raise refused_file(file, f"it has no sheet {sheet!r}", did_you_mean(sheet, parts) or f"Sheets: {names}.")
    return sheet


def _rows(sheet: "CalamineSheet", part: SheetPart) -> list[list[CellValue]]:
    rows: list[list[CellValue]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    # Only cells within the area that has values can be replaced; an error at its edge makes it larger.
    width = max(part.columns, max(map(len, rows), default=0))
    rows = [[*row, *[None] * (width - len(row))] for row in rows]
    rows += [[None] * width for _ in range(part.rows - len(rows))]
    for (row, column), cell in part.unusable.items():
        rows[row - 1][column - 1] = cell
    for (top, left), (bottom, right) in (sheet.merged_cell_ranges or ())[:_MERGED_AT_MOST]:
        for cells in rows[top : bottom + 1]:
            cells[left : right + 1] = [_MERGED for _ in cells[left : right + 1]]
    return rows
