"""Find the lines of a text as libyaml counts them; places are indexes of characters."""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Final

_BREAK: Final = re.compile("\r\n|[\n\r]")
_SPACE: Final = re.compile(r"\s*")
_GAP: Final = re.compile("(?:\\s|\ufeff|#[^\n\r]*)*")


def line_start(text: str, place: int) -> int:
    """Return where the line begins in which ``place`` lies."""
    ends = _breaks(text)[1]
    index = bisect_right(ends, place)
    return ends[index - 1] if index else 0


def line_end(text: str, place: int) -> int:
    """Return where the line ends in which ``place`` lies, before its break."""
    return _next_break(text, place)[0]


def next_line(text: str, place: int) -> int:
    """Return where the line after the one with ``place`` begins, or the end of the text."""
    return _next_break(text, place)[1]


def break_at(text: str, place: int) -> str:
    """Return the break of the line in which ``place`` lies; on a last line without one, the first of the text."""
    start, end = _next_break(text, place)
    if start == end:
        starts, ends = _breaks(text)
        start, end = (starts[0], ends[0]) if starts else (0, 0)
    return text[start:end] or "\n"


def column(text: str, place: int) -> int:
    """Return how many characters stand before ``place`` on its line."""
    return place - line_start(text, place)


def is_blank(text: str, start: int, end: int) -> bool:
    """Return whether nothing but space stands there."""
    return skip_space(text, start, end) == end


def is_done(text: str, place: int) -> bool:
    """Return whether nothing but space and a comment follows on the line."""
    end = line_end(text, place)
    place = skip_space(text, place, end)
    return place == end or text[place] == "#"


def skip_space(text: str, place: int, end: int | None = None) -> int:
    """Return where the space and the breaks end that stand at ``place``, before ``end``."""
    found = _SPACE.match(text, place, len(text) if end is None else end)
    return place if found is None else found.end()


def skip_gap(text: str, place: int) -> int:
    """Return where space, breaks and comments end that stand at ``place``."""
    found = _GAP.match(text, place)
    return place if found is None else found.end()


def _next_break(text: str, place: int) -> tuple[int, int]:
    """Return where the first break at or after ``place`` begins and ends, twice the text's end without one."""
    starts, ends = _breaks(text)
    index = bisect_right(ends, place)
    return (max(starts[index], place), ends[index]) if index < len(ends) else (len(text), len(text))


@lru_cache(maxsize=2)
def _breaks(text: str) -> tuple[list[int], list[int]]:
    """Return where all breaks begin and end: looked for once, as a text can be one long line or have many changes."""
    found = [match.span() for match in _BREAK.finditer(text)]
    return [start for start, _ in found], [end for _, end in found]
