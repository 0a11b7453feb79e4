"""What a cell means. The table of docs/how-to/spreadsheets.md is tried here line by line."""

from datetime import date, datetime, time, timedelta

import pytest

from trueup.kinds.registry import KINDS
from trueup.model.identity import Kind
from trueup.spreadsheet.cells import CellFault, CellValue
from trueup.spreadsheet.fields import fields_of
from trueup.spreadsheet.typed_values import ColumnReading, DateOrder, read_cell, zero_led

FIELDS = fields_of(KINDS[Kind.CERTIFICATION])
TEXT, DAY = FIELDS["spec.certificateNumber"], FIELDS["spec.issueDate"]
DECIMAL, BOOLEAN = FIELDS["spec.voc.emission.densityMin"], FIELDS["spec.voc.content.containsAddedMCPCE"]
FLAG, ANY = FIELDS["spec.reportingBody.selfReported"], FIELDS["spec.contacts.phone"]


def code(value: CellValue, reading: ColumnReading) -> str:
    found = read_cell(value, reading)
    assert isinstance(found, CellFault), found
    assert found.message.endswith(".")
    return found.code


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2024-02-15", "2024-02-15"),
        ("2024-02-15T10:00:00Z", "2024-02-15T10:00:00Z"),
        ("2024/2/15", "2024-02-15"),
        ("15.02.2024", "2024-02-15"),
        ("25/12/2024", "2024-12-25"),
        ("12/25/2024", "2024-12-25"),
        ("05/05/2025", "2025-05-05"),
        (date(2024, 2, 15), "2024-02-15"),
        (datetime(2024, 2, 15), "2024-02-15"),  # noqa: DTZ001 - as in a cell
        (datetime(2024, 2, 15, 10, 30), "2024-02-15T10:30:00"),  # noqa: DTZ001
    ],
)
def test_a_date_that_can_only_be_one_day_is_that_day(value: CellValue, day: str) -> None:
    assert read_cell(value, ColumnReading(field=DAY)) == day


@pytest.mark.parametrize(
    "value", ["03/04/2025", "3-Apr-25", "01/02/24", "31/31/2024", "2024-02-30", "45678", 45678.0, time(10), "soon"]
)
def test_another_date_is_refused(value: CellValue) -> None:
    assert code(value, ColumnReading(field=DAY)) == "cell-date"


def test_the_map_can_say_what_comes_first() -> None:
    assert read_cell("03/04/2025", ColumnReading(field=DAY, order=DateOrder.DAY_FIRST)) == "2025-04-03"
    assert read_cell("03/04/2025", ColumnReading(field=DAY, order=DateOrder.MONTH_FIRST)) == "2025-03-04"
    assert code("12/25/2025", ColumnReading(field=DAY, order=DateOrder.DAY_FIRST)) == "cell-date"


@pytest.mark.parametrize(
    ("value", "text"), [("12.50", "12.50"), ("-3", "-3"), (12.5, "12.5"), (12.0, "12"), (7, "7"), (0.1, "0.1")]
)
def test_a_number_is_its_digits_in_a_field_of_numbers(value: CellValue, text: str) -> None:
    assert read_cell(value, ColumnReading(field=DECIMAL)) == text


@pytest.mark.parametrize("value", ["1,5", "1,234", "1.2E+11", "1e5", 0.1 + 0.2, 1e15, 123456789012345678])
def test_a_number_of_which_digits_may_be_lost_is_refused(value: CellValue) -> None:
    assert code(value, ColumnReading(field=DECIMAL)) == "cell-number"
    assert code(value, ColumnReading(field=DECIMAL, exact=True)) == "cell-number"


@pytest.mark.parametrize(
    "value", ["00123", "ABC-1", "1E5", "1.5", "Müller", "a\nb", "2024-02-15", "true", "=1", "yes", "Ã"]
)
def test_a_text_is_itself(value: str) -> None:
    assert read_cell(value, ColumnReading(field=TEXT)) == value


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (123.0, "cell-number"),
        (1.5, "cell-number"),
        ("1.23E+11", "cell-number"),
        ("1,23E+11", "cell-number"),
        ("123.0", "cell-number"),
        ("TRUE", "cell-type"),
        (True, "cell-type"),
        (date(2024, 2, 3), "cell-date"),
        (timedelta(hours=1), "cell-date"),
        ("3-Apr", "cell-date"),
        ("Mar-04", "cell-date"),
        ("#N/A", "cell-error"),
        ("#DIV/0!", "cell-error"),
        ("######", "cell-error"),
        ("a\xa0b", "cell-text"),
        ("a\u200b", "cell-text"),
        (" a", "cell-text"),
        ("a\tb", "cell-text"),
        ("MÃ¼ller", "cell-text"),
        ("M\ufffdller", "cell-text"),
        (CellFault("sheet-shape", "the cell is merged."), "sheet-shape"),
    ],
)
def test_a_text_that_a_program_may_have_changed_is_refused(value: CellValue, name: str) -> None:
    assert code(value, ColumnReading(field=TEXT)) == name


def test_a_value_that_a_manifest_has_is_not_damaged() -> None:
    for text in ("1.23E+11", "TRUE", "a\xa0b", "#N/A"):
        assert read_cell(text, ColumnReading(field=TEXT, known={text})) == text
    assert read_cell(123.0, ColumnReading(field=TEXT, known={"123"})) == "123"


def test_exact_accepts_what_is_only_suspected() -> None:
    for value, text in ((123.0, "123"), (1.5, "1.5"), ("1.23E+11", "1.23E+11"), ("TRUE", "TRUE"), (" a", " a")):
        assert read_cell(value, ColumnReading(field=TEXT, exact=True)) == text
    for lost in (True, date(2024, 1, 1), "#N/A", 1e15):
        assert isinstance(read_cell(lost, ColumnReading(field=TEXT, exact=True)), CellFault)


def test_digits_that_are_shorter_than_those_with_zeros_have_lost_some() -> None:
    digits = zero_led(["00456", "12345", 7, None, "0", "x"])
    assert digits == 5
    assert code("123", ColumnReading(field=TEXT, digits=digits)) == "cell-number"
    assert read_cell("12345", ColumnReading(field=TEXT, digits=digits)) == "12345"
    assert read_cell("0", ColumnReading(field=TEXT, digits=digits)) == "0"


@pytest.mark.parametrize("field", [BOOLEAN, FLAG])
def test_a_boolean_is_one_in_any_case(field: object) -> None:
    assert isinstance(field, type(BOOLEAN))
    assert read_cell(True, ColumnReading(field=field)) == "true"
    assert read_cell("TRUE", ColumnReading(field=field)) == "true"
    assert code(1, ColumnReading(field=field)) == "cell-type"
