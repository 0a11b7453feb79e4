"""Scalars as text, and paths in nested objects of manifests and platform responses."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum, auto
from functools import cache
from typing import Final

_LONGEST_PLAIN: Final = 64


def spelled(value: object) -> str | None:
    """Return a JSON or YAML scalar as text, or None if the value is not a scalar.

    Numbers keep their digits and are written without an exponent if that is short enough; booleans become ``true`` and
    ``false``.
    """
    match value:
        case str():
            return value
        # bool is a subclass of int, so it comes first.
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            # repr gives the shortest digits that read back as the same float, without binary noise.
            return _plain(Decimal(repr(value)))
        case Decimal():
            return _plain(value)
        case _:
            return None


def _plain(number: Decimal) -> str:
    # 1e999999999 is a valid number, but its digits would fill the memory.
    short = number.is_finite() and abs(number.adjusted()) < _LONGEST_PLAIN
    return format(number, "f") if short else str(number)


class Gap(Enum):
    """The reason why a path has no value."""

    MISSING = auto()
    """The key, or one above it, does not exist."""
    EMPTY = auto()
    """The key exists and its value is null, ``""``, ``[]`` or ``{}``."""
    PARENT_EMPTY = auto()
    """A key above it has such an empty value."""
    PARENT_NOT_OBJECT = auto()
    """The value of a key above it is not an object."""


def value_at(tree: Mapping[str, object], path: str) -> object:
    """Return the value at a dotted path, or a :class:`Gap`."""
    if "." not in path:
        return held(tree.get(path, Gap.MISSING))
    above, last = steps(path)
    parent = descend(tree, above)
    return parent if isinstance(parent, Gap) else held(parent.get(last, Gap.MISSING))


def descend(tree: Mapping[str, object], above: Iterable[str]) -> Mapping[str, object] | Gap:
    """Return the object at this path of keys, or a :class:`Gap`."""
    parent = tree
    for step in above:
        below = parent.get(step, Gap.MISSING)
        # Called for every field of every resource of a run: comparing classes is faster than isinstance with Mapping.
        if below.__class__ is not dict:
            return _parent_gap(below)
        if not below:
            return Gap.PARENT_EMPTY
        parent = below
    return parent


def held(value: object) -> object:
    """Return the value of a key, or :attr:`Gap.EMPTY` if it is empty."""
    return Gap.EMPTY if not value and _holds_nothing(value) else value


def put(tree: dict[str, object], path: str, value: object) -> None:
    """Set the value at a dotted path, creating missing parent objects."""
    above, last = steps(path)
    put_at(tree, (*above, last), value)


def put_at(tree: dict[str, object], path: Sequence[str], value: object) -> None:
    """Set the value at a path of keys, which may have dots, creating missing parent objects."""
    *above, last = path
    parent = tree
    for step in above:
        below = parent.setdefault(step, {})
        assert isinstance(below, dict)
        parent = below
    parent[last] = value


@cache
def steps(path: str) -> tuple[tuple[str, ...], str]:
    """Return the keys above the last one of a dotted path, and the last one."""
    *above, last = path.split(".")
    return tuple(above), last


def _parent_gap(value: object) -> Gap:
    if value is Gap.MISSING:
        return Gap.MISSING
    return Gap.PARENT_EMPTY if not value and _holds_nothing(value) else Gap.PARENT_NOT_OBJECT


def _holds_nothing(value: object) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)
