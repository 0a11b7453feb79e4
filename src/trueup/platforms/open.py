"""Open every target: its client with one token, one throttle and one address, its reader and its writer."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from trueup.errors import Diagnostic, InvalidInput
from trueup.model.clock import Clock
from trueup.model.identity import ConnectTarget, OriginTarget, Target, Targets
from trueup.model.reader import Reader, Surveyor
from trueup.model.writer import Writer
from trueup.platforms.address import TargetUrl, is_safe_for_credentials
from trueup.platforms.auth import ClientCredentialsBearer, StaticBearer
from trueup.platforms.client import PlatformClient
from trueup.platforms.connect.errors import ConnectErrors
from trueup.platforms.connect.reader import ConnectReader
from trueup.platforms.connect.writer import ConnectWriter
from trueup.platforms.credentials import AccessToken, ClientCredentials, Credentials, Secret, resolve_credentials
from trueup.platforms.origin.errors import OriginErrors
from trueup.platforms.origin.reader import OriginReader
from trueup.platforms.origin.writer import OriginWriter
from trueup.platforms.settings import HttpSettings
from trueup.platforms.transport import Network, Route, Sender, Transport, ssl_context

_SANDBOX_CLIENT: Final = ClientCredentials(Secret("sandbox-client"), Secret("sandbox-client-secret"))
_SANDBOX_TOKEN: Final = AccessToken(Secret("sandbox-access-token"))


class SandboxAccess(Protocol):
    """An embedded sandbox; ``transport`` leads into it and nowhere else."""

    @property
    def transport(self) -> Transport:
        """Return the transport that the sandbox answers."""
        ...

    def base_url(self, world: str) -> str:
        """Return the address of one world; Connect lies at it, Origin at ``/equinox`` below."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """Hold what leads to each target, by target name; readers and writers apart.

    ``surveyors`` has the targets that can be listed: no known search of Origin returns all that is one's own.
    """

    readers: Mapping[str, Reader]
    writers: Mapping[str, Writer]
    surveyors: Mapping[str, Surveyor] = field(default_factory=dict)

    def joined(self, others: "Platforms") -> "Platforms":
        """Return these targets and the others, which have other names."""
        return Platforms(
            readers={**self.readers, **others.readers},
            writers={**self.writers, **others.writers},
            surveyors={**self.surveyors, **others.surveyors},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a target is reached, by which route, and with which credentials."""

    api: TargetUrl
    auth: TargetUrl
    credentials: Credentials
    route: Callable[[str], Route]


@asynccontextmanager
async def open_platforms(  # noqa: PLR0913 - each is a seam of its own, and all but three have a default
    targets: Targets,
    *,
    env: Mapping[str, str],
    clock: Clock,
    sandbox: SandboxAccess | None = None,
    transport: Transport | None = None,
    settings: HttpSettings | None = None,
) -> AsyncIterator[Platforms]:
    """Open every target and close the connections at the end; nothing is sent before the first read.

    Targets marked ``sandbox`` go to ``sandbox``, into the world of the target's name, with credentials of no meaning.
    The others go over ``transport``, by default the network. Raises :class:`~trueup.errors.InvalidInput` for missing
    credentials and for addresses that a token must not be sent to, UsageError for certificates and proxies that cannot
    be used.
    """
    settings = settings or HttpSettings()
    credentials = resolve_credentials(targets, env)
    _check_addresses(targets)
    async with AsyncExitStack() as stack:
        outside = await _outside(stack, targets, transport)
        readers: dict[str, ConnectReader | OriginReader] = {}
        writers: dict[str, Writer] = {}
        for name, target in targets.items():
            place = _sandboxed(target, sandbox) if target.sandbox else _real(target, credentials[name], outside)
            readers[name], writers[name] = _ways(target, place, Sender(place.route, clock, settings))
        surveyors = {name: reader for name, reader in readers.items() if isinstance(reader, ConnectReader)}
        yield Platforms(readers=readers, writers=writers, surveyors=surveyors)


async def _outside(
    stack: AsyncExitStack, targets: Targets, transport: Transport | None
) -> Callable[[str], Route] | None:
    """Return the routes to the targets that are not the sandbox, None when there are none."""
    if transport is not None:
        return _only(transport)
    online = [target for target in targets.values() if not target.sandbox]
    if not online:
        return None
    network = await stack.enter_async_context(Network(ssl_context()))
    for url in (url for target in online for url in _urls(target)):
        # A proxy that cannot be used is wrong usage, and not a failure of the resource that is read first.
        network.route(url)
    return network.route


def _only(transport: Transport) -> Callable[[str], Route]:
    """Return the route over one transport, whatever the address."""
    return lambda _: Route(lambda: transport)


def _sandboxed(target: Target, sandbox: SandboxAccess | None) -> _Place:
    assert sandbox is not None, f"target {target.name} is in the sandbox and no sandbox was given"
    base, route = TargetUrl(sandbox.base_url(target.name)), _only(sandbox.transport)
    match target:
        case ConnectTarget():
            return _Place(api=base, auth=base, credentials=_SANDBOX_CLIENT, route=route)
        case OriginTarget():
            api = TargetUrl(base.url("/equinox"))
            return _Place(api=api, auth=api, credentials=_SANDBOX_TOKEN, route=route)


def _real(target: Target, credentials: Credentials, outside: Callable[[str], Route] | None) -> _Place:
    assert outside is not None
    api, auth = _urls(target)
    return _Place(api=TargetUrl(api), auth=TargetUrl(auth), credentials=credentials, route=outside)


def _ways(target: Target, place: _Place, sender: Sender) -> tuple[ConnectReader | OriginReader, Writer]:
    """Return the reader and the writer of one target; they share its token and its throttle."""
    workers = sender.settings.concurrency
    match target, place.credentials:
        case ConnectTarget(), ClientCredentials() as client:
            bearer = ClientCredentialsBearer(
                client, name=target.name, address=place.auth, scope=target.scope, sender=sender
            )
            http = PlatformClient(
                name=target.name, address=place.api, bearer=bearer, sender=sender, errors=ConnectErrors()
            )
            return ConnectReader(http, workers=workers), ConnectWriter(http)
        case OriginTarget(), AccessToken(token):
            issued = StaticBearer(token)
            http = PlatformClient(
                name=target.name, address=place.api, bearer=issued, sender=sender, errors=OriginErrors()
            )
            reader = OriginReader(http, locale=target.locale, workers=workers)
            return reader, OriginWriter(http, locale=target.locale, settings=sender.settings)
    message = f"target {target.name} has credentials of another platform"
    raise TypeError(message)


def _urls(target: Target) -> tuple[str, str]:
    match target:
        case ConnectTarget():
            return target.api_url.rstrip("/"), target.auth_url.rstrip("/")
        case OriginTarget():
            return target.base_url.rstrip("/"), target.base_url.rstrip("/")


def _check_addresses(targets: Targets) -> None:
    diagnostics = [
        Diagnostic(
            code="insecure-url",
            message=f"target {name!r}: {url!r} is no address that credentials may be sent to",
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
