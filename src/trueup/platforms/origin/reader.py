"""Read certifications: one search each, since no known search returns all that are one's own."""

from collections.abc import Sequence

from trueup.errors import NotAuthorised, PlatformError, Unavailable
from trueup.model.identity import Identity
from trueup.model.live import Reading, Unreadable
from trueup.model.reader import ReadAll, Wanted
from trueup.platforms.origin.search import found, search
from trueup.platforms.side_by_side import side_by_side
from trueup.platforms.transport import Http

_OF_THE_TARGET = (NotAuthorised, Unavailable)
"""What one certification cannot be the reason for, so that the others need not be tried."""


class OriginReader:
    """Read certifications of one account; see :class:`~trueup.model.reader.Reader`."""

    def __init__(self, http: Http, *, locale: str, workers: int) -> None:
        self._http, self._locale, self._workers = http, locale, workers

    async def read(self, wanted: Wanted) -> Reading:
        """Read one certification in its locale; only a search that finds nothing means that it does not exist."""
        try:
            return await self._search(wanted, f"read {wanted.identity}")
        except PlatformError as error:
            return Unreadable(error)

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Read many certifications, one request each, side by side; what nobody asked for is not counted."""
        try:
            readings = await side_by_side(wanted, self._search_or_say_why, workers=self._workers)
        except PlatformError as error:
            return ReadAll(readings={item.identity: Unreadable(error) for item in wanted})
        identities: list[Identity] = [item.identity for item in wanted]
        return ReadAll(readings=dict(zip(identities, readings, strict=True)))

    async def _search_or_say_why(self, wanted: Wanted) -> Reading:
        try:
            # A failure of the target is told of every certification, so it must not name a single one.
            return await self._search(wanted, "read certifications")
        except _OF_THE_TARGET:
            raise
        except PlatformError as error:
            return Unreadable(error)

    async def _search(self, wanted: Wanted, purpose: str) -> Reading:
        call = search(wanted.identity, wanted.locale or self._locale, purpose)
        return found(wanted.identity, (await self._http.read(call)).body)
