"""Make a folder the top of a new repository: the one call of git that writes."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from trueup.errors import GitFailed
from trueup.git.commands import clean, find_git, words

BRANCH: Final = "main"
"""The first branch, by the name that the workflows for CI expect."""
NOT_FOUND: Final = "is not installed, or not on PATH"


def can_create(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether git is installed."""
    return find_git(environ) is not None


def create_repository(folder: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Create an empty repository in a folder that is in none; raise GitFailed when git is missing or refuses.

    Neither the user's configuration nor templates are used, so no hook is installed.
    """
    program = find_git(environ)
    if program is None:
        raise GitFailed(f"git {NOT_FOUND}, so no repository was created.")
    done = subprocess.run(  # noqa: S603 - no shell, and every argument is ours
        [program, "init", "--quiet", "--template=", f"--initial-branch={BRANCH}"],
        cwd=folder,
        env=clean(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise GitFailed(f"git init failed: {words(done.stderr)}")
