"""Find the manifest files that the command line or the project's globs name.

Paths are texts: for thousands of files, creating path objects would take as long as reading the files.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from trueup.errors import Diagnostic, Severity, UsageError
from trueup.kinds.registry import KINDS
from trueup.manifest.file_names import PROJECT_FILE, display
from trueup.manifest.folders import DISK, FolderNode, Folders, Hit, Walk
from trueup.manifest.globs import Globs
from trueup.manifest.project import DEFAULT_GLOBS, Project
from trueup.manifest.symlinks import Boundary, boundary_of, is_below, leads_out
from trueup.model.position import Position, Step
from trueup.regular_file import read_regular

STANDARD_INPUT: Final = "-"
FIRST: Final = (
    "Write a manifest, or run trueup import to write manifests of live resources. trueup init writes examples to copy."
)
"""Hint for a project or a folder without manifests."""
IN_FOLDER: Final = Globs(("**/*.yaml", "**/*.yml"))
"""The files that are read from a folder on the command line."""


_ENDINGS: Final = {"yaml": "yml", "yml": "yaml"}
"""Ending of YAML files to the other one."""
_MARK: Final = b"trueup/v"
_MARK_BYTES: Final = 4096
_OTHERS_AT_MOST: Final = 200
"""Files with another ending that are opened, to see whether they are manifests."""
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its name in messages, and its resolved path; None for standard input."""

    name: str
    path: str | None


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The files found, each once and in a stable order, and the problems of the search."""

    sources: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]


def find_sources(project: Project, paths: Sequence[str], *, cwd: Path, folders: Folders = DISK) -> FoundFiles:
    """Return the files that ``paths`` name or, without paths, those that the project's globs match.

    A path is a file, a folder, or ``-`` for standard input. In folders and globs, hidden files and folders, project
    files and the sandbox's seed are skipped. Symlinks are followed as long as they do not lead out of the repository.
    Raises UsageError when there are neither paths nor a project file.
    """
    search = _Search(project, cwd, folders)
    if paths:
        for path in dict.fromkeys(paths):
            search.add_argument(path)
    elif project.file is None:
        raise UsageError(
            f"There is nothing to read: no PATH was given, and there is no {PROJECT_FILE} in this folder or above it. "
            "Start a project with trueup init, change to its folder, name its file with --project, or give a PATH."
        )
    else:
        search.add_globs()
    return FoundFiles(tuple(search.sources), tuple(search.diagnostics))


class Limits:
    """The boundaries of symlinks, in the project and in other places that the user names."""

    def __init__(self, project: Project, folders: Folders = DISK) -> None:
        self._folders = folders
        self._root = absolute(project.root)
        self._real_root = folders.real(self._root)
        self.home = boundary_of(project.root)
        self._in_project = project.file is not None or self.home.git_dir is not None

    def at(self, folder: str) -> Boundary:
        """Return the boundary of symlinks in the folder at a resolved path."""
        held = self.home.holds(folder)
        if held and self._in_project:
            return self.home
        # A named folder in another repository has its own boundary.
        own = boundary_of(folder)
        return self.home if held and own.git_dir is None else own

    def crossed(self, path: str) -> Boundary | None:
        """Return the boundary that a symlink on an absolute path crosses, None when none does.

        A place outside the project is allowed when the user names it.
        """
        real = self._folders.real(path)
        above = self._folders.real(os.path.dirname(path))  # noqa: PTH120 - texts, not path objects
        limit = self.at(above)
        for start, real_start in ((self._root, self._real_root), (self.home.top, self.home.top)):
            if is_below(path, start):
                # Only the part below the project is compared, so that symlinks above it do not count.
                linked = real != os.path.normpath(real_start + path[len(start) :])
                limit = limit if self.home.holds(above) else self.home
                return limit if linked and not self._held(real, limit) else None
        linked = real != os.path.join(above, os.path.basename(path))  # noqa: PTH118, PTH119 - as above
        known = limit is self.home or limit.git_dir is not None
        return limit if linked and known and not self._held(real, limit) else None

    def _held(self, real: str, limit: Boundary) -> bool:
        """Return whether a symlink stays within its boundary, or leads from a nested repository into the project's."""
        return limit.holds(real) or (self._in_project and self.home.holds(real))


