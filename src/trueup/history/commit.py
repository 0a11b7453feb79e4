"""Hold one commit with the way to its files."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from trueup.errors import Diagnostic, Severity
from trueup.git.objects import Objects, Submodules, TreeNode, read_one, tree
from trueup.git.repository import Repository
from trueup.history.symlinks import CommitFolders
from trueup.model.position import Position

BASE: Final = "base"
"""Code of whatever is wrong with the manifests of another commit."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit; ``revision`` is how the user named it, ``id`` its id. It ends with the repository."""

    repository: Repository
    objects: Objects
    submodules: Submodules
    revision: str
    id: str

    @cached_property
    def folders(self) -> CommitFolders:
        """Return all of its folders."""
        top = str(self.repository.git.folder)
        return CommitFolders(top, tree(self.repository, self.id), self.objects, self.submodules)

    def text(self, path: str) -> bytes | None:
        """Return what a file held, by its path below the top folder; None when it was not there.

        The commit itself is asked: that git sees no difference also holds for what it does not track.
        """
        found = read_one(self.repository, self.id, os.fsencode(path))
        if found is not None and found.node is TreeNode.FILE:
            return next(self.objects.contents([found.id]))
        real = self.folders.real(self.place(path))
        return None if self.folders.file(real) is None else next(self.folders.contents([real]))

    def texts(self, places: Sequence[str]) -> Iterator[bytes]:
        """Give what each file held, in order, by the resolved paths."""
        return self.folders.contents(places)

    def place(self, path: str) -> str:
        """Return the absolute path of a path below the top folder."""
        return f"{self.folders.top}/{path}"

    def name(self, path: str) -> str:
        """Name a file, by its path below the top folder, as ``git show`` takes it."""
        return f"{self.revision}:{path}"

    def path(self, place: str) -> str:
        """Return the path below the top folder of an absolute one within it."""
        return place[len(self.folders.top) + 1 :]

    def unread(self, path: str, message: str, hint: str = "") -> Diagnostic:
        """Return the warning that something cannot be read."""
        return self.warning(Diagnostic(code=BASE, message=message, hint=hint, position=Position(self.name(path), 1, 1)))

    def warning(self, problem: Diagnostic) -> Diagnostic:
        """Return what is wrong with a file of the commit as a warning: it never keeps anything from being planned."""
        message = f"In the base, {problem.message[:1].lower()}{problem.message[1:]}"
        return replace(problem, code=BASE, severity=Severity.WARNING, message=message, quotable=False)
