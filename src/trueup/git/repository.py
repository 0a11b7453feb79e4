"""Open the repository that a folder belongs to: a work tree, a linked work tree or a submodule."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from trueup.errors import GitFailed, UsageError
from trueup.git.commands import NOT_INSTALLED, Git, Settings, clean, find_git, open_view, read_settings
from trueup.git.trust import check_owner
from trueup.git.work_tree import WorkTree, find_work_tree

_VARIABLE: Final = (
    " GIT_DIR is set, but does not count: only an entry .git in the folder or above it leads to a repository. If the "
    "repository lies elsewhere, write a file .git with the line `gitdir: PATH` into the top folder."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A work tree. ``git`` runs in its topmost folder; ``tree`` says where that and the repository are.

    ``folder`` is the one that was asked about and ``prefix`` its path below the topmost one, as git knows it: bytes,
    empty or with a slash at the end. ``shallow``: old commits are not there. ``partial``: nor are some objects.
    ``submodule``: commits of another repository choose this one and its commit.
    """

    git: Git
    tree: WorkTree
    folder: Path
    prefix: bytes
    shallow: bool
    partial: bool
    submodule: bool = False

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

    def name_of(self, file: Path) -> bytes | None:
        """Return the name by which an absolute path leads through the work tree; None for what lies outside.

        Links of the work tree are not resolved: what a commit has under a name does not change when a folder on the
        way becomes a link to another one.
        """
        top = os.path.realpath(self.git.folder)
        for above in reversed(file.parents):
            if os.path.realpath(above) == top:
                return os.path.normpath(os.fsencode(file.relative_to(above)))
        return self.path_of(str(file))


@contextmanager
def open_repository(folder: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Repository]:
    """Give the repository in whose work tree ``folder`` lies.

    Raises UsageError when there is none, GitFailed when git is not installed, and when the repository belongs to
    another user whom this user does not trust or cannot be read.
    """
    program = find_git(environ)
    if program is None:
        raise GitFailed(NOT_INSTALLED)
    found = find_work_tree(folder)
    if found is None:
        variable = _VARIABLE if "GIT_DIR" in environ else ""
        raise UsageError(f"{folder} is not in a git repository. A base needs one: run this in a clone.{variable}")
    shared, submodule = _shared(found)
    check_owner(found, environ)
    settings = read_settings(program, shared, environ)
    if shared == found.git_dir and settings.get("core.bare", ("",))[-1].lower() in {"true", "yes", "on", "1"}:
        raise UsageError(f"{folder} is in a git repository, but not in a work tree. Run this in one of its work trees.")
    below = os.fsencode(os.path.relpath(os.path.realpath(folder), found.top))
    prefix = b"" if below == b"." else below + b"/"
    with open_view(shared, settings) as view:
        made = _repository(found, view, settings, program=program, folder=folder, prefix=prefix, environ=environ)
        yield replace(made, submodule=submodule)


@contextmanager
def open_kept(outer: Repository, git_dir: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Repository]:
    """Give a repository that git keeps for a submodule of ``outer``; see :meth:`WorkTree.kept`.

    Only its objects are of use: a work tree of its own it need not have. Raises GitFailed as :func:`open_repository`
    does.
    """
    kept = WorkTree(outer.tree.top, git_dir)
    check_owner(kept, environ)
    settings = read_settings(outer.git.program, git_dir, environ)
    with open_view(git_dir, settings) as view:
        yield _repository(kept, view, settings, program=outer.git.program, folder=kept.top, prefix=b"", environ=environ)


def _repository(  # noqa: PLR0913 - one keyword a part of it
    tree: WorkTree,
    view: Path,
    settings: Settings,
    *,
    program: str,
    folder: Path,
    prefix: bytes,
    environ: Mapping[str, str],
) -> Repository:
    environment = clean(environ, GIT_COMMON_DIR=str(view))
    return Repository(
        git=Git(program=program, git_dir=tree.git_dir, folder=tree.top, environment=environment),
        tree=tree,
        folder=folder,
        prefix=prefix,
        shallow=os.path.lexists(view / "shallow"),
        partial="extensions.partialclone" in settings
        or any(key.startswith("remote.") and key.endswith(".promisor") for key in settings),
    )


def _shared(found: WorkTree) -> tuple[Path, bool]:
    """Return the folder that holds the repository, and whether it is a submodule's.

    Raises GitFailed when none is there.
    """
    try:
        shared, submodule = found.shared, found.is_submodule
    except OSError as error:
        raise GitFailed(f"{found.git_dir} cannot be read: {error.strerror}.") from None
    if not (shared / "objects").is_dir():
        raise GitFailed(f"The .git of {found.top} leads to {shared}, which is no git repository.")
    return shared, submodule


_ENDS: Final = re.compile(r"[~^:]|@\{")
"""Where the name ends and steps from its commit begin, as in ``main~2`` and ``main@{1}``."""

_CERTAIN: Final = re.compile(r"@?|HEAD|[0-9a-f]{40}|[0-9a-f]{64}")
"""Names that no reference can take over."""

_SHORT_ID: Final = re.compile(r"(?:.*-g)?([0-9a-f]{4,63})", re.DOTALL)

_REFERENCES: Final = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
"""The references that a name can mean, in git's order."""


def name_of(revision: str) -> str:
    """Return the name that a revision starts with, empty for one that has a single meaning in any repository."""
    name = _ENDS.split(revision, maxsplit=1)[0]
    return "" if _CERTAIN.fullmatch(name) else name


def references(name: str) -> Sequence[str]:
    """Return the whole names of the references that a name can mean."""
    return [form.format(name) for form in _REFERENCES]


def short_id(name: str) -> str:
    """Return the start of an id that a name can mean, as ``1a2b3c4`` and ``v1-2-g1a2b3c4`` do; else an empty text."""
    found = _SHORT_ID.fullmatch(name)
    return found[1] if found else ""
