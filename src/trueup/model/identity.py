"""Say which resource is meant, without saying anything about its content."""

from dataclasses import dataclass
from enum import StrEnum

from trueup.model.lookalikes import spelled_out


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
