"""Convert plans, drift, outcomes and diagnostics to plain JSON and back: the machine form of ``--format json``.

The inner types may change in any release; a document changes only together with its format version. It contains no
secrets, because manifests and plans have none. Texts and the order of lists are kept, so the value that is read equals
the one that was written.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, TypeVar, get_args, overload

from trueup.errors import Diagnostic
from trueup.kinds.registry import platform_name
from trueup.model.action import Action, FieldAction, Finding, Level, Rollout
from trueup.model.identity import TargetAddress
from trueup.model.live import Lifecycle, ReportEntry
from trueup.model.manifest import LifecycleSpec
from trueup.model.plan import (
    Base,
    Drift,
    Forecast,
    Gone,
    Moved,
    Pending,
    Plan,
    PlannedAction,
    PlannedFinding,
    PlanRules,
    Precondition,
    ResourceDrift,
    ResourcePlan,
)
from trueup.model.position import Position
from trueup.model.run import EndingRecord, FieldReport, Outcome, OutcomeRecord, Record
from trueup.model.value import (
    ABSENT,
    NOT_RETURNED,
    Absent,
    Attributes,
    ElementKey,
    Elements,
    Known,
    LiveValue,
    Members,
    NotReturned,
    Parts,
    Scalar,
    Value,
)
from trueup.plan.drift_document import Changed, Drifted, NeededAgain, drifted, from_drifted
from trueup.plan.typed_json import Codec, JsonForm, Unexpected, tag_of

PLAN_VERSION: Final = 2
"""The format version of a plan's document."""

JsonObject = dict[str, object]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Element:
    """The document of one element of a keyed collection."""

    key: ElementKey
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class _Elements:
    elements: tuple[_Element, ...]
    ambiguous: tuple[ElementKey, ...]


@dataclass(frozen=True, slots=True)
class _Finding:
    level: Level
    code: str
    message: str
    path: str
    position: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """The document of a plan; the checksum can be of any type, because it is compared and not read."""

    format_version: int
    digest: str
    forecast: Forecast
    unmanaged: Mapping[str, int]
    base: Base | None
    gone: tuple[Gone, ...]
    targets: Mapping[str, TargetAddress]
    moved_targets: tuple[Moved, ...]
    resources: tuple[ResourcePlan, ...]
    checksum: Any
    recorded: bool = False
    pending: tuple[Pending, ...] = ()
    unrecorded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Version:
    format_version: int


_NAME: Final = "platformAction"
"""The member of an action with the platform's name of it; missing if the platform names none."""

_OF_RECORDS: Final = frozenset({"recorded", "pending", "unrecorded"})
"""Members that only a plan or drift with records of applies has."""

CODEC: Final = Codec(
    {
        Base: JsonForm(words=frozenset({"revision"})),
        # Open forms are parts of result documents, to which a later release may add members. Plans and journals are
        # closed: their readers must not ignore a member that changes what is sent.
        Changed: JsonForm(open=True, sparse=frozenset({"platform_action"})),
        EndingRecord: JsonForm(words=frozenset({"message"})),
        Diagnostic: JsonForm(
            open=True, words=frozenset({"message", "allowed", "hint"}), unwritten=frozenset({"quotable"})
        ),
        Forecast: JsonForm(sparse=frozenset({"waits"})),
        FieldReport: JsonForm(open=True, words=frozenset({"note"})),
        Known: JsonForm(names={"value": "known"}),
        NeededAgain: JsonForm(open=True, sparse=frozenset({"platform_action"})),
        Lifecycle: JsonForm(
            sparse=frozenset({"latest_run", "running_release", "offered_release", "outputs", "rollback"})
        ),
        LifecycleSpec: JsonForm(sparse=frozenset({"follow", "run_scripts"})),
        Rollout: JsonForm(sparse=frozenset({"ends"})),
        Members: JsonForm(names={"values": "members"}),
        # The other fields of an outcome are only in the journal.
        Outcome: JsonForm(
            open=True,
            words=frozenset({"message", "details"}),
            unwritten=frozenset({"remote_id", "kept", "settled"}),
            sparse=frozenset({"correlation_id"}),
        ),
        OutcomeRecord: JsonForm(words=frozenset({"message"})),
        Parts: JsonForm(names={"values": "parts"}),
        # Only for people and programs that read the document: the name follows from the action.
        PlannedAction: JsonForm(unread=frozenset({_NAME})),
        Position: JsonForm(words=frozenset({"file"})),
        ReportEntry: JsonForm(names={"kind": "type"}),
        PlanRules: JsonForm(sparse=frozenset({"write_secured"})),
        ResourcePlan: JsonForm(words=frozenset({"error"}), sparse=frozenset({"touched", "after"})),
        Drift: JsonForm(open=True, sparse=_OF_RECORDS),
        Drifted: JsonForm(open=True, words=frozenset({"error"}), sparse=frozenset({"pending"})),
        _Finding: JsonForm(words=frozenset({"message"})),
        _Plan: JsonForm(sparse=_OF_RECORDS),
        _Version: JsonForm(open=True),
    }
)
"""The codec of all documents, with the classes whose members differ from their fields."""


def to_json(value: object) -> Any:
    """Return the plain JSON of a value; for equal values, the order of members can differ."""
    return CODEC.to_json(value)


@overload
def from_json(document: object, kind: type[_T]) -> _T: ...
@overload
def from_json(document: object, kind: UnionType) -> Any: ...
def from_json(document: object, kind: Any) -> Any:
    """Read what :func:`to_json` wrote; raise :class:`~trueup.plan.typed_json.Unexpected` for anything else."""
    return CODEC.from_json(document, kind)


