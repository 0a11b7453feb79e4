"""Hold one document as it was read, before anything is checked."""

from dataclasses import dataclass
from typing import Final

from trueup.errors import Diagnostic
from trueup.manifest.positions import NodePositions

TEXT_AT_MOST: Final = 65_536
"""Longest text of a file that any platform could take."""


@dataclass(frozen=True, slots=True)
class Document:
    """Hold one document: ``root`` is made of dict, list, str, int, bool, None and Decimal.

    A document with diagnostics (a duplicate key, say) can be checked further, but must not be used.
    """

    root: object
    positions: NodePositions
    diagnostics: tuple[Diagnostic, ...]
