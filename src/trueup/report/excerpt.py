"""Show a place in a file: its line, and a caret below the column."""

from collections.abc import Iterator, Sequence

from trueup.model.position import Position
from trueup.model.url_secrets import MASK, secrets_in
from trueup.report.safe_text import columns, cut, visible

WIDEST = 100
"""Columns of a source line that are shown, around the place."""

CONTEXT = 40
"""Columns that are shown before the place when the line is cut."""

NEAR = 1_000
"""Characters on each side of the place that are looked at: a line can be as long as a file."""


def excerpt(lines: Sequence[str], position: Position, room: int | None = None) -> Iterator[tuple[str, str]]:
    """Return the source line and the line with the caret, each with its margin; nothing when it cannot be shown.

    ``lines`` are those of the file. ``room`` is how many columns a line may take with its margin, None for
    :data:`WIDEST` without it.
    """
    if not 0 < position.line <= len(lines):
        return
    start = position.column - 1
    line = lines[position.line - 1]
    # What is shown lies nearer to the place than a URL before its password is long, so no part of one stays unmasked.
    first = max(0, start - NEAR)
    line, column = _without_secrets(line[first : start + NEAR].rstrip("\r"), start - first)
    if not line.strip():
        return
    before, after = visible(line[:column].expandtabs()), visible(line[column:].expandtabs())
    number = str(position.line)
    widest = WIDEST if room is None else min(WIDEST, room - columns(f"{number} | "))
    if columns(before) + columns(after) > widest:
        before = before if columns(before) <= CONTEXT else f"…{before[-CONTEXT:]}"
        if columns(before) + columns(after) > widest:
            after = f"{after[: cut(after, widest - columns(before) - 1)]}…"
    yield f"{number} | ", f"{before}{after}"
    yield f"{'':{len(number)}} | ", f"{'':{columns(before)}}^"


def _without_secrets(line: str, column: int) -> tuple[str, int]:
    """Return a line with the secrets in its URLs masked, and where the place at ``column`` (from 0) is in it."""
    for start, end in reversed(list(secrets_in(line))):
        line = f"{line[:start]}{MASK}{line[end:]}"
        if column >= end:
            column += len(MASK) - (end - start)
        elif column > start:
            column = start
    return line, column
