"""Write what live changed by itself into the manifests.

Each change is made on its own and then proven: the file is read and checked again, and must want exactly what it wanted
before, but for the one thing. A change that would reach further (through an anchor, say) is left to people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trueup.diff.compare import holds
from trueup.edit.draft import Draft, Unable
from trueup.edit.nodes import Node, documents
from trueup.edit.write import write_change
from trueup.kinds.registry import KINDS
from trueup.kinds.spec import KindSpec
from trueup.manifest.encoding import BYTE_ORDER_MARK
from trueup.manifest.load import load_texts
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """Hold what became of the drift of one resource: ``taken`` is in the file now, ``left`` is not, and why."""

    drift: ResourceDrift
    taken: tuple[PlannedAction, ...] = ()
    left: tuple[tuple[PlannedAction, str], ...] = ()


def adopt(project: Project, name: str, content: bytes, drifts: Sequence[ResourceDrift]) -> tuple[bytes, list[Adoption]]:
    """Return a file with the drift of these resources in it, and what became of each; ``name`` is the file's."""
    mark = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK) else b""
    text = content.removeprefix(mark).decode()
    file = _File(project, name, text)
    adoptions = [file.adopt(drift) for drift in drifts]
    return mark + file.text.encode(), adoptions


class _File:
    """Hold one file while it changes."""

    def __init__(self, project: Project, name: str, text: str) -> None:
        self.text = text
        self._project = project
        self._name = name
        self._manifests = self._read(text)
        places = [_place(text, root) for root in documents(text)]
        starts = {identity: manifest.positions.at(()) for identity, manifest in self._manifests.items()}
        self._index = {identity: places.index((start.line, start.column)) for identity, start in starts.items()}

    def adopt(self, drift: ResourceDrift) -> Adoption:
        """Take over what can be taken over of one resource's drift."""
        taken: list[PlannedAction] = []
        left: list[tuple[PlannedAction, str]] = []
        for change in drift.changes:
            why = self._take(drift.identity, change)
            if why:
                left.append((change, why))
            else:
                taken.append(change)
        return Adoption(drift=drift, taken=tuple(taken), left=tuple(left))

    def _take(self, identity: Identity, change: PlannedAction) -> str:
        """Make one change and prove it; return why not, empty when it was made."""
        why = ""
        wanted = _taken_over(KINDS[identity.kind], self._desired(identity), change.action)
        for blank in (True, False):
            try:
                text = self._changed(identity, change.action, blank=blank)
            except Unable as error:
                why = why or str(error)
                continue
            if self._proven(identity, text, wanted):
                return ""
            why = why or "the change would reach further than this one value"
        return why

    def _changed(self, identity: Identity, action: Action, *, blank: bool) -> str:
        draft = Draft(self.text)
        root = documents(self.text)[self._index[identity]]
        write_change(draft, root, KINDS[identity.kind].by_path, action, blank=blank)
        return draft.finished()

    def _proven(self, identity: Identity, text: str, wanted: Desired) -> bool:
        """Take the text for the file's when it wants what it should and everything else as before."""
        kind = KINDS[identity.kind]
        after = self._read(text)
        if after.keys() != self._manifests.keys():
            return False
        others = all(_digest(after[i]) == _digest(m) for i, m in self._manifests.items() if i != identity)
        if not others or not _same(kind, kind.desired(after[identity].spec), wanted):
            return False
        self.text, self._manifests = text, after
        return True

    def _desired(self, identity: Identity) -> Desired:
        return KINDS[identity.kind].desired(self._manifests[identity].spec)

    def _read(self, text: str) -> Mapping[Identity, Manifest]:
        loaded = load_texts(self._project, [(self._name, text.encode())])
        return {manifest.identity: manifest for manifest in loaded.manifests}


def _place(text: str, root: Node) -> tuple[int, int]:
    """Return line and column, which count from 1."""
    return 1 + text.count("\n", 0, root.start), root.start - text.rfind("\n", 0, root.start)


def _digest(manifest: Manifest) -> str:
    return manifest_digest(manifest, KINDS[manifest.identity.kind].desired(manifest.spec))


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
