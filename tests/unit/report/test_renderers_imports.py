import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

TESTS = Path(__file__).parents[2]

HEAVY = ("rich", "httpx", "yaml", "jsonschema")

SCRIPT = """
import sys
from trueup.report.plan import plan_tree
from trueup.report.text import render_text
from trueup.report.markdown import render_markdown
from trueup.report.diagnostics import diagnostics_text
from unit.report import samples
tree = plan_tree(samples.plan(*{resources}))
render_text(tree, width=80, color=True, verbose=True)
render_markdown(tree)
print(*(name for name in {heavy!r} if name in sys.modules))
"""


def _imported(resources: str) -> list[str]:
    return _printed(SCRIPT.format(resources=resources, heavy=HEAVY))


def _printed(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(TESTS)}, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_plan_imports_nothing_heavy() -> None:
    assert _imported("[samples.TAX, samples.PSP, samples.ERP, samples.GONE, samples.SAME]") == []


def test_a_nested_value_at_three_moments_imports_nothing_heavy() -> None:
    code = f"""
import sys
from trueup.model.run import FieldReport
from trueup.model.value import Known, Parts
from trueup.report.outcomes import compared
one, two = Known(Parts({{"url": "a"}})), Known(Parts({{"url": "b"}}))
compared(FieldReport(path="repository", planned=one, now=two, wanted=one, note=""))
print(*(name for name in {HEAVY!r} if name in sys.modules))
"""
    assert _printed(code) == []
