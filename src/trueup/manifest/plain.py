"""Read YAML that is written the plain way, line by line: three times as fast as from libyaml's events.

Nearly all manifests are block mappings and lists of values that stand on one line, and nearly all of their lines stand
in other manifests as well. So each line is taken apart once, and remembered. Whatever is not certainly understood (an
anchor, a tag, a text over several lines, a tab, a repeated key, anything that is wrong) makes the whole file one that
is not plain, and :mod:`trueup.manifest.document` reads it. Where both read a file they give the same, place by place;
property tests hold the one against the other.
"""

import re
from array import array
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from trueup.manifest.limits import DOCUMENTS_AT_MOST
from trueup.manifest.parsed import TEXT_AT_MOST, Document
from trueup.manifest.positions import NodePositions
from trueup.manifest.scalars import SUSPECTS, BadNumber, plain_value

DEPTH_AT_MOST: Final = 32
NODES_AT_MOST: Final = 50_000
"""Larger documents may have more parts than are read at all."""
REMEMBERED_AT_MOST: Final = 8192
LINE_AT_MOST: Final = 400
"""Longer lines are not plain. libyaml has a bound of its own on what may stand before a colon."""

_PRINTED: Final = bytes(range(ord(" "), ord("~") + 1)) + b"\n"
"""What plain text is written with, as far as it is ASCII."""
_FORBIDDEN: Final = frozenset(
    map(
        chr,
        (
            *range(ord("\n")),
            *range(ord("\n") + 1, ord(" ")),
            *range(0x7F, 0xA0),
            0x2028,
            0x2029,
            0xFEFF,
            0xFFFE,
            0xFFFF,
        ),
    )
)
"""What libyaml refuses or gives a meaning of its own: controls, tabs, other line breaks, byte order marks."""
_KEY: Final = r"[A-Za-z][A-Za-z0-9_]*(?:[./-][A-Za-z0-9_]+)*"
_FIRST: Final = r"(?:[\w/.($+~]|-(?=[\w.]))"
# These are tried on lines of printed characters alone, so that a dot need not say which ones: sets of all that is
# printed take longer to compile than a small file takes to read.
_LINE: Final = re.compile(rf"( *)(- +)?(?:({_KEY}):(?: +|$))?(.*)")
_PLAIN: Final = re.compile(_FIRST)
_QUOTED: Final = re.compile(r"""(?:"([^"\\]*)"|'([^']*)') *(?: #.*)?""")
_FLOW_TOKEN: Final = re.compile(
    rf"""([\[\]{{}},]) *|({_KEY}): +|"([^"\\]*)" *|'([^']*)' *|({_FIRST}[^,:?#\[\]{{}}"']*)"""
)
_BLOCK: Final = frozenset({"|", "|-", ">", ">-"})


_BLANK: Final = 0
_START: Final = 1
"""The line between two documents."""
_NESTED: Final = 2
"""Nothing follows on the line: the value stands below, more to the right."""
_SCALAR: Final = 3
_FLOW: Final = 4
"""The value is a collection that stands on the line."""
_FOLDED: Final = 5
"""The value is a text that stands on the lines below."""

_Line = tuple[int, int, int, str, Any, tuple[int, ...]]
"""A line taken apart: one of the numbers above; where its first part begins; where what stands after a dash begins (0
without a dash); the key (empty for an item that is no mapping); the value; the columns of the nodes below it."""

_NOTHING: Final[_Line] = (_BLANK, 0, 0, "", None, ())


class NotPlain(Exception):
    """The text is not written the plain way, or is wrong."""


def plain_documents(text: bytes, file: str) -> list[Document]:
    """Return the documents that have content; ``file`` is the file's name in positions. Raises NotPlain."""
    if not text.endswith(b"\n"):
        raise NotPlain
    lines = _characters(text).split("\n")
    found = list(islice((document for document in _documents(lines, file) if document), DOCUMENTS_AT_MOST + 1))
    if len(found) > DOCUMENTS_AT_MOST:
        raise NotPlain
    return found


def _characters(text: bytes) -> str:
    """Return a text of printed characters and line feeds, and raise NotPlain for any other."""
    if text.isascii():
        if text.translate(None, _PRINTED):
            raise NotPlain
        return text.decode()
    try:
        characters = text.decode()
    except UnicodeDecodeError:
        raise NotPlain from None
    if not _FORBIDDEN.isdisjoint(characters):
        raise NotPlain
    return characters


