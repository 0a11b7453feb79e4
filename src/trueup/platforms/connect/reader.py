"""Read connector drafts: by key, or by listing them all where that is fewer requests."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from trueup.errors import NotFound, PlatformError, UnexpectedAnswer
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Missing, Reading, Unreadable
from trueup.model.lookalikes import skeleton
from trueup.model.reader import Nameless, ReadAll, Survey, Wanted
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.concurrency import gather
from trueup.platforms.connect.drafts import Draft, by_id, by_key, id_of, observe_as, observe_draft
from trueup.platforms.connect.listing import PAGE_SIZE, Lister, Listing, pages
from trueup.platforms.failures import as_platform_error, not_read

_Found = Mapping[str, Sequence[Draft] | Unreadable]
"""Wanted key to the drafts that have it: one, or by mishap several; keys that none has are left out."""

ROUNDS: Final = 2
"""How often drafts are listed when others keep creating and deleting meanwhile; after that they are read by key."""


class ConnectReader:
    """Read one organization's drafts; see :class:`~trueup.model.reader.Reader`."""

    def __init__(self, http: PlatformClient, *, workers: int) -> None:
        self._http, self._workers = http, workers
        self._listed: Listing | None = None
        """The last listing that certainly holds every draft."""

    async def read(self, wanted: Wanted) -> Reading:
        """Read one draft by its key, and by its id where no draft has the key and the id is known.

        Only a 404 of the platform's own means that it does not exist.
        """
        key, remote_id = wanted.identity.value, wanted.remote_id
        try:
            draft = await self._get(by_key(key, f"read Connector {key}"))
            if draft is None and remote_id:
                draft = await self._get(by_id(remote_id, key))
            return Missing() if draft is None else observe_as(draft, key, remote_id)
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return not_read(error)

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Read many drafts: one by key, more by listing or by key, whichever costs fewer requests.

        With N drafts in the organization a listing costs ``ceil(N / 500)`` requests, and a token. A request that fails
        after all attempts makes every reading ``Unreadable``: nothing is concluded from a part of the answers. A single
        draft that does not exist is looked for in a listing too, for a key that looks the same; who creates it needs
        that listing anyway, for drafts without a key.
        """
        identities = [item.identity for item in wanted]
        try:
            found, listing = await self._find([identity.value for identity in identities])
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return ReadAll(readings=dict.fromkeys(identities, not_read(error)))
        readings = {identity: _reading(identity, found.get(identity.value, ())) for identity in identities}
        if listing is None:
            return ReadAll(readings=await self._looked_for(readings))
        return ReadAll(readings=_with_alike(readings, listing.names), unmanaged=max(0, listing.total - _count(found)))

    async def _looked_for(self, readings: Mapping[Identity, Reading]) -> Mapping[Identity, Reading]:
        """Return readings by key, those of what does not exist as a listing made since shows them, if there is one."""
        if not any(isinstance(reading, Missing) for reading in readings.values()):
            return readings
        try:
            listing = await self._list_all()
        except Exception:  # noqa: BLE001 - what was read by key stands, whatever is wrong with the listing
            return readings
        self._listed = listing if listing.complete else None
        now = {
            identity: _reading(identity, tuple(listing.found.get(identity.value, {}).values()))
            if isinstance(reading, Missing)
            else reading
            for identity, reading in readings.items()
        }
        return _with_alike(now, listing.names)

    async def survey(self, target: str) -> Survey:
        """Read every draft of the organization; see :class:`~trueup.model.reader.Surveyor`."""
        try:
            listing = await self._list_all()
        except PlatformError:
            raise
        except Exception as error:
            raise as_platform_error(error) from error
        found = {Identity(target, Kind.CONNECTOR, IdField.KEY, key): drafts for key, drafts in listing.found.items()}
        return Survey(
            readings={identity: _reading(identity, tuple(drafts.values())) for identity, drafts in found.items()},
            nameless=tuple(sorted(listing.nameless)),
            complete=listing.complete,
        )

    async def nameless(self) -> Nameless:
        """Return the drafts without a key, from the last listing where that was complete."""
        try:
            listing = self._listed or await self._list_all()
            live = tuple(observe_draft(draft) for draft in listing.nameless.values())
            return Nameless(live=live, names=frozenset(() if self._listed else listing.found))
        except PlatformError:
            raise
        except Exception as error:
            raise as_platform_error(error) from error

    async def _list_all(self) -> Listing:
        for _ in range(ROUNDS):
            lister, listing = Lister(self._http, workers=self._workers), Listing(keys=None)
            first = await lister.first()
            listing.add(first)
            await lister.rest(listing, first)
            if listing.complete or not listing.reachable:
                break
        return listing

    async def _find(self, keys: Sequence[str]) -> tuple[_Found, Listing | None]:
        """Return the drafts by wanted key, and the listing if there was one."""
        if len(keys) <= 1:
            return await self._by_keys(keys), None
        for _ in range(ROUNDS):
            listing = await self._list(frozenset(keys))
            by_key_is_cheaper = len(listing.missing) <= pages(listing.total, PAGE_SIZE)
            if listing.complete or by_key_is_cheaper or not listing.reachable:
                break
        found: dict[str, Sequence[Draft] | Unreadable] = {
            key: tuple(drafts.values()) for key, drafts in listing.found.items()
        }
        self._listed = listing if listing.complete else None
        if not listing.complete:
            found |= await self._by_keys(listing.missing)
        return found, listing

    async def _list(self, keys: frozenset[str]) -> Listing:
        """Return a listing, of which the other pages are read only if asking by key would not be fewer requests."""
        lister, listing = Lister(self._http, workers=self._workers), Listing(keys=keys)
        first = await lister.first()
        listing.add(first)
        if len(listing.missing) >= pages(first.total - first.length, first.length):
            await lister.rest(listing, first)
        return listing

    async def _by_keys(self, keys: Sequence[str]) -> dict[str, Sequence[Draft] | Unreadable]:
        found = await gather(keys, self._get_or_say_why, limit=self._workers)
        return {key: drafts for key, drafts in zip(keys, found, strict=True) if drafts}

    async def _get_or_say_why(self, key: str) -> Sequence[Draft] | Unreadable:
        try:
            # A failure of the target is reported for every draft that was wanted, so it must not name a single one.
            draft = await self._get(by_key(key, "read connector drafts"))
        except UnexpectedAnswer as error:
            return Unreadable(error)
        return () if draft is None else (draft,)

    async def _get(self, call: Call) -> Draft | None:
        try:
            return (await self._http.read(call)).body
        except NotFound:
            return None


def _with_alike(readings: Mapping[Identity, Reading], names: Iterable[str]) -> Mapping[Identity, Reading]:
    """Return the readings, those of what does not exist with a live key that looks the same."""
    if not any(isinstance(reading, Missing) for reading in readings.values()):
        return readings
    wanted = {identity.value for identity in readings}
    by_look = {skeleton(name): name for name in sorted(set(names) - wanted)}
    return {
        identity: Missing(alike=by_look.get(skeleton(identity.value), "")) if isinstance(reading, Missing) else reading
        for identity, reading in readings.items()
    }


def _count(found: _Found) -> int:
    return sum(1 if isinstance(drafts, Unreadable) else len(drafts) for drafts in found.values())


def _reading(identity: Identity, drafts: Sequence[Draft] | Unreadable) -> Reading:
    match drafts:
        case Unreadable():
            return drafts
        case ():
            return Missing()
        case (draft,):
            return _observed(identity, draft)
        case _:
            return Unreadable(UnexpectedAnswer(_several(identity, drafts)))


def _observed(identity: Identity, draft: Draft) -> Reading:
    try:
        return observe_as(draft, identity.value)
    except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
        return not_read(error)


def _several(identity: Identity, drafts: Sequence[Draft]) -> str:
    ids = ", ".join(sorted(map(id_of, drafts)))
    return (
        f"{len(drafts)} connector drafts on {identity.target} have the key {identity.value!r} (ids {ids}); "
        "nothing says which of them is meant, so all but one must go"
    )
