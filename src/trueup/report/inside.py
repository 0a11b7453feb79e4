"""Find what changed inside nested values: the parts of a group, the attributes of an element, whole collections."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trueup.model.value import Scalar


@dataclass(frozen=True, slots=True)
class Changed:
    """Hold one difference: the way to it, and both sides; None where a side has nothing there."""

    path: tuple[Any, ...]
    before: Any
    after: Any


def changed_inside(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> list[Changed]:
    """Return what differs between two nested mappings, in the order in which ``after`` (then ``before``) has it.

    Differences below one entry are sorted by their path.
    """
    # Importing deepdiff takes longer than a small plan, so only a report that needs it pays for it.
    from deepdiff import DeepDiff  # noqa: PLC0415

    tree = DeepDiff(dict(before), dict(after), view="tree", threshold_to_diff_deeper=0)
    order = {key: place for place, key in enumerate([*after, *(key for key in before if key not in after)])}
    return sorted(_levels(tree), key=lambda changed: (order[changed.path[0]], repr(changed.path[1:])))


def _levels(tree: Mapping[str, Any]) -> Iterator[Changed]:
    for category, levels in tree.items():
        for level in levels:
            yield Changed(
                path=tuple(level.path(output_format="list")),
                before=None if category == "dictionary_item_added" else level.t1,
                after=None if category == "dictionary_item_removed" else level.t2,
            )


def changed_attributes(
    before: Mapping[str, Scalar], after: Mapping[str, Scalar]
) -> list[tuple[str, Scalar | None, Scalar | None]]:
    """Return name, old and new value of each attribute that differs, in the order of ``after``, then ``before``."""
    sides = ((name, before.get(name), after.get(name)) for name in dict.fromkeys((*after, *before)))
    return [(name, old, new) for name, old, new in sides if old != new]
