"""Say which resource is meant, without saying anything about its content."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trueup.model.lookalikes import spelled_out
from trueup.model.position import Position


class Platform(StrEnum):
    """Name a live platform as trueup.yaml spells it."""

    CONNECT = "connect"
    ORIGIN = "origin"


class Kind(StrEnum):
    """The name of a kind of resource as a manifest's ``kind`` spells it; :mod:`trueup.kinds` knows what it means."""

    CONNECTOR = "Connector"
    CERTIFICATION = "Certification"


class IdField(StrEnum):
    """Name the metadata field that identifies a resource, in the platform's own spelling."""

    KEY = "key"
    EXTERNAL_ID = "externalId"
    ORIGIN_ID = "originId"


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """Identify one resource on one target; two manifests with equal identities are an error.

    ``target`` is the name of a target of trueup.yaml. Identities sort by target, kind, field and value: the order of
    every plan and of its hash.
    """

    target: str
    kind: Kind
    field: IdField
    value: str

    @property
    def shown(self) -> str:
        """Return the value as people are shown it: odd characters are named."""
        return spelled_out(self.value)

    def __str__(self) -> str:
        """Return the words that people read, as ``Connector acme-tax``."""
        return f"{self.kind} {self.shown}"


SANDBOX: Final = "sandbox"
"""Stands for the embedded sandbox where an address is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAddress:
    """The place that a target leads to, without the names of its credentials.

    ``address`` and ``auth_url`` are complete, without a trailing slash. The embedded sandbox has the address
    ``sandbox`` and nothing else.
    """

    platform: Platform
    address: str
    auth_url: str = ""
    project_key: str = ""

    def __str__(self) -> str:
        """Return the place in the words of a message."""
        project = f" (project {self.project_key})" if self.project_key else ""
        tokens = f", with tokens from {self.auth_url}" if self.auth_url else ""
        return f"{self.address or 'no address'}{project}{tokens}"


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

    @property
    def place(self) -> TargetAddress:
        """Return where this target leads."""
        return TargetAddress(platform=self.platform, address=SANDBOX if self.sandbox else self.base_url)


Target = ConnectTarget | OriginTarget
Targets = Mapping[str, Target]
