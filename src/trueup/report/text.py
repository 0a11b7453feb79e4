"""Render a report for a terminal.

A terminal is read from its end, so sections come in turned order: what matters most stands last, right above the
total. 80 columns are enough; more room keeps long values whole. Nothing in a value can draw: see
:mod:`trueup.report.visible`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from trueup.report.ansi import SIGN_ROLES, painted
from trueup.report.compared_text import comparison_lines
from trueup.report.lines import Room, Spans, content
from trueup.report.tree import Block, Comparison, Divider, Entry, Line, Quote, Remark, Role, Section, Shown, Span, Tree
from trueup.report.visible import columns, shorten, visible
from trueup.report.wrap import GLUE, spans_columns, wrap

INDENT = 6
"""Columns before everything below a headline."""

HANG = 2

SHORTEST_LABELS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Hold what all lines of one rendering share."""

    width: int
    verbose: bool
    labels: int
    several_targets: bool

    def shows(self, shown: Shown) -> bool:
        return shown is not (Shown.BRIEF if self.verbose else Shown.FULL)


def render_text(tree: Tree, *, width: int, color: bool, verbose: bool) -> str:
    """Return the report as text, every line ended; ``width`` is in columns, 60 at least."""
    page = _Page(width=max(60, width), verbose=verbose, labels=0, several_targets=tree.several_targets)
    page = replace(page, labels=_label_columns(tree, page))
    lines = [*_body(tree, page), *_foot(tree, page)]
    return "".join(f"{_painted(spans, color=color)}\n" for spans in lines)


def _painted(spans: Iterable[Span], *, color: bool) -> str:
    return "".join(painted(span.text.replace(GLUE, " "), span.role, color=color) for span in spans).rstrip()


def _label_columns(tree: Tree, page: _Page) -> int:
    """Return the columns of the labels: those of the longest, unless that takes too much of the line."""
    most = max(SHORTEST_LABELS, page.width // 3 - INDENT)
    lengths = (
        columns(visible(block.label))
        for section in tree.sections
        for entry in section.entries
        if page.shows(entry.shown)
        for block in entry.blocks
        if isinstance(block, Line) and page.shows(block.shown)
    )
    return max((length for length in lengths if length <= most), default=SHORTEST_LABELS)


def _body(tree: Tree, page: _Page) -> Iterator[Spans]:
    for section in reversed(tree.sections):
        yield from _section(section, page)


def _section(section: Section, page: _Page) -> Iterator[Spans]:
    shown = [entry for entry in section.entries if page.shows(entry.shown)]
    if section.announced and shown:
        yield [Span(section.title, Role.STRONG)]
    for entry in shown:
        yield from _headline(entry, page)
        label = ""
        for block in entry.blocks:
            if not isinstance(block, Line | Divider) or page.shows(block.shown):
                yield from _block(block, page, label)
                label = block.label if isinstance(block, Line) else ""
    if shown:
        yield []


def _foot(tree: Tree, page: _Page) -> Iterator[Spans]:
    yield from wrap([_plain(span) for span in tree.total], page.width)
    for closing in tree.closings:
        if page.shows(closing.shown):
            yield from wrap([_plain(span) for span in closing.spans], page.width)


def _plain(span: Span) -> Span:
    return replace(span, text=visible(span.text))


def _headline(entry: Entry, page: _Page) -> Iterator[Spans]:
    name = visible(entry.name) if page.verbose else shorten(visible(entry.name), page.width // 2)
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
    gap = page.width - spans_columns(spans) - columns(place)
    if gap >= HANG:
        yield [*spans, Span(" " * gap), Span(place, Role.MUTED)]
        return
    head, *rest = wrap(spans[1:], page.width - HANG)
    yield [Span("  "), *head]
    yield from ([Span("    "), *spans] for spans in rest)
    yield [Span(" " * max(INDENT, page.width - columns(place))), Span(place, Role.MUTED)]


def _block(block: Block, page: _Page, label: str) -> Iterator[Spans]:
    room = page.width - INDENT
    match block:
        case Line():
            yield from _line(block, page, label)
        case Remark():
            yield from _hanging(_remark(block), room)
        case Divider(text):
            yield [Span(" " * INDENT), Span(text, Role.MUTED)]
        case Quote(texts):
            for text in texts:
                yield from _hanging([Span("platform: ", Role.MUTED), Span(visible(text))], room)
        case Comparison():
            lines = comparison_lines(block, room, verbose=page.verbose)
            yield from ([Span(" " * INDENT), *spans] for spans in lines)
        case _:
            assert_never(block)


def _line(line: Line, page: _Page, above: str) -> Iterator[Spans]:
    """Lay a line out below the one above it, whose label is not said again."""
    if not line.label:
        first, hang = "", 0
    else:
        first, hang = visible(line.label) if line.label != above else "", page.labels + HANG
    room = Room(page.width - INDENT - hang, page.verbose)
    rows = [_dimmed(spans) if line.held else spans for spans in content(line, room)]
    role = Role.MUTED if line.held else Role.PLAIN
    if columns(first) > page.labels:
        if len(rows) == 1 and columns(first) + spans_columns(rows[0]) <= page.width - INDENT - HANG:
            yield [Span(" " * INDENT), Span(first, role), Span(" " * HANG), *rows[0]]
            return
        yield [Span(" " * INDENT), Span(first, role)]
        first = ""
    for number, spans in enumerate(rows):
        label = first if number == 0 else ""
        yield [Span(" " * INDENT), Span(label, role), Span(" " * (hang - columns(label))), *spans]


def _dimmed(spans: Spans) -> Spans:
    return [replace(span, role=Role.MUTED) for span in spans]


def _remark(remark: Remark) -> Spans:
    words = [Span(f"{remark.word}: ", remark.role)] if remark.word else []
    path = [Span(f"{visible(remark.path)}: ")] if remark.path else []
    place = [Span(visible(f" ({remark.place.file}:{remark.place.line})"), Role.MUTED)] if remark.place else []
    said = Role.MUTED if remark.role is Role.MUTED else Role.PLAIN
    return [*words, *path, Span(visible(remark.text), said), *place]


def _hanging(spans: Spans, room: int) -> Iterator[Spans]:
    for number, line in enumerate(wrap(spans, room - HANG)):
        yield [Span(" " * (INDENT + (HANG if number else 0))), *line]
