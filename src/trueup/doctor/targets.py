"""The checks of one target, from its address to one read."""

import asyncio
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from itertools import chain
from typing import Final

from trueup.doctor.checks import CheckRow, Seen, first_names, in_thread, ok
from trueup.errors import InvalidInput
from trueup.kinds.registry import KINDS
from trueup.model.checkup import CheckState
from trueup.model.clock import Clock
from trueup.model.identity import Kind, Target
from trueup.model.position import Positions
from trueup.model.reader import Probe, ScopeNeed, TargetUse
from trueup.platforms.address import split_host
from trueup.platforms.certificates import ssl_context, trusted_by
from trueup.platforms.credentials import resolve_credentials, sources
from trueup.platforms.failures import Lost, NotSent, TlsFailed, host_and_port, system_reason
from trueup.platforms.greeting import Greeting
from trueup.platforms.open import check_addresses, open_platforms
from trueup.platforms.permissions import Permissions, withheld
from trueup.platforms.proxy import Proxy, proxy_to
from trueup.platforms.settings import HttpSettings
from trueup.platforms.transport import Network, greet

USED_BY: Final[Mapping[TargetUse, str]] = {
    TargetUse.READ: "plan, apply, drift, adopt, import",
    TargetUse.WRITE: "apply",
}
"""The commands that use a target in each way."""

MOST_SKEW: Final = 60.0
"""Seconds that two clocks may differ. Tokens and certificates are valid for longer."""
ENDS_SOON: Final = 14 * 86_400.0
"""Seconds before the end of a certificate from which it is a warning."""

_NAMED: Final = 3
"""Scopes and projects that a check names; a token's answer can have any number of them."""

_CHECK_PROXY: Final = (
    "Check the proxy in the environment (HTTPS_PROXY or ALL_PROXY), or list hosts that need none in NO_PROXY."
)

Lookup = Callable[[str, int], list[str]]
"""Returns the addresses of a host and port; raises OSError."""


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host, each once; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(slots=True, kw_only=True)
class TargetSubject:
    """A target that is checked, and what earlier checks found for later ones.

    ``positions`` are those of the project file. ``kinds`` are those of its manifests for the target. ``stack`` closes
    the connections. ``greetings`` are by host and port.
    """

    target: Target
    environ: Mapping[str, str]
    permit: Permissions
    positions: Positions | None
    clock: Clock
    settings: HttpSettings
    stack: AsyncExitStack
    kinds: Collection[Kind] = ()
    lookup: Lookup = look_up
    proxies: dict[str, Proxy | None] = field(default_factory=dict)
    greetings: dict[str, Greeting | TlsFailed] = field(default_factory=dict)
    skews: dict[str, float | None] = field(default_factory=dict)
    probe: Probe | None = None

    @property
    def urls(self) -> Mapping[str, str]:
        """Return one URL of the target for each of its servers, by host and port."""
        place = self.target.place
        # The first of a host stays: the address of the API.
        return {host_and_port(url): url for url in (place.auth_url, place.address) if url}

    async def opened(self) -> Probe:
        """Return the probe of the target; raises what ``open_platforms`` raises."""
        if self.probe is None:
            name = self.target.name
            platforms = await self.stack.enter_async_context(
                open_platforms({name: self.target}, env=self.environ, clock=self.clock, settings=self.settings)
            )
            self.probe = platforms.probes[name]
        return self.probe


async def _address(subject: TargetSubject) -> Seen:
    targets = {subject.target.name: subject.target}
    check_addresses(targets)
    # Before anything is sent: the project file may come from a pull request.
    if faults := subject.permit.faults(targets, subject.positions):
        raise InvalidInput(faults)
    return ok(str(subject.target.place))


async def _proxy(subject: TargetSubject) -> Seen:
    subject.proxies = {place: proxy_to(url, environ=subject.environ) for place, url in subject.urls.items()}
    used = [f"{proxy.place} for {place}" for place, proxy in subject.proxies.items() if proxy]
    return ok(", ".join(used) or "none, directly")


async def _dns(subject: TargetSubject) -> Seen:
    # Behind a proxy, only the proxy looks up the names of the platform.
    places = [proxy.place if proxy else place for place, proxy in subject.proxies.items()]
    ports = {host.strip("[]"): port or 0 for host, port in filter(None, map(split_host, places))}
    names = [(host, port) for host, port in ports.items() if not _is_address(host)]
    if not names:
        return Seen(CheckState.SKIPPED, "there is no name to look up")
    return _joined(await asyncio.gather(*(_looked_up(subject.lookup, host, port) for host, port in names)), subject)


