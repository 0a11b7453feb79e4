"""The lines of a report for planned actions, for the fields of a creation, and for actions that were sent."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from trueup.kinds.registry import KINDS, platform_name
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
from trueup.model.field import SINGLE, KeyedField, Risk
from trueup.model.identity import Kind
from trueup.model.lookalikes import spelled_out
from trueup.model.plan import Cause, PlannedAction
from trueup.model.value import (
    ABSENT,
    Absent,
    Attributes,
    Desired,
    ElementKey,
    Elements,
    Known,
    LiveValue,
    Members,
    Parts,
    Value,
)
from trueup.report.tree import Divider, Labelled, Line, Role, Shown, Sign, Span, Swap, TextPiece
from trueup.report.values import (
    UNSET,
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

RISK_TAGS = {Risk.ROUTINE: "", Risk.VISIBLE: "changes what customers see", Risk.DESTRUCTIVE: "destructive"}

_RISKIEST_FIRST = (Risk.DESTRUCTIVE, Risk.VISIBLE, Risk.ROUTINE)

RISK_ROLES = {Risk.ROUTINE: Role.MUTED, Risk.VISIBLE: Role.CAUTION, Risk.DESTRUCTIVE: Role.PROBLEM}


ACTIONS_AT_MOST = 1_000
"""Actions that a report lists for one resource, and elements for one collection of a new resource."""

_OfElement = AddElement | RemoveElement

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
    tagged = [f'{risks[risk]:,} "{RISK_TAGS[risk]}"' for risk in _RISKIEST_FIRST if risks[risk] and RISK_TAGS[risk]]
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
    where, pieces = _narrowed(kind, action, () if rows else _pieces(kind, planned))
    return Line(
        label=where,
        name="" if _creating(kind, planned) else _name(kind, action),
        sign=_sign(kind, planned),
        subject=_subject(kind, action),
        pieces=pieces,
        rows=rows,
        tags=_tags(kind, planned, tag_cause=tag_cause),
        reason=planned.reason,
        held=held,
    )


def field_path(path: str) -> str:
    """Return the path of a field in a manifest, as ``trueup set`` takes it; paths of ``lifecycle`` stay the same."""
    return path if path.partition(".")[0] == "lifecycle" else f"spec.{path}"


def label(kind: Kind, action: Action) -> str:
    """Return the path in the manifest that asks for an action."""
    match action:
        case Create():
            return ""
        case Delete():
            return "lifecycle.state"
        case AddElement(path=path, key=key) | RemoveElement(path=path, key=key):
            return _element_label(kind, path, key)
        case SetValue() | SetMembers() | AddMember() | RemoveMember() | SetParts():
            return field_path(action.path)
        case _:
            row = KINDS[kind].lifecycle.rows.get(type(action))
            # A document or journal of another version may contain an action that this kind does not have.
            if row is None:
                return type(action).__name__
            return f"lifecycle.{row.member}" if row.asked(action) else row.noun


def _element_label(kind: Kind, path: str, key: ElementKey) -> str:
    """Return the path of an element that a manifest names, that of its collection for any other."""
    field = _named(kind, path, key)
    return field_path(path if field is None else field.path_of([*map(spelled_out, key)]))


def _named(kind: Kind, path: str, key: ElementKey) -> KeyedField | None:
    """Return the row of an element that a manifest names, None for any other."""
    field = KINDS[kind].by_path.get(path)
    # A document of another version may have a key of another length.
    return field if isinstance(field, KeyedField) and field.names and len(field.key) == len(key) else None


def _subject(kind: Kind, action: Action) -> str:
    """Return the key of an element; empty if its path says it, and for any other action."""
    match action:
        case AddElement(path=path, key=key) | RemoveElement(path=path, key=key) if _named(kind, path, key) is None:
            return key_text(key)
        case _:
            return ""


def _name(kind: Kind, action: Action) -> str:
    """Return the platform's name of an action, empty where the path already ends with it: ``lifecycle.publish``."""
    name = platform_name(kind, action)
    return "" if label(kind, action).endswith(f".{name}") else name


def _narrowed(kind: Kind, action: Action, pieces: tuple[TextPiece, ...]) -> tuple[str, tuple[TextPiece, ...]]:
    """Return the path and the pieces of an action; if one part of a group changes, the path is that of the part.

    An element that a manifest names is such a group.
    """
    where = label(kind, action)
    if not (isinstance(action, SetParts) or (isinstance(action, _OfElement) and not _subject(kind, action))):
        return where, pieces
    match pieces:
        case (Swap(name=name) as swap,) if name:
            return _part(where, name), (replace(swap, name=""),)
        case (Labelled(name, value),) if name == SINGLE or isinstance(action, SetParts):
            return _part(where, name), (value,)
        # Of a masked element nothing is known but that it is gone.
        case () if isinstance(action, RemoveElement):
            return where, (UNSET,)
        case _:
            return where, pieces


def _part(where: str, name: str) -> str:
    """Return the path of a part; an element that is a single value has no parts."""
    return where if name == SINGLE else f"{where}.{name}"


def _sign(kind: Kind, planned: PlannedAction) -> Sign | None:
    match planned.action:
        # The values of an element without a subject have signs of their own.
        case AddElement() | RemoveElement() as action if not _subject(kind, action):
            return None
        # An addition of an element that is live changes its attributes; the values then show the change.
        case AddElement() if not isinstance(planned.before, Known):
            return Sign.CREATE
        case RemoveElement() | Delete():
            return Sign.DELETE
        case _:
            return None


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
            words = _creating(kind, planned)
            return (Span(words),) if words else (*process_pieces(kind, planned.action), *_state_swap(kind, planned))


