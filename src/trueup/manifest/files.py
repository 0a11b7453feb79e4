"""Find the files that hold manifests.

Files are plain texts here: with thousands of them, path objects would cost as much as reading.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Final

from trueup.errors import Diagnostic, Severity, UsageError
from trueup.manifest.names import PROJECT_FILE, display
from trueup.manifest.project import Project
from trueup.model.position import Position, Step

STANDARD_INPUT: Final = "-"
SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """Name one file: as people see it, and where it is; None stands for standard input."""

    name: str
    path: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """Hold the files that were found, in a stable order and each once, and what went wrong."""

    sources: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]


def find_sources(project: Project, paths: Sequence[str], *, cwd: Path) -> Found:
    """Find what ``paths`` name, or, without any, what the project's globs match.

    In folders and globs, hidden files and folders, project files and the sandbox's seed are passed over. Raises
    UsageError when there are neither paths nor a project file.
    """
    search = _Search(project, cwd)
    if paths:
        for path in dict.fromkeys(paths):
            search.add_argument(path)
    elif project.file is None:
        raise UsageError(f"There is nothing to read: no PATH was given, and no {PROJECT_FILE} is here or above.")
    else:
        search.add_globs()
    return Found(tuple(search.sources), tuple(search.diagnostics))


class _Search:
    """Gather sources."""

    def __init__(self, project: Project, cwd: Path) -> None:
        self.project = project
        self.cwd = cwd
        self.sources: list[Source] = []
        self.diagnostics: list[Diagnostic] = []
        self._seen: set[str] = set()
        self._seed = "" if project.seed is None else _absolute(project.seed)

    def add_argument(self, argument: str) -> None:
        """Add what one path of the command line names."""
        if argument == STANDARD_INPUT:
            self.sources.append(Source("<stdin>", None))
            return
        path = Path(_absolute(self.cwd / argument))
        name = display(Path(argument), self.cwd)
        if path.is_dir():
            files = list(self._walk(str(path)))
            self._add(str(path), files, name)
            if not files:
                self._report("no-manifests", "The folder holds no .yaml or .yml files with manifests.", name)
        elif path.exists():
            self._add(str(path.parent), [path.name], str(Path(name).parent))
        else:
            self._report("file-not-found", "There is no such file or folder.", name)

    def add_globs(self) -> None:
        """Add what the project's globs match."""
        from glob import glob  # noqa: PLC0415 - files that are named need no pattern

        root = _absolute(self.project.root)
        name = display(self.project.root, self.cwd)
        unmatched = []
        for index, pattern in enumerate(self.project.manifests):
            matches = glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207 - texts, not path objects
            files = sorted(file for file in matches if self._wanted(root, file) and _is_file(f"{root}/{file}"))
            self._add(root, files, name)
            if not files and self.project.globs_given:
                unmatched.append(self._unmatched(f"{pattern} matches no file.", Severity.WARNING, index))
        if self.sources:
            self.diagnostics.extend(unmatched)
        else:
            self.diagnostics.append(self._unmatched("There are no manifests: no glob matches a file.", Severity.ERROR))

    def _walk(self, folder: str, below: str = "") -> Iterator[str]:
        """Give the manifest files below a folder, as paths relative to it: a folder's own files first."""
        try:
            entries = sorted(os.scandir(f"{folder}/{below}"), key=lambda entry: entry.name)
        except OSError as error:
            name = display(Path(folder, below), self.cwd)
            self._report("unreadable-file", f"The folder cannot be read: {error.strerror}.", name)
            return
        shown = [entry for entry in entries if not entry.name.startswith(".")]
        for entry in shown:
            if (
                entry.name.endswith(SUFFIXES)
                and (entry.is_file() or _is_file(entry.path))
                and self._wanted(folder, below + entry.name)
            ):
                yield below + entry.name
        for entry in shown:
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(folder, f"{below}{entry.name}/")

    def _wanted(self, folder: str, file: str) -> bool:
        """Return whether a file that was not named itself is to be read."""
        # ``a/**`` finds a file ``a`` too, as ``a/``.
        return file.rpartition("/")[2] not in ("", PROJECT_FILE) and f"{folder}/{file}" != self._seed

    def _add(self, folder: str, files: Iterable[str], name: str) -> None:
        """Add files of a folder that people know by ``name``."""
        prefix = "" if name in ("", ".") else f"{name.rstrip('/')}/"
        for file in files:
            path = f"{folder}/{file}"
            if path not in self._seen:
                self._seen.add(path)
                self.sources.append(Source(prefix + file, path))

    def _report(self, code: str, message: str, name: str) -> None:
        self.diagnostics.append(Diagnostic(code=code, message=message, position=Position(name, 1, 1)))

    def _unmatched(self, message: str, severity: Severity, *index: Step) -> Diagnostic:
        code = "no-manifests" if severity is Severity.ERROR else "glob-without-match"
        assert self.project.positions is not None  # a project with a file has them
        position = self.project.positions.at(("manifests", *index))
        return Diagnostic(code=code, message=message, position=position, severity=severity, quotable=False)


def _is_file(path: str) -> bool:
    """Return whether it makes sense to read this; a link that leads nowhere is read, so that it is reported."""
    try:
        return S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 - texts, not path objects
    except OSError:
        return True


def _absolute(path: Path) -> str:
    """Return an absolute path without ``..``, with symbolic links left as they are, so that people know it."""
    return os.path.normpath(path.absolute())
