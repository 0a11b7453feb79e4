"""Read the documents of a YAML text from libyaml's events, with the position of every node.

Bounds keep a hostile or broken file from exhausting memory and time: events and nodes of a document, expanded aliases
("billion laughs"), depth, and the length of a text. libyaml's event parser itself is not recursive.

Keys are always text: ``on:``, ``1:`` and ``null:`` are the keys ``on``, ``1`` and ``null``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from sys import intern
from typing import Any, Final

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from trueup.errors import Diagnostic, Severity
from trueup.manifest.limits import PROBLEMS_AT_MOST
from trueup.manifest.positions import Mark, NodePositions, depth, node_count
from trueup.manifest.yaml_events import events_of
from trueup.manifest.yaml_scalars import SUSPECTS, BadNumber, plain_value
from trueup.model.position import Position

# A collection has two events, so there can be twice as many events as nodes.
EVENTS_AT_MOST: Final = 200_000
NODES_AT_MOST: Final = 100_000
DEPTH_AT_MOST: Final = 64
EXPANDED_AT_MOST: Final = 200_000
"""Nodes that all aliases of a file may expand to. A few bytes of aliases could expand to any number."""
TEXT_AT_MOST: Final = 65_536
"""Characters of the longest text that any platform could accept."""

_CORE: Final = "tag:yaml.org,2002:"
_TYPES: Final = {"str": str, "int": int, "float": Decimal, "bool": bool, "null": type(None)}
_SCALAR_TAGS: Final = {f"{_CORE}{name}" for name in _TYPES}
_SIGNS: Final = (b"&", b"!", b"<<")
"""Without these, a file has no anchors, aliases, tags or merge keys, and reading it takes a third less time."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document as read, not checked yet: ``root`` consists of dict, list, str, int, bool, None and Decimal.

    A document with errors in its diagnostics, such as a duplicate key, can be checked further but must not be used.
    """

    root: object
    positions: NodePositions
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a document: ``parts`` are events as written, ``nodes`` count with aliases expanded."""

    parts: int = EVENTS_AT_MOST
    nodes: int = NODES_AT_MOST


class NotYaml(Exception):
    """The rest of the file cannot be read; ``diagnostics`` are those of its last document."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__()
        self.diagnostics = tuple(diagnostics)


def documents(text: bytes, file: str, bounds: Bounds | None = None) -> Iterator[Document]:
    """Yield the documents that have content; ``file`` is the file's name in positions.

    Raises NotYaml, and yaml.YAMLError where libyaml fails.
    """
    unusual = len(text) > TEXT_AT_MOST or any(sign in text for sign in _SIGNS)
    events = events_of(text)
    expanded = 0
    for event in events:
        if event.__class__ is DocumentStartEvent:
            builder = _Builder(file, bounds or Bounds(), unusual, expanded)
            document = builder.build(events)
            expanded = builder.expanded
            if document is not None:
                yield document


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A finished node that aliases may name, with the number of nodes and levels in it."""

    node: object
    size: int = 0
    depth: int = 0


