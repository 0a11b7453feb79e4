"""Translate requests and planned actions into claims, so that one can be looked up in the other.

A claim is a tuple: what is done, to which path, with what. The words of request bodies are read by this page's own
tables, and not by the part of trueup that writes them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, assert_never

from simulation.facts import Fact
from simulation.layout import COLLECTIONS, REPORTING_BODY, Json, at
from trueup.model.action import (
    Action,
    AddComment,
    AddElement,
    AddMember,
    Create,
    Delete,
    FieldAction,
    LifecycleAction,
    Publish,
    RemoveElement,
    RemoveMember,
    RequestPreview,
    Rollout,
    SetMembers,
    SetParts,
    SetValue,
    Unlist,
)
from trueup.model.value import Elements, Members, Parts
from trueup.sandbox.origin.shape import copy_of
from trueup.sandbox.settings import Settings

Claim = tuple[Any, ...]

_SETTERS: Final = {
    "setName": ("name", "name"),
    "setDescription": ("description", "description"),
    "setDocumentationUrl": ("documentationUrl", "documentationUrl"),
    "setCreatorName": ("creator.name", "creatorName"),
    "setCreatorTitle": ("creator.title", "creatorTitle"),
    "setCreatorEmail": ("creator.email", "creatorEmail"),
    "setCreatorCompany": ("creator.company", "creatorCompany"),
    "setCreatorNoOfContributors": ("creator.noOfContributors", "creatorNoOfContributors"),
    "setCreatorSupportUrl": ("creator.supportUrl", "creatorSupportUrl"),
    "setCreatorLogo": ("creator.logoUrl", "logoUrl"),
}
_LISTS: Final = {
    "setSupportedRegions": ("supportedRegions", "regions"),
    "setIntegrationTypes": ("integrationTypes", "integrationTypes"),
}
_MEMBERS: Final = {"addPrivateProject": "add", "removePrivateProject": "remove"}
_PROCESSES: Final = ("updatePreviewable", "publish", "unlist", "addCertificationComment")
_CONTENT_COMPLIANCES: Final = "voc.content.regulatoryStandardCompliances"
_DOCUMENTS: Final = "additionalsDocuments"
_IDS: Final = ("locale", "originId", "externalId")


def claims_of_actions(actions: Iterable[Action]) -> Iterator[Claim]:
    """Yield what planned actions claim."""
    for action in actions:
        match action:
            case Create(fields):
                yield "create", "", _created(fields)
            case Delete():
                yield "delete", "", ""
            case RequestPreview() | Publish() | Unlist() | AddComment() | Rollout():
                yield _process(action)
            case _:
                yield _field(action)


def _field(action: FieldAction) -> Claim:
    match action:
        case SetValue(path, value):
            return "set", path, str(value)
        case SetMembers(path, members):
            return "members", path, frozenset(members)
        case AddMember(path, member):
            return "add", path, member
        case RemoveMember(path, member):
            return "remove", path, member
        case SetParts(path, parts):
            return "parts", path, frozenset((name, str(value)) for name, value in parts.items())
        case AddElement(path, key, attributes):
            return "ADD", path, key, frozenset((name, str(value)) for name, value in attributes.items())
        case RemoveElement(path, key):
            return "REMOVE", path, key
        case _ as never:
            assert_never(never)


def _process(action: LifecycleAction) -> Claim:
    match action:
        case Rollout(follow, scripts):
            return (
                "process",
                "redeploy",
                frozenset({("updateConnector", str(follow)), ("skipScripts", str(not scripts))}),
            )
        case RequestPreview():
            return "process", "updatePreviewable", frozenset()
        case Publish(certification):
            return "process", "publish", frozenset({("certification", str(certification))})
        case Unlist():
            return "process", "unlist", frozenset()
        case AddComment(comment):
            return "process", "addCertificationComment", frozenset({("comment", comment)})
        case _ as never:
            assert_never(never)


def claims_of_drafts(body: Json, *, create: bool) -> Iterator[Claim]:
    """Yield what a request to Connect claims; what no action is known for claims itself."""
    if create:
        yield "create", "", _flat({name: value for name, value in body.items() if name != "key"})
        return
    for action in body.get("actions", ()):
        name = action.get("action")
        rest = {key: value for key, value in action.items() if key != "action"}
        if name in _SETTERS and rest.keys() == {_SETTERS[name][1]}:
            yield "set", _SETTERS[name][0], str(rest[_SETTERS[name][1]])
        elif name in _LISTS and rest.keys() == {_LISTS[name][1]}:
            yield "members", _LISTS[name][0], frozenset(rest[_LISTS[name][1]])
        elif name in _MEMBERS and rest.keys() == {"privateProject"}:
            yield _MEMBERS[name], "privateProjects", rest["privateProject"]
        elif name == "setRepository":
            yield "parts", "repository", frozenset((key, str(value)) for key, value in rest.items())
        elif name in _PROCESSES:
            yield "process", name, frozenset((key, str(value)) for key, value in rest.items())
        else:
            yield "unknown", str(name), str(rest)


def claims_of_certification(item: Json, *, create: bool) -> Iterator[Claim]:
    """Yield what one item of a request to Origin claims."""
    content = {name: value for name, value in item.items() if name not in _IDS}
    if create:
        yield "create", "", _flat(content)
        return
    for path in COLLECTIONS:
        yield from (_element_claim(path, element) for element in at(content, path) or ())
    scalars = {path: value for path, value in _leaves(content, "") if path not in COLLECTIONS}
    body = frozenset((path.rpartition(".")[2], str(scalars.pop(path))) for path in REPORTING_BODY if path in scalars)
    if body:
        yield "parts", "reportingBody", body
    for path, value in scalars.items():
        yield "set", path, str(value)


def covers(action: Action, fact: Fact, settings: Settings) -> bool:
    """Return whether an action is about a fact of a draft or a certification, on a platform with these switches."""
    path, *rest = fact
    if path.startswith("~"):
        return _moves(action, path, rest)
    match action:
        case SetValue(own, _) | SetMembers(own, _):
            return path == own
        case SetParts(own, _):
            return path.startswith(f"{own}.")
        case AddMember(own, member) | RemoveMember(own, member):
            return (path, *rest) == (own, member)
        case AddElement(own, key, attributes):
            same = path == own and _is_same(path, rest[: len(key)], key, settings)
            return same and all(name.removeprefix("@") in attributes for name in rest[len(key) :])
        case RemoveElement(own, key):
            return path == own and _is_same(path, rest[: len(key)], key, settings)
        case Create(fields):
            return any(path == own or path.startswith(f"{own}.") for own in fields)
        case Delete():
            return True
        case _:
            return False


def _is_same(path: str, one: Sequence[str], other: Sequence[str], settings: Settings) -> bool:
    """Return whether a platform takes two keys of elements for one, by the rules that its switches name."""
    if path == _CONTENT_COMPLIANCES and settings.origin_compliance_key == "code":
        one, other = one[:1], other[:1]
    if path == _DOCUMENTS and settings.origin_document_urls == "rehosted":
        # The platform shows the addresses of its copies, and a plan names those.
        one, other = [copy_of(part) for part in one], [copy_of(part) for part in other]
    if settings.origin_key_comparison == "case":
        one, other = [part.casefold() for part in one], [part.casefold() for part in other]
    return [*one] == [*other]


def _moves(action: Action, name: str, rest: list[str]) -> bool:
    """Return whether an action moves this part of a draft's processes; a new repository puts them back.

    Whatever is done to a draft may make hasChanges true, and an edit may take a published draft back to Draft.
    """
    match action:
        case Create() | Delete():
            return True
        case RequestPreview():
            return name in {"~isPreviewable", "~hasChanges"}
        case Publish():
            return name in {"~status", "~alreadyListed", "~private", "~hasChanges"}
        case Unlist():
            return name in {"~status", "~alreadyListed", "~hasChanges"}
        case AddComment(comment):
            return name == "~hasChanges" or (name == "~comment" and rest[0] == comment)
        case SetParts():
            return name in {"~status", "~isPreviewable", "~hasChanges"}
        case _:
            return name in {"~status", "~hasChanges"}


def _element_claim(path: str, element: Json) -> Claim:
    listing = COLLECTIONS[path]
    flat = dict(_leaves(element, ""))
    behavior = flat.pop("collectionBehavior", "none")
    key = tuple(str(flat.pop(name, "")) for name in listing.key)
    if behavior == "REMOVE" and not flat:
        return "REMOVE", path, key
    return behavior, path, key, frozenset((name, str(value)) for name, value in flat.items())


def _created(fields: Mapping[str, object]) -> frozenset[Any]:
    flat: list[tuple[str, Any]] = []
    for path, value in fields.items():
        match value:
            case Members(members):
                flat += [(path, frozenset(members))] if members else []
            case Parts(parts):
                flat += [(f"{path}.{name}", str(part)) for name, part in parts.items() if part != ""]
            case Elements(by_key=by_key):
                names = COLLECTIONS[path].key
                elements = [
                    frozenset(
                        (name, str(part))
                        for name, part in (*zip(names, key, strict=True), *attributes.items())
                        if part != ""
                    )
                    for key, attributes in by_key.items()
                ]
                flat += [(path, frozenset(elements))] if elements else []
            case _:
                flat += [(path, str(value))] if value != "" else []
    return frozenset(flat)


def _flat(body: Json) -> frozenset[Any]:
    return frozenset((path, _leaf(value)) for path, value in _leaves(body, ""))


def _leaf(value: Json) -> object:
    if isinstance(value, list):
        return frozenset(_flat(item) if isinstance(item, dict) else str(item) for item in value)
    return str(value)


def _leaves(node: Json, path: str) -> Iterator[tuple[str, Json]]:
    for name, value in node.items():
        inner = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            yield from _leaves(value, inner)
        else:
            yield inner, value
