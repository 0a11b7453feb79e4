"""The values of plain YAML scalars by YAML 1.2's core schema.

``no``, ``on``, ``1:30``, ``1_000`` and dates are text. Numbers with a point keep their digits as
:class:`decimal.Decimal`; binary floats are never used.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

# The core schema has only these spellings: yes, no, on and off are text.
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
"""Plain scalars that are neither text nor numbers."""

_NUMERIC: Final = frozenset("0123456789+-.")
"""First characters of numbers."""
SUSPECTS: Final = frozenset(["", *_NUMERIC, *(word[:1] for word in _WORDS)])
"""First characters of all scalars that may be something other than text."""

DIGITS_AT_MOST: Final = 64
"""Characters of the longest number. No platform needs more, and unbounded numbers could exhaust memory."""

# No leading zeros: 007 is octal in YAML 1.1, decimal in YAML 1.2 and invalid in JSON.
_SENT: Final = re.compile(r"(?:0|-?[1-9][0-9]*)(?:[.][0-9]+)?|-0[.]0*[1-9][0-9]*")
"""A number that is sent exactly as typed: JSON's syntax without an exponent and without negative zero."""
_DECIMAL: Final = re.compile(r"[-+]?(?:[.][0-9]+|[0-9]+(?:[.][0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NOT_FINITE: Final = re.compile(r"[-+]?[.](?:inf|Inf|INF)|[.](?:nan|NaN|NAN)")


class BadNumber(ValueError):
    """The scalar is a number that manifests do not support. The text is the reason, ``use`` is what to write."""

    def __init__(self, why: str, use: str = "") -> None:
        super().__init__(why)
        self.use = use


def plain_value(scalar: str) -> int | Decimal | str | bool | None:
    """Return the value of a plain scalar.

    Raises BadNumber for infinity, "not a number", numbers with more than DIGITS_AT_MOST characters or too large an
    exponent, and numbers that would not be sent exactly as typed.
    """
    if scalar in _WORDS:
        return _WORDS[scalar]
    if scalar[0] not in _NUMERIC:
        return scalar
    sent = _SENT.fullmatch(scalar)
    if not (sent or _DECIMAL.fullmatch(scalar) or _BASED.fullmatch(scalar)):
        if _NOT_FINITE.fullmatch(scalar):
            raise BadNumber(f"{scalar} is not a number that a platform accepts")
        return scalar
    # Before the conversion, because int() takes quadratic time.
    if len(scalar) > DIGITS_AT_MOST:
        raise BadNumber(f"the number has more than {DIGITS_AT_MOST} characters")
    if sent:
        return Decimal(scalar) if "." in scalar else int(scalar)
    use = sendable(scalar)
    if not use:
        raise BadNumber(f"the exponent of {scalar} is too large")
    raise BadNumber(f"{scalar} would not be sent in this notation", use)


def sendable(text: str) -> str:
    """Return a number in the notation in which it can be sent; empty for other texts.

    The notations of YAML 1.1 and 1.2 are read: ``.5``, ``5.``, ``1e3``, ``0x1F``, ``0o7``, ``007``, ``+5``, ``-0`` and
    ``1_000``.
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
        # The exponent itself is too large for a Decimal.
        return ""
    # format() would write out all zeros of a large exponent.
    if abs(number.adjusted()) > DIGITS_AT_MOST:
        return ""
    return format(number or abs(number), "f")
