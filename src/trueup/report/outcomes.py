"""The report of an apply: outcomes, messages of the platform, and fields that differ from the plan."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import Any, Final

from trueup.errors import for_support
from trueup.model.action import Action, Create
from trueup.model.identity import Identity, Kind
from trueup.model.plan import Plan, PlannedAction, ResourcePlan, Verdict
from trueup.model.run import FieldReport, Outcome, Status
from trueup.model.value import Absent, Elements, Known, LiveValue, Members, NotReturned, Parts, Value
from trueup.plan.digest import action_key
from trueup.report.actions import action_line, field_path, first_of, sent_lines
from trueup.report.plan import VERDICT_SIGNS, notices, several_targets
from trueup.report.tree import (
    Block,
    Compared,
    Comparison,
    Divider,
    Line,
    Quote,
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
from trueup.report.values import counted, live_span, unread_closing, value_span

NOT_STORED = Span("(missing)", Role.UNSET)


def compared(report: FieldReport) -> Compared:
    """Return one field at three moments; for a collection or group only the elements that differ."""
    moments = (report.planned, report.now, report.wanted)
    planned, now, wanted = _reduced(moments)
    return Compared(path=field_path(report.path), planned=planned, now=now, wanted=wanted, note=report.note)


def _reduced(moments: Sequence[LiveValue]) -> list[Span]:
    kinds = {type(moment.value) for moment in moments if isinstance(moment, Known)}
    # Only collections of one type can be reduced to the elements that differ.
    nested = kinds and kinds <= {Elements, Parts, Members} and len(kinds) == 1
    if not nested or not all(isinstance(moment, Known | Absent) for moment in moments):
        return [live_span(moment) for moment in moments]
    contents = [_content(moment) for moment in moments]
    differing = _differing(contents)
    return [_reduced_span(moment, content, differing) for moment, content in zip(moments, contents, strict=True)]


def _content(moment: LiveValue) -> Mapping[Any, Any]:
    match moment:
        case Known(Elements(by_key)):
            return by_key
        case Known(Parts(values)):
            return values
        case Known(Members(members)):
            # As keys without values: a member is there or not, nothing of it can differ.
            return dict.fromkeys(members, "")
        case _:
            return {}


def _differing(contents: Sequence[Mapping[Any, Any]]) -> set[Any]:
    # Neighbours are enough: an element that is the same in both pairs is the same in all three.
    pairs = list(pairwise(contents))
    return {key for a, b in pairs for key in (*a, *b) if key not in a or key not in b or not _same(a[key], b[key])}


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are the same and print the same."""
    # Compared with their types: 1, True and Decimal(1) are equal in Python, but print differently.
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)


def _reduced_span(moment: LiveValue, content: Mapping[Any, Any], differing: set[Any]) -> Span:
    rest = {key: inner for key, inner in content.items() if key in differing}
    if not rest:
        # It has other elements, so it is not unset: only those that are compared are missing.
        return NOT_STORED if content else live_span(moment)
    return value_span(_rebuilt(moment, rest))


def _rebuilt(moment: LiveValue, rest: Mapping[Any, Any]) -> Value:
    match moment:
        case Known(Elements()):
            return Elements(rest)
        case Known(Parts()):
            return Parts(rest)
        case _:
            return Members(tuple(rest))


TITLES: Final = {
    Status.FAILED: "Failed",
    Status.UNKNOWN: "Outcome unknown",
    Status.STALE: "Stale",
    Status.UNAPPROVED: "Not approved",
    Status.BLOCKED: "Blocked",
    Status.DEFERRED: "Deferred",
    Status.SKIPPED: "Not started",
    Status.REBASED: "Applied after a rebase",
    Status.APPLIED: "Applied",
    Status.UNCHANGED: "Unchanged",
}
"""Titles of the sections by status, the most urgent one first."""

