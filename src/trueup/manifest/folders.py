"""Walk through folders, each real folder once, and find what globs match.

Real folders come first, and the symbolic links in them afterwards, so that a file has the name of the place where it
lies and only otherwise that of a link. A folder is entered again only for parts of globs that were not looked for
there, so links in circles end.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import Final, Protocol

from trueup.manifest.file_names import PROJECT_FILE
from trueup.manifest.globs import Globs, MatchState, States
from trueup.manifest.symlinks import Boundary, resolve_within


class FolderNode(Enum):
    """Kinds of what can be in a folder."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"
    """A pipe, a socket or a device; in a commit, a repository of its own."""
    UNKNOWN = "unknown"
    """What the system does not let us look at."""


class Folders(Protocol):
    """Folders to walk through. A resolved path is absolute and goes through no link."""

    def entries(self, real: str) -> Iterable[tuple[str, FolderNode]]:
        """Give the names in the folder at a resolved path. Raises OSError when it cannot be read."""

    def real(self, path: str) -> str:
        """Return the resolved path of an absolute one; of what does not exist, how far it leads."""

    def node(self, real: str) -> FolderNode | None:
        """Return what is at a resolved path, None when there is nothing."""


class Disk:
    """The folders of this machine."""

    def entries(self, real: str) -> Iterable[tuple[str, FolderNode]]:
        """Give the names in a folder as :class:`Folders` says."""
        with os.scandir(real) as entries:
            return [(entry.name, _node(entry)) for entry in entries]

    def real(self, path: str) -> str:
        """Resolve a path as :class:`Folders` says."""
        return resolve_within(path)

    def node(self, real: str) -> FolderNode | None:
        """Return what is there as :class:`Folders` says."""
        if not real:
            return FolderNode.UNKNOWN
        try:
            mode = os.lstat(real).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return FolderNode.UNKNOWN
        if S_ISLNK(mode):
            # Resolving ends at a link only where it leads to itself.
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
    """A file that globs match: its name below the folder where the walk began, and the numbers of the globs."""

    name: str
    globs: set[int]


@dataclass(frozen=True, slots=True)
class _Link:
    """A link that was met: its name, its place with the folders above it resolved, and the states after its name."""

    name: str
    place: str
    states: States


@dataclass(slots=True)
class Walk:
    """One walk and what it found.

    ``hits`` has each file once, by its resolved path. ``out`` has the names of links that lead out of ``boundary`` to
    what may be meant, by their places; ``unread`` has the names of folders that cannot be read, and why.
    """

    folders: Folders
    globs: Globs
    boundary: Boundary
    hits: dict[str, Hit] = field(default_factory=dict)
    out: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    _explored: dict[str, set[MatchState]] = field(default_factory=dict)
    _links: list[_Link] = field(default_factory=list)

    def run(self, real: str) -> "Walk":
        """Walk through the folder at a resolved path and all below; return this walk."""
        self._visit(real, "", self.globs.start)
        while self._links:
            links, self._links = sorted(self._links, key=lambda link: link.name), []
            for link in links:
                self._follow(link)
        return self

    def _visit(self, real: str, name: str, states: States) -> None:
        """Walk through one folder and those below it; links are noted and not followed."""
        ahead = [(real, name, states)]
        while ahead:
            real, name, states = ahead.pop()
            explored = self._explored.setdefault(real, set())
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
                    ahead += self._enter(os.path.join(real, entry), os.path.join(name, entry), node, after)  # noqa: PTH118 - texts

    def _enter(self, place: str, name: str, node: FolderNode, states: States) -> Sequence[tuple[str, str, States]]:
        """Take in one entry; return it when it is a folder to visit."""
        if node is FolderNode.FOLDER:
            onward = self.globs.onward(states)
            return [(place, name, onward)] if onward else ()
        if node is FolderNode.LINK:
            self._links.append(_Link(name, place, states))
        elif node is FolderNode.FILE:
            self._hit(place, name, states)
        return ()

    def _follow(self, link: _Link) -> None:
        real = self.folders.real(link.place)
        node = self.folders.node(real)
        wanted = self._wanted(link.name, link.states)
        onward = self.globs.onward(link.states)
        if not self.boundary.holds(real):
            if (wanted and node is not FolderNode.FOLDER) or (
                onward and node in {FolderNode.FOLDER, FolderNode.UNKNOWN}
            ):
                self.out.setdefault(link.place, link.name)
        elif node is FolderNode.FOLDER or (node is FolderNode.UNKNOWN and not wanted):
            self._visit(real, link.name, onward)
        elif node is not FolderNode.OTHER:
            # One that leads to nothing is a hit as well: reading it tells why.
            self._hit(real, link.name, link.states)

    def _hit(self, real: str, name: str, states: States) -> None:
        wanted = self._wanted(name, states)
        if wanted:
            self.hits.setdefault(real, Hit(name, set())).globs.update(wanted)

    def _wanted(self, name: str, states: States) -> set[int]:
        """Return the globs that match a name; a project file is no manifest."""
        return set() if os.path.basename(name) == PROJECT_FILE else self.globs.accepts(states)  # noqa: PTH119 - texts
