"""The folders of a commit, with symlinks and submodules resolved as they would be in a work tree.

A submodule is a folder with the files of the commit that it is set to. It is opened when something in it is first
needed.
"""

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from errno import ENOENT
from itertools import groupby
from operator import itemgetter
from typing import Final

from trueup.errors import GitFailed
from trueup.git.objects import Objects, Submodules, TreeEntry, TreeNode, tree
from trueup.manifest.folders import FolderNode as Kind
from trueup.manifest.symlinks import is_below

_STEPS: Final = 40
"""Symlinks that are followed for one path: as many as Linux follows (path_resolution(7))."""

_LONGEST: Final = 4096
"""The longest target of a symlink, in characters: Linux allows paths of up to 4,096 bytes."""

_KINDS: Final[Mapping[TreeNode, Kind]] = {
    TreeNode.FILE: Kind.FILE,
    TreeNode.LINK: Kind.LINK,
    TreeNode.REPOSITORY: Kind.FOLDER,
}


class CommitFolders:
    """The folders of a commit, as if they were in the work tree with the top folder ``top``, a resolved path.

    ``unread`` maps the submodules that could not be opened, by their paths below the top folder, to the reasons.
    """

    def __init__(
        self, top: str, entries: Mapping[bytes, TreeEntry], objects: Objects, submodules: Submodules | None = None
    ) -> None:
        self.top = top.rstrip("/")
        self.unread: dict[str, str] = {}
        self._submodules = submodules
        self._entries: dict[str, tuple[TreeEntry, Objects]] = {}
        self._targets: dict[str, str] = {}
        self._folders: dict[str, dict[str, Kind]] = {"": {}}
        self._closed: dict[str, str] = {}
        self._add("", entries, objects)

    @property
    def paths(self) -> Iterator[str]:
        """Return the paths of all files and symlinks below the top folder, with those of readable submodules."""
        # A submodule may contain others, so this repeats until no new one appears.
        while to_open := self._closed.keys() - self.unread.keys():
            for folder in sorted(to_open):
                self._enter(folder)
        return (path for path, (entry, _) in self._entries.items() if entry.node is not TreeNode.REPOSITORY)

    def get(self, path: bytes) -> TreeEntry | None:
        """Return the file at a path of the repository, symlinks followed; None if it is not a file."""
        return self.file(self.real(f"{self.top}/{os.fsdecode(path)}"))

    def file(self, real: str) -> TreeEntry | None:
        """Return the file at a resolved path, None when there is none."""
        entry, _ = self._entries.get(self._below(real) or "", (None, None))
        return entry if entry is not None and entry.node is TreeNode.FILE else None

    def contents(self, files: Sequence[str]) -> Iterator[bytes]:
        """Yield the content of each file, in order; ``files`` are resolved paths. Raises as ``Objects.contents``."""
        entries = (self._entries[self._below(real) or ""] for real in files)
        for objects, found in groupby(entries, itemgetter(1)):
            yield from objects.contents(entry.id for entry, _ in found)

    def entries(self, real: str) -> Iterable[tuple[str, Kind]]:
        """Return the entries of a folder as :class:`~trueup.manifest.folders.Folders` specifies."""
        below = self._below(real) or ""
        self._enter(below)
        if below in self.unread:
            raise OSError(ENOENT, self.unread[below], real)
        folder = self._folders.get(below)
        if folder is None:
            raise OSError(ENOENT, os.strerror(ENOENT), real)
        return folder.items()

    def real(self, path: str) -> str:
        """Resolve a path as :class:`~trueup.manifest.folders.Folders` specifies."""
        real, steps = self.top, 0
        below = self._below(posixpath.normpath(path))
        # The names that are still to be walked, the next one last.
        pending = [path] if below is None else below.split("/")[::-1]
        while pending:
            name = pending.pop()
            if name in ("", "."):
                continue
            # A ``..`` at the top folder leaves the commit, and no path from there is resolved any further.
            real = posixpath.normpath(posixpath.join(real, name))
            current = self._below(real)
            if current is None:
                return posixpath.normpath(posixpath.join(real, *pending[::-1]))
            if pending:
                self._enter(current)
            target = self._targets.get(current)
            if target is None:
                continue
            steps += 1
            # Too many steps are a loop of symlinks: the symlink itself is returned, which is not a file.
            if steps > _STEPS or len(target) > _LONGEST:
                return real
            # An absolute target inside the work tree leads to the same file of the commit.
            if target.startswith("/"):
                inside = self._below(posixpath.normpath(target))
                if inside is None:
                    return target
                real, target = self.top, inside
            else:
                real = posixpath.dirname(real)
            pending += target.split("/")[::-1]
        return real

    def node(self, real: str) -> Kind | None:
        """Return the type of a resolved path as :class:`~trueup.manifest.folders.Folders` specifies."""
        below = self._below(real)
        if below is None or below in self._folders:
            return None if below is None else Kind.FOLDER
        above, _, name = below.rpartition("/")
        kind = self._folders.get(above, {}).get(name)
        # A resolved path is still a symlink only when there were too many of them.
        return None if kind is Kind.LINK else kind

    def _add(self, above: str, entries: Mapping[bytes, TreeEntry], objects: Objects) -> None:
        """Add the files of a commit below a path, which is empty or ends in a slash."""
        found = {f"{above}{os.fsdecode(path)}": entry for path, entry in entries.items()}
        links = [path for path, entry in found.items() if entry.node is TreeNode.LINK]
        texts = objects.contents(found[path].id for path in links)
        self._targets |= {path: os.fsdecode(text) for path, text in zip(links, texts, strict=True)}
        for path, entry in found.items():
            self._entries[path] = (entry, objects)
            self._put(path, _KINDS[entry.node])
            if entry.node is TreeNode.REPOSITORY:
                self._closed[path] = entry.id

    def _enter(self, folder: str) -> None:
        """Add the files of a submodule if ``folder`` is one that was not opened yet."""
        commit = self._closed.get(folder)
        if commit is None or folder in self.unread:
            return
        try:
            if self._submodules is None:
                raise GitFailed("submodules are not read.")  # noqa: TRY301 - the handler records the reason
            repository, objects = self._submodules.having(commit)
            files = tree(repository, commit)
        except GitFailed as error:
            # Remembered, so that the same repository is not searched for again, and reported to the user.
            self.unread[folder] = str(error).removesuffix(".")
            return
        # Before _add, which may put submodules of this submodule into the same mapping.
        del self._closed[folder]
        self._folders.setdefault(folder, {})
        self._add(f"{folder}/", files, objects)

    def _put(self, path: str, kind: Kind) -> None:
        above, _, name = path.rpartition("/")
        if above not in self._folders:
            self._folders[above] = {}
            self._put(above, Kind.FOLDER)
        self._folders[above][name] = kind

    def _below(self, path: str) -> str | None:
        """Return a path relative to the top folder, None for one outside."""
        return path[len(self.top) :].strip("/") if is_below(path, self.top or "/") else None
