"""Collect small edits of a YAML text and make them all at once.

Each edit keeps the style around it: indentation, flow or block, quotes, JSON. One that would touch more than it should
raises CannotEdit.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import Final

from trueup.edit.yaml_nodes import (
    Alias,
    MappingNode,
    Pair,
    ScalarNode,
    SequenceNode,
    TextNode,
    break_at,
    column,
    is_blank,
    is_done,
    line_end,
    line_start,
    next_line,
    skip_gap,
    skip_space,
)
from trueup.edit.yaml_style import UnquotedScalar, fits_block, scalar

_Change = tuple[int, int, str]
"""Start and end of the old text, and the new text."""


class CannotEdit(Exception):
    """The edit cannot be made without touching more. The text is the reason, to follow a colon."""


@dataclass(frozen=True, slots=True)
class Part:
    """Start and end of an item, or of a key with its value."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Brackets:
    """A list or a mapping in brackets, from ``start`` to ``end``."""

    text: str
    start: int
    end: int
    parts: Sequence[Part]

    def changed(self, gone: Collection[int], new: Sequence[str]) -> Iterator[_Change]:
        """Yield the edits that remove the parts ``gone``, by index, and add ``new`` ones after the last kept one."""
        kept = [index for index in range(len(self.parts)) if index not in gone]
        if not kept:
            yield from self._filled(new)
            return
        last = kept[-1]
        for index in gone:
            if index < last:
                yield self._cut(index)
        # The last part may have no comma after it. If it is removed, the comma before it must be removed as well.
        ended = self.comma(len(self.parts) - 1)
        for index in range(last + 1, len(self.parts)):
            yield self._cut(index, last=True)
        comma = self.comma(last)
        if new:
            yield from self._added(self.parts[last], comma, new, closed=ended is not None)
        elif last + 1 < len(self.parts) and comma is not None and ended is None:
            yield comma, comma + 1, ""

    def comma(self, index: int) -> int | None:
        """Return the index of the comma after a part, None if there is none."""
        place = skip_gap(self.text, self.parts[index].end)
        return place if self.text[place] == "," else None

    def _filled(self, new: Sequence[str]) -> Iterator[_Change]:
        opening, closing = self.text[self.start], self.text[self.end - 1]
        edges = [self.start + 1, *(edge for part in self.parts for edge in (part.start, part.end)), self.end - 1]
        if any("#" in self.text[start:end] for start, end in list(pairwise(edges))[::2]):
            raise CannotEdit("there is a comment between the brackets, and the list would be empty")
        yield self.start, self.end, f"{opening}{', '.join(new)}{closing}"

    def _alone(self, part: Part, end: int) -> bool:
        """Return whether a part is alone on its lines; ``end`` is its end, including its comma."""
        text = self.text
        return is_blank(text, line_start(text, part.start), part.start) and is_done(text, end)

    def _cut(self, index: int, *, last: bool = False) -> _Change:
        """Return the edit that removes a part and its comma; ``last``: no part after it is kept."""
        part, comma = self.parts[index], self.comma(index)
        start, end = part.start, part.end if comma is None else comma + 1
        if self._alone(part, end):
            return line_start(self.text, start), next_line(self.text, end), ""
        # Spaces go with the part: those after its comma or, if no part follows, those before it.
        while not last and self.text[end] == " ":
            end += 1
        while last and self.text[start - 1] == " ":
            start -= 1
        return start, end, ""

    def _added(self, last: Part, comma: int | None, new: Sequence[str], *, closed: bool) -> Iterator[_Change]:
        """Yield the edits that add parts after the last one: on its line or, if it is alone there, on new lines."""
        text = self.text
        indent = text[line_start(text, last.start) : last.start]
        end = last.end if comma is None else comma + 1
        if indent.strip() or not is_done(text, end):
            # A comma that already follows the last part now follows the new ones.
            between = " " if indent.strip() else break_at(text, line_start(text, last.start) - 2) + indent
            yield last.end, last.end, "".join(f",{between}{part}" for part in new)
            if comma is not None and not closed:
                # The comma separated the last part from one that is removed.
                yield comma, comma + 1, ""
            return
        newline = break_at(text, last.start)
        place = next_line(text, end)
        lines = f",{newline}".join(indent + part for part in new)
        if comma is None:
            yield last.end, last.end, ","
        yield place, place, f"{lines}{',' if closed else ''}{newline}"


