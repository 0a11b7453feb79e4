"""Write what live changed by itself into the manifests.

The changes of a manifest are made together and then proven: the document is read and checked again, and must want
exactly what it wanted before, but for what was to change. When that fails, each half of the changes is made and proven
by itself, down to the single one that fails. A change that would reach further (through an anchor, say) is left to
people.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from yaml import YAMLError

from trueup.diff.equality import holds
from trueup.edit.changes import write_changes
from trueup.edit.yaml_edits import CannotEdit, YamlText
from trueup.edit.yaml_nodes import root_of, split
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
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import ChoiceField
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest
from trueup.model.plan import PlannedAction, ResourceDrift
from trueup.model.value import Attributes, Desired, ElementKey, Elements, Known, Members, Parts, Value
from trueup.plan.digest import manifest_digest

CHANGED: Final = "the file was changed while live was being read"
PROCESS: Final = "it is a process and no value: trueup apply starts it, or take it out of lifecycle"

_TRIED_AT_MOST: Final = 500_000
_ATTEMPT: Final = 1_000
"""Characters of a file, beside its own number, that are read again to find single changes that fail; and those that one
attempt counts for, however short the document is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """Hold what became of the drift of one resource: ``taken`` is in the file now, ``left`` is not, and why."""

    drift: ResourceDrift
    taken: tuple[PlannedAction, ...] = ()
    left: tuple[tuple[PlannedAction, str], ...] = ()


def adopt(
    project: Project,
    name: str,
    content: bytes,
    drifts: Sequence[ResourceDrift],
    read: Mapping[Identity, Manifest] | None = None,
) -> tuple[bytes, list[Adoption]]:
    """Return a file with the drift of these resources in it, and what became of each; ``name`` is the file's.

    ``read`` are the manifests for which the drift was found: of one that the file no longer holds so, all is left.
    """
    try:
        file = _File(project, name, content)
    except (YAMLError, UnicodeDecodeError):
        return content, [refused_adoption(drift, CHANGED) for drift in drifts]
    adoptions = [file.adopt(drift, None if read is None else read[drift.identity]) for drift in drifts]
    after = file.content()
    if after is None:
        return content, [refused_adoption(drift, "the file as a whole would not be read as before") for drift in drifts]
    return after, adoptions


def refused_adoption(drift: ResourceDrift, why: str) -> Adoption:
    """Return the adoption of which nothing came, and why."""
    return Adoption(drift=drift, left=tuple((change, why) for change in drift.changes) + _processes(drift))


def _processes(drift: ResourceDrift) -> tuple[tuple[PlannedAction, str], ...]:
    """Return the processes that are needed again, told forwards as the changes are: from what was wanted to live."""
    return tuple((replace(p, before=p.after, after=p.before), PROCESS) for p in drift.left)


