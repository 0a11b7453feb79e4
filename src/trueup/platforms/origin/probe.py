"""The cheapest question to Origin: a search that finds nothing.

Origin has a service Check, of which no public page gives the path, so it is not used (``origin-api.md`` section 12).
"""

from collections.abc import Collection
from typing import Final

from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Missing
from trueup.model.reader import TokenInfo
from trueup.platforms.client import PlatformClient
from trueup.platforms.origin.reader import found, search

_NIL: Final = "00000000-0000-0000-0000-000000000000"
"""The nil UUID, which no certification has."""


class OriginProbe:
    """The probe of one account; see :class:`~trueup.model.reader.Probe`."""

    def __init__(self, http: PlatformClient, *, locale: str) -> None:
        self._http, self._locale = http, locale

    async def token(self, kinds: Collection[Kind] = ()) -> TokenInfo:  # noqa: ARG002 - see Probe
        """Return that nothing is known: life and scopes of a token are not documented (``origin-api.md`` section 1)."""
        return TokenInfo()

    async def ping(self, kinds: Collection[Kind] = ()) -> str:  # noqa: ARG002 - see Probe
        """Search for a certification that does not exist."""
        absent = Identity(self._http.name, Kind.CERTIFICATION, IdField.ORIGIN_ID, _NIL)
        reply = await self._http.read(search(absent, self._locale, "search for a certification"))
        live = found(absent, reply.body)
        return "a search was answered" if isinstance(live, Missing) else "a certification was found"
