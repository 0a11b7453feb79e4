"""xlsx files as spreadsheet programs write them, and hostile ones."""

import io
import re
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from trueup.errors import InvalidInput, UsageError
from trueup.spreadsheet.cells import CellFault, Table
from trueup.spreadsheet.xlsx import read_xlsx
from trueup.spreadsheet.xlsx_parts import UNPACKED_BYTES

SHEET = "xl/worksheets/sheet1.xml"


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(rows: list[list[Any]], change: Callable[[Any], None] | None = None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book.active)
    return saved(book)


def altered(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a file with one part changed, or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = dict.fromkeys([*old.namelist(), part])
        for name in names:
            data = old.read(name) if name in old.namelist() else b""
            new.writestr(name, change(data) if name == part else data)
    return out.getvalue()


def shared(content: bytes, text: bytes, before: bytes = b"") -> bytes:
    """Return a file with one shared text."""
    name = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return altered(
        content, "xl/sharedStrings.xml", lambda _: before + b"<sst %b><si><t>%b</t></si></sst>" % (name, text)
    )


def read(content: bytes, sheet: str = "") -> Table:
    return read_xlsx(content, "a.xlsx", sheet)


def refused(content: bytes, sheet: str = "") -> str:
    with pytest.raises(InvalidInput) as caught:
        read(content, sheet)
    (problem,) = caught.value.diagnostics
    return f"{problem.position} {problem.code} {problem.message} {problem.hint}"


PLAIN = filled([["a", "b"], ["00123", 1.5]])


def test_cells_have_the_types_that_the_program_gave_them() -> None:
    row = ["00123", 123, 1.5, True, date(2024, 2, 3), datetime(2024, 2, 3, 4, 5), time(3, 4), None]  # noqa: DTZ001 - as in a cell
    read_row = [*read(filled([list("abcdefgh"), row])).rows[2]]
    assert [*read_row[:7]] == row[:7]
    assert isinstance(read_row[3], bool)


def test_an_error_is_no_empty_cell() -> None:
    def error(sheet: Any) -> None:
        sheet["B2"].value, sheet["B2"].data_type = "#N/A", "e"

    assert read(filled([["a", "b"], ["1", "2"]], error)).rows[2] == (
        "1",
        CellFault("cell-error", "the cell is the error #N/A."),
    )


def test_a_formula_that_was_never_calculated_is_no_empty_cell() -> None:
    (_, cell) = read(filled([["a", "b"], ["1", "=A2"]])).rows[2]
    assert isinstance(cell, CellFault)
    assert "never calculated" in cell.message


def test_a_formula_with_a_result_is_that_result() -> None:
    content = altered(
        filled([["a", "b"], ["1", "=A2"]]), SHEET, lambda xml: re.sub(rb"<v ?/>|<v></v>", b"<v>7</v>", xml)
    )
    assert read(content).rows[2] == ("1", 7)


def test_an_error_beyond_the_last_value_is_found() -> None:
    def error(sheet: Any) -> None:
        sheet["B3"].value, sheet["B3"].data_type = "#REF!", "e"

    assert isinstance(read(filled([["a", "b"], ["1", "2"]], error)).rows[3][1], CellFault)


def test_merged_cells_are_refused_where_they_are_used() -> None:
    cells = read(filled([["a", "b"], ["1", "x"], ["2", None]], lambda sheet: sheet.merge_cells("B2:B3"))).rows
    assert [isinstance(row[1], CellFault) for row in cells.values()] == [True, True]
    assert [row[0] for row in cells.values()] == ["1", "2"]


def test_a_merged_title_is_no_header() -> None:
    content = filled([["Title", None], ["a", "b"]], lambda sheet: sheet.merge_cells("A1:B1"))
    with pytest.raises(InvalidInput, match="The cell is merged"):
        read(content)


def test_one_of_several_sheets_must_be_named() -> None:
    book = Workbook()
    book.active.append(["a", "b"])
    book.active.append(["1", "2"])
    book.create_sheet("Other").append(["c"])
    content = saved(book)
    assert "it has several sheets: 'Sheet', 'Other'. Name one with sheet:" in refused(content)
    assert "it has no sheet 'Othr'. Did you mean 'Other'?" in refused(content, "Othr")
    assert read(content, "Sheet").headers == {1: "a", 2: "b"}


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, PLAIN[:400]],
    # Without the contents: a part of a file has the time at which it was made.
    ids=["nothing", "CSV", "the start of a zip", "an old format", "a part of a file"],
)
def test_what_is_no_xlsx_file_is_refused(content: bytes) -> None:
    assert refused(content).startswith("a.xlsx:1:1 spreadsheet-file The spreadsheet cannot be read: it is not an xlsx")


def test_a_zip_file_without_sheets_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "hello")
    assert "it is not an xlsx file" in refused(out.getvalue())


@pytest.mark.slow
def test_a_part_that_unpacks_to_too_much_is_refused() -> None:
    bomb = altered(PLAIN, "xl/media/image1.png", lambda _: b"\0" * (UNPACKED_BYTES + 1))
    assert len(bomb) < UNPACKED_BYTES // 100
    assert "unpacked, it has more than 67,108,864 bytes" in refused(bomb)


def test_a_cell_far_away_allocates_nothing() -> None:
    assert "more than 20,000 rows or 256 columns" in refused(
        filled([["a"]], lambda s: s.__setitem__("XFD1048576", "x"))
    )


def test_a_sheet_that_is_large_in_both_directions_is_refused() -> None:
    assert "more than 1,000,000 cells" in refused(filled([["a"]], lambda sheet: sheet.__setitem__("GR19999", "x")))


def test_many_cells_with_one_long_text_are_refused() -> None:
    rows = b"".join(b'<row><c t="s"><v>0</v></c></row>' for _ in range(2_500))
    content = altered(
        PLAIN, SHEET, lambda xml: re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>%b</sheetData>" % rows, xml)
    )
    assert "its cells have more than 67,108,864 characters" in refused(shared(content, b"x" * 32_000))
    assert read(shared(content, b"x" * 3)).headers == {1: "xxx"}


def test_entities_are_refused() -> None:
    content = shared(PLAIN, b"&a;", b'<!DOCTYPE sst [<!ENTITY a "aaaa">]>')
    assert "it defines XML entities" in refused(content)


def test_a_part_that_is_no_xml_is_refused() -> None:
    assert "is not well-formed XML" in refused(altered(PLAIN, SHEET, lambda xml: xml.replace(b"</row>", b"</wor>")))


def test_without_the_extra_the_install_line_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(UsageError, match=r"^Reading xlsx files needs .* python -m pip install 'trueup\[xlsx\]'"):
        read(PLAIN)
