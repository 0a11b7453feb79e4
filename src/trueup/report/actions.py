"""The lines of a report for planned actions, for the fields of a creation, and for actions that were sent."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

from trueup.kinds.base import Summary
from trueup.kinds.registry import KINDS
from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    Create,
    Delete,
    ProcessAction,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import Risk
from trueup.model.identity import Kind
from trueup.model.lookalikes import spelled_out
from trueup.model.plan import Cause, PlannedAction
from trueup.model.value import ABSENT, Attributes, Desired, Elements, Known, LiveValue, Members, Parts, Value
from trueup.report.tree import Line, Role, Shown, Sign, Span, TextPiece
from trueup.report.values import (
    attribute_pieces,
    counted,
    identifies,
    key_text,
    labelled_pieces,
    member_span,
    named_swap,
    swap_pieces,
    text_rows,
    value_span,
)

RISK_TAGS = {Risk.ROUTINE: "", Risk.VISIBLE: "seen by others", Risk.DESTRUCTIVE: "destructive"}

_RISKIEST_FIRST = (Risk.DESTRUCTIVE, Risk.VISIBLE, Risk.ROUTINE)

RISK_ROLES = {Risk.ROUTINE: Role.MUTED, Risk.VISIBLE: Role.CAUTION, Risk.DESTRUCTIVE: Role.PROBLEM}


ACTIONS_AT_MOST = 1_000
"""Actions that a report lists for one resource, and elements for one collection of a new resource."""

_T = TypeVar("_T")


def within_bound(actions: Sequence[PlannedAction]) -> tuple[Sequence[PlannedAction], tuple[Line, ...]]:
    """Return the actions of a resource that a report lists, in their order, and a line that counts the omitted ones.

    At most :data:`ACTIONS_AT_MOST` are listed.
    """
    if len(actions) <= ACTIONS_AT_MOST:
        return actions, ()
    # The riskiest are kept: a deletion must not be hidden behind a thousand harmless actions.
    by_risk = sorted(range(len(actions)), key=lambda index: _RISKIEST_FIRST.index(actions[index].risk))
    kept = [actions[index] for index in sorted(by_risk[:ACTIONS_AT_MOST])]
    risks = Counter(actions[index].risk for index in by_risk[ACTIONS_AT_MOST:])
    tagged = [f"{risks[risk]:,} {RISK_TAGS[risk]}" for risk in _RISKIEST_FIRST if risks[risk] and RISK_TAGS[risk]]
    return kept, (_omitted(counted(len(actions) - ACTIONS_AT_MOST, "more action"), tagged),)


def first_of(items: Sequence[_T], of_what: str, shown: Shown = Shown.ALWAYS) -> tuple[Sequence[_T], tuple[Line, ...]]:
    """Return the first :data:`ACTIONS_AT_MOST` items, and a line that counts the omitted ones."""
    if len(items) <= ACTIONS_AT_MOST:
        return items, ()
    return items[:ACTIONS_AT_MOST], (_omitted(counted(len(items) - ACTIONS_AT_MOST, f"more {of_what}"), (), shown),)


def _omitted(what: str, tagged: Sequence[str], shown: Shown = Shown.ALWAYS) -> Line:
    """Return the line that counts omitted items; ``tagged`` are the counts of risky ones."""
    risks = f" ({', '.join(tagged)})" if tagged else ""
    return Line(label="", pieces=(Span(f"and {what}{risks}: --format json lists all", Role.MUTED),), shown=shown)


def action_line(kind: Kind, planned: PlannedAction, *, held: bool, tag_cause: bool) -> Line:
    """Return one planned action as a line; ``tag_cause`` adds its cause, for sections that mix causes."""
    action = planned.action
    # Only a single text can have several lines; collections have a form of their own.
    rows = text_rows(planned.before, planned.after) if isinstance(action, SetValue) else ()
    verb, sign = _verb(planned)
    return Line(
        label=label(kind, action),
        verb=verb,
        sign=sign,
        subject=key_text(action.key) if isinstance(action, AddElement | RemoveElement) else "",
        pieces=() if rows else _pieces(kind, planned),
        rows=rows,
        tags=_tags(planned, tag_cause=tag_cause),
        reason=planned.reason,
        held=held,
    )


def label(kind: Kind, action: Action) -> str:
    """Return the short name of an action; for an element, that of its collection (the verb is a separate part)."""
    match action:
        case AddElement(path) | RemoveElement(path):
            return path
        case _:
            try:
                return KINDS[kind].label(action)
            except (KeyError, TypeError):
                # A document or journal of another version may contain an action that this kind does not have.
                return getattr(action, "path", type(action).__name__)


def _verb(planned: PlannedAction) -> tuple[str, Sign | None]:
    match planned.action:
        # An ADD of an element that is live changes its attributes; the values then show the change without a verb.
        case AddElement() if not isinstance(planned.before, Known):
            return "ADD", Sign.CREATE
        case RemoveElement():
            return "REMOVE", Sign.DELETE
        case Delete():
            return "", Sign.DELETE
        case _:
            return "", None


def _pieces(kind: Kind, planned: PlannedAction) -> tuple[TextPiece, ...]:
    match planned.action:
        # A character that looks like another one makes another identifier, so odd characters are always named.
        case SetValue(path=path) if identifies(kind, path):
            return named_swap(planned.before, planned.after)
        case SetValue() | SetMembers() | SetParts():
            return swap_pieces(planned.before, planned.after)
        case AddMember(_, member):
            return (member_span(member, Role.ADDED),)
        case RemoveMember(_, member):
            return (member_span(member, Role.REMOVED),)
        case AddElement(attributes=attributes):
            return _element_pieces(planned.before, planned.after, attributes)
        case RemoveElement():
            return labelled_pieces(_attributes(planned.before), Role.REMOVED)
        case Create():
            return ()
        case _:
            return process_pieces(kind, planned.action)


def process_pieces(kind: Kind, action: ProcessAction) -> tuple[TextPiece, ...]:
    """Return the words for an action that starts a process."""
    if isinstance(action, Delete):
        return (Span(action.reason, Role.VALUE) if action.reason else Span("no reason given"),)
    row = KINDS[kind].lifecycle.rows.get(type(action))
    if row is None:
        # A document or journal of another version may contain an action that this kind does not have.
        return ()
    return (Span(row.words(action), Role.ADDED) if row.quotes else Span(row.words(action)),)


def _element_pieces(before: LiveValue, after: LiveValue, carried: Attributes) -> tuple[TextPiece, ...]:
    if isinstance(before, Known):
        # Without a known value after the action, the attributes that it carries are shown.
        return attribute_pieces(_attributes(before), _attributes(after) or carried)
    return labelled_pieces(_attributes(after) or carried, Role.ADDED)


def _attributes(live: LiveValue) -> Attributes:
    match live:
        case Known(Parts(values)):
            return values
        # Absent or not returned by the platform: there is nothing to compare with.
        case _:
            return {}


def _tags(planned: PlannedAction, *, tag_cause: bool) -> tuple[Span, ...]:
    tags = [Span(RISK_TAGS[planned.risk], RISK_ROLES[planned.risk])]
    if tag_cause and planned.cause is not None:
        # The user's own change is the usual case: only drift and conflicts need attention.
        tags.append(Span(planned.cause, Role.MUTED if planned.cause in {Cause.YOURS, Cause.MERGED} else Role.CAUTION))
    return tuple(tag for tag in tags if tag.text)


def creation_lines(kind: Kind, fields: Desired, *, held: bool) -> Iterator[Line]:
    """Yield a summary, which only the brief form shows, and every field, which only the full form shows."""
    # A new resource can have dozens of fields, all of them new: its summary is enough to recognise it.
    summary = ", ".join(_summary_part(row, fields[row.path]) for row in KINDS[kind].summary if row.path in fields)
    yield Line(label="", pieces=(Span(summary, Role.VALUE),), held=held, shown=Shown.BRIEF)
    for path, value in fields.items():
        yield from _field_lines(kind, path, value, held=held)


def _summary_part(summary: Summary, value: Value) -> str:
    return summary.words(value) or value_span(value).text


def _field_lines(kind: Kind, path: str, value: Value, *, held: bool) -> Iterator[Line]:
    match value:
        case Elements(by_key) if by_key:
            listed, omitted = first_of([*by_key.items()], "element", Shown.FULL)
            for key, attributes in listed:
                pieces = labelled_pieces(attributes, Role.ADDED)
                yield Line(
                    label=path,
                    verb="ADD",
                    subject=key_text(key),
                    sign=Sign.CREATE,
                    pieces=pieces,
                    held=held,
                    shown=Shown.FULL,
                )
            yield from omitted
        case str() if identifies(kind, path):
            yield Line(label=path, pieces=(Span(spelled_out(value), Role.ADDED),), held=held, shown=Shown.FULL)
        case _:
            rows = text_rows(ABSENT, Known(value))
            yield Line(
                label=path, pieces=() if rows else _created_pieces(value), rows=rows, held=held, shown=Shown.FULL
            )


def _created_pieces(value: Value) -> tuple[TextPiece, ...]:
    match value:
        case Members(values) if values:
            return tuple(member_span(member, Role.ADDED) for member in values)
        case Parts(values):
            return labelled_pieces(values, Role.ADDED)
        case _:
            return (value_span(value, Role.ADDED),)


def sent_lines(kind: Kind, action: Action, *, held: bool) -> Iterator[Line]:
    """Yield the lines of an action that was sent; they show the values that it carries."""
    match action:
        case Create(fields):
            yield from creation_lines(kind, fields, held=held)
        case AddElement(path, key, attributes):
            # AFTER, not ADDED: without a plan it is unknown whether the element was new.
            pieces = labelled_pieces(attributes, Role.AFTER)
            yield Line(label=path, verb="ADD", subject=key_text(key), sign=Sign.CREATE, pieces=pieces, held=held)
        case RemoveElement(path, key):
            yield Line(label=path, verb="REMOVE", subject=key_text(key), sign=Sign.DELETE, held=held)
        case _:
            yield Line(label=label(kind, action), pieces=_sent_pieces(kind, action), held=held)


def _sent_pieces(kind: Kind, action: Action) -> tuple[TextPiece, ...]:
    match action:
        case SetValue(_, value):
            return (Span(str(value), Role.AFTER),)
        case SetMembers(_, members):
            return tuple(member_span(member, Role.AFTER) for member in members)
        case SetParts(_, parts):
            return labelled_pieces(parts, Role.AFTER)
        case AddMember(_, member):
            return (member_span(member, Role.ADDED),)
        case RemoveMember(_, member):
            return (member_span(member, Role.REMOVED),)
        case Create() | AddElement() | RemoveElement():
            return ()
        case _:
            return process_pieces(kind, action)
