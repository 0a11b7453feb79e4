"""Carry out runs, one after the other or in several processes."""

import gc
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from benchmarks.campaign.judges.bench import judge
from benchmarks.campaign.judges.evidence import Alarm
from benchmarks.campaign.lives import Lived, live_through
from benchmarks.campaign.scenario import Scenario, draw_scenario
from benchmarks.campaign.seams import NOTHING_PLANTED, Seams
from benchmarks.campaign.tally import Tally

MEMORY_DISK: Final = Path("/dev/shm")
_CHUNK: Final = 25

Bend = Callable[[Scenario], Scenario]


def as_drawn(scenario: Scenario) -> Scenario:
    """Leave everything as it was drawn."""
    return scenario


def run_one(seed: int, run: int, seams: Seams = NOTHING_PLANTED, bend: Bend = as_drawn) -> tuple[Lived, list[Alarm]]:
    """Live through one run and judge it; ``bend`` changes what was drawn."""
    place = MEMORY_DISK if MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="trueup-campaign-", dir=place) as folder:
        lived = live_through(bend(draw_scenario(seed, run)), Path(folder) / "runs", seams)
        return lived, judge(lived)


def run_many(seed: int, runs: range, seams: Seams = NOTHING_PLANTED) -> Tally:
    """Carry out runs in this process and add them up."""
    tally = Tally()
    for run in runs:
        tally.add(*run_one(seed, run, seams))
    return tally


def run_side_by_side(seed: int, runs: int, *, jobs: int, on_part: Callable[[Tally], None]) -> Tally:
    """Carry out runs 0 to ``runs`` in several processes; ``on_part`` is told how far it is."""
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
