"""Break spans into lines of a given width, at blanks where there are any."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from trueup.report.tree import Span
from trueup.report.visible import columns, cut

GLUE = "\u00a0"
"""A blank at which no line is broken; printed as a blank. Values hold none, as theirs are spelled out."""

_BLANKS_OR_WORD = re.compile(r" +|[^ ]+")


@dataclass(frozen=True, slots=True)
class _Word:
    """Hold what must not be broken at a blank, with the number of blanks before it."""

    gap: int
    spans: tuple[Span, ...]

    @property
    def columns(self) -> int:
        return spans_columns(self.spans)


def spans_columns(spans: Iterable[Span]) -> int:
    """Return how many columns the spans take on one line."""
    return sum(columns(span.text) for span in spans)


def wrap(spans: Sequence[Span], room: int) -> list[list[Span]]:
    """Return lines of at most ``room`` columns; a word longer than that is broken where it must be."""
    if spans_columns(spans) <= room:
        return [list(spans)]
    lines: list[list[Span]] = [[]]
    used = 0
    for word in _words(spans):
        width = word.columns
        if used and used + word.gap + width > room:
            lines.append([])
            used = 0
        if used and word.gap:
            lines[-1].append(Span(" " * word.gap))
            used += word.gap
        for span in word.spans:
            used = _place(span, lines, used, room)
    return lines


def filled(text: str, width: int, *, hang: int = 2) -> str:
    """Return a text in lines of at most ``width`` columns, those behind the first one further in by ``hang``."""
    lines = wrap([Span(text)], width - hang)
    return f"\n{'':{hang}}".join("".join(span.text for span in line) for line in lines)


def _place(span: Span, lines: list[list[Span]], used: int, room: int) -> int:
    """Put a span at the end of the last line, and on further lines what does not fit; return the columns in use."""
    rest = span.text
    while columns(rest) > room - used:
        fits = cut(rest, room - used)
        if not fits and not used:
            break  # one character wider than the room: it must stand somewhere
        lines[-1].append(replace(span, text=rest[:fits]))
        lines.append([])
        rest, used = rest[fits:], 0
    lines[-1].append(replace(span, text=rest))
    return used + columns(rest)


def _words(spans: Sequence[Span]) -> Iterator[_Word]:
    gap, parts = 0, list[Span]()
    for span in spans:
        for text in _BLANKS_OR_WORD.findall(span.text):
            if not text.startswith(" "):
                parts.append(replace(span, text=text))
                continue
            if parts:
                yield _Word(gap, tuple(parts))
                gap, parts = 0, []
            gap += len(text)
    if parts:
        yield _Word(gap, tuple(parts))
