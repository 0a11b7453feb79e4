"""Set fields of manifests: edit their file so that it has these values, and is otherwise the same byte for byte.

The edited file is read again. Its documents must be exactly the old ones with the new values, and they must be valid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import unified_diff
from typing import Final

from yaml import YAMLError

from trueup.edit.adopt import is_json
from trueup.edit.yaml_edits import CannotEdit, NewValue, YamlText
from trueup.edit.yaml_nodes import Alias, MappingNode, SequenceNode, TextNode, root_of, split_documents
from trueup.edit.yaml_style import UnquotedScalar
from trueup.errors import InvalidInput, Severity
from trueup.kinds.tree import spelled
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.manifest.settable import ManifestTree
from trueup.manifest.variants import VARIANTS, origin
from trueup.manifest.yaml_errors import BYTE_ORDER_MARK
from trueup.manifest.yaml_file import read_yaml
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest
from trueup.model.position import Step

_CONTEXT: Final = 1
"""Unchanged lines that are shown before and after a changed one."""

FieldPath = tuple[Step, ...]
"""The names of mappings and the indexes of lists from the root of a manifest to a value."""
FieldValues = Mapping[Identity, Mapping[FieldPath, ManifestTree]]
"""By resource, the values to set, by path into the manifest."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field's path and its value before and after; ``before`` is None for a field that was not in the manifest."""

    path: FieldPath
    before: ManifestTree | None
    after: ManifestTree


@dataclass(frozen=True, slots=True)
class ManifestEdit:
    """The changes of one manifest; ``lines`` are the changed lines of its file as a unified difference.

    For values that several targets share, ``targets`` are those of the manifest, and ``overridden`` maps paths to the
    targets that have their own value in ``variants``.
    """

    identity: Identity
    changes: tuple[FieldChange, ...]
    lines: tuple[str, ...]
    targets: tuple[str, ...] = ()
    overridden: Mapping[FieldPath, tuple[str, ...]] = field(default_factory=dict)


def set_values(project: Project, name: str, content: bytes, wanted: FieldValues) -> tuple[bytes, list[ManifestEdit]]:
    """Return the new content of the file ``name``, and an edit for each resource in ``wanted``.

    A path that begins with ``variants`` is one of the whole manifest; any other is shared by all of its targets.
    Raises CannotEdit when a value cannot be set without touching more, and InvalidInput when the result is not valid.
    """
    mark = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK) else b""
    try:
        texts = split_documents(content.removeprefix(mark).decode())
    except (YAMLError, UnicodeDecodeError):
        raise CannotEdit(_CHANGED) from None
    trees: list[ManifestTree] = []
    edits: list[ManifestEdit] = []
    for index, text in enumerate(texts):
        # A text without content is no document.
        roots = _roots(text.encode(), name)
        for manifest in load_texts(project, [(name, text.encode())]).manifests:
            if manifest.identity in wanted:
                texts[index], roots, edit = _edited(texts[index], roots[0], manifest, wanted[manifest.identity])
                edits.append(edit)
        trees += roots
    if len(edits) != len(wanted):
        raise CannotEdit(_CHANGED)
    after = mark + "".join(texts).encode()
    _verify(project, name, after, trees)
    return after, edits


_CHANGED: Final = "the file has changed since it was read"


def _edited(
    text: str, tree: ManifestTree, manifest: Manifest, values: Mapping[FieldPath, ManifestTree]
) -> tuple[str, list[ManifestTree], ManifestEdit]:
    """Return a document's new text, its new content, and the edit."""
    new, changes = text, []
    for path, value in values.items():
        own = tree_at(tree, path)
        # A variant without the value has the shared one.
        before = tree_at(tree, path[2:]) if own is None and path[0] == VARIANTS else own
        if before is None or _canonical(before) != _canonical(value):
            # One after the other: the first may create the mapping that the second one needs.
            new = _text_with(new, path, own, value)
            tree = with_value(tree, path, value)
            changes.append(FieldChange(path, before, value))
    # JSON is YAML, so reading it back does not show that an edit wrote YAML into a JSON file.
    if is_json(text) and not is_json(new):
        raise CannotEdit("the file would no longer be JSON")
    lines = unified_diff(text.splitlines(), new.splitlines(), n=_CONTEXT, lineterm="")
    shared = [path for path in values if path[0] != VARIANTS]
    edit = ManifestEdit(
        manifest.identity,
        tuple(changes),
        tuple(lines)[2:],
        targets=manifest.targets if shared else (),
        overridden={path: names for path in shared if (names := _overriding(tree, path, manifest.targets))},
    )
    return new, [tree], edit


