"""Lay out a field's three moments for a terminal: side by side where there is room, else below each other."""

from collections.abc import Iterator, Sequence

from trueup.report.lines import Spans, shown_value
from trueup.report.tree import Compared, Comparison, Role, Span
from trueup.report.visible import visible
from trueup.report.wrap import spans_columns, wrap

MOMENTS = ("planned from", "now", "wanted")

GAP = 2


def comparison_lines(comparison: Comparison, room: int, *, verbose: bool) -> Iterator[Spans]:
    """Return the lines of a comparison, title included."""
    yield [Span(visible(comparison.title), Role.MUTED)]
    rows = [_cells(field) for field in comparison.fields]
    head: Spans = [Span(""), *(Span(moment, Role.MUTED) for moment in MOMENTS), Span("")]
    widths = [max(spans_columns([row[column]]) for row in (head, *rows)) for column in range(len(head))]
    if sum(widths) + GAP * len(widths) <= room:
        yield from (_row(row, widths) for row in (head, *rows))
        return
    for field in comparison.fields:
        yield from _stacked(field, room, verbose=verbose)


def _cells(field: Compared) -> Spans:
    values = (shown_value(value, None) for value in (field.planned, field.now, field.wanted))
    return [Span(visible(field.path)), *values, Span(visible(field.note), Role.MUTED)]


def _row(row: Sequence[Span], widths: Sequence[int]) -> Spans:
    spans: Spans = [Span(" " * GAP)]
    for span, width in zip(row, widths, strict=True):
        spans += [span, Span(" " * (width - spans_columns([span]) + GAP))]
    return spans


def _stacked(field: Compared, room: int, *, verbose: bool) -> Iterator[Spans]:
    note = [Span(f"  {visible(field.note)}", Role.MUTED)] if field.note else []
    yield [Span(" " * GAP), Span(visible(field.path)), *note]
    hang = 2 * GAP + max(map(len, MOMENTS)) + GAP
    for moment, value in zip(MOMENTS, (field.planned, field.now, field.wanted), strict=True):
        shown = shown_value(value, None if verbose else 2 * (room - hang))
        for number, spans in enumerate(wrap([shown], room - hang)):
            lead = f"{'':{2 * GAP}}{moment if number == 0 else '':{hang - 2 * GAP}}"
            yield [Span(lead, Role.MUTED), *spans]
