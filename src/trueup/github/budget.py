"""Render a page within a budget of bytes.

A page consists of pieces. Each piece has one or more forms, from the richest to the shortest, and each form a rank.
When the page is too large, pieces are replaced by their next form in the order of the ranks, so that no piece is ever
cut in the middle. In order: the fitting of pieces, the pieces of a page, the rendered page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from trueup.github.page import Page
from trueup.model.plan import Verdict
from trueup.model.run import Status
from trueup.report.diagnostics import diagnostic_item, in_order, verdict_of
from trueup.report.markdown import code, entry_markdown, headline_markdown, prose, shown_entries
from trueup.report.safe_text import shorten, visible
from trueup.report.tree import (
    ReportEntryNode,
    ReportTree,
    by_target,
    closing_texts,
    destroys,
    entries_of,
    words_of,
)
from trueup.report.values import counted

_KEPT: Final = 1000
"""The rank of a form that is never shortened."""


@dataclass(frozen=True, slots=True)
class PieceForm:
    """One form of a piece; forms with the lowest ``rank`` are replaced first by the next form of their piece."""

    text: str
    rank: int = _KEPT


_Piece = tuple[PieceForm, ...]
"""The forms of a piece, the richest first; the last one is never replaced."""

LEFT_OUT: Final = PieceForm("")
"""The last form of a piece that can be omitted."""


def size_in_bytes(text: str) -> int:
    """Return the length of a text in bytes of UTF-8."""
    # Values may have lone surrogates; for a size it does not matter that they cannot be sent.
    return len(text.encode("utf-8", "surrogatepass"))


def fit(pieces: Sequence[_Piece], budget: int) -> list[int]:
    """Return for each piece the index of its chosen form, so that all forms together take at most ``budget`` bytes.

    If even the shortest forms take more, they are chosen: the caller has to keep them short.
    """
    # Rank by rank, and within a rank from the last piece to the first: people read a page from its start.
    chosen = [0] * len(pieces)
    total = sum(size_in_bytes(piece[0].text) for piece in pieces)
    for rank in sorted({form.rank for piece in pieces for form in piece[:-1]}):
        for place in reversed(range(len(pieces))):
            if total <= budget:
                return chosen
            piece, now = pieces[place], chosen[place]
            if now + 1 < len(piece) and piece[now].rank == rank:
                total += size_in_bytes(piece[now + 1].text) - size_in_bytes(piece[now].text)
                chosen[place] = now + 1
    return chosen


class Rank(IntEnum):
    """The order in which forms are replaced, the lowest first.

    Differences of single resources go first, then resources, tables and sentences.
    """

    CREATED = 1
    CHANGED = 2
    URGENT = 3
    LISTED = 4
    REMARKED = 5
    TARGET = 6
    PROBLEM = 7
    PLACED = 8
    NAMED = 9
    WARNED = 10
    FOOTER = 11


URGENT: Final = frozenset[str](
    {
        Verdict.DELETE,
        Verdict.BLOCKED,
        Verdict.UNREADABLE,
        Status.STALE,
        Status.UNAPPROVED,
        Status.FAILED,
        Status.UNKNOWN,
        Status.BLOCKED,
    }
)
"""Words of entries that are shortened after all others."""

_NAMED_AT_MOST: Final = 20
"""Resources that the warning names; further ones are only counted."""


SHORT_ERROR: Final = 200
"""Columns of the shortened error that ended the run."""

SHORT_DIGEST: Final = 8
"""Digits of a plan hash that are shown beside the verdict; the footer has all of them."""

_TARGETS: Final = 2
"""Targets from which on they are counted apart."""

OPEN_RESOURCES: Final = 20
"""Resources of a section that are not folded."""


def head_pieces(page: Page) -> Iterator[_Piece]:
    """Yield the pieces above the resources."""
    marker = f"{page.marker}\n" if page.marker else ""
    yield (PieceForm(marker),)
    if page.header:
        yield PieceForm(f"{page.header}\n", Rank.FOOTER), LEFT_OUT
    yield (PieceForm(f"## {page.title}\n\n"),)
    # GitHub shows [!WARNING] and [!CAUTION] as coloured boxes.
    for notice in page.tree.notices if page.tree is not None else ():
        yield (PieceForm(f"> [!WARNING]\n> {prose(notice)}\n\n", Rank.WARNED), LEFT_OUT)
    yield from _state(page)
    # A page that only says how an apply goes needs no other verdict.
    if page.tree is not None or page.diagnostics or not page.state:
        verdict = "".join(span.text for span in verdict_of(page.tree, page.diagnostics, page.error))
        short = f" Plan hash {code(short_digest(page.digest))}." if page.digest else ""
        yield (PieceForm(f"**{prose(verdict.strip())}**{short}\n\n"),)
    if page.error:
        short = shorten(visible(page.error), SHORT_ERROR)
        yield tuple(PieceForm(f"> [!CAUTION]\n> {prose(text)}\n\n", Rank.PROBLEM) for text in (page.error, short))
    if page.advice:
        yield (PieceForm(f"{prose(page.advice)}\n\n", Rank.FOOTER), LEFT_OUT)
    for refusal in page.refusals:
        short = shorten(visible(refusal), SHORT_ERROR)
        texts = (f"> [!CAUTION]\n> **An apply refuses this.** {prose(text)}\n\n" for text in (refusal, short))
        yield tuple(PieceForm(text, Rank.PROBLEM) for text in texts)
    if page.merging:
        yield (PieceForm(f"{prose(page.merging)}\n\n", Rank.FOOTER), LEFT_OUT)
    if page.tree is not None:
        yield from _warning(page.tree)
        yield from _targets(page.tree)
        yield from _closings(page.tree)


def short_digest(digest: str) -> str:
    """Return the first digits of a plan hash, by which people tell two plans apart."""
    return digest.rpartition(":")[2][:SHORT_DIGEST]


def _state(page: Page) -> Iterator[_Piece]:
    """Yield how an apply ended, and what to do next."""
    if page.state:
        yield (PieceForm(f"**{prose(page.state)}**\n\n"),)
        if page.detail:
            yield (PieceForm(f"{prose(page.detail)}\n\n"),)
        steps = "".join(f"- {prose(step)}\n" for step in page.steps)
        if steps:
            yield PieceForm(f"What to do next:\n\n{steps}\n", Rank.FOOTER), LEFT_OUT


def _warning(tree: ReportTree) -> Iterator[_Piece]:
    """Yield a warning that names the resources to which something happens that cannot be undone."""
    # Outside of the folded details, so that a deletion is seen before it is approved.
    destroyed = [entry for entry in entries_of(tree) if destroys(entry)]
    if not destroyed:
        return
    number = counted(len(destroyed), "resource")
    named = ", ".join(f"{prose(entry.kind)} {code(entry.name)}" for entry in destroyed[:_NAMED_AT_MOST])
    rest = f" and {len(destroyed) - _NAMED_AT_MOST:,} more" if len(destroyed) > _NAMED_AT_MOST else ""
    opened = f"> [!CAUTION]\n> **Deletes, unlists or unpublishes {number}"
    yield PieceForm(f"{opened}:** {named}{rest}\n\n", Rank.WARNED), PieceForm(f"{opened}.**\n\n")


def _targets(tree: ReportTree) -> Iterator[_Piece]:
    """Yield the table of counts, one row for each target, if there are several."""
    counts, words = by_target(tree), words_of(tree)
    if len(counts) < _TARGETS:
        return
    # Two columns: one for each word would be wider than a phone.
    yield (PieceForm("| Target | Resources |\n|---|---|\n", Rank.WARNED), LEFT_OUT)
    for target, found in counts.items():
        numbers = ", ".join(f"{found[word]:,} {word}" for word in words if found[word])
        yield PieceForm(f"| {code(target, cell=True)} | {numbers} |\n", Rank.TARGET), LEFT_OUT
    yield (PieceForm("\n"),)


def _closings(tree: ReportTree) -> Iterator[_Piece]:
    if sentences := closing_texts(tree):
        # Two spaces at the end of a line are a line break in Markdown.
        yield PieceForm("".join(f"{prose(sentence)}  \n" for sentence in sentences) + "\n", Rank.CREATED), LEFT_OUT


def problem_pieces(page: Page) -> Iterator[_Piece]:
    """Yield the list of diagnostics, one piece for each."""
    if page.diagnostics:
        yield (PieceForm("### Problems\n\n"),)
        for diagnostic in in_order(page.diagnostics):
            item = diagnostic_item(diagnostic, page.layout.address(diagnostic.position))
            yield PieceForm(f"{item}\n", Rank.PROBLEM), LEFT_OUT
        yield (PieceForm("\n"),)


def is_urgent(entry: ReportEntryNode) -> bool:
    """Return whether a resource must be seen: it is blocked, not as wanted after an apply, or something is lost."""
    return entry.word in URGENT or destroys(entry)


def entry_piece(entry: ReportEntryNode, page: Page) -> _Piece:
    """Return the forms of one resource: with its differences, with remarks only, its name only, nothing."""
    assert page.tree is not None, "a page with entries has a tree"
    urgent = is_urgent(entry)
    ranked = [
        (entry_markdown(entry, page.tree, page.layout), _first_rank(entry, urgent=urgent)),
        (entry_markdown(entry, page.tree, page.layout, fences=False), Rank.REMARKED if urgent else Rank.LISTED),
    ]
    if urgent:
        ranked.append((headline_markdown(entry, page.tree, page.layout), Rank.PLACED))
        ranked.append((headline_markdown(replace(entry, place=None), page.tree), Rank.NAMED))
    # Two forms may have the same text. A dict keeps the later one's rank: it is the more important one.
    return (*(PieceForm(f"{text}\n", rank) for text, rank in dict(ranked).items()), LEFT_OUT)


def _first_rank(entry: ReportEntryNode, *, urgent: bool) -> int:
    if urgent:
        return Rank.URGENT
    return Rank.CREATED if entry.word == Verdict.CREATE else Rank.CHANGED


def footer_pieces(page: Page) -> Iterator[_Piece]:
    """Yield the pieces below the resources; the last sentence is omitted first."""
    if page.footer:
        yield (PieceForm("\n---\n\n"),)
        for sentence in page.footer:
            yield PieceForm(f"{sentence}  \n", Rank.FOOTER), LEFT_OUT
    if page.own_footer:
        yield PieceForm(f"\n{page.own_footer}", Rank.FOOTER), LEFT_OUT


COMMENT_BYTES: Final = 60_000
"""Bytes of a comment. GitHub's error message names 65,536 characters, its database stores 262,144 bytes: this fits
both."""

NOTE_BYTES: Final = 160
"""Bytes reserved in each section for the sentence that says what was omitted."""

LEAST_BYTES: Final = 4_000
"""The smallest budget in bytes into which every page fits."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The pieces of one section, between ``head`` and ``tail``; both are empty for a part without a title."""

    head: str
    pieces: Sequence[_Piece]
    tail: str = ""


