"""Crash the process of an attempt: after that it has no effect any more."""

from dataclasses import dataclass, field
from typing import NoReturn


class Killed(BaseException):
    """The process was killed. Not an ``Exception``: trueup must not catch it, as no process catches SIGKILL."""


class Broken(BaseException):
    """The simulation itself is at fault. Not an ``Exception``: trueup must not take it for its own."""


@dataclass(slots=True)
class CrashPoint:
    """A counter of the boundaries that a process crosses, which kills it at one of them.

    ``fatal`` is the number of the boundary, 0 for none. ``died`` names it afterwards.
    """

    fatal: int = 0
    crossed: int = 0
    died: str = ""
    alive: bool = field(default=True)

    def cross(self, boundary: str) -> None:
        """Count a boundary; raises :class:`Killed` at the fatal one and from then on."""
        self.check()
        self.crossed += 1
        if self.crossed == self.fatal:
            self.kill(boundary)

    def kill(self, boundary: str) -> NoReturn:
        """Kill the process here; raises :class:`Killed`."""
        self.alive, self.died = False, boundary
        raise Killed(boundary)

    def check(self) -> None:
        """Raise :class:`Killed` when the process was killed."""
        if not self.alive:
            raise Killed(self.died)
