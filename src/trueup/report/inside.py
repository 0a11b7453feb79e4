"""Find what changed inside an element: its attributes."""

from collections.abc import Mapping

from trueup.model.value import Scalar


def changed_attributes(
    before: Mapping[str, Scalar], after: Mapping[str, Scalar]
) -> list[tuple[str, Scalar | None, Scalar | None]]:
    """Return name, old and new value of each attribute that differs, in the order of ``after``, then ``before``."""
    sides = ((name, before.get(name), after.get(name)) for name in dict.fromkeys((*after, *before)))
    return [(name, old, new) for name, old, new in sides if old != new]
