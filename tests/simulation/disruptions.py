"""Draw what goes wrong around a run: servers that are down, full disks, signals, people who want something else.

Each from a stream of its own, so that runs drawn before these were known stay what they were.
"""

import math
from dataclasses import dataclass
from typing import Final

from benchmarks.campaign.chance import Chance
from benchmarks.campaign.estate import Estate, draw_estate
from benchmarks.campaign.world import CONNECT, ORIGIN

REFUSED: Final = "refused"
CLOSED: Final = "closed"
PAGES: Final = {"page 502": 502, "page 503": 503, "page 504": 504, "page 429": 429}
"""What a gateway answers for a server that is down, or that it keeps requests from."""

ENOUGH: Final = 1 << 30
"""Bytes that no journal fills."""

_JOURNAL: Final = 6_000
"""About as many bytes as the journal of a life of these has."""
_CROWD: Final = 12
_MOMENTS: Final = 60
"""About as many moments as such a life has."""


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
    """The room on the disk in one life, in bytes; ``for_ever``: nobody makes room later."""

    room: int = ENOUGH
    for_ever: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishaps:
    """What goes wrong around a run, by disturbed life; what is missing for a life does not happen in it.

    ``crowd``: how many certifications there are instead of the few resources of other runs, 0 for not.
    ``signals`` are the moments at which SIGINT or SIGTERM comes. ``others`` says in which lives the manifests are those
    of a colleague, who wants something else of the same resources. ``estate`` says where the
    manifests are in git, None for nowhere. ``recreating`` is how likely a foreign edit deletes
    the resource and creates it anew, ``losing_keys`` how likely it leaves a draft without a key.
    """

    outage: Outage | None = None
    crowd: int = 0
    disks: tuple[Disk, ...] = ()
    signals: tuple[tuple[int, ...], ...] = ()
    others: tuple[bool, ...] = ()
    estate: Estate | None = None
    recreating: float = 0.05
    losing_keys: float = 0.03

    def disk(self, life: int) -> Disk:
        """Return the room on the disk in the life of this number."""
        return self.disks[life - 1] if life <= len(self.disks) else Disk()

    def moments(self, life: int) -> tuple[int, ...]:
        """Return when signals come in the life of this number."""
        return self.signals[life - 1] if life <= len(self.signals) else ()

    def of_others(self, life: int) -> bool:
        """Return whether the manifests of the life of this number are the colleague's."""
        return life <= len(self.others) and self.others[life - 1]


NONE: Final = Mishaps()


def draw_mishaps(chance: Chance) -> Mishaps:
    """Draw what goes wrong around a run: mostly one thing."""
    outage = _outage(chance) if chance.happens(0.12) else None
    return Mishaps(
        outage=outage,
        crowd=_CROWD if outage is not None and outage.world == ORIGIN and chance.happens(0.3) else 0,
        disks=tuple(_disk(chance) for _ in range(3)) if chance.happens(0.12) else (),
        signals=tuple(_signals(chance) for _ in range(3)) if chance.happens(0.15) else (),
        others=tuple(chance.happens(0.5) for _ in range(3)) if chance.happens(0.25) else (),
        estate=draw_estate(chance) if chance.happens(0.06) and outage is None else None,
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
