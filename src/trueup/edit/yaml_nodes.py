"""The nodes of a YAML text with their places, which are indexes of characters.

``outer`` is the start of a node including its anchor and tag, ``start`` is the start of its content.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from trueup.kinds.tree import spelled
from trueup.manifest.yaml_events import events_of
from trueup.manifest.yaml_scalars import BadNumber, plain_value

# \r\n comes first, because it is one line break and not two.
_BREAK: Final = re.compile("\r\n|[\n\r]")
_SPACE: Final = re.compile(r"\s*")
_GAP: Final = re.compile("(?:\\s|\ufeff|#[^\n\r]*)*")


def line_start(text: str, place: int) -> int:
    """Return the start of the line that contains ``place``."""
    ends = _breaks(text)[1]
    index = bisect_right(ends, place)
    return ends[index - 1] if index else 0


def line_end(text: str, place: int) -> int:
    """Return the end of the line that contains ``place``, before its line break."""
    return _next_break(text, place)[0]


def next_line(text: str, place: int) -> int:
    """Return the start of the line after the one that contains ``place``, or the end of the text."""
    return _next_break(text, place)[1]


def break_at(text: str, place: int) -> str:
    """Return the line break after ``place``; on a last line without one, the first line break of the text."""
    start, end = _next_break(text, place)
    if start == end:
        starts, ends = _breaks(text)
        start, end = (starts[0], ends[0]) if starts else (0, 0)
    return text[start:end] or "\n"


def column(text: str, place: int) -> int:
    """Return the number of characters before ``place`` on its line."""
    return place - line_start(text, place)


def is_blank(text: str, start: int, end: int) -> bool:
    """Return whether there is only whitespace from ``start`` to ``end``."""
    return skip_space(text, start, end) == end


def is_done(text: str, place: int) -> bool:
    """Return whether only whitespace and a comment follow on the line."""
    end = line_end(text, place)
    place = skip_space(text, place, end)
    return place == end or text[place] == "#"


def skip_space(text: str, place: int, end: int | None = None) -> int:
    """Return the end of the whitespace at ``place``, at most ``end``."""
    found = _SPACE.match(text, place, len(text) if end is None else end)
    return place if found is None else found.end()


def skip_gap(text: str, place: int) -> int:
    """Return the end of the whitespace and comments at ``place``."""
    found = _GAP.match(text, place)
    return place if found is None else found.end()


def _next_break(text: str, place: int) -> tuple[int, int]:
    """Return start and end of the first line break at or after ``place``, or twice the end of the text."""
    starts, ends = _breaks(text)
    index = bisect_right(ends, place)
    return (max(starts[index], place), ends[index]) if index < len(ends) else (len(text), len(text))


@lru_cache(maxsize=2)
def _breaks(text: str) -> tuple[list[int], list[int]]:
    """Return the starts and the ends of all line breaks. Cached, because each edit asks for lines of the same text."""
    found = [match.span() for match in _BREAK.finditer(text)]
    return [start for start, _ in found], [end for _, end in found]


MERGE: Final = "<<"

_PROPERTY: Final = re.compile(r"[&!]\S*")
"""An anchor or a tag, which precedes its node."""


@dataclass(slots=True, eq=False)
class ScalarNode:
    """A scalar or a key. ``style`` is its quote, ``|`` or ``>``, "tagged", or empty for a plain one."""

    outer: int
    start: int
    end: int
    text: str
    style: str

    @property
    def spelled(self) -> str:
        """The value in the spelling in which values are compared."""
        if self.style:
            return self.text
        try:
            return spelled(plain_value(self.text)) or ""
        # The reader keeps such a number as text.
        except BadNumber:
            return self.text


@dataclass(slots=True, eq=False)
class Pair:
    """A key of a mapping with its value."""

    key: ScalarNode
    value: "TextNode"


@dataclass(slots=True, eq=False)
class MappingNode:
    """A mapping. A block mapping ends where its last value ends."""

    outer: int
    start: int
    end: int
    flow: bool
    pairs: list[Pair] = field(default_factory=list)

    def own(self, name: str) -> Pair | None:
        """Return the pair of this name in the mapping itself, without merge keys; None if there is none."""
        return next((pair for pair in self.pairs if pair.key.text == name), None)


@dataclass(slots=True, eq=False)
class SequenceNode:
    """A list. A block list ends where its last item ends; ``dashes`` are the places of its items' dashes."""

    outer: int
    start: int
    end: int
    flow: bool
    items: list["TextNode"] = field(default_factory=list)
    dashes: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Alias:
    """An alias; ``target`` is the node that it refers to."""

    outer: int
    start: int
    end: int
    target: "TextNode"


