"""Benchmark 2: ``plan`` against the served sandbox, with its requests counted; and octoDNS on as many records."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.estate import CREDENTIALS, Estate, write_project
from benchmarks.measure import TRUEUP, Broken, Cost, best, by_turns, rounds_for, run
from benchmarks.peers import octodns
from benchmarks.scope import EXTREME, Scope
from benchmarks.tables import Cell, Goal, Report, Table, mib
from benchmarks.world import BY_KEY, LIST, SEARCH, TOKEN, World, fill, served

PAGE = 500
REACHED = 2 * (10_000 + PAGE)
"""Drafts that listing from both ends reaches: the largest offset is 10,000."""
PERCENTS = (0, 1, 10, 100)


def measure(scope: Scope) -> Report:
    """Measure every size with every share of changes."""
    rows = [row for estates in _estates(scope) for row in _world(scope, estates)]
    offline = _offline(scope, scope.sizes((1_000,) if scope.short else (1_000, 10_000))[-1])
    small, large = _growth(scope)
    return Report(
        tables=(_table(rows), _offline_table(offline), _growth_table([small, large])),
        goals=(
            Goal(
                text="requests as a multiple of the least possible, worst of all rows",
                wanted=1,
                measured=max(sum(requests.values()) / sum(least(estate).values()) for estate, _, requests in rows),
            ),
            Goal(
                text="octoDNS's CPU a resource as a multiple of ours",
                wanted=6,
                measured=offline["octoDNS"].cpu / offline["trueup"].cpu if "octoDNS" in offline else None,
                at_least=True,
            ),
            Goal(
                text=f"CPU a resource at {large[0]:,} as a multiple of that at {small[0]:,}",
                wanted=1.2,
                measured=large[1] / small[1],
            ),
            Goal(
                text=f"memory a resource at {large[0]:,} as a multiple of that at {small[0]:,}",
                wanted=1.2,
                # A small estate may fit into what starting up has taken and given back.
                measured=large[2] / small[2] if small[2] > 0 else None,
            ),
        ),
        skipped=tuple(f"{name}: {why}" for name, why in scope.peers.missing.items()),
    )


Row = tuple[Estate, Cost, dict[str, int]]


def _estates(scope: Scope) -> Iterator[list[Estate]]:
    """Yield lists of estates that differ only in their share of changes, and so can share a sandbox."""
    for size in scope.sizes((100,) if scope.short else (10, 100, 1_000, 10_000)):
        for certifications in (0, size // 2):
            shares = _shares(Estate(connectors=size - certifications, certifications=certifications))
            yield shares[1:3] if scope.short else shares
    if not scope.short and EXTREME in scope.sizes((1, EXTREME)):
        yield _shares(Estate(connectors=EXTREME, targets=5))
        # Most reads are one request a resource here: minutes, whatever the share of changes.
        yield [Estate(connectors=EXTREME, changed_percent=1)]
        yield [Estate(connectors=EXTREME // 2, certifications=EXTREME // 2, changed_percent=1, targets=3)]


def _shares(estate: Estate) -> list[Estate]:
    return [replace(estate, changed_percent=percent) for percent in PERCENTS]


def least(estate: Estate) -> dict[str, int]:
    """Return the fewest requests that read the live state, by kind: see :mod:`trueup.platforms.connect.listing`."""
    totals = [len(range(number, estate.connectors, estate.targets)) for number in range(estate.targets)]
    used = [total for total in totals if total]
    return {
        TOKEN: len(used),
        LIST: sum(-(-min(total, REACHED) // PAGE) for total in used),
        BY_KEY: sum(max(0, total - REACHED) for total in used),
        SEARCH: estate.certifications,
    }


def _world(scope: Scope, estates: Sequence[Estate]) -> Iterator[Row]:
    with _sandbox(scope, estates[0]) as world:
        for estate in estates:
            yield _planned(scope, estate, world)


@contextmanager
def _sandbox(scope: Scope, estate: Estate) -> Iterator[World]:
    state = scope.folder / f"live-{estate.connectors}-{estate.certifications}-{estate.targets}.db"
    if not state.exists():
        fill(estate, state)
    with served(state) as world:
        yield world


def _planned(scope: Scope, estate: Estate, world: World) -> Row:
    folder = scope.estate(estate)
    write_project(estate, folder, url=world.url)
    costs = []
    for _ in range(1 if scope.short else min(3, rounds_for(estate.resources))):
        world.forget()
        costs.append(_plan(folder))
        _check(costs[-1], estate)
    return estate, best(costs), world.requests()


def _plan(folder: Path) -> Cost:
    return run((*TRUEUP, "plan"), cwd=folder, env=CREDENTIALS)


def _check(cost: Cost, estate: Estate) -> None:
    """Check the number of changes in the plan; raises Broken."""
    summary = cost.out.splitlines()[-2 if estate.changed else -1]
    wanted = f"Plan: {estate.changed:,} to update" if estate.changed else "No changes."
    if not summary.startswith(wanted):
        raise Broken(f"the plan of {estate} says: {summary}")


def _offline(scope: Scope, size: int) -> dict[str, Cost]:
    """Plan ``size`` connectors, and as many records with octoDNS, a tenth of them changed."""
    estate = Estate(connectors=size, changed_percent=10)
    folder = scope.estate(estate)
    with _sandbox(scope, estate) as world:
        write_project(estate, folder, url=world.url)
        ways = {"trueup": lambda: _plan(folder)}
        program = scope.peers.python("octodns-sync")
        if program:
            records = octodns.write(scope.folder / f"octodns-{size}", size, changed=estate.is_changed)
            ways["octoDNS"] = lambda: run((program, "--config-file", "config.yaml"), cwd=records)
        return by_turns(ways, 1 if scope.short else rounds_for(size))


def _growth(scope: Scope) -> tuple["Growth", "Growth"]:
    """Return the cost of a resource in a small and in a large estate, beyond that of a plan of a hundred."""
    largest = scope.sizes((1_000,) if scope.short else (1_000, 10_000, EXTREME))[-1]
    sizes = (100, 500 if largest == 1_000 else 1_000, largest)  # noqa: PLR2004 - the smallest of them
    base, small, large = (_cost(scope, Estate(connectors=size, targets=5, changed_percent=1)) for size in sizes)
    return _beyond(base, small, sizes[0], sizes[1]), _beyond(base, large, sizes[0], sizes[2])


def _cost(scope: Scope, estate: Estate) -> Cost:
    with _sandbox(scope, estate) as world:
        return _planned(scope, estate, world)[1]


Growth = tuple[int, float, float]
"""Manifests, and CPU seconds and bytes for each."""


def _beyond(base: Cost, cost: Cost, few: int, many: int) -> Growth:
    return many, (cost.cpu - base.cpu) / (many - few), (cost.memory - base.memory) / (many - few)


def _table(rows: Sequence[Row]) -> Table:
    cells: list[tuple[Cell, ...]] = []
    for estate, cost, asked in rows:
        fewest = least(estate)
        cells.append(
            (
                estate.connectors,
                estate.targets,
                estate.certifications,
                estate.changed_percent,
                cost.wall,
                cost.cpu,
                mib(cost.memory),
                1e6 * cost.cpu / estate.resources,
                sum(asked.values()),
                sum(fewest.values()),
                ", ".join(f"{asked[kind]:,} {kind}" for kind in fewest if asked.get(kind)),
            )
        )
    return Table(
        title="plan: against the served sandbox",
        columns=(
            "connectors",
            "on targets",
            "certifications",
            "% changed",
            "wall s",
            "CPU s",
            "MiB",
            "CPU µs a resource",
            "requests",
            "least",
            "of which",
        ),
        rows=tuple(cells),
        note="The sandbox runs on the same machine, so the wall time is mostly its work; CPU and memory are "
        "trueup's alone. Least: a token for each target with connectors, pages of 500 as far as listing from both ends "
        "reaches (21,000 drafts a target), one request a draft beyond that, one search a certification.",
    )


def _offline_table(costs: dict[str, Cost]) -> Table:
    ours = costs["trueup"]
    return Table(
        title="plan: beside octoDNS",
        columns=("program", "wall s", "CPU s", "MiB", "wall x ours", "CPU x ours"),
        rows=tuple(
            (name, cost.wall, cost.cpu, mib(cost.memory), cost.wall / ours.wall, cost.cpu / ours.cpu)
            for name, cost in costs.items()
        ),
        note="trueup: connectors of about 42 lines, a tenth changed, read from the served sandbox. octoDNS: as many "
        "records of 3 lines, a tenth changed, both sides YAML files. trueup's CPU includes the HTTP client and the "
        "JSON of the pages.",
    )


def _growth_table(found: Sequence[Growth]) -> Table:
    return Table(
        title="plan: what one more connector costs",
        columns=("connectors", "CPU µs", "KiB"),
        rows=tuple((size, 1e6 * cpu, memory / 1024) for size, cpu, memory in found),
        note="The cost of a plan beyond that of one of 100 connectors, divided by the number of connectors beyond "
        "these; 5 targets, 1 % changed.",
    )
