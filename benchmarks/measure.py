"""Run processes and measure their cost."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Final

TRUEUP: Final = (sys.executable, "-m", "trueup")
KIB: Final = 1024
_LAUNCH: Final = Path(__file__).with_name("launch.py")


class Broken(Exception):
    """A measured program failed, so its figures mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of a process and its children: wall and CPU in seconds, peak memory in bytes; ``out`` is its output."""

    wall: float
    cpu: float
    memory: int
    out: str = ""


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, ok: Iterable[int] = (0,)) -> Cost:
    """Run one command; raises Broken when it ends with another status than those that are ``ok``.

    Python writes byte code, as it does after an installation, even if this process was started without.
    """
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with TemporaryFile() as out, TemporaryFile() as err, TemporaryFile() as costs:
        launched = [sys.executable, "-S", "-E", str(_LAUNCH), str(costs.fileno()), *command]
        subprocess.run(
            launched,
            cwd=cwd,
            env={**surroundings, **(env or {})},
            stdout=out,
            stderr=err,
            pass_fds=[costs.fileno()],
            check=True,
        )
        out.seek(0)
        costs.seek(0)
        cost = json.load(costs)
        if cost["status"] not in set(ok):
            err.seek(0)
            last = (out.read() + err.read())[-600:].decode(errors="replace")
            raise Broken(f"{' '.join(command)[:200]} ended with status {cost['status']}: {last}")
        text = out.read().decode(errors="replace")
    return Cost(wall=cost["wall"], cpu=cost["cpu"], memory=cost["kib"] * KIB, out=text)


def best(costs: Sequence[Cost]) -> Cost:
    """Return the least of each time, the median of the memory, and the output of the last run."""
    # Other processes only ever add to a time, wall or CPU (caches, frequency), so the least is nearest to the truth.
    return Cost(
        wall=min(cost.wall for cost in costs),
        cpu=min(cost.cpu for cost in costs),
        memory=int(median(cost.memory for cost in costs)),
        out=costs[-1].out,
    )


def by_turns(ways: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, Cost]:
    """Measure each of ``ways`` ``rounds`` times, alternately, so that other load of the machine affects all alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            costs[name].append(way())
    return {name: best(found) for name, found in costs.items()}


def rounds_for(size: int) -> int:
    """Return how often to measure something of this size: small things often, as they vary most."""
    return 5 if size <= 1_000 else 3 if size <= 10_000 else 1  # noqa: PLR2004 - the sizes of the tables