TextNode = ScalarNode | MappingNode | SequenceNode | Alias


def split_documents(text: str) -> list[str]:
    """Return the texts of the documents, each up to the next one, so that joining them gives the text.

    The manifest reader must be able to read the whole text. Raises yaml.YAMLError for other texts.
    """
    events = events_of(text)
    starts = [_start(event) for event in events if isinstance(event, DocumentStartEvent)]
    return [text[start:end] for start, end in zip([0, *starts[1:]], [*starts[1:], len(text)], strict=True)]


def root_of(text: str) -> TextNode:
    """Return the root of the first document of a text; see :func:`split`."""
    events = events_of(text)
    next(event for event in events if isinstance(event, DocumentStartEvent))
    return _Composer(text, events).node(next(events))


def target(node: TextNode) -> TextNode:
    """Return the node itself or, for an alias, the node that it refers to."""
    return node.target if isinstance(node, Alias) else node


def get(node: TextNode, name: str) -> TextNode | None:
    """Return the value of a key: the mapping's own, else one from a merge key, else None."""
    # Each mapping is searched once. Merges of merges can lead to it along exponentially many paths.
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        mapping = target(waiting.pop())
        if not isinstance(mapping, MappingNode) or id(mapping) in seen:
            continue
        seen.add(id(mapping))
        pair = mapping.own(name)
        if pair is not None:
            return pair.value
        waiting += reversed([*_merged(mapping)])
    return None


def find_node(node: TextNode, path: str) -> TextNode | None:
    """Return the node at a dotted path, None if there is none."""
    found: TextNode | None = node
    for step in path.split("."):
        found = None if found is None else get(found, step)
    return found


def _merged(mapping: MappingNode) -> Iterator[TextNode]:
    for pair in mapping.pairs:
        if pair.key.text == MERGE and not pair.key.style:
            value = target(pair.value)
            yield from value.items if isinstance(value, SequenceNode) else [value]


class _Composer:
    """Composes the nodes of one document from its events."""

    def __init__(self, text: str, events: Iterator[Any]) -> None:
        self._text = text
        self._events = events
        self._anchors: dict[str, TextNode] = {}

    def node(self, event: Any) -> TextNode:
        """Return the node that begins with this event; consumes its other events."""
        if isinstance(event, AliasEvent):
            return Alias(_start(event), _start(event), _end(event), target(self._anchors[str(event.anchor)]))
        made = self._made(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = made
        return made

    def _made(self, event: Any) -> TextNode:
        match event:
            case MappingStartEvent():
                return self._mapping(event)
            case SequenceStartEvent():
                return self._sequence(event)
            case _:
                return self._scalar(event)

    def _mapping(self, event: Any) -> MappingNode:
        made = MappingNode(_start(event), self._content(event), _end(event), bool(event.flow_style))
        for key in self._events:
            if isinstance(key, MappingEndEvent):
                # A block mapping is never empty.
                made.end = _end(key) if made.flow else made.pairs[-1].value.end
                break
            made.pairs.append(Pair(self._scalar(key), self.node(next(self._events))))
        return made

    def _sequence(self, event: Any) -> SequenceNode:
        made = SequenceNode(_start(event), self._content(event), _end(event), bool(event.flow_style))
        for item in self._events:
            if isinstance(item, SequenceEndEvent):
                # A block list is never empty either.
                made.end = _end(item) if made.flow else made.items[-1].end
                break
            if not made.flow:
                made.dashes.append(skip_gap(self._text, made.items[-1].end) if made.items else made.start)
            made.items.append(self.node(item))
        return made

    def _scalar(self, event: Any) -> ScalarNode:
        start, end = self._content(event), _end(event)
        # A tag decides the type of a plain scalar, so its text must not be interpreted.
        style = event.style or ("tagged" if event.tag else "")
        if style in ("|", ">"):
            # libyaml's end mark of a block scalar is after the empty lines that follow it.
            end = start + len(self._text[start:end].rstrip())
        return ScalarNode(_start(event), start, end, event.value, style)

    def _content(self, event: Any) -> int:
        """Return the start of a node's content, after its anchor and tag."""
        place, end = _start(event), _end(event)
        # The anchor and the tag can be in either order.
        for given in (event.anchor, event.tag):
            found = None if given is None else _PROPERTY.match(self._text, place, end)
            place = place if found is None else skip_gap(self._text, found.end())
        return min(place, end) if isinstance(event, ScalarEvent) else place


def _start(event: Any) -> int:
    place: int = event.start_mark.index
    return place


def _end(event: Any) -> int:
    place: int = event.end_mark.index
    return place
