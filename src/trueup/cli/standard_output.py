"""Standard output: its width, and the case that it cannot be written to.

This module imports only what Python itself imports at start.
"""

import os
import sys

CLOSED = "it is closed"


def open_streams() -> bool:
    """Return whether standard output is open; a closed standard error is replaced by the null device."""
    if sys.stderr is None:
        # The next file to be opened would get descriptor 2, and messages would be written into it.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the process ends
    return sys.stdout is not None


def no_output(reason: str) -> int:
    """Report on standard error that the result cannot be written; return the exit status."""
    sys.stderr.write(
        f"trueup: The result cannot be written to standard output: {reason}. Redirect it to a disk with free space, "
        "or to /dev/null. What an apply did is recorded: see trueup runs.\n"
    )
    if sys.stdout is not None:
        drop_output()
    return 1


def drop_output() -> None:
    """Discard buffered output: otherwise, flushing it at the end of the process would fail."""
    # The descriptor is replaced, not the object: the interpreter flushes its own at the exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def terminal_columns(*, otherwise: int) -> int:
    """Return COLUMNS, or else the columns of standard output; ``otherwise`` if it is not a terminal."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        # __stdout__: sys.stdout may be a guard or, in the action, a buffer.
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or otherwise  # type: ignore[union-attr]  # None has no fileno
    except (AttributeError, ValueError, OSError):
        return otherwise
