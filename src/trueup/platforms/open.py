"""Open every target: its client with one token, one throttle and one address, a reader and a writer.

A target that must not be reached gets a reader and a writer that send nothing and fail with the reason.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn, Protocol

from trueup.errors import Diagnostic, InvalidInput, PlatformError
from trueup.model.clock import Clock
from trueup.model.identity import ConnectTarget, Kind, OriginTarget, Target, Targets
from trueup.model.live import Reading, Unreadable
from trueup.model.reader import Probe, ReadAll, Reader, Surveyor, Wanted
from trueup.model.writer import Writer
from trueup.platforms.address import TargetUrl, is_safe_for_credentials
from trueup.platforms.auth import ClientCredentialsBearer, StaticBearer
from trueup.platforms.by_kind import KindReader, ReaderByKind, WriterByKind
from trueup.platforms.certificates import ssl_context
from trueup.platforms.client import PlatformClient
from trueup.platforms.connect.collection import DRAFTS, deployments
from trueup.platforms.connect.deployments import Connectors, DeploymentBodies, DeploymentReader
from trueup.platforms.connect.errors import ConnectErrors
from trueup.platforms.connect.probe import ConnectProbe
from trueup.platforms.connect.reader import ConnectReader
from trueup.platforms.connect.writer import ConnectWriter
from trueup.platforms.credentials import (
    AccessToken,
    ClientCredentials,
    Credentials,
    Secret,
    credential_variables,
    resolve_credentials,
)
from trueup.platforms.origin.errors import OriginErrors
from trueup.platforms.origin.probe import OriginProbe
from trueup.platforms.origin.reader import OriginReader
from trueup.platforms.origin.writer import OriginWriter
from trueup.platforms.secured import SecretSource
from trueup.platforms.settings import HttpSettings
from trueup.platforms.transport import Network, Route, Sender, Transport

_SANDBOX_CLIENT: Final = ClientCredentials(Secret("sandbox-client"), Secret("sandbox-client-secret"))
_SANDBOX_PROJECT: Final = "sandbox"
_HERE: Final = Path()
_SANDBOX_TOKEN: Final = AccessToken(Secret("sandbox-access-token"))


class SandboxAccess(Protocol):
    """An embedded sandbox; ``transport`` reaches only the sandbox."""

    @property
    def transport(self) -> Transport:
        """Return the transport into the sandbox."""
        ...

    def base_url(self, world: str) -> str:
        """Return the address of one world; Connect is at this address, Origin below it at ``/equinox``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """Readers and writers by target name.

    ``surveyors`` has only the targets whose resources can be listed. Origin has no known search that returns all
    certifications of an account (``origin-api.md`` section 10). ``probes`` has only those that may be reached.
    """

    readers: Mapping[str, Reader]
    writers: Mapping[str, Writer]
    surveyors: Mapping[str, Surveyor] = field(default_factory=dict)
    probes: Mapping[str, Probe] = field(default_factory=dict)

    def joined(self, others: "Platforms") -> "Platforms":
        """Return these targets and the others; no name is in both."""
        return Platforms(
            readers={**self.readers, **others.readers},
            writers={**self.writers, **others.writers},
            surveyors={**self.surveyors, **others.surveyors},
            probes={**self.probes, **others.probes},
        )


