"""Benchmark 4: ``apply`` of many changes at several latencies, beside the time that latency alone takes."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.estate import CREDENTIALS, Estate, write_project
from benchmarks.measure import Broken
from benchmarks.scope import Scope
from benchmarks.tables import Goal, Report, Table
from benchmarks.world import fill, served
from trueup.apply.journal_file import FileJournal
from trueup.apply.run import ApplyOptions, apply_plan
from trueup.apply.seal import Journals
from trueup.manifest.load import load
from trueup.manifest.project import load_project
from trueup.model.run import Status
from trueup.plan.build import build_plan
from trueup.platforms.open import open_platforms
from trueup.platforms.settings import SystemClock
from trueup.state.folder import Folder
from trueup.state.key import SIZE

CONCURRENCY: Final = 10
LATENCIES: Final = (0.02, 0.1, 0.3)
GOAL_FROM: Final = 0.1
"""Seconds. With less latency, ten requests need more CPU time than the waiting leaves."""
SECONDS: Final = 60
WAITS, SANDBOX = "a server that only waits", "the sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    wall: float
    cpu: float
    flush: float
    """Seconds of one flush to the disk where the journal lies."""


def measure(scope: Scope) -> Report:
    """Apply the same changes at every latency, against both servers."""
    count, rounds = (100, 1) if scope.short else (1_000, 3)
    latencies = (GOAL_FROM,) if scope.short else LATENCIES
    servers = {WAITS: _waiting, SANDBOX: _sandboxed}
    taken = {
        # At high latency most of the time is waiting, which varies little.
        (name, latency): _best([server(scope, count, latency) for _ in range(rounds if latency < 0.1 else 1)])  # noqa: PLR2004 - ms
        for name, server in servers.items()
        for latency in latencies
    }
    limits = {latency: -(-count // CONCURRENCY) * latency for latency in latencies}
    rows = tuple(
        (name, 1000 * latency, limits[latency], t.wall, t.wall / limits[latency], 1e3 * t.cpu / count, 1e3 * t.flush)
        for (name, latency), t in taken.items()
    )
    return Report(
        tables=(
            Table(
                title=f"apply: {count:,} changes, {CONCURRENCY} side by side",
                columns=("against", "latency ms", "limit s", "wall s", "wall / limit", "CPU ms a change", "flush ms"),
                rows=rows,
                note="From a finished plan to the last verified answer, over the network transport and with a journal "
                "on disk. Limit: ceil(writes / concurrency) x latency. The sandbox needs about as much CPU of the same "
                "machine as trueup, which is in the wall time and not in the limit; the server that only waits has its "
                "answers ready. Flush: the time of the disk for one record, measured alone.",
            ),
        ),
        goals=tuple(
            Goal(
                text=f"wall as a multiple of the limit at {1000 * latency:g} ms, against {WAITS}",
                wanted=1.15,
                measured=taken[WAITS, latency].wall / limits[latency],
            )
            for latency in latencies
            if latency >= GOAL_FROM
        ),
    )


def _best(found: list[_Times]) -> _Times:
    return _Times(wall=min(t.wall for t in found), cpu=min(t.cpu for t in found), flush=median(t.flush for t in found))


def _waiting(scope: Scope, count: int, latency: float) -> _Times:
    with _quick(count, latency) as url:
        taken = _applied(scope, count, url)
        with urllib.request.urlopen(f"{url}/_most", timeout=SECONDS) as answer:
            most = json.load(answer)["most"]
    if most > CONCURRENCY:
        raise Broken(f"{most} requests ran at once, and {CONCURRENCY} were allowed")
    return taken


def _sandboxed(scope: Scope, count: int, latency: float) -> _Times:
    state = scope.folder / f"apply-{time.monotonic_ns()}.db"
    fill(Estate(connectors=count, changed_percent=100), state)
    with served(state, latency=latency) as world:
        return _applied(scope, count, world.url)


@contextmanager
def _quick(count: int, latency: float) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.quick", str(count), str(latency)]
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            if re.fullmatch(r"http://[\d.]+:\d+\n", line) is None:
                raise Broken(f"the waiting server printed no address: {line}")
            yield line.strip()
        finally:
            process.terminate()
            process.communicate(timeout=SECONDS)


def _applied(scope: Scope, count: int, url: str) -> _Times:
    estate = Estate(connectors=count, changed_percent=100)
    folder = scope.estate(estate)
    write_project(estate, folder, url=url)
    runs = scope.folder / f"runs-{time.monotonic_ns()}"
    flush = _flush(scope.folder)
    wall, cpu = asyncio.run(_timed(folder, runs))
    return _Times(wall=wall, cpu=cpu, flush=flush)


def _flush(folder: Path) -> float:
    """Return the seconds that the disk needs to flush one record."""
    taken = []
    with (folder / "flush").open("ab", buffering=0) as file:
        for _ in range(20):
            file.write(b"x" * 600)
            begin = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begin)
    return median(taken)


async def _timed(folder: Path, runs: Path) -> tuple[float, float]:
    """Return the wall and CPU seconds of applying all changes."""
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
            journal=FileJournal(Journals(Folder(runs.parent, (runs.name,)), key=bytes(SIZE))),
            clock=SystemClock(),
            options=ApplyOptions(concurrency=CONCURRENCY),
        )
        wall, cpu = time.perf_counter() - begin, time.process_time() - before
    if {outcome.status for outcome in outcomes} != {Status.APPLIED}:
        raise Broken(f"not everything was applied: {next(o for o in outcomes if o.status is not Status.APPLIED)}")
    return wall, cpu
