"""List connector drafts in as few requests as the platform allows.

The first page tells the total; the other pages are read side by side. An offset has an upper bound, so what lies
beyond it is read from the other end, by sorting the other way round; with more than twice that many drafts some in the
middle are not reached, and a caller who wants one of those asks for it by key.

While pages are read others may create and delete, which shifts drafts from page to page: seen by their ids, drafts are
counted once, and a listing whose count does not agree with every page's total is not taken to be complete. A result
that is no draft is not counted either: what was not found is asked for by key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from trueup.bounded import count
from trueup.errors import Rejected, UnexpectedAnswer
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.concurrency import gather
from trueup.platforms.connect.drafts import DRAFTS, Draft, id_of, is_draft
from trueup.platforms.connect.errors import BAD_QUERY

PAGE_SIZE: Final = 500
LAST_OFFSET: Final = 10_000
ASCENDING: Final = "createdAt asc"
DESCENDING: Final = "createdAt desc"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Hold one page and the total that came with it."""

    drafts: tuple[Draft, ...]
    """Drafts that can be counted and distinguished; see :func:`is_draft`."""
    total: int
    length: int
    """How many places of the listing the page took."""


@dataclass(slots=True, kw_only=True)
class Listing:
    """Gather pages: every draft's id, and the whole draft where its key is wanted; ``keys`` None wants them all."""

    keys: frozenset[str] | None
    ids: set[str] = field(default_factory=set)
    found: dict[str, dict[str, Draft]] = field(default_factory=dict)
    """Wanted key to the drafts that have it, by id."""
    totals: set[int] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    """The keys of all drafts."""
    nameless: dict[str, Draft] = field(default_factory=dict)
    """The drafts without a key, by id."""
    total: int = 0
    """The latest total that a page told."""

    def add(self, page: _Page) -> None:
        """Take in one page."""
        self.totals.add(page.total)
        self.total = page.total
        for draft in page.drafts:
            self.ids.add(id_of(draft))
            key = draft.get("key")
            if not isinstance(key, str) or not key:
                self.nameless[id_of(draft)] = draft
                continue
            self.names.add(key)
            if self.keys is None or key in self.keys:
                self.found.setdefault(key, {})[id_of(draft)] = draft

    @property
    def missing(self) -> list[str]:
        """Return the wanted keys that no draft so far has, sorted."""
        return sorted((self.keys or frozenset()) - self.found.keys())

    @property
    def complete(self) -> bool:
        """Say whether it is certain that every draft was seen."""
        return self.totals == {len(self.ids)}

    @property
    def reachable(self) -> bool:
        """Say whether offsets reach every draft, from one end or the other."""
        return self.total <= 2 * (LAST_OFFSET + PAGE_SIZE)


class Lister:
    """Read pages of drafts; ``sorted`` turns false when the platform refuses the sort expression."""

    def __init__(self, http: PlatformClient, *, workers: int) -> None:
        self._http, self._workers = http, workers
        self._sorted = True

    async def first(self) -> _Page:
        """Return the first page."""
        try:
            return await self._page(0, ASCENDING)
        except Rejected as refused:
            if refused.code != BAD_QUERY:
                raise
        # The grammar of sort is not documented for Connect; an unsorted listing is still checked for completeness.
        self._sorted = False
        return await self._page(0, ASCENDING)

    async def rest(self, listing: Listing, first: _Page) -> None:
        """Add all pages after the first that can be reached; a total that grows meanwhile is followed."""
        step = first.length
        if not step:
            return
        read_to = step
        while read_to < listing.total and read_to <= LAST_OFFSET:
            offsets = range(read_to, min(listing.total, LAST_OFFSET + 1), step)
            await self._add(listing, [(offset, ASCENDING) for offset in offsets])
            read_to = offsets[-1] + step
        if read_to < listing.total and self._sorted:
            offsets = range(0, min(listing.total - read_to, LAST_OFFSET + 1), step)
            await self._add(listing, [(offset, DESCENDING) for offset in offsets])

    async def _add(self, listing: Listing, places: Sequence[tuple[int, str]]) -> None:
        async def add(place: tuple[int, str]) -> None:
            listing.add(await self._page(*place))

        await gather(places, add, limit=self._workers)

    async def _page(self, offset: int, sort: str) -> _Page:
        query = [("limit", str(PAGE_SIZE)), ("offset", str(offset))] + ([("sort", sort)] if self._sorted else [])
        reply = await self._http.read(Call(method="GET", path=DRAFTS, query=query, purpose="list connector drafts"))
        results, total = reply.body.get("results"), count(reply.body.get("total"))
        if not isinstance(results, list) or total is None:
            raise UnexpectedAnswer(f"{self._http.name}: a page of connector drafts without results and total")
        return _Page(drafts=tuple(filter(is_draft, results)), total=total, length=len(results))


def pages(total: int, step: int) -> int:
    """Return how many pages hold ``total`` drafts, ``step`` each."""
    return -(-total // step) if step else 0
