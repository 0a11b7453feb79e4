"""Renderer for a report as GitHub flavoured Markdown, and its building blocks: diff rows, escaping, fences.

Markdown is read from the top: the total comes first, then the sections in order of importance. Each resource is one
text (:func:`entry_markdown`), so that a renderer with a size limit can omit whole resources. All values are escaped
(:func:`prose`, :func:`code`, :func:`fenced`).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Final, assert_never

from trueup.model.position import Position
from trueup.report.layout import shown_moments, shown_swap, shown_value
from trueup.report.safe_text import columns, cut, visible
from trueup.report.tree import (
    Block,
    Closing,
    Comparison,
    Divider,
    Labelled,
    Line,
    Quote,
    Remark,
    ReportEntryNode,
    ReportTree,
    Role,
    Section,
    Shown,
    Span,
    Swap,
    TextPiece,
)

_SIGNS = {Role.ADDED: "+", Role.REMOVED: "-"}


def diffed(line: Line, width: int) -> Iterator[tuple[str, str]]:
    """Yield the rows of a line, each a sign and a text; labels are padded to ``width``."""
    rows = list(diff_rows(line))
    name = f"  ({visible(line.name)})" if line.name else ""
    tags = "".join(f"  [{visible(tag.text)}]" for tag in line.tags)
    for number, (sign, text) in enumerate(rows):
        # Once per line: a warning on each row would look like several.
        tail = f"{name}{tags}" if number == len(rows) - 1 else ""
        yield sign, f"{visible(line.label):{width}}  {text}{tail}" if line.label else f"{text}{tail}"


def diff_rows(line: Line) -> Iterator[tuple[str, str]]:
    """Yield the rows of a line, each a sign and a text, without its label and tags."""
    for sign, text in _rows(line):
        # The sign of the whole line wins: an added element has only added rows.
        yield line.sign or sign, text


def _rows(line: Line) -> Iterator[tuple[str, str]]:
    if line.rows:
        yield from ((row.sign or " ", visible(row.text)) for row in line.rows)
    elif line.subject:
        yield from _element(line)
    elif not line.pieces:
        yield " ", ""
    else:
        rows = [row for piece in line.pieces for row in _piece(piece)]
        # Members of a set: what is removed comes first, as in every other line. Swaps are in this order already.
        in_order = all(isinstance(piece, Span) for piece in line.pieces)
        yield from sorted(rows, key=lambda row: row[0] == "+") if in_order else rows


def _element(line: Line) -> Iterator[tuple[str, str]]:
    subject = shown_value(Span(line.subject, Role.VALUE), None).text
    if line.sign or not line.pieces:
        yield " ", _with_attributes(subject, ", ".join(text for piece in line.pieces for _, text in _piece(piece)))
        return
    # A changed element has two rows, so that a diff fence colours the old and the new one.
    yield "-", _with_attributes(subject, _side(line.pieces, "-"))
    yield "+", _with_attributes(subject, _side(line.pieces, "+"))


def _with_attributes(subject: str, attributes: str) -> str:
    return f"{subject} ({attributes})" if attributes else subject


def _side(pieces: Sequence[TextPiece], wanted: str) -> str:
    return ", ".join(text for piece in pieces for sign, text in _piece(piece) if sign in {wanted, " "})


def _piece(piece: TextPiece) -> Iterator[tuple[str, str]]:
    match piece:
        case Swap(name=name):
            before, after = shown_swap(piece, None)
            for sign, side in (("-", before), ("+", after)):
                # A placeholder, such as (not returned), is neither removed nor added.
                yield " " if side.role is Role.UNSET else sign, _named(name, side.text)
        case Labelled(name, value):
            yield _SIGNS.get(value.role, " "), _named(name, shown_value(value, None).text)
        case Span(role=role):
            yield _SIGNS.get(role, " "), shown_value(piece, None).text


def _named(name: str, text: str) -> str:
    return f"{visible(name)} {text}" if name else text


ZERO_WIDTH: Final = "&#8203;"
"""Zero-width space. It keeps GitHub from linking; escapes do not, as GitHub links after decoding them."""

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

# GitHub links mentions, issue numbers (also GH-1) and URLs without any markup: a zero-width space goes after or before
# the character that these need. ``-``, ``+`` and ``=`` are markup only at the start, of a list or a heading.
_SPECIAL: Final = re.compile(
    r"(?P<after>@(?=\w)|(?<=[Gg][Hh])-(?=\d)|:(?=//))"
    r"|(?P<before>(?<=[Ww]{3})\.)"
    r"|(?P<number>#(?=\d))"
    r"|(?P<entity>[&<>])"
    r"|(?P<markup>[\\`*_\[\]~|$#]|\A[-+=])"
)

# A number with a dot or a parenthesis at the start of a text would begin an ordered list.
_NUMBERED: Final = re.compile(r"\A(\d+)([.)])")

_BACKTICKS: Final = re.compile(r"`+")


def prose(text: str) -> str:
    """Return text escaped for a paragraph, a quote or a table cell."""
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
    """Return text as a code span; with ``cell``, pipes are escaped, as tables are split before code is parsed."""
    shown = visible(text) or " "
    if cell:
        shown = shown.replace("|", r"\|")
    # More backticks than any run inside. A space is needed next to a backtick or space, and Markdown removes it again.
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.strip() and (shown[0] in " `" or shown[-1] in " `") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def linked(markdown: str, address: str) -> str:
    """Return Markdown as a link to an address, or unchanged when the address is empty."""
    return f"[{markdown}]({address})" if address else markdown


def fenced(lines: list[str], language: str) -> list[str]:
    """Return lines in a code fence that is longer than any run of backticks in them."""
    # A shorter run of backticks inside cannot close the fence.
    ticks = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    return [f"{ticks}{language}", *lines, ticks]


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Options for writing resources.

    ``address`` returns the URL of a position, empty for none. Fences with more lines than ``fold_above`` are collapsed,
    None for never. Lines of fences with more columns than ``break_at`` are broken, None for never.
    """

    address: Callable[[Position], str] = lambda _: ""
    fold_above: int | None = None
    break_at: int | None = None


