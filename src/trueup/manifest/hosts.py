"""Read one target of the project file, and see that no credential can go to a place it must not go to."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from trueup.errors import Diagnostic
from trueup.model.identity import Platform
from trueup.model.position import Positions
from trueup.model.target import ConnectTarget, OriginTarget, Target

ORIGIN_URL: Final = "https://origin.build/equinox"
_URLS: Final = ("apiUrl", "authUrl", "baseUrl")
_OPTIONAL: Final[Mapping[str, str]] = {
    "projectKey": "project_key",
    "scope": "scope",
    "clientIdEnv": "client_id_env",
    "clientSecretEnv": "client_secret_env",
    "locale": "locale",
    "accessTokenEnv": "access_token_env",
    "sandbox": "sandbox",
}
"""Field of the file to field of the target, for those that need nothing done to them."""


def read_target(name: str, block: Mapping[str, Any], positions: Positions) -> Target:
    """Return the target that a checked block describes. A sandbox's hosts are empty unless the block gives them."""
    given: dict[str, Any] = {ours: block[theirs] for theirs, ours in _OPTIONAL.items() if theirs in block}
    position = positions.at(("targets", name))
    if block["platform"] == Platform.ORIGIN:
        return OriginTarget(name=name, base_url=_url(block, "baseUrl", ORIGIN_URL), position=position, **given)
    region = block.get("region")
    return ConnectTarget(
        name=name,
        api_url=_url(block, "apiUrl", f"https://connect.{region}.commercetools.com" if region else ""),
        auth_url=_url(block, "authUrl", f"https://auth.{region}.commercetools.com" if region else ""),
        position=position,
        **given,
    )


def _url(block: Mapping[str, Any], name: str, default: str) -> str:
    url: str = block.get(name, default)
    return url.rstrip("/")


def insecure_urls(name: str, block: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    """Give what is wrong with a target's hosts: a Connect target without one, and URLs that are not to be trusted."""
    path = ("targets", name)
    hosts = {"apiUrl", "authUrl"} <= block.keys() or "region" in block or block.get("sandbox")
    if block["platform"] == Platform.CONNECT and not hosts:
        yield Diagnostic(
            code="missing-field",
            message=f"The target {name} lacks region.",
            position=positions.at(path),
            path=f"targets.{name}.region",
            allowed="A region, or both apiUrl and authUrl, or sandbox: true.",
        )
    for field in _URLS:
        problem = _problem(block[field]) if field in block else None
        if problem:
            code, message = problem
            yield Diagnostic(
                code=code,
                message=f"{field} {message}.",
                position=positions.at((*path, field)),
                path=f"targets.{name}.{field}",
                allowed="https, or http to this machine only (localhost, 127.0.0.1, [::1]).",
            )


def _problem(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "bad-url", "is not a URL"
    if not parts.hostname or port == 0:
        return "bad-url", "names no host or no port"
    if parts.scheme == "https" or _is_loopback(parts):
        return None
    return "insecure-url", "would send credentials over plain http to another machine"


def _is_loopback(parts: SplitResult) -> bool:
    if parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
