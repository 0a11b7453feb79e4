"""How a step ends that an error ended before it could do its work."""

from trueup.cli.exit_codes import Exit, status_of_error
from trueup.errors import TrueupError
from trueup.github.workflow import WorkflowStep
from trueup.report.safe_text import visible


def end_early(step: WorkflowStep, error: TrueupError, reason: str = "") -> Exit:
    """Show the error, set the outputs that later steps read, and return the exit status.

    ``reason`` is the output ``failure-reason``; by default it follows from the status.
    """
    status = status_of_error(error)
    named = {Exit.USAGE: "usage", Exit.INVALID: "invalid", Exit.STALE: "plan-changed"}.get(status, "plan-failed")
    step.annotate("error", str(error))
    step.set_outputs({"exit-code": str(int(status)), "failure-reason": reason or named, "summary": visible(str(error))})
    return status
