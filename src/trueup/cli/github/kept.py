"""Keep a plan for the apply after the merge: a folder that the workflow uploads as an artifact."""

import shutil
from typing import Final

from trueup.cli.exit_codes import Exit
from trueup.cli.github.scope import scope_and_folder
from trueup.errors import Severity
from trueup.github.artifacts import DOCUMENT, KEPT, Kept, kept_to_json
from trueup.github.context import Context
from trueup.github.folder import StepFolder
from trueup.github.inputs import WHOLE, Inputs
from trueup.github.key import kept_name, kept_pattern, scope_key
from trueup.github.workflow import WorkflowStep
from trueup.report.result import Result

_COMPLETE: Final = frozenset({Exit.DONE, Exit.CHANGES, Exit.INVALID})
"""Statuses of a plan that has everything; with INVALID, only if no file is wrong: then a resource is blocked."""

_NOTHING: Final = {"kept-path": "", "kept-name": "", "kept-pattern": ""}


def keep_plan(
    report: Result, inputs: Inputs, context: Context, folder: StepFolder, step: WorkflowStep
) -> dict[str, str]:
    """Keep a complete plan, and return the outputs that say where it is; they are empty for any other run.

    A plan with blocked resources is kept too: they do not cost the others their approval. Raises what
    ``scope_and_folder`` raises.
    """
    if inputs.command != "plan" or not _is_complete(report):
        return _NOTHING
    scope, _ = scope_and_folder(inputs, step.cwd, step.env)
    shard = inputs.shard or WHOLE
    folder.kept.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(folder.document, folder.kept / DOCUMENT)
    compared = report.plan.base if report.plan is not None else None
    kept = Kept(
        key=scope_key("plan", scope),
        shard=shard,
        head=context.head,
        base="" if compared is None else compared.commit,
        pull=context.pull,
        complete=True,
    )
    folder.write(folder.kept / KEPT, kept_to_json(kept))
    return {
        "kept-path": str(folder.kept),
        "kept-name": kept_name(scope, shard=shard, attempt=context.run.attempt),
        # All parts and attempts: a job that failed and was repeated has kept its plan under another attempt.
        "kept-pattern": kept_pattern(scope, shard=shard),
    }


def _is_complete(report: Result) -> bool:
    return (
        report.plan is not None
        and report.status in _COMPLETE
        and not any(found.severity is Severity.ERROR for found in report.diagnostics)
    )
