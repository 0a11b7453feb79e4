"""Walk through folders, each real folder once, and find the files that globs match."""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import Final, Protocol

from trueup.manifest.file_names import PROJECT_FILE
from trueup.manifest.globs import Globs, MatchState, States
from trueup.manifest.symlinks import Boundary, resolve_within


class FolderNode(Enum):
    """The types of a folder's entries."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"
    """A pipe, a socket or a device; in a commit, a submodule."""
    UNKNOWN = "unknown"
    """An entry that the system does not let us inspect."""


class Folders(Protocol):
    """The folders of a disk or of a commit. A resolved path is absolute and has no symlinks in it."""

    def entries(self, real: str) -> Iterable[tuple[str, FolderNode]]:
        """Return the names and types of a folder's entries. Raises OSError when it cannot be read."""

    def real(self, path: str) -> str:
        """Return the resolved path of an absolute one. What does not exist is resolved as far as possible."""

    def node(self, real: str) -> FolderNode | None:
        """Return the type of the entry at a resolved path, None when there is none."""


class Disk:
    """The folders of this machine."""

    def entries(self, real: str) -> Iterable[tuple[str, FolderNode]]:
        """Return a folder's entries; see :class:`Folders`."""
        with os.scandir(real) as entries:
            return [(entry.name, _node(entry)) for entry in entries]

    def real(self, path: str) -> str:
        """Return the resolved path; see :class:`Folders`."""
        return resolve_within(path)

    def node(self, real: str) -> FolderNode | None:
        """Return the type of an entry; see :class:`Folders`."""
        # The path of a symlink that cannot be followed is empty.
        if not real:
            return FolderNode.UNKNOWN
        try:
            mode = os.lstat(real).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return FolderNode.UNKNOWN
        if S_ISLNK(mode):
            # A resolved path ends in a symlink only when that leads to itself.
            return FolderNode.UNKNOWN
        return FolderNode.FOLDER if S_ISDIR(mode) else FolderNode.FILE if S_ISREG(mode) else FolderNode.OTHER


DISK: Final = Disk()


def _node(entry: os.DirEntry[str]) -> FolderNode:
    if entry.is_symlink():
        return FolderNode.LINK
    if entry.is_dir(follow_symlinks=False):
        return FolderNode.FOLDER
    return FolderNode.FILE if entry.is_file(follow_symlinks=False) else FolderNode.OTHER


@dataclass(frozen=True, slots=True)
class Hit:
    """A file that globs match: its name relative to the start of the walk, and the indexes of the globs."""

    name: str
    globs: set[int]


@dataclass(frozen=True, slots=True)
class _Link:
    """A symlink on the way: its name, its path with resolved parents, and the glob states after its name."""

    name: str
    path: str
    states: States


@dataclass(slots=True)
class Walk:
    """One walk and its results.

    ``hits`` maps resolved paths to files. ``out`` maps the paths of symlinks that lead out of ``boundary``, and
    that the globs could match, to their names. ``unread`` maps the names of unreadable folders to the reason. Globs
    from the index ``counted`` on are searched too, but nothing that only they match is an error.
    """

    folders: Folders
    globs: Globs
    boundary: Boundary
    counted: int = sys.maxsize
    hits: dict[str, Hit] = field(default_factory=dict)
    out: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    _explored: dict[str, set[MatchState]] = field(default_factory=dict)
    _links: list[_Link] = field(default_factory=list)

    def run(self, real: str) -> "Walk":
        """Walk through the folder at a resolved path and everything below; return this walk."""
        self._visit(real, "", self.globs.start)
        # Symlinks come after all real folders, so that a file has the name of its real place if globs reach it there.
        while self._links:
            # Sorted, because the order of a directory listing depends on the file system.
            links, self._links = sorted(self._links, key=lambda link: link.name), []
            for link in links:
                self._follow(link)
        return self

    def _visit(self, real: str, name: str, states: States) -> None:
        """Walk through one folder and those below it; symlinks are recorded for later."""
        # A list and not recursion: folders may be nested deeper than the interpreter's stack allows.
        waiting = [(real, name, states)]
        while waiting:
            real, name, states = waiting.pop()
            explored = self._explored.setdefault(real, set())
            # Only states that are new in this folder, so that circular symlinks end.
            new = states - explored
            if not new:
                continue
            explored |= new
            try:
                entries = self.folders.entries(real)
            except OSError as error:
                self.unread[name] = error.strerror or str(error)
                continue
            for entry, node in entries:
                after = self.globs.step(new, entry)
                if after:
                    waiting += self._enter(os.path.join(real, entry), os.path.join(name, entry), node, after)  # noqa: PTH118 - texts

    def _enter(self, path: str, name: str, node: FolderNode, states: States) -> Sequence[tuple[str, str, States]]:
        """Record one entry; return it when it is a folder to visit."""
        if node is FolderNode.FOLDER:
            unfinished = self.globs.unfinished(states)
            return [(path, name, unfinished)] if unfinished else ()
        if node is FolderNode.LINK:
            self._links.append(_Link(name, path, states))
        elif node is FolderNode.FILE:
            self._hit(path, name, states)
        return ()

    def _follow(self, link: _Link) -> None:
        real = self.folders.real(link.path)
        node = self.folders.node(real)
        wanted = self._wanted(link.name, link.states)
        unfinished = self.globs.unfinished(link.states)
        if not self.boundary.holds(real):
            # Other symlinks are not reported: no glob could match them or pass through them.
            counted = any(index < self.counted for index in wanted)
            if (counted and node is not FolderNode.FOLDER) or (
                unfinished and node in {FolderNode.FOLDER, FolderNode.UNKNOWN}
            ):
                self.out.setdefault(link.path, link.name)
        elif node is FolderNode.FOLDER or (node is FolderNode.UNKNOWN and not wanted):
            self._visit(real, link.name, unfinished)
        elif node is not FolderNode.OTHER:
            # A dangling symlink counts as a hit too: reading it reports the reason.
            self._hit(real, link.name, link.states)

    def _hit(self, real: str, name: str, states: States) -> None:
        wanted = self._wanted(name, states)
        if wanted:
            self.hits.setdefault(real, Hit(name, set())).globs.update(wanted)

    def _wanted(self, name: str, states: States) -> set[int]:
        """Return the indexes of the globs that match a name; none for a project file, which is not a manifest."""
        return set() if os.path.basename(name) == PROJECT_FILE else self.globs.accepts(states)  # noqa: PTH119 - texts
