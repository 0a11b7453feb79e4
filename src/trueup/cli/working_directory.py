"""Find what a process is given without asking for it: its working directory and its standard input."""

import os
import select
import sys
from pathlib import Path
from typing import Final, TextIO

from trueup.errors import UsageError

TURN: Final = 0.2
"""Seconds after which a signal is seen that came just before the system was asked to wait for input."""
PART: Final = 1 << 16
"""Bytes that are read at once."""


def here() -> Path:
    """Return the working directory; raises UsageError when it was deleted or cannot be reached."""
    try:
        return Path.cwd()
    except OSError as error:
        message = f"The working directory cannot be found: {error.strerror}. Change to a folder that exists, with cd."
        raise UsageError(message) from None


def input_bytes() -> bytes:
    """Return all of standard input; raises UsageError when the process was started without one."""
    number = _awaited(_standard_input())
    if number is None:
        return sys.stdin.buffer.read()
    parts: list[bytes] = []
    while part := os.read(number, PART):
        parts.append(part)
        _awaited(sys.stdin)
    return b"".join(parts)


def input_line() -> str:
    """Return the next line of standard input with its end, empty at the end of the input; raises as input_bytes."""
    stream = _standard_input()
    _awaited(stream)
    return stream.readline()


def _standard_input() -> TextIO:
    if sys.stdin is None:
        raise UsageError("Standard input is closed. Name files, or start trueup with an open standard input.")
    return sys.stdin


def _awaited(stream: TextIO) -> int | None:
    """Return a stream's descriptor, None without one, once there is something to read or the end.

    A signal can come too early to end a call that reads.
    """
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return None
    while not select.select([number], [], [], TURN)[0]:
        pass
    return number
