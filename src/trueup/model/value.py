"""Values of managed fields, desired and live, in one comparable form.

Kinds convert manifests and platform responses to these types; diff, plan and apply never see JSON. A field is
addressed by its dotted wire path below ``spec``: ``creator.email``, ``voc.content.exemptCompounds``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# No float: a decimal keeps the digits that were typed, and a binary float could not.
Scalar = str | int
"""A single value: text, a decimal in its own digits, a date, ``"true"``/``"false"`` as text; or a whole number."""

Attributes = Mapping[str, Scalar]
"""Dotted attribute path (``website``, ``standard.code``) to its value."""

ElementKey = tuple[str, ...]
"""The natural key of a collection's element: its key attributes' values, in the field table's order."""


@dataclass(frozen=True, slots=True)
class Members:
    """A set of texts without repeats, in the order in which they were written.

    Order and repeats have no meaning: two of these are equal if they have the same texts.
    """

    values: tuple[str, ...]

    def __eq__(self, other: object) -> bool:
        """Compare as sets; equal tuples, the usual case, need no sets."""
        # Called for every set of a run, so the checks come in the order of their cost.
        if other.__class__ is not Members:
            return NotImplemented
        return self.values == other.values or set(self.values) == set(other.values)

    def __hash__(self) -> int:
        """Return the same hash for equal sets."""
        return hash(frozenset(self.values))


@dataclass(frozen=True, slots=True)
class Parts:
    """Values that change together: the parts of a group (``url`` and ``tag``) or the selected option of a choice."""

    values: Attributes


@dataclass(frozen=True, slots=True)
class Elements:
    """A keyed collection: natural keys, and the other attributes of each element that are given.

    ``ambiguous`` are the keys that a platform returned more than once with different attributes. For them, ``by_key``
    has only the attributes on which all copies agree; no action can distinguish the copies.
    """

    by_key: Mapping[ElementKey, Attributes]
    ambiguous: frozenset[ElementKey] = frozenset()


Value = Scalar | Members | Parts | Elements


@dataclass(frozen=True, slots=True)
class Known:
    """A value that the platform returned."""

    value: Value


@dataclass(frozen=True, slots=True)
class Absent:
    """The field is known to be unset."""


@dataclass(frozen=True, slots=True)
class NotReturned:
    """The platform did not return the field: it may be set or empty. Never a reason to remove anything."""


LiveValue = Known | Absent | NotReturned

ABSENT: Final = Absent()
NOT_RETURNED: Final = NotReturned()

Desired = Mapping[str, Value]
"""Field paths and desired values of the managed fields; a missing path is not managed.

The value of a field that is managed and empty is ``""``, ``Members(())`` or ``Elements({})``.
"""