def version_of(document: object) -> int:
    """Return the format version of a document, ignoring its other members."""
    return from_json(document, _Version).format_version


def plan_to_json(plan: Plan) -> JsonObject:
    """Return the plan's document; :func:`trueup.plan.saved.plan_from_json` reads it as an equal plan."""
    document: JsonObject = to_json(
        _Plan(
            format_version=PLAN_VERSION,
            digest=plan.digest,
            forecast=plan.forecast,
            unmanaged=plan.unmanaged,
            base=plan.base,
            gone=plan.gone,
            targets=plan.places,
            moved_targets=plan.moved,
            resources=plan.resources,
            checksum=None,
            recorded=plan.recorded,
            pending=plan.pending,
            unrecorded=plan.unrecorded,
        )
    )
    _add_names(plan.resources, document)
    return document | {"checksum": checksum(document)}


def _add_names(resources: Iterable[ResourcePlan], document: Any) -> None:
    """Add the platform's name of each action to the document of a plan with these resources."""
    for resource, written in zip(resources, document["resources"], strict=True):
        for planned, action in zip(resource.actions, written["actions"], strict=True):
            if name := platform_name(resource.identity.kind, planned.action):
                action[_NAME] = name


def unchecked_plan(document: object) -> Plan:
    """Return the plan of a document without checking its checksum and its hash."""
    read = from_json(document, _Plan)
    identities = [resource.identity for resource in read.resources]
    # Two tasks would apply a resource that occurs twice at the same time.
    if identities != sorted(set(identities)):
        raise Unexpected("resources are not sorted, or one occurs twice")
    return Plan(
        resources=read.resources,
        digest=read.digest,
        forecast=read.forecast,
        unmanaged=read.unmanaged,
        base=read.base,
        gone=read.gone,
        places=read.targets,
        moved=read.moved_targets,
        recorded=read.recorded,
        pending=read.pending,
        unrecorded=read.unrecorded,
    )


def checksum(document: JsonObject) -> str:
    """Return the checksum of a plan's document without its own member; it detects damage, not who wrote the plan."""
    return text_digest({name: member for name, member in document.items() if name != "checksum"})


def text_digest(document: object) -> str:
    """Return a digest that only trueup compares; faster than RFC 8785, and also independent of the order of members."""
    return "sha256:" + hashlib.sha256(_ENCODER.encode(document).encode()).hexdigest()


_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def _written_elements(elements: Elements) -> _Elements:
    return _Elements(
        elements=tuple(_Element(key, attributes) for key, attributes in elements.by_key.items()),
        ambiguous=tuple(sorted(elements.ambiguous)),
    )


def _read_elements(read: _Elements) -> Elements:
    found: dict[ElementKey, Attributes] = {}
    for number, element in enumerate(read.elements):
        # A dict would silently keep the last one, and the value would not equal the one that was written.
        if element.key in found:
            raise Unexpected(f".elements[{number}]: the key occurs twice")
        found[element.key] = element.attributes
    return Elements(found, frozenset(read.ambiguous))


def _written_finding(planned: PlannedFinding) -> _Finding:
    finding = planned.finding
    return _Finding(finding.level, finding.code, finding.message, finding.path, planned.position)


def _read_finding(read: _Finding) -> PlannedFinding:
    finding = Finding(level=read.level, code=read.code, message=read.message, path=read.path)
    return PlannedFinding(finding=finding, position=read.position)


def _read_value(value: object) -> Value:
    """Read a scalar as it is, and anything else from an object whose one member names what it holds."""
    kinds = {"members": Members, "parts": Parts, "elements": Elements}
    named = [kind for name, kind in kinds.items() if isinstance(value, dict) and name in value]
    found: Value = CODEC.reader(named[0] if named else Scalar)(value)
    return found


def _read_live(value: object) -> LiveValue:
    plain: Mapping[object, LiveValue] = {tag_of(Absent): ABSENT, tag_of(NotReturned): NOT_RETURNED}
    # A known text is an object with the member "known", so a text can only be one of these two.
    if isinstance(value, str) and value in plain:
        return plain[value]
    found: Known = CODEC.reader(Known)(value)
    return found


def _read_field_action(value: object) -> FieldAction:
    action = CODEC.reader(Action)(value)
    if not isinstance(action, FieldAction):
        raise Unexpected(" changes no field")
    return action


RECORDS: Final = {tag_of(kind).removesuffix("-record"): kind for kind in get_args(Record)}
"""The record classes of a journal, by the names in its lines."""

# Registered at import, before the first use: a reader that was created earlier would keep the readers it found.
CODEC.tagged({tag_of(kind): kind for kind in get_args(Action)}, "action")
CODEC.tagged({tag_of(kind): kind for kind in get_args(Precondition)}, "precondition")
CODEC.tagged(RECORDS, "record", member="record")
CODEC.read(FieldAction, _read_field_action)
CODEC.read(Value, _read_value)
CODEC.read(LiveValue, _read_live)
CODEC.write(Absent, lambda _: tag_of(Absent))
CODEC.write(NotReturned, lambda _: tag_of(NotReturned))
CODEC.shape(Elements, _Elements, _written_elements, _read_elements)
CODEC.shape(PlannedFinding, _Finding, _written_finding, _read_finding)
CODEC.shape(ResourceDrift, Drifted, drifted, from_drifted)
