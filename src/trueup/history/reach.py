"""Decide by name alone which files a project reads.

:mod:`trueup.manifest.files` finds files on disk; the files of another commit do not lie there. Both must agree on
every name, which a property test holds.
"""

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from glob import has_magic
from pathlib import Path
from typing import Final

from trueup.manifest.files import STANDARD_INPUT, SUFFIXES
from trueup.manifest.names import PROJECT_FILE, display
from trueup.manifest.project import Project

_ANY_DEPTH: Final = "**"


class Reach:
    """Hold what a run reads: the project's globs or, when ``paths`` are given, what those name.

    Files are named relative to the project's folder, with ``/`` and without ``.`` or doubled slashes.
    """

    def __init__(self, project: Project, paths: Sequence[str], *, cwd: Path) -> None:
        self._globs = () if paths else tuple(_parts(pattern) for pattern in project.manifests)
        self._seed = "" if project.seed is None else _relative(project.seed, project.root)
        self._prefix = display(project.root, cwd)
        self._named = {
            _relative(cwd / path, project.root): display(Path(path), cwd) for path in paths if path != STANDARD_INPUT
        }

    @property
    def folders(self) -> tuple[str, ...]:
        """Return folders below which all files lie, each ending in a slash, and files that are named themselves."""
        return (*map(_fixed, self._globs), *self._named)

    def wants(self, file: str) -> bool:
        """Return whether a file of this name is read."""
        if file in self._named:
            return True
        names = tuple(file.split("/"))
        if names[-1] == PROJECT_FILE or file == self._seed:
            return False
        return any(_fits(names, glob) for glob in self._globs) or any(
            _in_folder(below) for _, below in self._below(file)
        )

    def may_lead_to(self, folder: str) -> bool:
        """Return whether files below a folder of this name may be read."""
        return not _hidden(folder) and any(
            place in ("", ".") or f"{folder}/".startswith(place) or place.startswith(f"{folder}/")
            for place in self.folders
        )

    def name(self, file: str) -> str:
        """Return how people know a file that is read."""
        if file in self._named:
            return self._named[file]
        for named, below in self._below(file):
            return below if named == "." else f"{named.rstrip('/')}/{below}"
        return file if self._prefix in ("", ".") else f"{self._prefix}/{file}"

    def _below(self, file: str) -> Iterator[tuple[str, str]]:
        """Give the named folders that a file lies in, as typed, with the rest of its name."""
        for folder, named in self._named.items():
            if folder == "." and not file.startswith("../"):
                yield named, file
            elif file.startswith(f"{folder}/"):
                yield named, file.removeprefix(f"{folder}/")


def _relative(path: Path, root: Path) -> str:
    return os.path.relpath(path.absolute(), root.absolute())


def _parts(pattern: str) -> tuple[str, ...]:
    """Split a glob; one that ends in a slash, or a dot behind one, names folders, of which none is a file."""
    parts = pattern.split("/")
    return tuple(part for part in parts if part not in ("", ".")) if parts[-1] not in ("", ".") else ()


def _fixed(glob: tuple[str, ...]) -> str:
    """Return the folders with which every match of a glob begins."""
    fixed = next((index for index, part in enumerate(glob[:-1]) if has_magic(part)), len(glob[:-1]))
    return "".join(f"{part}/" for part in glob[:fixed])


def _fits(names: tuple[str, ...], glob: tuple[str, ...]) -> bool:
    """Match name by name, as :func:`glob.glob` does: ``**`` and patterns pass over what is hidden."""
    if not glob or not names:
        return not glob and not names
    first, rest = glob[0], glob[1:]
    if first != _ANY_DEPTH:
        return _is(names[0], first) and _fits(names[1:], rest) if rest or len(names) == 1 else False
    if not rest:
        return not any(name.startswith(".") for name in names)
    return _fits(names, rest) or (not names[0].startswith(".") and _fits(names[1:], glob))


def _is(name: str, part: str) -> bool:
    if not has_magic(part):
        return name == part
    return fnmatchcase(name, part) and (not name.startswith(".") or part.startswith("."))


def _in_folder(below: str) -> bool:
    return below.endswith(SUFFIXES) and not _hidden(below)


def _hidden(path: str) -> bool:
    return any(name.startswith(".") for name in path.split("/"))
