"""Benchmark 4: ``apply`` of many changes at several latencies, beside what the latency alone makes impossible."""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.estate import CREDENTIALS, Estate, write_project
from benchmarks.measure import Broken
from benchmarks.scope import Scope
from benchmarks.tables import Goal, Report, Table
from benchmarks.world import fill, served
from trueup.apply.file_journal import FileJournal
from trueup.apply.run import ApplyOptions, apply_plan
from trueup.manifest.load import load
from trueup.manifest.project import load_project
from trueup.model.outcome import Status
from trueup.plan.build import build_plan
from trueup.platforms.clock import SystemClock
from trueup.platforms.open import open_platforms

CONCURRENCY = 10
LATENCIES = (0.02, 0.1, 0.3)


def measure(scope: Scope) -> Report:
    """Apply the same changes at every latency."""
    count = 50 if scope.short else 1_000
    latencies = LATENCIES[:1] if scope.short else LATENCIES
    taken = {latency: _applied(scope, count, latency) for latency in latencies}
    limits = {latency: -(-count // CONCURRENCY) * latency for latency in latencies}
    rows = tuple(
        (1000 * latency, limits[latency], wall, wall / limits[latency], 1e3 * cpu / count)
        for latency, (wall, cpu) in taken.items()
    )
    return Report(
        tables=(
            Table(
                title=f"apply: {count:,} changes, {CONCURRENCY} side by side",
                columns=("latency ms", "limit s", "wall s", "wall / limit", "CPU ms a change"),
                rows=rows,
                note="From a finished plan to the last verified answer, over the network transport and with a journal "
                "on disk. Limit: ceil(writes / concurrency) x latency; the sandbox's own work on the same machine is "
                "in the wall time and not in the limit.",
            ),
        ),
        goals=tuple(
            Goal(
                text=f"wall as a multiple of the limit at {1000 * latency:g} ms",
                wanted=1.15,
                measured=taken[latency][0] / limits[latency],
            )
            for latency in latencies
        ),
    )


def _applied(scope: Scope, count: int, latency: float) -> tuple[float, float]:
    estate = Estate(connectors=count, changed_percent=100)
    state = scope.folder / f"apply-{latency}.db"
    fill(estate, state)
    with served(state, latency=latency) as world:
        folder = scope.estate(estate)
        write_project(estate, folder, url=world.url)
        return asyncio.run(_timed(folder, scope.folder / f"runs-{latency}"))


async def _timed(folder: Path, runs: Path) -> tuple[float, float]:
    """Return the wall and CPU seconds of applying everything."""
    project = load_project(folder / "trueup.yaml", sandbox=False, cwd=folder)
    manifests = load(project, (), cwd=folder).manifests
    env: Mapping[str, str] = {**os.environ, **CREDENTIALS}
    async with open_platforms(project.targets, env=env, clock=SystemClock()) as platforms:
        plan = await build_plan(manifests, platforms.readers)
        begin, before = time.perf_counter(), time.process_time()
        outcomes = await apply_plan(
            plan,
            readers=platforms.readers,
            writers=platforms.writers,
            journal=FileJournal(runs),
            clock=SystemClock(),
            options=ApplyOptions(concurrency=CONCURRENCY),
        )
        wall, cpu = time.perf_counter() - begin, time.process_time() - before
    if {outcome.status for outcome in outcomes} != {Status.APPLIED}:
        raise Broken(f"not everything was applied: {next(o for o in outcomes if o.status is not Status.APPLIED)}")
    return wall, cpu
