r"""Make any text safe to print: what cannot be seen is spelled out, and lengths are counted in columns.

A value comes from a manifest or a platform and may hold anything. Printed as it is, an escape sequence could move the
cursor and draw a plan that is not the plan; a bidirectional override could turn a line round; a lone surrogate could
end the run. Such characters are shown as ``\x1b`` or ``\u202e``.
"""

import unicodedata
from collections.abc import Sequence

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that draw nothing, or nothing that can be relied upon, or that change what is around them."""

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str) -> str:
    """Return the text with every character that cannot be seen spelled out as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if unicodedata.category(char) not in UNSEEN and (char == " " or not char.isspace()):
        return char
    return spelled(char)


def spelled(text: str) -> str:
    """Return the text with all but printable ASCII spelled out, backslashes doubled."""
    return text.encode("unicode_escape", "backslashreplace").decode("ascii")


def quoted(text: str) -> str:
    """Return a value as it is shown: empty text and text with blanks at an end stand in quotes."""
    shown = visible(text)
    return f'"{shown}"' if not text or text != text.strip(" ") else shown


def apart(before: str, after: str) -> tuple[str, str]:
    """Return two different values so that they also look different.

    Composed and decomposed forms of one letter look alike, and so do a line break and the escape that shows it; then
    both sides are spelled out.
    """
    shown = all_apart((before, after))
    return shown[0], shown[1]


def all_apart(texts: Sequence[str]) -> list[str]:
    """Return values so that those that differ also look different; see :func:`apart`."""
    shown = [quoted(text) for text in texts]
    alike = {unicodedata.normalize("NFKC", text) for text in shown}
    return shown if len(alike) == len(set(texts)) else [f'"{spelled(text)}"' for text in texts]


def columns(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, room: int, start: int = 0) -> int:
    """Return how many characters of the text from ``start`` on fit into ``room`` columns."""
    if text.isascii():
        return min(len(text) - start, room)
    used = 0
    for index in range(start, len(text)):
        used += _width(text[index])
        if used > room:
            return index - start
    return len(text) - start


def shorten(text: str, room: int) -> str:
    """Return the text with its middle left out when it takes more than ``room`` columns."""
    if columns(text) <= room:
        return text
    head = cut(text, (room - 1) - (room - 1) // 2)
    tail = cut(text[::-1], (room - 1) // 2)
    return f"{text[:head]}…{text[len(text) - tail :]}"


def shorten_apart(before: str, after: str, room: int) -> tuple[str, str]:
    """Shorten two values so that what differs between them stays in sight."""
    if max(columns(before), columns(after)) <= room:
        return before, after
    same = _common(before, after)
    lead = max(0, same - room // 4)
    return _window(before, lead, room), _window(after, lead, room)


def _common(before: str, after: str) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )


def _window(text: str, lead: int, room: int) -> str:
    if columns(text) <= room:
        return text
    opened = f"…{text[lead:]}" if lead > 1 else text
    if columns(opened) <= room:
        return opened
    return f"{opened[: cut(opened, room - 1)]}…"
