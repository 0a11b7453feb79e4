"""The reports of adopt and import, and their members of the JSON document."""

from collections.abc import Iterator, Sequence
from typing import Final

from trueup.edit.adopt import Adoption
from trueup.edit.describe import Described, Imported, Imports, NotImported
from trueup.model.lookalikes import spelled_out
from trueup.model.plan import Fate, PlannedAction
from trueup.model.position import Position
from trueup.plan.codec import JsonObject, to_json
from trueup.plan.drift_document import changed
from trueup.report.actions import action_line, field_path, first_of, within_bound
from trueup.report.plan import several_targets
from trueup.report.tree import (
    Block,
    Closing,
    Divider,
    Line,
    Remark,
    ReportEntryNode,
    ReportRow,
    ReportTree,
    Role,
    Section,
    Shown,
    Sign,
    Span,
    identity_fields,
)
from trueup.report.values import counted, unread_closing

NOT_WRITABLE: Final = {
    Fate.DELETED: "it was deleted live. Restore it with trueup apply, or write a tombstone (lifecycle.state: absent).",
    Fate.RETURNED: "it is live although it should be deleted. Delete it with trueup apply, or keep it in a manifest.",
    Fate.UNREADABLE: "it could not be read.",
    Fate.UNKNOWN: "its manifest in the base could not be read, so it is unknown what was changed live.",
}
"""Why nothing can be written for a resource, by its fate."""

_PENDING: Final = "merged, not yet applied: nothing to adopt."

_REVIEW_ADOPTED: Final = Closing((Span("Review the files with git diff before you commit them."),))


def adopted_tree(adoptions: Sequence[Adoption], *, written: bool) -> ReportTree:
    """Return the report of adopt; without ``written`` it shows what would be written."""
    taken = [adoption for adoption in adoptions if adoption.taken]
    # A resource can be in both sections: some of its changes are written, others are not.
    left = [adoption for adoption in adoptions if adoption.refused or adoption.drift.fate in NOT_WRITABLE]
    waiting = [adoption for adoption in adoptions if adoption.drift.pending]
    values = sum(len(adoption.taken) for adoption in taken)
    sections = [
        Section(title="Left to you", entries=tuple(map(_left, left)), announced=True),
        Section(title="Adopted" if written else "To be adopted", entries=tuple(map(_taken, taken)), announced=True),
        Section(title="Merged, not yet applied", entries=tuple(map(_waiting, waiting)), announced=True),
    ]
    return ReportTree(
        title="Adopt",
        total=_total(values, len(taken), len(left), written=written),
        counts={"taken": len(taken), "left": len(left)},
        sections=tuple(section for section in sections if section.entries),
        closings=(_REVIEW_ADOPTED,) if taken and written else (),
        several_targets=several_targets(adoption.drift.identity for adoption in adoptions),
    )


def adopted_to_json(adoptions: Sequence[Adoption]) -> list[JsonObject]:
    """Return for each resource the adopted changes, and the others with the reasons."""
    return [
        {
            "identity": to_json(adoption.drift.identity),
            "position": to_json(adoption.drift.position),
            "taken": [_change_to_json(adoption, change) for change in adoption.taken],
            "left": [
                {"change": _change_to_json(adoption, change), "reason": reason} for change, reason in adoption.refused
            ],
            "reason": _reason(adoption),
        }
        for adoption in adoptions
    ]


def _change_to_json(adoption: Adoption, change: PlannedAction) -> JsonObject:
    document: JsonObject = to_json(changed(adoption.drift.identity.kind, change))
    return document


def _reason(adoption: Adoption) -> str:
    """Return why nothing can be written for a resource, empty if something can."""
    reason = NOT_WRITABLE.get(adoption.drift.fate, _PENDING if adoption.drift.fate is Fate.PENDING else "")
    # Only here is there an error of the platform that explains more than the fate does.
    if adoption.drift.fate is Fate.UNREADABLE and adoption.drift.error:
        return f"{reason.removesuffix('.')}: {adoption.drift.error}"
    return reason


def _taken(adoption: Adoption) -> ReportEntryNode:
    kind = adoption.drift.identity.kind
    changes, omitted = within_bound(adoption.taken)
    lines = [action_line(kind, change, held=False, tag_cause=False) for change in changes]
    return _entry(adoption, Sign.UPDATE, "taken", (*lines, *omitted))


def _left(adoption: Adoption) -> ReportEntryNode:
    kind = adoption.drift.identity.kind
    blocks: list[Block] = []
    changes, omitted = first_of(adoption.refused, "change")
    for change, reason in changes:
        # Held: the change stays live, and no file gets it.
        blocks.append(action_line(kind, change, held=True, tag_cause=False))
        blocks.append(
            Remark(word="not written", text=f"{reason.removesuffix('.')}.", role=Role.CAUTION, place=change.position)
        )
    blocks += omitted
    if adoption.drift.fate in NOT_WRITABLE:
        blocks.append(Remark(word="not written", text=_reason(adoption), role=Role.CAUTION))
    return _entry(adoption, Sign.PROBLEM, "left", tuple(blocks))


def _waiting(adoption: Adoption) -> ReportEntryNode:
    remark = Remark(word="", text=_PENDING, role=Role.MUTED)
    return _entry(adoption, Sign.WAITING, Fate.PENDING, (remark,))


def _entry(adoption: Adoption, sign: Sign, word: str, blocks: tuple[Block, ...]) -> ReportEntryNode:
    drift = adoption.drift
    return ReportEntryNode(**identity_fields(drift.identity), sign=sign, word=word, place=drift.position, blocks=blocks)


