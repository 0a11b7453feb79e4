"""Read the JSON forms of :mod:`trueup.plan.jsonable` back, strictly: values, actions, identities, places.

Each function takes a :class:`~trueup.plan.strict.Node` and raises :class:`~trueup.plan.strict.Unexpected`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from trueup.model.action import (
    Action,
    AddComment,
    AddElement,
    AddMember,
    Create,
    Delete,
    FieldAction,
    Publish,
    RemoveElement,
    RemoveMember,
    RequestPreview,
    SetMembers,
    SetParts,
    SetValue,
    Unlist,
)
from trueup.model.identity import Identity, IdField, Kind, Platform
from trueup.model.live import Lifecycle, ReportEntry
from trueup.model.manifest import LifecycleSpec, PublishTo, State
from trueup.model.plan import DigestIs, MustNotExist, Precondition, VersionIs
from trueup.model.position import Position
from trueup.model.target import Place
from trueup.model.value import (
    ABSENT,
    NOT_RETURNED,
    Attributes,
    Desired,
    ElementKey,
    Elements,
    Known,
    LiveValue,
    Members,
    Parts,
    Value,
)
from trueup.plan.strict import Node, Unexpected


def value_from_json(node: Node) -> Value:
    """Read what :func:`~trueup.plan.jsonable.value_to_json` wrote."""
    match node.value:
        case {"members": _}:
            return Members(node.only("members")["members"].texts())
        case {"parts": _}:
            return Parts(_attributes(node.only("parts")["parts"]))
        case {"elements": _}:
            return _elements(node)
        case _:
            return node.scalar()


def live_from_json(node: Node) -> LiveValue:
    """Read what :func:`~trueup.plan.jsonable.live_to_json` wrote."""
    match node.value:
        case "absent":
            return ABSENT
        case "not-returned":
            return NOT_RETURNED
        case _:
            return Known(value_from_json(node.only("known")["known"]))


def desired_from_json(node: Node) -> Desired:
    """Read managed fields."""
    return node.members(value_from_json)


def observed_from_json(node: Node) -> Mapping[str, LiveValue]:
    """Read live fields."""
    return node.members(live_from_json)


def action_from_json(node: Node) -> Action:
    """Read what :func:`~trueup.plan.jsonable.action_to_json` wrote."""
    named = node["type"].text()
    if named not in _ACTIONS:
        raise Unexpected(f"{node.place}: there is no action {named}")
    names, read = _ACTIONS[named]
    return read(node.only("type", *names))


def field_action_from_json(node: Node) -> FieldAction:
    """Read an action that changes a field."""
    action = action_from_json(node)
    if not isinstance(action, FieldAction):
        raise Unexpected(f"{node.place} changes no field")
    return action


def identity_from_json(node: Node) -> Identity:
    """Read the four parts of an identity."""
    node.only("target", "kind", "field", "value")
    return Identity(
        node["target"].text(), node["kind"].one_of(Kind), node["field"].one_of(IdField), node["value"].text()
    )


def position_from_json(node: Node) -> Position:
    """Read file, line and column."""
    node.only("file", "line", "column")
    return Position(node["file"].words(), node["line"].integer(), node["column"].integer())


def precondition_from_json(node: Node) -> Precondition:
    """Read what :func:`~trueup.plan.jsonable.precondition_to_json` wrote."""
    match node["type"].text():
        case "must-not-exist":
            node.only("type")
            return MustNotExist()
        case "version-is":
            node.only("type", "remoteId", "version")
            return VersionIs(node["remoteId"].text(), node["version"].integer())
        case "digest-is":
            node.only("type", "remoteId", "digest")
            return DigestIs(node["remoteId"].text(), node["digest"].text())
        case other:
            raise Unexpected(f"{node.place}: there is no precondition {other}")


def lifecycle_from_json(node: Node) -> LifecycleSpec:
    """Read a manifest's lifecycle block."""
    node.only("previewable", "publish", "listed", "certificationComments", "protect", "state", "reason")
    return LifecycleSpec(
        previewable=node["previewable"].optional(Node.boolean),
        publish=node["publish"].one_of(PublishTo),
        listed=node["listed"].optional(Node.boolean),
        certification_comments=node["certificationComments"].texts(),
        protect=node["protect"].boolean(),
        state=node["state"].one_of(State),
        reason=node["reason"].text(),
    )


def live_lifecycle_from_json(node: Node) -> Lifecycle:
    """Read where a connector's draft stood."""
    node.only("status", "previewable", "private", "listed", "hasChanges", "comments", "previewReport", "publishReport")
    return Lifecycle(
        status=node["status"].text(),
        previewable=node["previewable"].text(),
        private=node["private"].boolean(),
        listed=node["listed"].boolean(),
        has_changes=node["hasChanges"].boolean(),
        comments=node["comments"].texts(),
        preview_report=tuple(_report_entry(entry) for entry in node["previewReport"].items()),
        publish_report=tuple(_report_entry(entry) for entry in node["publishReport"].items()),
    )


def place_from_json(node: Node) -> Place:
    """Read where a target leads."""
    node.only("platform", "address", "authUrl", "projectKey")
    return Place(
        platform=node["platform"].one_of(Platform),
        address=node["address"].text(),
        auth_url=node["authUrl"].text(),
        project_key=node["projectKey"].text(),
    )


def _report_entry(node: Node) -> ReportEntry:
    node.only("type", "title", "message", "application", "createdAt")
    return ReportEntry(
        kind=node["type"].text(),
        title=node["title"].text(),
        message=node["message"].text(),
        application=node["application"].text(),
        created_at=node["createdAt"].text(),
    )


def _attributes(node: Node) -> Attributes:
    return node.members(Node.scalar)


def _elements(node: Node) -> Elements:
    node.only("elements", "ambiguous")
    found: dict[ElementKey, Attributes] = {}
    for element in node["elements"].items():
        element.only("key", "attributes")
        key = element["key"].texts()
        if key in found:
            raise Unexpected(f"{element.place}: the key stands twice")
        found[key] = _attributes(element["attributes"])
    return Elements(found, frozenset(key.texts() for key in node["ambiguous"].items()))


_ACTIONS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Node], Action]]]] = {
    "set-value": (("path", "value"), lambda n: SetValue(n["path"].text(), n["value"].scalar())),
    "set-members": (("path", "members"), lambda n: SetMembers(n["path"].text(), n["members"].texts())),
    "add-member": (("path", "member"), lambda n: AddMember(n["path"].text(), n["member"].text())),
    "remove-member": (("path", "member"), lambda n: RemoveMember(n["path"].text(), n["member"].text())),
    "set-parts": (("path", "parts"), lambda n: SetParts(n["path"].text(), _attributes(n["parts"]))),
    "add-element": (
        ("path", "key", "attributes"),
        lambda n: AddElement(n["path"].text(), n["key"].texts(), _attributes(n["attributes"])),
    ),
    "remove-element": (("path", "key"), lambda n: RemoveElement(n["path"].text(), n["key"].texts())),
    "create": (("fields",), lambda n: Create(desired_from_json(n["fields"]))),
    "delete": (("reason",), lambda n: Delete(n["reason"].text())),
    "request-preview": ((), lambda _: RequestPreview()),
    "publish": (("certification",), lambda n: Publish(certification=n["certification"].boolean())),
    "unlist": ((), lambda _: Unlist()),
    "add-comment": (("comment",), lambda n: AddComment(n["comment"].text())),
}
"""How each action is read: the members that it has beside ``type``, and what is made of them."""
