"""Tell how wide the terminal is, by the rules of :func:`shutil.get_terminal_size`, without what that module imports."""

import os
import sys


def terminal_columns(*, otherwise: int) -> int:
    """Return the columns that COLUMNS gives, or else standard output's; ``otherwise`` where it is no terminal."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or otherwise  # type: ignore[union-attr]  # None has no fileno
    except (AttributeError, ValueError, OSError):
        return otherwise
