"""The table of live states as text, as Markdown and as JSON, and the lines about their changes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Final

from trueup.bounded import iso_moment
from trueup.kinds.findings import report_lines
from trueup.model.live import ReportEntry
from trueup.model.overview import Condition, LiveStatus, Overview, ResourceStatus
from trueup.plan.codec import CODEC, JsonObject, from_json, to_json
from trueup.plan.typed_json import JsonForm, Unexpected
from trueup.report.document import refused
from trueup.report.layout import painted, spans_columns, wrap
from trueup.report.markdown import prose
from trueup.report.safe_text import visible
from trueup.report.tree import SIGN_ROLES, Role, Sign, Span
from trueup.report.values import age, counted, moment

_SIGNS: Final = {
    Condition.FAILED: Sign.PROBLEM,
    Condition.WARNED: Sign.PROBLEM,
    Condition.UNREADABLE: Sign.PROBLEM,
    Condition.UNKNOWN: Sign.WAITING,
    Condition.MISSING: Sign.DELETE,
    Condition.RUNNING: Sign.UPDATE,
    Condition.STEADY: Sign.SAME,
}
_COUNTED: Final = {
    Condition.FAILED: "failed",
    Condition.WARNED: "with problems",
    Condition.UNREADABLE: "not readable",
    Condition.UNKNOWN: "in an unknown state",
    Condition.MISSING: "not there",
    Condition.RUNNING: "under way",
    Condition.STEADY: "steady",
}
"""The order and the words of the total."""
_PROBLEMS: Final = frozenset({Condition.FAILED, Condition.WARNED})

_TITLES: Final = ("resource", "state", "tag (version)", "last report")
_INDENT: Final = 4
_GAP: Final = 2
_NARROWEST: Final = 12
"""Columns to which the column of states is narrowed at most."""

_Row = tuple[Span, ...]


def overview_text(overview: Overview, *, width: int, color: bool, verbose: bool = False, steady: bool = True) -> str:
    """Return a table for each target in lines of at most ``width`` columns, and the total.

    Columns without any value are left out; cells that do not fit are wrapped. ``verbose`` shows whole reports. Without
    ``steady``, resources with nothing under way are only counted.
    """
    listed = [one for one in overview.resources if steady or one.live.condition is not Condition.STEADY]
    rows = [_row(resource, overview) for resource in listed]
    used = [number for number in range(len(_TITLES)) if any(row[number].text for row in rows)]
    head = tuple(Span(_TITLES[number], Role.MUTED) for number in used)
    table = [tuple(row[number] for number in used) for row in rows]
    widths = _widths([[spans_columns([cell]) for cell in column] for column in zip(head, *table, strict=True)], width)
    lines: list[Sequence[Span]] = []
    for target, group in groupby(zip(listed, table, strict=True), lambda one: one[0].identity.target):
        lines += [[Span(f"Target {visible(target)}", Role.STRONG)], *_cells(head, widths, Span(" "))]
        for resource, row in group:
            sign = _SIGNS[resource.live.condition]
            lines += _cells(row, widths, Span(sign, SIGN_ROLES[sign]))
            lines += _below(resource, width, verbose=verbose)
        lines.append([])
    foot = [*_notes(overview), _total(overview)]
    lines += [spans for text in foot for spans in wrap([Span(visible(text))], width)]
    return "\n".join("".join(painted(s.text, s.role, color=color) for s in spans).rstrip() for spans in lines)


def _row(resource: ResourceStatus, overview: Overview) -> _Row:
    live = resource.live
    role = SIGN_ROLES[_SIGNS[live.condition]]
    version = live.release or ("" if resource.version is None else str(resource.version))
    texts = (
        f"{resource.identity.kind} {resource.identity.shown}",
        live.state,
        " ".join(filter(None, (live.tag, f"({version})" if version else ""))),
        _ago(live.reported, overview.at),
    )
    steady = live.condition is Condition.STEADY
    return tuple(
        Span(visible(text), Role.PLAIN if number != 1 or steady else role) for number, text in enumerate(texts)
    )


def _ago(then: str, now: str) -> str:
    """Return how long ago something was, the time itself if it cannot be compared, empty if it is empty."""
    at, read = iso_moment(then), iso_moment(now)
    if at is None or read is None or at.tzinfo is None or read.tzinfo is None:
        return then
    return f"{age((read - at).total_seconds())} ago"


def _widths(columns: Sequence[Sequence[int]], width: int) -> list[int]:
    """Return the width of each column, of which the first two share what the others leave of ``width``.

    ``columns`` are the widths of the cells of each column.
    """
    # A longer name gets a line of its own. With 80 columns, one of 30 still leaves room for the words of a state.
    names = max((one for one in columns[0] if one <= width * 3 // 8), default=0)
    others = [max(column) for column in columns[2:]]
    room = width - _INDENT - names - sum(others) - _GAP * (len(columns) - 1)
    return [names, min(max(columns[1]), max(room, _NARROWEST)), *others]


def _cells(row: _Row, widths: Sequence[int], sign: Span) -> Iterator[Sequence[Span]]:
    """Yield the lines of a row of the table; a name that is too long for its column is above the others."""
    lead = [Span("  "), sign, Span(" ")]
    if spans_columns(row[:1]) > widths[0]:
        for line in wrap(row[:1], sum(widths) + _GAP * (len(widths) - 1)):
            yield [*lead, *line]
            lead = [Span(" " * _INDENT)]
        row = (Span(""), *row[1:])
    wrapped = [wrap([cell], columns) for cell, columns in zip(row, widths, strict=True)]
    for cells in zip_longest(*wrapped, fillvalue=[Span("")]):
        spans = lead
        for cell, columns in zip(cells, widths, strict=True):
            spans = [*spans, *cell, Span(" " * (columns - spans_columns(cell) + _GAP))]
        yield spans
        lead = [Span(" " * _INDENT)]


def _below(resource: ResourceStatus, width: int, *, verbose: bool) -> Iterator[Sequence[Span]]:
    hang = _INDENT + _GAP
    for text in _details(resource, verbose=verbose):
        for spans in wrap([Span(visible(text), Role.MUTED)], width - hang):
            yield [Span(" " * hang), *spans]


def _details(resource: ResourceStatus, *, verbose: bool) -> Iterator[str]:
    if resource.error:
        yield resource.error
    if resource.live.running:
        yield f"Under way: {', '.join(resource.live.running)}."
    yield from resource.live.notes
    report = resource.live.report
    if not verbose:
        # The last problem is the one that ended it; the entries before it led there.
        problems = [entry for entry in report if entry.is_problem]
        report = tuple((problems or report)[-1:]) if resource.live.condition in _PROBLEMS else ()
    yield from map(_entry, report)


def _entry(entry: ReportEntry) -> str:
    (line,) = report_lines([entry])
    time = f", {moment(entry.created_at)}" if entry.created_at else ""
    return f"platform: {line}{time}"


def _notes(overview: Overview) -> Iterator[str]:
    yield from overview.unlisted
    if overview.run:
        yield f"An apply is running here: {overview.run}."


def _total(overview: Overview) -> str:
    counts = Counter(resource.live.condition for resource in overview.resources)
    parts = ", ".join(f"{counts[condition]:,} {words}" for condition, words in _COUNTED.items() if counts[condition])
    return f"{counted(len(overview.resources), 'resource')} at {moment(overview.at)}{f': {parts}' if parts else ''}."


def overview_markdown(overview: Overview) -> str:
    """Return a heading and a Markdown table for each target, and the total."""
    lines: list[str] = []
    for target, group in groupby(overview.resources, lambda one: one.identity.target):
        titles = (*_TITLES, "details")
        lines += [f"### Target {prose(target)}", "", f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
        for resource in group:
            cells = (*(span.text for span in _row(resource, overview)), " ".join(_details(resource, verbose=False)))
            # prose() also escapes a pipe, which would begin another cell.
            lines.append(f"| {' | '.join(map(prose, cells))} |")
        lines.append("")
    return "\n".join([*lines, *map(prose, _notes(overview)), _total(overview)])


def rendered_overview(overview: Overview, *, markdown: bool, width: int, color: bool, verbose: bool) -> str:
    """Return the table as Markdown or as text, without a line break at its end."""
    if markdown:
        return overview_markdown(overview)
    return overview_text(overview, width=width, color=color, verbose=verbose)


def changed_lines(before: Overview | None, now: Overview) -> list[str]:
    """Return a line for each resource whose state is new since ``before``; if that is None, for each under way."""
    known = {} if before is None else {resource.identity: _words(resource) for resource in before.resources}
    return [
        f"{moment(now.at)}  {resource.identity} on {resource.identity.target}: {_words(resource)}"
        for resource in now.resources
        if (_is_running(resource) if before is None else known.get(resource.identity) != _words(resource))
    ]


def _is_running(resource: ResourceStatus) -> bool:
    return resource.live.condition is Condition.RUNNING


def _words(resource: ResourceStatus) -> str:
    """Return the state of a resource on one line, with its code and, if something is wrong, why."""
    live = resource.live
    version = f" (version {live.release})" if live.release else ""
    code = f", {live.tag}{version}" if live.tag else ""
    problems = [] if live.condition is Condition.STEADY else [*_details(resource, verbose=False)]
    why = f": {' '.join(problems)}" if problems else ""
    return f"{live.state}{code}{why}"


CODEC.form(LiveStatus, JsonForm(open=True))
CODEC.form(ResourceStatus, JsonForm(open=True, words=frozenset({"error"})))
CODEC.form(Overview, JsonForm(open=True, words=frozenset({"unlisted"})))


def overview_to_json(overview: Overview) -> JsonObject:
    """Return the live states as JSON."""
    document: JsonObject = to_json(overview)
    return document


def overview_of(document: object, *, file: str) -> Overview:
    """Return the live states of a document of the command status; raise InvalidInput when it has none."""
    found = document.get("status") if isinstance(document, dict) else None
    try:
        read: Overview = from_json(found, Overview)
    except Unexpected as error:
        where = str(error).removeprefix("the document")
        message = f"The file is not a document of trueup status: status{where}."
        raise refused(file, "document-format", message) from None
    return read
