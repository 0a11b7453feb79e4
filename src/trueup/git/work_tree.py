"""Find the work tree that a folder belongs to, without running git.

git itself accepts any folder with ``HEAD``, ``objects`` and ``refs`` as a repository. A pull request can commit such a
folder, and its configuration can name programs to run. Only an entry named ``.git`` counts here, because git refuses to
track one. Variables such as GIT_DIR are ignored: a hook exports them, and they may name a repository that the folder is
not in.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENTRY: Final = ".git"
_MODULES: Final = "modules"
"""The folder in which git keeps the repositories of submodules."""
_LINK: Final = b"gitdir: "
_LINK_BYTES: Final = 4096
"""Bytes that are read of a file that names a folder; no file system has longer paths."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A work tree: its top folder, and the folder that holds its repository. Both are absolute and resolved."""

    top: Path
    git_dir: Path

    @property
    def shared(self) -> Path:
        """Return the folder that all work trees of the repository share; it differs only in a linked work tree.

        Raises OSError when the file that names it cannot be read.
        """
        file = self.git_dir / "commondir"
        return (_folder(file, b"") or self.git_dir) if file.is_file() else self.git_dir

    def kept(self) -> Iterator[Path]:
        """Yield the folders of the repositories that git keeps for submodules, at any depth.

        Only folders below this repository's own ``modules`` count, and no symlink is followed: a commit can name any
        path for a submodule. Folders that cannot be read are skipped. Raises OSError as :attr:`shared` does.
        """
        pending = [folder / _MODULES for folder in dict.fromkeys((self.git_dir, self.shared))]
        while pending:
            folder = pending.pop()
            if folder.is_symlink():
                continue
            # A submodule's name may contain slashes, so a folder without a repository may contain further ones.
            if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
                yield folder
                pending.append(folder / _MODULES)
                continue
            try:
                with os.scandir(folder) as entries:
                    inner = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
            except OSError:
                continue
            pending += (folder / name for name in inner)

    @property
    def is_submodule(self) -> bool:
        """Return whether this is a submodule: commits of the repository around it choose its repository and its commit.

        Raises OSError when a file that names a folder cannot be read.
        """
        outer = find_work_tree(self.top.parent)
        if outer is None:
            return False
        # In a linked work tree of the outer repository, the submodule is kept below either of the two.
        return any(self.git_dir.is_relative_to(kept / _MODULES) for kept in (outer.git_dir, outer.shared))


def find_work_tree(folder: Path) -> WorkTree | None:
    """Return the work tree that ``folder`` is in, None when neither it nor a folder above it is the top of one.

    A ``.git`` file names the repository of a linked work tree or of a submodule. A ``.git`` folder without a repository
    is skipped, as git does. No program is run, and only small files are read. The owner is not checked here.
    """
    start = Path(os.path.realpath(folder))
    for top in (start, *start.parents):
        entry = top / ENTRY
        try:
            git_dir = entry if entry.is_dir() else _folder(entry, _LINK) if entry.is_file() else None
        except OSError:
            continue
        if git_dir is not None and (entry.is_file() or os.path.lexists(git_dir / "HEAD")):
            return WorkTree(top, Path(os.path.realpath(git_dir)))
    return None


def top_of(folder: Path) -> Path:
    """Return the top folder of the work tree that ``folder`` is in, else ``folder`` itself; absolute and resolved."""
    found = find_work_tree(folder)
    return Path(os.path.realpath(folder)) if found is None else found.top


def _folder(file: Path, start: bytes) -> Path | None:
    """Return the folder that a file names after ``start``, None when it names none.

    A relative path starts at the file's folder.
    """
    with file.open("rb") as opened:
        text = opened.read(_LINK_BYTES)
    named = text.removeprefix(start).rstrip(b"\r\n")
    if not text.startswith(start) or not named or b"\0" in named:
        return None
    return Path(os.path.realpath(file.parent / os.fsdecode(named)))
