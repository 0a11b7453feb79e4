"""Read one target of the project file, and see that no credential can go to a place it must not go to."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from trueup.errors import Diagnostic
from trueup.loopback import is_loopback
from trueup.model.identity import Platform
from trueup.model.position import Positions
from trueup.model.target import ConnectTarget, OriginTarget, Target

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
    if parts.scheme == "https" or is_loopback(parts.hostname):
        return None
    return "insecure-url", "would send credentials over plain http to another machine"
