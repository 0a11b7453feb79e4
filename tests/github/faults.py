"""What may go wrong between a client and GitHub, and when."""

import re
from dataclasses import dataclass, field
from typing import Final

PRIMARY: Final = "API rate limit exceeded for installation ID 1."
SECONDARY: Final = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@dataclass(frozen=True)
class LostBefore:
    """The connection breaks before the request is read: nothing is done."""


@dataclass(frozen=True)
class LostAfter:
    """The request is executed and its answer is lost."""


@dataclass(frozen=True)
class Answers:
    """Another answer comes, and nothing is done: 502 of a proxy, 500, 404, 422, 403."""

    status: int
    message: str = "no"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class PrimaryLimit:
    """The requests of this hour are used up (using-the-rest-api/rate-limits-for-the-rest-api): 403 or 429.

    ``seconds`` is the time until the limit is reset, from now.
    """

    seconds: int = 1
    status: int = 403


@dataclass(frozen=True)
class SecondaryLimit:
    """Too much at once: 403 or 429, with ``retry-after`` in seconds, or with the words alone."""

    status: int = 403
    retry_after: int | None = 1


@dataclass(frozen=True)
class NotJson:
    """The request is executed, and a page for people is answered with 200."""


@dataclass(frozen=True)
class Truncated:
    """The request is executed, and the connection breaks in the middle of the answer."""


@dataclass(frozen=True)
class Slow:
    """The answer takes this many seconds."""

    seconds: float


@dataclass(frozen=True)
class Shuffled:
    """A list comes in another order; pages are made of it afterwards."""

    seed: int = 0


Effect = LostBefore | LostAfter | Answers | PrimaryLimit | SecondaryLimit | NotJson | Truncated | Slow | Shuffled


@dataclass
class _Switch:
    effect: Effect
    pattern: "re.Pattern[str]"
    nth: int
    times: int
    seen: int = 0


@dataclass
class Faults:
    """Switches in the order in which they were added; the first one that is due has its effect.

    ``github.faults.Faults().add(LostAfter(), "POST .*/comments$", nth=2)`` loses the answer to the second comment.
    """

    switches: list[_Switch] = field(default_factory=list)

    def add(self, effect: Effect, pattern: str = "", *, nth: int = 1, times: int = 1) -> "Faults":
        """Have an effect on requests whose ``METHOD /path?query`` a regular expression is found in.

        It begins with the ``nth`` of them after this call, from 1, and is had ``times`` times in a row.
        """
        self.switches.append(_Switch(effect, re.compile(pattern), nth, times))
        return self

    def due(self, method: str, target: str) -> Effect | None:
        """Count a request, and return the effect on it."""
        matching = [switch for switch in self.switches if switch.pattern.search(f"{method} {target}")]
        for switch in matching:
            switch.seen += 1
        return next((s.effect for s in matching if s.nth <= s.seen < s.nth + s.times), None)
