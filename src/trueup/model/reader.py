"""Name what the planner needs of the outside world. Implemented in platforms; faked in tests.

The planner is given a :class:`Reader` and nothing else: a dry run cannot write because it holds nothing that can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from trueup.model.identity import Identity
from trueup.model.live import Live, Reading


@dataclass(frozen=True, slots=True)
class Wanted:
    """Name one resource to read; ``locale`` is the language a certification is read in, None for connectors.

    ``remote_id`` is the platform's own id of it where that is known: a draft that lost its key is found by it.
    """

    identity: Identity
    locale: str | None = None
    remote_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAll:
    """Hold the answer to a bulk read.

    ``readings`` has one entry for each identity asked for. ``unmanaged`` counts live resources that nobody asked for,
    None when the way of reading cannot tell.
    """

    readings: Mapping[Identity, Reading]
    unmanaged: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Hold all that lives on a target, whether somebody asked for it or not.

    ``nameless`` are the ids of what has no identity that a manifest could name. ``complete`` is false when some of it
    was not seen: others kept creating and deleting, or it is beyond what the platform lists.
    """

    readings: Mapping[Identity, Reading]
    nameless: tuple[str, ...] = ()
    complete: bool = True


class Surveyor(Protocol):
    """List a target that can be listed."""

    async def survey(self, target: str) -> Survey:
        """Read everything; ``target`` is the name under which identities are given. Raises PlatformError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameless:
    """Hold what has no identity that a manifest could name, and the names of all else where it was listed for this."""

    live: tuple[Live, ...]
    names: frozenset[str] = frozenset()


@runtime_checkable
class NamelessReader(Protocol):
    """Read what lives on a target and has no identity that a manifest could name."""

    async def nameless(self) -> Nameless:
        """Read all of it that is known or can be listed. Raises PlatformError."""
        ...


class Reader(Protocol):
    """Read one target. Every method sends read requests only."""

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Read many resources in the fewest requests.

        A resource that could not be read is ``Unreadable`` in the answer. When the target as a whole cannot be read
        (credentials, network), every one of its resources is.
        """
        ...

    async def read(self, wanted: Wanted) -> Reading:
        """Read one resource afresh, never from a cache."""
        ...
