"""Build one YAML document after the other from libyaml's events.

Bounds keep a hostile or broken file from taking the machine: events and nodes of a document, aliases expanded (no
"billion laughs"), depth, and the length of a text. libyaml's event parser itself does not recurse.

Keys are always text: ``on:``, ``1:`` and ``null:`` are the keys ``on``, ``1`` and ``null``.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import attrgetter
from sys import intern
from typing import Any, Final

from yaml import MarkedYAMLError, YAMLError
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
from trueup.manifest.encoding import Mark
from trueup.manifest.events import events_of
from trueup.manifest.irregular import BadMerge, MergeKey, RepeatedKey, regularised
from trueup.manifest.limits import PROBLEMS_AT_MOST
from trueup.manifest.parsed import TEXT_AT_MOST, Document
from trueup.manifest.positions import NodePositions, depth, size
from trueup.manifest.scalars import SUSPECTS, BadNumber, plain_value
from trueup.model.position import Position

EVENTS_AT_MOST: Final = 200_000
NODES_AT_MOST: Final = 100_000
DEPTH_AT_MOST: Final = 64
EXPANDED_AT_MOST: Final = 200_000
"""Nodes that all aliases of a file may expand to: a few bytes of text can expand to any number of them."""

_BATCH: Final = 1024
_TOO_DEEP: Final = "exceeded maximum nesting depth"
"""What libyaml says of more than a thousand levels, since 0.2.6."""
_LINE: Final = attrgetter("line")
_COLUMN: Final = attrgetter("column")
_CORE: Final = "tag:yaml.org,2002:"
_SCALAR_TAGS: Final = {f"{_CORE}{name}" for name in ("str", "int", "float", "bool", "null")}
_MERGE: Final = "<<"
_SIGNS: Final = (b"&", b"!", b"<<")
"""Without these, a file has no anchors, aliases, tags or merge keys, and reading it takes a third less."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a document may have: parts as written, and nodes once its aliases are expanded."""

    parts: int = EVENTS_AT_MOST
    nodes: int = NODES_AT_MOST


@dataclass(slots=True)
class _Expansions:
    """The nodes that all aliases of a file have stood for so far, those included that a merge then dropped."""

    nodes: int = 0


