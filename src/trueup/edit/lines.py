"""Find the lines of a text as libyaml counts them; places are indexes of characters."""

import re
from typing import Final

_BREAK: Final = re.compile("\r\n|[\n\r]")
_GAP: Final = re.compile("(?:\\s|\ufeff|#[^\n\r]*)*")


def line_start(text: str, place: int) -> int:
    """Return where the line begins in which ``place`` lies."""
    return 1 + max(text.rfind(sign, 0, place) for sign in "\n\r")


def line_end(text: str, place: int) -> int:
    """Return where the line ends in which ``place`` lies, before its break."""
    found = _BREAK.search(text, place)
    return len(text) if found is None else found.start()


def next_line(text: str, place: int) -> int:
    """Return where the line after the one with ``place`` begins, or the end of the text."""
    found = _BREAK.search(text, place)
    return len(text) if found is None else found.end()


def break_at(text: str, place: int) -> str:
    """Return the break of the line in which ``place`` lies; on a last line without one, the first of the text."""
    found = _BREAK.search(text, place) or _BREAK.search(text)
    return "\n" if found is None else found[0]


def column(text: str, place: int) -> int:
    """Return how many characters stand before ``place`` on its line."""
    return place - line_start(text, place)


def is_blank(text: str, start: int, end: int) -> bool:
    """Return whether nothing but space stands there."""
    return not text[start:end].strip()


def is_done(text: str, place: int) -> bool:
    """Return whether nothing but space and a comment follows on the line."""
    rest = text[place : line_end(text, place)].strip()
    return not rest or rest.startswith("#")


def skip_gap(text: str, place: int) -> int:
    """Return where space, breaks and comments end that stand at ``place``."""
    found = _GAP.match(text, place)
    return place if found is None else found.end()