class _Search:
    """A search in progress."""

    def __init__(self, project: Project, cwd: Path, folders: Folders) -> None:
        self.project = project
        self.cwd = cwd
        self.folders = folders
        self.limits = Limits(project, folders)
        self.sources: list[Source] = []
        self.diagnostics: list[Diagnostic] = []
        self._seen: set[str] = set()
        self._seed = "" if project.seed is None else folders.real(absolute(project.seed))

    def add_argument(self, argument: str) -> None:
        """Add the files of one path of the command line."""
        if argument == STANDARD_INPUT:
            self.sources.append(Source("<stdin>", None))
            return
        path = absolute(self.cwd / argument)
        name = display(Path(argument), self.cwd)
        # The check needs the path as given: a resolved path has no symlinks left.
        crossed = self.limits.crossed(path)
        if crossed is not None:
            self.diagnostics.append(leads_out(name, crossed))
            return
        real = self.folders.real(path)
        node = self.folders.node(real)
        if node is FolderNode.FOLDER:
            self._add_folder(real, name)
        elif node is not None:
            self._add([(real, name)])
        else:
            hint = "" if argument.startswith("/") else f"The path is relative to {self.cwd}."
            self._report("file-not-found", "There is no such file or folder.", name, hint)

    def _add_folder(self, real: str, name: str) -> None:
        walk = Walk(self.folders, IN_FOLDER, self.limits.at(real)).run(real)
        # The order of a directory listing depends on the file system.
        hits = sorted(self._manifests(walk), key=lambda found: _own_files_first(found[1].name))
        self._add((path, _below(name, hit.name)) for path, hit in hits)
        reported = self._report_unread(walk, name)
        if not hits and not reported:
            self._report("no-manifests", "The folder has no .yaml or .yml files with manifests.", name, FIRST)

    def add_globs(self) -> None:
        """Add the files that the project's globs match."""
        root = self.folders.real(absolute(self.project.root))
        name = display(self.project.root, self.cwd)
        patterns = self.project.manifests
        globs = Globs((*patterns, *map(_other_ending, patterns)))
        walk = Walk(self.folders, globs, self.limits.home, counted=len(patterns)).run(root)
        hits = sorted(self._manifests(walk), key=lambda found: found[1].name)
        unmatched = []
        for index, pattern in enumerate(self.project.manifests):
            matches = [(path, _below(name, hit.name)) for path, hit in hits if index in hit.globs]
            self._add(matches)
            # Not all of these need match: few projects use both endings, or have resources of all kinds.
            if not matches and self.project.globs_given and pattern not in _usual_globs():
                text, hint = f"{pattern} matches no file.", self._folder_hint([pattern])
                unmatched.append(self._unmatched(text, Severity.WARNING, hint, index))
        reported = self._report_unread(walk, name)
        self._warn_of_endings([(path, hit) for path, hit in hits if min(hit.globs) >= len(patterns)], name)
        if self.sources:
            self.diagnostics.extend(unmatched)
        elif not reported:
            text, hint = "There are no manifests: no glob matches a file.", self._folder_hint(patterns) or FIRST
            self.diagnostics.append(self._unmatched(text, Severity.ERROR, hint))

    def _folder_hint(self, patterns: Iterable[str]) -> str:
        """Return what to write instead of the first glob that only names a folder, empty without one."""
        for pattern in patterns:
            if self.folders.node(self.folders.real(absolute(self.project.root / pattern))) is FolderNode.FOLDER:
                return f"{pattern} is a folder. For the files below it, write {PurePosixPath(pattern) / '**/*.yaml'}."
        return ""

    def _warn_of_endings(self, others: Sequence[tuple[str, Hit]], folder: str) -> None:
        """Warn of manifests that no glob matches only because they end in .yml and not in .yaml, or the reverse."""
        # In another commit they are as unread as here, and were reported when it was made.
        found = [hit for path, hit in others[:_OTHERS_AT_MOST] if _is_manifest(path)] if self.folders is DISK else []
        if not found:
            return
        assert self.project.positions is not None  # a project with globs of its own has them
        number = len(self.project.manifests)
        globs = dict.fromkeys(_other_ending(self.project.manifests[min(hit.globs) - number]) for hit in found)
        names = ", ".join(_below(folder, hit.name) for hit in found[:_NAMED])
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        files = "1 manifest is" if len(found) == 1 else f"{len(found)} manifests are"
        self.diagnostics.append(
            Diagnostic(
                code="file-without-glob",
                severity=Severity.WARNING,
                message=f"{files} not read, because no glob has the ending: {names}{more}.",
                position=self.project.positions.at(("manifests",)),
                path="manifests",
                hint=f"Rename the files, or add to manifests: {', '.join(globs)}.",
            )
        )

    def _manifests(self, walk: Walk) -> Iterable[tuple[str, Hit]]:
        """Yield the files that a walk found, with their hits, except the sandbox's seed."""
        return (found for found in walk.hits.items() if found[0] != self._seed)

    def _report_unread(self, walk: Walk, name: str) -> bool:
        """Report what a walk could not read; return whether there was anything."""
        for link in sorted(walk.out.values()):
            self.diagnostics.append(leads_out(_below(name, link), walk.boundary))
        for folder, reason in sorted(walk.unread.items()):
            self._report("unreadable-file", f"The folder cannot be read: {reason}.", _below(name, folder) or name)
        return bool(walk.out or walk.unread)

    def _add(self, files: Iterable[tuple[str, str]]) -> None:
        """Add files by their resolved paths and names."""
        for path, name in files:
            if path not in self._seen:
                self._seen.add(path)
                self.sources.append(Source(name, path))

    def _report(self, code: str, message: str, name: str, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic(code=code, message=message, position=Position(name, 1, 1), hint=hint))

    def _unmatched(self, message: str, severity: Severity, hint: str, *index: Step) -> Diagnostic:
        code = "no-manifests" if severity is Severity.ERROR else "glob-without-match"
        assert self.project.positions is not None  # a project with a file has them
        position = self.project.positions.at(("manifests", *index))
        return Diagnostic(code=code, message=message, position=position, severity=severity, hint=hint)


