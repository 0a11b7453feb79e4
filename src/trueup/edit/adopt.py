"""Write what live changed by itself into the manifests.

Each change is made on its own and then proven: the document is read and checked again, and must want exactly what it
wanted before, but for the one thing. A change that would reach further (through an anchor, say) is left to people.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from yaml import YAMLError

from trueup.diff.compare import holds
from trueup.edit.draft import Draft
from trueup.edit.flow import Unable
from trueup.edit.nodes import root_of, split
from trueup.edit.write import write_change
from trueup.errors import Severity
from trueup.kinds.registry import KINDS
from trueup.kinds.spec import KindSpec
from trueup.manifest.encoding import BYTE_ORDER_MARK
from trueup.manifest.load import Loaded, load_texts
from trueup.manifest.project import Project
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
from trueup.model.drift import ResourceDrift
from trueup.model.field import ChoiceField
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest
from trueup.model.plan import PlannedAction
from trueup.model.value import Attributes, Desired, Elements, Known, Members, Parts, Value
from trueup.plan.source import manifest_digest

CHANGED: Final = "the file was changed while live was being read"
PROCESS: Final = "it is a process and no value: trueup apply starts it, or take it out of lifecycle"


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
        return content, [refused(drift, CHANGED) for drift in drifts]
    adoptions = [file.adopt(drift, None if read is None else read[drift.identity]) for drift in drifts]
    after = file.content()
    if after is None:
        return content, [refused(drift, "the file as a whole would not be read as before") for drift in drifts]
    return after, adoptions


def refused(drift: ResourceDrift, why: str) -> Adoption:
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
        for place, text in enumerate(self._texts):
            for manifest in self._load(text).manifests:
                self._manifests[manifest.identity] = manifest
                self._places[manifest.identity] = place

    def adopt(self, drift: ResourceDrift, read: Manifest | None) -> Adoption:
        """Take over what can be taken over of one resource's drift."""
        now = self._manifests.get(drift.identity)
        if now is None or (read is not None and _digest(now) != _digest(read)):
            return refused(drift, CHANGED)
        told = [(change, self._take(drift.identity, change.action)) for change in drift.changes]
        left = tuple((change, why) for change, why in told if why)
        return Adoption(
            drift=drift, taken=tuple(change for change, why in told if not why), left=left + _processes(drift)
        )

    def content(self) -> bytes | None:
        """Return the file as it is now, None when it would not be read as its documents are one by one."""
        after = self._mark + "".join(self._texts).encode()
        if after == self._before:
            return after
        read = {m.identity: _digest(m) for m in load_texts(self._project, [(self._name, after)]).manifests}
        return after if read == {i: _digest(m) for i, m in self._manifests.items()} else None

    def _take(self, identity: Identity, action: Action) -> str:
        """Make one change and prove it; return why not, empty when it was made."""
        why = ""
        kind, before = KINDS[identity.kind], self._manifests[identity]
        desired = kind.desired(before.spec)
        action = _managed(action, desired)
        wanted = _taken_over(kind, desired, action)
        for blank in (True, False):
            try:
                text = self._changed(identity, action, blank=blank)
                failed = self._prove(identity, text, wanted)
            except Unable as error:
                failed = str(error)
            if not failed:
                return ""
            why = why or failed
        return why

    def _changed(self, identity: Identity, action: Action, *, blank: bool) -> str:
        text = self._texts[self._places[identity]]
        draft = Draft(text, json=_is_json(text))
        write_change(draft, root_of(text), KINDS[identity.kind].by_path, action, blank=blank)
        return draft.finished()

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
    managed = _elements(desired[action.path]).by_key.get(action.key)
    if managed is None:
        return action
    return replace(action, attributes={path: v for path, v in action.attributes.items() if path in managed})


def _taken_over(kind: KindSpec, desired: Desired, action: Action) -> Desired:
    """Return what is wanted once live's value of one thing is; unset is wanted empty."""
    match action:
        case SetValue(path, value):
            return {**desired, path: value}
        case SetMembers(path, members):
            return {**desired, path: Members(members)}
        case AddMember(path, member):
            return {**desired, path: Members((*_members(desired[path]), member))}
        case RemoveMember(path, member):
            return {**desired, path: Members(tuple(m for m in _members(desired[path]) if m != member))}
        case SetParts(path, parts):
            if isinstance(kind.by_path[path], ChoiceField):
                return {**desired, path: Parts(parts)}
            return {**desired, path: Parts({name: parts.get(name, "") for name in _parts(desired[path])})}
        case AddElement(path, key, attributes):
            elements = _elements(desired[path])
            had = dict.fromkeys(elements.by_key.get(key, {}), "")
            return {**desired, path: Elements({**elements.by_key, key: {**had, **attributes}})}
        case RemoveElement(path, key):
            kept = {other: a for other, a in _elements(desired[path]).by_key.items() if other != key}
            return {**desired, path: Elements(kept)}
        case _:
            raise TypeError(f"{type(action).__name__} changes no field")


def _parts(value: Value) -> Attributes:
    return value.values if isinstance(value, Parts) else {}


def _members(value: Value) -> tuple[str, ...]:
    return value.values if isinstance(value, Members) else ()


def _elements(value: Value) -> Elements:
    return value if isinstance(value, Elements) else Elements({})


def _same(kind: KindSpec, one: Desired, other: Desired) -> bool:
    """Compare two wishes; a value that is wanted empty and one that is not wanted any more are as good."""
    return all(_alike(kind, path, one, other) for path in one.keys() | other.keys())


def _alike(kind: KindSpec, path: str, one: Desired, other: Desired) -> bool:
    field = kind.by_path[path]
    if path not in one or path not in other:
        return (one.get(path) or other.get(path) or "") == ""
    return holds(field, one[path], Known(other[path])) and holds(field, other[path], Known(one[path]))
