"""Take a page apart into pieces, and say which of them gives way first.

What must not be missed gives way last: the verdict, the warning of what cannot be undone, deletions, what is blocked
or went wrong. What is easily looked up gives way first: all fields of a creation, then the differences of updates,
then the list of them, then the table of targets.
"""

from collections.abc import Iterator
from dataclasses import replace
from enum import IntEnum
from typing import Final

from trueup.github.fit import GONE, Form, Piece
from trueup.github.page import Page
from trueup.model.outcome import Status
from trueup.model.plan import Verdict
from trueup.report.diagnostics import HEAD_ROWS, diagnostic_row, in_order, summary
from trueup.report.escape import code, prose
from trueup.report.markdown import entry_markdown, headline_markdown
from trueup.report.overview import by_target, destroys, entries_of, words_of
from trueup.report.safe_text import shorten, visible
from trueup.report.tree import Entry, Section, Shown, Tree


class Rank(IntEnum):
    """Order what gives way, the first first."""

    CREATED = 1
    CHANGED = 2
    GRAVE = 3
    LISTED = 4
    REMARKED = 5
    TARGET = 6
    PROBLEM = 7
    PLACED = 8
    NAMED = 9
    WARNED = 10
    FOOTER = 11


GRAVE: Final = frozenset[str](
    {
        Verdict.DELETE,
        Verdict.BLOCKED,
        Verdict.UNREADABLE,
        Status.STALE,
        Status.FAILED,
        Status.UNKNOWN,
        Status.BLOCKED,
    }
)
"""Words of entries that stay when others have given way."""

NAMED_AT_MOST: Final = 20
"""Resources that the warning names before it only counts."""


SHORT_ERROR: Final = 200
"""Columns of what ended the run, where all of it has no room."""


def head_pieces(page: Page) -> Iterator[Piece]:
    """Return what stands above the resources."""
    marker = f"{page.marker}\n" if page.marker else ""
    yield (Form(f"{marker}## {page.title}\n\n"),)
    for notice in page.tree.notices if page.tree is not None else ():
        yield (Form(f"> [!WARNING]\n> {prose(notice)}\n\n", Rank.WARNED), GONE)
    yield (Form(f"**{prose(_verdict(page))}**\n\n"),)
    if page.error:
        short = shorten(visible(page.error), SHORT_ERROR)
        yield tuple(Form(f"> [!CAUTION]\n> {prose(told)}\n\n", Rank.PROBLEM) for told in (page.error, short))
    if page.advice:
        yield (Form(f"{prose(page.advice)}\n\n", Rank.FOOTER), GONE)
    if page.tree is not None:
        yield from _warning(page.tree)
        yield from _targets(page.tree)
        yield from _closings(page.tree)


def _verdict(page: Page) -> str:
    """Return how the run ended, in one line; there is always one."""
    if page.tree is not None:
        return "".join(span.text for span in page.tree.total).strip()
    if page.diagnostics:
        return summary(page.diagnostics)
    return "The run ended early." if page.error else "No problems."


def _warning(tree: Tree) -> Iterator[Piece]:
    """Warn of what cannot be undone, without a click, by name."""
    grave = [entry for entry in entries_of(tree) if destroys(entry)]
    if not grave:
        return
    number = f"{len(grave):,} {'resource' if len(grave) == 1 else 'resources'}"
    named = ", ".join(f"{prose(entry.kind)} {code(entry.name)}" for entry in grave[:NAMED_AT_MOST])
    rest = f" and {len(grave) - NAMED_AT_MOST:,} more" if len(grave) > NAMED_AT_MOST else ""
    opened = f"> [!CAUTION]\n> **Deletes or takes away {number}"
    yield Form(f"{opened}:** {named}{rest}\n\n", Rank.WARNED), Form(f"{opened}.**\n\n")


def _targets(tree: Tree) -> Iterator[Piece]:
    """Count what happens, a row a target."""
    counts, words = by_target(tree), words_of(tree)
    if not counts:
        return
    rows = [f"| Target | {' | '.join(words)} |\n", f"|---|{'---:|' * len(words)}\n"]
    yield (Form("".join(rows), Rank.WARNED), GONE)
    for target, found in counts.items():
        numbers = " | ".join(f"{found[word]:,}" for word in words)
        yield Form(f"| {code(target, cell=True)} | {numbers} |\n", Rank.TARGET), GONE
    yield (Form("\n"),)


def _closings(tree: Tree) -> Iterator[Piece]:
    said = [
        "".join(span.text for span in closing.spans) for closing in tree.closings if closing.shown is not Shown.FULL
    ]
    if said:
        yield Form("".join(f"{prose(sentence)}  \n" for sentence in said) + "\n", Rank.CREATED), GONE


def problem_pieces(page: Page) -> Iterator[Piece]:
    """Return the table of diagnostics, a piece a row."""
    if page.diagnostics:
        yield (Form("### Problems\n\n" + "".join(f"{row}\n" for row in HEAD_ROWS)),)
        for diagnostic in in_order(page.diagnostics):
            row = diagnostic_row(diagnostic, page.layout.address(diagnostic.position))
            yield Form(f"{row}\n", Rank.PROBLEM), GONE
        yield (Form("\n"),)


def shown_entries(section: Section) -> list[Entry]:
    """Return the resources of a section that have something to say."""
    return [entry for entry in section.entries if entry.shown is not Shown.FULL]


def entry_piece(entry: Entry, page: Page) -> Piece:
    """Return the forms of one resource: with its differences, with remarks only, its name only, not at all."""
    assert page.tree is not None, "an entry is of a tree"
    grave = entry.word in GRAVE or destroys(entry)
    ranked = [
        (entry_markdown(entry, page.tree, page.layout), _first_rank(entry, grave=grave)),
        (entry_markdown(entry, page.tree, page.layout, fences=False), Rank.REMARKED if grave else Rank.LISTED),
    ]
    if grave:
        ranked.append((headline_markdown(entry, page.tree, page.layout), Rank.PLACED))
        ranked.append((headline_markdown(replace(entry, place=None), page.tree), Rank.NAMED))
    # Where two forms are the same text, the later one's rank is what the text is worth.
    return (*(Form(f"{text}\n", rank) for text, rank in dict(ranked).items()), GONE)


def _first_rank(entry: Entry, *, grave: bool) -> int:
    if grave:
        return Rank.GRAVE
    return Rank.CREATED if entry.word == Verdict.CREATE else Rank.CHANGED


def footer_pieces(page: Page) -> Iterator[Piece]:
    """Return what stands below the resources; the last sentence gives way first."""
    if page.footer:
        yield (Form("\n---\n\n"),)
        for sentence in page.footer:
            yield Form(f"{sentence}  \n", Rank.FOOTER), GONE