def _creating(kind: Kind, planned: PlannedAction) -> str:
    """Return the words for a process that is part of a creation, empty if there are none of its own."""
    row = KINDS[kind].lifecycle.rows.get(type(planned.action))
    return "" if row is None or not isinstance(planned.before, Absent) else row.creating


def _state_swap(kind: Kind, planned: PlannedAction) -> tuple[TextPiece, ...]:
    """Return the state before and after a process, where the kind has it shown and it differs."""
    row = KINDS[kind].lifecycle.rows.get(type(planned.action))
    if row is None or not row.swaps or isinstance(planned.before, Absent) or planned.before == planned.after:
        return ()
    return swap_pieces(planned.before, planned.after)


def process_pieces(kind: Kind, action: ProcessAction) -> tuple[TextPiece, ...]:
    """Return the words for an action that starts a process."""
    if isinstance(action, Delete):
        reason = Labelled("deletes it:", Span(action.reason, Role.VALUE))
        return (reason,) if action.reason else (Span("deletes it, no reason given"),)
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


def _tags(kind: Kind, planned: PlannedAction, *, tag_cause: bool) -> tuple[Span, ...]:
    row = KINDS[kind].lifecycle.rows.get(type(planned.action))
    effect = row.effect if row is not None and planned.risk is Risk.VISIBLE else ""
    tags = [Span(effect or RISK_TAGS[planned.risk], RISK_ROLES[planned.risk])]
    if tag_cause and planned.cause is not None:
        # The user's own change is the usual case: only drift and conflicts need attention.
        tags.append(Span(planned.cause, Role.MUTED if planned.cause in {Cause.YOURS, Cause.MERGED} else Role.CAUTION))
    return tuple(tag for tag in tags if tag.text)


UNFOLDED: Final = 6
"""Lines of a creation that are not folded."""


def creation_lines(kind: Kind, fields: Desired, *, held: bool) -> Iterator[Line]:
    """Yield every field of a creation; those by which people recognize the resource are first."""
    first = [path for path in KINDS[kind].summary if path in fields]
    for path in dict.fromkeys((*first, *fields)):
        yield from _field_lines(kind, path, fields[path], held=held)


def folded(blocks: Iterable[Line | Divider]) -> Iterator[Line | Divider]:
    """Yield the lines of a creation, of which those after the first few are folded, and a line that counts them.

    Lines with a warning stay visible.
    """
    listed = [*blocks]
    folds = _folds(listed)
    hidden = 0
    for block, fold in zip(listed, folds, strict=True):
        if hidden and not fold:
            yield _count_line(hidden)
            hidden = 0
        hidden += fold and isinstance(block, Line)
        yield replace(block, shown=Shown.FOLDED) if fold else block
    if hidden:
        yield _count_line(hidden)


def _folds(blocks: Sequence[Line | Divider]) -> list[bool]:
    """Return for each block whether it is folded; a divider is, if all lines below it are."""
    lines = [block for block in blocks if isinstance(block, Line)]
    # One more line is shown rather than counted: the count would take its place.
    is_open = {id(line) for line in (lines if len(lines) <= UNFOLDED + 1 else lines[:UNFOLDED])}
    folds: list[bool] = []
    below = True
    for block in reversed(blocks):
        if isinstance(block, Divider):
            folds.append(below)
            below = True
            continue
        folds.append(id(block) not in is_open and not block.tags)
        below = below and folds[-1]
    return folds[::-1]


def _count_line(hidden: int) -> Line:
    text = f"and {counted(hidden, 'more value')}: -v shows all"
    return Line(label="", pieces=(Span(text, Role.MUTED),), shown=Shown.BRIEF)


def _field_lines(kind: Kind, path: str, value: Value, *, held: bool) -> Iterator[Line]:
    where = field_path(path)
    match value:
        case Elements(by_key) if by_key:
            listed, omitted = first_of([*by_key.items()], "element")
            for key, attributes in listed:
                yield _element_line(kind, AddElement(path, key, attributes), Role.ADDED, held=held)
            yield from omitted
        case Parts(values):
            for name, part in values.items():
                yield Line(label=f"{where}.{name}", pieces=(Span(str(part), Role.ADDED),), held=held)
        case Members(values) if values:
            yield Line(label=where, pieces=tuple(member_span(member, Role.ADDED) for member in values), held=held)
        case str() if identifies(kind, path):
            yield Line(label=where, pieces=(Span(spelled_out(value), Role.ADDED),), held=held)
        case _:
            rows = text_rows(ABSENT, Known(value))
            yield Line(label=where, pieces=() if rows else (value_span(value, Role.ADDED),), rows=rows, held=held)


def _element_line(kind: Kind, action: AddElement | RemoveElement, role: Role, *, held: bool) -> Line:
    """Return the line of an element that is added or removed; its values have this role."""
    given = labelled_pieces(action.attributes, role) if isinstance(action, AddElement) else ()
    where, pieces = _narrowed(kind, action, given)
    subject = _subject(kind, action)
    sign = (Sign.CREATE if isinstance(action, AddElement) else Sign.DELETE) if subject else None
    return Line(label=where, subject=subject, sign=sign, pieces=pieces, held=held)


def sent_lines(kind: Kind, action: Action, *, held: bool) -> Iterator[Line | Divider]:
    """Yield the lines of an action that was sent; they show the values that it carries."""
    match action:
        case Create(fields):
            yield from folded(creation_lines(kind, fields, held=held))
        case AddElement() | RemoveElement():
            # AFTER, not ADDED: without a plan it is unknown whether the element was new.
            yield _element_line(kind, action, Role.AFTER, held=held)
        case _:
            where, pieces = _narrowed(kind, action, _sent_pieces(kind, action))
            yield Line(label=where, name=_name(kind, action), pieces=pieces, held=held)


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
