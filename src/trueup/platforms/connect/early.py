"""List connector drafts while the keys that are wanted are still being named.

Which requests are worth it hangs on how many keys are wanted: one is asked for by its key, more begin with the first
page, and the other pages follow as soon as there are as many keys that the first lacks. Each of these is certain once
it is so, whatever keys come after.
"""

import asyncio
from collections.abc import Iterable

from trueup.platforms.connect.listing import Lister, Listing, pages


class EarlyListing:
    """Begin a listing with the second key that is named, and go on as keys are named; for a running event loop."""

    def __init__(self, lister: Lister) -> None:
        self._lister, self._listing = lister, Listing(keys=None)
        self._keys: set[str] = set()
        self._changed = asyncio.Event()
        self._all_named = False
        self._task: asyncio.Task[None] | None = None

    def name(self, key: str) -> None:
        """Say that a draft's key is wanted."""
        self._keys.add(key)
        self._changed.set()
        if self._task is None and len(self._keys) > 1:
            self._task = asyncio.create_task(self._list())

    async def finish(self, keys: Iterable[str]) -> Listing:
        """Return the listing, which may be the first page alone; ``keys``, two at least, are all that are wanted.

        Raises PlatformError when a page could not be read.
        """
        for key in keys:
            self.name(key)
        self._keys = set(keys)
        self._all_named = True
        self._listing.only(frozenset(self._keys))
        assert self._task is not None, "there are two keys at least"
        try:
            await self._task
        finally:
            self._task.cancel()
        return self._listing

    async def stop(self) -> None:
        """Give the listing up."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            # Looked at, so that asyncio does not complain: nobody asks any more for what was read, or why it was not.
            self._task.exception()

    async def _list(self) -> None:
        first = await self._lister.first()
        self._listing.add(first)
        left = pages(first.total - first.length, first.length)
        while self._lacking() < left and not self._all_named:
            self._changed.clear()
            await self._changed.wait()
        if self._lacking() >= left:
            await self._lister.rest(self._listing, first)

    def _lacking(self) -> int:
        return len(self._keys - self._listing.found.keys())
