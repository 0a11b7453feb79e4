"""Decide from a file's name whether a project reads it.

:mod:`trueup.manifest.discovery` finds files on disk, where the files of another commit are not. Both must agree on
every name; a property test checks this.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from trueup.manifest.discovery import IN_FOLDER, STANDARD_INPUT
from trueup.manifest.file_names import PROJECT_FILE, display
from trueup.manifest.globs import Globs, has_magic
from trueup.manifest.project import Project


class ManifestMatcher:
    """The files that a run reads: those of the project's globs or, if given, those of ``paths``.

    All methods take names relative to the project's folder, with ``/`` and without ``.`` or doubled slashes.
    """

    def __init__(self, project: Project, paths: Sequence[str], *, cwd: Path) -> None:
        self._globs = Globs(() if paths else project.manifests)
        self._seed = "" if project.seed is None else _relative(project.seed, project.root)
        self._prefix = display(project.root, cwd)
        self._named = {
            _relative(cwd / path, project.root): display(Path(path), cwd) for path in paths if path != STANDARD_INPUT
        }

    @property
    def folders(self) -> tuple[str, ...]:
        """Return folders that contain all matching files, each with a slash at the end, and the named files."""
        return (*map(_fixed, self._globs.parts), *self._named)

    def wants(self, file: str) -> bool:
        """Return whether a file of this name is read."""
        if file in self._named:
            return True
        names = tuple(file.split("/"))
        # As in discovery: project files and the seed are no manifests, whatever the globs say.
        if names[-1] == PROJECT_FILE or file == self._seed:
            return False
        return bool(self._globs.accepts(self._globs.run(names))) or any(
            IN_FOLDER.accepts(IN_FOLDER.run(below.split("/"))) for _, below in self._below(file)
        )

    def may_lead_to(self, folder: str) -> bool:
        """Return whether files below a folder of this name may be read."""
        if self._globs.unfinished(self._globs.run(folder.split("/"))):
            return True
        return any(place == folder or place.startswith(f"{folder}/") for place in self._named) or any(
            IN_FOLDER.unfinished(IN_FOLDER.run(below.split("/"))) for _, below in self._below(folder)
        )

    def name(self, file: str) -> str:
        """Return the name of a matching file in messages: relative to the current folder, or as its PATH was typed."""
        if file in self._named:
            return self._named[file]
        for named, below in self._below(file):
            return below if named == "." else f"{named.rstrip('/')}/{below}"
        return file if self._prefix in ("", ".") else f"{self._prefix}/{file}"

    def _below(self, file: str) -> Iterator[tuple[str, str]]:
        """Yield the named folders that contain a file, as typed, each with the rest of the file's name."""
        for folder, named in self._named.items():
            if folder == "." and not file.startswith("../"):
                yield named, file
            elif file.startswith(f"{folder}/"):
                yield named, file.removeprefix(f"{folder}/")


def _relative(path: Path, root: Path) -> str:
    # absolute() and not resolve(): git names files without following symlinks.
    return os.path.relpath(path.absolute(), root.absolute())


def _fixed(glob: tuple[str, ...]) -> str:
    """Return the leading folders of a glob that contain no wildcard."""
    fixed = next((index for index, part in enumerate(glob[:-1]) if has_magic(part)), len(glob[:-1]))
    return "".join(f"{part}/" for part in glob[:fixed])
