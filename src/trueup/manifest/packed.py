"""Pack a checked file into bytes, and unpack it as far as it is asked for.

What every run needs (identity, labels, lifecycle, diagnostics) stands in front; what only a plan needs, the spec and
the places of its nodes, is unpacked when somebody looks at it. An outline leaves that out, since it costs several times
as much as the rest: who looks at it all the same has the file checked once more. JSON, because whatever it is given it
builds plain data and nothing else. Numbers with a point or an exponent are written as such and come back as the
decimals they were.
"""

import json
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from trueup.errors import Diagnostic, Severity
from trueup.manifest.checked import CheckedDocument, CheckedFile
from trueup.manifest.positions import NodePositions
from trueup.model.identity import Kind
from trueup.model.position import Position, Positions, Step

_MARK: Final = "\ue000"
"""In front of a decimal on its way into JSON, which then takes it out again."""
_ESCAPED: Final = r"\ue000"
_MARKED: Final = re.compile(r'"\\ue000([^"]*)"')
_WHOLE: Final = b"w"
_OUTLINE: Final = b"o"
_SPLIT: Final = b"\n"
_KINDS: Final = {str(kind): kind for kind in Kind}
_LENGTH: Final = 4


class Unpackable(ValueError):
    """The bytes are not what :func:`pack` made, or the file is one that cannot be packed."""


def pack(checked: CheckedFile) -> bytes:
    """Return a file as bytes: a line of JSON, and then for each document its content and the places of its nodes.

    Raises Unpackable for what :func:`unpack` would not give back as it was.
    """
    bodies = [_body(document.content, document.positions) for document in checked.documents]
    return b"".join((_WHOLE, _head(checked, bodies), _SPLIT, *(part for body in bodies for part in body)))


def outline(checked: CheckedFile) -> bytes:
    """Return a file as bytes without its specs and places. Raises Unpackable as :func:`pack` does."""
    return b"".join((_OUTLINE, _head(checked, [(b"", b"")] * len(checked.documents)), _SPLIT))


def is_outline(packed: bytes) -> bool:
    """Return whether these bytes are what :func:`outline` made."""
    return packed.startswith(_OUTLINE)


