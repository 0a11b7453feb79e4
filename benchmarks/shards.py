"""Benchmark 7: an estate that one machine need not carry alone: each shard timed alone."""

from benchmarks.estate import Estate
from benchmarks.measure import TRUEUP, Cost, run
from benchmarks.scope import Scope
from benchmarks.tables import Cell, Report, Table, mib

COUNTS = (1, 4, 16)


def measure(scope: Scope) -> Report:
    """Validate all shards of an estate one after the other, for several numbers of shards."""
    estate = Estate(connectors=1_000 if scope.short else 100_000)
    folder = scope.estate(estate)
    command = (*TRUEUP, "validate", "--shard")
    found = {
        count: [run((*command, f"{index}/{count}"), cwd=folder) for index in range(1, count + 1)]
        for count in (COUNTS[:2] if scope.short else COUNTS)
    }
    return Report(tables=(_table(estate, found),))


def _table(estate: Estate, found: dict[int, list[Cost]]) -> Table:
    whole = found[1][0]
    rows: list[tuple[Cell, ...]] = []
    for count, costs in found.items():
        longest = max(cost.wall for cost in costs)
        total = sum(cost.wall for cost in costs)
        largest = max(cost.memory for cost in costs)
        rows.append((count, longest, whole.wall / longest, total, total / whole.wall, mib(largest)))
    return Table(
        title=f"shards: validate {estate.resources:,} manifests",
        columns=("shards", "longest s", "times faster", "sum s", "sum / whole", "MiB, largest"),
        rows=tuple(rows),
        note="Each shard runs alone; the longest is how long the whole takes when each has a machine.",
    )
