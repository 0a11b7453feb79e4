"""The user's secret, from which the keys that seal trueup's files are derived.

A seal proves that a run of this user wrote a file, and that it did not come with a clone, a pull request or from
another user. The secret encrypts nothing and gives no access. It is kept outside every project: a commit that contains
the key could also contain files that it seals.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from trueup.git.work_tree import find_work_tree

SIZE: Final = 32
"""Bytes of the secret, and of each key that is derived from it."""


def key_file(environ: Mapping[str, str]) -> Path | None:
    """Return the path of the secret; None without a home folder. A relative XDG_STATE_HOME is ignored."""
    given = environ.get("XDG_STATE_HOME", "")
    base = given if os.path.isabs(given) else os.path.expanduser("~/.local/state")  # noqa: PTH111, PTH117 - never raise
    return Path(base, "trueup", "key") if os.path.isabs(base) else None  # noqa: PTH117 - as above


def project_key(root: Path, purpose: bytes, environ: Mapping[str, str] = os.environ) -> bytes | None:
    """Return the key for one purpose (at most 16 bytes) in the project in ``root``; None when there can be none.

    There is none without a home folder, when the secret cannot be stored there, when other users can read it, and when
    it is inside the project's repository.
    """
    path = key_file(environ)
    if path is None or _is_inside(path, root):
        return None
    secret = user_secret(path)
    # A key for each purpose: what is sealed for one cannot be presented as sealed for another.
    return None if secret is None else hashlib.blake2b(key=secret, person=purpose, digest_size=SIZE).digest()


def user_secret(path: Path, *, fresh: Callable[[], bytes] = lambda: os.urandom(SIZE)) -> bytes | None:
    """Return the secret in this file, which is created if it is missing; None when there can be none."""
    with suppress(OSError):
        if not os.path.lexists(path):
            _make(path, fresh())
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = os.fstat(file.fileno())
            # git stores no permissions but the executable bit: a file of a commit is private only by a strict umask.
            private = found.st_uid == os.geteuid() and not found.st_mode & 0o077
            if stat.S_ISREG(found.st_mode) and private and found.st_size == SIZE:
                return file.read(SIZE)
    return None


def _make(path: Path, secret: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written atomically and only once: of two processes the first wins, since link() does not replace a file.
    draft = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
    draft.touch(mode=0o600)
    draft.write_bytes(secret)
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _is_inside(path: Path, root: Path) -> bool:
    tree = find_work_tree(root)
    return path.resolve().is_relative_to(root.resolve() if tree is None else tree.top)
