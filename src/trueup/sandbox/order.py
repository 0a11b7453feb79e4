"""The order in which an answer lists the elements of a collection."""

import json
from collections.abc import Iterable
from typing import TypeVar

from trueup.sandbox.settings import Settings

T = TypeVar("T")


def ordered(elements: Iterable[T], settings: Settings) -> list[T]:
    """Return JSON values in the order of the switch ``element_order``: as stored, reversed, or sorted."""
    # No page says in which order elements are returned (origin-api.md section 4.2), so a client must accept each.
    kept = list(elements)
    match settings.element_order:
        case "kept":
            return kept
        case "reversed":
            return kept[::-1]
        case "sorted":
            return sorted(kept, key=lambda element: json.dumps(element, sort_keys=True))
