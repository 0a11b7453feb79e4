"""Finish mappings that have merge keys (``<<``) or keys that stand there twice.

Such keys are kept as objects of their own kinds, equal to nothing, until the mapping ends; then merged members are put
in, repeated ones are taken out, and the places of all nodes below follow.
"""

from collections.abc import Iterator
from typing import Any

from trueup.manifest.encoding import Mark
from trueup.manifest.positions import size


class _UnequalKey(str):
    """Be a key that is equal to no other, so that it never collides."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class MergeKey(_UnequalKey):
    """Be a ``<<`` whose value's members are to be merged in."""

    __slots__ = ()


class RepeatedKey(_UnequalKey):
    """Be a key that the mapping already has; reported, and dropped at the end."""

    __slots__ = ()


class BadMerge(ValueError):
    """A merge key holds something other than mappings."""

    def __init__(self, mark: Mark) -> None:
        super().__init__("A merge key (<<) takes a mapping, or a list of mappings, usually as aliases.")
        self.mark = mark


Member = tuple[str, Any, list[Mark]]
"""A key, its value, and the marks of the key and of all nodes below the value."""


def regularised(node: dict[str, Any], marks: list[Mark]) -> list[Mark]:
    """Put merged members into ``node`` and take repeated keys out; return the marks of what is then below it.

    Own members win over merged ones, and of merged ones the first wins. ``marks`` are those of all nodes below
    ``node``. Raises BadMerge.
    """
    own: list[Member] = []
    merged: list[Member] = []
    for member in _members(node, marks):
        match member[0]:
            case MergeKey():
                merged.extend(_sources(member))
            case RepeatedKey():
                pass
            case _:
                own.append(member)
    node.clear()
    kept: list[Mark] = []
    for key, value, places in own + merged:
        if key not in node:
            node[key] = value
            kept.extend(places)
    return kept


def _members(node: dict[str, Any], marks: list[Mark]) -> Iterator[Member]:
    start = 0
    for key, value in list(node.items()):
        end = start + 1 + size(value)
        yield key, value, marks[start:end]
        start = end


def _sources(member: Member) -> Iterator[Member]:
    _, value, marks = member
    if isinstance(value, dict):
        yield from _members(value, marks[1:])
        return
    if not isinstance(value, list):
        raise BadMerge(marks[0])
    start = 1
    for item in value:
        if not isinstance(item, dict):
            raise BadMerge(marks[start])
        end = start + 1 + size(item)
        yield from _members(item, marks[start + 1 : end])
        start = end
