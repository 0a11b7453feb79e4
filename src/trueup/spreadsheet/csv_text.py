"""Read and write CSV files."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

from trueup.errors import InvalidInput
from trueup.manifest.yaml_errors import BYTE_ORDER_MARK
from trueup.spreadsheet.cells import CELL_CHARACTERS, ROWS_AT_MOST, Table, refused_file, table_of

_DELIMITERS: Final = (",", ";", "\t")
# Not part of CSV: programs write this line for Excel, which does not show it, so it is no row.
_SEPARATOR_LINE: Final = re.compile(r"sep=([,;\t])(?:\r\n|\r|\n)", re.IGNORECASE)
_AS_UTF_8: Final = 'In Excel, save the file as "CSV UTF-8 (Comma delimited)".'

# OWASP, CSV Injection: a cell that begins with one of these can be run as a formula. Spaces and quotes before it do not
# count, and some locales take the full-width forms.
_SIGNS: Final = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
# A program with another separator than the comma does not see the quotes, and begins a cell after these as well.
_BREAKS: Final = re.compile(r"([;\t\r\n])")


def harmless_cell(text: str) -> str:
    """Return a text that no spreadsheet program runs as a formula: with an apostrophe before what could begin one."""
    return "".join(f"'{piece}" if harmful else piece for piece, harmful in _pieces(text))


def original_cell(text: str) -> str:
    """Return the text that :func:`harmless_cell` was given."""
    return "".join(piece[1:] if harmful and piece.startswith("'") else piece for piece, harmful in _pieces(text))


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a text that a program could read as cells, each with whether it could be run as a formula."""
    parts = [*_BREAKS.split(text), ""]
    for piece, end in zip(parts[::2], parts[1::2], strict=True):
        # Programs skip quotes and spaces before a formula.
        begin = next((sign for sign in piece if sign not in "'\"" and not sign.isspace()), end)
        yield piece, begin in _SIGNS
        yield end, False


def write_csv(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows as CSV (RFC 4180) with all cells in quotes and made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([harmless_cell(cell) for cell in row] for row in rows if row)
    return out.getvalue()


def read_csv(content: bytes, file: str) -> Table:
    """Return the table of a CSV file in UTF-8, with or without a byte order mark.

    The separator is the comma, the semicolon or the tab: the one that a first line such as ``sep=;`` names, else the
    only one that divides the header or, of several, the only one that gives all rows as many cells as the header.
    Raises InvalidInput.
    """
    text = _decoded(content, file)
    named = _SEPARATOR_LINE.match(text)
    text = text[named.end() if named else 0 :]
    tried = {delimiter: _rows(text, delimiter) for delimiter in (named[1] if named else _DELIMITERS)}
    parsed = {d: rows for d, rows in tried.items() if rows and len(next(filter(None, rows), [])) > 1}
    if len(parsed) > 1:
        even = {d: rows for d, rows in parsed.items() if len({len(row) for row in rows if row}) == 1}
        if len(even) != 1:
            names = " and ".join(map(repr, parsed))
            raise refused_file(file, f"{names} both divide the header", "Put cells with a separator in quotes.")
        parsed = even
    rows = next(iter(parsed.values()), next(iter(tried.values())))
    if rows is None:
        raise _unclosed(text, file)
    return table_of(file, [[original_cell(cell) for cell in row] for row in rows], ragged=True)


def _decoded(content: bytes, file: str) -> str:
    content = content.removeprefix(BYTE_ORDER_MARK)
    if not content.strip():
        raise refused_file(file, "it is empty")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refused_file(file, "it is UTF-16, not UTF-8", _AS_UTF_8)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start]
        row = before.count(b"\n") + 1
        column = 1 + sum(map(before.rpartition(b"\n")[2].count, (b",", b";", b"\t")))
        why = f"it is not UTF-8: byte 0x{content[error.start]:02X} in line {row}"
        raise refused_file(file, why, _AS_UTF_8, row, column) from None
    if "\0" in text:
        raise refused_file(file, "it has a NUL character", _AS_UTF_8, text[: text.index("\0")].count("\n") + 1)
    return text


def _rows(text: str, delimiter: str) -> list[list[str]] | None:
    """Return the rows, one more than are allowed at most; None if the quotes do not fit to this separator."""
    # The limit of the module is that of the process, so it is left alone; it is higher than that of a cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return list(islice(reader, ROWS_AT_MOST + 1))
    except csv.Error:
        return None


def _unclosed(text: str, file: str) -> InvalidInput:
    reader, row = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    with suppress(csv.Error):
        for row, _ in enumerate(reader, 2):  # noqa: B007 - the number after the last row that could be read
            pass
    why = f"a quote is not closed, text follows a closing quote, or a cell has over {CELL_CHARACTERS:,} characters"
    return refused_file(file, why, "Write a quote inside of quotes twice.", row)
