"""Show the folders of a commit, with its symbolic links, as a walk through the work tree would find them."""

import os
import posixpath
from collections.abc import Iterable, Mapping
from errno import ENOENT
from typing import Final

from trueup.git.listing import Entry, Node
from trueup.git.objects import Objects
from trueup.manifest.boundary import is_below
from trueup.manifest.walk import Node as Kind

_STEPS: Final = 40
"""Links that are followed on the way to one file: as many as Linux follows."""

_LONGEST: Final = 4096
"""Bytes of the longest path that a link can name."""

_KINDS: Final[Mapping[Node, Kind]] = {Node.FILE: Kind.FILE, Node.LINK: Kind.LINK, Node.REPOSITORY: Kind.OTHER}


class CommitFolders:
    """The folders of a commit, as if they were in the work tree whose top folder is ``top``, a resolved path."""

    def __init__(self, top: str, entries: Mapping[bytes, Entry], objects: Objects) -> None:
        self.top = top.rstrip("/")
        self._entries = {os.fsdecode(path): entry for path, entry in entries.items()}
        links = [path for path, entry in self._entries.items() if entry.node is Node.LINK]
        texts = objects.contents(self._entries[path].id for path in links)
        self._targets = {path: os.fsdecode(text) for path, text in zip(links, texts, strict=True)}
        self._folders: dict[str, dict[str, Kind]] = {"": {}}
        for path, entry in self._entries.items():
            self._put(path, _KINDS[entry.node])

    def get(self, path: bytes) -> Entry | None:
        """Return what the commit has at a path of the repository, links followed; None for what is no file."""
        return self.file(self.real(f"{self.top}/{os.fsdecode(path)}"))

    def file(self, real: str) -> Entry | None:
        """Return the file at a resolved path, None when there is none."""
        entry = self._entries.get(self._below(real) or "")
        return entry if entry is not None and entry.node is Node.FILE else None

    def entries(self, real: str) -> Iterable[tuple[str, Kind]]:
        """Give the names in a folder as :class:`~trueup.manifest.walk.Folders` says."""
        folder = self._folders.get(self._below(real) or "")
        if folder is None:
            raise OSError(ENOENT, os.strerror(ENOENT), real)
        return folder.items()

    def real(self, path: str) -> str:
        """Resolve a path as :class:`~trueup.manifest.walk.Folders` says."""
        real, steps = self.top, 0
        below = self._below(posixpath.normpath(path))
        ahead = [path] if below is None else below.split("/")[::-1]
        while ahead:
            name = ahead.pop()
            if name in ("", "."):
                continue
            # Text after the top folder decides: a ``..`` at the top leads out, and nothing leads back in.
            real = posixpath.normpath(posixpath.join(real, name))
            here = self._below(real)
            if here is None:
                return posixpath.normpath(posixpath.join(real, *ahead[::-1]))
            target = self._targets.get(here)
            if target is None:
                continue
            steps += 1
            if steps > _STEPS or len(target) > _LONGEST:
                return real
            if target.startswith("/"):
                inside = self._below(posixpath.normpath(target))
                if inside is None:
                    return target
                real, target = self.top, inside
            else:
                real = posixpath.dirname(real)
            ahead += target.split("/")[::-1]
        return real

    def node(self, real: str) -> Kind | None:
        """Return what is at a resolved path as :class:`~trueup.manifest.walk.Folders` says."""
        below = self._below(real)
        if below is None or below in self._folders:
            return None if below is None else Kind.FOLDER
        above, _, name = below.rpartition("/")
        kind = self._folders.get(above, {}).get(name)
        # A link is left only where there were too many.
        return None if kind is Kind.LINK else kind

    def _put(self, path: str, kind: Kind) -> None:
        above, _, name = path.rpartition("/")
        if above not in self._folders:
            self._folders[above] = {}
            self._put(above, Kind.FOLDER)
        self._folders[above][name] = kind

    def _below(self, path: str) -> str | None:
        """Return a path relative to the top folder, None for one outside."""
        return path[len(self.top) :].strip("/") if is_below(path, self.top or "/") else None
