"""Decide who owns a file or a repository, and whether the user trusts it, by git's own rules.

git checks this only for a repository that it finds itself. Here the repository is passed to it, so it is checked here.
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from trueup.errors import GitFailed
from trueup.git.work_tree import ENTRY, WorkTree

_ROOT: Final = 0
_KEY: Final = "safe.directory"
_MOST_DIGITS: Final = 6
"""Digits of GIT_CONFIG_COUNT; a longer number is ignored."""


def is_ours(path: Path, environ: Mapping[str, str]) -> bool:
    """Return whether ``path`` itself, not the target of a symlink, belongs to this user.

    For root started by ``sudo``, files of the user who ran ``sudo`` count as well. A missing path has no owner.
    """
    try:
        owner = path.lstat().st_uid
    except OSError:
        return False
    user = os.geteuid()
    return owner == user or (user == _ROOT and environ.get("SUDO_UID", "") == str(owner))


def check_owner(found: WorkTree, environ: Mapping[str, str]) -> None:
    """Raise GitFailed for a work tree of another user that this user's git configuration does not trust."""
    parts = (found.top / ENTRY, found.top, found.git_dir)
    foreign = next((part for part in parts if not is_ours(part, environ)), None)
    if foreign is not None and not is_trusted(found.top, environ):
        raise GitFailed(f"{foreign} belongs to another user, so the repository is not read. {how_to_trust(found.top)}")


def how_to_trust(folder: Path) -> str:
    """Return a sentence that says how to trust a folder that belongs to another user."""
    return f"To trust it, run: git config --global --add {_KEY} {shlex.quote(str(folder))}"


def is_trusted(folder: Path, environ: Mapping[str, str]) -> bool:
    """Return whether ``safe.directory`` names a folder, given as an absolute and resolved path.

    The system's and the user's configuration count, then GIT_CONFIG_COUNT; the repository's own configuration never
    does. Without git only the variables count. Raises GitFailed when git cannot read the configuration.
    """
    trusted = False
    for value in (*_configured(environ), *_given(environ)):
        # An empty value clears the values before it, as in all of git's lists.
        trusted = bool(value) and (trusted or _names(value, folder))
    return trusted


def _names(value: str, folder: Path) -> bool:
    if value == "*":
        return True
    if not value.startswith("/"):
        return False
    if value.endswith("/*"):
        return Path(os.path.realpath(value.removesuffix("*"))) in folder.parents
    return folder == Path(os.path.realpath(value))


def _configured(environ: Mapping[str, str]) -> tuple[str, ...]:
    from trueup.git.commands import find_git, run_config  # noqa: PLC0415 - not needed for a repository of this user

    program = find_git(environ)
    if program is None:
        return ()
    read = run_config(program, environ, "--includes", "--type=path", "--get-all", _KEY)
    return tuple(os.fsdecode(value) for value in read.split(b"\0")[:-1])


def _given(environ: Mapping[str, str]) -> Iterator[str]:
    count = environ.get("GIT_CONFIG_COUNT", "")
    if not (count.isascii() and count.isdecimal() and len(count) <= _MOST_DIGITS):
        return
    # Each entry needs a variable, so that a huge count cannot make this loop run long.
    for index in range(min(int(count), len(environ))):
        if environ.get(f"GIT_CONFIG_KEY_{index}", "").lower() == _KEY:
            value = environ.get(f"GIT_CONFIG_VALUE_{index}", "")
            home = environ.get("HOME")
            yield f"{home}{value[1:]}" if home and value.startswith("~/") else value
