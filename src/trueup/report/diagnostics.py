"""Renderers for diagnostics: text with source excerpts, Markdown, and annotations of a GitHub run."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from trueup.errors import Diagnostic, Severity
from trueup.model.position import Position
from trueup.model.url_secrets import MASK, secrets_in
from trueup.report.layout import painted, wrap
from trueup.report.markdown import code, linked, prose
from trueup.report.safe_text import columns, cut, visible
from trueup.report.tree import ReportTree, Role, Span
from trueup.report.values import counted

WIDEST = 100
"""Columns of a source line that an excerpt shows at most."""

CONTEXT = 40
"""Columns that are shown before the position when the line is cut."""

NEAR = 1_000
"""Characters read on each side of the position: a line can be as long as a file."""


def excerpt(lines: Sequence[str], position: Position, room: int | None = None) -> Iterator[tuple[str, str]]:
    """Yield the source line and the line with the caret, each with its margin; nothing when there is no such line.

    ``lines`` are those of the file. ``room`` is the number of columns for a line with its margin; with None, a line
    without its margin has at most :data:`WIDEST` columns.
    """
    if not 0 < position.line <= len(lines):
        return
    start = position.column - 1
    line = lines[position.line - 1]
    # WIDEST is far below NEAR: a password that is shown lies in the part that is searched, together with its URL.
    first = max(0, start - NEAR)
    # Files are split at line feeds only: with CRLF, each line ends with a carriage return.
    line, column = _without_secrets(line[first : start + NEAR].rstrip("\r"), start - first)
    if not line.strip():
        return
    # With spaces for tabs: a terminal's tab stops would move the line, but not the caret below it.
    before, after = visible(line[:column].expandtabs()), visible(line[column:].expandtabs())
    number = str(position.line)
    widest = WIDEST if room is None else min(WIDEST, room - columns(f"{number} | "))
    # The part before the position is cut first: the mistake begins at the position.
    if columns(before) + columns(after) > widest:
        before = before if columns(before) <= CONTEXT else f"…{before[-CONTEXT:]}"
        if columns(before) + columns(after) > widest:
            after = f"{after[: cut(after, widest - columns(before) - 1)]}…"
    yield f"{number} | ", f"{before}{after}"
    yield f"{'':{len(number)}} | ", f"{'':{columns(before)}}^"


def _without_secrets(line: str, column: int) -> tuple[str, int]:
    """Return a line with the secrets in its URLs masked, and the new index of ``column`` (both from 0)."""
    # From the end, so that the offsets of earlier secrets stay valid.
    for start, end in reversed(list(secrets_in(line))):
        line = f"{line[:start]}{MASK}{line[end:]}"
        if column >= end:
            column += len(MASK) - (end - start)
        # A position inside of a secret moves to the start of its mask.
        elif column > start:
            column = start
    return line, column


_Sources = Callable[[str], str | None]
"""Return the text of a file by the name that positions use, or None when it cannot be read."""

Lines = Callable[[str], Sequence[str]]
"""Return the lines of a file by the name that positions use."""

_INDENT: Final = 2
"""Columns by which the details of a diagnostic are indented."""

_ROLES: Final = {Severity.ERROR: Role.PROBLEM, Severity.WARNING: Role.CAUTION}

MOST_SHOWN: Final = 100
"""Diagnostics that text and Markdown show without ``--all``; more would push the summary and all else off the page."""

COUNTED_FROM: Final = 20
"""Diagnostics from which on the summary counts them by code."""

_MOST_CODES: Final = 8
"""Codes that the summary names, the most frequent ones."""

MOST_ANNOTATIONS: Final = 10
"""Annotations of one severity that a GitHub runner shows for one step; it silently drops the others."""

LONGEST_ANNOTATION: Final = 4096
"""Characters after which a GitHub runner truncates an annotation's message."""


