"""One commit, and access to its files."""

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
"""The code of every diagnostic about the manifests of another commit."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit; ``revision`` is how the user named it. It can be read while ``repository`` is open."""

    repository: Repository
    objects: Objects
    submodules: Submodules
    revision: str
    id: str

    @cached_property
    def folders(self) -> CommitFolders:
        """Return the folders of the commit."""
        top = str(self.repository.git.folder)
        return CommitFolders(top, tree(self.repository, self.id), self.objects, self.submodules)

    def text(self, path: str) -> bytes | None:
        """Return the content of a file by its path below the top folder; None when the commit does not have it.

        The commit itself is read, because "no difference from the work tree" is also true of untracked files.
        """
        found = read_one(self.repository, self.id, os.fsencode(path))
        # One entry is read first: listing the whole commit, which symlinks need, is slow for a large repository.
        if found is not None and found.node is TreeNode.FILE:
            return next(self.objects.contents([found.id]))
        real = self.folders.real(self.place(path))
        return None if self.folders.file(real) is None else next(self.folders.contents([real]))

    def texts(self, places: Sequence[str]) -> Iterator[bytes]:
        """Yield the content of each file, in order; ``places`` are resolved paths."""
        return self.folders.contents(places)

    def place(self, path: str) -> str:
        """Return the absolute path of a path below the top folder."""
        return f"{self.folders.top}/{path}"

    def name(self, path: str) -> str:
        """Return the name of a file, by its path below the top folder, as ``git show`` accepts it."""
        return f"{self.revision}:{path}"

    def path(self, place: str) -> str:
        """Return an absolute path inside the top folder as a path relative to it."""
        return place[len(self.folders.top) + 1 :]

    def unread(self, path: str, message: str, hint: str = "") -> Diagnostic:
        """Return the warning that something cannot be read."""
        return self.warning(Diagnostic(code=BASE, message=message, hint=hint, position=Position(self.name(path), 1, 1)))

    def warning(self, problem: Diagnostic) -> Diagnostic:
        """Return a problem in a file of the commit as a warning, since it never prevents a plan."""
        message = f"In the base, {problem.message[:1].lower()}{problem.message[1:]}"
        return replace(problem, code=BASE, severity=Severity.WARNING, message=message, quotable=False)
