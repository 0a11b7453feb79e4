"""Read and write deployments, and read the connectors that they run (``deployment-api.md`` section 6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from trueup.errors import NotAuthorised, NotFound, PlatformError, Rejected, UnexpectedAnswer
from trueup.kinds.registry import KINDS
from trueup.kinds.tree import value_at
from trueup.model.identity import Identity, Kind
from trueup.model.live import Live, Reading, Unreadable
from trueup.model.reader import Nameless, ReadAll, Survey, Wanted
from trueup.model.secret import SecretReference
from trueup.model.value import Known
from trueup.platforms.address import path_segment
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.concurrency import gather
from trueup.platforms.connect.collection import DRAFTS, Representation
from trueup.platforms.connect.reader import ConnectReader
from trueup.platforms.connect.writer import Body
from trueup.platforms.failures import not_read
from trueup.platforms.secured import SecretSource

PUBLISHED: Final = "/connectors"
"""The path of published connectors, which have the ids and keys of their drafts."""

_Reference = tuple[str, bool]
"""The id of a connector, and whether its draft is meant."""
_Connectors = Mapping[_Reference, Representation | Unreadable | None]


class Connectors:
    """The connectors of an organization, as deployments refer to them."""

    def __init__(self, http: PlatformClient) -> None:
        self._http = http

    async def of(self, reference: Mapping[str, object]) -> Representation | None:
        """Return the connector of a reference ``{id or key, staged}``: empty if there is none, None if it is forbidden.

        Raises PlatformError if it could not be read.
        """
        base = DRAFTS.path if reference.get("staged") is True else PUBLISHED
        key, remote_id = reference.get("key"), reference.get("id")
        name = f"key={path_segment(str(key))}" if key else path_segment(str(remote_id))
        call = Call(method="GET", path=f"{base}/{name}", purpose=f"read the connector {_name(reference)}")
        try:
            return (await self._http.read(call)).body
        except NotFound:
            return {}
        # Reading connectors needs scopes of its own (section 1), and no deployment depends on them.
        except NotAuthorised:
            return None


def _name(reference: Mapping[str, object]) -> object:
    return reference.get("key") or reference.get("id")


class DeploymentReader:
    """The reader of one project's deployments; see :class:`~trueup.model.reader.Reader`.

    Each deployment comes with the release that its connector offers now.
    """

    def __init__(self, deployments: ConnectReader, connectors: Connectors, project: str, *, workers: int) -> None:
        self._deployments, self._connectors, self._workers = deployments, connectors, workers
        self._project = project

    async def read(self, wanted: Wanted) -> Reading:
        """Read one deployment and its connector."""
        try:
            reading = await self._deployments.read(wanted)
            return _with_connector(reading, await self._offering([reading]))
        except Exception as error:  # noqa: BLE001 - see ConnectReader.read
            return not_read(error)

    async def read_related(self, wanted: Wanted) -> tuple[Reading, Mapping[str, object]]:
        """Read one deployment, its connector, and what is known for its plan."""
        identity = wanted.identity
        try:
            found = await self._completed([wanted], {identity: await self._deployments.read(wanted)})
        except Exception as error:  # noqa: BLE001 - see ConnectReader.read
            return not_read(error), {}
        return found.readings[identity], found.related.get(identity, {})

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Read many deployments, and each of their connectors once."""
        found = await self._deployments.read_all(wanted)
        return replace(await self._completed(wanted, found.readings), unmanaged=found.unmanaged)

    async def _completed(self, wanted: Sequence[Wanted], readings: Mapping[Identity, Reading]) -> ReadAll:
        """Return the readings of deployments with what their connectors offer, and what is known for their plans.

        See the refusals of the kind. A deployment that exists stays with the connector that it has, which may have lost
        its key.
        """
        offering = await self._offering(readings.values())
        sources = {one.identity: one.source for one in wanted if one.source is not None}
        distinct = {repr(source): source for name, source in sources.items() if _reference(readings[name]) is None}
        found = await gather(distinct.values(), self._source, limit=self._workers)
        about = dict(zip(distinct, found, strict=True))
        related = {
            name: {
                **(about.get(repr(source), {}) if (own := _reference(readings[name])) is None else _own(offering[own])),
                "live": _rest(readings[name]),
                "project": self._project,
            }
            for name, source in sources.items()
        }
        completed = {identity: _with_connector(reading, offering) for identity, reading in readings.items()}
        return ReadAll(readings=completed, related=related)

    async def _source(self, reference: Mapping[str, object]) -> Mapping[str, object]:
        """Return the connector of a reference and the projects that may deploy it, as far as these can be read."""
        try:
            connector = await self._connectors.of(reference)
            # Only the draft has the list, and only its own organization can read it (section 6).
            hidden = connector and connector.get("private") is True and not reference.get("staged")
            draft = await self._connectors.of({**reference, "staged": True}) if hidden else connector
        except PlatformError:
            return {}
        return {"connector": connector, "allowed": (draft or {}).get("privateProjects")}

    async def survey(self, target: str, kind: Kind) -> Survey:
        """Read every deployment of the project; see :class:`~trueup.model.reader.Surveyor`."""
        return await self._deployments.survey(target, kind)

    async def nameless(self) -> Nameless:
        """Return the deployments without a key."""
        return await self._deployments.nameless()

    async def _offering(self, readings: Iterable[Reading]) -> _Connectors:
        """Return the connectors of deployments, each of which is read once."""
        references = [reference for reading in readings if (reference := _reference(reading)) is not None]
        wanted = list(dict.fromkeys(references))
        return dict(zip(wanted, await gather(wanted, self._connector, limit=self._workers), strict=True))

    async def _connector(self, reference: _Reference) -> Representation | Unreadable | None:
        remote_id, staged = reference
        try:
            return await self._connectors.of({"id": remote_id, "staged": staged})
        except PlatformError as error:
            # Without it, nothing says whether the deployment runs the newest code.
            return Unreadable(error)


