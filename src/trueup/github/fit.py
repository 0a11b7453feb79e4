"""Fit pieces of text into a budget of bytes by replacing whole pieces with shorter forms of themselves.

Cutting text in its middle breaks fences and tables, and hides what the reader most needs to see. So a text is made of
pieces, and each piece says in which forms it can stand, richest first. Every form has a rank: how soon it gives way.
All forms of the lowest rank give way first, the last piece before the first, and only as many as need be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

KEPT: Final = 1000
"""The rank of a form that never gives way."""


@dataclass(frozen=True, slots=True)
class Form:
    """Hold one form of a piece; ``rank`` says how soon it gives way to the next, the lowest first."""

    text: str
    rank: int = KEPT


Piece = tuple[Form, ...]
"""The forms of a piece, richest first; the last one is kept."""

GONE: Final = Form("")
"""The last form of a piece that can be left out."""


def size(text: str) -> int:
    """Return how many bytes a text takes."""
    return len(text.encode("utf-8", "surrogatepass"))


def fit(pieces: Sequence[Piece], budget: int) -> list[int]:
    """Return for each piece the index of the form in which it stands, so that all together take at most ``budget``.

    When even the shortest forms take more, these are returned: it is for the caller to keep them short.
    """
    chosen = [0] * len(pieces)
    total = sum(size(piece[0].text) for piece in pieces)
    for rank in sorted({form.rank for piece in pieces for form in piece[:-1]}):
        for place in reversed(range(len(pieces))):
            if total <= budget:
                return chosen
            piece, now = pieces[place], chosen[place]
            if now + 1 < len(piece) and piece[now].rank == rank:
                total += size(piece[now + 1].text) - size(piece[now].text)
                chosen[place] = now + 1
    return chosen
