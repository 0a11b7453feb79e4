"""The report of an import from a spreadsheet, and its members of the JSON document."""

from collections.abc import Iterator, Mapping, Sequence

from trueup.edit.describe import Imports
from trueup.edit.set_values import ManifestEdit
from trueup.model.identity import Identity
from trueup.model.position import Position
from trueup.plan.codec import JsonObject
from trueup.report.plan import several_targets
from trueup.report.set_values import edit_entry, set_to_json
from trueup.report.tree import Closing, ReportTree, Role, Section, Shown, Sign, Span
from trueup.report.values import counted
from trueup.report.writeback import described_entry, imported_entry, imported_to_json

_REVIEW = "Review the files with git diff, then run trueup plan."


def spreadsheet_tree(
    imports: Imports, edits: Sequence[ManifestEdit], places: Mapping[Identity, Position], ignored: Sequence[str]
) -> ReportTree:
    """Return the report; ``edits`` are the changed manifests, ``ignored`` the columns that the map leaves out."""
    written = imports.written
    shown = Shown.FULL if written else Shown.ALWAYS
    sections = (
        Section(
            title="Changed" if written else "To be changed",
            entries=tuple(edit_entry(edit, places[edit.identity], Sign.UPDATE) for edit in edits),
            announced=True,
        ),
        Section(
            title="Written" if written else "To be written",
            entries=tuple(imported_entry(imported, shown) for imported in imports.imported),
            announced=True,
        ),
        Section(title="Unchanged", entries=tuple(map(described_entry, imports.described)), announced=True),
    )
    identities = [*(new.identity for new in imports.imported), *(edit.identity for edit in edits)]
    return ReportTree(
        title="Import",
        total=_total(imports, edits),
        counts={"imported": len(imports.imported), "changed": len(edits), "same": len(imports.described)},
        sections=tuple(section for section in sections if section.entries),
        closings=tuple(_closings(imports, edits, ignored)),
        several_targets=several_targets(identities),
    )


def spreadsheet_to_json(
    imports: Imports, edits: Sequence[ManifestEdit], places: Mapping[Identity, Position], ignored: Sequence[str]
) -> JsonObject:
    """Return the members of an import, the changes of existing manifests, and the columns that were not used."""
    return {**imported_to_json(imports), "changed": set_to_json(edits, places), "ignoredColumns": list(ignored)}


def _total(imports: Imports, edits: Sequence[ManifestEdit]) -> tuple[Span, ...]:
    same = f"{counted(len(imports.described), 'manifest')} unchanged" if imports.described else ""
    parts = [f"{counted(len(imports.imported), 'new manifest')}"] if imports.imported else []
    parts += [f"{counted(sum(len(e.changes) for e in edits), 'change')} of {counted(len(edits), 'manifest')}"] * bool(
        edits
    )
    if not parts:
        return (Span("Nothing to write", Role.STRONG), Span(f": {same}." if same else "."))
    verb = "Wrote" if imports.written else "Would write"
    return (Span(f"{verb} {' and '.join(parts)}", Role.STRONG), Span(f"; {same}." if same else "."))


def _closings(imports: Imports, edits: Sequence[ManifestEdit], ignored: Sequence[str]) -> Iterator[Closing]:
    if ignored:
        yield Closing((Span(f"Columns that are not in the map: {', '.join(ignored)}.", Role.MUTED),))
    if imports.written and (imports.imported or edits):
        yield Closing((Span(_REVIEW),))
