"""Spell a value in YAML: plain where the reader takes it back as it is, else quoted, as the one before it was."""

import json
import re
from typing import Final

from trueup.manifest.yaml_scalars import BadNumber, plain_value

_PLAIN: Final = re.compile(r"[A-Za-z0-9_/(][^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]*")
"""What may stand without quotes, colons, hashes and the signs of flow collections apart."""

_SIGNS: Final = re.compile(r": |:$| #|[\[\]{},]|\s$|^(?:---|\.\.\.)")
_QUOTABLE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*")


class Bare(str):
    """Be a number or a boolean in its own digits: text that needs no quotes to be told from them."""

    __slots__ = ()


def scalar(value: str, *, style: str = "") -> str:
    """Return a text as a YAML scalar; ``style`` is the quote of the value that it replaces.

    The reader takes it back as text, a Bare one as what it looks like.
    """
    bare = isinstance(value, Bare)
    if bare and not reads_as_text(value) and style != "'":
        # A quoted number is as good as a plain one; who put quotes around it keeps them.
        return f'"{value}"' if style == '"' else str(value)
    if style not in ("'", '"') and _is_plain(value) and (bare or reads_as_text(value)):
        return value
    single = style == "'" or "\\" in value or '"' in value
    if style != '"' and single and _QUOTABLE.fullmatch(value):
        return "'" + value.replace("'", "''") + "'"
    return _double(value)


def fits_block(value: str) -> bool:
    """Return whether a text of several lines can stand as a literal block without losing a character.

    Lines that end in a space could: but editors take it away.
    """
    lines = value.removesuffix("\n").split("\n")
    return (
        len(lines) > 1
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and bool(lines[0] and lines[-1])
        and not lines[0].startswith(" ")
    )


def _is_plain(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and not _SIGNS.search(value)


def reads_as_text(value: str) -> bool:
    """Return whether the reader takes a plain scalar for text."""
    try:
        return isinstance(plain_value(value), str)
    except BadNumber:
        return False


def _double(value: str) -> str:
    # JSON's escapes are YAML's; what JSON leaves alone and YAML does not take is escaped besides.
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", text)
