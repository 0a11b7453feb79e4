"""List the resources of a collection in as few requests as the platform allows (``connect-api.md`` section 2).

The first page contains the total; the other pages are read concurrently. Offsets are bounded, so resources beyond the
last offset are read in descending order from the other end. With more than twice that many resources, those in the
middle are not reached, and a caller who wants one of them reads it by key.

While pages are read, other clients may create and delete resources, which moves them from page to page. They are
therefore counted by id, and a listing is complete only if its count agrees with the total of every page. A result that
is not a resource is not counted, so its listing is incomplete; the caller reads the missing ones by key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from trueup.bounded import count
from trueup.errors import Rejected, UnexpectedAnswer
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.concurrency import gather
from trueup.platforms.connect.collection import Collection, Representation, is_resource
from trueup.platforms.connect.errors import BAD_QUERY

# The largest limit and offset (connect-api.md section 2). createdAt is a sort field, though no answer contains it.
PAGE_SIZE: Final = 500
LAST_OFFSET: Final = 10_000
ASCENDING: Final = "createdAt asc"
DESCENDING: Final = "createdAt desc"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One page and the total that came with it."""

    documents: tuple[Representation, ...]
    """Results with an id and a usable key; see :func:`is_resource`."""
    total: int
    length: int
    """The number of results on the page, including those that are not resources."""


@dataclass(slots=True, kw_only=True)
class Listing:
    """The pages read so far: the ids of all resources, and those with a key in ``keys`` (None: every key)."""

    collection: Collection
    keys: frozenset[str] | None
    ids: set[str] = field(default_factory=set)
    found: dict[str, dict[str, Representation]] = field(default_factory=dict)
    """From a wanted key to the resources that have it, by id."""
    totals: set[int] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    """The keys of all resources."""
    nameless: dict[str, Representation] = field(default_factory=dict)
    """The resources without a key, by id."""
    total: int = 0
    """The total of the page that was read last."""

    def add(self, page: _Page) -> None:
        """Add one page."""
        self.totals.add(page.total)
        self.total = page.total
        for resource in page.documents:
            self.ids.add(self.collection.id_of(resource))
            key = resource.get("key")
            if not isinstance(key, str) or not key:
                self.nameless[self.collection.id_of(resource)] = resource
                continue
            self.names.add(key)
            if self.keys is None or key in self.keys:
                self.found.setdefault(key, {})[self.collection.id_of(resource)] = resource

    @property
    def missing(self) -> list[str]:
        """Return the wanted keys that were not found so far, sorted."""
        return sorted((self.keys or frozenset()) - self.found.keys())

    @property
    def complete(self) -> bool:
        """Return whether it is certain that every resource was read."""
        # Every page must have reported the same total: two that differ mean that some moved between pages.
        return self.totals == {len(self.ids)}

    @property
    def reachable(self) -> bool:
        """Return whether offsets reach every resource, from one end or the other."""
        return self.total <= 2 * (LAST_OFFSET + PAGE_SIZE)


class Lister:
    """A reader of pages; it stops sorting when the platform refuses the sort expression."""

    def __init__(self, http: PlatformClient, collection: Collection, *, workers: int) -> None:
        self._http, self._collection, self._workers = http, collection, workers
        self._sorted = True

    async def first(self) -> _Page:
        """Return the first page."""
        try:
            return await self._page(0, ASCENDING)
        except Rejected as refused:
            if refused.code != BAD_QUERY:
                raise
        # The syntax of `sort` is not documented for Connect. An unsorted listing is still checked for completeness.
        self._sorted = False
        return await self._page(0, ASCENDING)

    async def rest(self, listing: Listing, first: _Page) -> None:
        """Add all pages after the first that offsets reach, with the resources that were created in the meantime."""
        # The length of the first page and not PAGE_SIZE: a platform may return fewer results than `limit` asks for.
        step = first.length
        if not step:
            return
        read_to = step
        # Repeated, since the total may have grown while the pages were read.
        while read_to < listing.total and read_to <= LAST_OFFSET:
            offsets = range(read_to, min(listing.total, LAST_OFFSET + 1), step)
            await self._add(listing, [(offset, ASCENDING) for offset in offsets])
            read_to = offsets[-1] + step
        # Without a sort order there is no other end to read from.
        if read_to < listing.total and self._sorted:
            offsets = range(0, min(listing.total - read_to, LAST_OFFSET + 1), step)
            await self._add(listing, [(offset, DESCENDING) for offset in offsets])

    async def _add(self, listing: Listing, places: Sequence[tuple[int, str]]) -> None:
        async def add(place: tuple[int, str]) -> None:
            listing.add(await self._page(*place))

        await gather(places, add, limit=self._workers)

    async def _page(self, offset: int, sort: str) -> _Page:
        query = [("limit", str(PAGE_SIZE)), ("offset", str(offset))] + ([("sort", sort)] if self._sorted else [])
        purpose = f"list {self._collection.noun}s"
        reply = await self._http.read(Call(method="GET", path=self._collection.path, query=query, purpose=purpose))
        results, total = reply.body.get("results"), count(reply.body.get("total"))
        if not isinstance(results, list) or total is None:
            raise UnexpectedAnswer(f"{self._http.name}: a page of {self._collection.noun}s lacks results or total")
        return _Page(documents=tuple(filter(is_resource, results)), total=total, length=len(results))


def pages(total: int, step: int) -> int:
    """Return how many pages ``total`` resources take, with ``step`` on a page."""
    return -(-total // step) if step else 0
