"""Render a report as one HTML page that needs nothing else: no file beside it, no network, and no script.

The page forbids itself everything but its own style and its own script, each named by its hash, so that a value that
got through as markup would still do nothing. Everything is escaped by the template; what cannot be seen is spelled
out before. The script only filters; without it everything is shown.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from trueup import __version__
from trueup.errors import Diagnostic
from trueup.report.diagnostics import in_order
from trueup.report.diffed import diffed
from trueup.report.lines import shown_moments
from trueup.report.tree import Block, Comparison, Divider, Entry, Line, Quote, Remark, Role, Shown, Span, Tree
from trueup.report.visible import visible

_FOLDER: Final = Path(__file__).parent

ROW_CLASSES: Final = {"+": "added", "-": "removed"}

MOST_OPEN: Final = 40
"""Resources up to which those with something to say are unfolded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """Hold one block as the template needs it: rows (class, sign, text), moments of fields, or a sentence."""

    rows: tuple[tuple[str, str, str], ...] | None = None
    title: str = ""
    moments: tuple[tuple[str, ...], ...] = ()
    word: str = ""
    text: str = ""
    role: str = Role.PLAIN


def render_html(
    tree: Tree | None, *, command: str, diagnostics: Sequence[Diagnostic] = (), error: str = "", digest: str = ""
) -> str:
    """Return the page about a run that came to ``tree``, or to none."""
    style, script = (_FOLDER.joinpath(name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return _template().render(
        title=visible(f"trueup {command}"),
        style=Markup(style),  # noqa: S704 - our own file, without a value of anybody's
        script=Markup(script),  # noqa: S704 - the same
        style_hash=_hash(style),
        script_hash=_hash(script),
        total=[_visible(span) for span in tree.total] if tree else [],
        error=visible(error),
        closings=_closings(tree),
        problems=[_problem(diagnostic) for diagnostic in in_order(diagnostics)],
        counts=[(word, number) for word, number in tree.counts.items() if number] if tree else [],
        sections=list(_sections(tree)) if tree else [],
        digest=digest,
        footer=f"trueup {__version__}",
    )


def _template() -> Template:
    loader = FileSystemLoader(_FOLDER)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True).get_template(
        "report.html.jinja"
    )


def _hash(text: str) -> str:
    """Return the name under which a page allows this text as style or script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _visible(span: Span) -> Span:
    return Span(visible(span.text), span.role)


def _said(spans: Sequence[Span]) -> str:
    return visible("".join(span.text for span in spans))


def _closings(tree: Tree | None) -> list[str]:
    return [_said(closing.spans) for closing in tree.closings if closing.shown is not Shown.FULL] if tree else []


def _problem(diagnostic: Diagnostic) -> dict[str, str]:
    told = {name: visible(getattr(diagnostic, name)) for name in ("code", "message", "path", "allowed", "hint")}
    return {**told, "place": visible(str(diagnostic.position)), "severity": diagnostic.severity.value}


def _sections(tree: Tree) -> Iterator[dict[str, object]]:
    several = sum(len(section.entries) for section in tree.sections) > MOST_OPEN
    for section in tree.sections:
        entries = [_entry(entry, unfold=not several) for entry in section.entries]
        yield {"title": section.title, "entries": entries}


def _entry(entry: Entry, *, unfold: bool) -> dict[str, object]:
    blocks = [
        block for block in entry.blocks if not isinstance(block, Line | Divider) or block.shown is not Shown.BRIEF
    ]
    about = [f"on {entry.target}", *(note.text for note in entry.notes), _said(entry.status) or entry.word]
    return {
        "sign": entry.sign.value,
        "word": entry.word,
        "kind": entry.kind,
        "name": visible(entry.name),
        "about": visible(", ".join(about)),
        "place": visible(f"{entry.place.file}:{entry.place.line}") if entry.place else "",
        "blocks": list(_blocks(blocks)),
        "open": unfold and bool(blocks),
    }


def _blocks(blocks: Sequence[Block]) -> Iterator[_Shown]:
    """Return the blocks, lines that follow each other as one difference."""
    width = max((len(block.label) for block in blocks if isinstance(block, Line)), default=0)
    rows: list[tuple[str, str, str]] = []
    for block in blocks:
        match block:
            case Line():
                colors = {} if block.held else ROW_CLASSES
                rows += [(colors.get(sign, ""), sign, text) for sign, text in diffed(block, width)]
            case Divider(text):
                rows.append(("divider", "#", visible(text)))
            case _:
                if rows:
                    yield _Shown(rows=tuple(rows))
                    rows = []
                yield from _beside(block)
    if rows:
        yield _Shown(rows=tuple(rows))


def _beside(block: Remark | Quote | Comparison) -> Iterator[_Shown]:
    match block:
        case Remark():
            path = f"{visible(block.path)}: " if block.path else ""
            place = f" ({visible(f'{block.place.file}:{block.place.line}')})" if block.place else ""
            yield _Shown(word=block.word, text=f"{path}{visible(block.text)}{place}", role=block.role)
        case Quote(texts):
            yield from (_Shown(text=visible(text)) for text in texts)
        case Comparison(title, fields):
            moments = ((f.path, *(span.text for span in shown_moments(f)), f.note) for f in fields)
            yield _Shown(title=title.capitalize(), moments=tuple(tuple(map(visible, cells)) for cells in moments))
        case _:
            assert_never(block)
