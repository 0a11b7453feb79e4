"""The identity of resources, and the targets on which they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trueup.model.lookalikes import spelled_out
from trueup.model.position import Position


class Platform(StrEnum):
    """A platform, spelled as in trueup.yaml."""

    CONNECT = "connect"
    ORIGIN = "origin"


class Kind(StrEnum):
    """A kind of resource, spelled as in a manifest's ``kind``; :mod:`trueup.kinds` describes it."""

    CONNECTOR = "Connector"
    CERTIFICATION = "Certification"
    DEPLOYMENT = "Deployment"


class IdField(StrEnum):
    """The metadata field that identifies a resource, in the platform's own spelling."""

    KEY = "key"
    EXTERNAL_ID = "externalId"
    ORIGIN_ID = "originId"


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """One resource on one target; two manifests with equal identities are an error.

    ``target`` is the name of a target of trueup.yaml.
    """

    # The order of the fields is the order of the resources in every plan, and so part of its hash.
    target: str
    kind: Kind
    field: IdField
    value: str

    @property
    def shown(self) -> str:
        """Return the value as it is shown to people: with the names of unusual characters."""
        return spelled_out(self.value)

    def __str__(self) -> str:
        """Return the kind and the value, for example ``Connector acme-tax``."""
        return f"{self.kind} {self.shown}"

    @property
    def on_target(self) -> str:
        """Return the text with the target, for example ``eu: Connector acme-tax``; others may have the same key."""
        return f"{self.target}: {self}"


SANDBOX: Final = "sandbox"
"""The address of the embedded sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAddress:
    """The address of a target, without the names of its credentials.

    ``address`` and ``auth_url`` are full URLs without a trailing slash. The embedded sandbox has only the address
    ``sandbox``.
    """

    platform: Platform
    address: str
    auth_url: str = ""
    project_key: str = ""

    def holder(self, target: str) -> str:
        """Return what targets have in common if they may lead to the same resources, for a target of this name."""
        # In the embedded sandbox, each target has resources of its own.
        return f"{SANDBOX} {target}" if self.address == SANDBOX else self.address

    def __str__(self) -> str:
        """Return the address as messages show it."""
        project = f" (project {self.project_key})" if self.project_key else ""
        tokens = f", with tokens from {self.auth_url}" if self.auth_url else ""
        return f"{self.address or 'no address'}{project}{tokens}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectTarget:
    """The Connect API of a commercetools organization, and the variables with the API client's credentials.

    ``api_url`` and ``auth_url`` are full URLs without a trailing slash. ``sandbox``: use the embedded sandbox instead.
    """

    name: str
    api_url: str
    auth_url: str
    position: Position
    # Drafts belong to the organization, so their paths do not contain it (connect-api.md section 1).
    project_key: str = ""
    # Without a scope, a token has all scopes of the API client (connect-api.md section 1).
    scope: str = ""
    client_id_env: str = "CTP_CLIENT_ID"
    client_secret_env: str = "CTP_CLIENT_SECRET"  # noqa: S105 - the name of a variable, not a secret
    sandbox: bool = False

    @property
    def platform(self) -> Platform:
        """Return the platform of this target."""
        return Platform.CONNECT

    @property
    def lacking(self) -> frozenset[str]:
        """Return the optional fields that this target does not have and that a kind of resource may need."""
        # The embedded sandbox has a project for every target.
        return frozenset(() if self.project_key or self.sandbox else ("projectKey",))

    @property
    def place(self) -> TargetAddress:
        """Return where this target leads."""
        if self.sandbox:
            return TargetAddress(platform=self.platform, address=SANDBOX)
        return TargetAddress(
            platform=self.platform, address=self.api_url, auth_url=self.auth_url, project_key=self.project_key
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginTarget:
    """An Origin host, its default write language, and the variable with the access token."""

    name: str
    base_url: str
    position: Position
    # Origin recommends creating in its fallback language first (origin-api.md section 6).
    locale: str = "en"
    access_token_env: str = "ORIGIN_ACCESS_TOKEN"  # noqa: S105 - the name of a variable, not a secret
    sandbox: bool = False

    @property
    def platform(self) -> Platform:
        """Return the platform of this target."""
        return Platform.ORIGIN

    @property
    def lacking(self) -> frozenset[str]:
        """Return the optional fields that this target does not have and that a kind of resource may need."""
        return frozenset()

    @property
    def place(self) -> TargetAddress:
        """Return where this target leads."""
        return TargetAddress(platform=self.platform, address=SANDBOX if self.sandbox else self.base_url)


Target = ConnectTarget | OriginTarget
Targets = Mapping[str, Target]
