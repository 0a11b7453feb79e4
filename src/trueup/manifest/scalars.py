"""Give plain YAML scalars their values by the rules of YAML 1.2's core schema.

``no``, ``on``, ``1:30``, ``1_000`` and dates stay text. Numbers with a point or an exponent keep their digits as
:class:`decimal.Decimal`; a binary float never exists.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

WORDS: Final[Mapping[str, bool | None]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
"""Plain scalars that stand for something else than text or a number."""

SUSPECTS: Final = frozenset(["", *"0123456789+-.", *(word[:1] for word in WORDS)])
"""First characters of everything that may be something else than text."""

DIGITS_AT_MOST: Final = 64
"""Longest number taken: no platform has a use for more, and unbounded ones are a way to waste memory."""

_DECIMAL: Final = re.compile(r"[-+]?(?:[.][0-9]+|[0-9]+(?:[.][0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NOT_FINITE: Final = re.compile(r"[-+]?[.](?:inf|Inf|INF)|[.](?:nan|NaN|NAN)")


class BadNumber(ValueError):
    """The scalar is a number that has no place in a manifest; the text says why."""


def plain_value(scalar: str) -> int | Decimal | str | bool | None:
    """Return the value of a plain scalar.

    Raises BadNumber for infinity, "not a number", and numbers of more than 64 digits or with an exponent beyond them.
    """
    if scalar in WORDS:
        return WORDS[scalar]
    if _DECIMAL.fullmatch(scalar):
        if len(scalar) > DIGITS_AT_MOST:
            raise BadNumber(f"the number has more than {DIGITS_AT_MOST} characters")
        return _decimal(scalar)
    if _BASED.fullmatch(scalar):
        if len(scalar) > DIGITS_AT_MOST:
            raise BadNumber(f"the number has more than {DIGITS_AT_MOST} characters")
        return int(scalar, 0)
    if _NOT_FINITE.fullmatch(scalar):
        raise BadNumber(f"{scalar} is not a number that a platform takes")
    return scalar


def _decimal(scalar: str) -> int | Decimal:
    if scalar.lstrip("+-").isdigit():
        return int(scalar)
    try:
        number = Decimal(scalar)
    except InvalidOperation:
        # The exponent itself has more digits than a decimal's can have.
        number = None
    if number is None or abs(number.adjusted()) > DIGITS_AT_MOST:
        raise BadNumber(f"the exponent of {scalar} is too large")
    return number