def _overriding(tree: ManifestTree, path: FieldPath, targets: Sequence[str]) -> tuple[str, ...]:
    """Return the targets whose variants have their own value at a shared path."""
    assert isinstance(tree, Mapping), "a manifest is a mapping"
    return tuple(target for target in targets if origin(tree, target, path)[0] == VARIANTS)


def _text_with(text: str, path: FieldPath, before: ManifestTree | None, value: ManifestTree) -> str:
    """Return the text of a document with one value set."""
    draft, node, pair = YamlText(text, json=is_json(text)), root_of(text), None
    for number, step in enumerate(path):
        if isinstance(step, int):
            node = _item(node, step)
            continue
        if not isinstance(node, MappingNode):
            raise CannotEdit(_not_a("mapping", node))
        pair = node.own(step)
        if pair is None:
            new: NewValue = written_tree(value)
            for name in reversed(path[number + 1 :]):
                new = {str(name): new}
            draft.insert(node, {step: new})
            return draft.finished()
        node = pair.value
    if isinstance(value, Mapping):
        _choose(draft, node, value)
    elif isinstance(value, str) or not isinstance(value, Sequence):
        draft.replace(node, _scalar(value))
    elif isinstance(node, SequenceNode) and isinstance(before, Sequence) and pair is not None:
        olds, news = [*map(_canonical, before)], [*map(_canonical, value)]
        gone = [index for index, old in enumerate(olds) if old not in news]
        draft.change_items(pair, node, gone, [written_tree(item) for item in value if _canonical(item) not in olds])
    else:
        raise CannotEdit(_not_a("list", node))
    return draft.finished()


def _item(node: TextNode, index: int) -> TextNode:
    if not isinstance(node, SequenceNode):
        raise CannotEdit(_not_a("list", node))
    return node.items[index]


def _choose(draft: YamlText, node: TextNode, value: Mapping[str, ManifestTree]) -> None:
    """Replace the one pair of a mapping by another one, such as the option of a choice."""
    if not isinstance(node, MappingNode):
        raise CannotEdit(_not_a("mapping", node))
    if len(node.pairs) != 1 or len(value) != 1:
        raise CannotEdit("it is not a change from one choice to another")
    ((name, chosen),) = value.items()
    draft.rename(node.pairs[0], name)
    draft.replace(node.pairs[0].value, _scalar(chosen))


def _not_a(what: str, node: TextNode) -> str:
    return "it is an alias" if isinstance(node, Alias) else f"it is not a {what} here"


def _verify(project: Project, name: str, after: bytes, trees: Sequence[ManifestTree]) -> None:
    """Raise CannotEdit if the file does not have exactly this content, InvalidInput if it is not valid."""
    if [*map(_canonical, _roots(after, name))] != [*map(_canonical, trees)]:
        raise CannotEdit("the change would affect more than this one value")
    wrong = [d for d in load_texts(project, [(name, after)]).diagnostics if d.severity is Severity.ERROR]
    if wrong:
        # Not quotable: the file on disk has other lines.
        raise InvalidInput([replace(diagnostic, quotable=False) for diagnostic in wrong])


def _roots(text: bytes, name: str) -> list[ManifestTree]:
    return [document.root for document in read_yaml(text, name).documents]  # type: ignore[misc]  # the reader makes trees


def tree_at(tree: ManifestTree, path: FieldPath) -> ManifestTree | None:
    """Return the value at a path, None if there is none."""
    found: ManifestTree | None = tree
    for step in path:
        if isinstance(step, int):
            found = found[step] if isinstance(found, Sequence) and not isinstance(found, str) else None
        else:
            found = found.get(step) if isinstance(found, Mapping) else None
    return found


def with_value(tree: ManifestTree, path: FieldPath, value: ManifestTree) -> ManifestTree:
    """Return the tree with one value set. An alias elsewhere keeps the old value, so nothing is changed in place."""
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        items = list(tree) if isinstance(tree, Sequence) else []
        items[step] = with_value(items[step], tuple(rest), value)
        return items
    above = tree if isinstance(tree, Mapping) else {}
    return {**above, step: with_value(above.get(step, {}), tuple(rest), value)}


def written_tree(value: ManifestTree) -> NewValue:
    """Return a value as it is to be written."""
    if isinstance(value, Mapping):
        return {name: written_tree(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [written_tree(item) for item in value]
    return _scalar(value)


def _scalar(value: ManifestTree) -> str:
    return value if isinstance(value, str) else UnquotedScalar(spelled(value) or "null")


def _canonical(tree: object) -> str:
    """Return a text that is equal for equal values: lists are sets, and a quoted number is the number."""
    match tree:
        case Mapping():
            return f"{{{','.join(sorted(f'{name!r}:{_canonical(inner)}' for name, inner in tree.items()))}}}"
        case list() | tuple():
            return f"[{','.join(sorted(map(_canonical, tree)))}]"
        case _:
            return repr(spelled(tree))
