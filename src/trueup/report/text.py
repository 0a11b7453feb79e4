"""Renderer for a report as text for a terminal.

A terminal is read from the bottom, so sections come in reverse order: the most important one is last, just above the
total. 80 columns are enough; with more, fewer values are shortened. Values are escaped by
:mod:`trueup.report.safe_text`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import assert_never

from trueup.report.layout import GLUE, Room, Spans, content, painted, shown_moments, spans_columns, wrap
from trueup.report.safe_text import columns, shorten, visible
from trueup.report.tree import (
    SIGN_ROLES,
    Block,
    Compared,
    Comparison,
    Divider,
    Line,
    Quote,
    Remark,
    ReportEntryNode,
    ReportTree,
    Role,
    Section,
    Shown,
    Span,
    without_repeats,
)

MOMENTS = ("planned from", "now", "wanted")

GAP = 2


def comparison_lines(comparison: Comparison, room: int) -> Iterator[Spans]:
    """Yield the lines of a comparison, beginning with its title."""
    yield [Span(visible(comparison.title), Role.MUTED)]
    rows = [[Span(visible(field.path)), *shown_moments(field)] for field in comparison.fields]
    head: Spans = [Span(""), *(Span(moment, Role.MUTED) for moment in MOMENTS)]
    widths = [max(spans_columns([row[column]]) for row in (head, *rows)) for column in range(len(head))]
    # As a table if it fits, else one value per line.
    fits = sum(widths) + GAP * len(widths) <= room
    if fits:
        yield _row(head, widths)
    for field, row in zip(comparison.fields, rows, strict=True):
        yield from [_row(row, widths)] if fits else _stacked(row, room)
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


_INDENT = 6
"""Columns before everything below a headline."""

_HANG = 2

SHORTEST_LABELS = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Settings of one rendering; ``labels`` is the number of columns for labels."""

    width: int
    verbose: bool
    labels: int
    several_targets: bool

    def shows(self, shown: Shown) -> bool:
        hidden = {Shown.BRIEF} if self.verbose else {Shown.FULL, Shown.FOLDED}
        return shown not in hidden


def render_text(tree: ReportTree, *, width: int, color: bool, verbose: bool) -> str:
    """Return the report as text; every line ends with a line break. ``width`` is in columns, at least 60."""
    # A second step, because labels are measured with the page, which decides what is shown.
    page = _Page(width=max(60, width), verbose=verbose, labels=0, several_targets=tree.several_targets)
    page = replace(page, labels=_label_columns(tree, page))
    lines = [*_head(tree, page), *_body(tree, page), *_foot(tree, page)]
    return "".join(f"{_painted(spans, color=color)}\n" for spans in lines)


def _painted(spans: Spans, *, color: bool) -> str:
    # visible: a tree that was read from a file can have anything in titles and tags, too.
    return "".join(painted(visible(span.text.replace(GLUE, " ")), span.role, color=color) for span in _trimmed(spans))


def _trimmed(spans: Spans) -> Spans:
    """Return the spans of a line without trailing spaces."""
    kept = list(spans)
    while kept and not kept[-1].text.rstrip(" "):
        kept.pop()
    return [*kept[:-1], kept[-1].with_text(kept[-1].text.rstrip(" "))] if kept else []


