"""Decide whom a file or a repository belongs to, and whether the user trusts it, by git's own rules.

git checks this only for a repository that it finds itself. We find it, so we check it.
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
"""Digits of GIT_CONFIG_COUNT that are believed."""


def is_ours(path: Path, environ: Mapping[str, str]) -> bool:
    """Return whether ``path`` itself, not what it may link to, belongs to this user.

    To root that ``sudo`` started, what belongs to the user behind it is its own too. A missing path has no owner.
    """
    try:
        owner = path.lstat().st_uid
    except OSError:
        return False
    us = os.geteuid()
    return owner == us or (us == _ROOT and environ.get("SUDO_UID", "") == str(owner))


def check_owner(found: WorkTree, environ: Mapping[str, str]) -> None:
    """Raise GitFailed for a work tree of another user that this user's git configuration does not trust."""
    parts = (found.top / ENTRY, found.top, found.git_dir)
    foreign = next((part for part in parts if not is_ours(part, environ)), None)
    if foreign is not None and not is_trusted(found.top, environ):
        raise GitFailed(f"{foreign} belongs to another user, so the repository is not read. {how_to_trust(found.top)}")


def how_to_trust(folder: Path) -> str:
    """Return one sentence that says how to trust what belongs to another user in a folder."""
    return f"To trust it, run: git config --global --add {_KEY} {shlex.quote(str(folder))}"


def is_trusted(folder: Path, environ: Mapping[str, str]) -> bool:
    """Return whether ``safe.directory`` names a folder, given as an absolute and resolved path.

    The system's and the user's configuration count, and then GIT_CONFIG_COUNT: what a repository itself says never
    does. Without git only the variables count. Raises GitFailed when git cannot read the configuration.
    """
    trusted = False
    for value in (*_configured(environ), *_given(environ)):
        # An empty value forgets those before it, as git's lists do.
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
    from trueup.git.commands import find_git, run_config  # noqa: PLC0415 - what belongs to us needs no program

    program = find_git(environ)
    if program is None:
        return ()
    read = run_config(program, environ, "--includes", "--type=path", "--get-all", _KEY)
    return tuple(os.fsdecode(value) for value in read.split(b"\0")[:-1])


def _given(environ: Mapping[str, str]) -> Iterator[str]:
    count = environ.get("GIT_CONFIG_COUNT", "")
    if not (count.isascii() and count.isdecimal() and len(count) <= _MOST_DIGITS):
        return
    for index in range(min(int(count), len(environ))):
        if environ.get(f"GIT_CONFIG_KEY_{index}", "").lower() == _KEY:
            value = environ.get(f"GIT_CONFIG_VALUE_{index}", "")
            home = environ.get("HOME")
            yield f"{home}{value[1:]}" if home and value.startswith("~/") else value
