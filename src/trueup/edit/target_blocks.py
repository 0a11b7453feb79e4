"""Write a change for one target into a manifest for several, so that no other target changes.

A value that only this target uses is changed where it is written: in the target's variant, or in the shared block if
every other target has its own. For any other value the variant gets one, a list as a whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trueup.edit.changes import element, named_element, spelled_value, write_changes
from trueup.edit.yaml_edits import CannotEdit, NewValue, YamlText
from trueup.edit.yaml_nodes import MappingNode, TextNode, get
from trueup.kinds.base import KindSpec
from trueup.kinds.tree import put
from trueup.manifest.variants import VARIANTS, origin
from trueup.manifest.yaml_file import read_yaml
from trueup.model.action import Action, AddElement, FieldAction, RemoveElement, SetParts, SetValue
from trueup.model.field import ChoiceField, KeyedField, ScalarField
from trueup.model.value import Desired, Elements, Members, Parts

_OTHER_CHOICE: Final = "other targets use the value as well, and a variant cannot choose another one"
_OTHER_NAME: Final = "other targets use the value as well, and a variant cannot remove one"


@dataclass(frozen=True, slots=True)
class TargetBlocks:
    """The blocks of a whole manifest, as seen from one of its targets."""

    document: Mapping[str, Any]
    target: str

    def own(self, path: str) -> tuple[str, ...] | None:
        """Return the path of the block that has a field's value, None if other targets use the value as well."""
        full = ("spec", *path.split("."))
        if origin(self.document, self.target, full)[0] == VARIANTS:
            return VARIANTS, self.target, "spec"
        targets = self.document["metadata"]["targets"]
        users = [target for target in targets if origin(self.document, target, full)[0] != VARIANTS]
        return ("spec",) if users == [self.target] else None


def document_of(text: str) -> Mapping[str, Any]:
    """Return the content of a document that was read without errors."""
    root = next(iter(read_yaml(text.encode(), "").documents)).root
    assert isinstance(root, dict), "a manifest is a mapping"
    return root


def write_for_target(  # noqa: PLR0913 - what write_changes needs, and both states of the target
    draft: YamlText,
    root: TextNode,
    kind: KindSpec,
    actions: Iterable[Action],
    blocks: TargetBlocks,
    *,
    desired: Desired,
    wanted: Desired,
    blank: bool,
) -> None:
    """Write the changes of one target; ``desired`` is its state in the manifest before, ``wanted`` the one afterwards.

    ``blank`` as in :func:`~trueup.edit.changes.write_changes`. Raises CannotEdit.
    """
    in_place: dict[tuple[str, ...], list[Action]] = {}
    added: dict[str, object] = {}
    for path, action in _by_field(kind, actions, desired):
        block = blocks.own(path)
        if block is not None:
            in_place.setdefault(block, []).append(action)
        else:
            put(added, path, _value(kind, path, action, wanted, blank=blank))
    for block, some in in_place.items():
        write_changes(draft, _node(root, block), kind.by_path, some, blank=blank)
    if added:
        _add(draft, root, {VARIANTS: {blocks.target: {"spec": added}}})


def _by_field(kind: KindSpec, actions: Iterable[Action], desired: Desired) -> Iterator[tuple[str, Action]]:
    """Yield each change with the path of what it changes. The parts of a group may come from different blocks."""
    for action in actions:
        match action:
            case SetParts(path, parts):
                value = desired[path]
                before = value.values if isinstance(value, Parts) else {}
                if isinstance(kind.by_path[path], ChoiceField) and parts.keys() != before.keys():
                    yield f"{path}.{next(iter(before))}", action
                    continue
                for name in before:
                    if parts.get(name, "") != before[name]:
                        yield f"{path}.{name}", SetValue(f"{path}.{name}", parts.get(name, ""))
            case AddElement(path=path, key=key) | RemoveElement(path=path, key=key):
                field = kind.by_path[path]
                has_name = isinstance(field, KeyedField) and field.names
                yield (".".join(field.place(key)) if isinstance(field, KeyedField) and has_name else path), action
            case _ if isinstance(action, FieldAction):
                yield action.path, action
            case _:
                raise CannotEdit("it is not a field")


def _value(kind: KindSpec, path: str, action: Action, wanted: Desired, *, blank: bool) -> NewValue:
    """Return the value of a field that a variant gets."""
    if isinstance(action, SetParts):
        raise CannotEdit(_OTHER_CHOICE)
    if isinstance(action, AddElement | RemoveElement) and action.path != path:
        named = kind.by_path[action.path]
        if isinstance(action, RemoveElement) or not isinstance(named, KeyedField):
            raise CannotEdit(_OTHER_NAME)
        return named_element(named, action.attributes)
    field = kind.by_path.get(path)
    if isinstance(action, SetValue):
        return spelled_value(field.compare, str(action.value)) if isinstance(field, ScalarField) else str(action.value)
    value = wanted[path]
    if isinstance(value, Members):
        return list(value.values)
    assert isinstance(value, Elements), "a change of a list makes a list"
    assert isinstance(field, KeyedField), "only a keyed field has elements"
    given = ((key, {n: v for n, v in attributes.items() if v or blank}) for key, attributes in value.by_key.items())
    return [element(field, key, attributes) for key, attributes in given]


def _node(root: TextNode, block: tuple[str, ...]) -> TextNode | None:
    # Not find_node(): the name of a target may have dots.
    node: TextNode | None = root
    for step in block:
        node = None if node is None else get(node, step)
    return node


def _add(draft: YamlText, node: TextNode, tree: Mapping[str, Any]) -> None:
    """Add the members of nested mappings that a mapping does not have."""
    if not isinstance(node, MappingNode):
        raise CannotEdit("the block of its target is an alias or not a mapping here")
    new = {name: value for name, value in tree.items() if node.own(name) is None}
    for name, value in tree.items():
        pair = node.own(name)
        if pair is not None:
            _add(draft, pair.value, value)
    if new:
        draft.insert(node, new)
