"""Break spans into lines of a given width, at blanks where there are any."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from trueup.report.safe_text import columns, cut
from trueup.report.tree import Span

GLUE: Final = "\u00a0"
"""A blank at which no line is broken; printed as a blank. Values hold none, as theirs are spelled out."""


def spans_columns(spans: Iterable[Span]) -> int:
    """Return how many columns the spans take on one line."""
    return sum(columns(span.text) for span in spans)


def wrap(spans: Sequence[Span], room: int) -> list[list[Span]]:
    """Return lines of at most ``room`` columns; a word longer than that is broken where it must be.

    Words part at blanks alone, not where one span ends and the next one begins.
    """
    if spans_columns(spans) <= room:
        return [list(spans)]
    starts = list(accumulate((len(span.text) for span in spans), initial=0))
    lines = _lines("".join(span.text for span in spans), room)
    return [list(_between(spans, starts, begin, end)) for begin, end in lines] or [[]]


def filled(text: str, width: int, *, hang: int = 2) -> str:
    """Return a text in lines of at most ``width`` columns, those behind the first one further in by ``hang``."""
    lines = wrap([Span(text)], width - hang)
    return f"\n{'':{hang}}".join("".join(span.text for span in line) for line in lines)


def _lines(text: str, room: int) -> Iterator[tuple[int, int]]:
    """Return where each line of a text begins and ends; the blanks around a line belong to none."""
    begin = _next_word(text, 0)
    while begin < len(text):
        # One character wider than the room must stand somewhere.
        reach = begin + max(1, cut(text, room, begin))
        blank = text.rfind(" ", begin, reach + 1) if reach < len(text) else -1
        end = reach if blank < 0 else blank
        yield begin, begin + len(text[begin:end].rstrip(" "))
        begin = _next_word(text, end)


def _next_word(text: str, start: int) -> int:
    """Return where the next word begins, the length of the text when none does."""
    while text.startswith(" ", start):
        start += 1
    return start


def _between(spans: Sequence[Span], starts: Sequence[int], begin: int, end: int) -> Iterator[Span]:
    """Return the spans, or the parts of them, that stand from ``begin`` to ``end`` of all their text."""
    for place in range(bisect_right(starts, begin) - 1, len(spans)):
        start, span = starts[place], spans[place]
        if start >= end:
            return
        yield Span(span.text[max(0, begin - start) : end - start], span.role)
