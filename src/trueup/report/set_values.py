"""The report of set, and its members of the JSON document."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from trueup.edit.set_values import ManifestEdit
from trueup.kinds.tree import spelled
from trueup.manifest.positions import dotted
from trueup.manifest.variants import VARIANTS
from trueup.model.identity import Identity
from trueup.model.position import Position
from trueup.plan.codec import JsonObject, to_json
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
from trueup.report.values import counted

_REVIEW = Closing((Span("Review the files with git diff, then run trueup plan."),))


def set_tree(edits: Sequence[ManifestEdit], places: Mapping[Identity, Position], *, written: bool) -> ReportTree:
    """Return the report; without ``written`` it shows what would be written."""
    changed = [edit for edit in edits if edit.changes]
    same = [edit for edit in edits if not edit.changes]
    sections = (
        Section(
            title="Set" if written else "To be set",
            entries=tuple(edit_entry(edit, places[edit.identity], Sign.UPDATE) for edit in changed),
        ),
        Section(
            title="Already set",
            entries=tuple(edit_entry(edit, places[edit.identity], Sign.SAME) for edit in same),
            announced=True,
        ),
    )
    return ReportTree(
        title="Set",
        total=_total(changed, same, written=written),
        counts={"set": len(changed), "same": len(same)},
        sections=tuple(section for section in sections if section.entries),
        closings=(_REVIEW,) if changed and written else (),
        several_targets=any(map(_of_several, edits)) or several_targets(edit.identity for edit in edits),
    )


def _of_several(edit: ManifestEdit) -> bool:
    """Return whether an edit is of a manifest for several targets, so that its targets must be shown."""
    return bool(edit.targets) or any(change.path[0] == VARIANTS for change in edit.changes)


def set_to_json(edits: Sequence[ManifestEdit], places: Mapping[Identity, Position]) -> list[JsonObject]:
    """Return for each resource its changes and the changed lines of its file."""
    return [
        {
            "identity": to_json(edit.identity),
            "position": to_json(places[edit.identity]),
            "changes": [
                {"path": dotted(change.path), "before": _plain(change.before), "after": _plain(change.after)}
                for change in edit.changes
            ],
            "diff": list(edit.lines),
            "targets": list(edit.targets),
            "overridden": [{"path": dotted(p), "targets": list(names)} for p, names in edit.overridden.items()],
        }
        for edit in edits
    ]


def edit_entry(edit: ManifestEdit, place: Position, sign: Sign) -> ReportEntryNode:
    """Return the entry of a manifest with its changed lines."""
    of_resource = identity_fields(edit.identity)
    return ReportEntryNode(
        kind=of_resource["kind"],
        name=of_resource["name"],
        target=", ".join(edit.targets) or of_resource["target"],
        sign=sign,
        word="set" if edit.changes else "same",
        place=place,
        blocks=(*_blocks(edit.lines), *_overridden(edit)),
        shown=Shown.ALWAYS if edit.changes or edit.overridden else Shown.FULL,
    )


def _overridden(edit: ManifestEdit) -> Iterator[Remark]:
    """Yield which targets keep another value, because their variants have one."""
    for path, names in edit.overridden.items():
        text = (
            f"{dotted(path)} stays as it is on {', '.join(names)}: variants has a value for it. Set it with --target."
        )
        yield Remark(word="kept", text=text, role=Role.CAUTION)


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Yield the places of a unified difference, each as one line, so that none of them is shortened."""
    starts = [number for number, line in enumerate(lines) if line.startswith("@@")]
    for start, end in pairwise([*starts, len(lines)]):
        if start:
            yield Divider("…")
        yield Line(label="", rows=tuple(ReportRow(line[:1], line[1:]) for line in lines[start + 1 : end]))


def _total(changed: Sequence[ManifestEdit], same: Sequence[ManifestEdit], *, written: bool) -> tuple[Span, ...]:
    if not changed:
        have = "has" if len(same) == 1 else "have"
        return (Span("Nothing to set. ", Role.STRONG), Span(f"{counted(len(same), 'manifest')} already {have} it."))
    fields = counted(sum(len(edit.changes) for edit in changed), "field")
    verb = "Set" if written else "Would set"
    already = f"; {counted(len(same), 'manifest')} unchanged" if same else ""
    return (Span(f"{verb} {fields} of {counted(len(changed), 'manifest')}{already}."),)


def _plain(value: object) -> object:
    """Return a value of a manifest as JSON; numbers with a point are texts, so that they keep their digits."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, int) else spelled(value)
