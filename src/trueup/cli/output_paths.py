"""Check the files that a command is asked to write."""

import os
from pathlib import Path

from trueup.cli.files import check_written
from trueup.cli.options import RunOptions
from trueup.errors import UsageError
from trueup.history.globs import ManifestMatcher
from trueup.manifest.discovery import absolute
from trueup.manifest.project import Project


def check_outputs(common: RunOptions, project: Project, cwd: Path) -> None:
    """Raise UsageError for a path that leads out of the repository, and for the project file or a manifest.

    A result in their place would destroy what the next run reads. A file that does not exist yet is allowed.
    """
    check_written(common.written, file=project.file, cwd=cwd)
    matcher = ManifestMatcher(project, (), cwd=cwd)
    named = [os.path.realpath(path) for path in common.paths]
    for place in filter(Path.exists, common.written):
        real = os.path.realpath(place)
        relative = os.path.relpath(absolute(place), project.root.absolute()).replace(os.sep, "/")
        if project.file is not None and real == os.path.realpath(cwd / project.file):
            raise UsageError(f"{place} is the project file, and a result would overwrite it. Name another file.")
        if real in named or matcher.wants(relative):
            raise UsageError(f"{place} is a manifest, and a result would overwrite it. Name another file.")
