"""Say where links may lead: to what belongs to the same repository or, without git, to the same folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from trueup.errors import Diagnostic
from trueup.git.work_tree import ENTRY, find_work_tree
from trueup.model.position import Position


@dataclass(frozen=True, slots=True)
class Boundary:
    """A folder within which links may lead, as a resolved path.

    ``git_dir`` is the folder of its repository, None without git. What git keeps for itself is not within.
    """

    top: str
    git_dir: str | None

    @property
    def whole(self) -> str:
        """Return what the folder is, in words."""
        return "the project's folder" if self.git_dir is None else "the repository"

    def holds(self, real: str) -> bool:
        """Return whether a resolved path is within."""
        if not is_below(real, self.top) or (self.git_dir is not None and is_below(real, self.git_dir)):
            return False
        return ENTRY not in real[len(self.top) :].lower().split("/")


def boundary_of(folder: str | Path) -> Boundary:
    """Return the boundary for links in a folder: its work tree without git's own files, else the folder itself."""
    found = find_work_tree(Path(folder))
    if found is None:
        return Boundary(os.path.realpath(folder), None)
    return Boundary(str(found.top), str(found.git_dir))


def resolve_within(path: str | Path) -> str:
    """Return a path with its links resolved; of what does not exist, how far it leads.

    An empty text, which is within no boundary, means a link that the system does not let us follow, such as those
    of another process below ``/proc``.
    """
    try:
        return os.path.realpath(path)
    except OSError:
        return ""


def is_below(path: str, folder: str) -> bool:
    """Return whether an absolute path is that of a folder, or of something in it."""
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")


def leads_out(name: str, boundary: Boundary) -> Diagnostic:
    """Return what to say of a link that leads out. The place in the file is not quoted: it is another's content."""
    return Diagnostic(
        code="link-leads-out",
        message=f"A symbolic link leads out of {boundary.whole}, so this is not read.",
        hint="Put the file or folder itself in the place of the link.",
        position=Position(name, 1, 1),
        quotable=False,
    )
