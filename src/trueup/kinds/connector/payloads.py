"""Write a connector's draft and update actions as Connect spells them (``connect-api.md`` sections 3 and 4)."""

from collections.abc import Sequence
from typing import assert_never

from trueup.diff.equality import is_empty
from trueup.kinds.connector.fields import FIELDS, WIRES, Wire
from trueup.kinds.tree import put
from trueup.model.action import (
    AddComment,
    AddElement,
    AddMember,
    Delete,
    FieldAction,
    LifecycleAction,
    ProcessAction,
    Publish,
    RemoveElement,
    RemoveMember,
    RequestPreview,
    Rollout,
    SetMembers,
    SetParts,
    SetValue,
    Unlist,
)
from trueup.model.value import Desired, Elements, Members, Parts, Value


def draft(key: str, fields: Desired) -> dict[str, object]:
    """Return the ConnectorStagedDraft."""
    body: dict[str, object] = {"key": key}
    for field in FIELDS:
        value = fields.get(field.path)
        # A field that is left out is unset. There is no other form for that: null is not documented (section 4).
        if value is not None and not is_empty(value):
            put(body, field.path, _plain(value))
    return body


def actions(wanted: Sequence[FieldAction | ProcessAction]) -> list[dict[str, object]]:
    """Return the update actions in order."""
    # The order within the request is the order in which the platform applies them (section 4).
    return [_action(action) for action in wanted]


def action_name(action: FieldAction | LifecycleAction) -> str:
    """Return the name of the update action."""
    match action:
        case AddElement() | RemoveElement():
            raise TypeError(f"connectors have no keyed collection: {action.path}")
        case Rollout():
            raise TypeError("connectors have no rollout")
        case SetValue() | SetMembers() | SetParts() | AddMember() | RemoveMember():
            return _wire(action).action
        case RequestPreview():
            return "updatePreviewable"
        case Publish():
            return "publish"
        case Unlist():
            return "unlist"
        case AddComment():
            return "addCertificationComment"
        case _:
            assert_never(action)


def _action(action: FieldAction | ProcessAction) -> dict[str, object]:
    if isinstance(action, Delete):
        raise TypeError("a deletion is not an update action")
    return {"action": action_name(action), **_payload(action)}


def _payload(action: FieldAction | ProcessAction) -> dict[str, object]:
    match action:
        case SetValue(value=value):
            return {_wire(action).payload: value}
        case SetMembers(members=members):
            return {_wire(action).payload: list(members)}
        case AddMember(member=member) | RemoveMember(member=member):
            return {_wire(action).payload: member}
        case SetParts(parts=parts):
            # Always both parts: the specification requires the url; only the official CLI omits it (section 4.1).
            return dict(parts)
        case Publish(certification=certification):
            return {"certification": certification}
        case AddComment(comment=comment):
            return {"comment": comment}
        case _:
            return {}


def _wire(action: SetValue | SetMembers | SetParts | AddMember | RemoveMember) -> Wire:
    """Return the update action; raise ``TypeError`` if the field cannot be changed in this way."""
    row = WIRES[action.path]
    if isinstance(action, AddMember | RemoveMember) is not (row.remove is not None):
        raise TypeError(f"{action.path} cannot be changed by {type(action).__name__}")
    return row.remove if isinstance(action, RemoveMember) and row.remove is not None else row.wire


def _plain(value: Value) -> object:
    match value:
        case Members(values=members):
            return list(members)
        case Parts(values=parts):
            return dict(parts)
        case Elements():
            raise TypeError("connectors have no keyed collection")
        case _:
            return value