def _other_ending(pattern: str) -> str:
    """Return a glob with the other ending of YAML files, or the same glob where it has none."""
    start, dot, ending = pattern.rpartition(".")
    return f"{start}{dot}{_ENDINGS[ending]}" if ending in _ENDINGS else pattern


@cache
def _usual_globs() -> frozenset[str]:
    """Return the globs that the documentation shows and that ``import`` and ``init`` rely on."""
    return frozenset(f"{spec.plural}/**/*.{ending}" for spec in KINDS.values() for ending in _ENDINGS).union(
        DEFAULT_GLOBS
    )


def _is_manifest(path: str) -> bool:
    """Return whether a file looks like a manifest of trueup; others may have any ending."""
    try:
        return _MARK in read_regular(path, _MARK_BYTES)
    except OSError:
        return False


def _below(folder: str, name: str) -> str:
    """Return a name in messages; ``name`` is relative to a folder whose name in messages is ``folder``."""
    return name if folder in ("", ".") else f"{folder.rstrip('/')}/{name}".removesuffix("/")


def _own_files_first(name: str) -> tuple[tuple[bool, str], ...]:
    """Return a sort key: a folder's own files come before those of its subfolders, and both are sorted by name."""
    *above, last = name.split("/")
    return (*((True, folder) for folder in above), (False, last))


def absolute(path: Path) -> str:
    """Return an absolute path without ``..``. Symlinks are not resolved, so that users recognise the path."""
    return os.path.normpath(path.absolute())
