"""Hold the project file's targets: where resources live. Never holds a secret, only the names of variables."""

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.model.identity import Platform
from trueup.model.position import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectTarget:
    """Name a commercetools organization's Connect API and the variables that hold the API client's credentials.

    ``api_url`` and ``auth_url`` are complete, without a trailing slash. ``sandbox``: the embedded sandbox instead.
    """

    name: str
    api_url: str
    auth_url: str
    position: Position
    project_key: str = ""
    scope: str = ""
    client_id_env: str = "CTP_CLIENT_ID"
    client_secret_env: str = "CTP_CLIENT_SECRET"  # noqa: S105 - the name of a variable, not a secret
    sandbox: bool = False

    @property
    def platform(self) -> Platform:
        """Return the platform of this target."""
        return Platform.CONNECT


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginTarget:
    """Name an Origin host, its default write language, and the variable that holds the access token."""

    name: str
    base_url: str
    position: Position
    locale: str = "en"
    access_token_env: str = "ORIGIN_ACCESS_TOKEN"  # noqa: S105 - the name of a variable, not a secret
    sandbox: bool = False

    @property
    def platform(self) -> Platform:
        """Return the platform of this target."""
        return Platform.ORIGIN


Target = ConnectTarget | OriginTarget
Targets = Mapping[str, Target]