def render_page(page: Page, budget: int) -> str:
    """Return the page as Markdown of at most ``budget`` bytes (``LEAST_BYTES`` or more).

    Each section says how many of its resources were omitted.
    """
    parts = list(_parts(page))
    # Which sections need a note is known only after the choice, so its room is reserved in each of them.
    room = budget - sum(NOTE_BYTES + len(part.head.encode()) + len(part.tail) for part in parts)
    chosen = iter(fit([piece for part in parts for piece in part.pieces], room - len(page.more.encode())))
    forms = [[next(chosen) for _ in part.pieces] for part in parts]
    head, *rest = (_rendered(part, of_part) for part, of_part in zip(parts, forms, strict=True))
    return "".join([head, _note(page) if any(map(any, forms)) else "", *rest])


def _parts(page: Page) -> Iterator[_Part]:
    yield _Part("", list(head_pieces(page)))
    yield _Part("", list(problem_pieces(page)))
    for section in page.tree.sections if page.tree is not None else ():
        if shown := shown_entries(section):
            yield from _section(f"### {prose(section.title)} ({len(shown):,})\n\n", shown, page)
    yield _Part("", list(footer_pieces(page)))


def _section(title: str, shown: Sequence[ReportEntryNode], page: Page) -> Iterator[_Part]:
    """Yield a section; what is blocked, failed or destroyed is never in a fold."""
    urgent = [entry for entry in shown if is_urgent(entry)]
    others = [entry for entry in shown if not is_urgent(entry)]
    if len(others) <= OPEN_RESOURCES:
        yield _Part(title, [entry_piece(entry, page) for entry in shown])
        return
    if urgent:
        yield _Part(title, [entry_piece(entry, page) for entry in urgent])
    head = f"{'' if urgent else title}<details><summary>{len(others):,} {'other ' if urgent else ''}resources</summary>"
    yield _Part(f"{head}\n\n", [entry_piece(entry, page) for entry in others], "</details>\n\n")


def _rendered(part: _Part, forms: Sequence[int]) -> str:
    texts = [piece[form].text for piece, form in zip(part.pieces, forms, strict=True)]
    gone = sum(piece[form] is LEFT_OUT for piece, form in zip(part.pieces, forms, strict=True))
    # By identity: a form that is empty for another reason is not an omitted one.
    note = f"*{gone:,} of {len(texts):,} not listed here.*\n\n" if gone and part.head else ""
    return f"{part.head}{''.join(texts)}{note}{part.tail}"


def _note(page: Page) -> str:
    """Return the sentence that says that the page was shortened, and where the whole report is."""
    return f"*Shortened to fit: some differences or resources are omitted.* {page.more}\n\n"
