"""Draw the disruptions of a run: outages, full disks, signals, a colleague's manifests, a base that moved.

They have their own random stream, so that adding one does not change the rest of a run.
"""

import math
from dataclasses import dataclass
from typing import Final

from simulation.moved_base import MovedBase, draw_moved_base
from simulation.places import CONNECT, ORIGIN
from simulation.random_streams import Chance

REFUSED: Final = "refused"
CLOSED: Final = "closed"
PAGES: Final = {"page 502": 502, "page 503": 503, "page 504": 504, "page 429": 429}
"""What a gateway answers for a server that is down, or that it shields from requests."""

ENOUGH: Final = 1 << 30
"""More bytes than any journal has."""

_JOURNAL: Final = 6_000
"""Typical size of an attempt's journal in bytes."""
_CROWD: Final = 12
_MOMENTS: Final = 60
"""Typical number of moments in an attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One server that is down: from its ``request``-th request of the run on, for ``seconds``.

    ``form`` is how that shows. An outage that lasts for ever ends when the run calms down.
    """

    world: str
    request: int
    seconds: float
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The room on the disk in one attempt, in bytes; ``for_ever``: it stays full."""

    room: int = ENOUGH
    for_ever: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruptions:
    """The disruptions of a run, by disturbed attempt; what is missing for an attempt does not happen in it.

    ``crowd``: how many certifications there are instead of the few resources of other runs, 0 for not.
    ``signals`` are the moments at which SIGINT or SIGTERM comes. ``others`` says in which attempts the manifests are
    those of a colleague, who wants something else of the same resources. ``moved_base`` says where the manifests are in
    git, None for nowhere. ``recreating`` is the probability that a foreign edit deletes the resource and creates it
    again, ``losing_keys`` that it leaves a draft without a key.
    """

    outage: Outage | None = None
    crowd: int = 0
    disks: tuple[Disk, ...] = ()
    signals: tuple[tuple[int, ...], ...] = ()
    others: tuple[bool, ...] = ()
    moved_base: MovedBase | None = None
    recreating: float = 0.05
    losing_keys: float = 0.03

    def disk(self, attempt: int) -> Disk:
        """Return the room on the disk in the attempt of this number."""
        return self.disks[attempt - 1] if attempt <= len(self.disks) else Disk()

    def moments(self, attempt: int) -> tuple[int, ...]:
        """Return when signals come in the attempt of this number."""
        return self.signals[attempt - 1] if attempt <= len(self.signals) else ()

    def of_others(self, attempt: int) -> bool:
        """Return whether the manifests of the attempt of this number are the colleague's."""
        return attempt <= len(self.others) and self.others[attempt - 1]


NONE: Final = Disruptions()


def draw_disruptions(chance: Chance) -> Disruptions:
    """Draw the disruptions of a run: mostly one."""
    outage = _outage(chance) if chance.happens(0.12) else None
    return Disruptions(
        outage=outage,
        crowd=_CROWD if outage is not None and outage.world == ORIGIN and chance.happens(0.3) else 0,
        disks=tuple(_disk(chance) for _ in range(3)) if chance.happens(0.12) else (),
        signals=tuple(_signals(chance) for _ in range(3)) if chance.happens(0.15) else (),
        others=tuple(chance.happens(0.5) for _ in range(3)) if chance.happens(0.25) else (),
        moved_base=draw_moved_base(chance) if chance.happens(0.06) and outage is None else None,
    )


def _outage(chance: Chance) -> Outage:
    return Outage(
        world=chance.choice((CONNECT, ORIGIN)),
        request=chance.choice((1, chance.randint(2, 24))),
        seconds=chance.choice((0.4, 4.0, 40.0, 400.0, math.inf)),
        form=chance.choice((REFUSED, CLOSED, *PAGES)),
    )


def _disk(chance: Chance) -> Disk:
    return Disk(room=chance.randint(0, _JOURNAL), for_ever=chance.happens(0.7)) if chance.happens(0.7) else Disk()


def _signals(chance: Chance) -> tuple[int, ...]:
    first = chance.randint(1, _MOMENTS)
    return (first, first + chance.randint(1, 12)) if chance.happens(0.4) else (first,)
