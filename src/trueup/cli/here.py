"""Find what a process is given without asking for it: its working directory and its standard input."""

import sys
from pathlib import Path
from typing import TextIO

from trueup.errors import UsageError


def here() -> Path:
    """Return the working directory; raises UsageError when it was deleted or cannot be reached."""
    try:
        return Path.cwd()
    except OSError as error:
        message = f"The working directory cannot be found: {error.strerror}. Change to a folder that exists, with cd."
        raise UsageError(message) from None


def standard_input() -> TextIO:
    """Return standard input; raises UsageError when the process was started without one."""
    if sys.stdin is None:
        raise UsageError("Standard input is closed. Name files, or start trueup with an open standard input.")
    return sys.stdin


def input_bytes() -> bytes:
    """Return all of standard input; raises as :func:`standard_input` does."""
    standard_input()
    return sys.stdin.buffer.read()
