"""The working directory, the standard input and the date of the process."""

import os
import select
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, TextIO

from trueup.errors import UsageError

TURN: Final = 0.2
"""Seconds of one wait for input; a signal that arrives just before the wait is handled after this time."""
PART: Final = 1 << 16
"""Bytes to read at once."""
TODAY: Final = "TRUEUP_TODAY"


def here() -> Path:
    """Return the working directory; raises UsageError when it was deleted or cannot be reached."""
    try:
        return Path.cwd()
    except OSError as error:
        message = f"The working directory cannot be found: {error.strerror}. Change to a folder that exists, with cd."
        raise UsageError(message) from None


def today(environ: Mapping[str, str]) -> date:
    """Return the date that the variable TRUEUP_TODAY names or, without it, today's date in UTC.

    Raises UsageError for a text that is not a date.
    """
    given = environ.get(TODAY, "")
    if not given:
        # In UTC, so that a CI job and a developer see the same warnings.
        return datetime.now(UTC).date()
    with suppress(ValueError):
        found = date.fromisoformat(given)
        # Other forms of ISO 8601 are read as well, such as 20261231.
        if found.isoformat() == given:
            return found
    raise UsageError(f"{TODAY} is {given!r}, which is not a date. Write it as YYYY-MM-DD.")


def input_bytes() -> bytes:
    """Return all of standard input; raise UsageError when it is closed."""
    number = _awaited(_standard_input())
    if number is None:
        # Without a descriptor it is a text in memory, and reading cannot block.
        return sys.stdin.buffer.read()
    parts: list[bytes] = []
    # os.read returns what is there; a read of the stream would block until the end.
    while part := os.read(number, PART):
        parts.append(part)
        _awaited(sys.stdin)
    return b"".join(parts)


def input_line() -> str:
    """Return the next line of standard input, empty at its end; raise UsageError when it is closed."""
    stream = _standard_input()
    _awaited(stream)
    return stream.readline()


def _standard_input() -> TextIO:
    if sys.stdin is None:
        raise UsageError("Standard input is closed. Name files, or start trueup with an open standard input.")
    return sys.stdin


def _awaited(stream: TextIO) -> int | None:
    """Wait until a stream has input or ends; return its descriptor, None if it has none."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return None
    # Not a blocking read: a signal that arrives just before it would be handled only after the next input.
    while not select.select([number], [], [], TURN)[0]:
        pass
    return number
