"""One row of a kind's field table: how a field is compared, and what can change it.

A table is a tuple of rows; the order of the rows is the order of their actions within one request.
"""

from dataclasses import dataclass
from enum import StrEnum


class Compare(StrEnum):
    """Choose how two scalars are compared (design: diff)."""

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
    """Grade what an action can do beyond the field it names."""

    ROUTINE = "routine"
    VISIBLE = "visible"
    """Seen by others or starts a process: publish, preview, channel ADD, a shared brand's website."""
    DESTRUCTIVE = "destructive"
    """Takes away what others may rely on: unpublish, unlist, delete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarField:
    """Describe a single value that is replaced as a whole and cannot be cleared.

    ``identifies``: it is a number or a code by which people and platforms know something.
    """

    path: str
    compare: Compare = Compare.TEXT
    identifies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetField:
    """Describe a set that is replaced as a whole; ``clearable`` says whether it may become empty again.

    ``unset`` says what an empty set means to the platform (``all regions``), empty where it means nothing more.
    """

    path: str
    clearable: bool
    unset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersField:
    """Describe a set that changes one member an action; adds come before removes."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupField:
    """Describe parts that are always sent together, as ``repository`` with ``url`` and ``tag``."""

    path: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField:
    """Describe parts of which exactly one is given, as ``reportingBody`` with a name or self-reported.

    ``flags`` are the options whose only value is ``TRUE``.
    """

    path: str
    options: tuple[str, ...]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """Describe one attribute of a collection's element beside its key.

    ``required``: an ADD must carry it even when it does not differ (``origin-api.md`` section 4.3).
    ``risk``: of changing it on an element that exists. ``resettable``: it can be emptied by removing the element and
    adding it again, which takes two requests; other attributes cannot be emptied at all.
    """

    path: str
    compare: Compare = Compare.TEXT
    required: bool = False
    risk: Risk = Risk.ROUTINE
    resettable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedField:
    """Describe a collection whose elements are told apart by a natural key and changed by ADD and REMOVE.

    ``exclusive``: key attributes that some readings of the API take for the whole key. An element that goes and one
    that comes with equal exclusive attributes are sent in two requests, the first verified before the second.
    ``process``: its actions start a process and come last, in a request of their own (channels).
    ``rehosted``: the platform may keep an element under a key of its own, which it makes up (the address of its copy).
    """

    path: str
    key: tuple[str, ...]
    attributes: tuple[Attribute, ...] = ()
    exclusive: tuple[str, ...] = ()
    process: bool = False
    rehosted: bool = False
    add_risk: Risk = Risk.ROUTINE
    remove_risk: Risk = Risk.ROUTINE


Field = ScalarField | SetField | MembersField | GroupField | ChoiceField | KeyedField
