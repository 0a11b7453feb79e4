"""Remember where every node of a document stands, in eight bytes a node.

The places lie in one flat array, in the order in which a walk through the document meets its nodes: the root, then for
each member of a mapping its key and what is below its value, for each item of a list the item and what is below it.
Finding a place walks the document and counts, which costs microseconds; keeping it costs next to nothing, and places
are kept for thousands of manifests but asked for in few.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from trueup.model.position import Position, Step


def dotted(path: Sequence[Step]) -> str:
    """Return a path as people write it: ``spec.brands[0].name``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def size(node: object) -> int:
    """Return the number of nodes below ``node``: members and items, at any depth."""
    match node:
        case dict():
            return len(node) + sum(size(value) for value in node.values() if value.__class__ in (dict, list))
        case list():
            return len(node) + sum(size(item) for item in node if item.__class__ in (dict, list))
        case _:
            return 0


def depth(node: object) -> int:
    """Return how many levels of mappings and lists ``node`` has: 0 for a scalar, 1 for an empty list."""
    match node:
        case dict():
            return 1 + max(map(depth, node.values()), default=0)
        case list():
            return 1 + max(map(depth, node), default=0)
        case _:
            return 0


class NodePositions:
    """Find the place of any node of one document; see :class:`~trueup.model.position.Positions`.

    ``places`` holds the lines of the root and of the ``size(root)`` nodes below it, then their columns, all from 0.
    """

    __slots__ = ("_file", "_places", "_root")

    def __init__(self, file: str, root: object, places: "array[int]") -> None:
        self._file = file
        self._root = root
        self._places = places

    @property
    def places(self) -> "array[int]":
        """Return the places as they were given."""
        return self._places

    def at(self, path: Sequence[Step]) -> Position:
        """Return the position of the node at ``path``, or of its deepest ancestor that exists."""
        node = self._root
        index = 0
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            offset, node = found
            index += offset
        columns = len(self._places) // 2
        return Position(self._file, self._places[index] + 1, self._places[columns + index] + 1)


def _child(node: object, step: Step) -> tuple[int, object] | None:
    offset = 1
    for name, value in _members(node):
        if name == step:
            return offset, value
        offset += 1 + size(value)
    return None


def _members(node: Any) -> Iterable[tuple[Step, object]]:
    match node:
        case dict():
            return node.items()
        case list():
            return enumerate(node)
        case _:
            return ()
