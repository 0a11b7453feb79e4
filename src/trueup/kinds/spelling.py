"""Spell scalars as they are compared and sent: text in the user's or the platform's own digits."""

from decimal import Decimal
from typing import Final

_LONGEST_PLAIN: Final = 64


def spelled(value: object) -> str | None:
    """Return a JSON or YAML scalar as text, None for what is no scalar.

    Numbers keep their digits and are written without an exponent where that stays short; booleans are ``true`` and
    ``false``.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _plain(Decimal(repr(value)))
        case Decimal():
            return _plain(value)
        case _:
            return None


def _plain(number: Decimal) -> str:
    # An exponent is allowed to be huge; its plain form is then not worth the memory.
    short = number.is_finite() and abs(number.adjusted()) < _LONGEST_PLAIN
    return format(number, "f") if short else str(number)
