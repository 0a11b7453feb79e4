"""Decide which targets may be given credentials.

A project file may come from a pull request. It names the hosts that credentials are sent to and the variables that are
read for them, so it cannot be trusted by itself. What is allowed comes from outside of it: from another commit, from
options and from the environment.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self, assert_never
from urllib.parse import urlsplit

from trueup.errors import Diagnostic, NotAuthorised, Severity, UsageError
from trueup.manifest.project_urls import CREDENTIAL_PREFIXES, OWN_URLS
from trueup.model.identity import ConnectTarget, OriginTarget, Target, Targets
from trueup.model.position import Position, Positions
from trueup.platforms.address import leads_to_loopback, locate, split_host

HOSTS: Final = "TRUEUP_ALLOW_HOSTS"
TARGETS: Final = "TRUEUP_ALLOW_TARGETS"
_HTTPS: Final = 443


@dataclass(frozen=True, slots=True)
class HostRule:
    """A host that credentials may be sent to over https; with ``below``, all hosts below that domain."""

    host: str
    port: int
    below: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the rule for ``host``, ``host:port`` or ``*.domain``.

        Raises :class:`~trueup.errors.UsageError` for anything else.
        """
        named = text.removeprefix("*.")
        below = named != text
        found = split_host(named)
        # `*.com` and `*.0.0.1` are mistakes: a pattern needs a domain of two labels, and an address has no subdomains.
        if found is None or (below and ("." not in found[0] or found[0][-1] in "0123456789]")):
            message = (
                f"{HOSTS} contains {text!r}. Write host names: gw.example.com, gw.example.com:8443, *.example.com."
            )
            raise UsageError(message)
        host, port = found
        return cls(host, _HTTPS if port is None else port, below)

    def covers(self, host: str, port: int) -> bool:
        """Return whether the rule covers this host; ``host`` is normalised as ``split_host`` does."""
        same = host.endswith(f".{self.host}") if self.below else host == self.host
        return same and port == self.port


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What is allowed from outside of the project file.

    ``hosts`` and ``targets`` are allowed by name. ``redefined`` are the names of the targets that the base defines
    differently or not at all, None without a base. ``accepted``: the base itself was named from outside. If a saved
    plan named it, it could be any commit; then it can only withhold credentials, and allows nothing.
    """

    hosts: tuple[HostRule, ...] = ()
    targets: frozenset[str] = frozenset()
    redefined: frozenset[str] | None = None
    accepted: bool = True

    @classmethod
    def read(cls, env: Mapping[str, str], targets: Iterable[str] = (), redefined: frozenset[str] | None = None) -> Self:
        """Return the permissions from environment variables and from the targets that options name.

        Raises :class:`~trueup.errors.UsageError` for a text that is not the name of a host.
        """
        hosts = tuple(HostRule.parse(text) for text in _listed(env, HOSTS))
        return cls(hosts=hosts, targets=frozenset((*targets, *_listed(env, TARGETS))), redefined=redefined)

    def withholds(self, target: Target) -> bool:
        """Return whether a target gets no credentials because its definition changed since the base."""
        return bool(self.redefined and target.name in self.redefined - self.targets and not target.sandbox)

    def faults(self, targets: Targets, positions: Positions | None) -> list[Diagnostic]:
        """Return a diagnostic for each host and variable that the project file must not choose by itself."""
        judged = [target for target in targets.values() if not (target.sandbox or self._known(target))]
        foreign = [
            (target, field, url) for target in judged for field, url in _urls(target) if not self._own(field, url)
        ]
        hosts = dict.fromkeys(host for _, _, url in foreign if (host := _host(url)))
        export = f"export {HOSTS}={','.join((*map(_spelled, self.hosts), *hosts))}"
        faults = [
            Diagnostic(
                code="foreign-host",
                message=f"{field} leads to {_host(url) or 'a host'}, which is not one of the platform's own hosts.",
                position=_position(target, field, positions),
                path=f"targets.{target.name}.{field}",
                allowed=f"A host of {target.platform}, this machine, or one that {HOSTS} names.",
                hint=f"If credentials may be sent there: {export}" if _host(url) else "Write its name in ASCII.",
            )
            for target, field, url in foreign
        ]
        return faults + [fault for target in judged for fault in self._foreign_variables(target, positions)]

    def _known(self, target: Target) -> bool:
        """Return whether the base defines the target identically: its hosts were accepted with that commit."""
        return self.accepted and self.redefined is not None and target.name not in self.redefined

    def _own(self, field: str, url: str) -> bool:
        if leads_to_loopback(url):
            return True
        found = locate(url)
        if found is None or found[0] != "https":
            return False
        host, port = found[1], _HTTPS if found[2] is None else found[2]
        own = {urlsplit(own).hostname for own in OWN_URLS[field]}
        return (host in own and port == _HTTPS) or any(rule.covers(host, port) for rule in self.hosts)

    def _foreign_variables(self, target: Target, positions: Positions | None) -> Iterator[Diagnostic]:
        for field, variable in _variables(target):
            if not variable.startswith(CREDENTIAL_PREFIXES) and target.name not in self.targets:
                allowed = ", ".join(CREDENTIAL_PREFIXES)
                yield Diagnostic(
                    code="foreign-variable",
                    message=f"{field} names {variable}, which may contain any secret.",
                    position=_position(target, field, positions),
                    path=f"targets.{target.name}.{field}",
                    allowed=f"The name of a variable that starts with one of {allowed}.",
                    hint=f"If its value may be sent to the target: {_how_to_allow(target)}",
                )


def withheld(target: Target) -> NotAuthorised:
    """Return the error for every resource of a target that gets no credentials."""
    return NotAuthorised(
        "this change adds or redefines the target, so it gets no credentials. "
        f"To allow it as it is now: {_how_to_allow(target)}"
    )


def withheld_warning(target: Target) -> Diagnostic:
    """Return the warning at the definition of a target that gets no credentials."""
    return Diagnostic(
        code="target-defined-anew",
        severity=Severity.WARNING,
        message=f"The target {target.name} is new or leads elsewhere since the base; it gets no credentials.",
        position=target.position,
        path=f"targets.{target.name}",
        hint=f"To allow it as it is now: {_how_to_allow(target)}",
    )


def _how_to_allow(target: Target) -> str:
    return f"--allow-target {target.name}, or export {TARGETS}={target.name}"


def _listed(env: Mapping[str, str], variable: str) -> Iterator[str]:
    return (name for text in env.get(variable, "").split(",") if (name := text.strip()))


def _urls(target: Target) -> Iterator[tuple[str, str]]:
    match target:
        case ConnectTarget():
            yield "apiUrl", target.api_url
            yield "authUrl", target.auth_url
        case OriginTarget():
            yield "baseUrl", target.base_url
        case _:
            assert_never(target)


def _variables(target: Target) -> Iterator[tuple[str, str]]:
    match target:
        case ConnectTarget():
            yield "clientIdEnv", target.client_id_env
            yield "clientSecretEnv", target.client_secret_env
        case OriginTarget():
            yield "accessTokenEnv", target.access_token_env
        case _:
            assert_never(target)


def _host(url: str) -> str:
    """Return the host of a URL in the form of a rule, empty when no rule can name it."""
    found = locate(url)
    if found is None:
        return ""
    _, host, port = found
    return host if port in (None, _HTTPS) else f"{host}:{port}"


def _spelled(rule: HostRule) -> str:
    host = f"*.{rule.host}" if rule.below else rule.host
    return host if rule.port == _HTTPS else f"{host}:{rule.port}"


def _position(target: Target, field: str, positions: Positions | None) -> Position:
    return target.position if positions is None else positions.at(("targets", target.name, field))
