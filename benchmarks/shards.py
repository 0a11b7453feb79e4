"""Benchmark 7: ``validate --shard``, each shard timed alone."""

from benchmarks.estate import Estate
from benchmarks.measure import TRUEUP, Cost, run
from benchmarks.scope import Scope
from benchmarks.tables import Cell, Report, Table, mib

COUNTS = (1, 4, 16)


def measure(scope: Scope) -> Report:
    """Validate all shards of an estate one after the other, for several shard counts."""
    estate = Estate(connectors=scope.sizes((1_000,) if scope.short else (1_000, 10_000))[-1])
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
        longest = max(cost.cpu for cost in costs)
        total = sum(cost.cpu for cost in costs)
        largest = max(cost.memory for cost in costs)
        rows.append((count, longest, whole.cpu / longest, total, total / whole.cpu, mib(largest)))
    return Table(
        title=f"shards: validate {estate.resources:,} manifests",
        columns=("shards", "longest, CPU s", "times less", "sum, CPU s", "sum / whole", "MiB, largest"),
        rows=tuple(rows),
        note="Each shard runs alone; the longest is the time of the whole when every shard has a machine of its own.",
    )
