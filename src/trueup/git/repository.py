"""Find the repository that a folder belongs to: a work tree, a linked work tree or a submodule."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from trueup.errors import GitFailed, UsageError
from trueup.git.command import Git, open_git

_FACTS: Final = ("--is-inside-work-tree", "--is-shallow-repository", "--show-cdup", "--show-prefix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Hold a work tree. ``git`` runs in its topmost folder.

    ``folder`` is the one that was asked about and ``prefix`` its path below the topmost one, as git knows it: bytes,
    empty or with a slash at the end. ``shallow``: old commits are not there.
    """

    git: Git
    folder: Path
    prefix: bytes
    shallow: bool

    def path_of(self, path: str) -> bytes | None:
        """Return how git knows an absolute path, or one relative to ``folder``; None for what lies outside."""
        below = os.path.relpath(self.folder / path, self.folder)
        if below.startswith(os.pardir):
            # Another way to the same place, through a symbolic link, must not look like a place outside.
            place = self.folder / path
            below = os.path.relpath(place.parent.resolve() / place.name, self.folder.resolve())
        if Path(below).parts.count(os.pardir) > self.prefix.count(b"/"):
            return None
        return os.path.normpath(self.prefix + os.fsencode(below))


def find_repository(folder: Path, environ: Mapping[str, str] = os.environ) -> Repository:
    """Return the repository in whose work tree ``folder`` lies.

    Raises UsageError when there is none, GitFailed when git is not installed or refuses the repository.
    """
    git = _placed(open_git(folder, environ))
    try:
        # The last answer is the only one that can hold any character, line ends included.
        inside, shallow, up, prefix = git.run("rev-parse", *_FACTS).split(b"\n", 3)
    except GitFailed as error:
        raise _why(folder, environ, error) from None
    except ValueError:
        # Without a work tree, git does not tell where in it the folder is.
        inside, shallow, up, prefix = b"false", b"false", b"", b"\n"
    if inside != b"true":
        raise UsageError(f"{folder} is in a git repository, but not in a work tree. Run this in one of its work trees.")
    return Repository(
        git=replace(git, folder=folder / os.fsdecode(up)),
        folder=folder,
        prefix=prefix.removesuffix(b"\n"),
        shallow=shallow == b"true",
    )


def _placed(git: Git) -> Git:
    """Make a repository that GIT_DIR names independent of the folder in which git runs.

    Hooks are started with paths relative to the topmost folder, which git then takes for the work tree.
    """
    given = git.environment.get("GIT_DIR")
    if given is None:
        return git
    work_tree = git.environment.get("GIT_WORK_TREE")
    if work_tree is None:
        work_tree = os.fsdecode(replace(git, folder=Path.cwd()).run("rev-parse", "--show-toplevel").removesuffix(b"\n"))
    absolute = {"GIT_DIR": str(Path(given).absolute()), "GIT_WORK_TREE": str(Path(work_tree).absolute())}
    return replace(git, environment={**git.environment, **absolute})


def _why(folder: Path, environ: Mapping[str, str], error: GitFailed) -> GitFailed | UsageError:
    found = next((above for above in (folder, *folder.absolute().parents) if (above / ".git").exists()), None)
    if found is None and "GIT_DIR" not in environ:
        return UsageError(f"{folder} is not in a git repository. Comparing with another commit needs one.")
    if found is not None and found.stat().st_uid != os.geteuid():
        hint = f"To trust it, run: git config --global --add safe.directory {found.resolve()}"
        return GitFailed(f"{error} The folder belongs to another user. {hint}")
    return error
