"""Find where every node of a YAML text begins and ends, to change it there. Places are indexes of characters.

``outer`` is where a node begins with its anchor and its tag, ``start`` where it begins behind them.
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

from trueup.kinds.values import spelled
from trueup.manifest.yaml_events import events_of
from trueup.manifest.yaml_scalars import BadNumber, plain_value

_BREAK: Final = re.compile("\r\n|[\n\r]")
_SPACE: Final = re.compile(r"\s*")
_GAP: Final = re.compile("(?:\\s|\ufeff|#[^\n\r]*)*")


def line_start(text: str, place: int) -> int:
    """Return where the line begins in which ``place`` lies."""
    ends = _breaks(text)[1]
    index = bisect_right(ends, place)
    return ends[index - 1] if index else 0


def line_end(text: str, place: int) -> int:
    """Return where the line ends in which ``place`` lies, before its break."""
    return _next_break(text, place)[0]


def next_line(text: str, place: int) -> int:
    """Return where the line after the one with ``place`` begins, or the end of the text."""
    return _next_break(text, place)[1]


def break_at(text: str, place: int) -> str:
    """Return the break of the line in which ``place`` lies; on a last line without one, the first of the text."""
    start, end = _next_break(text, place)
    if start == end:
        starts, ends = _breaks(text)
        start, end = (starts[0], ends[0]) if starts else (0, 0)
    return text[start:end] or "\n"


def column(text: str, place: int) -> int:
    """Return how many characters stand before ``place`` on its line."""
    return place - line_start(text, place)


def is_blank(text: str, start: int, end: int) -> bool:
    """Return whether nothing but space stands there."""
    return skip_space(text, start, end) == end


def is_done(text: str, place: int) -> bool:
    """Return whether nothing but space and a comment follows on the line."""
    end = line_end(text, place)
    place = skip_space(text, place, end)
    return place == end or text[place] == "#"


def skip_space(text: str, place: int, end: int | None = None) -> int:
    """Return where the space and the breaks end that stand at ``place``, before ``end``."""
    found = _SPACE.match(text, place, len(text) if end is None else end)
    return place if found is None else found.end()


def skip_gap(text: str, place: int) -> int:
    """Return where space, breaks and comments end that stand at ``place``."""
    found = _GAP.match(text, place)
    return place if found is None else found.end()


def _next_break(text: str, place: int) -> tuple[int, int]:
    """Return where the first break at or after ``place`` begins and ends, twice the text's end without one."""
    starts, ends = _breaks(text)
    index = bisect_right(ends, place)
    return (max(starts[index], place), ends[index]) if index < len(ends) else (len(text), len(text))


@lru_cache(maxsize=2)
def _breaks(text: str) -> tuple[list[int], list[int]]:
    """Return where all breaks begin and end: looked for once, as a text can be one long line or have many changes."""
    found = [match.span() for match in _BREAK.finditer(text)]
    return [start for start, _ in found], [end for _, end in found]


MERGE: Final = "<<"

_PROPERTY: Final = re.compile(r"[&!]\S*")
"""An anchor or a tag, before what it belongs to."""


@dataclass(slots=True, eq=False)
class ScalarNode:
    """Be a single value, or a key; ``style`` is its quote, ``|`` or ``>``, or empty for a plain one."""

    outer: int
    start: int
    end: int
    text: str
    style: str

    @property
    def spelled(self) -> str:
        """Return the value as manifests are compared by it."""
        if self.style:
            return self.text
        try:
            return spelled(plain_value(self.text)) or ""
        except BadNumber:
            return self.text


@dataclass(slots=True, eq=False)
class Pair:
    """Be a key of a mapping with its value."""

    key: ScalarNode
    value: "TextNode"


@dataclass(slots=True, eq=False)
class MappingNode:
    """Be a mapping; a block ends where its last part does."""

    outer: int
    start: int
    end: int
    flow: bool
    pairs: list[Pair] = field(default_factory=list)

    def own(self, name: str) -> Pair | None:
        """Return the pair of this name that stands in the mapping itself."""
        return next((pair for pair in self.pairs if pair.key.text == name), None)


@dataclass(slots=True, eq=False)
class SequenceNode:
    """Be a list; a block ends where its last part does. ``dashes`` are those of a block's items."""

    outer: int
    start: int
    end: int
    flow: bool
    items: list["TextNode"] = field(default_factory=list)
    dashes: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Alias:
    """Be an alias; ``target`` is what it stands for."""

    outer: int
    start: int
    end: int
    target: "TextNode"


TextNode = ScalarNode | MappingNode | SequenceNode | Alias


def split(text: str) -> list[str]:
    """Return the documents of a text, each with what stands before the next one; joined they are the text.

    The text must be one that the manifest reader takes whole; raises yaml.YAMLError for others.
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
    """Return what a node is, wherever it stands."""
    return node.target if isinstance(node, Alias) else node


def get(node: TextNode, name: str) -> TextNode | None:
    """Return the value of a key: a mapping's own, or else one that a merge key brings in."""
    # Each mapping is looked into once: merges of merges may lead to it in any number of ways.
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
    """Return the node at a dotted path."""
    here: TextNode | None = node
    for step in path.split("."):
        here = None if here is None else get(here, step)
    return here


def _merged(mapping: MappingNode) -> Iterator[TextNode]:
    for pair in mapping.pairs:
        if pair.key.text == MERGE and not pair.key.style:
            value = target(pair.value)
            yield from value.items if isinstance(value, SequenceNode) else [value]


class _Composer:
    """Compose one document from its events."""

    def __init__(self, text: str, events: Iterator[Any]) -> None:
        self._text = text
        self._events = events
        self._anchors: dict[str, TextNode] = {}

    def node(self, event: Any) -> TextNode:
        """Return the node that begins with this event; uses up its events."""
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
                made.end = _end(key) if made.flow else made.pairs[-1].value.end
                break
            made.pairs.append(Pair(self._scalar(key), self.node(next(self._events))))
        return made

    def _sequence(self, event: Any) -> SequenceNode:
        made = SequenceNode(_start(event), self._content(event), _end(event), bool(event.flow_style))
        for item in self._events:
            if isinstance(item, SequenceEndEvent):
                made.end = _end(item) if made.flow else made.items[-1].end
                break
            if not made.flow:
                made.dashes.append(skip_gap(self._text, made.items[-1].end) if made.items else made.start)
            made.items.append(self.node(item))
        return made

    def _scalar(self, event: Any) -> ScalarNode:
        start, end = self._content(event), _end(event)
        style = event.style or ("tagged" if event.tag else "")
        if style in ("|", ">"):
            # libyaml counts the empty lines after a block to it.
            end = start + len(self._text[start:end].rstrip())
        return ScalarNode(_start(event), start, end, event.value, style)

    def _content(self, event: Any) -> int:
        """Return where a node begins behind its anchor and its tag."""
        place, end = _start(event), _end(event)
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
