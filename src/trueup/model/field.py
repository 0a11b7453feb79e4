"""The rows of a kind's field table: how each field is compared, and how it can be changed.

A table is a tuple of rows; their order is the order of actions within one request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Compare(StrEnum):
    """How two scalars are compared."""

    TEXT = "text"
    """Exact, code point by code point."""
    INTEGER = "integer"
    DECIMAL = "decimal"
    """By number: ``1.50`` equals ``1.5``."""
    BOOLEAN = "boolean"
    """``true`` in any case or type."""
    DATE = "date"
    """By day, unless both sides carry a time."""


class Risk(StrEnum):
    """What an action can do beyond changing its field."""

    # In ascending order: an action with several effects has the highest of their risks.
    ROUTINE = "routine"
    VISIBLE = "visible"
    """Other people see it, or it starts a process: publish, preview, channel ADD, a shared brand's website."""
    DESTRUCTIVE = "destructive"
    """Removes something that others may rely on: unpublish, unlist, delete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarField:
    """A single value that is replaced as a whole and cannot be cleared.

    ``identifies``: the value is a number or a code that identifies something to people and platforms.
    ``instead_of`` is the path of another field that says the same: a manifest has one of them, by preference that one.
    ``fixed``: it never changes after the creation. If an answer lacks it, it is not compared: sending it would do
    nothing.
    """

    path: str
    compare: Compare = Compare.TEXT
    identifies: bool = False
    instead_of: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetField:
    """A set that is replaced as a whole; ``clearable``: it can be emptied again.

    ``unset`` is what an empty set means to the platform (``all regions``), or empty if it has no special meaning.
    """

    path: str
    clearable: bool
    unset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersField:
    """A set that changes by one member per action."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupField:
    """Parts that are always sent together, such as ``url`` and ``tag`` of ``repository``."""

    path: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField:
    """Parts of which exactly one is given, such as ``reportingBody`` with a name or self-reported.

    ``flags`` are the options whose only value is ``TRUE``.
    """

    path: str
    options: tuple[str, ...]
    # There is no FALSE: such an option is only left by selecting another one (origin-api.md section 4.1).
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute of a collection's element that is not part of the key.

    ``required``: every ADD must include it. ``risk`` is that of changing it on an existing element. ``resettable``: it
    can be cleared by removing the element and adding it again; other attributes cannot be cleared at all.
    """

    path: str
    compare: Compare = Compare.TEXT
    # Also in an ADD for an element that exists and has the same value (origin-api.md section 4.3).
    required: bool = False
    risk: Risk = Risk.ROUTINE
    # Takes two requests, because the order of REMOVE and ADD within one is not documented (origin-api.md section 4.2).
    resettable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedField:
    """A collection whose elements are identified by a natural key and changed by ADD and REMOVE.

    ``names`` is for elements that a manifest has as mappings by name and not as a list: their path below spec, with a
    ``*`` for each part of the key, which has no dot (``applications.*.schedule``). An element is then a mapping of its
    attributes or, if ``value`` is its only attribute, that value. Such elements are merged by name: one that the
    manifest does not name is not managed, and none is removed. ``masked``: the platform returns that an element exists,
    and not its attributes, which are a :class:`~trueup.model.secret.SecretReference` and its revision.

    ``exclusive``: key attributes that may be the whole key. ``process``: its actions start a process (channels).
    ``rehosted``: the platform may store an element under a key that it generates.
    """

    path: str
    key: tuple[str, ...]
    attributes: tuple[Attribute, ...] = ()
    # The documentation can be read both ways. So if a removed and an added element are equal in these attributes, the
    # removal is a separate request, which is verified before the other one is sent.
    exclusive: tuple[str, ...] = ()
    # These are sent last, in a separate request, after the fields are verified.
    process: bool = False
    # The name originalUrl suggests that documents get the address of a copy (origin-api.md section 12).
    rehosted: bool = False
    names: str = ""
    masked: bool = False
    add_risk: Risk = Risk.ROUTINE
    remove_risk: Risk = Risk.ROUTINE

    @property
    def is_single(self) -> bool:
        """Return whether an element that a manifest names is a single value and not a mapping."""
        return [attribute.path for attribute in self.attributes] == [SINGLE]

    def place(self, key: Sequence[str]) -> tuple[str, ...]:
        """Return the steps below spec to the element with this key in a manifest that names its elements."""
        parts = iter(key)
        return tuple(next(parts) if step == ANY else step for step in self.names.split("."))

    def path_of(self, key: Sequence[str]) -> str:
        """Return the dotted path of the element with this key, that of the collection if a manifest has a list."""
        return ".".join(self.place(key)) if self.names else self.path


ANY: Final = "*"
"""The step of :attr:`KeyedField.names` that means any name."""

SINGLE: Final = "value"
"""The attribute of an element that is a single value in a manifest."""

Field = ScalarField | SetField | MembersField | GroupField | ChoiceField | KeyedField