def unpack(packed: bytes, name: str, again: Callable[[], CheckedFile]) -> CheckedFile:
    """Return the file that was packed, under the name by which it is known now. Raises Unpackable.

    ``again`` checks the same text once more: called when somebody looks at what an outline leaves out.
    """
    try:
        end = packed.index(_SPLIT)
        count, said, fronts = _read_json(packed[1:end].decode())
        return CheckedFile(
            documents=list(_documents(packed, end + 1, fronts, name, again)),
            count=count,
            diagnostics=tuple(_diagnostic(name, *saying) for saying in said),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise Unpackable(str(error)) from None


def pack_document(root: object, positions: Positions) -> bytes:
    """Return one document as bytes.

    Raises Unpackable for what :func:`unpack_document` would not give back as it was.
    """
    content, places = _body(root, positions)
    return b"".join((len(content).to_bytes(_LENGTH), content, places))


def unpack_document(packed: bytes, name: str) -> tuple[Any, Positions]:
    """Return the document that was packed, in a file of this name. Raises Unpackable."""
    content = int.from_bytes(packed[:_LENGTH])
    body = _Body(packed, _LENGTH, content, len(packed) - _LENGTH - content)
    try:
        root = body.content()
        return root, NodePositions(name, root, body.places())
    except ValueError as error:
        raise Unpackable(str(error)) from None


class PackedSpec(Mapping[str, Any]):
    """Be the spec of a packed document, unpacked when it is first looked at."""

    __slots__ = ("_body", "_spec")

    def __init__(self, body: "_Body | _LeftOut") -> None:
        self._body = body
        self._spec: Mapping[str, Any] | None = None

    @property
    def plain(self) -> Mapping[str, Any]:
        """Return the spec itself."""
        if self._spec is None:
            self._spec = self._body.content().get("spec", {})
        return self._spec

    def __getitem__(self, name: str) -> Any:
        return self.plain[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.plain)

    def __len__(self) -> int:
        return len(self.plain)


class PackedPositions:
    """Find the places of a packed document's nodes; see :class:`~trueup.model.position.Positions`."""

    __slots__ = ("_body", "_column", "_file", "_line", "_nodes")

    def __init__(self, file: str, line: int, column: int, body: "_Body | _LeftOut") -> None:
        self._file, self._line, self._column, self._body = file, line, column, body
        self._nodes: NodePositions | None = None

    def at(self, path: Sequence[Step]) -> Position:
        """Return the position of the node at ``path``, or of its deepest ancestor that exists."""
        if not path:
            return Position(self._file, self._line, self._column)
        if self._nodes is None:
            self._nodes = NodePositions(self._file, self._body.content(), self._body.places())
        return self._nodes.at(path)


class _Body:
    """Be the part of a packed file that holds one document."""

    __slots__ = ("_content", "_packed", "_places", "_start")

    def __init__(self, packed: bytes, start: int, content: int, places: int) -> None:
        self._packed, self._start, self._content, self._places = packed, start, content, places

    def content(self) -> Any:
        middle = self._start + self._content
        return json.loads(self._packed[self._start : middle], parse_float=Decimal)

    def places(self) -> "array[int]":
        middle = self._start + self._content
        places = array("I")
        places.frombytes(self._packed[middle : middle + self._places])
        return places


class _LeftOut:
    """Be what an outline leaves out of one document of a file."""

    __slots__ = ("_again", "_number")

    def __init__(self, again: Callable[[], CheckedFile], number: int) -> None:
        self._again, self._number = again, number

    def content(self) -> Any:
        return self._again().documents[self._number].content

    def places(self) -> "array[int]":
        positions = self._again().documents[self._number].positions
        assert isinstance(positions, NodePositions), "a file that was just checked is not packed"
        return positions.places


def _head(checked: CheckedFile, bodies: Sequence[tuple[bytes, bytes]]) -> bytes:
    head = [
        checked.count,
        [_said(diagnostic) for diagnostic in checked.diagnostics],
        [_front(document, body) for document, body in zip(checked.documents, bodies, strict=True)],
    ]
    return _json(head).encode()


def _front(document: CheckedDocument, body: tuple[bytes, bytes]) -> list[Any]:
    content, place = document.content, document.positions.at(())
    parts = [len(part) for part in body]
    known = (content["metadata"], content.get("lifecycle"))
    return [document.kind, document.good, *known, place.line, place.column, *parts]


def _documents(
    packed: bytes, start: int, fronts: Sequence[Any], name: str, again: Callable[[], CheckedFile]
) -> Iterator[CheckedDocument]:
    whole = not is_outline(packed)
    for number, (kind, good, metadata, lifecycle, line, column, content, places) in enumerate(fronts):
        body = _Body(packed, start, content, places) if whole else _LeftOut(again, number)
        start += content + places
        known = {"metadata": metadata, "lifecycle": lifecycle, "spec": PackedSpec(body)}
        yield CheckedDocument(_KINDS[kind], known, PackedPositions(name, line, column, body), good)
    if start != len(packed):
        raise Unpackable("the file is longer or shorter than it says")


def _body(root: object, positions: Positions) -> tuple[bytes, bytes]:
    if not isinstance(positions, NodePositions):
        raise Unpackable("the file is packed already")
    text = _json(root)
    if _ESCAPED in text:
        if _ESCAPED in repr(root):
            raise Unpackable("a text holds the mark of decimals")
        text = _MARKED.sub(r"\1", text)
    return text.encode(), positions.places.tobytes()


def _decimal(number: object) -> str:
    if not isinstance(number, Decimal):
        raise TypeError(f"{type(number).__name__} is not packed")
    # Every decimal that is read has a point, so that it comes back as one.
    return f"{_MARK}{number}"


# One encoder and one decoder for all: json's functions look for more than is needed, or make another every time.
_read_json: Final = json.JSONDecoder().decode
_json: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=_decimal).encode


def _said(diagnostic: Diagnostic) -> list[Any]:
    place = diagnostic.position
    return [
        diagnostic.code,
        diagnostic.message,
        place.line,
        place.column,
        diagnostic.severity,
        diagnostic.path,
        diagnostic.allowed,
        diagnostic.hint,
        diagnostic.quotable,
    ]


def _diagnostic(  # noqa: PLR0913, PLR0917 - the members as they stand in the line
    name: str,
    code: str,
    message: str,
    line: int,
    column: int,
    severity: str,
    path: str,
    allowed: str,
    hint: str,
    quotable: bool,  # noqa: FBT001 - as above
) -> Diagnostic:
    return Diagnostic(
        code=code,
        message=message,
        position=Position(name, line, column),
        severity=Severity(severity),
        path=path,
        allowed=allowed,
        hint=hint,
        quotable=quotable,
    )
