"""Run processes and tell what they cost."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Final

TRUEUP: Final = (sys.executable, "-m", "trueup")
KIB: Final = 1024


class Broken(Exception):
    """A measured program did not do what it was to do, so its figures mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Hold what a process took, its children included: seconds, CPU seconds, and bytes at its largest."""

    wall: float
    cpu: float
    memory: int
    out: str = ""


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, ok: Iterable[int] = (0,)) -> Cost:
    """Run one command; raises Broken when it ends with another status than those that are ``ok``.

    Python keeps its byte code, as it does after an installation, whatever this process was told.
    """
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with TemporaryFile() as out, TemporaryFile() as err:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env={**surroundings, **(env or {})}, stdout=out, stderr=err)
        _, ended, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = status = os.waitstatus_to_exitcode(ended)
        out.seek(0)
        if status not in set(ok):
            err.seek(0)
            told = (out.read() + err.read())[-600:].decode(errors="replace")
            raise Broken(f"{' '.join(command)[:200]} ended with status {status}: {told}")
        text = out.read().decode(errors="replace")
    return Cost(wall=wall, cpu=used.ru_utime + used.ru_stime, memory=used.ru_maxrss * KIB, out=text)


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure, and the output of the last."""
    return Cost(
        wall=median(cost.wall for cost in costs),
        cpu=median(cost.cpu for cost in costs),
        memory=int(median(cost.memory for cost in costs)),
        out=costs[-1].out,
    )


def by_turns(ways: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, Cost]:
    """Measure every way ``rounds`` times, by turns, so that what else the machine does meets all of them alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            costs[name].append(way())
    return {name: middle(found) for name, found in costs.items()}


def rounds_for(size: int) -> int:
    """Return how often something of this size is measured: small things often, as they vary most."""
    return 5 if size <= 1_000 else 3 if size <= 10_000 else 1  # noqa: PLR2004 - the sizes of the tables
