import io
from pathlib import Path

import pytest

from trueup.cli.github.finish import perform
from trueup.github.workflow import WorkflowStep


@pytest.mark.parametrize(
    ("status", "reason", "ends"),
    [("0", "", 0), ("2", "", 0), ("2", "changes", 2), ("5", "apply-failed", 5), ("", "", 1), ("7", "", 1)],
)
def test_the_last_step_ends_as_the_run_did(status: str, reason: str, ends: int) -> None:
    out = io.StringIO()
    env = {"TRUEUP_STATUS": status, "TRUEUP_REASON": reason}
    assert perform(WorkflowStep(env=env, cwd=Path(), out=out)) == ends
    assert ("is not an exit status" in out.getvalue()) == (status in {"", "7"})
