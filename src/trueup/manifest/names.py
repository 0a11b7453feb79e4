"""Name files as people see them."""

import os
from pathlib import Path
from typing import Final

PROJECT_FILE: Final = "trueup.yaml"


def display(path: Path, cwd: Path) -> str:
    """Return a file's name for people: relative to the working directory where it is below."""
    absolute = Path(os.path.normpath(cwd / path))
    return absolute.relative_to(cwd).as_posix() if absolute.is_relative_to(cwd) else path.as_posix()
