"""Benchmark 1: ``validate`` beside what nobody can do without, and beside two validators."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.estate import Estate
from benchmarks.measure import TRUEUP, Cost, by_turns, rounds_for, run
from benchmarks.scope import Scope
from benchmarks.tables import Cell, Goal, Report, Table, mib

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = str(ROOT / "schemas" / "connector.schema.json")
SLOW_PEER_MOST = 10_000
"""From here on the slow peer takes minutes, and its time grows with the number of files alone."""
LONGEST_LINE = 1_500_000
"""Bytes of arguments that a command line takes on Linux, less some."""


def measure(scope: Scope) -> Report:
    """Measure every size with values of each manifest's own, and the largest common one in other forms."""
    sizes = (10, 100, 1_000) if scope.short else (10, 100, 1_000, 10_000, 50_000)
    estates = {("own values, one a file", size): Estate(connectors=size, own_values=True) for size in sizes}
    largest, common = sizes[-1], min(sizes[-1], SLOW_PEER_MOST)
    estates["own values, 100 a file", common] = Estate(connectors=common, per_file=100, own_values=True)
    estates["repeated lines, one a file", common] = Estate(connectors=common)
    found = {row: _size(scope, estate) for row, estate in estates.items()}
    peers = {size: _peers(scope, size) for size in sizes if size <= SLOW_PEER_MOST or not scope.short}
    ours = {size: found["own values, one a file", size]["trueup"] for size in sizes}
    skipped = tuple(f"{name}: {why}" for name, why in scope.peers.missing.items())
    return Report(
        tables=(_table(found), _peer_table(ours, peers)),
        goals=(
            Goal(
                text=f"{largest:,} files: CPU as a multiple of the floor",
                wanted=2.5,
                measured=_ratio(found["own values, one a file", largest]),
            ),
            Goal(
                text=f"check-jsonschema's wall as a multiple of ours, {common:,} files",
                wanted=10,
                measured=_times(peers[common].get("check-jsonschema"), ours[common]),
                at_least=True,
            ),
        ),
        skipped=skipped,
    )


def _size(scope: Scope, estate: Estate) -> dict[str, Cost]:
    folder = scope.estate(estate)
    ways: dict[str, Callable[[], Cost]] = {
        "trueup": lambda: run((*TRUEUP, "validate", "connectors"), cwd=folder),
        "floor": lambda: _floor(folder),
    }
    return by_turns(ways, rounds_for(estate.resources))


def _floor(folder: Path) -> Cost:
    """Return the sum of the parts alone: the start of the interpreter is not in it."""
    cost = run((sys.executable, "-m", "benchmarks.floor", str(folder)), cwd=ROOT)
    seconds = sum(json.loads(cost.out).values())
    return Cost(wall=seconds, cpu=seconds, memory=cost.memory)


def _peers(scope: Scope, size: int) -> dict[str, Cost]:
    folder = scope.estate(Estate(connectors=size, own_values=True))
    ways: dict[str, Callable[[], Cost]] = {}
    slow, fast = scope.peers.python("check-jsonschema"), scope.peers.node("@sourcemeta/jsonschema")
    files = sorted(str(path.relative_to(folder)) for path in folder.glob("connectors/**/*.yaml"))
    if slow and size <= SLOW_PEER_MOST and sum(map(len, files)) + len(files) < LONGEST_LINE:
        ways["check-jsonschema"] = lambda: run((slow, "--schemafile", SCHEMA, *files), cwd=folder)
    if fast:
        command = ("node", f"{fast}/npm/cli.js", "validate", SCHEMA, "connectors", "--extension", ".yaml", "--fast")
        ways["jsonschema (C++)"] = lambda: run(command, cwd=folder)
    return by_turns(ways, 1 if size > 1_000 else 3)  # noqa: PLR2004 - the slow peer takes a minute for 10,000


def _ratio(found: dict[str, Cost]) -> float:
    return found["trueup"].cpu / found["floor"].cpu


def _times(peer: Cost | None, ours: Cost) -> float | None:
    return None if peer is None else peer.wall / ours.wall


def _table(found: dict[tuple[str, int], dict[str, Cost]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for (form, size), costs in found.items():
        cost = costs["trueup"]
        rows.append((size, form, costs["floor"].cpu, cost.wall, cost.cpu, mib(cost.memory), _ratio(costs)))
    return Table(
        title="validate: beside the floor",
        columns=("manifests", "of", "floor CPU s", "wall s", "CPU s", "MiB", "CPU / floor"),
        rows=tuple(rows),
        note="Floor: reading the files, libyaml's parse events of them, jsonschema-rs over the parsed data; its start "
        "and what turns events into data are not counted. Ours are whole processes, from start to exit. Repeated "
        "lines: manifests that have most of their lines in common, as generated ones may.",
    )


def _peer_table(found: dict[int, Cost], peers: dict[int, dict[str, Cost]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for size, costs in peers.items():
        for name, cost in costs.items():
            rows.append((size, name, cost.wall, cost.cpu, mib(cost.memory), cost.wall / found[size].wall))
    return Table(
        title="validate: other validators on the same files and schema",
        columns=("files", "program", "wall s", "CPU s", "MiB", "x ours"),
        rows=tuple(rows),
        note="Whole processes, given the same YAML files and connector.schema.json. They tell no line of what is wrong "
        "and know no rule beyond the schema.",
    )
