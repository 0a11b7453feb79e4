"""The report of drift."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from trueup.model.action import Create
from trueup.model.plan import Cause, Drift, Fate, Pending, ResourceDrift
from trueup.report.actions import action_line, field_path, folded, within_bound
from trueup.report.plan import (
    action_lines,
    pending_remark,
    several_targets,
    unobserved_closing,
    unrecorded_closing,
)
from trueup.report.tree import (
    Block,
    Closing,
    Divider,
    Remark,
    ReportEntryNode,
    ReportTree,
    Role,
    Section,
    Shown,
    Sign,
    Span,
    identity_fields,
    without_repeats,
)
from trueup.report.values import counted, total_of, unread_closing

_SECTIONS: Final = {
    Fate.UNREADABLE: "Could not be read",
    Fate.UNKNOWN: "Unknown: the base could not be read",
    Fate.DELETED: "Deleted live",
    Fate.RETURNED: "Live again although it should be deleted",
    Fate.CHANGED: "Changed live",
    Fate.PENDING: "Merged, not yet applied",
    Fate.SAME: "In sync",
}
"""Titles in the order of importance."""

_SIGNS: Final = {
    Fate.UNREADABLE: Sign.PROBLEM,
    Fate.UNKNOWN: Sign.PROBLEM,
    Fate.DELETED: Sign.DELETE,
    Fate.RETURNED: Sign.CREATE,
    Fate.CHANGED: Sign.UPDATE,
    Fate.PENDING: Sign.WAITING,
    Fate.SAME: Sign.SAME,
}

_TOTALS: Final = (
    (Fate.CHANGED, "changed", Role.UPDATE),
    (Fate.DELETED, "deleted", Role.DELETE),
    (Fate.RETURNED, "live again", Role.CREATE),
    (Fate.UNREADABLE, "not readable", Role.PROBLEM),
    (Fate.UNKNOWN, "unknown", Role.PROBLEM),
    (Fate.PENDING, "merged and not yet applied", Role.MUTED),
    (Fate.SAME, "in sync", Role.MUTED),
)


def drift_tree(drift: Drift) -> ReportTree:
    """Return the report; each line goes from the desired to the live value, and that of a pending action back."""
    counts = Counter(resource.fate for resource in drift.resources)
    pending = {one.identity: one for one in drift.pending}
    return ReportTree(
        title="Drift",
        total=_total(drift, counts),
        counts={fate.value: counts[fate] for fate, _, _ in _TOTALS},
        sections=tuple(
            Section(
                title=title,
                # Only resources that could not be read have remarks long enough to be shortened.
                entries=without_repeats(_entry(r, pending.get(r.identity)) for r in drift.resources if r.fate is fate),
                announced=True,
            )
            for fate, title in _SECTIONS.items()
            if counts[fate]
        ),
        closings=tuple(_closings(drift)),
        several_targets=several_targets(resource.identity for resource in drift.resources),
    )


def _entry(resource: ResourceDrift, pending: Pending | None) -> ReportEntryNode:
    return ReportEntryNode(
        **identity_fields(resource.identity),
        sign=_SIGNS[resource.fate],
        word=resource.fate,
        place=resource.position,
        blocks=(*_blocks(resource), *_pending(resource, pending)),
        # What was not compared is shown even for a resource in sync.
        shown=Shown.FULL if resource.fate is Fate.SAME and not resource.not_returned else Shown.ALWAYS,
    )


def _blocks(resource: ResourceDrift) -> Iterator[Block]:
    kind = resource.identity.kind
    if resource.error:
        word = "not read" if resource.fate is Fate.UNREADABLE else "unknown"
        yield Remark(word=word, text=resource.error, role=Role.PROBLEM)
    # Without a conflict, all changes have the same cause: a tag on each line would say nothing.
    both = any(planned.cause is Cause.BOTH for planned in resource.changes)
    listed, omitted = within_bound(resource.changes)
    for planned in listed:
        yield action_line(kind, planned, held=False, tag_cause=both)
    yield from omitted
    if resource.not_returned:
        paths = ", ".join(map(field_path, resource.not_returned))
        text = f"not returned by the platform, and therefore not compared: {paths}"
        yield Remark(word="note", text=text, role=Role.MUTED)
    if resource.repeated:
        yield Divider("no longer in the wanted state; to restore it:")
    # Held: drift sends nothing, and adopt cannot write a process into a manifest.
    for planned in resource.repeated:
        yield action_line(kind, planned, held=True, tag_cause=False)


def _pending(resource: ResourceDrift, pending: Pending | None) -> Iterator[Block]:
    if resource.pending:
        yield Divider("an apply sends:")
    listed, omitted = within_bound(resource.pending)
    for planned in listed:
        lines = action_lines(resource.identity.kind, planned, held=False, tag_cause=False)
        yield from folded(lines) if isinstance(planned.action, Create) else lines
    yield from omitted
    yield from pending_remark(pending)


def _total(drift: Drift, counts: Counter[Fate]) -> tuple[Span, ...]:
    count = len(drift.resources)
    if not count:
        return (Span("Nothing to compare: no resource is selected."),)
    # A field that was not returned may have drifted: then the total must not say that live matches.
    not_returned = any(resource.not_returned for resource in drift.resources)
    if counts[Fate.SAME] == count and not not_returned:
        return (Span("No drift. ", Role.STRONG), Span(f"Live matches {counted(count, 'manifest')}."))
    drifted = counts[Fate.SAME] + counts[Fate.PENDING] < count
    return total_of(
        "Drift: " if drifted else "No drift in what was compared: " if not_returned else "No drift: ",
        ((f"{counts[fate]:,} {words}", role) for fate, words, role in _TOTALS if counts[fate]),
    )


def _closings(drift: Drift) -> Iterator[Closing]:
    if drift.base is not None:
        compared = f"Compared with the manifests of {drift.base}."
        yield Closing((Span(compared, Role.MUTED),))
    yield from unread_closing((r.identity.target, r.fate is not Fate.UNREADABLE) for r in drift.resources)
    yield from unrecorded_closing(drift.unrecorded)
    yield from unobserved_closing([len(resource.not_returned) for resource in drift.resources])
    if any(resource.changes for resource in drift.resources):
        yield Closing((Span("Keep the live values: trueup adopt. Restore the desired ones: trueup apply."),))
