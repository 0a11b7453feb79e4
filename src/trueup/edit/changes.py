"""Turn changes of live values into edits of a manifest's text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from trueup.diff.equality import attribute_holds
from trueup.edit.yaml_edits import CannotEdit, NewValue, YamlText
from trueup.edit.yaml_nodes import Alias, MappingNode, Pair, ScalarNode, SequenceNode, TextNode, find_node, get, target
from trueup.edit.yaml_style import UnquotedScalar
from trueup.kinds.tree import put
from trueup.manifest.yaml_scalars import sendable
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
from trueup.model.field import SINGLE, ChoiceField, Compare, Field, GroupField, KeyedField, ScalarField
from trueup.model.value import Attributes, ElementKey

_BARE: Final = (Compare.INTEGER, Compare.DECIMAL, Compare.BOOLEAN)
_PLAINLY: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,40})(?:[.][0-9]{1,20})?|true|false")
"""Numbers and booleans that every YAML reader reads the same way. Others are quoted."""

_OfList = AddMember | RemoveMember | AddElement | RemoveElement


def write_changes(
    draft: YamlText, spec: TextNode | None, fields: Mapping[str, Field], actions: Iterable[Action], *, blank: bool
) -> None:
    """Write the changes into the mapping of a manifest's fields; ``fields`` maps paths to the kind's fields.

    A value that is unset live becomes empty with ``blank``, and is removed without. Raises CannotEdit.
    """
    if spec is None:
        raise CannotEdit("the manifest has no spec")
    writer = _Writer(draft, blank)
    by_list: dict[str, list[_OfList]] = {}
    named: dict[tuple[str, ...], list[AddElement | RemoveElement]] = {}
    for action in actions:
        match action:
            case SetValue(path, value):
                writer.set(spec, path, spelled_value(_compare(fields.get(path)), str(value)))
            case SetMembers(path, members):
                writer.set_members(_own(spec, path), members)
            case SetParts(path, parts):
                writer.set_parts(_mapping(_own(spec, path).value), fields[path], parts)
            case AddElement() | RemoveElement() if _keyed(fields[action.path]).names:
                named.setdefault(_keyed(fields[action.path]).place(action.key)[:-1], []).append(action)
            case AddMember() | RemoveMember() | AddElement() | RemoveElement():
                by_list.setdefault(action.path, []).append(action)
            case _:
                raise CannotEdit("it is not a field")
    for above, of_mapping in named.items():
        writer.change_named(_at(spec, above), fields, of_mapping)
    for path, changes in by_list.items():
        writer.change_list(_own(spec, path), fields[path], changes)


def spelled_value(compare: Compare, value: str) -> str:
    """Return a value as it is to be written: numbers and booleans without quotes.

    A decimal in a notation that manifests do not allow (``.5``, ``1e3``) is returned in another one.
    """
    if compare is Compare.DECIMAL:
        value = sendable(value) or value
    return UnquotedScalar(value) if compare in _BARE and _PLAINLY.fullmatch(value) else value


@dataclass(frozen=True, slots=True)
class _Writer:
    draft: YamlText
    blank: bool

    def set(self, node: TextNode, path: str, value: str) -> None:
        *above, last = path.split(".")
        mapping = _at(node, above)
        pair = mapping.own(last)
        if value == "" and not self.blank:
            self.draft.remove(mapping, [_given(pair)])
        # The value comes from a merge key and is shared. The mapping gets its own, which overrides it.
        elif pair is None:
            self.draft.insert(mapping, {last: value})
        else:
            self.draft.replace(pair.value, value)

    def change_named(
        self, mapping: MappingNode, fields: Mapping[str, Field], actions: Iterable[AddElement | RemoveElement]
    ) -> None:
        """Change elements that are in one mapping by their names."""
        gone: list[Pair] = []
        for action in actions:
            field = _keyed(fields[action.path])
            name = field.place(action.key)[-1]
            pair = mapping.own(name)
            match action:
                case RemoveElement():
                    gone.append(_given(pair))
                case AddElement(attributes=attributes) if pair is None:
                    self.draft.insert(mapping, {name: named_element(field, attributes)})
                case AddElement(attributes=attributes) if field.is_single:
                    self.draft.replace(_given(pair).value, spelled_value(_plain(field), str(attributes[SINGLE])))
                case AddElement(attributes=attributes):
                    self.set_attributes(_given(pair).value, field, attributes)
        # Together, so that removing the last pair of a mapping is seen.
        if gone:
            self.draft.remove(mapping, gone)

    def change_list(self, pair: Pair, field: Field, actions: Iterable[_OfList]) -> None:
        """Make all changes of one list at once, so that its items are searched only once."""
        places: dict[ElementKey, list[int]] = {}
        for index, item in enumerate(_items(pair).items):
            places.setdefault(_key(field, item) if isinstance(field, KeyedField) else (_text(item),), []).append(index)
        new: list[NewValue] = []
        gone: list[int] = []
        for action in actions:
            match action:
                case AddMember(_, member):
                    new.append(member)
                case RemoveMember(_, member):
                    # All copies of a repeated item are removed.
                    gone += places.get((member,), [])
                case RemoveElement(_, key):
                    gone += places.get(key, [])
                # An element that exists is changed in place, so that its comments are kept.
                case AddElement(_, key, attributes) if key in places:
                    self.set_attributes(_items(pair).items[places[key][0]], _keyed(field), attributes)
                case AddElement(_, key, attributes):
                    new.append(element(_keyed(field), key, attributes))
        if new or gone:
            self.draft.change_items(pair, _items(pair), gone, new)

    def set_members(self, pair: Pair, members: tuple[str, ...]) -> None:
        items = _items(pair)
        texts = [_text(item) for item in items.items]
        gone = [index for index, text in enumerate(texts) if text not in members]
        self.draft.change_items(pair, items, gone, [member for member in members if member not in texts])

    def set_parts(self, mapping: MappingNode, field: Field, parts: Attributes) -> None:
        if isinstance(field, ChoiceField):
            self.choose(mapping, field, parts)
        elif isinstance(field, GroupField):
            for name in field.parts:
                value = str(parts.get(name, ""))
                # The author's spelling and comments are kept where nothing changes.
                if _text(get(mapping, name)) != value:
                    self.set(mapping, name, value)

    def choose(self, mapping: MappingNode, field: ChoiceField, parts: Attributes) -> None:
        if not parts:
            raise CannotEdit(f"live has none of {' and '.join(field.options)}, and a manifest needs one")
        if len(mapping.pairs) != 1 or mapping.pairs[0].key.text not in field.options or len(parts) != 1:
            raise CannotEdit("it is not a change from one choice to another")
        ((name, value),) = parts.items()
        self.draft.rename(mapping.pairs[0], name)
        self.draft.replace(mapping.pairs[0].value, UnquotedScalar("true") if name in field.flags else str(value))

    def set_attributes(self, found: TextNode, field: KeyedField, attributes: Attributes) -> None:
        differing = [a for a in field.attributes if not attribute_holds(a, _text(find_node(found, a.path)), attributes)]
        unset = [a for a in differing if a.path not in attributes and not self.blank]
        for attribute in differing:
            if attribute not in unset:
                value = spelled_value(attribute.compare, str(attributes.get(attribute.path, "")))
                self.set(found, attribute.path, value)
        # Together, so that removing the last pair of a mapping is seen.
        if unset:
            mapping = _mapping(found)
            self.draft.remove(mapping, [own for a in unset if (own := mapping.own(a.path)) is not None])


def _compare(field: Field | None) -> Compare:
    return field.compare if isinstance(field, ScalarField) else Compare.TEXT


def element(field: KeyedField, key: ElementKey, attributes: Attributes) -> NewValue:
    """Return an element of a collection as a manifest has it: a mapping of names to texts and mappings."""
    made: dict[str, object] = {}
    for name, part in zip(field.key, key, strict=True):
        if part:
            put(made, name, part)
    for attribute in field.attributes:
        if attribute.path in attributes:
            put(made, attribute.path, spelled_value(attribute.compare, str(attributes[attribute.path])))
    return made  # type: ignore[return-value]  # put makes mappings of texts and mappings


def named_element(field: KeyedField, attributes: Attributes) -> NewValue:
    """Return an element as a manifest has it that names its elements: its value, or a mapping of its attributes."""
    made = element(replace(field, key=()), (), attributes)
    return made[SINGLE] if field.is_single and isinstance(made, Mapping) else made


def _plain(field: KeyedField) -> Compare:
    return field.attributes[0].compare


def _key(field: KeyedField, item: TextNode) -> ElementKey:
    return tuple("" if (node := find_node(item, name)) is None else _text(node) for name in field.key)


def _keyed(field: Field) -> KeyedField:
    if not isinstance(field, KeyedField):
        raise TypeError(f"{field.path} has no elements")
    return field


def _at(node: TextNode, steps: Iterable[str]) -> MappingNode:
    """Return the mapping at these steps, which must be in the mapping itself and not come from a merge key."""
    for step in steps:
        node = _given(_mapping(node).own(step)).value
    return _mapping(node)


def _given(pair: Pair | None) -> Pair:
    if pair is None:
        raise CannotEdit("it comes from a merge key")
    return pair


def _own(node: TextNode, path: str) -> Pair:
    """Return the pair at a dotted path, which must be in the mapping itself and not come from a merge key."""
    *above, last = path.split(".")
    return _given(_at(node, above).own(last))


def _items(pair: Pair) -> SequenceNode:
    if not isinstance(pair.value, SequenceNode):
        raise CannotEdit("it is an alias" if isinstance(pair.value, Alias) else "it is not a list here")
    return pair.value


def _mapping(node: TextNode) -> MappingNode:
    if isinstance(node, MappingNode):
        return node
    raise CannotEdit("it is an alias" if isinstance(node, Alias) else "it is not a mapping here")


def _text(node: TextNode | None) -> str:
    found = None if node is None else target(node)
    return found.spelled if isinstance(found, ScalarNode) else ""
