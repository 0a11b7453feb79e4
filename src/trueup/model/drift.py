"""Hold what live changed by itself: neither a plan nor something that can be applied."""

from dataclasses import dataclass
from enum import StrEnum

from trueup.model.identity import Identity
from trueup.model.plan import Base, PlannedAction
from trueup.model.position import Position


class Fate(StrEnum):
    """Say in one word what became of a live resource by itself."""

    SAME = "same"
    CHANGED = "changed"
    DELETED = "deleted"
    RETURNED = "returned"
    """It is there although it was to be deleted."""
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    """What the base wanted of it cannot be read, so that nothing is concluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDrift:
    """Hold what became of one resource.

    ``changes`` are what was done to live, told as the actions that would do it, from what was wanted (``before``) to
    what is there (``after``); an unset value is an empty one. With the cause *both*, the manifest changed the same
    thing. ``left`` are processes that were wanted before and are needed again. ``unseen`` are the managed fields that
    the platform did not return: nothing is known of their drift.
    """

    identity: Identity
    fate: Fate
    position: Position
    locale: str | None = None
    changes: tuple[PlannedAction, ...] = ()
    left: tuple[PlannedAction, ...] = ()
    unseen: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Hold what became of all resources, sorted by identity; ``base`` None took what the manifests here want."""

    resources: tuple[ResourceDrift, ...]
    base: Base | None = None
