"""Look through the parts of an xlsx file before it is read: bounds, and cells that the reader would return as empty.

An xlsx file is a zip file of XML parts. python-calamine allocates a cell for each place up to the last row and column,
and a copy of a shared text for each cell that uses it, and an allocation that fails ends the process. It returns error
cells and formulas that were never calculated as empty.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from trueup.errors import InvalidInput
from trueup.spreadsheet.cells import (
    CELL_CHARACTERS,
    CELLS_AT_MOST,
    COLUMNS_AT_MOST,
    ROWS_AT_MOST,
    CellFault,
    refused_file,
)

UNPACKED_BYTES: Final = 64 * 1024 * 1024
"""Bytes of all parts together, unpacked."""
_PARTS_AT_MOST: Final = 1_000
_TEXT_AT_MOST: Final = 64 * 1024 * 1024
"""Characters of all cells together."""
_PART: Final = 65_536
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

_BOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"


@dataclass(slots=True)
class SheetPart:
    """What a part says: of a sheet, its last row and column and its unusable cells; of others, names and texts.

    ``unusable`` maps row and column, from 1, to the cell. ``texts`` are the lengths of shared texts, ``used`` the
    indexes of those that cells use. ``attributes`` are those of the elements ``sheet`` and ``Relationship``.
    """

    root: str = ""
    rows: int = 0
    columns: int = 0
    unusable: dict[tuple[int, int], CellFault] = field(default_factory=dict)
    texts: list[int] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    attributes: list[Mapping[str, str]] = field(default_factory=list)


class _Refused(Exception):
    """The file is not read, for the reason in the text."""


def sheet_parts(content: bytes, file: str) -> Mapping[str, SheetPart]:
    """Return the parts of the sheets by their names in the workbook, in its order. Raises InvalidInput."""
    try:
        parts = dict(_parts(content))
        _check_texts(parts)
        return _named(parts)
    except _Refused as error:
        raise refused_file(file, str(error)) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        hint = "Save it as xlsx, without a password. A file from before 2007 (xls) is another format."
        raise refused_file(file, "it is not an xlsx file, or is damaged", hint) from None


def _parts(content: bytes) -> Iterator[tuple[str, SheetPart]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if len(archive.infolist()) > _PARTS_AT_MOST:
            raise _Refused(f"it has more than {_PARTS_AT_MOST:,} parts")
        left = UNPACKED_BYTES
        for info in archive.infolist():
            scan = _Scan()
            with archive.open(info) as part:
                # Counted while unpacking: the size that the file states can be wrong.
                while block := part.read(_PART):
                    left -= len(block)
                    if left < 0:
                        raise _Refused(f"unpacked, it has more than {UNPACKED_BYTES:,} bytes")
                    scan.feed(block)
            yield info.filename, scan.found


def _check_texts(parts: Mapping[str, SheetPart]) -> None:
    """Raise _Refused if the cells have too much text; many cells can use one shared text."""
    shared = [length for part in parts.values() for length in part.texts]
    if sum(shared[i] for part in parts.values() for i in part.used if i < len(shared)) > _TEXT_AT_MOST:
        raise _Refused(f"its cells have more than {_TEXT_AT_MOST:,} characters")


def _named(parts: Mapping[str, SheetPart]) -> dict[str, SheetPart]:
    if _BOOK not in parts or _RELATIONS not in parts:
        raise _Refused("it is not an xlsx file")
    targets = {a.get("Id", ""): a.get("Target", "") for a in parts[_RELATIONS].attributes}
    named = {}
    for sheet in parts[_BOOK].attributes:
        target = targets.get(sheet.get("id", ""), "")
        path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        # A sheet of charts has no cells.
        if path in parts and parts[path].root == "worksheet":
            named[sheet.get("name", "")] = parts[path]
    return named


class _Scan:
    """The scan of one part; a part that is not XML is skipped."""

    def __init__(self) -> None:
        self.found = SheetPart()
        self._started = self._skipped = False
        self._cell: tuple[int, int] = (0, 0)
        self._type, self._formula, self._text = "", False, ""
        self._inside = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._entity

    def feed(self, block: bytes) -> None:
        """Scan the next bytes. Raises InvalidInput or _Refused."""
        if not self._started:
            self._started = True
            # A picture. Every encoding of XML begins with a mark or with <.
            self._skipped = not re.match(rb"\s*(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|\0?<)", block)
        if self._skipped:
            return
        try:
            self._parser.Parse(block, False)
        except expat.ExpatError:
            raise _Refused("a part of it is not well-formed XML") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        self.found.root = self.found.root or name
        match name:
            case "sheet" | "Relationship":
                self.found.attributes.append({_local(key): value for key, value in attributes.items()})
            case "row":
                self._row(attributes.get("r"))
            case "c":
                self._begin_cell(attributes)
            case "f":
                self._formula = True
            case "si":
                self.found.texts.append(0)
            case "v" | "t":
                self._inside, self._text = True, ""

    def _end(self, name: str) -> None:
        match _local(name):
            case "c":
                self._end_cell()
            case "t" if self.found.texts:
                self.found.texts[-1] += len(self._text)
                if self.found.texts[-1] > CELL_CHARACTERS:
                    raise _Refused(f"a text has more than {CELL_CHARACTERS:,} characters")
            case _:
                pass
        self._inside = False

    def _characters(self, text: str) -> None:
        if self._inside and len(self._text) <= CELL_CHARACTERS:
            self._text += text

    def _entity(self, *_: Any) -> None:
        raise _Refused("it defines XML entities")

    def _row(self, number: str | None) -> None:
        self._cell = (int(number) if number else self._cell[0] + 1, 0)

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        row, column = self._cell
        found = _REFERENCE.fullmatch(attributes.get("r", ""))
        if found:
            row, column = int(found[2]), 0
            for sign in found[1]:
                column = column * 26 + ord(sign) - ord("A") + 1
        else:
            column += 1
        self._cell = (row, column)
        self._type, self._formula, self._text = attributes.get("t", ""), False, ""
        # The last row can be empty cells with a format only.
        self.found.rows, self.found.columns = max(self.found.rows, row), max(self.found.columns, column)
        if self.found.rows > ROWS_AT_MOST or self.found.columns > COLUMNS_AT_MOST:
            raise _Refused(f"a sheet has more than {ROWS_AT_MOST:,} rows or {COLUMNS_AT_MOST} columns")
        if self.found.rows * self.found.columns > CELLS_AT_MOST:
            raise _Refused(f"a sheet has more than {CELLS_AT_MOST:,} cells")

    def _end_cell(self) -> None:
        if self._type == "e":
            reason = f"the cell is the error {self._text[:20]}."
            self.found.unusable[self._cell] = CellFault("cell-error", reason)
        elif self._formula and not self._text and self._type != "str":
            reason = "the formula was never calculated. Open the file in a spreadsheet program, and save it."
            self.found.unusable[self._cell] = CellFault("cell-error", reason)
        elif self._type == "s" and self._text.strip().isdecimal():
            self.found.used.append(int(self._text[:9]))


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def damaged_file(file: str) -> InvalidInput:
    """Return the error of a file that the reader refuses."""
    return refused_file(file, "it is not an xlsx file, or is damaged")
