"""The position of every node of a document, in eight bytes for a node and a few more for each collection.

Positions are kept for thousands of manifests but looked up in few, so keeping them must be cheap.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Protocol

from trueup.model.position import Position, Step


class Mark(Protocol):
    """The part of libyaml's marks that is used; line and column count from 0."""

    @property
    def line(self) -> int:
        """Return the line."""
        ...

    @property
    def column(self) -> int:
        """Return the column."""
        ...


def dotted(path: Sequence[Step]) -> str:
    """Return a path as text, such as ``spec.brands[0].name``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def node_count(node: object) -> int:
    """Return the number of members and items below ``node``, at any depth."""
    # The reader makes no subclasses of dict and list, and comparing classes is faster than isinstance().
    match node:
        case dict():
            return len(node) + sum(node_count(value) for value in node.values() if value.__class__ in (dict, list))
        case list():
            return len(node) + sum(node_count(item) for item in node if item.__class__ in (dict, list))
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
    """The positions of one document's nodes; see :class:`~trueup.model.position.Positions`.

    ``marks`` has the root's mark, then those of the keys or items of each collection, one collection after the other.
    ``starts`` maps the ``id()`` of each collection to the index of its first mark. The ids stay valid because the
    document is kept alive here.
    """

    __slots__ = ("_columns", "_file", "_lines", "_ordinals", "_root", "_starts")

    def __init__(self, file: str, root: object, marks: Sequence[Mark], starts: Mapping[int, int]) -> None:
        self._file, self._root, self._starts = file, root, starts
        # Marks are objects. Arrays of integers take much less memory.
        self._lines = array("I", map(attrgetter("line"), marks))
        self._columns = array("I", map(attrgetter("column"), marks))
        # Filled on demand: the positions of most documents are never looked up.
        self._ordinals: dict[int, dict[Step, int]] = {}

    def at(self, path: Sequence[Step]) -> Position:
        """Return the position of the node at ``path``, or of its deepest ancestor that exists."""
        node: Any = self._root
        index = 0
        for step in path:
            ordinal = self._ordinals_of(node).get(step)
            # A missing field, for example, is reported at its parent.
            if ordinal is None:
                break
            index = self._starts[id(node)] + ordinal
            node = node[step]
        return Position(self._file, self._lines[index] + 1, self._columns[index] + 1)

    def _ordinals_of(self, node: Any) -> Mapping[Step, int]:
        """Return the ordinals of a collection's members or items, by name or index. They are cached."""
        if node.__class__ not in (dict, list):
            return {}
        if id(node) not in self._ordinals:
            names: Iterable[Step] = node if node.__class__ is dict else range(len(node))
            self._ordinals[id(node)] = {name: ordinal for ordinal, name in enumerate(names)}
        return self._ordinals[id(node)]
