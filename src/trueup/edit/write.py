"""Turn one change of live into changes of the text that wants it."""

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.edit.draft import Draft, Unable, Value
from trueup.edit.nodes import Alias, Node, Scalar, Sequence, find, get, target
from trueup.edit.nodes import Mapping as Map
from trueup.kinds.tree import put
from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import ChoiceField, Compare, Field, KeyedField, ScalarField
from trueup.model.value import Attributes, ElementKey

_TEXTS = (Compare.TEXT, Compare.DATE)


def write_change(draft: Draft, root: Node, fields: Mapping[str, Field], action: Action, *, blank: bool) -> None:
    """Write the change into the document at ``root``.

    What live has unset becomes empty with ``blank`` and is left out without. Raises Unable.
    """
    spec = get(root, "spec")
    if spec is None:
        raise Unable("the manifest has no spec")
    writer = _Writer(draft, blank)
    match action:
        case SetValue(path, value):
            writer.set(spec, path, str(value), _compare(fields[path]))
        case SetMembers(path, members):
            writer.set_members(_items(spec, path), members)
        case AddMember(path, member):
            draft.change_items(_items(spec, path), [], [member])
        case RemoveMember(path, member):
            items = _items(spec, path)
            draft.change_items(items, [item for item in items.items if _text(item) == member], [])
        case SetParts(path, parts):
            writer.set_parts(_mapping(_own(spec, path)), fields[path], parts)
        case AddElement(path, key, attributes):
            writer.set_element(_items(spec, path), _keyed(fields[path]), key, attributes)
        case RemoveElement(path, key):
            items = _items(spec, path)
            draft.change_items(items, [item for item in items.items if _key(_keyed(fields[path]), item) == key], [])
        case _:
            raise Unable("it is no field")


@dataclass(frozen=True, slots=True)
class _Writer:
    draft: Draft
    blank: bool

    def set(self, node: Node, path: str, value: str, compare: Compare) -> None:
        above, _, last = path.rpartition(".")
        mapping = _mapping(_own(node, above) if above else node)
        pair = mapping.own(last)
        if pair is None:
            self.draft.insert(mapping, last, value)
        elif value == "" and not self.blank:
            self.draft.remove(mapping, [pair])
        else:
            self.draft.replace(pair.value, value, as_text=compare in _TEXTS or value == "")

    def set_members(self, items: Sequence, members: tuple[str, ...]) -> None:
        have = {_text(item) for item in items.items}
        gone = [item for item in items.items if _text(item) not in members]
        self.draft.change_items(items, gone, [member for member in members if member not in have])

    def set_parts(self, mapping: Map, field: Field, parts: Attributes) -> None:
        if isinstance(field, ChoiceField):
            self.choose(mapping, field, parts)
            return
        for pair in mapping.pairs:
            value = str(parts.get(pair.key.text, ""))
            if _text(pair.value) != value:
                self.set(mapping, pair.key.text, value, Compare.TEXT)

    def choose(self, mapping: Map, field: ChoiceField, parts: Attributes) -> None:
        if len(mapping.pairs) != 1 or len(parts) != 1:
            raise Unable("it is not one choice for another")
        ((name, value),) = parts.items()
        flag = name in field.flags
        self.draft.rename(mapping.pairs[0], name)
        self.draft.replace(mapping.pairs[0].value, "true" if flag else str(value), as_text=not flag)

    def set_element(self, items: Sequence, field: KeyedField, key: ElementKey, attributes: Attributes) -> None:
        found = next((item for item in items.items if _key(field, item) == key), None)
        if found is None:
            self.draft.change_items(items, [], [_element(field, key, attributes)])
            return
        differing = [a for a in field.attributes if _text(find(found, a.path)) != str(attributes.get(a.path, ""))]
        unset = [a for a in differing if a.path not in attributes and not self.blank]
        for attribute in differing:
            if attribute not in unset:
                self.set(found, attribute.path, str(attributes.get(attribute.path, "")), attribute.compare)
        if unset:
            mapping = _mapping(found)
            self.draft.remove(mapping, [pair for a in unset if (pair := mapping.own(a.path)) is not None])


def _compare(field: Field) -> Compare:
    return field.compare if isinstance(field, ScalarField) else Compare.TEXT


def _element(field: KeyedField, key: ElementKey, attributes: Attributes) -> Value:
    made: dict[str, object] = {}
    for name, part in zip(field.key, key, strict=True):
        if part:
            put(made, name, part)
    for path, value in attributes.items():
        put(made, path, str(value))
    return made  # type: ignore[return-value]  # put makes mappings of texts and mappings


def _key(field: KeyedField, item: Node) -> ElementKey:
    return tuple("" if (node := find(item, name)) is None else _text(node) for name in field.key)


def _keyed(field: Field) -> KeyedField:
    if not isinstance(field, KeyedField):
        raise TypeError(f"{field.path} has no elements")
    return field


def _own(node: Node, path: str) -> Node:
    """Return the node at a dotted path that stands in the document itself, at its own place."""
    here = node
    for step in path.split("."):
        pair = _mapping(here).own(step)
        if pair is None:
            raise Unable("it comes in by a merge key")
        here = pair.value
    return here


def _items(spec: Node, path: str) -> Sequence:
    found = _own(spec, path)
    if not isinstance(found, Sequence):
        raise Unable("it stands behind an alias" if isinstance(found, Alias) else "it is no list here")
    return found


def _mapping(node: Node) -> Map:
    if isinstance(node, Map):
        return node
    raise Unable("it stands behind an alias" if isinstance(node, Alias) else "it is no mapping here")


def _text(node: Node | None) -> str:
    found = None if node is None else target(node)
    return found.spelled if isinstance(found, Scalar) else ""
