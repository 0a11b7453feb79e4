"""Carry out runs, sequentially or in several processes."""

import gc
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from simulation.invariants.all import check_invariants
from simulation.invariants.evidence import Violation
from simulation.run import FinishedRun, simulate_run
from simulation.scenario import Scenario, draw_scenario
from simulation.seams import NOTHING_PLANTED, Seams
from simulation.tally import Tally

MEMORY_DISK: Final = Path("/dev/shm")
_CHUNK: Final = 25

Adjust = Callable[[Scenario], Scenario]


def unchanged_scenario(scenario: Scenario) -> Scenario:
    """Return the scenario as it was drawn."""
    return scenario


def run_one(
    seed: int, run: int, seams: Seams = NOTHING_PLANTED, adjust: Adjust = unchanged_scenario
) -> tuple[FinishedRun, list[Violation]]:
    """Carry out one run and check its invariants; ``adjust`` changes what was drawn."""
    place = MEMORY_DISK if MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="trueup-simulation-", dir=place) as folder:
        finished = simulate_run(adjust(draw_scenario(seed, run)), Path(folder) / "runs", seams)
        return finished, check_invariants(finished)


def run_many(seed: int, runs: range, seams: Seams = NOTHING_PLANTED) -> Tally:
    """Carry out runs in this process and add them up."""
    tally = Tally()
    for run in runs:
        tally.add(*run_one(seed, run, seams))
    return tally


def run_in_parallel(seed: int, runs: int, *, jobs: int, on_part: Callable[[Tally], None]) -> Tally:
    """Carry out runs 0 to ``runs`` in several processes; ``on_part`` gets the counts so far."""
    whole = Tally()
    for part in _parts(seed, runs, jobs):
        whole.merge(part)
        on_part(whole)
    whole.failures.sort(key=lambda failure: failure.run)
    return whole


def _parts(seed: int, runs: int, jobs: int) -> Iterator[Tally]:
    ranges = [range(start, min(start + _CHUNK, runs)) for start in range(0, runs, _CHUNK)]
    if jobs == 1:
        yield from (_part(seed, part) for part in ranges)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_part, [seed] * len(ranges), ranges)


def _part(seed: int, runs: range) -> Tally:
    # A run leaves cycles behind: collecting once a chunk is much cheaper than whenever the collector thinks so.
    gc.disable()
    try:
        return run_many(seed, runs)
    finally:
        gc.enable()
        gc.collect()