NewValue = str | Values[str, "NewValue"] | Sequence["NewValue"]
"""A text (an UnquotedScalar is a number or a boolean), a mapping or a list."""

_PROPERTIES: Final = re.compile(r"\s*(?:[&!]\S*\s*)*")
_HEADER: Final = re.compile(r"[|>]([-+0-9]*)")


@dataclass(slots=True)
class YamlText:
    """A text and the edits collected for it. With ``json``, new values are written as JSON."""

    text: str
    json: bool = False
    changes: list[tuple[int, int, str]] = field(default_factory=list)

    def finished(self) -> str:
        """Return the text with all edits made, those at one place in their order. Raises CannotEdit if two overlap."""
        pieces: list[str] = []
        place = 0
        # The sort is stable, so edits at one place keep their order.
        for start, end, new in sorted(self.changes, key=itemgetter(0, 1)):
            if start < place:
                raise CannotEdit("it overlaps with another change")
            pieces += (self.text[place:start], new)
            place = end
        return "".join((*pieces, self.text[place:]))

    def replace(self, node: TextNode, value: str) -> None:
        """Replace the value of a scalar or an alias."""
        match node:
            case ScalarNode(style="|" | ">"):
                self._replace_block(node, value)
            case ScalarNode(style=style):
                # An empty value directly after its anchor or tag needs a space before it.
                space = " " if node.outer < node.start == node.end else ""
                self._put(node.start, node.end, space + self._scalar(value, style if style in ("'", '"') else ""))
            case Alias():
                self._put(node.start, node.end, scalar(value))
            case _:
                raise CannotEdit("it is not a single value here")

    def rename(self, pair: Pair, name: str) -> None:
        """Replace the key of a pair."""
        if pair.key.text != name:
            quote = pair.key.style if pair.key.style in ("'", '"') else ""
            self._put(pair.key.start, pair.key.end, f"{quote}{name}{quote}")

    def insert(self, mapping: MappingNode, new: Values[str, NewValue]) -> None:
        """Add pairs after the last one."""
        written = [self._pair(name, value) for name, value in new.items()]
        if mapping.flow:
            parts = [Part(pair.key.outer, pair.value.end) for pair in mapping.pairs]
            self.changes += Brackets(self.text, mapping.start, mapping.end, parts).changed((), written)
            return
        indent = " " * column(self.text, mapping.pairs[0].key.outer)
        for line in written:
            self._add_line(mapping.end, indent + line)

    def remove(self, mapping: MappingNode, gone: Sequence[Pair]) -> None:
        """Remove pairs."""
        if mapping.flow:
            parts = [Part(pair.key.outer, pair.value.end) for pair in mapping.pairs]
            indexes = [index for index, pair in enumerate(mapping.pairs) if pair in gone]
            self.changes += Brackets(self.text, mapping.start, mapping.end, parts).changed(set(indexes), [])
        elif len(gone) == len(mapping.pairs):
            self._put(mapping.start, mapping.end, "{}")
        else:
            for pair in self._without_first(mapping, gone):
                self._cut_lines(pair.key.outer, pair.value.end)

    def change_items(self, pair: Pair, items: SequenceNode, gone: Sequence[int], new: Sequence[NewValue]) -> None:
        """Remove items of a pair's list, by index, and add new ones after the last one, in its style."""
        if items.flow:
            parts = [Part(item.outer, item.end) for item in items.items]
            brackets = Brackets(self.text, items.start, items.end, parts)
            self.changes += brackets.changed(set(gone), [self._flow(value) for value in new])
            return
        for value in new:
            self._add_line(items.end, self._item(items, value))
        if len(gone) == len(items.items) and not new:
            self._empty(pair)
        for index in gone:
            self._cut_lines(items.dashes[index], items.items[index].end)

    def _without_first(self, mapping: MappingNode, gone: Sequence[Pair]) -> Sequence[Pair]:
        """Remove those of the pairs that follow the dash of an item on its line; return the others.

        The next pair or comment moves up to the dash.
        """
        pairs, text = mapping.pairs, self.text
        start = pairs[0].key.outer
        if pairs[0] not in gone or is_blank(text, line_start(text, start), start):
            return gone
        count, place = 1, self._content_after(pairs[0].value.end)
        while pairs[count] in gone and place == pairs[count].key.outer:
            place = self._content_after(pairs[count].value.end)
            count += 1
        self._put(start, place, "")
        return [pair for pair in pairs[count:] if pair in gone]

    def _content_after(self, place: int) -> int:
        return skip_space(self.text, next_line(self.text, place))

    def _item(self, items: SequenceNode, value: NewValue) -> str:
        """Return the lines of a new item, in the style of the last item."""
        sibling, dash = items.items[-1], items.dashes[-1]
        # A new item has as much space after its dash as the last one.
        gap = self.text[dash + 1 : sibling.outer]
        lead = " " * column(self.text, dash) + "-" + (gap if gap and not gap.strip(" ") else " ")
        if isinstance(sibling, MappingNode) and not sibling.flow and isinstance(value, Values):
            return lead + f"\n{' ' * len(lead)}".join(self._pair(name, part) for name, part in value.items())
        return lead + self._flow(value)

    def _empty(self, pair: Pair) -> None:
        """Write an empty list after the key and its anchor: a block list cannot be empty."""
        colon = self.text.index(":", pair.key.end) + 1
        found = _PROPERTIES.match(self.text, colon, pair.value.start) if pair.value.outer < pair.value.start else None
        place = colon if found is None else colon + len(found[0].rstrip())
        self._put(place, place, " []")

    def _cut_lines(self, start: int, end: int) -> None:
        """Remove whole lines, with the comment at their end."""
        first = line_start(self.text, start)
        if not is_blank(self.text, first, start):
            raise CannotEdit("there is something else on the same line")
        self._put(first, next_line(self.text, end), "")

    def _add_line(self, after: int, line: str) -> None:
        """Add lines after the one that contains ``after``."""
        newline = break_at(self.text, after)
        written = line.replace("\n", newline)
        place = next_line(self.text, after)
        # The last line of a file may have no line break.
        ended = place > line_end(self.text, after)
        self._put(place, place, written + newline if ended else newline + written)

    def _replace_block(self, node: ScalarNode, value: str) -> None:
        header = _HEADER.match(self.text, node.start)
        assert header is not None
        head, body = line_end(self.text, node.start), next_line(self.text, node.start)
        indent = self.text[body : node.end].lstrip("\r\n")
        indent = indent[: len(indent) - len(indent.lstrip(" "))]
        # A block with an indentation indicator is replaced, as is one that cannot hold the new value.
        if not indent or header[1].strip("-+") or not fits_block(value):
            # A comment in the header is kept after the value.
            self._put(node.start, header.end(), scalar(value))
            self._put(head, max(head, node.end), "")
            return
        self._put(node.start, header.end(), "|" if value.endswith("\n") else "|-")
        lines = value.removesuffix("\n").split("\n")
        newline = break_at(self.text, node.start)
        self._put(body, node.end, newline.join(indent + line if line else "" for line in lines))

    def _pair(self, name: str, value: NewValue) -> str:
        return f"{self._scalar(name, '')}: {self._flow(value)}"

    def _flow(self, value: NewValue) -> str:
        if isinstance(value, str):
            return self._scalar(value, "")
        if isinstance(value, Values):
            return "{" + ", ".join(self._pair(name, part) for name, part in value.items()) + "}"
        return "[" + ", ".join(map(self._flow, value)) + "]"

    def _scalar(self, value: str, style: str) -> str:
        return scalar(value, style='"' if self.json and not isinstance(value, UnquotedScalar) else style)

    def _put(self, start: int, end: int, new: str) -> None:
        self.changes.append((start, end, new))
