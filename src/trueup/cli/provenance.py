"""The commit, files and run of this process, which documents of shards record."""

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
from trueup.report.result import Provenance

RUN_VARIABLES: Final = ("TRUEUP_RUN", "GITHUB_RUN_ID", "CI_PIPELINE_ID")
"""Variables with the id of a CI run; the first one that is set is used. The attempt is not part of it: a new attempt
repeats only the jobs that failed."""

_LONGEST: Final = 200


def find_provenance(env: Mapping[str, str], folder: Path, files: str = "") -> Provenance:
    """Return the commit of the work tree of ``folder``, or else ``GITHUB_SHA``, and the run that ``env`` names."""
    try:
        with open_repository(folder, env) as repository:
            commit = repository.git.run("rev-parse", "HEAD").decode("ascii", "replace").strip()
    except (GitFailed, UsageError):
        # Without a repository, or without git, a runner still knows the commit.
        commit = env.get("GITHUB_SHA", "")
    run = next((env[name] for name in RUN_VARIABLES if env.get(name)), "")
    # Variables can have any length, and messages quote these texts.
    return Provenance(commit=commit[:_LONGEST], run=run[:_LONGEST], files=files)


def files_hash(common: RunOptions, cwd: Path) -> str:
    """Return a hash of the names and contents of the project file and of all files that the options name.

    Standard input is not included. The hash is empty when a file cannot be found or the project file is invalid.
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
        # Each part is hashed by itself: the joined texts of two files could be those of two others.
        found.update(hashlib.sha256(name.encode(errors="surrogateescape")).digest())
        # A file that cannot be read is a diagnostic of the run; the hash then has only its name.
        with suppress(OSError):
            found.update(hashlib.sha256(b"" if path is None else read_regular(path)).digest())
    return f"sha256:{found.hexdigest()}"