OUTCOME_ROLES: Final = {
    Status.FAILED: Role.PROBLEM,
    Status.UNKNOWN: Role.PROBLEM,
    Status.STALE: Role.PROBLEM,
    Status.UNAPPROVED: Role.PROBLEM,
    Status.BLOCKED: Role.PROBLEM,
    Status.DEFERRED: Role.CAUTION,
    Status.SKIPPED: Role.CAUTION,
    Status.REBASED: Role.CREATE,
    Status.APPLIED: Role.CREATE,
    Status.UNCHANGED: Role.MUTED,
}

ENDED_SIGNS: Final = {
    Status.FAILED: Sign.PROBLEM,
    Status.UNKNOWN: Sign.WAITING,
    Status.STALE: Sign.PROBLEM,
    Status.UNAPPROVED: Sign.PROBLEM,
    Status.BLOCKED: Sign.PROBLEM,
    Status.DEFERRED: Sign.WAITING,
    Status.SKIPPED: Sign.WAITING,
    Status.UNCHANGED: Sign.SAME,
}
"""Signs of resources that were not applied completely; the others keep the sign of their plan."""

OUTCOME_ORDER: Final = (
    Status.APPLIED,
    Status.REBASED,
    Status.STALE,
    Status.UNAPPROVED,
    Status.FAILED,
    Status.UNKNOWN,
    Status.DEFERRED,
    Status.BLOCKED,
    Status.SKIPPED,
    Status.UNCHANGED,
)
"""The order of the one-line total."""

CARRIED_THROUGH: Final = frozenset({Status.APPLIED, Status.REBASED})

_ALIKE: Final = frozenset({Status.FAILED, Status.SKIPPED})
"""Statuses that many resources of a target often have for the same reason."""

DONE: Final = "done:"


def outcome_tree(plan: Plan, outcomes: Sequence[Outcome]) -> ReportTree:
    """Return the report of an apply; the values before and after an action come from the plan."""
    planned = {resource.identity: resource for resource in plan.resources}
    counts = Counter(outcome.status for outcome in outcomes)
    return ReportTree(
        title="Apply",
        total=_total(counts, sum(outcome.requests for outcome in outcomes), _unread(plan, outcomes)),
        counts={status.value: counts[status] for status in OUTCOME_ORDER},
        sections=tuple(_sections(outcomes, planned)),
        closings=tuple(
            unread_closing((r.identity.target, r.verdict is not Verdict.UNREADABLE) for r in plan.resources)
        ),
        several_targets=several_targets(outcome.identity for outcome in outcomes),
        notices=notices(plan),
    )


def _sections(outcomes: Sequence[Outcome], planned: Mapping[Identity, ResourcePlan]) -> Iterator[Section]:
    for status, title in TITLES.items():
        entries = tuple(_entry(o, planned.get(o.identity)) for o in outcomes if o.status is status)
        if entries:
            yield Section(title=title, entries=without_repeats(entries) if status in _ALIKE else entries)


def _entry(outcome: Outcome, planned: ResourcePlan | None) -> ReportEntryNode:
    sign = ENDED_SIGNS.get(outcome.status) or VERDICT_SIGNS[planned.verdict if planned else Verdict.UPDATE]
    blocks = tuple(_blocks(outcome, planned))
    return ReportEntryNode(
        **identity_fields(outcome.identity),
        sign=sign,
        word=outcome.status,
        place=outcome.position,
        status=_status(outcome),
        blocks=blocks,
        shown=Shown.FULL if outcome.status is Status.UNCHANGED and not blocks else Shown.ALWAYS,
    )


def _status(outcome: Outcome) -> tuple[Span, ...]:
    spans = [Span(outcome.status, OUTCOME_ROLES[outcome.status])]
    if outcome.requests:
        actions = f"{counted(len(outcome.done), 'action')} in " if outcome.done else ""
        spans.append(Span(f", {actions}{counted(outcome.requests, 'request')}", Role.MUTED))
    return tuple(spans)


