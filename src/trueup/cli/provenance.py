"""Find out from which commit and files and in which run a document is made."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from trueup.cli.options import RunOptions
from trueup.errors import GitFailed, TrueupError, UsageError
from trueup.git.repository import open_repository
from trueup.manifest.discovery import find_sources
from trueup.manifest.project import find_project, load_project
from trueup.regular_file import read_named, read_regular
from trueup.report.provenance import Making

RUN_VARIABLES: Final = ("TRUEUP_RUN", "GITHUB_RUN_ID", "CI_PIPELINE_ID")
"""The variables that name a run, the first of which is taken. The attempt is not compared: the jobs of a run that
succeeded are not repeated with those that failed."""

_LONGEST: Final = 200


def making(env: Mapping[str, str], folder: Path, files: str = "") -> Making:
    """Return the commit that ``folder`` is checked out from, or else ``GITHUB_SHA``, and the run that ``env`` names."""
    try:
        with open_repository(folder, env) as repository:
            commit = repository.git.run("rev-parse", "HEAD").decode("ascii", "replace").strip()
    except (GitFailed, UsageError):
        commit = env.get("GITHUB_SHA", "")
    run = next((env[name] for name in RUN_VARIABLES if env.get(name)), "")
    return Making(commit=commit[:_LONGEST], run=run[:_LONGEST], files=files)


def files_hash(common: RunOptions, cwd: Path) -> str:
    """Return a hash of the project file and of all files that the options name, with their names.

    Standard input does not count. It is empty when there is nothing to read, or the project file is invalid.
    """
    found = hashlib.sha256()
    try:
        file = find_project(cwd, common.paths) if common.project is None else cwd / common.project
        project = load_project(file, sandbox=False, cwd=cwd)
        named = [(source.name, source.path) for source in find_sources(project, common.paths, cwd=cwd).sources]
        if file is not None:
            found.update(hashlib.sha256(read_named(file)).digest())
    except (TrueupError, OSError):
        return ""
    for name, path in sorted(named):
        found.update(hashlib.sha256(name.encode(errors="surrogateescape")).digest())
        with suppress(OSError):
            found.update(hashlib.sha256(b"" if path is None else read_regular(path)).digest())
    return f"sha256:{found.hexdigest()}"
