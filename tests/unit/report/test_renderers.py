"""Every format renders every kind of result."""

import json

import pytest

from golden.rich import DIAGNOSTICS, DRIFT, OUTCOMES, PLAN
from trueup.errors import Unavailable
from trueup.report.renderers import RENDERERS, Look
from trueup.report.result import Result
from unit.report.recorded_samples import WHOLE_RUN

RESULTS = (
    Result(command="validate", status=3, diagnostics=DIAGNOSTICS, summary="1 of 2 documents."),
    Result(command="plan", status=2, plan=PLAN),
    Result(command="preview", status=2, plan=PLAN),
    Result(command="apply", status=5, plan=PLAN, outcomes=OUTCOMES),
    Result(command="drift", status=1, drift=DRIFT),
    Result(command="runs", status=0, runs=(WHOLE_RUN,)),
    Result(command="plan", status=1, error=Unavailable("No answer.", status=503)),
)


@pytest.mark.parametrize("form", RENDERERS)
@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.command)
def test_every_format_renders_every_result(form: str, result: Result) -> None:
    rendering = RENDERERS[form](result, look=Look())
    if form in {"json", "sarif"}:
        json.loads(rendering.text)
    # A text that is not whole lacks the error, which is then printed after it.
    has_error = "No answer." in rendering.text
    assert has_error is (rendering.whole and result.error is not None and form != "sarif")


def test_diagnostics_are_the_result_of_validate_and_messages_of_other_commands() -> None:
    found = RENDERERS["text"](RESULTS[0], look=Look())
    assert "unknown-field" in found.text
    assert found.before == ""
    planned = RENDERERS["text"](Result(command="plan", status=3, diagnostics=DIAGNOSTICS), look=Look())
    assert "unknown-field" in planned.before
    assert planned.text == ""
