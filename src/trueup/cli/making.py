"""Find out from which commit and in which run a document is made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from trueup.errors import GitFailed, UsageError
from trueup.git.repository import open_repository
from trueup.report.making import Making

RUN_VARIABLES: Final = ("TRUEUP_RUN", "GITHUB_RUN_ID", "CI_PIPELINE_ID")
"""The variables that name a run, the first of which is taken. The attempt is not compared: the jobs of a run that
succeeded are not repeated with those that failed."""

_LONGEST: Final = 200


def making(env: Mapping[str, str], folder: Path) -> Making:
    """Return the commit that ``folder`` is checked out from, or else ``GITHUB_SHA``, and the run that ``env`` names."""
    try:
        with open_repository(folder, env) as repository:
            commit = repository.git.run("rev-parse", "HEAD").decode("ascii", "replace").strip()
    except (GitFailed, UsageError):
        commit = env.get("GITHUB_SHA", "")
    run = next((env[name] for name in RUN_VARIABLES if env.get(name)), "")
    return Making(commit=commit[:_LONGEST], run=run[:_LONGEST])
