"""Adopt drift: write changes of live resources into their manifests.

The changes of a manifest are made together and then verified: the document is read and checked again, and its desired
state must be exactly the old one plus the changes. The other manifests of a document for several targets must not
change. If that fails, each half of the changes is made and verified separately, down to the single change that fails.
A change that would affect anything else, for example through an anchor, is left for a person to make.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from yaml import YAMLError

from trueup.diff.equality import holds
from trueup.edit.changes import write_changes
from trueup.edit.target_blocks import TargetBlocks, document_of, write_for_target
from trueup.edit.yaml_edits import CannotEdit, YamlText
from trueup.edit.yaml_nodes import get, root_of, split_documents
from trueup.errors import Severity
from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.manifest.load import Loaded, load_texts
from trueup.manifest.project import Project
from trueup.manifest.yaml_errors import BYTE_ORDER_MARK
from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    FieldAction,
    LifecycleAction,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import ChoiceField, Field, KeyedField
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest
from trueup.model.plan import PlannedAction, ResourceDrift
from trueup.model.value import Attributes, Desired, ElementKey, Elements, Known, Members, Parts, Value
from trueup.plan.digest import manifest_digest
from trueup.plan.masked import masked_paths

CHANGED: Final = "the file was changed while the live state was being read"
PROCESS: Final = "it is a process, not a value: start it with trueup apply"
ASKED: Final = f"{PROCESS}, or remove it from lifecycle"
MASKED: Final = "the platform masks it, so no manifest can have it: write it with trueup apply, or remove the reference"

# Finding the changes that fail reads the document again for each attempt. The characters read are bounded, so that a
# hostile file cannot make this quadratic; a short document counts for more, because an attempt has a fixed cost.
_TRIED_AT_MOST: Final = 500_000
_ATTEMPT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """The outcome for one resource: ``taken`` changes are now in its file, ``refused`` are the others with reasons."""

    drift: ResourceDrift
    taken: tuple[PlannedAction, ...] = ()
    refused: tuple[tuple[PlannedAction, str], ...] = ()


def adopt(
    project: Project,
    name: str,
    content: bytes,
    drifts: Sequence[ResourceDrift],
    read: Mapping[Identity, Manifest] | None = None,
) -> tuple[bytes, list[Adoption]]:
    """Return the new content of the file ``name``, and an adoption for each of the drifts.

    ``read`` maps identities to the manifests for which the drift was found. If the file no longer has such a manifest
    unchanged, none of its drift is adopted.
    """
    try:
        file = _File(project, name, content)
    except (YAMLError, UnicodeDecodeError):
        return content, [refused_adoption(drift, CHANGED) for drift in drifts]
    adoptions = [file.adopt(drift, None if read is None else read[drift.identity]) for drift in drifts]
    after = file.content()
    if after is None:
        return content, [
            refused_adoption(drift, "the file as a whole would no longer have the same meaning") for drift in drifts
        ]
    return after, adoptions


def refused_adoption(drift: ResourceDrift, why: str) -> Adoption:
    """Return an adoption in which all changes are refused, for the reason ``why``."""
    return Adoption(drift=drift, refused=tuple((change, why) for change in drift.changes) + _processes(drift))


def _processes(drift: ResourceDrift) -> tuple[tuple[PlannedAction, str], ...]:
    """Return the processes that would have to run again, with the desired state before and the live state after."""
    rows = KINDS[drift.identity.kind].lifecycle.rows
    return tuple(
        (replace(p, before=p.after, after=p.before), ASKED if rows[type(p.action)].asked(p.action) else PROCESS)
        for p in drift.repeated
        if isinstance(p.action, LifecycleAction)
    )


class _File:
    """A file that is edited document by document, so that the cost depends on the changes, not on its size."""

    def __init__(self, project: Project, name: str, content: bytes) -> None:
        self._project, self._name = project, name
        self._mark = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK) else b""
        self._before = content
        self._texts = split_documents(content.removeprefix(self._mark).decode())
        self._documents: list[Mapping[Identity, Manifest]] = []
        self._indexes: dict[Identity, int] = {}
        self._budget = _TRIED_AT_MOST + len(content)
        for index, text in enumerate(self._texts):
            self._documents.append(_by_identity(self._load(text)))
            self._indexes |= dict.fromkeys(self._documents[index], index)

    def adopt(self, drift: ResourceDrift, read: Manifest | None) -> Adoption:
        """Adopt as much of one resource's drift as possible."""
        index = self._indexes.get(drift.identity)
        now = None if index is None else self._documents[index][drift.identity]
        # The drift is that of the manifest as it was read. For another one it could be the wrong change.
        if now is None or (read is not None and _digest(now) != _digest(read)):
            return refused_adoption(drift, CHANGED)
        masked = masked_paths(KINDS[drift.identity.kind])
        shown, hidden = list[PlannedAction](), list[PlannedAction]()
        for change in drift.changes:
            is_hidden = isinstance(change.action, FieldAction) and change.action.path in masked
            (hidden if is_hidden else shown).append(change)
        whys = self._take(drift.identity, [change.action for change in shown])
        results = [*zip(shown, whys, strict=True), *((change, MASKED) for change in hidden)]
        return Adoption(
            drift=drift,
            taken=tuple(change for change, why in results if not why),
            refused=tuple((change, why) for change, why in results if why) + _processes(drift),
        )

    def content(self) -> bytes | None:
        """Return the file's new content, None if it would be read differently from its documents one by one."""
        after = self._mark + "".join(self._texts).encode()
        if after == self._before or len(self._texts) == 1:
            # A file of one document was verified with that document.
            return after
        read = {m.identity: _digest(m) for m in load_texts(self._project, [(self._name, after)]).manifests}
        return after if read == {i: _digest(m) for one in self._documents for i, m in one.items()} else None

    def _take(self, identity: Identity, actions: Sequence[Action]) -> list[str]:
        """Make and verify changes; return for each the reason why it was not made, empty if it was."""
        why = self._tried(identity, actions, blank=True) if actions else ""
        if not why:
            return [""] * len(actions)
        if len(actions) == 1:
            # Some fields must not be empty. There an unset value is removed instead.
            return [why if self._tried(identity, actions, blank=False) else ""]
        # The budget is used up, so the halves are not tried.
        if self._budget < 0:
            return [f"it was only tried together with other changes: {why}"] * len(actions)
        middle = len(actions) // 2
        return [*self._take(identity, actions[:middle]), *self._take(identity, actions[middle:])]

    def _tried(self, identity: Identity, actions: Sequence[Action], *, blank: bool) -> str:
        """Make all of these changes if they pass verification; return the reason why not, empty if they do."""
        kind, index = KINDS[identity.kind], self._indexes[identity]
        text, manifest = self._texts[index], self._documents[index][identity]
        desired = kind.desired(manifest.spec)
        actions = [_managed(action, desired) for action in actions]
        wanted = _adopted(kind, desired, actions)
        draft, root = YamlText(text, json=is_json(text)), root_of(text)
        try:
            if manifest.targets:
                blocks = TargetBlocks(document_of(text), identity.target)
                write_for_target(draft, root, kind, actions, blocks, desired=desired, wanted=wanted, blank=blank)
            else:
                write_changes(draft, get(root, "spec"), kind.by_path, actions, blank=blank)
            text = draft.finished()
            why = self._verify(identity, text, wanted)
        except CannotEdit as error:
            why = str(error)
        if why:
            self._budget -= len(text) + _ATTEMPT
        return why

    def _verify(self, identity: Identity, text: str, wanted: Desired) -> str:
        """Replace the document if ``text`` differs only as wanted; return the reason why not, empty if it does."""
        kind, index = KINDS[identity.kind], self._indexes[identity]
        before = self._documents[index]
        try:
            loaded = self._load(text)
        except UnicodeEncodeError:
            return "the live value has characters that no file can hold"
        wrong = next((d for d in loaded.diagnostics if d.severity is Severity.ERROR), None)
        # The old value had an anchor that an alias elsewhere refers to.
        if wrong is not None and wrong.code == "unknown-anchor":
            return "it contains an anchor that is used elsewhere"
        if wrong is not None:
            return f"a manifest cannot express it: {wrong.message.removesuffix('.')}"
        after = _by_identity(loaded)
        if {i: _kept(m, identity) for i, m in after.items()} != {i: _kept(m, identity) for i, m in before.items()} or (
            not _same(kind, kind.desired(after[identity].spec), wanted)
        ):
            return "the change would affect more than this one value"
        # JSON is YAML, so reading it back does not show that an edit wrote YAML into a JSON file.
        if is_json(self._texts[index]) and not is_json(text):
            return "the file would no longer be JSON"
        self._texts[index], self._documents[index] = text, after
        return ""

    def _load(self, text: str) -> Loaded:
        return load_texts(self._project, [(self._name, text.encode())])


