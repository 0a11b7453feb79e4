"""Address nested JSON objects by dotted paths."""

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from functools import cache


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
    if "." not in path:
        return held(tree.get(path, Gap.MISSING))
    above, last = steps(path)
    here = descend(tree, above)
    return here if isinstance(here, Gap) else held(here.get(last, Gap.MISSING))


def descend(tree: Mapping[str, object], above: Iterable[str]) -> Mapping[str, object] | Gap:
    """Return the object that these keys lead to, one below the other, or why there is none."""
    here = tree
    for step in above:
        below = here.get(step, Gap.MISSING)
        # Every field of every resource of a run comes this way: a dict is checked for as a dict.
        if below.__class__ is not dict:
            return _in_the_way(below)
        if not below:
            return Gap.HOLLOW
        here = below
    return here


def held(value: object) -> object:
    """Return what a key holds, :attr:`Gap.EMPTY` for what is nothing."""
    return Gap.EMPTY if not value and _holds_nothing(value) else value


def put(tree: dict[str, object], path: str, value: object) -> None:
    """Put a value at a dotted path, making the objects on the way."""
    above, last = steps(path)
    here = tree
    for step in above:
        below = here.setdefault(step, {})
        assert isinstance(below, dict)
        here = below
    here[last] = value


@cache
def steps(path: str) -> tuple[tuple[str, ...], str]:
    """Return the keys above the last one of a dotted path, and the last one."""
    *above, last = path.split(".")
    return tuple(above), last


def _in_the_way(value: object) -> Gap:
    if value is Gap.MISSING:
        return Gap.MISSING
    return Gap.HOLLOW if not value and _holds_nothing(value) else Gap.BARRED


def _holds_nothing(value: object) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)
