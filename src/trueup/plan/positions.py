"""Find the position in a manifest that an action or a finding refers to, down to the element of a list."""

from collections.abc import Mapping, Sequence

from trueup.kinds.base import KindSpec
from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    Create,
    Delete,
    FieldAction,
)
from trueup.model.field import Field, KeyedField
from trueup.model.manifest import Manifest
from trueup.model.position import Position, Step


def place_of_path(manifest: Manifest, path: str) -> Position:
    """Return the position of the field ``path`` (dotted, below spec), or of the document for an empty path."""
    return manifest.positions.at(("spec", *path.split(".")) if path else ())


class ActionPlaces:
    """The positions in one manifest that ask for its actions; each list is indexed once."""

    def __init__(self, manifest: Manifest, kind: KindSpec) -> None:
        self._manifest, self._kind = manifest, kind
        self._indexes: dict[str, Mapping[object, int]] = {}

    def __call__(self, action: Action) -> Position:
        """Return the position that asks for the action; for a removed element, that of its list."""
        return self._manifest.positions.at(self._path(action))

    def _path(self, action: Action) -> tuple[Step, ...]:
        match action:
            case Create():
                return ()
            case Delete():
                return ("lifecycle", "state")
            case _ if isinstance(action, FieldAction):
                return ("spec", *self._steps(action))
            case _:
                row = self._kind.lifecycle.rows[type(action)]
                item = row.index(action, self._manifest.lifecycle)
                return ("lifecycle", row.member, *(() if item is None else (item,)))

    def _steps(self, action: FieldAction) -> tuple[Step, ...]:
        match self._kind.by_path[action.path], action:
            case KeyedField(names=names) as field, AddElement(key=key) if names:
                return field.place(key)
            case _:
                return (*action.path.split("."), *self._index(action))

    def _index(self, action: FieldAction) -> tuple[Step, ...]:
        match action:
            case AddMember(path=path, member=added):
                wanted: object = added
            case AddElement(path=path, key=key):
                wanted = key
            case _:
                return ()
        # Indexed, because a search of the list for each action takes quadratic time for long lists.
        if path not in self._indexes:
            self._indexes[path] = _indexes(_node(self._manifest.spec, path), self._kind.by_path[path])
        found = self._indexes[path].get(wanted)
        return () if found is None else (found,)


def _indexes(items: object, field: Field) -> Mapping[object, int]:
    """Return the first index of each element of a list by its natural key, or of each member by its text."""
    found: dict[object, int] = {}
    for index, item in enumerate(items if isinstance(items, list) else ()):
        found.setdefault(_key(item, field.key) if isinstance(field, KeyedField) else item, index)
    return found


def _key(item: object, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(_node(item, name)) for name in names)


def _node(node: object, path: str) -> object:
    for step in path.split("."):
        if not isinstance(node, Mapping):
            return None
        node = node.get(step)
    return node
