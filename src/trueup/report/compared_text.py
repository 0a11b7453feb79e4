"""Lay out a field's three moments for a terminal: side by side where there is room, else below each other.

Nothing is shortened here: this is the evidence that somebody decides on.
"""

from collections.abc import Iterator, Sequence

from trueup.report.layout import Spans, shown_moments
from trueup.report.safe_text import visible
from trueup.report.tree import Compared, Comparison, Role, Span
from trueup.report.wrap import spans_columns, wrap

MOMENTS = ("planned from", "now", "wanted")

GAP = 2


def comparison_lines(comparison: Comparison, room: int) -> Iterator[Spans]:
    """Return the lines of a comparison, title included."""
    yield [Span(visible(comparison.title), Role.MUTED)]
    rows = [[Span(visible(field.path)), *shown_moments(field)] for field in comparison.fields]
    head: Spans = [Span(""), *(Span(moment, Role.MUTED) for moment in MOMENTS)]
    widths = [max(spans_columns([row[column]]) for row in (head, *rows)) for column in range(len(head))]
    beside = sum(widths) + GAP * len(widths) <= room
    if beside:
        yield _row(head, widths)
    for field, row in zip(comparison.fields, rows, strict=True):
        yield from [_row(row, widths)] if beside else _stacked(row, room)
        yield from _note(field, room)


def _row(row: Sequence[Span], widths: Sequence[int]) -> Spans:
    spans: Spans = [Span(" " * GAP)]
    for span, width in zip(row, widths, strict=True):
        spans += [span, Span(" " * (width - spans_columns([span]) + GAP))]
    return spans


def _stacked(row: Sequence[Span], room: int) -> Iterator[Spans]:
    path, *values = row
    yield from ([Span(" " * GAP), *spans] for spans in wrap([path], room - GAP))
    hang = 2 * GAP + max(map(len, MOMENTS)) + GAP
    for moment, value in zip(MOMENTS, values, strict=True):
        for number, spans in enumerate(wrap([value], room - hang)):
            lead = f"{'':{2 * GAP}}{moment if number == 0 else '':{hang - 2 * GAP}}"
            yield [Span(lead, Role.MUTED), *spans]


def _note(field: Compared, room: int) -> Iterator[Spans]:
    for spans in wrap([Span(visible(field.note), Role.MUTED)], room - 2 * GAP) if field.note else []:
        yield [Span(" " * 2 * GAP), *spans]
