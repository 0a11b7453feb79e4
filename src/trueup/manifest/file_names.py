"""Name files as people see them."""

import os
from pathlib import Path
from typing import Final

PROJECT_FILE: Final = "trueup.yaml"


def display(path: Path, cwd: Path) -> str:
    """Return a file's name for people.

    That is relative to the working directory for what is below it, and for a project that the working directory is in;
    otherwise as typed.
    """
    absolute = Path(os.path.normpath(cwd / path))
    if absolute.is_relative_to(cwd):
        return absolute.relative_to(cwd).as_posix()
    if path.is_absolute() and cwd.is_relative_to(absolute.parent):
        return os.path.relpath(absolute, cwd)
    return path.as_posix()
