"""The edits that a checked request makes to one certification."""

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.sandbox.origin.shape import Collection, Path


@dataclass(frozen=True, slots=True)
class Put:
    """A text set at the path, or unset with None."""

    path: Path
    text: str | None


@dataclass(frozen=True, slots=True)
class Add:
    """An element to add, or attributes to set on the element with its key; None unsets an attribute."""

    path: Path
    collection: Collection
    element: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Remove:
    """The removal of the element with this key. ``label`` is its name in messages."""

    path: Path
    collection: Collection
    element: Mapping[str, object]
    label: str


@dataclass(frozen=True, slots=True)
class Clear:
    """The removal of all elements."""

    path: Path


Edit = Put | Add | Remove | Clear
