"""A reference to a secret that is found only when it is sent."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

_OTHER: Final = re.compile(r"[^A-Z0-9]+")
_LONGEST: Final = 256
"""Characters of a variable's name in a manifest."""


@dataclass(frozen=True, slots=True)
class SecretReference:
    """The place of a secret: the name of an environment variable, or the path of a file. The other one is empty."""

    env: str = ""
    file: str = ""

    @classmethod
    def of(cls, attributes: Mapping[str, object]) -> Self:
        """Return the reference in the attributes of an element: ``fromEnv`` or ``fromFile``."""
        return cls(env=str(attributes.get("fromEnv", "")), file=str(attributes.get("fromFile", "")))


def proposed_reference(names: Iterable[str]) -> Mapping[str, str]:
    """Return the attributes of a reference to a variable that is named after these names, for a person to correct."""
    name = _OTHER.sub("_", "_".join(names).upper()).strip("_")
    # The end says which value it is. A name must not begin with a digit.
    return {"fromEnv": name[-_LONGEST:] if name[:1].isalpha() and len(name) <= _LONGEST else f"_{name[1 - _LONGEST :]}"}
