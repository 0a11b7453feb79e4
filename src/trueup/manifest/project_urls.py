"""Read one target of the project file, and check that credentials can be sent only to trusted hosts."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from trueup.errors import Diagnostic
from trueup.loopback import is_loopback
from trueup.model.identity import ConnectTarget, OriginTarget, Platform, Target
from trueup.model.position import Positions

ORIGIN_URL: Final = "https://origin.build/equinox"
REGIONS: Final = (
    "europe-west1.gcp",
    "us-central1.gcp",
    "australia-southeast1.gcp",
    "us-east-2.aws",
    "eu-central-1.aws",
)
"""The regions of Connect (``connect-api.md`` section 1)."""
OWN_URLS: Final[Mapping[str, tuple[str, ...]]] = {
    "apiUrl": tuple(f"https://connect.{region}.commercetools.com" for region in REGIONS),
    "authUrl": tuple(f"https://auth.{region}.commercetools.com" for region in REGIONS),
    "baseUrl": (ORIGIN_URL,),
}
"""Field of the file to the platforms' own URLs. This is the only list of their hosts."""
CREDENTIAL_PREFIXES: Final = ("CTP_", "ORIGIN_", "TRUEUP_")
"""Prefixes of environment variables that hold credentials."""
_CONTROLS: Final = (
    "TRUEUP_ALLOW_",
    "TRUEUP_INPUT_",
    "TRUEUP_SHARDS",
    "TRUEUP_TODAY",
    "TRUEUP_ACTION_CACHE",
    "TRUEUP_FOLLOW_UP_TOKEN",
)
"""Prefixes of environment variables that are for trueup itself and never hold a credential of a platform."""
_SAFE: Final = "https, or http to this machine only (localhost, 127.0.0.1, [::1])."
# The patterns end with \Z and not $, which also matches before a final line break.
_APPENDED: Final[Mapping[str, re.Pattern[str]]] = {
    "apiUrl": re.compile(r"/(?:connectors|deployments)(?:/.*)?\Z"),
    "authUrl": re.compile(r"/oauth(?:/.*)?\Z"),
    "baseUrl": re.compile(r"/connect(?:/v[0-9]+(?:/.*)?|/async(?:/.*)?)?\Z"),
}
"""Field of the file to the paths that requests append to its URL. A URL that ends in one was copied too long."""
_VARIABLES: Final = ("clientIdEnv", "clientSecretEnv", "accessTokenEnv")
_OPTIONAL: Final[Mapping[str, str]] = {
    "projectKey": "project_key",
    "scope": "scope",
    "clientIdEnv": "client_id_env",
    "clientSecretEnv": "client_secret_env",
    "locale": "locale",
    "accessTokenEnv": "access_token_env",
    "sandbox": "sandbox",
}
"""Field of the file to field of the target, for the fields that are copied as they are."""


def read_target(name: str, block: Mapping[str, Any], positions: Positions) -> Target:
    """Return the target of a valid block. The URLs of a target in the sandbox are empty unless the block has them."""
    given: dict[str, Any] = {ours: block[theirs] for theirs, ours in _OPTIONAL.items() if theirs in block}
    position = positions.at(("targets", name))
    if block["platform"] == Platform.ORIGIN:
        return OriginTarget(name=name, base_url=_url(block, "baseUrl", ORIGIN_URL), position=position, **given)
    region = block.get("region")
    return ConnectTarget(
        name=name,
        api_url=_url(block, "apiUrl", _of_region("apiUrl", region)),
        auth_url=_url(block, "authUrl", _of_region("authUrl", region)),
        position=position,
        **given,
    )


def region_of(target: ConnectTarget) -> str:
    """Return the region whose own URL a target has, empty for another URL."""
    urls = OWN_URLS["apiUrl"]
    return REGIONS[urls.index(target.api_url)] if target.api_url in urls else ""


def _of_region(field: str, region: str | None) -> str:
    return OWN_URLS[field][REGIONS.index(region)] if region else ""


def _url(block: Mapping[str, Any], name: str, default: str) -> str:
    url: str = block.get(name, default)
    # Requests append paths that begin with a slash.
    return url.rstrip("/")


def target_problems(name: str, block: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    """Yield the problems of a target: no host, untrusted URLs, variables that are not for credentials."""
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
    for field in _VARIABLES:
        if block.get(field, "").startswith(_CONTROLS):
            yield Diagnostic(
                code="control-variable",
                message=f"{field} names {block[field]}, which is for trueup itself and not for a platform.",
                position=positions.at((*path, field)),
                path=f"targets.{name}.{field}",
                allowed=f"A variable that starts with {', '.join(CREDENTIAL_PREFIXES)}, for example TRUEUP_EU_SECRET.",
            )
    for field in OWN_URLS:
        problem = _problem(field, block[field], block.get("projectKey", "")) if field in block else None
        if problem:
            code, message, allowed = problem
            yield Diagnostic(
                code=code,
                message=f"{field} {message}.",
                position=positions.at((*path, field)),
                path=f"targets.{name}.{field}",
                allowed=allowed,
            )


def _problem(field: str, url: str, project_key: str) -> tuple[str, str, str] | None:
    """Return code, message and allowed value for a bad URL; None for one that can be the platform's."""
    try:
        parts = urlsplit(url)
        port = parts.port
    # urlsplit() raises for an invalid IPv6 address, and .port for an invalid number.
    except ValueError:
        return "bad-url", "is not a URL", _SAFE
    # urlsplit() accepts port 0, but there is nothing to connect to.
    if not parts.hostname or port == 0:
        return "bad-url", "has no host or an invalid port", _SAFE
    if parts.scheme != "https" and not is_loopback(parts.hostname):
        return "insecure-url", "would send credentials over plain http to another machine", _SAFE
    right = _without_platform_path(field, parts, project_key)
    if right is None:
        return None
    tail = url.rstrip("/").removeprefix(right)
    message = f"ends in {tail}, which does not belong there: trueup appends the paths of requests itself"
    return "url-path", message, f"{right}."


def _without_platform_path(field: str, parts: SplitResult, project_key: str) -> str | None:
    """Return the URL without the path that trueup appends to it, None when it has no such path.

    The platforms' own URLs are known exactly. On another host, such as a gateway, any path before it is allowed.
    """
    # Host names are not case-sensitive; the paths of URLs are.
    for own in OWN_URLS[field]:
        known = urlsplit(own)
        if (known.scheme, known.netloc) == (parts.scheme, parts.netloc.lower()):
            rest = parts.path.rstrip("/").removeprefix(known.path)
            return own if rest and (not known.path or _APPENDED[field].search(rest)) else None
    path = _APPENDED[field].sub("", parts.path.rstrip("/"))
    # The paths of deployments begin with the project key (connect-api.md section 1).
    if field == "apiUrl" and project_key:
        path = path.removesuffix(f"/{project_key}")
    return None if path == parts.path.rstrip("/") else f"{parts.scheme}://{parts.netloc}{path}"
