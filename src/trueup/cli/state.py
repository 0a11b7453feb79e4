"""Keep what a project keeps on disk: journals, the lock, saved plans."""

import json
import os
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from trueup.cli.options import Common
from trueup.errors import UsageError
from trueup.manifest.project import Project

if TYPE_CHECKING:
    from trueup.model.plan import Plan

STATE = ".trueup"
"""The folder beside the project file in which everything of a working copy lies."""

RUNS = "runs"
"""The folder of the journals in it."""


def state_folder(project: Project) -> Path:
    """Return the project's folder for state; it may not exist yet."""
    return project.root / STATE


def runs_folder(project: Project) -> Path:
    """Return the folder of the project's journals."""
    return state_folder(project) / RUNS


def say_unsettled(project: Project, common: Common) -> None:
    """Tell, on standard error, which writes of earlier runs nobody knows the ending of."""
    from trueup.apply.runs import RECENT, list_runs, unsettled

    if common.quiet:
        return
    for identity, (run, _) in sorted(unsettled(list_runs(runs_folder(project), most=RECENT)).items()):
        sys.stderr.write(
            f"Run {run.id} does not know whether its last write to {identity} was taken. "
            f"This plan reads it afresh; see 'trueup runs show {run.id}'.\n"
        )


def save_plan(plan: "Plan", file: Path) -> None:
    """Write a plan to a file, whole or not at all. Raises UsageError when the file cannot be written."""
    from trueup.plan.jsonable import plan_to_json

    try:
        with NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.", delete=False, encoding="utf-8") as draft:
            json.dump(plan_to_json(plan), draft, indent=2)
            draft.write("\n")
        os.replace(draft.name, file)  # noqa: PTH105 - the name of a temporary file is no path of ours
    except OSError as error:
        message = f"The plan cannot be saved as {file}: {error.strerror}."
        raise UsageError(message) from None


def read_plan(file: Path) -> "Plan":
    """Read a saved plan. Raises InvalidInput when it is damaged or of another format, UsageError without a file."""
    from trueup.errors import Diagnostic, InvalidInput
    from trueup.model.position import Position
    from trueup.plan.saved import plan_from_json

    try:
        document = json.loads(file.read_bytes())
    except OSError as error:
        message = f"The plan {file} cannot be read: {error.strerror}."
        raise UsageError(message) from None
    except (ValueError, RecursionError) as error:
        position = Position(str(file), getattr(error, "lineno", 1), getattr(error, "colno", 1))
        damaged = Diagnostic(code="plan-damaged", message="The plan is not a JSON document.", position=position)
        raise InvalidInput([damaged]) from None
    return plan_from_json(document, file=str(file))
