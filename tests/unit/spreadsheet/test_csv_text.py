import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.errors import InvalidInput
from trueup.spreadsheet.cells import CELL_CHARACTERS, COLUMNS_AT_MOST, ROWS_AT_MOST
from trueup.spreadsheet.csv_text import harmless_cell, original_cell, read_csv, write_csv


def rows(content: bytes) -> dict[int, tuple[object, ...]]:
    return {number: tuple(cells) for number, cells in read_csv(content, "a.csv").rows.items()}


def refused(content: bytes) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read_csv(content, "a.csv")
    return [
        f"{d.position} {d.code} {f'{d.path}: ' if d.path else ''}{d.message} {d.hint}".strip()
        for d in caught.value.diagnostics
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n",
        b"a;b\n1;2\n",
        b"a\tb\r\n1\t2\r\n",
        b"\xef\xbb\xbfa,b\n1,2",
        b'"a";"b"\n"1";"2"\n',
        b"\n\na,b\n\n1,2\n,\n\n",
    ],
)
def test_the_separator_and_the_mark_are_found(content: bytes) -> None:
    assert list(rows(content).values()) == [("1", "2")]


def test_a_row_has_the_number_that_a_spreadsheet_program_shows() -> None:
    assert rows(b'a,b\n"x\ny",2\n\n3,4\n') == {2: ("x\ny", "2"), 4: ("3", "4")}


def test_a_first_line_names_the_separator_and_is_no_row() -> None:
    assert rows(b"sep=;\r\na;b,c\r\n1;2,3\r\n") == {2: ("1", "2,3")}
    assert rows(b"\xef\xbb\xbfSEP=,\na,b;c\n1,2;3\n") == {2: ("1", "2;3")}


def test_commas_in_the_cells_of_a_file_with_semicolons_do_not_divide_them() -> None:
    assert rows(b"a, old;b\n1,5;2\n3;4\n") == {2: ("1,5", "2"), 3: ("3", "4")}


def test_a_header_counts_with_single_spaces() -> None:
    assert read_csv(b'" a\n  b ",c\n1,2\n', "a.csv").headers == {1: "a b", 2: "c"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "a.csv:1:1 spreadsheet-file The spreadsheet cannot be read: it is empty."),
        (b"\n , \n", "a.csv:1:1 spreadsheet-file The spreadsheet cannot be read: it has no rows."),
        (b"a,b\n1,\xe4\n", "a.csv:2:2 spreadsheet-file The spreadsheet cannot be read: it is not UTF-8: byte 0xE4"),
        ("a,b\n".encode("utf-16"), "a.csv:1:1 spreadsheet-file The spreadsheet cannot be read: it is UTF-16"),
        (b"a,b\n1,\0\n", "a.csv:2:1 spreadsheet-file The spreadsheet cannot be read: it has a NUL character."),
        (b'a,b\n1,"2\n', "a.csv:2:1 spreadsheet-file The spreadsheet cannot be read: a quote is not closed"),
        (b"a,b;c\n1,2;3,4;5\n", "a.csv:1:1 spreadsheet-file The spreadsheet cannot be read: ',' and ';' both divide"),
        (b"a,b\n1\n", "a.csv:2:1 sheet-shape A2: The row has 1 cells, and the header has 2."),
        (b"a,b\n1,2,3\n", "a.csv:2:3 sheet-shape C2: The cell has a value, and its column has no header."),
        (b"a,,b\n1,2,3\n", "a.csv:2:2 sheet-shape B2: The cell has a value, and its column has no header."),
        (b"a,b,a\n1,2,3\n", "a.csv:1:3 sheet-header C1: The header 'a' is also in A1."),
    ],
)
def test_what_is_not_certain_is_refused_with_row_and_column(content: bytes, said: str) -> None:
    (problem,) = refused(content)
    assert problem.startswith(said)


def test_empty_cells_without_a_header_are_no_problem() -> None:
    assert rows(b"a,,b,\n1,,3,,\n") == {2: ("1", "", "3", "")}


def test_all_problems_of_the_shape_are_reported() -> None:
    assert len(refused(b"a,a,b\n1\n1,2,3,4\n")) == 3


@pytest.mark.slow
def test_more_rows_columns_or_characters_than_allowed_are_refused() -> None:
    assert "more than 20,000 rows" in refused(b"a,b\n" + b"1,2\n" * ROWS_AT_MOST)[0]
    assert "more than 256 columns" in refused(b",".join([b"a"] * (COLUMNS_AT_MOST + 1)))[0]
    assert "32,767 characters" in refused(b"a,b\n1," + b"x" * (CELL_CHARACTERS + 1))[0]
    assert "1,000,000 cells" in refused(b",".join(b"%d" % n for n in range(200)) + (b"\n" + b"," * 199) * 6_000)[0]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-5", "'-5"),
        ("@A1", "'@A1"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        (' "=1', "' \"=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ("a\n=1", "a\n'=1"),
        ("'=1", "''=1"),
        ("a=1, b-2", "a=1, b-2"),
        ("2024-01-02", "2024-01-02"),
        ("'quoted'", "'quoted'"),
    ],
)
def test_a_cell_that_could_be_a_formula_begins_with_an_apostrophe(text: str, written: str) -> None:
    assert harmless_cell(text) == written
    assert original_cell(written) == text


@given(st.text(alphabet="'\" =+-@\t\r\n;,a\uff1d", max_size=12) | st.text(max_size=20))
def test_what_is_made_harmless_is_read_back_as_it_was(text: str) -> None:
    assert original_cell(harmless_cell(text)) == text
    written = write_csv([["h", "i"], [text, "x"]])
    assert '"=' not in written.replace('""', "")


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=5))
def test_a_table_that_was_written_is_read_back(cells: list[tuple[str, str]]) -> None:
    cells = [(one.replace("\0", ""), other.replace("\0", "")) for one, other in cells]
    read = read_csv(write_csv([["a", "b"], *cells]).encode("utf-8", "replace"), "a.csv")
    kept = [cell for cell in cells if any(text.strip() for text in cell)]
    assert [tuple(row) for row in read.rows.values()] == [
        tuple(text.encode("utf-8", "replace").decode() for text in cell) for cell in kept
    ]
