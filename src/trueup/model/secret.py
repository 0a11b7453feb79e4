"""A reference to a secret that is found only when it is sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SecretReference:
    """The place of a secret: the name of an environment variable, or the path of a file. The other one is empty."""

    env: str = ""
    file: str = ""
