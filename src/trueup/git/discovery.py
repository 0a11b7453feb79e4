"""Find the work tree that a folder belongs to, without running git.

git itself takes any folder with ``HEAD``, ``objects`` and ``refs`` for a repository. A pull request can commit such a
folder, and its configuration can name programs to run. Only an entry named ``.git`` counts here: git refuses to track
one.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LINK: Final = b"gitdir: "
_LINK_BYTES: Final = 4096
"""Bytes that are read of a ``.git`` file; a longer one names no folder that a file system can hold."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A work tree: its top folder, and the folder that holds its repository. Both are absolute and resolved."""

    top: Path
    git_dir: Path


def find_work_tree(folder: Path) -> WorkTree | None:
    """Return the work tree that ``folder`` is in, None when neither it nor a folder above it has an entry ``.git``.

    A ``.git`` file leads to the repository of a linked work tree or of a submodule. Nothing is run, and only that file
    is read. The owner of what is found is not checked here.
    """
    start = folder.resolve()
    for top in (start, *start.parents):
        entry = top / ".git"
        if entry.is_dir():
            return WorkTree(top, entry.resolve())
        if entry.is_file():
            linked = _linked(entry)
            if linked is not None:
                return WorkTree(top, linked)
    return None


def _linked(file: Path) -> Path | None:
    """Return the folder that a ``.git`` file names, relative to the file; None when it names none."""
    with file.open("rb") as opened:
        text = opened.read(_LINK_BYTES)
    if not text.startswith(_LINK):
        return None
    named = text.removeprefix(_LINK).rstrip(b"\r\n")
    return (file.parent / named.decode(errors="surrogateescape")).resolve()
