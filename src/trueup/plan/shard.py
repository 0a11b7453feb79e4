"""Split the work of one run into shards, by a hash of each resource's identity.

The shard of a resource depends only on its identity and on the number of shards, not on other resources, the order of
files or the machine. So resources can be added and removed without moving others, two manifests of one resource are
always in the same shard, and an additional shard moves only one in N resources, with N the new number of shards
("A Fast, Minimal Memory, Consistent Hash Algorithm", Lamping and Veach, 2014).
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from trueup.errors import UsageError
from trueup.model.identity import Identity

MOST_SHARDS: Final = 1000
"""More jobs than any CI system runs concurrently; a larger number is a typing error."""

_MULTIPLIER: Final = 2862933555777941757
_BITS: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """One of ``count`` parts of all resources; ``index`` counts from 1.

    Raises UsageError for a part that does not exist.
    """

    index: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.count <= MOST_SHARDS:
            raise UsageError(f"There is no shard {self}: shards count from 1/N to N/N, with N at most {MOST_SHARDS}.")

    def __str__(self) -> str:
        """Return the form that the command line accepts, for example ``2/4``."""
        return f"{self.index}/{self.count}"

    def has(self, identity: Identity) -> bool:
        """Return whether this resource belongs to the shard."""
        return self.count == 1 or index_of(identity, self.count) == self.index


def index_of(identity: Identity, count: int) -> int:
    """Return the number of the shard, from 1 to ``count``, to which a resource belongs."""
    parts = (identity.target, identity.kind, identity.field, identity.value)
    # No part contains a NUL, which YAML forbids, so the joined text is unambiguous.
    key = int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8])
    # The jump consistent hash of the paper: a linear congruential generator decides at each jump where the key goes
    # next, and the last jump before the end is the shard.
    place, following = 0, 0
    while following < count:
        place = following
        key = (key * _MULTIPLIER + 1) & _BITS
        following = (place + 1) * (1 << 31) // ((key >> 33) + 1)
    return place + 1
