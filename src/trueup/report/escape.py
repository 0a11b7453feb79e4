"""Make any text safe to stand in GitHub flavoured Markdown.

What comes from manifests and platforms must stay text: it must not break a table, close a fence, open HTML, mention a
person or link an issue, whoever wrote it.
"""

import re
from typing import Final

from trueup.report.safe_text import visible

ZERO_WIDTH: Final = "&#8203;"
"""Parts what GitHub would link, without being seen; it links after it has decoded escapes, so those do not help."""

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

_SPECIAL: Final = re.compile(
    r"(?P<after>@(?=\w)|(?<=[Gg][Hh])-(?=\d)|:(?=//))"
    r"|(?P<before>(?<=[Ww]{3})\.)"
    r"|(?P<number>#(?=\d))"
    r"|(?P<entity>[&<>])"
    r"|(?P<markup>[\\`*_\[\]~|$#]|\A[-+=])"
)

_NUMBERED: Final = re.compile(r"\A(\d+)([.)])")

_BACKTICKS: Final = re.compile(r"`+")


def prose(text: str) -> str:
    """Return text that reads as it is written, within a paragraph, a quote or a table cell."""
    return _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(_escaped, visible(text)))


def _escaped(match: re.Match[str]) -> str:
    found = match.group()
    match match.lastgroup:
        case "after":
            return f"{found}{ZERO_WIDTH}"
        case "before":
            return f"{ZERO_WIDTH}{found}"
        case "number":
            return f"\\{found}{ZERO_WIDTH}"
        case "entity":
            return _ENTITIES[found]
        case _:
            return f"\\{found}"


def code(text: str, *, cell: bool = False) -> str:
    """Return text as a code span, where nothing is markup; ``cell``: within a table, whose pipes come first."""
    shown = visible(text) or " "
    if cell:
        shown = shown.replace("|", r"\|")
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.strip() and (shown[0] in " `" or shown[-1] in " `") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def linked(markdown: str, address: str) -> str:
    """Return finished Markdown that leads to an address, or nowhere when that is empty."""
    return f"[{markdown}]({address})" if address else markdown


def fenced(lines: list[str], language: str) -> list[str]:
    """Return lines within a fence that nothing in them can close."""
    ticks = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    return [f"{ticks}{language}", *lines, ticks]


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
