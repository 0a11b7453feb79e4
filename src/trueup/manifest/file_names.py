"""Names of files in messages, and the name of the project file."""

import os
from pathlib import Path
from typing import Final

PROJECT_FILE: Final = "trueup.yaml"


def display(path: Path, cwd: Path) -> str:
    """Return a file's name in messages.

    It is relative to the working directory for a file below it, and for a file in one of the folders above it that was
    given by an absolute path. Otherwise it is as typed.
    """
    # The text alone is normalized: a resolved path might be one that the user has never seen.
    absolute = Path(os.path.normpath(cwd / path))
    if absolute.is_relative_to(cwd):
        return absolute.relative_to(cwd).as_posix()
    if path.is_absolute() and cwd.is_relative_to(absolute.parent):
        return os.path.relpath(absolute, cwd)
    return path.as_posix()