def _blocks(outcome: Outcome, planned: ResourcePlan | None) -> Iterator[Block]:
    if outcome.message:
        yield Remark(word="", text=outcome.message, role=OUTCOME_ROLES[outcome.status])
    # The message usually contains the platform's first text.
    details = tuple(detail for detail in outcome.details if detail not in outcome.message)
    if details:
        yield Quote(details)
    if outcome.correlation_id:
        yield Remark(word="", text=for_support(outcome.correlation_id), role=Role.MUTED)
    if outcome.fields:
        yield from _comparisons(outcome)
    # For an applied resource the plan above has shown the actions already: only the full form repeats them.
    kept = outcome.status in CARRIED_THROUGH and not outcome.left
    yield from _actions(DONE, outcome, outcome.done, planned, shown=Shown.FULL if kept else Shown.ALWAYS)
    yield from _actions(left_title(outcome.status), outcome, outcome.left, planned, shown=Shown.ALWAYS)


def left_title(status: Status) -> str:
    """Return the title for the actions that a resource with this status has left."""
    return "may not have been done:" if status is Status.UNKNOWN else "not done:"


def _comparisons(outcome: Outcome) -> Iterator[Comparison]:
    """Yield the fields that differ from the plan or request; fields that the platform does not return are separate."""
    # The fields of a stale resource are those that live has changed, not those that were sent.
    if outcome.status is Status.STALE:
        yield Comparison("changed since the plan:", tuple(map(compared, outcome.fields)))
        return
    not_returned = tuple(field for field in outcome.fields if isinstance(field.now, NotReturned))
    # Not compared: what the platform does not return, it may or may not have stored.
    other = tuple(field for field in outcome.fields if field not in not_returned)
    for title, fields in (("not stored as sent:", other), ("not verified:", not_returned)):
        if fields:
            yield Comparison(title, tuple(map(compared, fields)))


def _actions(
    title: str, outcome: Outcome, actions: Sequence[Action], planned: ResourcePlan | None, *, shown: Shown
) -> Iterator[Block]:
    """Yield a title and the actions, shown as in the plan where the plan has them."""
    if not actions:
        return
    yield Divider(title, shown)
    # reversed: of equal actions, the first one of the plan wins.
    by_key = {action_key(p.action): p for p in reversed(planned.actions)} if planned else {}
    listed, omitted = first_of(actions, "action", shown)
    for action in listed:
        found = by_key.get(action_key(action))
        for line in _action_lines(outcome.identity.kind, action, found, held=title != DONE):
            if shown is Shown.ALWAYS:
                yield line
            # What only the full form shows needs no count of what the brief form hides.
            elif line.shown is not Shown.BRIEF:
                yield replace(line, shown=shown)
    yield from omitted


def _action_lines(kind: Kind, action: Action, found: PlannedAction | None, *, held: bool) -> Iterator[Line | Divider]:
    if found is None or isinstance(action, Create):
        yield from sent_lines(kind, action, held=held)
    else:
        yield action_line(kind, found, held=held, tag_cause=False)


def _unread(plan: Plan, outcomes: Sequence[Outcome]) -> int:
    """Return the number of resources that failed because they could not be read for the plan."""
    unread = {resource.identity for resource in plan.resources if resource.verdict is Verdict.UNREADABLE}
    return sum(outcome.status is Status.FAILED and outcome.identity in unread for outcome in outcomes)


def _total(counts: Mapping[Status, int], requests: int, unread: int) -> tuple[Span, ...]:
    # A resource that could not be read was never tried, and must not look like a failed write.
    extra = {Status.FAILED: f" ({unread:,} not readable)"} if unread else {}
    parts = [Span(f"{s} {counts[s]:,}{extra.get(s, '')}", OUTCOME_ROLES[s]) for s in OUTCOME_ORDER if counts[s]]
    if not parts:
        return (Span("Nothing to apply: no resource is selected."),)
    commas = [Span(", ")] * (len(parts) - 1) + [Span(f" ({counted(requests, 'request')}).")]
    # The statuses are words of the document, in lower case; the sentence begins with one of them.
    parts[0] = replace(parts[0], text=parts[0].text.capitalize())
    return tuple(chain.from_iterable(zip(parts, commas, strict=True)))
