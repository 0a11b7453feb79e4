"""Spell a value in YAML: plain where the reader takes it back as it is, else quoted, as the one before it was."""

import json
import re
from typing import Final

from trueup.manifest.scalars import BadNumber, plain_value

_PLAIN: Final = re.compile(r"[A-Za-z0-9_/(][^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]*")
"""What may stand without quotes, colons, hashes and the signs of flow collections apart."""

_SIGNS: Final = re.compile(r": |:$| #|[\[\]{},]|\s$|^(?:---|\.\.\.)")
_QUOTABLE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*")


def scalar(value: str, *, style: str = "", as_text: bool = True) -> str:
    """Return a text as a YAML scalar.

    ``style`` is the quote of the value that it replaces. ``as_text``: the reader must take it back as text; numbers and
    booleans are left plain otherwise.
    """
    if style not in ("'", '"') and _is_plain(value) and (not as_text or _reads_as_text(value)):
        return value
    single = style == "'" or "\\" in value or '"' in value
    if style != '"' and single and _QUOTABLE.fullmatch(value):
        return "'" + value.replace("'", "''") + "'"
    return _double(value)


def _is_plain(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and not _SIGNS.search(value)


def _reads_as_text(value: str) -> bool:
    try:
        return isinstance(plain_value(value), str)
    except BadNumber:
        return False


def _double(value: str) -> str:
    # JSON's escapes are YAML's; what JSON leaves alone and YAML does not take is escaped besides.
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", text)
