"""Show a place in a file: its line, and a caret below the column."""

from collections.abc import Iterator

from trueup.model.position import Position
from trueup.model.userinfo import MASK, secrets_in
from trueup.report.visible import columns, cut, visible

WIDEST = 100
"""Columns of a source line that are shown, around the place."""

CONTEXT = 40
"""Columns that are shown before the place when the line is cut."""


def excerpt(source: str | None, position: Position, room: int | None = None) -> Iterator[tuple[str, str]]:
    """Return the source line and the line with the caret, each with its margin; nothing when it cannot be shown.

    ``room`` is how many columns a line may take with its margin, None for :data:`WIDEST` without it.
    """
    lines = (source or "").split("\n")
    if not 0 < position.line <= len(lines) or not lines[position.line - 1].strip():
        return
    line, column = _without_secrets(lines[position.line - 1].rstrip("\r"), position.column - 1)
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
