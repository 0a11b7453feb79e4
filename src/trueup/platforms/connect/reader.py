"""Read the resources of a collection by key, or by listing all of them when that takes fewer requests."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from trueup.errors import NotFound, PlatformError, UnexpectedAnswer
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Missing, Reading, Unreadable
from trueup.model.lookalikes import skeleton
from trueup.model.reader import Nameless, ReadAll, Survey, Wanted
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.concurrency import gather
from trueup.platforms.connect.collection import Collection, Representation
from trueup.platforms.connect.listing import PAGE_SIZE, Lister, Listing, pages
from trueup.platforms.failures import as_platform_error, not_read

_Found = Mapping[str, Sequence[Representation] | Unreadable]
"""From a wanted key to the resources that have it: one, or several by a fault of the platform. Other keys are left
out."""

ROUNDS: Final = 2
"""Attempts to list all resources while other clients create and delete some; after that, they are read by key."""


class ConnectReader:
    """The reader of one collection; see :class:`~trueup.model.reader.Reader`."""

    def __init__(self, http: PlatformClient, collection: Collection, *, workers: int) -> None:
        self._http, self._collection, self._workers = http, collection, workers
        self._listed: Listing | None = None
        """The last listing, if it was complete."""

    async def read(self, wanted: Wanted) -> Reading:
        """Read one resource by its key; if none has the key, read it by its id if that is known.

        Only a 404 with the platform's own error body means that it does not exist.
        """
        key, remote_id = wanted.identity.value, wanted.remote_id
        try:
            document = await self._get(self._collection.by_key(key))
            # No 404 is final while the id is known: it may have lost its key.
            if document is None and remote_id:
                document = await self._get(self._collection.by_id(remote_id, key))
            return Missing() if document is None else self._collection.observe_as(document, key, remote_id)
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return not_read(error)

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Read many resources: one by key, more by listing or by key, whichever takes fewer requests.

        A listing of N resources takes ``ceil(N / 500)`` requests. When a request fails after all attempts, every
        reading is ``Unreadable``: nothing is concluded from part of the answers. If a single one does not exist, a
        listing is read as well to find a key that looks the same; creating a draft needs that listing anyway, to find
        drafts without a key.
        """
        identities = [item.identity for item in wanted]
        try:
            found, listing = await self._find([identity.value for identity in identities])
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return ReadAll(readings=dict.fromkeys(identities, not_read(error)))
        readings = {identity: self._reading(identity, found.get(identity.value, ())) for identity in identities}
        if listing is None:
            return ReadAll(readings=await self._search_missing(readings))
        # The others are unmanaged. max(): resources found by key may be newer than the total.
        unmanaged = max(0, listing.total - _count(found))
        return ReadAll(readings=_with_lookalikes(readings, listing.names), unmanaged=unmanaged)

    async def _search_missing(self, readings: Mapping[Identity, Reading]) -> Mapping[Identity, Reading]:
        """Return the readings, with the missing ones replaced by what a new listing shows, if it can be read."""
        if not any(isinstance(reading, Missing) for reading in readings.values()):
            return readings
        try:
            listing = await self._list_all()
        except Exception:  # noqa: BLE001 - the readings by key are valid without the listing
            return readings
        self._listed = listing if listing.complete else None
        now = {
            identity: self._reading(identity, tuple(listing.found.get(identity.value, {}).values()))
            if isinstance(reading, Missing)
            else reading
            for identity, reading in readings.items()
        }
        return _with_lookalikes(now, listing.names)

    async def survey(self, target: str, kind: Kind) -> Survey:
        """Read every resource of the collection; see :class:`~trueup.model.reader.Surveyor`."""
        try:
            listing = await self._list_all()
        except PlatformError:
            raise
        except Exception as error:
            raise as_platform_error(error) from error
        found = {Identity(target, kind, IdField.KEY, key): documents for key, documents in listing.found.items()}
        return Survey(
            readings={
                identity: self._reading(identity, tuple(documents.values())) for identity, documents in found.items()
            },
            nameless=tuple(sorted(listing.nameless)),
            complete=listing.complete,
        )

    async def nameless(self) -> Nameless:
        """Return the resources without a key, from the last listing if it was complete, else from a new one."""
        try:
            listing = self._listed or await self._list_all()
            live = tuple(self._collection.observe(document) for document in listing.nameless.values())
            return Nameless(live=live, names=frozenset(() if self._listed else listing.found))
        except PlatformError:
            raise
        except Exception as error:
            raise as_platform_error(error) from error

    async def _list_all(self) -> Listing:
        for _ in range(ROUNDS):
            lister, listing = self._lister(), Listing(collection=self._collection, keys=None)
            first = await lister.first()
            listing.add(first)
            await lister.rest(listing, first)
            if listing.complete or not listing.reachable:
                break
        return listing

    async def _find(self, keys: Sequence[str]) -> tuple[_Found, Listing | None]:
        """Return the resources by wanted key, and the listing if one was read."""
        if len(keys) <= 1:
            return await self._by_keys(keys), None
        for _ in range(ROUNDS):
            listing = await self._list(frozenset(keys))
            # Listing again costs a request for each page; reading by key costs one for each missing key.
            by_key_is_cheaper = len(listing.missing) <= pages(listing.total, PAGE_SIZE)
            if listing.complete or by_key_is_cheaper or not listing.reachable:
                break
        found: dict[str, Sequence[Representation] | Unreadable] = {
            key: tuple(documents.values()) for key, documents in listing.found.items()
        }
        self._listed = listing if listing.complete else None
        if not listing.complete:
            found |= await self._by_keys(listing.missing)
        return found, listing

    async def _list(self, keys: frozenset[str]) -> Listing:
        """Return a listing; pages after the first are read only if that takes no more requests than reading by key."""
        lister, listing = self._lister(), Listing(collection=self._collection, keys=keys)
        first = await lister.first()
        listing.add(first)
        if len(listing.missing) >= pages(first.total - first.length, first.length):
            await lister.rest(listing, first)
        return listing

    async def _by_keys(self, keys: Sequence[str]) -> dict[str, Sequence[Representation] | Unreadable]:
        found = await gather(keys, self._get_or_unreadable, limit=self._workers)
        return {key: documents for key, documents in zip(keys, found, strict=True) if documents}

    async def _get_or_unreadable(self, key: str) -> Sequence[Representation] | Unreadable:
        try:
            # A failure of the target is reported for every wanted resource, so its text must not name a single one.
            document = await self._get(self._collection.by_key(key, f"read {self._collection.noun}s"))
        except UnexpectedAnswer as error:
            return Unreadable(error)
        return () if document is None else (document,)

    def _lister(self) -> Lister:
        return Lister(self._http, self._collection, workers=self._workers)

    def _reading(self, identity: Identity, found: Sequence[Representation] | Unreadable) -> Reading:
        match found:
            case Unreadable():
                return found
            case ():
                return Missing()
            case (document,):
                return self._observed(identity, document)
            case _:
                return Unreadable(UnexpectedAnswer(self._several(identity, found)))

    def _observed(self, identity: Identity, document: Representation) -> Reading:
        try:
            return self._collection.observe_as(document, identity.value)
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return not_read(error)

    def _several(self, identity: Identity, found: Sequence[Representation]) -> str:
        ids = ", ".join(sorted(map(self._collection.id_of, found)))
        return (
            f"{len(found)} {self._collection.noun}s on {identity.target} have the key {identity.value!r} (ids {ids}); "
            "trueup cannot know which of them is meant, so delete all but one"
        )

    async def _get(self, call: Call) -> Representation | None:
        try:
            return (await self._http.read(call)).body
        except NotFound:
            return None


def _with_lookalikes(readings: Mapping[Identity, Reading], names: Iterable[str]) -> Mapping[Identity, Reading]:
    """Return the readings; a missing one names the existing key that looks the same, if there is one."""
    if not any(isinstance(reading, Missing) for reading in readings.values()):
        return readings
    wanted = {identity.value for identity in readings}
    # Without the wanted keys: these are managed, so they are not what a misspelt key meant.
    by_look = {skeleton(name): name for name in sorted(set(names) - wanted)}
    return {
        identity: Missing(alike=by_look.get(skeleton(identity.value), "")) if isinstance(reading, Missing) else reading
        for identity, reading in readings.items()
    }


def _count(found: _Found) -> int:
    return sum(1 if isinstance(documents, Unreadable) else len(documents) for documents in found.values())
