"""The boundary of symlinks: they must stay in the same repository or, without git, in the same folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from trueup.errors import Diagnostic
from trueup.git.work_tree import ENTRY, find_work_tree
from trueup.model.position import Position


@dataclass(frozen=True, slots=True)
class Boundary:
    """A folder that symlinks must not leave, as a resolved path.

    ``git_dir`` is the folder of git's own files, None without git. It counts as outside.
    """

    top: str
    git_dir: str | None

    @property
    def whole(self) -> str:
        """Return what the folder is called in messages."""
        return "the project's folder" if self.git_dir is None else "the repository"

    def holds(self, real: str) -> bool:
        """Return whether a resolved path is within."""
        if not is_below(real, self.top) or (self.git_dir is not None and is_below(real, self.git_dir)):
            return False
        # Lower case, because some file systems ignore case: .GIT there is git's own folder too.
        return ENTRY not in real[len(self.top) :].lower().split("/")


def boundary_of(folder: str | Path) -> Boundary:
    """Return the boundary of symlinks in a folder: its work tree without git's own files, else the folder itself."""
    found = find_work_tree(Path(folder))
    if found is None:
        return Boundary(os.path.realpath(folder), None)
    return Boundary(str(found.top), str(found.git_dir))


def resolve_within(path: str | Path) -> str:
    """Return a path with its symlinks resolved. What does not exist is resolved as far as possible.

    The result is empty, which is outside every boundary, for a symlink that the system does not let us follow, such as
    one of another process below ``/proc``, and for a path with a null character, which no file can have.
    """
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return ""


def is_below(path: str, folder: str) -> bool:
    """Return whether an absolute path is ``folder`` or below it."""
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")


def leads_out(name: str, boundary: Boundary) -> Diagnostic:
    """Return the error about a symlink that leads out. Its file is not quoted, because its content is foreign."""
    return Diagnostic(
        code="link-leads-out",
        message=f"A symbolic link leads out of {boundary.whole}, so this is not read.",
        hint="Replace the link with the file or folder itself.",
        position=Position(name, 1, 1),
        quotable=False,
    )
