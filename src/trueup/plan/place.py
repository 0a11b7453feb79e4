"""Find where in a manifest an action or a finding comes from, down to the element of a list."""

from collections.abc import Mapping, Sequence

from trueup.model.action import (
    WISHES,
    Action,
    AddComment,
    AddElement,
    AddMember,
    Create,
    Delete,
    FieldAction,
    Publish,
    RequestPreview,
    Unlist,
)
from trueup.model.field import Field, KeyedField
from trueup.model.manifest import Manifest
from trueup.model.position import Position, Step


def place_of_path(manifest: Manifest, path: str) -> Position:
    """Return where the field ``path`` (dotted, below spec) stands; the document itself for an empty path."""
    return manifest.positions.at(("spec", *path.split(".")) if path else ())


def place_of_action(manifest: Manifest, fields: Mapping[str, Field], action: Action) -> Position:
    """Return where what asks for the action stands; of what goes, that is the whole list in which it no longer is."""
    return manifest.positions.at(_path(manifest, fields, action))


def _path(manifest: Manifest, fields: Mapping[str, Field], action: Action) -> tuple[Step, ...]:
    match action:
        case Create():
            return ()
        case Delete():
            return ("lifecycle", "state")
        case RequestPreview() | Publish() | Unlist():
            return ("lifecycle", WISHES[type(action)])
        case AddComment(comment):
            comments = manifest.lifecycle.certification_comments
            return ("lifecycle", WISHES[AddComment], *_first([comment == other for other in comments]))
        case _:
            path = tuple(action.path.split("."))
            return ("spec", *path, *_index(_node(manifest.spec, action.path), fields[action.path], action))


def _index(items: object, field: Field, action: FieldAction) -> tuple[Step, ...]:
    if not isinstance(items, list):
        return ()
    match action, field:
        case AddMember(member=member), _:
            return _first([member == item for item in items])
        case AddElement(key=key), KeyedField(key=names):
            return _first([_key(item, names) == key for item in items])
        case _:
            return ()


def _first(matches: Sequence[bool]) -> tuple[Step, ...]:
    return (matches.index(True),) if True in matches else ()


def _key(item: object, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(_node(item, name)) for name in names)


def _node(node: object, path: str) -> object:
    for step in path.split("."):
        if not isinstance(node, Mapping):
            return None
        node = node.get(step)
    return node
