"""Benchmark 6: start-up time, as multiples of an interpreter that does nothing."""

import sys
from functools import partial
from pathlib import Path

from benchmarks.estate import Estate
from benchmarks.measure import Broken, by_turns, run
from benchmarks.scope import Scope
from benchmarks.tables import Goal, Report, Table, mib

GOALS = {"--version": 1.5, "--help": 6, "validate of one file": 15}
SCRIPT = Path(sys.executable).with_name("trueup")
"""The command that people start. ``python -m trueup`` is slower: Python first looks for the module to run."""


def measure(scope: Scope) -> Report:
    """Measure the commands and the interpreter, alternately."""
    if not SCRIPT.is_file():
        raise Broken(f"{SCRIPT} is missing: install trueup into this environment")
    folder = scope.estate(Estate(connectors=100))
    file = next(iter(sorted(folder.rglob("0*.yaml"))))
    validate = (str(SCRIPT), "validate", str(file.relative_to(folder)))
    commands = {
        "python -c pass": (sys.executable, "-c", "pass"),
        "--version": (str(SCRIPT), "--version"),
        "--help": (str(SCRIPT), "--help"),
        "validate of one file": validate,
    }
    ways = {name: partial(run, command, cwd=folder) for name, command in commands.items()}
    costs = by_turns(ways, 3 if scope.short else 21)
    bare = costs["python -c pass"]
    rows = tuple(
        (name, 1000 * cost.wall, 1000 * cost.cpu, mib(cost.memory), cost.wall / bare.wall, cost.cpu / bare.cpu)
        for name, cost in costs.items()
    )
    return Report(
        tables=(
            Table(
                title="start-up",
                columns=("", "wall ms", "CPU ms", "MiB", "x wall", "x CPU"),
                rows=rows,
                note="These wait for nothing, so that wall is CPU plus other load of the machine. The command is the "
                "script that the installer writes: the one of pip before 24 imports re first, which takes half as "
                "long as the start of Python.",
            ),
        ),
        goals=tuple(
            Goal(text=f"{name}: CPU / that of python -c pass", wanted=wanted, measured=costs[name].cpu / bare.cpu)
            for name, wanted in GOALS.items()
        ),
    )
