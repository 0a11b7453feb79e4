"""Change what stands in brackets: lists and mappings in flow style, on one line or on several."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trueup.edit.lines import break_at, is_blank, is_done, line_start, next_line, skip_gap

Change = tuple[int, int, str]
"""Where something stands, and what takes its place."""


class Unable(Exception):
    """The change cannot be made here without touching more; the text says why, to stand behind a colon."""


@dataclass(frozen=True, slots=True)
class Part:
    """Say where an item, or a key with its value, begins and ends."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Brackets:
    """Hold a list or a mapping that stands in brackets from ``start`` to ``end``."""

    text: str
    start: int
    end: int
    parts: Sequence[Part]

    def changed(self, gone: Collection[int], new: Sequence[str]) -> Iterator[Change]:
        """Give the changes that take parts out, by index, and add others behind the last one that stays."""
        kept = [index for index in range(len(self.parts)) if index not in gone]
        if not kept:
            yield from self._filled(new)
            return
        last = kept[-1]
        for index in gone:
            if index < last:
                yield self._cut(index, self.comma(index))
        # Of the parts behind the last one that stays, the last may have no comma: then the one before goes too.
        ended = self.comma(len(self.parts) - 1)
        for index in range(last + 1, len(self.parts)):
            yield self._cut_last(index, self.comma(index))
        comma = self.comma(last)
        if new:
            yield from self._added(self.parts[last], comma, new, closed=ended is not None)
        elif last + 1 < len(self.parts) and comma is not None and ended is None:
            yield comma, comma + 1, ""

    def comma(self, index: int) -> int | None:
        """Return where the comma behind a part stands, None when there is none."""
        place = skip_gap(self.text, self.parts[index].end)
        return place if self.text[place] == "," else None

    def _filled(self, new: Sequence[str]) -> Iterator[Change]:
        opening, closing = self.text[self.start], self.text[self.end - 1]
        edges = [self.start + 1, *(edge for part in self.parts for edge in (part.start, part.end)), self.end - 1]
        if any("#" in self.text[start:end] for start, end in list(pairwise(edges))[::2]):
            raise Unable("a comment stands between the brackets, of which nothing is left")
        yield self.start, self.end, f"{opening}{', '.join(new)}{closing}"

    def _alone(self, part: Part, end: int) -> bool:
        """Return whether nothing else stands on the lines of a part that ends, comma included, at ``end``."""
        text = self.text
        return is_blank(text, line_start(text, part.start), part.start) and is_done(text, end)

    def _cut(self, index: int, comma: int | None) -> Change:
        part = self.parts[index]
        end = part.end if comma is None else comma + 1
        if self._alone(part, end):
            return line_start(self.text, part.start), next_line(self.text, end), ""
        while self.text[end] == " ":
            end += 1
        return part.start, end, ""

    def _cut_last(self, index: int, comma: int | None) -> Change:
        part = self.parts[index]
        end = part.end if comma is None else comma + 1
        if self._alone(part, end):
            return line_start(self.text, part.start), next_line(self.text, end), ""
        start = part.start
        while self.text[start - 1] == " ":
            start -= 1
        return start, end, ""

    def _added(self, last: Part, comma: int | None, new: Sequence[str], *, closed: bool) -> Iterator[Change]:
        """Add parts behind the last one: on its line, or on lines of their own where it has one."""
        text = self.text
        indent = text[line_start(text, last.start) : last.start]
        end = last.end if comma is None else comma + 1
        if indent.strip() or not is_done(text, end):
            # A comma that follows already ends what is added.
            between = " " if indent.strip() else break_at(text, line_start(text, last.start) - 2) + indent
            yield last.end, last.end, "".join(f",{between}{part}" for part in new)
            if comma is not None and not closed:
                # It was followed by a part that goes.
                yield comma, comma + 1, ""
            return
        newline = break_at(text, last.start)
        place = next_line(text, end)
        lines = f",{newline}".join(indent + part for part in new)
        if comma is None:
            yield last.end, last.end, ","
        yield place, place, f"{lines}{',' if closed else ''}{newline}"