def _rest(reading: Reading) -> Mapping[str, object]:
    return reading.rest if isinstance(reading, Live) else {}


def _reference(reading: Reading) -> _Reference | None:
    """Return the id of a deployment's connector and whether it is the draft, None if there is none."""
    if not isinstance(reading, Live):
        return None
    match reading.fields["connector.id"]:
        case Known(value=str() as remote_id):
            return remote_id, reading.fields["connector.staged"] == Known("true")
        case _:
            return None


def _own(connector: Representation | Unreadable | None) -> Mapping[str, object]:
    """Return what is known from the connector of a deployment; which projects may deploy it matters no more."""
    return {} if isinstance(connector, Unreadable) else {"connector": connector}


def _with_connector(reading: Reading, connectors: _Connectors) -> Reading:
    reference = _reference(reading)
    connector = None if reference is None else connectors[reference]
    if isinstance(connector, Unreadable):
        return connector
    # It is None or empty if it may not be read with these scopes, or is gone.
    if not isinstance(reading, Live) or not connector:
        return reading
    try:
        return KINDS[Kind.DEPLOYMENT].dependencies.relate(reading, connector)
    except UnexpectedAnswer as error:
        return Unreadable(error)


class DeploymentBodies:
    """What completes the bodies of writes: the applications that a manifest leaves out, and the secrets."""

    def __init__(self, connectors: Connectors, secrets: SecretSource) -> None:
        self._connectors, self._secrets = connectors, secrets

    async def __call__(self, body: Body) -> Body:
        """Return the body to send; raises ``Rejected`` before anything is sent when a secret is missing."""
        whole = await self._with_applications(body) if "configurations" in body else body
        found: Body = self._resolved(whole)
        return found

    async def _with_applications(self, body: Body) -> Body:
        """Add an entry for each application of the connector: one that is left out can never be added (section 3.4)."""
        reference, given = body["connector"], body["configurations"]
        assert isinstance(reference, Mapping)
        assert isinstance(given, list)
        connector = await self._connectors.of(reference)
        if not connector:
            message = (
                f"the connector {_name(reference)} does not exist or may not be read, so its applications are not known"
            )
            raise Rejected(message)
        declared = value_at(connector, "configurations")
        names = [one.get("applicationName") for one in declared] if isinstance(declared, list) else []
        named = {one["applicationName"] for one in given}
        others = [
            {"applicationName": name, "standardConfiguration": [], "securedConfiguration": []}
            for name in names
            if name not in named
        ]
        return {**body, "configurations": [*given, *others]}

    def _resolved(self, node: object) -> Any:
        match node:
            case SecretReference():
                try:
                    return self._secrets.value(node)
                except LookupError as error:
                    raise Rejected(str(error)) from None
            case Mapping():
                return {name: self._resolved(inner) for name, inner in node.items()}
            case list():
                return [self._resolved(inner) for inner in node]
            case _:
                return node
