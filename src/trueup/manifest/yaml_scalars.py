"""Give plain YAML scalars their values by the rules of YAML 1.2's core schema.

``no``, ``on``, ``1:30``, ``1_000`` and dates stay text. Numbers with a point or an exponent keep their digits as
:class:`decimal.Decimal`; a binary float never exists.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

_WORDS: Final[Mapping[str, bool | None]] = {
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

_NUMERIC: Final = frozenset("0123456789+-.")
"""First characters of numbers."""
SUSPECTS: Final = frozenset(["", *_NUMERIC, *(word[:1] for word in _WORDS)])
"""First characters of everything that may be something else than text."""

DIGITS_AT_MOST: Final = 64
"""Longest number taken: no platform has a use for more, and unbounded ones are a way to waste memory."""

_SENT: Final = re.compile(r"(?:0|-?[1-9][0-9]*)(?:[.][0-9]+)?|-0[.]0*[1-9][0-9]*")
"""A number that is sent in the digits that were typed: JSON's form without an exponent, and without a negative zero."""
_DECIMAL: Final = re.compile(r"[-+]?(?:[.][0-9]+|[0-9]+(?:[.][0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NOT_FINITE: Final = re.compile(r"[-+]?[.](?:inf|Inf|INF)|[.](?:nan|NaN|NAN)")


class BadNumber(ValueError):
    """The scalar is a number that has no place in a manifest; the text says why, ``use`` what to write instead."""

    def __init__(self, why: str, use: str = "") -> None:
        super().__init__(why)
        self.use = use


def plain_value(scalar: str) -> int | Decimal | str | bool | None:
    """Return the value of a plain scalar.

    Raises BadNumber for infinity, "not a number", numbers of more than 64 digits or with an exponent beyond them, and
    numbers that would not be sent in the digits that were typed.
    """
    if scalar in _WORDS:
        return _WORDS[scalar]
    if scalar[0] not in _NUMERIC:
        return scalar
    sent = _SENT.fullmatch(scalar)
    if not (sent or _DECIMAL.fullmatch(scalar) or _BASED.fullmatch(scalar)):
        if _NOT_FINITE.fullmatch(scalar):
            raise BadNumber(f"{scalar} is not a number that a platform takes")
        return scalar
    if len(scalar) > DIGITS_AT_MOST:
        raise BadNumber(f"the number has more than {DIGITS_AT_MOST} characters")
    if sent:
        return Decimal(scalar) if "." in scalar else int(scalar)
    use = sendable(scalar)
    if not use:
        raise BadNumber(f"the exponent of {scalar} is too large")
    raise BadNumber(f"{scalar} would not be sent in these digits", use)


def sendable(text: str) -> str:
    """Return a number, in any of the spellings that people use, as it can be sent; empty for all else.

    Those are of YAML 1.1 and 1.2: ``.5``, ``5.``, ``1e3``, ``0x1F``, ``0o7``, ``007``, ``+5``, ``-0`` and ``1_000``.
    """
    digits = text.replace("_", "") if re.fullmatch(r"[-+]?[0-9]+(?:_[0-9]+)+(?:[.][0-9]*)?", text) else text
    if len(digits) > DIGITS_AT_MOST:
        return ""
    if _BASED.fullmatch(digits):
        return str(int(digits, 0))
    if not _DECIMAL.fullmatch(digits):
        return ""
    try:
        number = Decimal(digits)
    except InvalidOperation:
        # The exponent itself has more digits than a decimal's can have.
        return ""
    if abs(number.adjusted()) > DIGITS_AT_MOST:
        return ""
    return format(number or abs(number), "f")
