"""The cheapest questions to Connect: which scopes a token has, and how many resources there are."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from trueup.bounded import count
from trueup.errors import UnexpectedAnswer
from trueup.model.identity import Kind
from trueup.model.reader import ScopeNeed, TargetUse, TokenInfo
from trueup.platforms.auth import ClientCredentialsBearer
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.connect.collection import DRAFTS, deployments

SCOPES: Final[Mapping[Kind, Mapping[TargetUse, tuple[str, ...]]]] = {
    Kind.CONNECTOR: {
        TargetUse.READ: ("view_connectors", "manage_connectors", "manage_project"),
        TargetUse.WRITE: ("manage_connectors", "manage_project"),
    },
    Kind.DEPLOYMENT: {
        TargetUse.READ: ("view_connectors_deployments", "manage_connectors_deployments", "manage_project"),
        TargetUse.WRITE: ("manage_connectors_deployments", "manage_project"),
    },
}
"""The scopes of which each use needs one, the narrowest first.

They are in section 1 of ``connect-api.md`` and of ``deployment-api.md``.
"""

_API_CLIENTS: Final = "manage_api_clients"
"""The scope that a creation needs where the connector has an API client (``deployment-api.md`` section 1)."""

_LONGEST: Final = 80
"""Characters of a scope; a longer one is none. A project key has at most 36 (``connect-api.md`` section 3)."""


class ConnectProbe:
    """The probe of one organization and one project; see :class:`~trueup.model.reader.Probe`.

    Deployments are of the project, and drafts of the organization.
    """

    def __init__(self, http: PlatformClient, bearer: ClientCredentialsBearer, project: str) -> None:
        self._http, self._bearer, self._project = http, bearer, project

    async def token(self, kinds: Collection[Kind] = ()) -> TokenInfo:
        """Return the life and the scopes of the token."""
        granted = await self._bearer.granted()
        if granted.scopes is None:
            return TokenInfo(life=granted.life)
        # Each scope ends in the project that it is for: `manage_project:acme` (connect-api.md section 1).
        scopes = dict.fromkeys(scope for scope in granted.scopes if len(scope) <= _LONGEST)
        named = [(scope, *scope.partition(":")[::2]) for scope in scopes]
        readers = {name for uses in SCOPES.values() for name in uses[TargetUse.READ]}
        missing = Kind.DEPLOYMENT in kinds and self._of_project(_API_CLIENTS) not in scopes
        return TokenInfo(
            life=granted.life,
            needs=tuple(need for kind in _used(kinds) for need in self._needs(kind, named)),
            projects=frozenset(project for _, name, project in named if project and name in readers),
            notes=(self._without_api_clients(),) if missing else (),
        )

    def _needs(self, kind: Kind, named: Collection[tuple[str, str, str]]) -> Iterator[ScopeNeed]:
        """Yield what each use of a kind needs; ``named`` are scopes with their names and projects."""
        for use, enough in SCOPES[kind].items():
            if kind is Kind.CONNECTOR:
                yield ScopeNeed(
                    kind=kind, use=use, scopes=enough, held=tuple(scope for scope, name, _ in named if name in enough)
                )
            else:
                scopes = tuple(map(self._of_project, enough))
                held = tuple(scope for scope, *_ in named if scope in scopes)
                yield ScopeNeed(kind=kind, use=use, scopes=scopes, held=held)

    def _of_project(self, name: str) -> str:
        return f"{name}:{self._project}"

    def _without_api_clients(self) -> str:
        return f"{self._of_project(_API_CLIENTS)} is missing: connectors with inheritAs.apiClient need it on creation"

    async def ping(self, kinds: Collection[Kind] = ()) -> str:
        """Count the drafts and, if deployments are among the kinds, those of the project."""
        collections = {Kind.CONNECTOR: DRAFTS, Kind.DEPLOYMENT: deployments(self._project)}
        used = [collections[kind] for kind in _used(kinds)]
        return " and ".join([await self._count(collection.path, collection.noun) for collection in used])

    async def _count(self, path: str, noun: str) -> str:
        # A limit of 0 is legal and means: only count (connect-api.md section 2).
        reply = await self._http.read(Call(method="GET", path=path, purpose=f"count {noun}s", query=(("limit", "0"),)))
        total = count(reply.body.get("total"))
        if total is None:
            raise UnexpectedAnswer(f"{self._http.name}: the page of {noun}s lacks its total")
        return f"{total:,} {noun}{'' if total == 1 else 's'}"


def _used(kinds: Collection[Kind]) -> list[Kind]:
    """Return the kinds to check: always connectors, which the plan of a deployment reads as well."""
    return [kind for kind in SCOPES if kind is Kind.CONNECTOR or kind in kinds]
