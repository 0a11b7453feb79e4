"""Hold what a comment or a summary says, before anybody knows how much room it has."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from trueup.errors import Diagnostic
from trueup.model.position import Position
from trueup.report.markdown import Layout
from trueup.report.tree import Section, Tree

OPEN_LINES: Final = 12
"""Lines up to which a difference is shown without a click."""

FOLDED: Final = Layout(fold_above=OPEN_LINES)

LineUrl = Callable[[str, int], str]
"""Return the address of a line of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Hold the parts of a text in the order in which people read them.

    ``title`` is finished Markdown, and short. ``marker`` is the hidden first line, empty where none is needed.
    ``error`` is what ended the run early, ``advice`` what to do next. ``approved`` are sections that a pull request
    showed, where they are no longer what would be done. ``footer`` holds finished Markdown, one sentence
    each, the one that is worth most first; ``more`` says, in finished Markdown, where all of it can be read.
    """

    title: str
    marker: str = ""
    tree: Tree | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    approved: tuple[Section, ...] = ()
    error: str = ""
    advice: str = ""
    footer: tuple[str, ...] = ()
    more: str = ""
    layout: Layout = FOLDED


def linked_layout(line_url: LineUrl) -> Layout:
    """Return a layout in which places lead to the lines of the files."""
    return Layout(address=lambda place: address_of(place, line_url), fold_above=OPEN_LINES)


def address_of(place: Position, line_url: LineUrl) -> str:
    """Return the address of a place, empty where it is not in a file of the repository."""
    path = PurePosixPath(place.file)
    if place.file == "-" or path.is_absolute() or ".." in path.parts:
        return ""
    return line_url(place.file, place.line)
