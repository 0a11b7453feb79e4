"""Renderer for a report as one HTML page, which needs no other file and no network.

The template escapes all texts, after invisible characters have been spelled out. As a second defence, the page's
content security policy allows only its own style and script, each by its hash. The script only filters and unfolds
entries; without it, the whole report is visible.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final, assert_never

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from trueup import __version__
from trueup.errors import Diagnostic
from trueup.model.position import Position
from trueup.report.diagnostics import in_order, verdict_of
from trueup.report.layout import shown_moments
from trueup.report.markdown import diff_rows
from trueup.report.safe_text import visible
from trueup.report.tree import (
    SIGN_ROLES,
    Comparison,
    Divider,
    Line,
    Quote,
    Remark,
    ReportEntryNode,
    ReportTree,
    Role,
    Shown,
    Span,
    by_target,
    closing_texts,
    destroys,
    entries_of,
    words_of,
)
from trueup.report.values import counted

ROW_CLASSES: Final = {"+": "added", "-": "removed"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A warning next to a change, or the platform's name of the action."""

    text: str
    role: str


@dataclass(frozen=True, slots=True)
class _Change:
    """The rows of one field, each a class, a sign and a text; without rows, its label is a divider.

    ``again``: the change before it has the same label.
    """

    label: str
    rows: tuple[tuple[str, str, str], ...] = ()
    tags: tuple[Tag, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """The values of one field at planning, now, and as wanted, with a note."""

    path: str
    values: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBlock:
    """One block of an entry: changes, which can be folded, or moments under a title, or a sentence."""

    changes: tuple[_Change, ...] = ()
    folded: str = ""
    moments: tuple[Moment, ...] = ()
    word: str = ""
    text: str = ""
    role: str = Role.PLAIN


def shown_blocks(entry: ReportEntryNode) -> Iterator[ShownBlock]:
    """Yield the blocks of a resource; consecutive changes form one block, and the folded ones of them another."""
    # The page is the full form: unlike a terminal, it can fold what is too long.
    full = (block for block in entry.blocks if getattr(block, "shown", Shown.ALWAYS) is not Shown.BRIEF)
    for shown, group in groupby(full, key=lambda block: getattr(block, "shown", None)):
        blocks = [*group]
        changes = _repeated([_change(block) for block in blocks if isinstance(block, Line | Divider)])
        if changes:
            number = sum(len(change.rows) or 1 for change in changes)
            folded = f"{number:,} more lines" if shown is Shown.FOLDED else ""
            yield ShownBlock(changes=changes, folded=folded)
        for block in blocks:
            if not isinstance(block, Line | Divider):
                yield from _other_block(block)


def _repeated(changes: Sequence[_Change]) -> tuple[_Change, ...]:
    """Return the changes, of which those with the label of the one before are marked."""
    before = ("", *(change.label for change in changes))
    return tuple(replace(change, again=change.label == label) for change, label in zip(changes, before, strict=False))


def _change(line: Line | Divider) -> _Change:
    """Return one line or divider as a change."""
    if isinstance(line, Divider):
        return _Change(visible(line.text))
    # Actions that are held back have no colours: nothing is added or removed.
    colors = {} if line.held else ROW_CLASSES
    rows = tuple((colors.get(sign, ""), visible(sign), text) for sign, text in diff_rows(line))
    name = (Tag(visible(line.name), "action"),) if line.name else ()
    return _Change(visible(line.label), rows, (*name, *(Tag(visible(tag.text), tag.role.value) for tag in line.tags)))


def _other_block(block: Remark | Quote | Comparison) -> Iterator[ShownBlock]:
    match block:
        case Remark():
            path = f"{visible(block.path)}: " if block.path else ""
            place = f" ({visible(f'{block.place.file}:{block.place.line}')})" if block.place else ""
            yield ShownBlock(word=visible(block.word), text=f"{path}{visible(block.text)}{place}", role=block.role)
        case Quote(texts):
            yield from (ShownBlock(text=visible(text)) for text in texts)
        case Comparison(title, fields):
            moments = (
                Moment(visible(f.path), tuple(visible(span.text) for span in shown_moments(f)), visible(f.note))
                for f in fields
            )
            yield ShownBlock(text=visible(title.capitalize()), moments=tuple(moments))
        case _:
            assert_never(block)


_FOLDER: Final = Path(__file__).parent

MOST_OPEN: Final = 40
"""Number of resources up to which all of them are unfolded."""

MOST_NAMED: Final = 20
"""Resources that the warning about destructive changes names; it counts the others."""

_Address = Callable[[Position], str]
"""Return the URL of a position in a file, or an empty text."""


@dataclass(frozen=True, slots=True)
class Link:
    """A text with a URL; the URL is empty for a text without a link."""

    text: str
    address: str


def render_html(  # noqa: PLR0913 - one keyword a part of the page
    tree: ReportTree | None,
    *,
    command: str,
    diagnostics: Sequence[Diagnostic] = (),
    error: str = "",
    digest: str = "",
    closing: str = "",
    origin: Sequence[Link] = (),
    address: _Address | None = None,
) -> str:
    """Return the page about a run; ``tree`` is its report, None for a run that ended without one.

    ``closing`` is the verdict of a run without a tree. ``origin`` are links to the commit and the run. With
    ``address``, positions in files are links.
    """
    # Inlined: the page is sent around as one file, and its policy allows no other source.
    style, script = (_FOLDER.joinpath(name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return _template().render(
        title=visible(f"trueup {command}"),
        style=Markup(style),  # noqa: S704 - our own file, without any value
        script=Markup(script),  # noqa: S704 - the same
        style_hash=_hash(style),
        script_hash=_hash(script),
        notices=[visible(notice) for notice in tree.notices] if tree else [],
        total=[_visible(span) for span in verdict_of(tree, diagnostics, error, closing)],
        error=visible(error),
        closings=[visible(text) for text in closing_texts(tree)] if tree else [],
        warning=_warning(tree) if tree else None,
        targets=_targets(tree) if tree else None,
        problems=[_problem(diagnostic, address) for diagnostic in in_order(diagnostics)],
        counts=[(visible(word), tree.counts[word]) for word in words_of(tree)] if tree else [],
        sections=list(_sections(tree, address)) if tree else [],
        digest=digest,
        origin=[Link(visible(link.text), link.address) for link in origin],
        footer=f"trueup {__version__}",
    )


@cache
def _template() -> Template:
    loader = FileSystemLoader(_FOLDER)
    # autoescape: no value can add markup. StrictUndefined: a misspelled name in the template is an error.
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True).get_template(
        "report.html.jinja"
    )


def _hash(text: str) -> str:
    """Return the source expression that allows this text as style or script in a content security policy."""
    # The policy compares hashes of the exact text between the tags.
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _visible(span: Span) -> Span:
    return Span(visible(span.text), span.role)


def _joined(spans: Sequence[Span]) -> str:
    return visible("".join(span.text for span in spans))


def _warning(tree: ReportTree) -> dict[str, object] | None:
    """Return the names of resources with changes that cannot be undone, or None."""
    destroyed = [entry for entry in entries_of(tree) if destroys(entry)]
    if not destroyed:
        return None
    # Above all sections, so that a deletion is seen before it is approved.
    named = [(visible(entry.kind), visible(entry.name)) for entry in destroyed[:MOST_NAMED]]
    return {"number": counted(len(destroyed), "resource"), "named": named, "more": len(destroyed) - len(named)}


def _targets(tree: ReportTree) -> dict[str, object] | None:
    """Return a table of counts by target, or None for a single target."""
    counts, words = by_target(tree), words_of(tree)
    if len(counts) < 2:  # noqa: PLR2004 - one target needs no table: the total is enough
        return None
    rows = [(visible(target), [found[word] for word in words]) for target, found in counts.items()]
    return {"words": list(map(visible, words)), "rows": rows}


def _place(place: Position | None, address: _Address | None, *, column: bool = False) -> Link | None:
    if place is None:
        return None
    text = str(place) if column else f"{place.file}:{place.line}"
    return Link(visible(text), address(place) if address else "")


def _problem(diagnostic: Diagnostic, address: _Address | None) -> dict[str, object]:
    texts = {name: visible(getattr(diagnostic, name)) for name in ("code", "message", "path", "allowed", "hint")}
    place = _place(diagnostic.position, address, column=True)
    return {**texts, "place": place, "severity": diagnostic.severity.value}


def _sections(tree: ReportTree, address: _Address | None) -> Iterator[dict[str, object]]:
    # A page with hundreds of unfolded resources cannot be overviewed.
    several = sum(len(section.entries) for section in tree.sections) > MOST_OPEN
    for section in tree.sections:
        entries = [_entry(entry, address, unfold=not several) for entry in section.entries]
        yield {"title": visible(section.title), "entries": entries}


def _entry(entry: ReportEntryNode, address: _Address | None, *, unfold: bool) -> dict[str, object]:
    # Many statuses say more than the word, such as the number of requests.
    about = [f"on {entry.target}", *(note.text for note in entry.notes), _joined(entry.status) or entry.word]
    return {
        "sign": entry.sign.value,
        "role": SIGN_ROLES[entry.sign].value,
        "word": visible(entry.word),
        "kind": visible(entry.kind),
        "name": visible(entry.name),
        "about": visible(", ".join(about)),
        "place": _place(entry.place, address),
        "blocks": list(shown_blocks(entry)),
        "open": unfold,
    }
