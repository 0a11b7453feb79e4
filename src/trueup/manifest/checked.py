"""Hold what one file says, and what is wrong with it whatever project it belongs to.

It follows from the text alone. What needs the project or the other files comes later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trueup.errors import Diagnostic
from trueup.model.identity import Kind
from trueup.model.position import Positions


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """Hold one document that obeys its schema; ``content`` is all of it.

    ``good``: it obeys the rules beyond the schema as well, and all of its file could be read. Only then it counts.
    """

    kind: Kind
    content: Mapping[str, Any]
    positions: Positions
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """Hold what a file gave: the documents that obey their schemas, how many it has in all, and what is wrong with it.

    If a part of the file cannot be read, none of its documents is good: something may be missing.
    """

    documents: Sequence[CheckedDocument]
    count: int
    diagnostics: tuple[Diagnostic, ...]
