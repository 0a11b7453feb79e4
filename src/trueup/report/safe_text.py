r"""Make any text safe to print: what cannot be seen is spelled out, and lengths are counted in columns.

A value comes from a manifest or a platform and may hold anything. Printed as it is, an escape sequence could move the
cursor and draw a plan that is not the plan; a bidirectional override could turn a line round; a lone surrogate could
end the run. Such characters are shown as ``\x1b`` or ``\u202e``.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

from trueup.model.lookalikes import distinct, distinguishable, escaped, look, unseen

_NAMED_AT_MOST: Final = 80
"""Columns of a value in which odd characters are named; longer ones are spelled as escapes, where they differ."""

_UNRELIABLE = frozenset({"Co", "Cn"})
"""Unicode categories of what draws nothing that can be relied upon."""

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str) -> str:
    """Return the text with every character that cannot be seen spelled out as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    return escaped(char) if unseen(char) or unicodedata.category(char) in _UNRELIABLE else char


def quoted(text: str) -> str:
    """Return a value as it is shown: empty text and text with blanks at an end stand in quotes."""
    shown = visible(text)
    return f'"{shown}"' if not text or text != text.strip(" ") else shown


def apart(before: str, after: str, room: int | None = None) -> tuple[str, str]:
    """Return two different values so that they also look different, in ``room`` columns each, None for any number."""
    one, other = all_apart((before, after), _NAMED_AT_MOST if room is None else room)
    if room is None:
        return one, other
    one, other = shorten_apart(one, other, room)
    # What is left of two long values may be where they look alike.
    same = before != after and look(one) == look(other)
    return shorten_apart(_escapes(before), _escapes(after), room) if same else (one, other)


def all_apart(texts: Sequence[str], room: int = _NAMED_AT_MOST) -> list[str]:
    """Return values so that those that differ also look different.

    Values that look alike have their odd characters named. Where that takes more than ``room`` columns or is not enough
    (a line break and the escape that shows it), all of them are spelled as escapes.
    """
    different = len(set(texts))
    shown = [quoted(text) for text in texts]
    if len(set(map(look, shown))) == different:
        return shown
    shown = [quoted(text) for text in distinguishable(texts)]
    fits = max(map(columns, shown)) <= room
    return shown if fits and distinct(shown) == different else list(map(_escapes, texts))


def _escapes(text: str) -> str:
    return f'"{escaped(text)}"'


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
