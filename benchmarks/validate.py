"""Benchmark 1: ``validate`` beside what nobody can do without, and beside two validators."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.estate import Estate
from benchmarks.measure import TRUEUP, Cost, by_turns, rounds_for, run
from benchmarks.scope import CORES, Scope
from benchmarks.tables import Cell, Goal, Report, Table, mib, ratio

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = str(ROOT / "schemas" / "connector.schema.json")
SLOW_PEER_MOST = 10_000
"""From here on the slow peer takes minutes, and its time grows with the number of files alone."""
LONGEST_LINE = 1_500_000
"""Bytes of arguments that a command line takes on Linux, less some."""


def measure(scope: Scope) -> Report:
    """Measure every size, one manifest a file and a hundred a file."""
    sizes = (100, 1_000) if scope.short else (100, 1_000, 10_000, 50_000)
    found = {(size, per): _size(scope, size, per) for per in (1, 100) for size in sizes if per < size}
    peers = {size: _peers(scope, size) for size in sizes if size <= SLOW_PEER_MOST or not scope.short}
    largest, peer_size = sizes[-1], min(sizes[-1], SLOW_PEER_MOST)
    skipped = tuple(f"{name}: {why}" for name, why in scope.peers.missing.items())
    return Report(
        tables=(_table(found), _peer_table(found, peers)),
        goals=(
            Goal(
                text=f"cold, {largest:,} files: wall as a multiple of the floor / {CORES}",
                wanted=1.25,
                measured=_cold_ratio(found[largest, 1]),
            ),
            Goal(
                text=f"warm, {largest:,} files: wall as a multiple of reading and hashing",
                wanted=3,
                measured=found[largest, 1]["warm"].wall / found[largest, 1]["hash floor"].wall,
            ),
            Goal(
                text=f"check-jsonschema's wall as a multiple of ours, cold, {peer_size:,} files",
                wanted=40,
                measured=_times(peers[peer_size].get("check-jsonschema"), found[peer_size, 1]["cold"]),
                at_least=True,
            ),
            Goal(
                text=f"the C++ validator's wall as a multiple of ours, cold, {peer_size:,} files",
                wanted=1,
                measured=_times(peers[peer_size].get("jsonschema (C++)"), found[peer_size, 1]["cold"]),
                at_least=True,
            ),
        ),
        skipped=skipped,
    )


def _size(scope: Scope, size: int, per_file: int) -> dict[str, Cost]:
    folder = scope.estate(Estate(connectors=size, per_file=per_file))
    trueup = (*TRUEUP, "validate", "connectors")

    def cold() -> Cost:
        shutil.rmtree(folder / ".trueup", ignore_errors=True)
        return run(trueup, cwd=folder)

    ways: dict[str, Callable[[], Cost]] = {
        "cold": cold,
        "warm": lambda: run(trueup, cwd=folder),
        "no cache": lambda: run((*trueup, "--no-cache"), cwd=folder),
        "floor": lambda: _floor("parse", folder),
        "hash floor": lambda: _floor("hash", folder),
    }
    return by_turns(ways, rounds_for(size))


def _floor(parts: str, folder: Path) -> Cost:
    """Return the sum of the parts alone: the start of the interpreter is not in it."""
    cost = run((sys.executable, "-m", "benchmarks.floor", parts, str(folder)), cwd=ROOT)
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


def _cold_ratio(found: dict[str, Cost]) -> float:
    return found["cold"].wall / (found["floor"].wall / CORES)


def _times(peer: Cost | None, ours: Cost) -> float | None:
    return None if peer is None else peer.wall / ours.wall


def _table(found: dict[tuple[int, int], dict[str, Cost]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for (size, per_file), costs in found.items():
        cold, warm, floor, hashed = costs["cold"], costs["warm"], costs["floor"], costs["hash floor"]
        rows.append(
            (
                size,
                per_file,
                floor.wall,
                cold.wall,
                cold.cpu,
                mib(cold.memory),
                _cold_ratio(costs),
                costs["no cache"].wall,
                hashed.wall,
                warm.wall,
                warm.cpu,
                mib(warm.memory),
                ratio(warm.wall, hashed.wall),
            )
        )
    return Table(
        title="validate: cold and warm, beside the floor",
        columns=(
            "manifests",
            "a file",
            "floor s",
            "cold s",
            "cold CPU s",
            "cold MiB",
            f"cold / (floor / {CORES})",
            "no cache s",
            "read, hash s",
            "warm s",
            "warm CPU s",
            "warm MiB",
            "warm / (read, hash)",
        ),
        rows=tuple(rows),
        note="Floor: reading the files, libyaml's parse events of them, jsonschema-rs over the parsed data, in one "
        "process on one core; its start and what turns events into data are not counted. Ours are whole processes, "
        "from start to exit.",
    )


def _peer_table(found: dict[tuple[int, int], dict[str, Cost]], peers: dict[int, dict[str, Cost]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for size, costs in peers.items():
        ours = found[size, 1]
        for name, cost in costs.items():
            cold, warm = cost.wall / ours["cold"].wall, cost.wall / ours["warm"].wall
            rows.append((size, name, cost.wall, cost.cpu, mib(cost.memory), cold, warm))
    return Table(
        title="validate: other validators on the same files and schema",
        columns=("files", "program", "wall s", "CPU s", "MiB", "x ours, cold", "x ours, warm"),
        rows=tuple(rows),
        note="Whole processes, given the same YAML files and connector.schema.json. They tell no line of what is wrong "
        "and know no rule beyond the schema.",
    )
