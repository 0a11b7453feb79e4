import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

TESTS = Path(__file__).parents[2]

HEAVY = ("rich", "httpx", "yaml", "jsonschema", "deepdiff")

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
    script = SCRIPT.format(resources=resources, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(TESTS)}, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_report_without_nested_values_imports_nothing_heavy() -> None:
    assert _imported("[samples.PSP, samples.ERP, samples.GONE, samples.SAME]") == []


def test_nested_values_bring_in_deepdiff_and_nothing_else() -> None:
    assert _imported("[samples.TAX]") == ["deepdiff"]
