"""Point at a place in a manifest file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

Step = str | int
"""One step of a path into a document: a mapping's key or a list's index (from 0)."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Point at a character: line and column count from 1; ``file`` is the name as people typed or see it."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Return ``file:line:column``, the form that editors and terminals make clickable."""
        return f"{self.file}:{self.line}:{self.column}"


class Positions(Protocol):
    """Find the place of any node of one document."""

    def at(self, path: Sequence[Step]) -> Position:
        """Return the position of the node at ``path``.

        For a mapping's member that is where its key stands. A path that leads nowhere gives the position of its
        deepest ancestor that exists, so that a missing field is reported at its parent.
        """
        ...