class _File:
    """Hold one file while it changes, document by document: the cost follows what changes, not the file."""

    def __init__(self, project: Project, name: str, content: bytes) -> None:
        self._project, self._name = project, name
        self._mark = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK) else b""
        self._before = content
        self._texts = split(content.removeprefix(self._mark).decode())
        self._manifests: dict[Identity, Manifest] = {}
        self._places: dict[Identity, int] = {}
        self._left = _TRIED_AT_MOST + len(content)
        for place, text in enumerate(self._texts):
            for manifest in self._load(text).manifests:
                self._manifests[manifest.identity] = manifest
                self._places[manifest.identity] = place

    def adopt(self, drift: ResourceDrift, read: Manifest | None) -> Adoption:
        """Take over what can be taken over of one resource's drift."""
        now = self._manifests.get(drift.identity)
        if now is None or (read is not None and _digest(now) != _digest(read)):
            return refused_adoption(drift, CHANGED)
        whys = self._take(drift.identity, [change.action for change in drift.changes])
        told = [*zip(drift.changes, whys, strict=True)]
        return Adoption(
            drift=drift,
            taken=tuple(change for change, why in told if not why),
            left=tuple((change, why) for change, why in told if why) + _processes(drift),
        )

    def content(self) -> bytes | None:
        """Return the file as it is now, None when it would not be read as its documents are one by one."""
        after = self._mark + "".join(self._texts).encode()
        if after == self._before or len(self._texts) == 1:
            # A document that is the whole file is proven already.
            return after
        read = {m.identity: _digest(m) for m in load_texts(self._project, [(self._name, after)]).manifests}
        return after if read == {i: _digest(m) for i, m in self._manifests.items()} else None

    def _take(self, identity: Identity, actions: Sequence[Action]) -> list[str]:
        """Make changes and prove them; return of each why it was not made, empty when it was."""
        why = self._tried(identity, actions, blank=True) if actions else ""
        if not why:
            return [""] * len(actions)
        if len(actions) == 1:
            return [why if self._tried(identity, actions, blank=False) else ""]
        if self._left < 0:
            return [f"it was only tried together with other changes: {why}"] * len(actions)
        middle = len(actions) // 2
        return [*self._take(identity, actions[:middle]), *self._take(identity, actions[middle:])]

    def _tried(self, identity: Identity, actions: Sequence[Action], *, blank: bool) -> str:
        """Make all of these changes, if that can be proven; return why not, empty when they were made."""
        kind, text = KINDS[identity.kind], self._texts[self._places[identity]]
        desired = kind.desired(self._manifests[identity].spec)
        actions = [_managed(action, desired) for action in actions]
        draft = YamlText(text, json=_is_json(text))
        try:
            write_changes(draft, root_of(text), kind.by_path, actions, blank=blank)
            text = draft.finished()
            why = self._prove(identity, text, _taken_over(kind, desired, actions))
        except CannotEdit as error:
            why = str(error)
        if why:
            self._left -= len(text) + _ATTEMPT
        return why

    def _prove(self, identity: Identity, text: str, wanted: Desired) -> str:
        """Take the text for the document's when it wants what it should and all else as before; return why not."""
        kind, place, before = KINDS[identity.kind], self._places[identity], self._manifests[identity]
        try:
            loaded = self._load(text)
        except UnicodeEncodeError:
            return "live has a text that no file can hold"
        wrong = next((d for d in loaded.diagnostics if d.severity is Severity.ERROR), None)
        if wrong is not None and wrong.code == "unknown-anchor":
            return "it holds an anchor that is used elsewhere"
        if wrong is not None:
            return f"a manifest cannot say it: {wrong.message.removesuffix('.')}"
        after = loaded.manifests[0]
        kept = (after.identity, after.labels, after.lifecycle, after.locale)
        if kept != (before.identity, before.labels, before.lifecycle, before.locale) or not _same(
            kind, kind.desired(after.spec), wanted
        ):
            return "the change would reach further than this one value"
        if _is_json(self._texts[place]) and not _is_json(text):
            return "the file would no longer be JSON"
        self._texts[place], self._manifests[identity] = text, after
        return ""

    def _load(self, text: str) -> Loaded:
        return load_texts(self._project, [(self._name, text.encode())])


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


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


def _taken_over(kind: KindSpec, desired: Desired, actions: Iterable[Action]) -> Desired:
    """Return what is wanted once live's values of these things are; unset is wanted empty."""
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
    return wanted


def _parts(value: Value) -> Attributes:
    return value.values if isinstance(value, Parts) else {}


def _members(desired: Desired, path: str, changed: dict[str, dict[str, None]]) -> dict[str, None]:
    """Return the members at a path to change, copied once."""
    if path not in changed:
        value = desired[path]
        changed[path] = dict.fromkeys(value.values if isinstance(value, Members) else ())
    return changed[path]


def _elements(
    desired: Desired, path: str, changed: dict[str, dict[ElementKey, Attributes]]
) -> dict[ElementKey, Attributes]:
    """Return the elements at a path to change, copied once."""
    if path not in changed:
        value = desired[path]
        changed[path] = dict(value.by_key) if isinstance(value, Elements) else {}
    return changed[path]


def _same(kind: KindSpec, one: Desired, other: Desired) -> bool:
    """Compare two wishes; a value that is wanted empty and one that is not wanted any more are as good."""
    return all(_alike(kind, path, one, other) for path in one.keys() | other.keys())


def _alike(kind: KindSpec, path: str, one: Desired, other: Desired) -> bool:
    field = kind.by_path[path]
    if path not in one or path not in other:
        return (one.get(path) or other.get(path) or "") == ""
    return holds(field, one[path], Known(other[path])) and holds(field, other[path], Known(one[path]))
