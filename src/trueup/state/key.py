"""Keep one secret of this user, with which everything that trueup keeps is sealed.

It tells what this user's own runs wrote from what came with a clone, a pull request or another user. It opens nothing.
It lies outside every project: a key that a commit can hold would seal what the commit brings.
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
    """Return where the secret lies; None without a home folder. A relative XDG_STATE_HOME does not count."""
    given = environ.get("XDG_STATE_HOME", "")
    base = given if os.path.isabs(given) else os.path.expanduser("~/.local/state")  # noqa: PTH111, PTH117 - never raise
    return Path(base, "trueup", "key") if os.path.isabs(base) else None  # noqa: PTH117 - as above


def project_key(root: Path, purpose: bytes, environ: Mapping[str, str] = os.environ) -> bytes | None:
    """Return the key for one purpose (at most 16 bytes) in the project in ``root``; None when there can be none.

    That is so without a home folder, when nothing can be kept there, when others can read it, and when it lies in the
    project's own repository.
    """
    place = key_file(environ)
    if place is None or _is_inside(place, root):
        return None
    secret = user_secret(place)
    return None if secret is None else hashlib.blake2b(key=secret, person=purpose, digest_size=SIZE).digest()


def user_secret(place: Path, *, fresh: Callable[[], bytes] = lambda: os.urandom(SIZE)) -> bytes | None:
    """Return the secret in this file, made when it is first asked for; None when there can be none."""
    with suppress(OSError):
        if not os.path.lexists(place):
            _make(place, fresh())
        with os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = os.fstat(file.fileno())
            # A commit cannot bring a file that only its owner may read, unless the umask says so.
            private = found.st_uid == os.geteuid() and not found.st_mode & 0o077
            if stat.S_ISREG(found.st_mode) and private and found.st_size == SIZE:
                return file.read(SIZE)
    return None


def _make(place: Path, secret: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Whole or not at all, and never twice: the first of two processes wins.
    draft = place.with_name(f"{place.name}.{os.urandom(8).hex()}")
    draft.touch(mode=0o600)
    draft.write_bytes(secret)
    try:
        with suppress(FileExistsError):
            os.link(draft, place)
    finally:
        draft.unlink(missing_ok=True)


def _is_inside(place: Path, root: Path) -> bool:
    tree = find_work_tree(root)
    return place.resolve().is_relative_to(root.resolve() if tree is None else tree.top)
