"""Lay out what is said of one resource as the page's template needs it: changes, tables, sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, assert_never

from trueup.report.diffed import diff_rows
from trueup.report.layout import shown_moments
from trueup.report.safe_text import visible
from trueup.report.tree import Comparison, Divider, Entry, Line, Quote, Remark, Role, Shown

ROW_CLASSES: Final = {"+": "added", "-": "removed"}


@dataclass(frozen=True, slots=True)
class Tag:
    """Hold a warning beside a change."""

    text: str
    role: str


@dataclass(frozen=True, slots=True)
class Change:
    """Hold one field's rows (class, sign, text); without rows its label parts the changes above from those below."""

    label: str
    rows: tuple[tuple[str, str, str], ...] = ()
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """Hold one field at three moments, and what is to be said of it."""

    path: str
    values: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBlock:
    """Hold one block: changes, or moments under a title, or a sentence."""

    changes: tuple[Change, ...] = ()
    moments: tuple[Moment, ...] = ()
    word: str = ""
    text: str = ""
    role: str = Role.PLAIN


def shown_blocks(entry: Entry) -> Iterator[ShownBlock]:
    """Yield the blocks of a resource, changes that follow each other as one."""
    changes: list[Change] = []
    for block in entry.blocks:
        match block:
            case Line():
                if block.shown is not Shown.BRIEF:
                    changes.append(_change(block))
            case Divider(text, shown):
                if shown is not Shown.BRIEF:
                    changes.append(Change(visible(text)))
            case _:
                if changes:
                    yield ShownBlock(changes=tuple(changes))
                    changes = []
                yield from _beside(block)
    if changes:
        yield ShownBlock(changes=tuple(changes))


def _change(line: Line) -> Change:
    """Return one line; what is held back is not coloured as if it were done."""
    colors = {} if line.held else ROW_CLASSES
    rows = tuple((colors.get(sign, ""), sign, text) for sign, text in diff_rows(line))
    return Change(visible(line.label), rows, tuple(Tag(tag.text, tag.role.value) for tag in line.tags))


def _beside(block: Remark | Quote | Comparison) -> Iterator[ShownBlock]:
    match block:
        case Remark():
            path = f"{visible(block.path)}: " if block.path else ""
            place = f" ({visible(f'{block.place.file}:{block.place.line}')})" if block.place else ""
            yield ShownBlock(word=block.word, text=f"{path}{visible(block.text)}{place}", role=block.role)
        case Quote(texts):
            yield from (ShownBlock(text=visible(text)) for text in texts)
        case Comparison(title, fields):
            moments = (
                Moment(visible(f.path), tuple(visible(span.text) for span in shown_moments(f)), visible(f.note))
                for f in fields
            )
            yield ShownBlock(text=title.capitalize(), moments=tuple(moments))
        case _:
            assert_never(block)