async def _looked_up(lookup: Lookup, host: str, port: int) -> Seen:
    try:
        first, *others = await in_thread(partial(lookup, host, port))
    except OSError as error:
        return Seen(CheckState.FAIL, f"{host}: {system_reason(error) or 'the name cannot be looked up'}")
    more = f" and {len(others)} more" if others else ""
    return ok(f"{host} is {first}{more}", *(f"{host} is {address}" for address in others))


def _joined(parts: Sequence[Seen], subject: TargetSubject) -> Seen:
    """Return what was seen of several servers as one: failed if one failed, with what failed first."""
    ordered = sorted(parts, key=lambda part: part.state is not CheckState.FAIL)
    text, details = "; ".join(part.text for part in ordered), chain.from_iterable(part.details for part in ordered)
    # Where a proxy is used, it is what was looked up and connected to.
    advice = _CHECK_PROXY if ordered[0].state is CheckState.FAIL and any(subject.proxies.values()) else ""
    return Seen(ordered[0].state, text, advice, tuple(details))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def _connection(subject: TargetSubject) -> Seen:
    network = await subject.stack.enter_async_context(Network(ssl_context(subject.environ), subject.environ))
    # At the same time: two servers that do not answer must not take the time of both.
    return _joined(await asyncio.gather(*(_greeted(subject, network, place) for place in subject.urls)), subject)


async def _greeted(subject: TargetSubject, network: Network, place: str) -> Seen:
    url, began, asked = subject.urls[place], subject.clock.now(), subject.settings.wall_clock()
    try:
        greeting = await greet(network.route(url), url, subject.settings.connect_timeout)
    except TlsFailed as error:
        # The connection was made: what is wrong is for the next check to say.
        subject.greetings[place] = error
        return ok(f"{place} is reached")
    except (NotSent, Lost) as error:
        return Seen(CheckState.FAIL, str(error))
    subject.greetings[place] = greeting
    subject.skews[place] = _skew(greeting, asked, subject.settings.wall_clock())
    return ok(f"{place} answers in {round((subject.clock.now() - began) * 1000)} ms")


def _skew(greeting: Greeting, asked: float, answered: float) -> float | None:
    """Return the seconds by which this machine is ahead of the server, None when the server names no time."""
    if greeting.date is None:
        return None
    # The header has whole seconds, and was written at some time between the request and its answer.
    early, late = asked - (greeting.date + 1), answered - greeting.date
    return early if early > 0 else min(late, 0.0)


async def _tls(subject: TargetSubject) -> Seen:
    failed = [str(error) for error in subject.greetings.values() if isinstance(error, TlsFailed)]
    trusted = f"trusted: {trusted_by(subject.environ)}"
    if failed:
        return Seen(CheckState.FAIL, f"{'; '.join(failed)}; {trusted}")
    now, found, soon = subject.settings.wall_clock(), [], False
    for place, greeting in subject.greetings.items():
        if isinstance(greeting, Greeting) and greeting.protocol:
            until = greeting.certificate_until
            soon = soon or (until is not None and until - now < ENDS_SOON)
            ends = "" if until is None else f", certificate until {_day(until)} ({_days(until - now)})"
            found.append(f"{place}: verified, {greeting.protocol}{ends}")
    if not found:
        return Seen(CheckState.SKIPPED, "plain http to this machine")
    advice = "Ask those who run the host to renew its certificate." if soon else ""
    return Seen(CheckState.WARN if soon else CheckState.OK, f"{'; '.join(found)}; {trusted}", advice)


async def _clock(subject: TargetSubject) -> Seen:
    known = {place: skew for place, skew in subject.skews.items() if skew is not None}
    if not known:
        return Seen(CheckState.SKIPPED, "no server names its time")
    place, skew = max(known.items(), key=lambda item: abs(item[1]))
    if abs(skew) <= MOST_SKEW:
        return ok(f"within {MOST_SKEW:.0f} s of {', '.join(known)}", f"{skew:+.0f} s")
    text = f"this machine is {abs(skew):,.0f} s {'ahead of' if skew > 0 else 'behind'} {place}"
    return Seen(CheckState.WARN, text, "Set the clock of this machine: certificates and tokens depend on it.")


