"""Hold the values of managed fields, on the desired and on the live side, in one comparable form.

Kinds turn manifest data and platform answers into these; diff, plan and apply never see JSON. A field is addressed by
its dotted wire path below ``spec``: ``creator.email``, ``voc.content.exemptCompounds``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Scalar = str | int
"""A single value: text, a decimal in its own digits, a date, ``"true"``/``"false"`` as text; or a whole number."""

Attributes = Mapping[str, Scalar]
"""Dotted attribute path (``website``, ``standard.code``) to its value."""

ElementKey = tuple[str, ...]
"""The natural key of a collection's element: its key attributes' values, in the field table's order."""


@dataclass(frozen=True, slots=True)
class Members:
    """Hold a set of texts without repeats, in the order in which they were written.

    Order and repeats mean nothing: two of them are equal when they have the same texts.
    """

    values: tuple[str, ...]

    def __eq__(self, other: object) -> bool:
        """Compare as sets; texts that also stand in the same order are equal at first sight."""
        if other.__class__ is not Members:
            return NotImplemented
        return self.values == other.values or set(self.values) == set(other.values)

    def __hash__(self) -> int:
        """Return one number for equal sets."""
        return hash(frozenset(self.values))


@dataclass(frozen=True, slots=True)
class Parts:
    """Hold what changes together: the parts of a group (``url`` and ``tag``) or the one option taken of a choice."""

    values: Attributes


@dataclass(frozen=True, slots=True)
class Elements:
    """Hold a keyed collection: natural key to the element's other attributes, those that are given.

    ``ambiguous`` are the keys that a platform returned more than once with different attributes; only the attributes
    on which all copies agree are in ``by_key``, and no action can tell the copies apart.
    """

    by_key: Mapping[ElementKey, Attributes]
    ambiguous: frozenset[ElementKey] = frozenset()


Value = Scalar | Members | Parts | Elements


@dataclass(frozen=True, slots=True)
class Known:
    """Say that the platform returned this value."""

    value: Value


@dataclass(frozen=True, slots=True)
class Absent:
    """Say that the field is known to be unset."""


@dataclass(frozen=True, slots=True)
class NotReturned:
    """Say that the platform did not tell: neither set nor empty; never a reason to remove anything."""


LiveValue = Known | Absent | NotReturned

ABSENT: Final = Absent()
NOT_RETURNED: Final = NotReturned()

Desired = Mapping[str, Value]
"""Field path to wanted value, managed fields only: a path that is missing here is not managed.

Managed and empty is ``""``, ``Members(())`` or ``Elements({})``.
"""
