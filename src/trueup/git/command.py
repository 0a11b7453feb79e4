"""Run git so that it can only answer: plumbing commands, no pager, no prompt, no lock, nothing of the repository run.

Plumbing ignores the settings that change output or name programs (pagers, external differs, text conversions). What
could still start something is switched off: the file system monitor, and prompts for credentials.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trueup.errors import GitFailed

_QUIET: Final = ("--no-pager", "--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false")

_KEPT: Final = (
    # Where the repository is: hooks and people who keep it elsewhere set these.
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    # Which repositories to trust: containers set safe.directory here.
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_COUNT",
)
"""Variables of git's that are handed on; all others could change what it answers."""

_NOT_INSTALLED: Final = "git is not installed, or not on PATH. Comparing with another commit needs it."


@dataclass(frozen=True, slots=True)
class Git:
    """Run git in one folder; ``environment`` is complete and clean."""

    program: str
    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> bytes:
        """Return what a command printed. Raises GitFailed with git's own words when it does not succeed."""
        done = subprocess.run(  # noqa: S603 - no shell, and every argument that is not ours comes after an option end
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise GitFailed(f"git {arguments[0]} failed: {words(done.stderr)}")
        return done.stdout

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a command that is talked to through its standard input and output."""
        return subprocess.Popen(  # noqa: S603 - as above
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def command(self, *arguments: str) -> list[str]:
        """Return the whole command line."""
        return [self.program, *_QUIET, *arguments]


def open_git(folder: Path, environ: Mapping[str, str]) -> Git:
    """Return git for this folder. Raises GitFailed when it is not installed."""
    program = shutil.which("git", path=environ.get("PATH", os.defpath))
    if program is None:
        raise GitFailed(_NOT_INSTALLED)
    return Git(program, folder, _clean(environ))


def words(stderr: bytes) -> str:
    """Return the first line that git said, without its grading."""
    lines = stderr.decode(errors="replace").strip().splitlines()
    return (
        lines[0].removeprefix("fatal: ").removeprefix("error: ").rstrip(".") + "." if lines else "it does not say why."
    )


def _clean(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("GIT_") or name in _KEPT or name.startswith(("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"))
    }
    return {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