def in_order(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return errors before warnings, then by position."""
    order = list(Severity)
    return sorted(diagnostics, key=lambda d: (order.index(d.severity), d.position, d.code, d.path))


def errors_of(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics that are errors."""
    return [diagnostic for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR]


def diagnostics_text(
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool,
    sources: _Sources | None = None,
    width: int | None = None,
    show_all: bool = False,
) -> str:
    """Return one paragraph per diagnostic, with its source line if ``sources`` has it, and a summary at the end.

    Without ``show_all``, at most :data:`MOST_SHOWN` are shown and the others are counted. ``width`` is the number of
    columns at which lines are wrapped. With None nothing is wrapped, so that programs can search the output line by
    line.
    """
    ordered = in_order(diagnostics)
    if not ordered:
        return ""
    lines_of = _lines_once(sources)
    shown, omitted = _first(ordered, show_all=show_all)
    lines = [line for diagnostic in shown for line in _text(diagnostic, lines_of, width, color=color)]
    closing = [text for text in (omitted, summary(ordered)) if text]
    wrapped = (line for text in closing for line in _broken((Span(text),), width, indent=0, color=color))
    return "".join(f"{line}\n" for line in [*lines, *wrapped])


def _first(ordered: Sequence[Diagnostic], *, show_all: bool) -> tuple[Sequence[Diagnostic], str]:
    """Return the diagnostics to show, and a sentence that counts the others; it is empty without others."""
    others = 0 if show_all else len(ordered) - MOST_SHOWN
    if others <= 0:
        return ordered, ""
    return ordered[:MOST_SHOWN], f"{others:,} more not shown: --all shows them, and --format json has them."


def _lines_once(sources: _Sources | None) -> Lines:
    """Return a cached function from a file name to its lines."""

    # Diagnostics are sorted by severity, then by file: two entries are enough to split each file only twice.
    @lru_cache(maxsize=2)
    def lines_of(file: str) -> Sequence[str]:
        return ((sources(file) if sources else None) or "").split("\n")

    return lines_of


def verdict_of(
    tree: ReportTree | None, diagnostics: Sequence[Diagnostic], error: str, closing: str = ""
) -> tuple[Span, ...]:
    """Return the verdict of a run for the top of a page; there always is one.

    ``error`` ended the run early; ``closing`` is the closing line of a run without a report.
    """
    if tree is not None:
        return tree.total
    if diagnostics:
        return (Span(summary(diagnostics), Role.STRONG),)
    # Never empty: a page without a verdict would look like success.
    return (Span("The run ended early." if error else closing or "No problems.", Role.STRONG),)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the number of errors, warnings and files as a sentence; it counts many diagnostics by code."""
    errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
    warnings = len(diagnostics) - errors
    counts = [counted(errors, "error")] if errors else []
    counts += [counted(warnings, "warning")] if warnings else []
    total = f"{' and '.join(counts) or 'No problems'} in {counted(len({d.position.file for d in diagnostics}), 'file')}"
    return f"{total}: {_by_code(diagnostics)}." if len(diagnostics) >= COUNTED_FROM else f"{total}."


def _by_code(diagnostics: Sequence[Diagnostic]) -> str:
    """Return how many diagnostics have each code, the most frequent codes first: ``598 date-format, 2 required``."""
    # Sorted by code as well: the order of equally frequent ones must not depend on the order of the files.
    codes = sorted(Counter(visible(d.code) for d in diagnostics).items(), key=lambda found: (-found[1], found[0]))
    named = [f"{number:,} {code}" for code, number in codes[:_MOST_CODES]]
    others = codes[_MOST_CODES:]
    named += [f"{sum(number for _, number in others):,} of {counted(len(others), 'other code')}"] if others else []
    return ", ".join(named)


def _text(diagnostic: Diagnostic, lines_of: Lines, width: int | None, *, color: bool) -> Iterator[str]:
    place = Span(visible(str(diagnostic.position)), Role.STRONG)
    word = Span(f"{diagnostic.severity}[{visible(diagnostic.code)}]", _ROLES[diagnostic.severity])
    path = f"{visible(diagnostic.path)}: " if diagnostic.path else ""
    message = Span(f": {path}{visible(diagnostic.message)}")
    yield from _broken((place, Span(": "), word, message), width, indent=0, color=color)
    lines = lines_of(diagnostic.position.file) if diagnostic.quotable else ()
    room = None if width is None else width - _INDENT
    rows = list(excerpt(lines, diagnostic.position, room))
    if diagnostic.code == "secret-in-url" and not any(MASK in text for _, text in rows):
        # The URL is written with YAML escapes, so the mask did not find the secret in the source text.
        rows = []
    for margin, text in rows:
        yield f"{'':{_INDENT}}{painted(margin, Role.MUTED, color=color)}{text}".rstrip()
    for name, text in (("allowed", diagnostic.allowed), ("hint", diagnostic.hint)):
        if text:
            yield from _broken((Span(f"{name}: {visible(text)}"),), width, indent=_INDENT, color=color)
    yield ""


def _broken(spans: Sequence[Span], width: int | None, *, indent: int, color: bool) -> Iterator[str]:
    """Yield lines of at most ``width`` columns; those after the first one are indented further than ``indent``."""
    lines = [spans] if width is None else wrap(spans, width - 2 * _INDENT)
    for number, line in enumerate(lines):
        painted_line = "".join(painted(span.text, span.role, color=color) for span in line)
        yield f"{'':{2 * _INDENT if number else indent}}{painted_line}"


def diagnostics_markdown(diagnostics: Sequence[Diagnostic], *, show_all: bool = False) -> str:
    """Return diagnostics as a Markdown list; without ``show_all``, at most :data:`MOST_SHOWN` of them."""
    ordered = in_order(diagnostics)
    if not ordered:
        return ""
    shown, omitted = _first(ordered, show_all=show_all)
    head = ["## Problems", "", f"**{summary(ordered)}**", ""]
    tail = ["", prose(omitted)] if omitted else []
    return "".join(f"{line}\n" for line in [*head, *map(diagnostic_item, shown), *tail, ""])


def diagnostic_item(diagnostic: Diagnostic, address: str = "") -> str:
    """Return one item of a Markdown list of diagnostics; its position links to ``address``."""
    # A list and no table: a position and a path beside each other are wider than a phone.
    place = linked(code(str(diagnostic.position)), address)
    path = f"{code(diagnostic.path)}: " if diagnostic.path else ""
    texts = [f"{diagnostic.severity} {code(diagnostic.code)}: {path}{prose(diagnostic.message)}"]
    texts += [f"Allowed: {prose(diagnostic.allowed)}"] if diagnostic.allowed else []
    texts += [prose(diagnostic.hint)] if diagnostic.hint else []
    return f"- {place}: {' '.join(texts)}"


def diagnostics_github(diagnostics: Sequence[Diagnostic], *, rest: str = "run trueup validate to see them all") -> str:
    """Return workflow commands, which a GitHub runner shows as annotations at the lines of the files, equal ones once.

    The runner shows ten per severity. If there are more, the last annotation counts the others, and ``rest`` says where
    to find them.
    """
    ordered = in_order(diagnostics)
    by_severity = ([d for d in ordered if d.severity is severity] for severity in Severity)
    return "".join(f"{line}\n" for found in by_severity for line in _annotations(found, rest))


def _annotations(found: Sequence[Diagnostic], rest: str) -> Iterator[str]:
    lines = list(dict.fromkeys(map(_annotation, found)))
    # One of the ten is needed to say how many are missing.
    shown = lines if len(lines) <= MOST_ANNOTATIONS else lines[: MOST_ANNOTATIONS - 1]
    yield from shown
    if number := len(lines) - len(shown):
        yield f"::{found[0].severity} title=trueup::{number:,} more, not shown here: {rest}."


def _annotation(diagnostic: Diagnostic) -> str:
    position = diagnostic.position
    place = f"file={_property(visible(position.file))},line={position.line},col={position.column}"
    # Cut before it is escaped: a cut inside of %0A would leave half an escape.
    message = "\n".join(texts_of(diagnostic))[:LONGEST_ANNOTATION]
    return f"::{diagnostic.severity} {place},title={_property(visible(diagnostic.code))}::{command_text(message)}"


def texts_of(diagnostic: Diagnostic) -> list[str]:
    """Return the message of a diagnostic with its path, what is allowed, and the hint, without empty ones."""
    texts = [f"{diagnostic.path}: {diagnostic.message}" if diagnostic.path else diagnostic.message]
    texts += [f"Allowed: {diagnostic.allowed}"] if diagnostic.allowed else []
    texts += [diagnostic.hint] if diagnostic.hint else []
    return [visible(text) for text in texts]


def command_text(text: str) -> str:
    """Return a text as the message of a workflow command."""
    # The percent sign first: the others are encoded with it.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    # Colons and commas separate the properties of a workflow command.
    return command_text(text).replace(":", "%3A").replace(",", "%2C")
