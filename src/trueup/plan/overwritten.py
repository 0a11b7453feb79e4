"""Find remembered elements that a later action may have overwritten.

It is not documented how Origin compares keys (``origin-api.md`` section 4.2): see :mod:`trueup.diff.same_element`. So
an action on one key may also have changed the element of an earlier action on another key. Where the platform returns
the field, live shows this. Where it does not, the earlier element is no longer known.
"""

from collections.abc import Iterable, Mapping, Sequence

from trueup.diff import findings
from trueup.diff.same_element import sent_look
from trueup.model.action import AddElement, Change, FieldAction, Finding, RemoveElement
from trueup.model.field import Field, KeyedField
from trueup.model.value import Desired, ElementKey, Elements
from trueup.plan.digest import subject_of

Rows = Mapping[str, Field]
"""The field table of a kind, by path."""

_Thing = tuple[object, ...]


def lasting(rows: Rows, desired: Desired, steps: Sequence[FieldAction]) -> list[FieldAction]:
    """Return the steps without those that a later one may have overwritten with what is not desired.

    Steps whose elements are both desired remain. If they are one element, no order of actions leads to both, and
    sending one of them again would only overwrite the other.
    """
    later = overwriting(rows, steps)
    return [
        step
        for step in steps
        if (last := later.get(subject_of(step))) is None
        or (isinstance(last, AddElement) and _is_desired(desired, last.path, last.key))
    ]


def overwriting(rows: Rows, steps: Sequence[FieldAction]) -> Mapping[_Thing, AddElement | RemoveElement]:
    """Return the last later step that may have overwritten each step, by subject; the others are left out."""
    found: dict[_Thing, AddElement | RemoveElement] = {}
    after: dict[_Thing, AddElement | RemoveElement] = {}
    for step in reversed(steps):
        look = _look(rows, step)
        if look is not None and isinstance(step, AddElement | RemoveElement):
            last = after.setdefault(look, step)
            if last is not step:
                found[subject_of(step)] = last
    return found


def may_overwrite(rows: Rows, step: FieldAction, earlier: FieldAction) -> bool:
    """Return whether a step may have changed the element of an earlier one."""
    return step.path == earlier.path and (look := _look(rows, step)) is not None and look == _look(rows, earlier)


def overwritten_findings(rows: Rows, left_out: Iterable[Change], steps: Sequence[FieldAction]) -> tuple[Finding, ...]:
    """Return a finding for each element that is not sent again although a later step may have overwritten it."""
    later = overwriting(rows, steps)
    return tuple(
        findings.may_be_one(action.path, action.key, last.key)
        for action in (change.action for change in left_out)
        if isinstance(action, AddElement) and (last := later.get(subject_of(action))) is not None
    )


def _look(rows: Rows, step: FieldAction) -> _Thing | None:
    match rows.get(step.path), step:
        case KeyedField(key=names), AddElement(attributes=attributes) if not attributes.keys().isdisjoint(names):
            # The record of a copy: it is about a field that the platform returns.
            return None
        case KeyedField() as field, AddElement(key=key) | RemoveElement(key=key):
            return (step.path, *sent_look(field, key))
        case _:
            return None


def _is_desired(desired: Desired, path: str, key: ElementKey) -> bool:
    match desired.get(path):
        case Elements(by_key=by_key):
            return key in by_key
        case _:
            return False
