"""List the files of a commit, and what of it differs in the work tree. Paths are bytes, relative to the topmost folder.

A renamed file is one that went and one that came: what is compared in the end are resources, and a resource that only
changed its file has not changed.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from trueup.git.repository import Repository


class Node(Enum):
    """Tell what git keeps at a path."""

    FILE = "file"
    LINK = "link"
    """A symbolic link; its content is where it leads."""
    REPOSITORY = "repository"
    """A submodule: its files belong to another repository."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold what a commit or the index has at a path; ``id`` is the object with the content."""

    node: Node
    id: str


@dataclass(frozen=True, slots=True)
class Change:
    """Hold one path at which the work tree is not, or may not be, as the commit; ``before`` is None for a new one."""

    path: bytes
    before: Entry | None


_COMPARED: Final = ("--raw", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty")
"""Ways to compare. To see whether a submodule is dirty, git would start another git in it, which reads its
configuration."""

_NODES: Final = {b"120000": Node.LINK, b"160000": Node.REPOSITORY}


def tree(repository: Repository, commit: str) -> Mapping[bytes, Entry]:
    """Return every file of a commit."""
    return _listed(repository, "-r", commit)


def one(repository: Repository, commit: str, path: bytes) -> Entry | None:
    """Return what a commit has at one path, None when that is nothing or a folder."""
    return _listed(repository, "-r", commit, "--", os.fsdecode(path)).get(path)


def _listed(repository: Repository, *arguments: str) -> Mapping[bytes, Entry]:
    found: dict[bytes, Entry] = {}
    for line in _records(repository.git.run("ls-tree", "-z", "--full-tree", *arguments)):
        about, path = line.split(b"\t", 1)
        mode, _, name = about.split(b" ", 2)
        found[path] = Entry(_node(mode), name.decode())
    return found


def changes(repository: Repository, commit: str) -> tuple[Change, ...]:
    """Return the files that git tracks and that may differ between a commit and the work tree.

    A file whose time stamp moved is among them even when its content is the same: git's index knows no better without
    being written. While a merge is unresolved, files count as they lie in the work tree.
    """
    records = _records(repository.git.run("diff-index", *_COMPARED, commit, "--"))
    return tuple(_change(about, path) for about, path in zip(records, records, strict=True))


def _change(about: bytes, path: bytes) -> Change:
    mode, _, name, _, status = about.removeprefix(b":").split(b" ")
    return Change(path, None if status == b"A" else Entry(_node(mode), name.decode()))


def untracked(repository: Repository, folders: Sequence[bytes] = ()) -> Iterator[bytes]:
    """Give the files that git does not track, ignored ones included, below these folders; without any, all.

    A path that ends in a slash is a repository of its own.
    """
    below = [os.fsdecode(folder) for folder in folders]
    return _records(repository.git.run("ls-files", "--others", "-z", "--", *below))


def tracked(repository: Repository, folder: str) -> Iterator[bytes]:
    """Give what git tracks in a folder, or as it; ``folder`` and the answers are relative to ``repository.folder``."""
    below = repository.prefix + os.fsencode(folder)
    listed = _records(repository.git.run("ls-files", "-z", "--", os.fsdecode(below)))
    return (path.removeprefix(repository.prefix) for path in listed)


def special(repository: Repository) -> Mapping[bytes, Node]:
    """Return the symbolic links and submodules that git tracks."""
    found: dict[bytes, Node] = {}
    for line in repository.git.run("ls-files", "--stage", "-z").split(b"\0"):
        node = _NODES.get(line[:6])
        if node is not None:
            found[line.split(b"\t", 1)[1]] = node
    return found


def _node(mode: bytes) -> Node:
    return _NODES.get(mode, Node.FILE)


def _records(output: bytes) -> Iterator[bytes]:
    return iter(output.split(b"\0")[:-1])