def _documents(lines: list[str], file: str) -> Iterator[Document | None]:
    start = 0
    while start < len(lines):
        reading = _Reading(file, lines)
        start = reading.read(start)
        yield reading.document()


class _Reading:
    """Build one document line by line; ``waiting`` is the key whose value has yet to come."""

    __slots__ = ("columns", "file", "lines", "root", "rows", "waiting")

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file, self.lines = file, lines
        self.root: Any = None
        self.waiting = ""
        self.rows = [0]
        self.columns = [0]

    def document(self) -> Document | None:
        """Return the document, None when it has no content."""
        if self.root is None:
            return None
        if self.waiting or len(self.rows) > NODES_AT_MOST:
            raise NotPlain
        places = array("I", self.rows)
        places.extend(self.columns)
        return Document(self.root, NodePositions(self.file, self.root, places), ())

    def read(self, start: int) -> int:  # noqa: C901, PLR0912, PLR0915 - the hot loop: a call a line would add half to its time
        """Read from this line to the document's end; return the number of the line after it."""
        lines, rows, columns = self.lines, self.rows, self.columns
        remembered = _remembered.get
        stack: list[tuple[int, Any]] = []
        node: Any = None
        at, waiting, number = 0, "", start
        for number in range(start, len(lines)):
            if number < start:
                continue  # a line of a text, which is read already
            text = lines[number]
            kind, indent, inner, key, value, below = remembered(text) or _taken_apart(text)
            if kind == _BLANK:
                continue
            if kind == _START:
                break
            wanted: Any = list if inner else dict
            if waiting:
                # A list may stand as far to the left as the key that it belongs to.
                if indent < at or (indent == at and not inner) or len(stack) >= DEPTH_AT_MOST:
                    raise NotPlain
                node[waiting] = opened = wanted()
                stack.append((at, node))
                at, node, waiting = indent, opened, ""
            elif indent != at or node.__class__ is not wanted:
                if node is None:
                    if indent or inner:
                        raise NotPlain
                    self.root = node = {}
                    rows[0] = number
                while stack and (indent < at or (indent == at and node.__class__ is not wanted)):
                    at, node = stack.pop()
                if indent != at or node.__class__ is not wanted:
                    raise NotPlain
            if inner:
                rows.append(number)
                columns.append(inner)
                if key:
                    opened = {}
                    node.append(opened)
                    stack.append((at, node))
                    at, node = inner, opened
            if key:
                if key in node:
                    raise NotPlain
                rows.append(number)
                columns.append(inner or indent)
            if kind == _NESTED:
                waiting = key
                # Holds the place of the key among the others, and shows when it comes again.
                node[key] = None
                continue
            if kind == _FLOW:
                rows += [number] * len(below)
                columns += below
                value = _copied(value)
            elif kind == _FOLDED:
                value, start = self._text(value, number, inner if key and inner else indent)
            if key:
                node[key] = value
            else:
                node.append(value)
        self.waiting = waiting
        return number + 1

    def _text(self, header: str, number: int, parent: int) -> tuple[str, int]:
        """Return a text of several lines, all of them equally far to the right and none of them empty.

        With it comes the number of the first line that does not belong to it.
        """
        first = self.lines[number + 1] if number + 1 < len(self.lines) else ""
        indent = len(first) - len(first.lstrip(" "))
        found: list[str] = []
        end = number + 1
        while end < len(self.lines):
            text = self.lines[end]
            if text.strip(" ") and not text.startswith(" " * indent):
                break
            if len(text) > LINE_AT_MOST or text[indent : indent + 1] == " ":
                raise NotPlain
            found.append(text[indent:])
            end += 1
        while found and not found[-1]:
            found.pop()
        if not found or not all(found) or indent <= parent:
            raise NotPlain
        joined = (" " if header[0] == ">" else "\n").join(found)
        if len(joined) >= TEXT_AT_MOST:
            raise NotPlain
        return joined if header[-1] == "-" else f"{joined}\n", end


_remembered: Final[dict[str, _Line]] = {}


