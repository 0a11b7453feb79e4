"""Open the repository that a folder belongs to (a work tree, a linked work tree or a submodule); parse revisions."""

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
    " GIT_DIR is set, but it is ignored: a repository is found only by an entry .git in the folder or above it. If the "
    "repository is elsewhere, create a file .git with the line `gitdir: PATH` in the top folder."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A work tree and its repository. ``git`` runs in the top folder; ``tree`` has the two locations.

    ``folder`` is the one that was opened and ``prefix`` its path below the top folder, as git writes it: bytes, empty
    or with a slash at the end. ``shallow``: old commits are missing. ``partial``: some objects are missing.
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
        """Return a path, absolute or relative to ``folder``, as git writes it; None for one outside the work tree."""
        below = os.path.relpath(self.folder / path, self.folder)
        if below.startswith(os.pardir):
            # A path that leads here through a symlink must not look like one outside.
            absolute = self.folder / path
            below = os.path.relpath(absolute.parent.resolve() / absolute.name, self.folder.resolve())
        if Path(below).parts.count(os.pardir) > self.prefix.count(b"/"):
            return None
        return os.path.normpath(self.prefix + os.fsencode(below))

    def name_of(self, file: Path) -> bytes | None:
        """Return an absolute path as git writes it, without following symlinks; None for one outside the work tree.

        Symlinks inside the work tree are not resolved: what a commit has under a name does not change when a folder on
        that path becomes a symlink.
        """
        top = os.path.realpath(self.git.folder)
        # From the root down: the first folder that is the top folder is the one outside all symlinks of the work tree.
        for above in reversed(file.parents):
            if os.path.realpath(above) == top:
                return os.path.normpath(os.fsencode(file.relative_to(above)))
        return self.path_of(str(file))


@contextmanager
def open_repository(folder: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Repository]:
    """Yield the repository whose work tree contains ``folder``.

    Raises UsageError when there is none. Raises GitFailed when git is not installed, when the repository cannot be
    read, and when it belongs to another user and this user's configuration does not trust it.
    """
    program = find_git(environ)
    if program is None:
        raise GitFailed(NOT_INSTALLED)
    found = find_work_tree(folder)
    if found is None:
        variable = _VARIABLE if "GIT_DIR" in environ else ""
        raise UsageError(f"{folder} is not in a git repository. A base needs one: run this in a clone.{variable}")
    shared, submodule = _shared(found)
    # Before git reads any file of the repository: another user may have prepared them.
    check_owner(found, environ)
    settings = read_settings(program, shared, environ)
    # A linked work tree is a work tree even if its repository is bare.
    if shared == found.git_dir and settings.get("core.bare", ("",))[-1].lower() in {"true", "yes", "on", "1"}:
        raise UsageError(f"{folder} is in a git repository, but not in a work tree. Run this in one of its work trees.")
    below = os.fsencode(os.path.relpath(os.path.realpath(folder), found.top))
    prefix = b"" if below == b"." else below + b"/"
    with open_view(shared, settings) as view:
        opened = _repository(found, view, settings, program=program, folder=folder, prefix=prefix, environ=environ)
        yield replace(opened, submodule=submodule)


@contextmanager
def open_kept(outer: Repository, git_dir: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Repository]:
    """Yield a repository that git keeps for a submodule of ``outer``; see :meth:`WorkTree.kept`.

    Only its objects may be used, as it need not have a work tree. Raises GitFailed as :func:`open_repository` does.
    """
    kept = WorkTree(outer.tree.top, git_dir)
    check_owner(kept, environ)
    settings = read_settings(outer.git.program, git_dir, environ)
    with open_view(git_dir, settings) as view:
        yield _repository(kept, view, settings, program=outer.git.program, folder=kept.top, prefix=b"", environ=environ)


def _repository(  # noqa: PLR0913 - one keyword for each part of it
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
        # git itself takes a clone for shallow if this file exists.
        shallow=os.path.lexists(view / "shallow"),
        partial="extensions.partialclone" in settings
        or any(key.startswith("remote.") and key.endswith(".promisor") for key in settings),
    )


def _shared(found: WorkTree) -> tuple[Path, bool]:
    """Return the repository's shared folder, and whether the repository is a submodule's.

    Raises GitFailed when there is none.
    """
    try:
        shared, submodule = found.shared, found.is_submodule
    except OSError as error:
        raise GitFailed(f"{found.git_dir} cannot be read: {error.strerror}.") from None
    if not (shared / "objects").is_dir():
        raise GitFailed(f"The .git of {found.top} points to {shared}, which is not a git repository.")
    return shared, submodule


_ENDS: Final = re.compile(r"[~^:]|@\{")
"""The end of a revision's name and the start of its suffix, as in ``main~2`` and ``main@{1}``."""

_CERTAIN: Final = re.compile(r"@?|HEAD|[0-9a-f]{40}|[0-9a-f]{64}")
"""Names that git never resolves to a branch or tag of the same name."""

# git also accepts what ``git describe`` prints, and takes the hex digits after the last ``-g`` for the start of an id.
_SHORT_ID: Final = re.compile(r"(?:.*-g)?([0-9a-f]{4,63})", re.DOTALL)

_REFERENCES: Final = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
"""The references that a name can mean, in the order in which git tries them."""


def name_of(revision: str) -> str:
    """Return the name that a revision starts with; empty when it has the same meaning in every repository."""
    name = _ENDS.split(revision, maxsplit=1)[0]
    return "" if _CERTAIN.fullmatch(name) else name


def references(name: str) -> Sequence[str]:
    """Return the full names of the references that a name can mean."""
    return [form.format(name) for form in _REFERENCES]


def short_id(name: str) -> str:
    """Return the start of an id that a name can mean (``1a2b3c4``, ``v1-2-g1a2b3c4``); empty for other names."""
    found = _SHORT_ID.fullmatch(name)
    return found[1] if found else ""
