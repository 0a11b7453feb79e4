"""Find the files that hold manifests, and read their bytes."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trueup.errors import Diagnostic, Severity, UsageError
from trueup.manifest.names import PROJECT_FILE, display
from trueup.manifest.project import Project
from trueup.model.position import Position

STANDARD_INPUT: Final = "-"
_SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """Name one file: as people see it, and where it is; None stands for standard input."""

    name: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Found:
    """Hold the files that were found, in a stable order and each once, and what went wrong."""

    sources: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]


def find_sources(project: Project, paths: Sequence[str], *, cwd: Path) -> Found:
    """Find what ``paths`` name, or, without any, what the project's globs match.

    Raises UsageError when there are neither paths nor a project file.
    """
    search = _Search(project, cwd)
    if paths:
        for path in paths:
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
        self._skipped = {os.path.realpath(skip) for skip in (project.file, project.seed) if skip is not None}

    def add_argument(self, argument: str) -> None:
        """Add what one path of the command line names."""
        if argument == STANDARD_INPUT:
            self.sources.append(Source("<stdin>", None))
            return
        path = self.cwd / argument
        name = display(Path(argument), self.cwd)
        if path.is_dir():
            files = list(self._walk(path))
            if not files:
                self._report("no-manifests", "The folder holds no .yaml or .yml files with manifests.", name)
            for file in files:
                self._add(file, display(Path(argument) / file.relative_to(path), self.cwd))
        elif path.exists():
            self._add(path, name)
        else:
            self._report("file-not-found", "There is no such file or folder.", name)

    def add_globs(self) -> None:
        """Add what the project's globs match."""
        before = len(self.diagnostics)
        for index, pattern in enumerate(self.project.manifests):
            files = [file for file in sorted(self.project.root.glob(pattern)) if self._wanted(file)]
            if not files:
                self._report_glob("glob-without-match", f"{pattern} matches no file.", index, Severity.WARNING)
            for file in files:
                self._add(file, display(file, self.cwd))
        if not self.sources:
            del self.diagnostics[before:]
            self._report_glob("no-manifests", "No file matches any of the globs.", None, Severity.ERROR)

    def _walk(self, folder: Path) -> Iterator[Path]:
        for parent, folders, files in os.walk(folder, onerror=self._unreadable):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                file = Path(parent, name)
                if name.endswith(_SUFFIXES) and self._wanted(file):
                    yield file

    def _wanted(self, file: Path) -> bool:
        """Return whether a file that was not named itself is to be read."""
        if file.name == PROJECT_FILE or not file.is_file():
            return False
        below = file.relative_to(self.project.root) if file.is_relative_to(self.project.root) else Path(file.name)
        return not any(part.startswith(".") for part in below.parts) and os.path.realpath(file) not in self._skipped

    def _add(self, file: Path, name: str) -> None:
        real = os.path.realpath(file)
        if real not in self._seen:
            self._seen.add(real)
            self.sources.append(Source(name, file))

    def _unreadable(self, error: OSError) -> None:
        name = display(Path(error.filename), self.cwd)
        self._report("unreadable-file", f"The folder cannot be read: {error.strerror}.", name)

    def _report(self, code: str, message: str, name: str) -> None:
        self.diagnostics.append(Diagnostic(code=code, message=message, position=Position(name, 1, 1)))

    def _report_glob(self, code: str, message: str, index: int | None, severity: Severity) -> None:
        path = ("manifests",) if index is None else ("manifests", index)
        assert self.project.positions is not None  # globs come from the project file or its defaults
        position = self.project.positions.at(path)
        self.diagnostics.append(Diagnostic(code=code, message=message, position=position, severity=severity))
