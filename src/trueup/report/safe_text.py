r"""Text that is safe to print: invisible characters are escaped, and lengths are measured in columns.

Values come from manifests and platforms and can contain anything. Unescaped, an escape sequence could move the cursor
and draw a false plan, a bidirectional override could reverse a line, and a lone surrogate could crash the run. Such
characters are shown as ``\x1b`` or ``\u202e``.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

from trueup.model.lookalikes import distinct, distinguishable, escaped, is_invisible, look

_NAMED_AT_MOST: Final = 80
"""Columns of a value up to which its odd characters are named; longer values use escapes instead."""

_UNRELIABLE = frozenset({"Co", "Cn"})
"""Unicode categories of private and unassigned characters: what they look like depends on the font."""

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str) -> str:
    """Return the text with every invisible character escaped."""
    # The usual case, without a look at each character.
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    return escaped(char) if is_invisible(char) or unicodedata.category(char) in _UNRELIABLE else char


def quoted(text: str) -> str:
    """Return a value as it is printed; an empty text, or one that begins or ends with a space, is quoted."""
    shown = visible(text)
    return f'"{shown}"' if not text or text != text.strip(" ") else shown


def distinguished_pair(before: str, after: str, room: int | None = None) -> tuple[str, str]:
    """Return two values so that they look different if they are, in ``room`` columns each (None: no limit)."""
    one, other = distinguished((before, after), _NAMED_AT_MOST if room is None else room)
    if room is None:
        return one, other
    one, other = shorten_at_difference(one, other, room)
    # Two long values may be shortened to parts that look alike.
    same = before != after and look(one) == look(other)
    return shorten_at_difference(_escapes(before), _escapes(after), room) if same else (one, other)


def distinguished(texts: Sequence[str], room: int = _NAMED_AT_MOST) -> list[str]:
    """Return values so that different ones look different.

    In values that look alike, odd characters are named. If that takes more than ``room`` columns, or if they still look
    alike (a line break, and the two characters of its escape), all values are escaped instead.
    """
    # Equal values may look the same: they are not a difference.
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
    """Return the number of terminal columns that the text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    # Combining marks take no column of their own; wide and fullwidth East Asian characters take two.
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, room: int, start: int = 0) -> int:
    """Return how many characters of the text, counted from ``start``, fit into ``room`` columns."""
    if text.isascii():
        return min(len(text) - start, room)
    used = 0
    for index in range(start, len(text)):
        used += _width(text[index])
        if used > room:
            return index - start
    return len(text) - start


def shorten(text: str, room: int) -> str:
    """Return the text, with its middle replaced by an ellipsis if it takes more than ``room`` columns."""
    if columns(text) <= room:
        return text
    # One column is for the ellipsis; of an odd rest, the beginning gets one more.
    head = cut(text, (room - 1) - (room - 1) // 2)
    # Measured from the end, as characters differ in their columns.
    tail = cut(text[::-1], (room - 1) // 2)
    return f"{text[:head]}…{text[len(text) - tail :]}"


def shorten_at_difference(before: str, after: str, room: int) -> tuple[str, str]:
    """Return two values shortened to ``room`` columns each, so that their first difference stays visible."""
    if max(columns(before), columns(after)) <= room:
        return before, after
    same = _common(before, after)
    # A quarter of the room for what both have in common, as context before the difference.
    lead = max(0, same - room // 4)
    return _window(before, lead, room), _window(after, lead, room)


def _common(before: str, after: str) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )


def _window(text: str, lead: int, room: int) -> str:
    if columns(text) <= room:
        return text
    # An ellipsis for a single character would save nothing.
    opened = f"…{text[lead:]}" if lead > 1 else text
    if columns(opened) <= room:
        return opened
    return f"{opened[: cut(opened, room - 1)]}…"
