"""Render a page within a budget of bytes, so that what is sent is always whole and never refused for its length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from trueup.github.fit import GONE, Piece, fit
from trueup.github.page import Page
from trueup.github.pieces import entry_piece, footer_pieces, head_pieces, problem_pieces, shown_entries
from trueup.report.escape import prose
from trueup.report.tree import Section

COMMENT_BYTES: Final = 60_000
"""Bytes of a comment. GitHub's error names 65,536 characters; stored are 262,144 bytes: this is below either."""

NOTE_BYTES: Final = 160
"""Bytes kept free, a section, for the sentence that says what was left out of it."""

LEAST_BYTES: Final = 4_000
"""The smallest budget into which every page fits in some form."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Hold one section's pieces; ``title`` stands above those that are shown, empty for pieces without a title."""

    title: str
    pieces: Sequence[Piece]


def render_page(page: Page, budget: int) -> str:
    """Return the page as Markdown of at most ``budget`` bytes (``LEAST_BYTES`` or more).

    Pieces are left out or shortened whole, in the order of :mod:`trueup.github.pieces`, and the text says how many.
    """
    parts = list(_parts(page))
    room = budget - sum(NOTE_BYTES + len(part.title.encode()) for part in parts)
    chosen = iter(fit([piece for part in parts for piece in part.pieces], room - len(page.more.encode())))
    forms = [[next(chosen) for _ in part.pieces] for part in parts]
    head, *rest = (_rendered(part, of_part) for part, of_part in zip(parts, forms, strict=True))
    return "".join([head, _note(page) if any(map(any, forms)) else "", *rest])


def _parts(page: Page) -> Iterator[_Part]:
    yield _Part("", list(head_pieces(page)))
    yield _Part("", list(problem_pieces(page)))
    for section in chain(page.tree.sections if page.tree is not None else (), page.approved):
        if shown := shown_entries(section):
            yield _Part(_title(section, len(shown)), [entry_piece(entry, page) for entry in shown])
    yield _Part("", list(footer_pieces(page)))


def _title(section: Section, number: int) -> str:
    return f"### {prose(section.title)} ({number:,})\n\n"


def _rendered(part: _Part, forms: Sequence[int]) -> str:
    texts = [piece[form].text for piece, form in zip(part.pieces, forms, strict=True)]
    gone = sum(piece[form] is GONE for piece, form in zip(part.pieces, forms, strict=True))
    note = f"*{gone:,} of {len(texts):,} not listed here.*\n\n" if gone and part.title else ""
    return f"{part.title}{''.join(texts)}{note}"


def _note(page: Page) -> str:
    """Say that this is not all, and where all of it is."""
    return f"*Shortened to fit: some differences or resources are left out.* {page.more}\n\n"
