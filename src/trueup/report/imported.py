"""Build the report of manifests that were written for what is live, and its JSON."""

from collections.abc import Iterator
from typing import Final

from trueup.edit.imports import Described, Imported, Imports, NotImported
from trueup.model.lookalikes import spelled_out
from trueup.model.position import Position
from trueup.plan.codec import JsonObject, to_json
from trueup.report.plan import several_targets
from trueup.report.tree import Block, Closing, Divider, Entry, Line, Remark, Role, Row, Section, Shown, Sign, Span, Tree
from trueup.report.words import counted

REVIEW: Final = "Review the files, then: trueup plan. It has nothing to do for them."
UNSEEN: Final = (
    "What the platform did not return is in no manifest: it is not managed. --verbose and --format json name it."
)


def imported_tree(imports: Imports) -> Tree:
    """Return the report."""
    sections = (
        Section(title="Left to you", entries=tuple(map(_not_imported, imports.not_imported)), announced=True),
        Section(
            title="Written" if imports.written else "To be written",
            entries=tuple(map(_imported, imports.imported)),
            announced=True,
        ),
        Section(title="Has a manifest already", entries=tuple(map(_described, imports.described)), announced=True),
    )
    return Tree(
        title="Import",
        total=_total(imports),
        counts={
            "imported": len(imports.imported),
            "left": len(imports.not_imported),
            "described": len(imports.described),
        },
        sections=tuple(section for section in sections if section.entries),
        closings=tuple(_closings(imports)),
        several_targets=several_targets(imported.identity for imported in imports.imported),
    )


def imported_to_json(imports: Imports) -> JsonObject:
    """Return what was written, what was not and why, and what has a manifest already."""
    return {
        "written": imports.written,
        "imported": [
            {
                "identity": to_json(imported.identity),
                "file": imported.file,
                "manifest": imported.description.text,
                "left": [{"path": path, "reason": reason} for path, reason in imported.description.left],
                "notReturned": list(imported.description.not_returned),
            }
            for imported in imports.imported
        ],
        "left": [
            {"kind": left.kind, "name": left.name, "target": left.target, "reason": left.reason}
            for left in imports.not_imported
        ],
        "described": [
            {"identity": to_json(known.identity), "position": to_json(known.position)} for known in imports.described
        ],
    }


def _imported(imported: Imported) -> Entry:
    identity = imported.identity
    return Entry(
        sign=Sign.CREATE,
        word="imported",
        kind=identity.kind,
        name=identity.shown,
        target=identity.target,
        place=Position(imported.file, 1, 1),
        blocks=tuple(_blocks(imported)),
    )


def _blocks(imported: Imported) -> Iterator[Block]:
    told = imported.description
    for path, reason in told.left:
        yield Remark(word="left out", path=path, text=f"{reason}.", role=Role.CAUTION)
    rows = tuple(Row("+", line) for line in told.text.splitlines())
    yield Line(label="", rows=rows, shown=Shown.FULL)
    if told.not_returned:
        yield Divider(f"not returned by the platform: {', '.join(told.not_returned)}", shown=Shown.FULL)


def _not_imported(left: NotImported) -> Entry:
    return Entry(
        sign=Sign.PROBLEM,
        word="left",
        kind=left.kind,
        name=spelled_out(left.name) or f"target {left.target}",
        target=left.target if left.name else "",
        place=None,
        blocks=(Remark(word="not written", text=f"{left.reason}.", role=Role.CAUTION),),
    )


def _described(known: Described) -> Entry:
    identity = known.identity
    return Entry(
        sign=Sign.SAME,
        word="described",
        kind=identity.kind,
        name=identity.shown,
        target=identity.target,
        place=known.position,
        shown=Shown.FULL,
    )


def _total(imports: Imports) -> tuple[Span, ...]:
    count, left, known = len(imports.imported), len(imports.not_imported), len(imports.described)
    if not count and not left:
        told = f": {'it has' if known == 1 else f'all {known:,} have'} a manifest already" if known else ""
        return (Span(f"Nothing to import{told}.", Role.STRONG),)
    verb = "Wrote" if imports.written else "Would write"
    spans = [Span(f"{verb} {counted(count, 'manifest')}", Role.STRONG)]
    if left:
        spans += [Span("; "), Span(f"{left:,} left to you", Role.CAUTION)]
    if known:
        spans.append(Span(f"; {known:,} {'has' if known == 1 else 'have'} one already"))
    return (*spans, Span("."))


def _closings(imports: Imports) -> Iterator[Closing]:
    if any(imported.description.not_returned for imported in imports.imported):
        yield Closing((Span(UNSEEN, Role.MUTED),))
    if imports.imported and imports.written:
        yield Closing((Span(REVIEW),))