def _label_columns(tree: ReportTree, page: _Page) -> int:
    """Return the number of columns for labels: the length of the longest label that leaves enough room."""
    # A third of the width at most: values need the room more than labels do.
    most = max(SHORTEST_LABELS, page.width // 3 - _INDENT)
    lengths = (
        columns(visible(block.label))
        for section in tree.sections
        for entry in section.entries
        if page.shows(entry.shown)
        for block in entry.blocks
        if isinstance(block, Line) and page.shows(block.shown)
    )
    return max((length for length in lengths if length <= most), default=SHORTEST_LABELS)


def _head(tree: ReportTree, page: _Page) -> Iterator[Spans]:
    for notice in tree.notices:
        yield from wrap([Span(visible(notice), Role.PROBLEM)], page.width)
    if tree.notices:
        yield []


def _body(tree: ReportTree, page: _Page) -> Iterator[Spans]:
    # The most important section is printed last: the end of the output is what stays on the screen.
    for section in reversed(tree.sections):
        yield from _section(section, page)


def _section(section: Section, page: _Page) -> Iterator[Spans]:
    shown = [entry for entry in section.entries if page.shows(entry.shown)]
    if section.announced and shown:
        yield [Span(section.title, Role.STRONG)]
    # A sentence of several lines is read once: a section can have it for hundreds of resources.
    for entry in shown if page.verbose else without_repeats(shown, page.width):
        yield from _headline(entry, page)
        blocks = [block for block in entry.blocks if not isinstance(block, Line | Divider) or page.shows(block.shown)]
        # Lines of one collection follow each other and have the same label.
        for label, group in groupby(blocks, key=_label):
            together = list(group)
            yield from _labelled(label, together, page) if label else _unlabelled(together, page)
    if shown:
        yield []


def _label(block: Block) -> str:
    return block.label if isinstance(block, Line) else ""


def _unlabelled(blocks: Iterable[Block], page: _Page) -> Iterator[Spans]:
    for block in blocks:
        yield from _block(block, page)


def _labelled(label: str, blocks: Sequence[Block], page: _Page) -> Iterator[Spans]:
    """Yield consecutive lines with one label, which is printed once; a label too long for its column is on top."""
    lines = [block for block in blocks if isinstance(block, Line)]
    hang = page.labels + _HANG
    rows = list(chain.from_iterable(_content(line, page.width - _INDENT - hang, page) for line in lines))
    first = Span(visible(label), Role.MUTED if lines[0].held else Role.PLAIN)
    taken = columns(first.text)
    if taken > page.labels and len(rows) == 1 and taken + _HANG + spans_columns(rows[0]) <= page.width - _INDENT:
        yield [Span(" " * _INDENT), first, Span(" " * _HANG), *rows[0]]
        return
    if taken > page.labels:
        yield [Span(" " * _INDENT), first]
        first, taken = Span(""), 0
    for number, spans in enumerate(rows):
        lead = [first, Span(" " * (hang - taken))] if number == 0 else [Span(" " * hang)]
        yield [Span(" " * _INDENT), *lead, *spans]


def _foot(tree: ReportTree, page: _Page) -> Iterator[Spans]:
    yield from wrap([_plain(span) for span in tree.total], page.width)
    for closing in tree.closings:
        if page.shows(closing.shown):
            yield from wrap([_plain(span) for span in closing.spans], page.width)


def _plain(span: Span) -> Span:
    return span.with_text(visible(span.text))


def _headline(entry: ReportEntryNode, page: _Page) -> Iterator[Spans]:
    # A name with odd characters contains their names, which must not be cut. Without a place there is room for an id.
    room = page.width // 2 if entry.name.isascii() and entry.place else page.width
    name = visible(entry.name) if page.verbose else shorten(visible(entry.name), room)
    spans = [
        Span("  "),
        Span(f"{entry.sign} ", SIGN_ROLES[entry.sign]),
        Span(f"{entry.kind} "),
        Span(name, Role.STRONG),
    ]
    spans += [Span(f" on {visible(entry.target)}", Role.MUTED)] if page.several_targets else []
    spans += [Span(f" [{visible(note.text)}]", note.role) for note in entry.notes]
    spans += [Span("  "), *map(_plain, entry.status)] if entry.status else []
    place = visible(f"{entry.place.file}:{entry.place.line}") if entry.place else ""
    gap = page.width - spans_columns(spans) - (columns(place) if place else -_HANG)
    if gap >= _HANG:
        yield [*spans, Span(" " * gap), Span(place, Role.MUTED)]
        return
    # Without the indentation, which is not wrapped.
    head, *rest = wrap(spans[1:], page.width - _HANG)
    yield [Span("  "), *head]
    yield from ([Span("    "), *spans] for spans in rest)
    if place:
        yield [Span(" " * max(_INDENT, page.width - columns(place))), Span(place, Role.MUTED)]


def _block(block: Block, page: _Page) -> Iterator[Spans]:
    room = page.width - _INDENT
    match block:
        case Line():
            yield from ([Span(" " * _INDENT), *spans] for spans in _content(block, room, page))
        case Remark():
            yield from _hanging(_remark(block), room)
        case Divider(text):
            yield [Span(" " * _INDENT), Span(text, Role.MUTED)]
        case Quote(texts):
            for text in texts:
                yield from _hanging([Span("platform: ", Role.MUTED), Span(visible(text))], room)
        case Comparison():
            yield from ([Span(" " * _INDENT), *spans] for spans in comparison_lines(block, room))
        case _:
            assert_never(block)


def _content(line: Line, room: int, page: _Page) -> list[Spans]:
    rows = content(line, Room(room, page.verbose))
    return [_dimmed(spans) for spans in rows] if line.held else rows


def _dimmed(spans: Spans) -> Spans:
    # In the colours of a change it would look as if it were sent.
    return [Span(span.text, Role.MUTED) for span in spans]


def _remark(remark: Remark) -> Spans:
    words = [Span(f"{remark.word}: ", remark.role)] if remark.word else []
    path = [Span(f"{visible(remark.path)}: ")] if remark.path else []
    place = [Span(visible(f" ({remark.place.file}:{remark.place.line})"), Role.MUTED)] if remark.place else []
    # Only the word is coloured: sentences in red or yellow are hard to read.
    text_role = Role.MUTED if remark.role is Role.MUTED else Role.PLAIN
    return [*words, *path, Span(visible(remark.text), text_role), *place]


def _hanging(spans: Spans, room: int) -> Iterator[Spans]:
    for number, line in enumerate(wrap(spans, room - _HANG)):
        yield [Span(" " * (_INDENT + (_HANG if number else 0))), *line]