class _SetAside(str):
    """A repeated key: equal to no other, so that its member stays apart from the others until it is dropped."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class _MergeKey(_SetAside):
    """A ``<<``: set aside until the mapping ends, when the members of its value are merged in."""

    __slots__ = ()


@dataclass(slots=True)
class _Builder:
    """The state of one document while it is read."""

    file: str
    bounds: Bounds
    unusual: bool
    """Whether the file may have anchors, tags, merge keys, or texts that are too long."""
    expanded: int
    """Nodes that the aliases of the file have expanded to so far, including those that a merge then dropped."""
    marks: list[Mark] = field(default_factory=list)
    """The root's mark, then for each finished collection those of its keys or items."""
    starts: dict[int, int] = field(default_factory=dict)
    """Where the marks of a finished collection begin, by its id."""
    unmarked: int = 0
    """Nodes below aliases, which have no mark, minus dropped nodes, which have one."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    anchors: dict[str, _Anchored] = field(default_factory=dict)
    open_anchors: dict[int, str] = field(default_factory=dict)
    unused: dict[str, Mark] = field(default_factory=dict)
    """Anchors of unquoted texts that no alias has used yet: perhaps an ampersand was meant as part of the text."""
    irregular: dict[int, Mark | None] = field(default_factory=dict)
    """Open mappings that have merge keys or repeated keys, by id, with the mark of the merge key."""

    def build(self, events: Iterator[Any]) -> Document | None:
        """Consume one document's events and return it, None if it has no content."""
        first = next(events)
        self.marks.append(first.start_mark)
        root: object
        if isinstance(first, (MappingStartEvent, SequenceStartEvent)):
            root = self._opened(first)
            self._fill(root, events)
        else:
            # There is no anchor yet, so an alias raises.
            root = self._alias(first, 0, 1) if isinstance(first, AliasEvent) else self._scalar(first)
            next(events)
        if root is None and not self.diagnostics:
            return None
        self.diagnostics += [_unused_anchor(name, self._position(mark)) for name, mark in self.unused.items()]
        return Document(root, NodePositions(self.file, root, self.marks, self.starts), tuple(self.diagnostics))

    def _fill(self, node: Any, events: Iterator[Any]) -> None:  # noqa: C901, PLR0912 - the hot loop: a call for each event would add half to its time
        """Fill the root collection; consumes the events up to the document's end."""
        unusual = self.unusual
        marks: list[Any] = []
        stack: list[tuple[Any, list[Mark]]] = []
        parts = islice(events, self.bounds.parts)
        for event in parts:
            key: str | None = None
            if node.__class__ is dict and event.__class__ is ScalarEvent:
                # Interned, because the same keys occur in every manifest.
                key = intern(event.value)
                if unusual or key in node:
                    key = self._unusual_key(event, node, marks)
                marks.append(event.start_mark)
                event = next(parts, None)  # noqa: PLW2901 - a key's event is followed by its value's
            kind = event.__class__
            if kind is ScalarEvent:
                value: Any = event.value
                if unusual:
                    value = self._scalar(event)
                # Most scalars are text, which their first character shows.
                elif value[:1] in SUSPECTS and event.implicit[0]:
                    value = self._plain(event)
            # The collection that is being filled is not on the stack, so one is subtracted.
            elif (kind is MappingStartEvent or kind is SequenceStartEvent) and len(stack) < DEPTH_AT_MOST - 1:
                value = self._opened(event) if unusual else {} if kind is MappingStartEvent else []
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._close(node, marks)
                if stack:
                    node, marks = stack.pop()
                continue
            elif kind is DocumentEndEvent:
                return
            elif kind is AliasEvent:
                nodes = len(self.marks) + len(marks) + sum(len(others) for _, others in stack) + self.unmarked
                value = self._alias(event, nodes, len(stack) + 1)
            elif event is None:
                break
            else:
                message = f"The document is nested more than {DEPTH_AT_MOST} levels deep."
                raise self._stop("too-deep", message, event.start_mark)
            if key is not None:
                node[key] = value
            elif node.__class__ is list:
                marks.append(event.start_mark)
                node.append(value)
            else:
                message = "A key must be plain text, not a list, a mapping or an alias."
                hint = "A value that starts with { or [ needs quotes; a template must be rendered first."
                raise self._stop("bad-key", message, event.start_mark, hint)
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                stack.append((node, marks))
                node, marks = value, []
        raise self._stop("too-many-nodes", f"The document has more than {self.bounds.parts:,} parts.", self.marks[0])

    def _opened(self, event: Any) -> Any:
        """Return a new, empty collection."""
        mapping = event.__class__ is MappingStartEvent
        if event.tag not in (None, "!", f"{_CORE}map" if mapping else f"{_CORE}seq"):
            self._unknown_tag(event)
        node: Any = {} if mapping else []
        if event.anchor is not None:
            self.open_anchors[id(node)] = event.anchor
        return node

    def _close(self, node: Any, marks: list[Mark]) -> None:
        """Finish a collection; ``marks`` are those of its keys or items."""
        if id(node) in self.irregular:
            del self.irregular[id(node)]
            # A merge adds nodes without marks and drops nodes with marks.
            below = node_count(node) - len(node)
            self._merge(node, marks)
            self.unmarked += node_count(node) - len(node) - below
        name = self.open_anchors.pop(id(node), None) if self.unusual else None
        if name is not None:
            self.anchors[name] = _Anchored(node, node_count(node), depth(node))
        self.starts[id(node)] = len(self.marks)
        self.marks += marks

    def _merge(self, node: dict[str, Any], marks: list[Mark]) -> None:
        """Merge members into a mapping and drop its repeated keys.

        Own members win over merged ones, and of merged ones the first wins.
        """
        members = list(zip(node.items(), marks, strict=True))
        own = [member for member in members if not isinstance(member[0][0], _SetAside)]
        merges = [(value, mark) for (key, value), mark in members if isinstance(key, _MergeKey)]
        merged = [member for value, mark in merges for member in self._sources(value, mark)]
        node.clear()
        marks.clear()
        for (key, value), mark in own + merged:
            if key not in node:
                node[key] = value
                marks.append(mark)

    def _sources(self, value: object, mark: Mark) -> Iterator[tuple[tuple[str, Any], Mark]]:
        """Yield the members of all mappings that a merge key refers to, with their marks."""
        sources = zip(value, self._marks_of(value), strict=True) if isinstance(value, list) else [(value, mark)]
        for source, place in sources:
            if not isinstance(source, dict):
                message = "A merge key (<<) takes a mapping, or a list of mappings, usually as aliases."
                raise self._stop("bad-merge", message, place)
            yield from zip(source.items(), self._marks_of(source), strict=True)

    def _marks_of(self, node: Any) -> list[Mark]:
        start = self.starts[id(node)]
        return self.marks[start : start + len(node)]

    def _alias(self, event: Any, nodes: int, level: int) -> object:
        """Return an alias's value; ``nodes`` is the number of nodes so far, ``level`` the depth of the alias."""
        name = event.anchor
        # An open anchor belongs to an ancestor of the alias, so this would be a cycle.
        if name in self.open_anchors.values():
            message = f"The alias *{name} is inside the value of its own anchor."
            raise self._stop("recursive-anchor", message, event.start_mark)
        anchored = self.anchors.get(name)
        self.unused.pop(name, None)
        if anchored is None:
            message = f"The alias *{name} has no anchor &{name} before it in this document."
            raise self._stop("unknown-anchor", message, event.start_mark)
        if nodes + anchored.size > self.bounds.nodes:
            message = f"With its aliases expanded, the document has more than {self.bounds.nodes:,} nodes."
            raise self._stop("too-many-nodes", message, event.start_mark)
        # The node is shared and not copied, but later steps walk through it once for each alias.
        self.unmarked += anchored.size
        self.expanded += anchored.size
        if self.expanded > EXPANDED_AT_MOST:
            message = f"The aliases of the file expand to more than {EXPANDED_AT_MOST:,} nodes."
            raise self._stop("too-many-nodes", message, event.start_mark)
        if level + anchored.depth > DEPTH_AT_MOST:
            message = f"With its aliases expanded, the document is nested more than {DEPTH_AT_MOST} levels deep."
            raise self._stop("too-deep", message, event.start_mark)
        return anchored.node

    def _unusual_key(self, event: Any, node: dict[str, Any], marks: list[Mark]) -> str:
        """Return a key that is repeated, anchored, tagged or a merge key; ``marks`` are those before it."""
        key: str = event.value
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(key)
        if event.tag not in (None, "!", f"{_CORE}str"):
            self._unknown_tag(event)
        if len(key) > TEXT_AT_MOST:
            message = f"The key has {len(key):,} characters; at most {TEXT_AT_MOST:,} are allowed."
            self._report("text-too-long", message, event.start_mark)
        merge = key == "<<" and event.tag is None and event.implicit[0]
        earlier = self.irregular.get(id(node)) if merge else None
        if earlier is None and (merge or key not in node):
            if merge:
                self.irregular[id(node)] = event.start_mark
            return _MergeKey(key) if merge else key
        place = "further up"
        # Finding the first one takes a search through all members, so it is done only for problems that will be listed.
        if earlier or len(self.diagnostics) < PROBLEMS_AT_MOST:
            mark = earlier or marks[list(node).index(key)]
            place = f"at line {mark.line + 1}, column {mark.column + 1}"
        self._report("duplicate-key", f"The key {key!r} is repeated; the first one is {place}.", event.start_mark)
        self.irregular.setdefault(id(node), None)
        return _SetAside(key)

    def _scalar(self, event: Any) -> object:
        """Return the value of a scalar that may be anchored, tagged or too long."""
        value: object = event.value
        if len(event.value) > TEXT_AT_MOST:
            message = f"The text has {len(event.value):,} characters; no platform accepts more than {TEXT_AT_MOST:,}."
            self._report("text-too-long", message, event.start_mark)
        elif event.tag in _SCALAR_TAGS:
            value = self._tagged(event, event.tag.removeprefix(_CORE))
        elif event.tag not in (None, "!"):
            self._unknown_tag(event)
        elif event.tag is None and event.implicit[0]:
            value = self._plain(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(value)
            # Quotes, a tag or an empty value show that the anchor is meant as one.
            if event.value and not (event.style or event.tag):
                self.unused[event.anchor] = event.start_mark
        return value

    def _tagged(self, event: Any, name: str) -> object:
        if name == "str":
            return event.value
        value = self._plain(event)
        # Not isinstance(): True is an instance of int.
        if type(value) is not _TYPES[name]:
            self._report("unknown-tag", f"This value does not match its tag !!{name}.", event.start_mark)
        return value

    def _plain(self, event: Any) -> object:
        try:
            return plain_value(event.value)
        except BadNumber as error:
            hint = f"If it is meant as text, put quotes around it: '{event.value}'."
            allowed = f"The number {error.use}." if error.use else ""
            message = f"This number is not supported: {error}."
            self._report("bad-number", message, event.start_mark, hint, allowed)
            return event.value

    def _unknown_tag(self, event: Any) -> None:
        tag = event.tag.replace(_CORE, "!!")
        hint = "Remove the tag. Only !!map, !!seq, !!str, !!int, !!float, !!bool and !!null are supported."
        self._report("unknown-tag", f"The tag {tag} is not supported.", event.start_mark, hint)

    def _position(self, mark: Mark) -> Position:
        return Position(self.file, mark.line + 1, mark.column + 1)

    def _report(self, code: str, message: str, mark: Mark, hint: str = "", allowed: str = "") -> None:
        place = self._position(mark)
        self.diagnostics.append(Diagnostic(code=code, message=message, position=place, hint=hint, allowed=allowed))

    def _stop(self, code: str, message: str, mark: Mark, hint: str = "") -> NotYaml:
        self._report(code, message, mark, hint)
        return NotYaml(self.diagnostics)


def _unused_anchor(name: str, position: Position) -> Diagnostic:
    return Diagnostic(
        code="unused-anchor",
        severity=Severity.WARNING,
        message=f"&{name} is an anchor that no alias uses, and is not part of the text.",
        hint="Remove it, or put quotes around the text if it begins with an ampersand.",
        position=position,
    )