class Unreadable(Exception):
    """Nothing can be made of the file from here on; carries what was found wrong with the last document."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__()
        self.diagnostics = tuple(diagnostics)


def documents(text: bytes, file: str, bounds: "Bounds | None" = None) -> Iterator[Document]:
    """Give the documents that have content, one by one; ``file`` is the file's name in positions.

    Raises Unreadable, and yaml.YAMLError where libyaml gives up.
    """
    expansions = _Expansions()
    bounds = bounds or Bounds()
    unusual = len(text) > TEXT_AT_MOST or any(sign in text for sign in _SIGNS)
    events = chain.from_iterable(_batches(text))
    for event in events:
        if event.__class__ is DocumentStartEvent:
            document = _Builder(file, unusual, bounds, expansions).build(events)
            if document is not None:
                yield document


def _batches(text: bytes) -> Iterator[list[Any]]:
    """Give events in batches: libyaml and our own code by turns, event by event, take a tenth more time."""
    events = events_of(text)
    given = 0
    while True:
        batch: list[Any] = []
        try:
            batch.extend(islice(events, _BATCH))
        except YAMLError as error:
            yield batch
            # libyaml 0.2.6 and later have a bound on depth too, and look ahead: they stop before our own is met, which
            # says more. What stands before that place meets it.
            before = _before_too_deep(error, text)
            if before is None:
                raise
            events = islice(events_of(before), given + len(batch), None)
        else:
            if not batch:
                return
            yield batch
        given += len(batch)


def _before_too_deep(error: YAMLError, text: bytes) -> bytes | None:
    """Return what stands before the place that is too deep for libyaml, None when that is not what is wrong."""
    if not isinstance(error, MarkedYAMLError) or error.problem != _TOO_DEEP or error.problem_mark is None:
        return None
    # Marks count characters. Whatever is no text comes after this one, or libyaml would have stopped at it.
    return text.decode(errors="replace")[: error.problem_mark.index].encode()


@dataclass(frozen=True, slots=True)
class _Anchored:
    """Hold a finished node that aliases may name, with the marks of the nodes below it."""

    node: object
    marks: tuple[Mark, ...] = ()
    depth: int = 0


@dataclass(slots=True)
class _Builder:
    """Build one document. ``marks`` has the place of each node met so far, in the order that NodePositions wants."""

    file: str
    unusual: bool
    """Whether the file may have anchors, tags, merge keys, or texts that are too long."""
    bounds: Bounds
    expansions: _Expansions
    marks: list[Mark] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    anchors: dict[str, _Anchored] = field(default_factory=dict)
    open_anchors: dict[int, str] = field(default_factory=dict)
    irregular: dict[int, Any] = field(default_factory=dict)
    """Mappings with merge keys or repeated keys, by id, until they end."""
    unused: dict[str, Mark] = field(default_factory=dict)
    """Anchors of texts without quotes that no alias has named yet: perhaps the text was to begin with an ampersand."""
    merging: dict[int, str] = field(default_factory=dict)
    """Where those have a merge key, in words."""

    def build(self, events: Iterator[Any]) -> Document | None:
        """Use up one document's events; None for a document without content."""
        root = self._root(events)
        if root is None and not self.diagnostics:
            return None
        self.diagnostics += [_unused_anchor(name, self._position(mark)) for name, mark in self.unused.items()]
        places = array("I", map(_LINE, self.marks))
        places.extend(map(_COLUMN, self.marks))
        return Document(root, NodePositions(self.file, root, places), tuple(self.diagnostics))

    def _root(self, events: Iterator[Any]) -> object:
        first = next(events)
        self.marks.append(first.start_mark)
        match first:
            case MappingStartEvent() | SequenceStartEvent():
                root = self._opened(first)
                self._fill(root, events)
                return root
            case AliasEvent():
                return self._alias(first, 0)
            case _:
                root = self._scalar(first)
                next(events)
                return root

    def _fill(self, node: Any, events: Iterator[Any]) -> None:  # noqa: C901, PLR0912 - the hot loop: a call an event would add half to its time
        """Fill the root collection; uses up the events through the document's end."""
        mark: Callable[[Any], None] = self.marks.append
        unusual = self.unusual
        stack: list[Any] = []
        parts = islice(events, self.bounds.parts)
        for event in parts:
            key: str | None = None
            if node.__class__ is dict and event.__class__ is ScalarEvent:
                mark(event.start_mark)
                key = intern(event.value)
                if key in node or unusual:
                    key = self._unusual_key(event, node)
                event = next(parts, None)  # noqa: PLW2901 - a key's event is followed by its value's
            kind = event.__class__
            if kind is ScalarEvent:
                value: Any = event.value
                if unusual:
                    value = self._scalar(event)
                elif value[:1] in SUSPECTS and event.implicit[0]:
                    value = self._plain(event)
            elif (kind is MappingStartEvent or kind is SequenceStartEvent) and len(stack) < DEPTH_AT_MOST - 1:
                value = self._opened(event) if unusual else {} if kind is MappingStartEvent else []
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                if unusual or self.irregular:
                    self._close(node)
                if stack:
                    node = stack.pop()
                continue
            elif kind is DocumentEndEvent:
                return
            elif kind is AliasEvent:
                value = self._alias(event, len(stack) + 1)
            elif event is None:
                break
            else:
                message = f"The document is nested more than {DEPTH_AT_MOST} levels deep."
                raise self._stop("too-deep", message, event.start_mark)
            if key is not None:
                node[key] = value
            elif node.__class__ is list:
                mark(event.start_mark)
                node.append(value)
            else:
                raise self._complex_key(event)
            if kind is ScalarEvent:
                continue
            if kind is AliasEvent:
                self.marks.extend(self.anchors[event.anchor].marks)
            else:
                stack.append(node)
                node = value
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

    def _close(self, node: Any) -> None:
        """Finish a collection that is irregular or anchored, if it is."""
        if self.irregular.pop(id(node), None) is not None:
            self.merging.pop(id(node), None)
            count = size(node)
            places = self.marks[-count:]
            del self.marks[-count:]
            try:
                self.marks.extend(regularised(node, places))
            except BadMerge as error:
                raise self._stop("bad-merge", str(error), error.mark) from None
        name = self.open_anchors.pop(id(node), None)
        if name is not None:
            count = size(node)
            self.anchors[name] = _Anchored(node, tuple(self.marks[len(self.marks) - count :]), depth(node))

    def _alias(self, event: Any, level: int) -> object:
        """Return what an alias stands for; the caller adds the marks of the nodes below it."""
        if event.anchor in self.open_anchors.values():
            message = f"The alias *{event.anchor} stands inside what it stands for."
            raise self._stop("recursive-anchor", message, event.start_mark)
        anchored = self.anchors.get(event.anchor)
        self.unused.pop(event.anchor, None)
        if anchored is None:
            message = f"The alias *{event.anchor} has no anchor &{event.anchor} before it in this document."
            raise self._stop("unknown-anchor", message, event.start_mark)
        if len(self.marks) + len(anchored.marks) > self.bounds.nodes:
            message = f"With its aliases expanded, the document has more than {self.bounds.nodes:,} nodes."
            raise self._stop("too-many-nodes", message, event.start_mark)
        self.expansions.nodes += len(anchored.marks)
        if self.expansions.nodes > EXPANDED_AT_MOST:
            message = f"The aliases of the file expand to more than {EXPANDED_AT_MOST:,} nodes."
            raise self._stop("too-many-nodes", message, event.start_mark)
        if level + anchored.depth > DEPTH_AT_MOST:
            message = f"With its aliases expanded, the document is nested more than {DEPTH_AT_MOST} levels deep."
            raise self._stop("too-deep", message, event.start_mark)
        return anchored.node

    def _unusual_key(self, event: Any, node: dict[str, Any]) -> str:
        """Take a key that is repeated, anchored or tagged, or that asks for a merge."""
        key: str = event.value
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(key)
        if event.tag not in (None, "!", f"{_CORE}str"):
            self._unknown_tag(event)
        if len(key) > TEXT_AT_MOST:
            message = f"The key has {len(key):,} characters; more than {TEXT_AT_MOST:,} are not taken."
            self._report("text-too-long", message, event.start_mark)
        merge = key == _MERGE and event.tag is None and event.implicit[0]
        repeated = id(node) in self.merging if merge else key in node
        if repeated:
            before = self.merging[id(node)] if merge else self._place_of(node, key)
            self._report("duplicate-key", f"The key {key!r} stands here and {before}.", event.start_mark)
        if not (merge or repeated):
            return key
        self.irregular[id(node)] = node
        if repeated:
            return RepeatedKey(key)
        self.merging[id(node)] = _in_words(event.start_mark)
        return MergeKey(key)

    def _place_of(self, node: dict[str, Any], key: str) -> str:
        """Return in words where an unfinished mapping has this key; the key just met has the last mark.

        The way there leads past all earlier members, so it is gone for those problems alone that will be listed.
        """
        if len(self.diagnostics) >= PROBLEMS_AT_MOST:
            return "before"
        first = len(self.marks) - 1 - size(node)
        for name, value in node.items():
            if name == key:
                break
            first += 1 + size(value)
        return _in_words(self.marks[first])

    def _scalar(self, event: Any) -> object:
        """Return the value of a scalar that may be anchored, tagged or too long."""
        value: object = event.value
        if len(event.value) > TEXT_AT_MOST:
            message = f"The text has {len(event.value):,} characters; no platform takes more than {TEXT_AT_MOST:,}."
            self._report("text-too-long", message, event.start_mark)
        elif event.tag is not None and event.tag in _SCALAR_TAGS:
            value = self._tagged(event)
        elif event.tag not in (None, "!"):
            self._unknown_tag(event)
        elif event.tag is None and event.implicit[0]:
            value = self._plain(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(value)
            if event.value and not (event.style or event.tag):
                self.unused[event.anchor] = event.start_mark
        return value

    def _tagged(self, event: Any) -> object:
        name = event.tag.removeprefix(_CORE)
        if name == "str":
            return event.value
        value = self._plain(event)
        if {"bool": "bool", "int": "int", "float": "Decimal", "null": "NoneType"}[name] != type(value).__name__:
            self._report("unknown-tag", f"This is no {name}, as its tag !!{name} says.", event.start_mark)
        return value

    def _plain(self, event: Any) -> object:
        try:
            return plain_value(event.value)
        except BadNumber as error:
            hint = f"If it is meant as text, put quotes around it: '{event.value}'."
            place = self._position(event.start_mark)
            message = f"This number cannot be taken: {error}."
            allowed = f"The number {error.use}." if error.use else ""
            self.diagnostics.append(
                Diagnostic(code="bad-number", message=message, position=place, allowed=allowed, hint=hint)
            )
            return event.value

    def _unknown_tag(self, event: Any) -> None:
        tag = event.tag.replace(_CORE, "!!")
        hint = "Leave the tag out; only !!map, !!seq, !!str, !!int, !!float, !!bool and !!null are known."
        self._report("unknown-tag", f"The tag {tag} is not known.", event.start_mark, hint)

    def _complex_key(self, event: Any) -> Unreadable:
        message = "A key must be plain text, not a list, a mapping or an alias."
        hint = "A value that starts with { or [ needs quotes; a template must be rendered first."
        return self._stop("bad-key", message, event.start_mark, hint)

    def _position(self, mark: Mark) -> Position:
        return Position(self.file, mark.line + 1, mark.column + 1)

    def _report(self, code: str, message: str, mark: Mark, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic(code=code, message=message, position=self._position(mark), hint=hint))

    def _stop(self, code: str, message: str, mark: Mark, hint: str = "") -> Unreadable:
        self._report(code, message, mark, hint)
        return Unreadable(self.diagnostics)


def _unused_anchor(name: str, position: Position) -> Diagnostic:
    return Diagnostic(
        code="unused-anchor",
        severity=Severity.WARNING,
        message=f"&{name} names a text that no alias uses, and is no part of the text.",
        hint="Remove it; if the text begins with an ampersand, put quotes around it.",
        position=position,
    )


def _in_words(mark: Mark) -> str:
    return f"at line {mark.line + 1}, column {mark.column + 1}"
