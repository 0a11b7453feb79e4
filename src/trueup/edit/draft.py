"""Gather small changes to a YAML text and make them all at once.

Each takes the shape of what stands there: indentation, flow or block, quotes. What it cannot do without touching more
than it was asked to raises Unable.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from itertools import groupby

from trueup.edit.nodes import Alias, Mapping, Node, Pair, Scalar, Sequence
from trueup.edit.spell import scalar

Value = str | Values[str, "Value"]
"""Text, or a mapping of texts and mappings."""


class Unable(Exception):
    """The change cannot be made here without touching more; the text says why, to stand behind a colon."""


@dataclass(slots=True)
class Draft:
    """Gather the changes to one text."""

    text: str
    changes: list[tuple[int, int, str]] = field(default_factory=list)

    def finished(self) -> str:
        """Return the text with all changes made."""
        text = self.text
        for start, end, new in sorted(self.changes, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def replace(self, node: Node, value: str, *, as_text: bool = True) -> None:
        """Put another value in the place of a single one, or of an alias."""
        match node:
            case Scalar(style="|" | ">") if _fits_block(value):
                self._put(node.start, node.end, self._block(node, value))
            case Scalar(style=style):
                quote = style if style in ("'", '"') else ""
                self._put(node.start, node.end, scalar(value, style=quote, as_text=as_text))
            case Alias():
                self._put(node.start, node.end, scalar(value, as_text=as_text))
            case _:
                raise Unable("it is not a single value here")

    def rename(self, pair: Pair, name: str) -> None:
        """Give a pair another key."""
        self._put(pair.key.start, pair.key.end, name)

    def insert(self, mapping: Mapping, name: str, value: Value) -> None:
        """Add a pair behind the last one."""
        written = f"{name}: {_flow(value)}"
        if not mapping.flow:
            column = self._column(mapping.pairs[0].key.start)
            self._add_line(mapping.end, " " * column + written)
        elif mapping.pairs:
            self._put(mapping.pairs[-1].value.end, mapping.pairs[-1].value.end, f", {written}")
        else:
            self._put(mapping.start, mapping.end, f"{{{written}}}")

    def remove(self, mapping: Mapping, gone: list[Pair]) -> None:
        """Take pairs out."""
        pairs = mapping.pairs
        if len(gone) == len(pairs):
            self._put(mapping.start, mapping.end, "{}")
            return
        for first, last in _runs([pair in gone for pair in pairs]):
            if not mapping.flow and first > 0:
                for pair in pairs[first : last + 1]:
                    self._cut_lines(pair.key.start, pair.value.end)
            elif last + 1 < len(pairs):
                # In a block, the first pair may stand behind the dash of its item: the next one takes its place.
                self._put(pairs[first].key.start, pairs[last + 1].key.start, "")
            else:
                self._put(pairs[first - 1].value.end, pairs[last].value.end, "")

    def change_items(self, items: Sequence, gone: list[Node], new: list[Value]) -> None:
        """Take items out of a list and add others behind the last one, in its shape."""
        kept = [item for item in items.items if item not in gone]
        if items.flow:
            self._change_flow(items, kept, new)
            return
        for value in new:
            self._add_line(items.end, self._item(items.items[-1], value))
        if not kept and not new:
            self._empty(items)
        for item in gone:
            self._cut_lines(self._dash(item), item.end)

    def _change_flow(self, items: Sequence, kept: list[Node], new: list[Value]) -> None:
        added = [_flow(value) for value in new]
        if kept and len(kept) == len(items.items):
            end = kept[-1].end
            self._put(end, end, "".join(f", {text}" for text in added))
            return
        if any(sign in self.text[items.start : items.end] for sign in "#\n"):
            raise Unable("the list stands in brackets on several lines")
        texts = [self.text[item.start : item.end] for item in kept]
        self._put(items.start, items.end, f"[{', '.join([*texts, *added])}]")

    def _item(self, sibling: Node, value: Value) -> str:
        """Return the lines of a new item, in the shape of one that stands there."""
        dash = self._dash(sibling)
        gap = self.text[dash + 1 : sibling.start]
        lead = " " * self._column(dash) + "-" + (gap if gap and not gap.strip(" ") else " ")
        if isinstance(sibling, Mapping) and not sibling.flow and not isinstance(value, str):
            return lead + f"\n{' ' * len(lead)}".join(f"{name}: {_flow(part)}" for name, part in value.items())
        return lead + _flow(value)

    def _empty(self, items: Sequence) -> None:
        """Put an empty list behind the name, where no item of a block can stand."""
        colon = self.text.rindex(":", 0, self._dash(items.items[0])) + 1
        if self.text[colon : self.text.index("\n", colon)].strip():
            raise Unable("a comment stands behind the name of the list, of which nothing is left")
        self._put(colon, colon, " []")

    def _cut_lines(self, start: int, end: int) -> None:
        """Take out whole lines, with the comment at their end."""
        first = self.text.rfind("\n", 0, start) + 1
        if self.text[first:start].strip():
            raise Unable("something else stands on the same line")
        line_end = self.text.find("\n", end)
        self._put(first, len(self.text) if line_end < 0 else line_end + 1, "")

    def _add_line(self, after: int, line: str) -> None:
        """Add lines behind the one in which ``after`` lies."""
        newline = "\r\n" if "\r\n" in self.text else "\n"
        written = line.replace("\n", newline)
        end = self.text.find("\n", after)
        if end < 0:
            self._put(len(self.text), len(self.text), newline + written)
        else:
            self._put(end + 1, end + 1, written + newline)

    def _block(self, node: Scalar, value: str) -> str:
        newline = "\r\n" if "\r\n" in self.text else "\n"
        body = self.text.find("\n", node.start, node.end) + 1
        first = self.text[body : node.end].lstrip("\r\n")
        indent = len(first) - len(first.lstrip(" "))
        lines = value.removesuffix("\n").split("\n")
        chomp = "" if value.endswith("\n") else "-"
        return f"|{chomp}{newline}" + newline.join(" " * indent + line if line else "" for line in lines)

    def _dash(self, item: Node) -> int:
        return self.text.rindex("-", 0, item.start)

    def _column(self, place: int) -> int:
        return place - (self.text.rfind("\n", 0, place) + 1)

    def _put(self, start: int, end: int, new: str) -> None:
        self.changes.append((start, end, new))


def _runs(marked: list[bool]) -> Iterator[tuple[int, int]]:
    """Give the first and the last place of each unbroken run of marks."""
    for mark, places in groupby(range(len(marked)), key=marked.__getitem__):
        if mark:
            first, *others = places
            yield first, [first, *others][-1]


def _fits_block(value: str) -> bool:
    """Return whether a text of several lines can stand as a block without losing a character."""
    lines = value.removesuffix("\n").split("\n")
    return (
        len(lines) > 1
        and all(line.isprintable() and line == line.strip() for line in lines)
        and all((lines[0], lines[-1]))
    )


def _flow(value: Value) -> str:
    if isinstance(value, str):
        return scalar(value)
    return "{" + ", ".join(f"{name}: {_flow(part)}" for name, part in value.items()) + "}"
