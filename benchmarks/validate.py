"""Benchmark 1: ``validate`` beside the work that no validator can avoid, and beside two other validators."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.estate import Estate
from benchmarks.measure import TRUEUP, Cost, by_turns, rounds_for, run
from benchmarks.scope import EXTREME, Scope
from benchmarks.tables import Cell, Goal, Report, Table, mib

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = str(ROOT / "schemas" / "connector.schema.json")
SLOW_PEER_MOST = 10_000
"""Files. Above this the slow peer takes minutes, and its time grows in proportion to the number of files."""
LONGEST_LINE = 1_500_000
"""Bytes of arguments, somewhat below the limit of a command line on Linux."""


def measure(scope: Scope) -> Report:
    """Measure every size, and the largest common one with many manifests in a file and with repeated lines."""
    sizes = scope.sizes((10, 100, 1_000) if scope.short else (10, 100, 1_000, 10_000, EXTREME))
    estates = {("own values, one a file", size): Estate(connectors=size) for size in sizes}
    largest, common = sizes[-1], min(sizes[-1], SLOW_PEER_MOST)
    estates["own values, 100 a file", common] = Estate(connectors=common, per_file=100)
    estates["repeated lines, one a file", common] = Estate(connectors=common, repeated=True)
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
    """Return the sum of the parts, without the start of the interpreter."""
    cost = run((sys.executable, "-m", "benchmarks.floor", str(folder)), cwd=ROOT)
    seconds = sum(json.loads(cost.out).values())
    return Cost(wall=seconds, cpu=seconds, memory=cost.memory)


def _peers(scope: Scope, size: int) -> dict[str, Cost]:
    folder = scope.estate(Estate(connectors=size))
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
        note="Floor: reading the files, libyaml's parse events, and jsonschema-rs over the parsed data, without the "
        "start of the interpreter and without building data from the events. trueup is measured as whole processes, "
        "from start to exit. Own values: no two manifests share names, numbers, texts, URLs or dates. Repeated lines: "
        "manifests that have most of their lines in common, as generated ones may.",
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
        note="Whole processes, given the same YAML files and connector.schema.json. They name no line of an error and "
        "check nothing beyond the schema.",
    )
