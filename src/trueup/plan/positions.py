"""Find where in a manifest an action or a finding comes from, down to the element of a list."""

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
    """Return where the field ``path`` (dotted, below spec) stands; the document itself for an empty path."""
    return manifest.positions.at(("spec", *path.split(".")) if path else ())


class ActionPlaces:
    """The places of what asks for the actions of one manifest; each list is gone through once, whatever is asked."""

    def __init__(self, manifest: Manifest, kind: KindSpec) -> None:
        self._manifest, self._kind = manifest, kind
        self._indexes: dict[str, Mapping[object, int]] = {}

    def __call__(self, action: Action) -> Position:
        """Return where what asks for the action stands; of what goes, that is the list in which it no longer is."""
        return self._manifest.positions.at(self._path(action))

    def _path(self, action: Action) -> tuple[Step, ...]:
        match action:
            case Create():
                return ()
            case Delete():
                return ("lifecycle", "state")
            case _ if isinstance(action, FieldAction):
                return ("spec", *action.path.split("."), *self._index(action))
            case _:
                row = self._kind.lifecycle.rows[type(action)]
                item = row.index(action, self._manifest.lifecycle)
                return ("lifecycle", row.member, *(() if item is None else (item,)))

    def _index(self, action: FieldAction) -> tuple[Step, ...]:
        match action:
            case AddMember(path=path, member=added):
                wanted: object = added
            case AddElement(path=path, key=key):
                wanted = key
            case _:
                return ()
        if path not in self._indexes:
            self._indexes[path] = _indexes(_node(self._manifest.spec, path), self._kind.by_path[path])
        found = self._indexes[path].get(wanted)
        return () if found is None else (found,)


def _indexes(items: object, field: Field) -> Mapping[object, int]:
    """Return the index of each element of a list by its natural key, of each member by itself; the first one wins."""
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
