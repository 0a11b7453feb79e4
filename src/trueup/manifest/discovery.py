"""Find the files that hold manifests.

Files are plain texts here: with thousands of them, path objects would cost as much as reading.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trueup.errors import Diagnostic, Severity, UsageError
from trueup.manifest.file_names import PROJECT_FILE, display
from trueup.manifest.folders import DISK, FolderNode, Folders, Hit, Walk
from trueup.manifest.globs import Globs
from trueup.manifest.project import Project
from trueup.manifest.symlinks import Boundary, boundary_of, is_below, leads_out
from trueup.model.position import Position, Step

STANDARD_INPUT: Final = "-"
FIRST: Final = "Write a first manifest, or let trueup import write those of what is live. trueup demo shows some."
"""What to do where there is no manifest."""
IN_FOLDER: Final = Globs(("**/*.yaml", "**/*.yml"))
"""What is read of a folder that is named."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its name for people, and its resolved path; None for standard input."""

    name: str
    path: str | None


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """Hold the files that were found, in a stable order and each once, and what went wrong."""

    sources: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]


def find_sources(project: Project, paths: Sequence[str], *, cwd: Path, folders: Folders = DISK) -> FoundFiles:
    """Find what ``paths`` name, or, without any, what the project's globs match.

    In folders and globs, hidden files and folders, project files and the sandbox's seed are passed over. Links are
    followed as long as they do not lead out of the repository. Raises UsageError when there are neither paths nor a
    project file.
    """
    search = _Search(project, cwd, folders)
    if paths:
        for path in dict.fromkeys(paths):
            search.add_argument(path)
    elif project.file is None:
        raise UsageError(
            f"There is nothing to read: no PATH was given, and no {PROJECT_FILE} is here or above. Give a PATH, go to "
            "the folder of a project, or name its file with --project."
        )
    else:
        search.add_globs()
    return FoundFiles(tuple(search.sources), tuple(search.diagnostics))


class Limits:
    """How far links may lead, in the project and in other places that the user names."""

    def __init__(self, project: Project, folders: Folders = DISK) -> None:
        self._folders = folders
        self._root = absolute(project.root)
        self._real_root = folders.real(self._root)
        self.home = boundary_of(project.root)
        self._in_project = project.file is not None or self.home.git_dir is not None

    def at(self, folder: str) -> Boundary:
        """Return the boundary for links in the folder at a resolved path."""
        held = self.home.holds(folder)
        if held and self._in_project:
            return self.home
        own = boundary_of(folder)
        return self.home if held and own.git_dir is None else own

    def crossed(self, path: str) -> Boundary | None:
        """Return the boundary that a link on the way to an absolute path leads out of, None when none does.

        Places outside of the project that the user names are as good as any other.
        """
        real = self._folders.real(path)
        above = self._folders.real(os.path.dirname(path))  # noqa: PTH120 - texts, not path objects
        limit = self.at(above)
        for start, real_start in ((self._root, self._real_root), (self.home.top, self.home.top)):
            if is_below(path, start):
                linked = real != os.path.normpath(real_start + path[len(start) :])
                limit = limit if self.home.holds(above) else self.home
                return limit if linked and not self._held(real, limit) else None
        linked = real != os.path.join(above, os.path.basename(path))  # noqa: PTH118, PTH119 - as above
        known = limit is self.home or limit.git_dir is not None
        return limit if linked and known and not self._held(real, limit) else None

    def _held(self, real: str, limit: Boundary) -> bool:
        """Return whether a link leads within its boundary, or from a repository in the project's to that one."""
        return limit.holds(real) or (self._in_project and self.home.holds(real))


class _Search:
    """Gather sources."""

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
        """Add what one path of the command line names."""
        if argument == STANDARD_INPUT:
            self.sources.append(Source("<stdin>", None))
            return
        path = absolute(self.cwd / argument)
        name = display(Path(argument), self.cwd)
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
            hint = "" if argument.startswith("/") else f"It is looked for in {self.cwd}."
            self._report("file-not-found", "There is no such file or folder.", name, hint)

    def _add_folder(self, real: str, name: str) -> None:
        walk = Walk(self.folders, IN_FOLDER, self.limits.at(real)).run(real)
        hits = sorted(self._meant(walk), key=lambda found: _own_files_first(found[1].name))
        self._add((path, _below(name, hit.name)) for path, hit in hits)
        told = self._told(walk, name)
        if not hits and not told:
            self._report("no-manifests", "The folder holds no .yaml or .yml files with manifests.", name, FIRST)

    def add_globs(self) -> None:
        """Add what the project's globs match."""
        root = self.folders.real(absolute(self.project.root))
        name = display(self.project.root, self.cwd)
        globs = Globs(self.project.manifests)
        walk = Walk(self.folders, globs, self.limits.home).run(root)
        hits = sorted(self._meant(walk), key=lambda found: found[1].name)
        unmatched = []
        for index, pattern in enumerate(self.project.manifests):
            matches = [(path, _below(name, hit.name)) for path, hit in hits if index in hit.globs]
            self._add(matches)
            if not matches and self.project.globs_given:
                unmatched.append(self._unmatched(f"{pattern} matches no file.", Severity.WARNING, index))
        told = self._told(walk, name)
        if self.sources:
            self.diagnostics.extend(unmatched)
        elif not told:
            self.diagnostics.append(self._unmatched("There are no manifests: no glob matches a file.", Severity.ERROR))

    def _meant(self, walk: Walk) -> Iterable[tuple[str, Hit]]:
        """Give the files that were found and not named themselves; the sandbox's seed is none."""
        return (found for found in walk.hits.items() if found[0] != self._seed)

    def _told(self, walk: Walk, name: str) -> bool:
        """Report what a walk did not read; return whether there was anything."""
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

    def _unmatched(self, message: str, severity: Severity, *index: Step) -> Diagnostic:
        code = "no-manifests" if severity is Severity.ERROR else "glob-without-match"
        assert self.project.positions is not None  # a project with a file has them
        position = self.project.positions.at(("manifests", *index))
        hint = FIRST if severity is Severity.ERROR else ""
        return Diagnostic(code=code, message=message, position=position, severity=severity, hint=hint, quotable=False)


def _below(folder: str, name: str) -> str:
    """Return how people know what is called ``name`` below a folder that they know as ``folder``."""
    return name if folder in ("", ".") else f"{folder.rstrip('/')}/{name}".removesuffix("/")


def _own_files_first(name: str) -> tuple[tuple[bool, str], ...]:
    """Return what sorts a folder's own files before those of the folders in it, and both by name."""
    *above, last = name.split("/")
    return (*((True, folder) for folder in above), (False, last))


def absolute(path: Path) -> str:
    """Return an absolute path without ``..``, with symbolic links left as they are, so that people know it."""
    return os.path.normpath(path.absolute())
