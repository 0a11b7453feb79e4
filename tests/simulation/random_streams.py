"""Random streams: each part of a run draws from its own, named one.

Streams keep a run recognisable when the simulation grows: drawing one thing more shifts nothing else.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance(Random):
    """A random stream with named draws."""

    def happens(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random() < probability

    def some(self, items: Sequence[T], *, least: int = 0, most: int | None = None) -> list[T]:
        """Return between ``least`` and ``most`` different items, in any order."""
        top = len(items) if most is None else min(most, len(items))
        return self.sample(items, self.randint(min(least, top), top))


def stream(seed: int, run: int, name: str) -> Chance:
    """Return the stream of this name in this run of the simulation with this seed."""
    return Chance(f"{seed}/{run}/{name}")
