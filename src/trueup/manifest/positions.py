"""Remember where every node of a document stands, in eight bytes a node.

The places lie in one flat array, in the order in which a walk through the document meets its nodes: the root, then for
each member of a mapping its key and what is below its value, for each item of a list the item and what is below it.
Finding a place walks the document and counts, which costs microseconds; keeping it costs next to nothing, and places
are kept for thousands of manifests but asked for in few.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from trueup.model.position import Position, Step

_COLLECTIONS: Final = (dict, list)


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
    What lies below a collection is counted once, when a place in it is first asked for.
    """

    __slots__ = ("_file", "_offsets", "_places", "_root", "_sizes")

    def __init__(self, file: str, root: object, places: "array[int]") -> None:
        self._file = file
        self._root = root
        self._places = places
        self._offsets: dict[int, dict[Step, tuple[int, object]]] = {}
        self._sizes: dict[int, int] = {}

    @property
    def places(self) -> "array[int]":
        """Return the places as they were given."""
        return self._places

    def at(self, path: Sequence[Step]) -> Position:
        """Return the position of the node at ``path``, or of its deepest ancestor that exists."""
        node = self._root
        index = 0
        for step in path:
            found = self._children(node).get(step)
            if found is None:
                break
            offset, node = found
            index += offset
        columns = len(self._places) // 2
        return Position(self._file, self._places[index] + 1, self._places[columns + index] + 1)

    def _children(self, node: object) -> Mapping[Step, tuple[int, object]]:
        """Return what a collection holds, with how many nodes each stands after the collection itself.

        That is the same wherever the collection stands, so that it is found by its id: the document keeps it alive.
        """
        known = self._offsets.get(id(node))
        if known is not None:
            return known
        children: dict[Step, tuple[int, object]] = {}
        offset = 1
        for name, value in _members(node):
            children[name] = offset, value
            offset += 1 + self._size(value)
        if children:
            self._offsets[id(node)] = children
        return children

    def _size(self, node: object) -> int:
        """Return what :func:`size` does; each collection is counted once."""
        if node.__class__ not in _COLLECTIONS:
            return 0
        known = self._sizes.get(id(node))
        if known is None:
            known = self._sizes[id(node)] = sum(1 + self._size(value) for _, value in _members(node))
        return known


def _members(node: Any) -> Iterable[tuple[Step, object]]:
    match node:
        case dict():
            return node.items()
        case list():
            return enumerate(node)
        case _:
            return ()
