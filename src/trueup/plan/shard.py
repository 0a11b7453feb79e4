"""Split the work of one run over several, by a hash of each resource's identity.

A resource's shard depends on its identity and on the number of shards, on nothing else: not on the other resources, the
order of files or the machine. So an estate may grow and shrink without moving what is already there, two manifests of
one resource always meet in one shard, and with one shard more only one resource in that many moves
("A Fast, Minimal Memory, Consistent Hash Algorithm", Lamping and Veach, 2014).
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from trueup.errors import UsageError
from trueup.model.identity import Identity

MOST_SHARDS: Final = 1000
"""As many jobs as no engine runs side by side; a larger number is a slip of the fingers."""

_MULTIPLIER: Final = 2862933555777941757
_BITS: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Name one of ``count`` parts of an estate; ``index`` counts from 1.

    Raises UsageError for a part that does not exist.
    """

    index: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.count <= MOST_SHARDS:
            raise UsageError(f"There is no shard {self}: shards count from 1/N to N/N, with N at most {MOST_SHARDS}.")

    def __str__(self) -> str:
        """Return the form that the command line takes, as ``2/4``."""
        return f"{self.index}/{self.count}"

    def has(self, identity: Identity) -> bool:
        """Return whether this resource is one of the shard's."""
        return self.count == 1 or index_of(identity, self.count) == self.index


def index_of(identity: Identity, count: int) -> int:
    """Return which of ``count`` shards a resource belongs to, from 1."""
    parts = (identity.target, identity.kind, identity.field, identity.value)
    # No part holds a NUL: YAML has none.
    key = int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8])
    place, following = 0, 0
    while following < count:
        place = following
        key = (key * _MULTIPLIER + 1) & _BITS
        following = (place + 1) * (1 << 31) // ((key >> 33) + 1)
    return place + 1
