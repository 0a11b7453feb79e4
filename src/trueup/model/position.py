"""Positions in manifest files and in the history of a repository, as texts show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

COMMIT_DIGITS: Final = 12
"""Digits of a commit id."""

Step = str | int
"""One step of a path into a document: a key of a mapping or an index of a list (from 0)."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """The position of a character: line and column count from 1; ``file`` is the name that people typed or see."""

    # In this order, so that sorted positions are in the order of files and lines.
    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Return ``file:line:column``, the form that editors and terminals make clickable."""
        return f"{self.file}:{self.line}:{self.column}"


class Positions(Protocol):
    """The positions of all nodes of one document."""

    def at(self, path: Sequence[Step]) -> Position:
        """Return the position of the node at ``path``.

        The position of a mapping's member is that of its key. For a path that does not exist, return the position of
        its deepest existing ancestor, so that a missing field is reported at its parent.
        """
        ...
