"""Benchmark 6: how long trueup takes before it begins, as multiples of an interpreter that does nothing."""

import sys
from functools import partial

from benchmarks.estate import Estate
from benchmarks.measure import TRUEUP, by_turns, run
from benchmarks.scope import Scope
from benchmarks.tables import Goal, Report, Table, mib

GOALS = {"--version": 1.3, "--help": 3, "validate of one file": 7}


def measure(scope: Scope) -> Report:
    """Measure the three, and the interpreter alone, by turns."""
    folder = scope.estate(Estate(connectors=100))
    file = next(iter(sorted(folder.rglob("0*.yaml"))))
    commands = {
        "python -c pass": (sys.executable, "-c", "pass"),
        "--version": (*TRUEUP, "--version"),
        "--help": (*TRUEUP, "--help"),
        "validate of one file": (*TRUEUP, "validate", str(file.relative_to(folder))),
    }
    ways = {name: partial(run, command, cwd=folder) for name, command in commands.items()}
    costs = by_turns(ways, 3 if scope.short else 21)
    bare = costs["python -c pass"]
    rows = tuple(
        (name, 1000 * cost.wall, 1000 * cost.cpu, mib(cost.memory), cost.wall / bare.wall, cost.cpu / bare.cpu)
        for name, cost in costs.items()
    )
    return Report(
        tables=(Table(title="start-up", columns=("", "wall ms", "CPU ms", "MiB", "x wall", "x CPU"), rows=rows),),
        goals=tuple(
            Goal(text=f"{name}, as a multiple of python -c pass", wanted=wanted, measured=costs[name].wall / bare.wall)
            for name, wanted in GOALS.items()
        ),
    )
