"""Address nested JSON objects by dotted paths."""

from collections.abc import Mapping
from enum import Enum, auto


class Gap(Enum):
    """Say why a path leads to no value."""

    MISSING = auto()
    """The key, or one above it, does not exist."""
    EMPTY = auto()
    """The key exists and holds nothing: null, ``""``, ``[]`` or ``{}``."""
    HOLLOW = auto()
    """A key above it exists and holds nothing."""
    BARRED = auto()
    """A key above it holds something that is no object."""


def find(tree: Mapping[str, object], path: str) -> object:
    """Return the value at a dotted path, or a :class:`Gap`."""
    *above, last = path.split(".")
    here = tree
    for step in above:
        below = here.get(step, Gap.MISSING)
        if below is Gap.MISSING:
            return Gap.MISSING
        if _holds_nothing(below):
            return Gap.HOLLOW
        if not isinstance(below, Mapping):
            return Gap.BARRED
        here = below
    value = here.get(last, Gap.MISSING)
    return Gap.EMPTY if _holds_nothing(value) else value


def put(tree: dict[str, object], path: str, value: object) -> None:
    """Put a value at a dotted path, making the objects on the way."""
    *above, last = path.split(".")
    here = tree
    for step in above:
        below = here.setdefault(step, {})
        assert isinstance(below, dict)
        here = below
    here[last] = value


def _holds_nothing(value: object) -> bool:
    return value is None or (isinstance(value, str | list | Mapping) and not value)
