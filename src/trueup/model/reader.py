"""The interfaces through which platforms are read. Implemented in ``platforms``; faked in tests.

The planner receives a :class:`Reader` and no writer, so a dry run cannot write.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from trueup.model.identity import Identity, Kind
from trueup.model.live import Live, Reading


@dataclass(frozen=True, slots=True)
class Wanted:
    """A resource to read; ``locale`` is the language in which it is read, None for a kind without languages.

    ``remote_id`` is the platform's id, if it is known. ``source`` refers to what the resource depends on, in the
    platform's own form, None for nothing.
    """

    identity: Identity
    locale: str | None = None
    # A draft that has lost its key can be found by nothing else.
    remote_id: str = ""
    source: Mapping[str, object] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAll:
    """The result of a bulk read.

    ``readings`` has an entry for each requested identity. ``unmanaged`` is the number of live resources that were not
    requested, or None if the target was not listed. ``related`` is what else was read about a resource, in the form
    that its kind's rules take.
    """

    readings: Mapping[Identity, Reading]
    unmanaged: int | None = None
    related: Mapping[Identity, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All resources of one kind on a target, with or without a manifest.

    ``nameless`` are the ids of resources without an identity that a manifest could use. ``complete`` is false if some
    resources may be missing: others kept creating and deleting, or the platform's listing is limited.
    """

    readings: Mapping[Identity, Reading]
    nameless: tuple[str, ...] = ()
    complete: bool = True


class Surveyor(Protocol):
    """A reader that can list its target."""

    async def survey(self, target: str, kind: Kind) -> Survey:
        """Read all resources of a kind; ``target`` is the target of the returned identities. Raises PlatformError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameless:
    """Resources without an identity that a manifest could use, and the names of the others if they were listed."""

    live: tuple[Live, ...]
    names: frozenset[str] = frozenset()


# Not a part of Reader: the readers of targets whose resources keep their keys lack it, which isinstance() shows.
@runtime_checkable
class NamelessReader(Protocol):
    """A reader that finds resources without an identity that a manifest could use."""

    async def nameless(self) -> Nameless:
        """Read all such resources that are known or can be listed. Raises PlatformError."""
        ...


# Not a part of Reader: most resources depend on nothing, which isinstance() shows.
@runtime_checkable
class RelatedReader(Protocol):
    """A reader that also reads what a resource depends on."""

    async def read_related(self, wanted: Wanted) -> tuple[Reading, Mapping[str, object]]:
        """Read one resource, and what its kind's rules take about what it depends on; no other resource is read."""
        ...


class Reader(Protocol):
    """A reader of one target. Its methods send only read requests."""

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Read many resources with as few requests as possible.

        A resource that could not be read is ``Unreadable`` in the result. If the target as a whole cannot be read
        (credentials, network), all its resources are.
        """
        ...

    async def read(self, wanted: Wanted) -> Reading:
        """Read one resource again, never from a cache."""
        ...


class TargetUse(StrEnum):
    """What a token is used for."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeNeed:
    """The scopes of which a use of a kind needs one, and those that the token has, as the platform spells them."""

    kind: Kind
    use: TargetUse
    scopes: tuple[str, ...]
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """What a platform says of a token.

    ``life`` is in seconds, None when it is not known. ``needs`` begins, for each kind, with the least demanding use; it
    is None when the platform names no scopes. ``projects`` are the projects that the scopes are for. ``notes`` are
    sentences about scopes that only some resources need.
    """

    life: float | None = None
    needs: tuple[ScopeNeed, ...] | None = None
    projects: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


class Probe(Protocol):
    """The cheapest questions to one target. Its methods change nothing and raise PlatformError.

    ``kinds`` are those of the resources that are managed there, as far as they are known.
    """

    async def token(self, kinds: Collection[Kind] = ()) -> TokenInfo:
        """Return what is known of the token, which is fetched first if the platform issues it."""
        ...

    async def ping(self, kinds: Collection[Kind] = ()) -> str:
        """Send a small read request for each kind that needs one of its own, and return what they found."""
        ...
