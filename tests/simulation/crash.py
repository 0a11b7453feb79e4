"""Let the process of a life die: from then on nothing of it has any effect."""

from dataclasses import dataclass, field


class Killed(BaseException):
    """The process is dead. Not an ``Exception``: nothing of trueup may catch it, as nothing catches a kill."""


class Broken(BaseException):
    """The campaign itself is at fault. Not an ``Exception``: trueup must not take it for its own."""


@dataclass(slots=True)
class Mortal:
    """Count the boundaries that a process crosses, and let it die at one of them.

    ``fatal`` is the number of the boundary, 0 for none. ``died`` names it afterwards.
    """

    fatal: int = 0
    crossed: int = 0
    died: str = ""
    alive: bool = field(default=True)

    def cross(self, boundary: str) -> None:
        """Cross a boundary; raises :class:`Killed` there and ever after."""
        self.check()
        self.crossed += 1
        if self.crossed == self.fatal:
            self.alive, self.died = False, boundary
            raise Killed(boundary)

    def check(self) -> None:
        """Raise :class:`Killed` when the process is dead."""
        if not self.alive:
            raise Killed(self.died)