async def _credentials(subject: TargetSubject) -> Seen:
    if subject.permit.withholds(subject.target):
        advice = "If the check of base failed, correct that first."
        return Seen(CheckState.FAIL, str(withheld(subject.target)), advice, invalid=True)
    resolve_credentials({subject.target.name: subject.target}, subject.environ)
    return ok(f"from {' and '.join(sources(subject.target, subject.environ))}")


async def _token(subject: TargetSubject) -> Seen:
    info = await (await subject.opened()).token()
    if info.life is None:
        return ok("as given; the platform names no end of it")
    until = _moment(subject.settings.wall_clock() + info.life)
    return ok(f"obtained, valid until {until} ({_hours(info.life)})")


async def _scopes(subject: TargetSubject) -> Seen:
    info = await (await subject.opened()).token(subject.kinds)
    if info.needs is None:
        return Seen(CheckState.SKIPPED, "the platform names none")
    several = len({need.kind for need in info.needs}) > 1
    held = [f"{_use(need, several=several)}: {first_names(need.held, _NAMED)}" for need in info.needs if need.held]
    lacking = [need for need in info.needs if not need.held]
    if lacking:
        text = "; ".join([*(f"missing to {_use(need, several=several)}" for need in lacking), *held])
        # The narrowest scope of the most demanding use of a kind serves all of them.
        needed = {need.kind: " or ".join(need.scopes) for need in lacking}
        # Without the right to change, plans still work: that is how a job that only plans should be set up.
        fails = any(need.use is TargetUse.READ for need in lacking)
        advice = f"To allow it, give the API client {', and '.join(needed.values())}."
        return Seen(CheckState.FAIL if fails else CheckState.WARN, text, advice, info.notes)
    wanted = subject.target.place.project_key
    if wanted and info.projects and wanted not in info.projects:
        others = first_names(sorted(info.projects), _NAMED)
        text = f"the API client is of the project {others}, and trueup.yaml names {wanted}"
        return Seen(CheckState.WARN, text, "Use the API client of that project, or correct projectKey.")
    return ok("; ".join(held), *info.notes)


def _use(need: ScopeNeed, *, several: bool) -> str:
    """Return in words what scopes are needed for, with the kind if there are ``several`` kinds."""
    return f"{need.use}{f' {KINDS[need.kind].plural}' if several else ''} ({USED_BY[need.use]})"


async def _read(subject: TargetSubject) -> Seen:
    began = subject.clock.now()
    found = await (await subject.opened()).ping(subject.kinds)
    return ok(f"{found} in {round((subject.clock.now() - began) * 1000)} ms")


TARGET_CHECKS: Final[tuple[CheckRow[TargetSubject], ...]] = (
    CheckRow("address", _address, advice="Correct the target in trueup.yaml."),
    CheckRow("proxy", _proxy, ("address",)),
    CheckRow("dns", _dns, ("proxy",), "Check the name in trueup.yaml. If only a proxy knows it, set HTTPS_PROXY."),
    CheckRow(
        "connection",
        _connection,
        ("dns",),
        "Check the address in trueup.yaml and the firewall. If a proxy is needed, set HTTPS_PROXY.",
    ),
    CheckRow(
        "tls",
        _tls,
        ("connection",),
        "If a gateway replaces certificates, set SSL_CERT_FILE to its own. If the certificate is expired or not yet "
        "valid, check the clock of this machine.",
    ),
    CheckRow("clock", _clock, ("connection",)),
    CheckRow("credentials", _credentials, ("address",)),
    CheckRow("token", _token, ("tls", "credentials"), "Check the values of the variables that credentials names."),
    CheckRow("scopes", _scopes, ("token",)),
    CheckRow("read", _read, ("token",), "Use credentials of this project that may read."),
)
"""All checks of a target, in order."""


async def _sandbox(subject: TargetSubject) -> Seen:
    return ok(f"the sandbox in trueup: {subject.target.platform}, without a network")


SANDBOX_CHECKS: Final[tuple[CheckRow[TargetSubject], ...]] = (CheckRow("address", _sandbox),)
"""The checks of a target in the embedded sandbox, which needs no network and no credentials."""


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _days(seconds: float) -> str:
    days = int(seconds // 86_400)
    return f"{days:,} {'day' if days == 1 else 'days'}"


def _hours(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:,.0f} h" if hours >= 1 else f"{seconds / 60:.0f} min"
