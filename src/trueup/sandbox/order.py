"""Put the elements of a collection into the order in which an answer shows them."""

import json
from collections.abc import Iterable
from typing import TypeVar

from trueup.sandbox.settings import Settings

T = TypeVar("T")


def ordered(elements: Iterable[T], settings: Settings) -> list[T]:
    """Return the JSON values in the order that ``element_order`` names: as kept, its reverse, or sorted."""
    kept = list(elements)
    match settings.element_order:
        case "kept":
            return kept
        case "reversed":
            return kept[::-1]
        case "sorted":
            return sorted(kept, key=lambda element: json.dumps(element, sort_keys=True))
