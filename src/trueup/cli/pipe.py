"""Let go of standard output when it takes nothing more; imports nothing that a start does not have already."""

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
