"""Name what a checked request does to one certification."""

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.sandbox.origin.shape import Collection, Path


@dataclass(frozen=True, slots=True)
class Put:
    """Set the text at the path, or unset it with None."""

    path: Path
    text: str | None


@dataclass(frozen=True, slots=True)
class Add:
    """Add the element, or set the attributes it carries on the one of its key; None unsets an attribute."""

    path: Path
    collection: Collection
    element: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Remove:
    """Take away the element of this key. ``label`` is how messages name it."""

    path: Path
    collection: Collection
    element: Mapping[str, object]
    label: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Take away all elements."""

    path: Path


Edit = Put | Add | Remove | Clear