_PLAIN: Final = Layout()

_WIDEST_LABEL: Final = 32
"""Columns of the longest label to which the values of a fence are aligned."""


def render_markdown(tree: ReportTree) -> str:
    """Return the whole report; every line ends with a line break."""
    pieces = [head_markdown(tree), *(section_markdown(section, tree) for section in tree.sections)]
    return "\n".join(piece for piece in pieces if piece)


def head_markdown(tree: ReportTree) -> str:
    """Return the title, the total and the sentences below it."""
    # Two spaces at the end of a line are a line break in Markdown.
    closings = [f"{_closing(closing)}  " for closing in tree.closings]
    notices = [line for notice in tree.notices for line in (f"> **{prose(notice)}**", "")]
    return _text(
        [f"## {prose(tree.title)}", "", *notices, f"**{_joined(tree.total)}**", *([""] if closings else []), *closings]
    )


def section_markdown(section: Section, tree: ReportTree) -> str:
    """Return a section with its resources, empty when it shows none of them."""
    entries = shown_entries(section)
    if not entries:
        return ""
    pieces = [f"### {prose(section.title)} ({len(entries):,})\n", *(entry_markdown(entry, tree) for entry in entries)]
    return "\n".join(pieces)


def shown_entries(section: Section) -> list[ReportEntryNode]:
    """Return the resources of a section that Markdown shows."""
    return [entry for entry in section.entries if entry.shown is not Shown.FULL]


def entry_markdown(entry: ReportEntryNode, tree: ReportTree, layout: Layout = _PLAIN, *, fences: bool = True) -> str:
    """Return one resource; without ``fences`` only its headline and remarks."""
    blocks = [block for block in entry.blocks if _shown(block)]
    lines = [_headline(entry, tree, layout)]
    # Consecutive changes share one fence; remarks between them are Markdown.
    for (fence, fold), group in groupby(blocks, key=_fencing):
        if fence and not fences:
            continue
        together = list(group)
        pieces = [_fence(together, layout, fold=fold)] if fence else [_block(block, layout) for block in together]
        for piece in pieces:
            lines += ["", *piece]
    return _text(lines)


def _fencing(block: Block) -> tuple[bool, bool]:
    """Return whether a block is in a fence, and whether that is folded."""
    if not isinstance(block, Line | Divider):
        return False, False
    return True, block.shown is Shown.FOLDED


