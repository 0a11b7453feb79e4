"""The step ``finish``: end with the status of the run."""

from trueup.cli.exit_codes import Exit
from trueup.github.workflow import WorkflowStep


def perform(step: WorkflowStep) -> int:
    """Return the status of the run if it gave a reason to fail; pending changes fail only if the inputs say so."""
    status = step.env.get("TRUEUP_STATUS", "")
    if status not in {str(int(known)) for known in Exit}:
        step.annotate("error", "TRUEUP_STATUS is not an exit status of trueup. See the log of the step that ran it.")
        return Exit.FAILED
    return int(status) if step.env.get("TRUEUP_REASON") else Exit.DONE
