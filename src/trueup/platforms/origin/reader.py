"""Read certifications: one search each, since no known search returns all that are one's own."""

from collections.abc import Sequence
from dataclasses import replace

from trueup.errors import NotAuthorised, Unavailable
from trueup.model.identity import Identity
from trueup.model.live import Live, Missing, Reading
from trueup.model.lookalikes import plain_form
from trueup.model.reader import ReadAll, Wanted
from trueup.platforms.client import PlatformClient
from trueup.platforms.concurrency import gather
from trueup.platforms.faults import not_read
from trueup.platforms.origin.search import found, search

_OF_THE_TARGET = (NotAuthorised, Unavailable)
"""What one certification cannot be the reason for, so that the others need not be tried."""


class OriginReader:
    """Read certifications of one account; see :class:`~trueup.model.reader.Reader`.

    One that does not exist and has odd characters in its id costs a second search, for the id without them.
    """

    def __init__(self, http: PlatformClient, *, locale: str, workers: int) -> None:
        self._http, self._locale, self._workers = http, locale, workers

    async def read(self, wanted: Wanted) -> Reading:
        """Read one certification in its locale; only a search that finds nothing means that it does not exist."""
        try:
            return await self._search(wanted, f"read {wanted.identity}")
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return not_read(error)

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Read many certifications, one request each, side by side; what nobody asked for is not counted."""
        asked = list(dict.fromkeys(wanted))
        try:
            found = await gather(asked, self._search_or_say_why, limit=self._workers)
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return ReadAll(readings=dict.fromkeys((item.identity for item in wanted), not_read(error)))
        return ReadAll(readings={item.identity: reading for item, reading in zip(asked, found, strict=True)})

    async def _search_or_say_why(self, wanted: Wanted) -> Reading:
        try:
            # A failure of the target is told of every certification, so it must not name a single one.
            return await self._search(wanted, "read certifications")
        except _OF_THE_TARGET:
            raise
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return not_read(error)

    async def _search(self, wanted: Wanted, purpose: str) -> Reading:
        reading = await self._find(wanted.identity, wanted, purpose)
        plain = plain_form(wanted.identity.value)
        if not isinstance(reading, Missing) or plain == wanted.identity.value:
            return reading
        # A dash of another kind would create a second certification beside the one that is meant.
        other = await self._find(replace(wanted.identity, value=plain), wanted, purpose)
        return Missing(alike=plain) if isinstance(other, Live) else reading

    async def _find(self, identity: Identity, wanted: Wanted, purpose: str) -> Live | Missing:
        call = search(identity, wanted.locale or self._locale, purpose)
        return found(identity, (await self._http.read(call)).body)
