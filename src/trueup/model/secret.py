"""A reference to a secret that is found only when it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class SecretReference:
    """The place of a secret: the name of an environment variable, or the path of a file. The other one is empty."""

    env: str = ""
    file: str = ""

    @classmethod
    def of(cls, attributes: Mapping[str, object]) -> Self:
        """Return the reference in the attributes of an element: ``fromEnv`` or ``fromFile``."""
        return cls(env=str(attributes.get("fromEnv", "")), file=str(attributes.get("fromFile", "")))