@dataclass(frozen=True, slots=True)
class Closed:
    """A reader and writer of a target that must not be reached; ``error`` is the reason."""

    error: PlatformError

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Return every resource as unreadable."""
        return ReadAll(readings={one.identity: Unreadable(self.error) for one in wanted})

    async def read(self, wanted: Wanted) -> Reading:
        """Return the resource as unreadable."""
        return (await self.read_all([wanted])).readings[wanted.identity]

    async def refuse(self, *_: object, **__: object) -> NoReturn:
        """Raise the error."""
        raise self.error

    create = update = process = refuse


def closed_platforms(errors: Mapping[str, PlatformError]) -> Platforms:
    """Return platforms for targets that must not be reached, from target names to the reasons."""
    closed = {name: Closed(error) for name, error in errors.items()}
    return Platforms(readers=closed, writers=closed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    """The addresses of a target, its credentials, and a function that returns the route to a URL."""

    api: TargetUrl
    auth: TargetUrl
    credentials: Credentials
    route: Callable[[str], Route]


@asynccontextmanager
async def open_platforms(  # noqa: PLR0913 - each is an independent seam, and all but three have a default
    targets: Targets,
    *,
    env: Mapping[str, str],
    clock: Clock,
    sandbox: SandboxAccess | None = None,
    transport: Transport | None = None,
    settings: HttpSettings | None = None,
    folder: Path = _HERE,
) -> AsyncIterator[Platforms]:
    """Open every target and close the connections at the end; nothing is sent before the first read.

    Targets marked ``sandbox`` use ``sandbox``, each the world with its name and with fixed credentials. The others use
    ``transport``, by default the network with the proxies and certificates that ``env`` names. ``folder`` is where the
    paths of files with secrets start.

    Raises :class:`~trueup.errors.InvalidInput` for missing credentials and for addresses that a token must not be sent
    to, and UsageError for certificates and proxies that cannot be used.
    """
    settings = settings or HttpSettings()
    secrets = SecretSource(env, folder, frozenset(credential_variables(targets)))
    credentials = resolve_credentials(targets, env)
    check_addresses(targets)
    async with AsyncExitStack() as stack:
        routes = await _online_routes(stack, targets, transport, env)
        readers: dict[str, ReaderByKind | OriginReader] = {}
        writers: dict[str, Writer] = {}
        probes: dict[str, Probe] = {}
        for name, target in targets.items():
            if target.sandbox:
                access = _sandbox_access(target, sandbox)
            else:
                access = _online_access(target, credentials[name], routes)
            # One sender for reads and writes: they share the throttle and the knowledge that a server is down.
            sender = Sender(access.route, clock, settings)
            readers[name], writers[name], probes[name] = _sides(target, access, sender, secrets)
        surveyors = {name: reader for name, reader in readers.items() if isinstance(reader, ReaderByKind)}
        yield Platforms(readers=readers, writers=writers, surveyors=surveyors, probes=probes)


async def _online_routes(
    stack: AsyncExitStack, targets: Targets, transport: Transport | None, env: Mapping[str, str]
) -> Callable[[str], Route] | None:
    """Return the routes to the targets that are not the sandbox, None when there are none."""
    if transport is not None:
        return _fixed_route(transport)
    online = [target for target in targets.values() if not target.sandbox]
    if not online:
        return None
    network = await stack.enter_async_context(Network(ssl_context(env), env))
    for url in (url for target in online for url in _urls(target)):
        # Called for its UsageError: an unusable proxy must not show up later as a failure of the first resource.
        network.route(url)
    return network.route


def _fixed_route(transport: Transport) -> Callable[[str], Route]:
    """Return a function that returns a route over ``transport`` for every URL."""
    return lambda _: Route(lambda: transport)


def _sandbox_access(target: Target, sandbox: SandboxAccess | None) -> _Access:
    assert sandbox is not None, f"target {target.name} is in the sandbox and no sandbox was given"
    base, route = TargetUrl(sandbox.base_url(target.name)), _fixed_route(sandbox.transport)
    match target:
        case ConnectTarget():
            return _Access(api=base, auth=base, credentials=_SANDBOX_CLIENT, route=route)
        case OriginTarget():
            api = TargetUrl(base.url("/equinox"))
            return _Access(api=api, auth=api, credentials=_SANDBOX_TOKEN, route=route)


def _online_access(target: Target, credentials: Credentials, routes: Callable[[str], Route] | None) -> _Access:
    assert routes is not None
    api, auth = _urls(target)
    return _Access(api=TargetUrl(api), auth=TargetUrl(auth), credentials=credentials, route=routes)


def _sides(
    target: Target, access: _Access, sender: Sender, secrets: SecretSource
) -> tuple[ReaderByKind | OriginReader, Writer, Probe]:
    """Return the reader, the writer and the probe of one target; they share its token and its throttle."""
    workers = sender.settings.concurrency
    match target, access.credentials:
        case ConnectTarget(), ClientCredentials() as client:
            bearer = ClientCredentialsBearer(
                client, name=target.name, address=access.auth, scope=target.scope, sender=sender
            )
            http = PlatformClient(
                name=target.name,
                address=access.api,
                bearer=bearer,
                sender=sender,
                errors=ConnectErrors(),
                sent=lambda: secrets.given,
            )
            return *_connect(http, target, secrets, workers=workers), ConnectProbe(http, bearer, target.project_key)
        case OriginTarget(), AccessToken(token):
            issued = StaticBearer(token)
            http = PlatformClient(
                name=target.name, address=access.api, bearer=issued, sender=sender, errors=OriginErrors()
            )
            reader = OriginReader(http, locale=target.locale, workers=workers)
            writer = OriginWriter(http, locale=target.locale, settings=sender.settings)
            return reader, writer, OriginProbe(http, locale=target.locale)
    message = f"target {target.name} has credentials of another platform"
    raise TypeError(message)


def _connect(
    http: PlatformClient, target: ConnectTarget, secrets: SecretSource, *, workers: int
) -> tuple[ReaderByKind, WriterByKind]:
    """Return the reader and the writer of the drafts of an organization and of the deployments of one project."""
    project = target.project_key or _SANDBOX_PROJECT
    connectors, own = Connectors(http), deployments(project, secrets.hidden)
    readers: dict[Kind, KindReader] = {
        Kind.CONNECTOR: ConnectReader(http, DRAFTS, workers=workers),
        Kind.DEPLOYMENT: DeploymentReader(
            ConnectReader(http, own, workers=workers), connectors, project, workers=workers
        ),
    }
    writers: dict[Kind, Writer] = {
        Kind.CONNECTOR: ConnectWriter(http, DRAFTS),
        Kind.DEPLOYMENT: ConnectWriter(http, own, DeploymentBodies(connectors, secrets)),
    }
    return ReaderByKind(readers), WriterByKind(writers)


def _urls(target: Target) -> tuple[str, str]:
    match target:
        case ConnectTarget():
            return target.api_url.rstrip("/"), target.auth_url.rstrip("/")
        case OriginTarget():
            return target.base_url.rstrip("/"), target.base_url.rstrip("/")


def check_addresses(targets: Targets) -> None:
    """Raise InvalidInput for addresses that a token must not be sent to."""
    diagnostics = [
        Diagnostic(
            code="insecure-url",
            message=f"target {name!r}: credentials must not be sent to {url!r}",
            position=target.position,
            allowed="https://HOST[/PATH], or http:// to this machine only; no user name, query or fragment",
        )
        for name, target in targets.items()
        for url in _insecure(target)
    ]
    if diagnostics:
        raise InvalidInput(diagnostics)


def _insecure(target: Target) -> list[str]:
    """Return the target's addresses that credentials must not be sent to."""
    return [] if target.sandbox else [url for url in dict.fromkeys(_urls(target)) if not is_safe_for_credentials(url)]