def _taken_apart(text: str) -> _Line:
    line = _line(text)
    if len(_remembered) >= REMEMBERED_AT_MOST:
        _remembered.clear()
    _remembered[text] = line
    return line


def _line(text: str) -> _Line:
    found = _LINE.match(text) if len(text) <= LINE_AT_MOST else None
    if found is None:
        raise NotPlain
    if text == "---":
        return (_START, 0, 0, "", None, ())
    spaces, dash, key, rest = found.groups()
    indent = len(spaces)
    inner = indent + len(dash) if dash else 0
    if not rest or rest[0] == "#":
        if key:
            return (_NESTED, indent, inner, key, None, ())
        if dash:
            raise NotPlain
        return _NOTHING
    if not (key or dash):
        raise NotPlain
    kind, value, columns = _value(rest, len(text) - len(rest))
    return (kind, indent, inner, key or "", value, columns)


def _value(text: str, start: int) -> tuple[int, Any, tuple[int, ...]]:
    match text[0]:
        case "[" | "{":
            return _FLOW, *_Flow(text, start).whole()
        case '"' | "'":
            quoted = _QUOTED.fullmatch(text)
            if quoted is None:
                raise NotPlain
            return _SCALAR, quoted[2] if quoted[1] is None else quoted[1], ()
        case "|" | ">":
            header = text.rstrip(" ")
            if header not in _BLOCK:
                raise NotPlain
            return _FOLDED, header, ()
        case _:
            return _SCALAR, _scalar(text.partition(" #")[0].rstrip(" ")), ()


def _scalar(text: str) -> object:
    """Return the value of a plain scalar in a block."""
    if not _PLAIN.match(text) or ": " in text or text[-1] == ":":
        raise NotPlain
    return _typed(text)


def _typed(text: str) -> object:
    if text[:1] not in SUSPECTS:
        return text
    try:
        return plain_value(text)
    except BadNumber:
        raise NotPlain from None


class _Flow:
    """Take a collection apart that stands on one line, as ``[a, {b: c}]``."""

    def __init__(self, text: str, start: int) -> None:
        self._text, self._start, self._at = text, start, 0
        self._columns: list[int] = []

    def whole(self) -> tuple[Any, tuple[int, ...]]:
        """Return the collection and the columns of the nodes below it; nothing but a comment may follow."""
        value = self._value(0)
        rest = self._text[self._at :]
        if rest and not (rest[0] == "#" and self._text[self._at - 1] == " "):
            raise NotPlain
        return value, tuple(self._columns)

    def _value(self, depth: int) -> Any:
        token = self._next()
        sign, key, double, single, plain = token.groups()
        if key is not None or depth > DEPTH_AT_MOST:
            raise NotPlain
        if sign is None:
            quoted = double if double is not None else single
            return quoted if quoted is not None else _typed(plain.rstrip(" "))
        if sign == "[":
            return self._items(depth)
        if sign == "{":
            return self._members(depth)
        raise NotPlain

    def _items(self, depth: int) -> list[Any]:
        items: list[Any] = []
        self._each("]", lambda: items.append(self._value(depth + 1)))
        return items

    def _members(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}

        def member() -> None:
            key = self._next()[2]
            if key is None or key in members:
                raise NotPlain
            members[key] = self._value(depth + 1)

        self._each("}", member)
        return members

    def _each(self, closing: str, one: Callable[[], object]) -> None:
        """Read what stands between commas until the closing bracket."""
        if self._sign(closing):
            return
        while True:
            self._columns.append(self._start + self._at)
            one()
            if self._sign(closing):
                return
            if not self._sign(","):
                raise NotPlain

    def _sign(self, wanted: str) -> bool:
        """Use up a sign if it comes next."""
        found = _FLOW_TOKEN.match(self._text, self._at)
        if found is None or found[1] != wanted:
            return False
        self._at = found.end()
        return True

    def _next(self) -> re.Match[str]:
        found = _FLOW_TOKEN.match(self._text, self._at)
        if found is None:
            raise NotPlain
        self._at = found.end()
        return found


def _copied(node: Any) -> Any:
    """Return a collection of one's own: what is remembered is of many documents."""
    match node:
        case dict():
            return {key: _copied(value) for key, value in node.items()}
        case list():
            return [_copied(item) for item in node]
        case _:
            return node