def headline_markdown(entry: ReportEntryNode, tree: ReportTree, layout: Layout = _PLAIN) -> str:
    """Return one resource in one line."""
    return _text([_headline(entry, tree, layout)])


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _joined(spans: Sequence[Span]) -> str:
    # Escaped as one text: a mention or a URL can begin in one span and end in the next.
    return prose("".join(span.text for span in spans)).strip()


def _closing(closing: Closing) -> str:
    if closing.shown is Shown.FULL:
        # A closing that only the full form shows ends with a value to copy: the plan hash.
        *words, value = closing.spans
        return f"{_joined(words)} {code(value.text)}"
    return _joined(closing.spans)


def _shown(block: Block) -> bool:
    return not isinstance(block, Line | Divider) or block.shown is not Shown.BRIEF


def _headline(entry: ReportEntryNode, tree: ReportTree, layout: Layout) -> str:
    name = f"{code(entry.sign)} **{prose(entry.kind)}** {code(entry.name)}"
    target = f" on {code(entry.target)}" if tree.several_targets else ""
    notes = "".join(f" ({prose(note.text)})" for note in entry.notes)
    status = f": {_joined(entry.status)}" if entry.status else ""
    place = f" in {_place(entry.place, layout)}" if entry.place else ""
    return f"{name}{target}{notes}{place}{status}"


def _place(place: Position, layout: Layout) -> str:
    return linked(code(f"{place.file}:{place.line}"), layout.address(place))


def _fence(blocks: Sequence[Block], layout: Layout, *, fold: bool = False) -> list[str]:
    lines = [block for block in blocks if isinstance(block, Line)]
    held = any(line.held for line in lines)
    # A longer label moves its own value only: all values would be out of sight behind it.
    width = max((length for line in lines if (length := len(line.label)) <= _WIDEST_LABEL), default=0)
    rows = chain.from_iterable(_block_rows(block, width) for block in blocks)
    texts = [f"{visible(sign)} {part}".rstrip() for sign, text in rows for part in _broken(text, layout.break_at)]
    # diff colours + and - lines as changes, which actions that are held back are not.
    fence = fenced(texts, "text" if held else "diff")
    if not fold and (layout.fold_above is None or len(texts) <= layout.fold_above):
        return fence
    # No text of a resource in the summary: Markdown escapes do not apply inside HTML.
    summary = f"{len(texts):,} more lines" if fold else f"{len(texts):,} lines"
    return [f"<details><summary>{summary}</summary>", "", *fence, "", "</details>"]


def _broken(text: str, room: int | None) -> Iterator[str]:
    """Yield a row in parts of at most ``room`` columns; no space is lost."""
    while room is not None and columns(text) > room:
        end = max(1, cut(text, room))
        # The spaces stay at the start of the next part: two texts that differ only in spaces must not look alike.
        at = len(text[: text.rfind(" ", 0, end) + 1].rstrip(" ")) or end
        yield text[:at]
        text = f" {text[at:]}"
    yield text


def _block_rows(block: Block, width: int) -> Iterator[tuple[str, str]]:
    match block:
        case Line():
            yield from diffed(block, width)
        case Divider(text):
            yield "#", visible(text)
        case _:
            return


def _block(block: Block, layout: Layout) -> Iterator[str]:
    match block:
        case Remark():
            yield f"> {_remark(block, layout)}"
        case Quote(texts):
            yield from fenced([visible(text) for text in texts], "text")
        case Comparison():
            yield from _comparison(block)
        case Line() | Divider():
            yield from _fence([block], layout)
        case _:
            assert_never(block)


def _remark(remark: Remark, layout: Layout) -> str:
    word = f"**{prose(remark.word)}:** " if remark.word else ""
    path = f"{code(remark.path)}: " if remark.path else ""
    place = f" ({_place(remark.place, layout)})" if remark.place else ""
    return f"{word}{path}{prose(remark.text)}{place}"


def _comparison(comparison: Comparison) -> Iterator[str]:
    # A list and no table: three values side by side are wider than a phone.
    yield prose(comparison.title.capitalize())
    yield ""
    for field in comparison.fields:
        planned, now, wanted = map(_value, shown_moments(field))
        note = f". {prose(field.note)}" if field.note else ""
        yield f"- {code(field.path)}: planned from {planned}, now {now}, wanted {wanted}{note}"


def _value(span: Span) -> str:
    # As a code span, (unset) would look like a value.
    return prose(span.text) if span.role is Role.UNSET else code(span.text)
