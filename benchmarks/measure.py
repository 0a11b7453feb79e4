"""Run processes and tell what they cost."""

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
    with TemporaryFile() as out, TemporaryFile() as err, TemporaryFile() as told:
        launched = [sys.executable, "-S", "-E", str(_LAUNCH), str(told.fileno()), *command]
        subprocess.run(
            launched,
            cwd=cwd,
            env={**surroundings, **(env or {})},
            stdout=out,
            stderr=err,
            pass_fds=[told.fileno()],
            check=True,
        )
        out.seek(0)
        told.seek(0)
        cost = json.load(told)
        if cost["status"] not in set(ok):
            err.seek(0)
            last = (out.read() + err.read())[-600:].decode(errors="replace")
            raise Broken(f"{' '.join(command)[:200]} ended with status {cost['status']}: {last}")
        text = out.read().decode(errors="replace")
    return Cost(wall=cost["wall"], cpu=cost["cpu"], memory=cost["kib"] * KIB, out=text)


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
