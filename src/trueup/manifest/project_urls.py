"""Read one target of the project file, and see that no credential can go to a place it must not go to."""

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
"""Where commercetools hosts Connect (``connect-api.md`` section 1)."""
OWN_URLS: Final[Mapping[str, tuple[str, ...]]] = {
    "apiUrl": tuple(f"https://connect.{region}.commercetools.com" for region in REGIONS),
    "authUrl": tuple(f"https://auth.{region}.commercetools.com" for region in REGIONS),
    "baseUrl": (ORIGIN_URL,),
}
"""Field of the file to the platforms' own addresses. There is no other list of their hosts."""
CREDENTIAL_PREFIXES: Final = ("CTP_", "ORIGIN_", "TRUEUP_")
"""How the name of a variable that holds a credential starts."""
_CONTROLS: Final = ("TRUEUP_ALLOW_", "TRUEUP_INPUT_", "TRUEUP_SHARDS", "TRUEUP_ACTION_CACHE")
"""How the names of variables start that steer trueup: what they hold is never a credential."""
_SAFE: Final = "https, or http to this machine only (localhost, 127.0.0.1, [::1])."
_APPENDED: Final[Mapping[str, re.Pattern[str]]] = {
    "apiUrl": re.compile(r"/(?:connectors|deployments)(?:/.*)?\Z"),
    "authUrl": re.compile(r"/oauth(?:/.*)?\Z"),
    "baseUrl": re.compile(r"/connect(?:/v[0-9]+(?:/.*)?|/async(?:/.*)?)?\Z"),
}
"""Field of the file to how the paths begin that requests append to it."""
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
        api_url=_url(block, "apiUrl", _of_region("apiUrl", region)),
        auth_url=_url(block, "authUrl", _of_region("authUrl", region)),
        position=position,
        **given,
    )


def _of_region(field: str, region: str | None) -> str:
    return OWN_URLS[field][REGIONS.index(region)] if region else ""


def _url(block: Mapping[str, Any], name: str, default: str) -> str:
    url: str = block.get(name, default)
    return url.rstrip("/")


def target_problems(name: str, block: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    """Give what is wrong with a target: no host, URLs that are not to be trusted, variables that hold no credential."""
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
                message=f"{field} names {block[field]}, which steers trueup and holds no credential.",
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
    """Return code, what is wrong and what would be right; None for a URL that can be an address of the platform."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "bad-url", "is not a URL", _SAFE
    if not parts.hostname or port == 0:
        return "bad-url", "names no host or no port", _SAFE
    if parts.scheme != "https" and not is_loopback(parts.hostname):
        return "insecure-url", "would send credentials over plain http to another machine", _SAFE
    right = _without_platform_path(field, parts, project_key)
    if right is None:
        return None
    tail = url.rstrip("/").removeprefix(right)
    message = f"ends in {tail}, which is no part of the address: trueup appends the paths of requests itself"
    return "url-path", message, f"{right}."


def _without_platform_path(field: str, parts: SplitResult, project_key: str) -> str | None:
    """Return the URL without what trueup appends to it, None when there is nothing of the kind.

    The platforms' own hosts are known whole. On another host, as that of a gateway, a path in front is its own affair.
    """
    for own in OWN_URLS[field]:
        known = urlsplit(own)
        if (known.scheme, known.netloc) == (parts.scheme, parts.netloc.lower()):
            rest = parts.path.rstrip("/").removeprefix(known.path)
            return own if rest and (not known.path or _APPENDED[field].search(rest)) else None
    path = _APPENDED[field].sub("", parts.path.rstrip("/"))
    if field == "apiUrl" and project_key:
        path = path.removesuffix(f"/{project_key}")
    return None if path == parts.path.rstrip("/") else f"{parts.scheme}://{parts.netloc}{path}"
