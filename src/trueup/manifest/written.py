"""Values as YAML in one line, for hints."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from trueup.manifest.yaml_scalars import BadNumber, plain_value
from trueup.model.position import Step

_SIGNS: Final = frozenset("\"'[]{},:#&*!|>%@`?-\n")
"""Characters with which a text may need quotes, at its beginning or between brackets."""

_LINE_AT_MOST: Final = 200


def write_hint(path: Sequence[Step], value: object) -> str:
    """Return the hint to write a value at a path: with its key, or alone where it is an item.

    Empty for a long line and for one with unprintable characters, which cannot be copied.
    """
    last = path[-1] if path else None
    key = f"{written(last, inside=True)}: " if isinstance(last, str) else ""
    line = f"{key}{written(value)}"
    return f"Write: {line}" if len(line) <= _LINE_AT_MOST and line.isprintable() else ""


def as_quoted(text: str) -> str:
    """Return a text in single quotes, or in double quotes if it has an apostrophe and needs no escapes for that."""
    if "'" in text and not ('"' in text or "\\" in text):
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def written(value: object, *, inside: bool = False) -> str:
    """Return a value as YAML in one line; ``inside``: between brackets."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return value if _is_plain(value, inside=inside) else as_quoted(value)
        case list():
            return f"[{', '.join(written(item, inside=True) for item in value)}]"
        case dict():
            members = (f"{written(name, inside=True)}: {written(each, inside=True)}" for name, each in value.items())
            return f"{{{', '.join(members)}}}"
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def _is_plain(text: str, *, inside: bool) -> bool:
    """Return whether a text needs no quotes."""
    if not text or text != text.strip() or text[0] in _SIGNS or any(sign in text for sign in (": ", " #", "\n")):
        return False
    if text.endswith(":") or (inside and any(sign in text for sign in "[]{},")):
        return False
    try:
        return isinstance(plain_value(text), str)
    except BadNumber:
        return False
