"""Whole renderings as files that people read in review.

``PYTHONPATH=tests python -m unit.report.golden`` writes them all again; look at the difference before committing it.
Tests never write.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from trueup.report.markdown import render_markdown
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.runs import run_tree, runs_tree
from trueup.report.text import render_text
from trueup.report.tree import ReportTree
from unit.report.recorded_samples import KILLED_RUN, WHOLE_RUN
from unit.report.samples import CAUSES, FULL, OUTCOMES

FOLDER = Path(__file__).parent / "golden"


def _text(tree: Callable[[], ReportTree], width: int, *, verbose: bool = False, color: bool = False) -> str:
    return render_text(tree(), width=width, color=color, verbose=verbose)


def _markdown(tree: Callable[[], ReportTree]) -> str:
    return render_markdown(tree())


_PLAN = partial(plan_tree, FULL)
_CAUSES = partial(plan_tree, CAUSES)
_OUTCOMES = partial(outcome_tree, FULL, OUTCOMES)

_RUNS = partial(runs_tree, (WHOLE_RUN, KILLED_RUN))
_RUN = partial(run_tree, KILLED_RUN)

GOLDEN: Mapping[str, Callable[[], str]] = {
    "plan-80.txt": partial(_text, _PLAN, 80),
    "plan-140.txt": partial(_text, _PLAN, 140),
    "plan-verbose-140.txt": partial(_text, _PLAN, 140, verbose=True),
    "plan-color-80.txt": partial(_text, _PLAN, 80, color=True),
    "plan.md": partial(_markdown, _PLAN),
    "causes-80.txt": partial(_text, _CAUSES, 80),
    "causes.md": partial(_markdown, _CAUSES),
    "outcomes-80.txt": partial(_text, _OUTCOMES, 80),
    "outcomes-140.txt": partial(_text, _OUTCOMES, 140),
    "outcomes.md": partial(_markdown, _OUTCOMES),
    "runs-80.txt": partial(_text, _RUNS, 80),
    "run-80.txt": partial(_text, _RUN, 80),
    "run.md": partial(_markdown, _RUN),
}


def main() -> None:
    for name, render in GOLDEN.items():
        (FOLDER / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
