"""Standard output: how wide it is, and what happens when nothing more can be written to it.

This module imports nothing that a start of Python has not imported already.
"""

import os
import sys

CLOSED = "it is closed"


def open_streams() -> bool:
    """Return whether standard output is open; a closed standard error is opened on nothing.

    Without that, the next file that is opened would be taken for the stream that is closed.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the whole of the process
    return sys.stdout is not None


def no_output(reason: str) -> int:
    """Say on standard error that the result cannot be written, and return the status that this means."""
    sys.stderr.write(
        f"trueup: The result cannot be written to standard output: {reason}. Redirect it to where there is room, or to "
        "/dev/null. What an apply did is on record: see trueup runs.\n"
    )
    if sys.stdout is not None:
        drop_output()
    return 1


def drop_output() -> None:
    """Send what is still buffered nowhere, so that the end of the process does not fail for it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def terminal_columns(*, otherwise: int) -> int:
    """Return the columns that COLUMNS gives, or else standard output's; ``otherwise`` where it is no terminal."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or otherwise  # type: ignore[union-attr]  # None has no fileno
    except (AttributeError, ValueError, OSError):
        return otherwise