def is_json(text: str) -> bool:
    """Return whether the text of a document is JSON."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _by_identity(loaded: Loaded) -> Mapping[Identity, Manifest]:
    return {manifest.identity: manifest for manifest in loaded.manifests}


def _kept(manifest: Manifest, changed: Identity) -> tuple[object, ...]:
    """Return what a change of a manifest keeps: for ``changed`` all but its fields, for others everything."""
    fields = "" if manifest.identity == changed else _digest(manifest)
    return manifest.labels, manifest.lifecycle, manifest.locale, fields


def _digest(manifest: Manifest) -> str:
    return manifest_digest(manifest, KINDS[manifest.identity.kind].desired(manifest.spec))


def _managed(action: Action, desired: Desired) -> Action:
    """Return the action without the attributes of an element that the manifest does not manage."""
    if not isinstance(action, AddElement):
        return action
    value = desired[action.path]
    managed = value.by_key.get(action.key) if isinstance(value, Elements) else None
    if managed is None:
        return action
    return replace(action, attributes={path: v for path, v in action.attributes.items() if path in managed})


def _adopted(kind: KindSpec, desired: Desired, actions: Iterable[Action]) -> Desired:
    """Return the desired state with these changes made; a value that is unset live becomes empty."""
    wanted = dict(desired)
    elements: dict[str, dict[ElementKey, Attributes]] = {}
    members: dict[str, dict[str, None]] = {}
    for action in actions:
        match action:
            case SetValue(path, value):
                wanted[path] = value
            case SetMembers(path, values):
                wanted[path] = Members(values)
            case SetParts(path, parts) if isinstance(kind.by_path[path], ChoiceField):
                wanted[path] = Parts(parts)
            case SetParts(path, parts):
                wanted[path] = Parts({name: parts.get(name, "") for name in _parts(desired[path])})
            case AddMember(path, member):
                _members(desired, path, members)[member] = None
            case RemoveMember(path, member):
                _members(desired, path, members).pop(member, None)
            case AddElement(path, key, attributes):
                by_key = _elements(desired, path, elements)
                by_key[key] = {**dict.fromkeys(by_key.get(key, {}), ""), **attributes}
            case RemoveElement(path, key):
                _elements(desired, path, elements).pop(key, None)
            case _:
                raise TypeError(f"{type(action).__name__} changes no field")
    wanted |= {path: Members(tuple(values)) for path, values in members.items()}
    wanted |= {path: Elements(by_key) for path, by_key in elements.items()}
    # A manifest that names none of the elements does not manage them.
    unmanaged = [path for path, by_key in elements.items() if not by_key and _has_names(kind.by_path[path])]
    return {path: value for path, value in wanted.items() if path not in unmanaged}


def _has_names(field: Field) -> bool:
    return isinstance(field, KeyedField) and bool(field.names)


def _parts(value: Value) -> Attributes:
    return value.values if isinstance(value, Parts) else {}


def _members(desired: Desired, path: str, changed: dict[str, dict[str, None]]) -> dict[str, None]:
    """Return a copy of the members at a path, the same one in each call."""
    if path not in changed:
        value = desired[path]
        changed[path] = dict.fromkeys(value.values if isinstance(value, Members) else ())
    return changed[path]


def _elements(
    desired: Desired, path: str, changed: dict[str, dict[ElementKey, Attributes]]
) -> dict[ElementKey, Attributes]:
    """Return a copy of the elements at a path, the same one in each call."""
    if path not in changed:
        value = desired[path]
        changed[path] = dict(value.by_key) if isinstance(value, Elements) else {}
    return changed[path]


def _same(kind: KindSpec, one: Desired, other: Desired) -> bool:
    """Return whether two desired states are equal; an empty value equals one that is no longer managed."""
    return all(_alike(kind, path, one, other) for path in one.keys() | other.keys())


def _alike(kind: KindSpec, path: str, one: Desired, other: Desired) -> bool:
    field = kind.by_path[path]
    if path not in one or path not in other:
        return (one.get(path) or other.get(path) or "") == ""
    return holds(field, one[path], Known(other[path])) and holds(field, other[path], Known(one[path]))
