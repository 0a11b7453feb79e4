"""The cheapest questions to Connect: which scopes a token has, and how many drafts there are."""

from collections.abc import Mapping
from typing import Final

from trueup.bounded import count
from trueup.errors import UnexpectedAnswer
from trueup.model.reader import ScopeNeed, TargetUse, TokenInfo
from trueup.platforms.auth import ClientCredentialsBearer
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.connect.collection import DRAFTS

SCOPES: Final[Mapping[TargetUse, tuple[str, ...]]] = {
    TargetUse.READ: ("view_connectors", "manage_connectors", "manage_project"),
    TargetUse.WRITE: ("manage_connectors", "manage_project"),
}
"""The scopes of which each use needs one (``connect-api.md`` section 1), the narrowest first."""

_LONGEST: Final = 80
"""Characters of a scope; a longer one is none. A project key has at most 36 (``connect-api.md`` section 3)."""

# A limit of 0 is legal and means: only count (connect-api.md section 2).
_COUNT: Final = Call(method="GET", path=DRAFTS.path, purpose="count connector drafts", query=(("limit", "0"),))


class ConnectProbe:
    """The probe of one organization; see :class:`~trueup.model.reader.Probe`."""

    def __init__(self, http: PlatformClient, bearer: ClientCredentialsBearer) -> None:
        self._http, self._bearer = http, bearer

    async def token(self) -> TokenInfo:
        """Return the life and the scopes of the token."""
        granted = await self._bearer.granted()
        if granted.scopes is None:
            return TokenInfo(life=granted.life)
        # Each scope ends in the project that it is for: `manage_project:acme` (connect-api.md section 1).
        scopes = dict.fromkeys(scope for scope in granted.scopes if len(scope) <= _LONGEST)
        named = [(scope, *scope.partition(":")[::2]) for scope in scopes]
        return TokenInfo(
            life=granted.life,
            needs=tuple(
                ScopeNeed(use=use, scopes=enough, held=tuple(scope for scope, name, _ in named if name in enough))
                for use, enough in SCOPES.items()
            ),
            projects=frozenset(project for _, name, project in named if project and name in SCOPES[TargetUse.READ]),
        )

    async def ping(self) -> str:
        """Count the drafts."""
        total = count((await self._http.read(_COUNT)).body.get("total"))
        if total is None:
            raise UnexpectedAnswer(f"{self._http.name}: the page of connector drafts lacks its total")
        return f"{total:,} connector {'draft' if total == 1 else 'drafts'}"
