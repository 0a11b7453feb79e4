"""Hold what became of live resources that were to get a manifest."""

from dataclasses import dataclass

from trueup.edit.describe import Description
from trueup.model.identity import Identity
from trueup.model.position import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Hold a resource whose manifest is in ``file`` now, or would be."""

    identity: Identity
    file: str
    description: Description


@dataclass(frozen=True, slots=True, kw_only=True)
class NotImported:
    """Hold what got no manifest, and why.

    ``name`` is empty for a target as a whole. ``failed``: the platform could not be asked.
    """

    kind: str
    name: str
    target: str
    reason: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Hold a resource that has a manifest already."""

    identity: Identity
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """Hold what became of all that was asked for; ``written`` is false when it was only shown."""

    imported: tuple[Imported, ...]
    not_imported: tuple[NotImported, ...]
    described: tuple[Described, ...]
    written: bool