def _total(values: int, taken: int, left: int, *, written: bool) -> tuple[Span, ...]:
    if not taken and not left:
        return (Span("Nothing to adopt. ", Role.STRONG), Span("Live has not drifted."))
    verb = "Wrote" if written else "Would write"
    counts = f"{verb} {counted(values, 'change')} of {counted(taken, 'resource')} into the manifests"
    return (Span(counts), Span(f"; {counted(left, 'resource')} left to you.", Role.CAUTION) if left else Span("."))


_REVIEW_IMPORTED: Final = "Review the files, then run trueup plan: it finds no changes{}."
_NOT_RETURNED: Final = (
    "Fields that the platform did not return are in no manifest and not managed. --verbose and --format json list them."
)


def imported_tree(imports: Imports) -> ReportTree:
    """Return the report of import."""
    sections = (
        Section(title="Left to you", entries=tuple(map(_not_imported, imports.not_imported)), announced=True),
        Section(
            title="Written" if imports.written else "To be written",
            entries=tuple(map(imported_entry, imports.imported)),
            announced=True,
        ),
        Section(title="Already has a manifest", entries=tuple(map(described_entry, imports.described)), announced=True),
    )
    return ReportTree(
        title="Import",
        total=_import_total(imports),
        counts={
            "imported": len(imports.imported),
            "left": len(imports.not_imported),
            "described": len(imports.described),
        },
        sections=tuple(section for section in sections if section.entries),
        closings=tuple(_closings(imports)),
        # Resources that were not imported may have no identity.
        several_targets=several_targets(imported.identity for imported in imports.imported),
    )


def imported_to_json(imports: Imports) -> JsonObject:
    """Return the imported resources, the others with the reasons, and those that already have a manifest."""
    return {
        "written": imports.written,
        "imported": [
            {
                "identity": to_json(imported.identity),
                "file": imported.file,
                "manifest": imported.description.text,
                "left": [{"path": path, "reason": reason} for path, reason in imported.description.omitted],
                "notReturned": list(imported.description.not_returned),
                "proposed": list(imported.description.proposed),
                "follows": list(imported.description.follows),
            }
            for imported in imports.imported
        ],
        "left": [
            {"kind": found.kind, "name": found.name, "target": found.target, "reason": found.reason}
            for found in imports.not_imported
        ],
        "described": [
            {"identity": to_json(known.identity), "position": to_json(known.position)} for known in imports.described
        ],
    }


def imported_entry(imported: Imported, shown: Shown = Shown.FULL) -> ReportEntryNode:
    """Return the entry of a new manifest; ``shown`` says when its text is shown."""
    return ReportEntryNode(
        **identity_fields(imported.identity),
        sign=Sign.CREATE,
        word="imported",
        # The manifest begins the new file, which has no other document.
        place=Position(imported.file, 1, 1),
        blocks=tuple(_blocks(imported, shown)),
    )


def _blocks(imported: Imported, shown: Shown) -> Iterator[Block]:
    description = imported.description
    for path, reason in description.omitted:
        yield Remark(word="left out", path=field_path(path), text=f"{reason}.", role=Role.CAUTION)
    if description.proposed:
        paths = ", ".join(map(field_path, description.proposed))
        text = f"the platform masks these values, and their variables are proposals: {paths}."
        yield Remark(word="to correct", text=text, role=Role.CAUTION)
    yield from (Remark(word="note", text=reason, role=Role.MUTED) for reason in description.follows)
    # The whole manifest, so that --dry-run --verbose shows what would be written.
    rows = tuple(ReportRow("+", line) for line in description.text.splitlines())
    yield Line(label="", rows=rows, shown=shown)
    if description.not_returned:
        paths = ", ".join(map(field_path, description.not_returned))
        yield Divider(f"not returned by the platform: {paths}", shown=Shown.FULL)


def _not_imported(found: NotImported) -> ReportEntryNode:
    return ReportEntryNode(
        sign=Sign.PROBLEM,
        word="left",
        kind=found.kind,
        # Without a name it is about a whole target, which the headline then names instead of a resource.
        name=spelled_out(found.name) or f"target {found.target}",
        target=found.target if found.name else "",
        blocks=(Remark(word="not written", text=f"{found.reason}.", role=Role.CAUTION),),
    )


def described_entry(known: Described) -> ReportEntryNode:
    """Return the entry of a resource that already has a manifest."""
    return ReportEntryNode(
        **identity_fields(known.identity), sign=Sign.SAME, word="described", place=known.position, shown=Shown.FULL
    )


def _import_total(imports: Imports) -> tuple[Span, ...]:
    count, left, known = len(imports.imported), len(imports.not_imported), len(imports.described)
    if not count and not left:
        reason = f": {'it already has' if known == 1 else f'all {known:,} already have'} a manifest" if known else ""
        return (Span(f"Nothing to import{reason}.", Role.STRONG),)
    verb = "Wrote" if imports.written else "Would write"
    spans = [Span(f"{verb} {counted(count, 'manifest')}", Role.STRONG)]
    if left:
        spans += [Span("; "), Span(f"{left:,} left to you", Role.CAUTION)]
    if known:
        spans.append(Span(f"; {known:,} already {'has' if known == 1 else 'have'} one"))
    return (*spans, Span("."))


def _closings(imports: Imports) -> Iterator[Closing]:
    # Without a name it is about a whole target.
    unread = (found.target for found in imports.not_imported if found.failed and not found.name)
    yield from unread_closing((target, False) for target in unread)
    if any(imported.description.not_returned for imported in imports.imported):
        yield Closing((Span(_NOT_RETURNED, Role.MUTED),))
    if imports.imported and imports.written:
        follow = any(imported.description.follows for imported in imports.imported)
        yield Closing((Span(_REVIEW_IMPORTED.format(" of values" if follow else " for them")),))
