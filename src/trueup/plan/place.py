"""Find where in a manifest an action or a finding comes from, down to the element of a list."""

from collections.abc import Mapping, Sequence

from trueup.model.action import AddElement, AddMember, FieldAction
from trueup.model.field import Field, KeyedField
from trueup.model.manifest import Manifest
from trueup.model.position import Position, Step


def place_of_path(manifest: Manifest, path: str) -> Position:
    """Return where the field ``path`` (dotted, below spec) stands; the document itself for an empty path."""
    return manifest.positions.at(("spec", *path.split(".")) if path else ())


def place_of_action(manifest: Manifest, fields: Mapping[str, Field], action: FieldAction) -> Position:
    """Return where what ``action`` adds stands; the whole field for anything else, as what goes is in no manifest."""
    path: tuple[Step, ...] = ("spec", *action.path.split("."))
    return manifest.positions.at(path + _index(_node(manifest.spec, action.path), fields[action.path], action))


def _index(items: object, field: Field, action: FieldAction) -> tuple[Step, ...]:
    if not isinstance(items, list):
        return ()
    match action, field:
        case AddMember(member=member), _:
            return _first(items, [member == item for item in items])
        case AddElement(key=key), KeyedField(key=names):
            return _first(items, [_key(item, names) == key for item in items])
        case _:
            return ()


def _first(items: Sequence[object], matches: Sequence[bool]) -> tuple[Step, ...]:
    return next(((index,) for index in range(len(items)) if matches[index]), ())


def _key(item: object, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(_node(item, name)) for name in names)


def _node(node: object, path: str) -> object:
    for step in path.split("."):
        if not isinstance(node, Mapping):
            return None
        node = node.get(step)
    return node
