"""What the platform would refuse about a deployment, by the contract of its code.

The contract says which applications there are, and which keys each one takes (``deployment-api.md`` sections 7 and 14).
A creation, and a redeployment that follows the connector, are judged by what the connector declares now; any other
redeployment by the copy that the deployment has of it. What is read may be untrue by the time of the request, so it is
read and judged again just before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from trueup.errors import UnexpectedAnswer
from trueup.kinds.deployment.fields import (
    APPLICATIONS,
    GLOBAL,
    POLICY,
    REGION,
    SCHEDULE,
    SECURED,
    STAGED,
    STANDARD,
    TYPE,
    is_staged,
)
from trueup.kinds.deployment.live import PREVIEW_TYPE
from trueup.kinds.findings import WOULD_BE_REFUSED
from trueup.kinds.observed import flag_at, items_of, objects, text_at
from trueup.kinds.tree import value_at
from trueup.model.action import Action, AddElement, Create, Finding, Level, Rollout
from trueup.model.lookalikes import nearest
from trueup.model.value import Desired, ElementKey, Elements

_JOB, _EVENT = "job", "event"
_SIDES: Final = (STANDARD, SECURED)

_Value = tuple[str, ElementKey]
"""A member of an application or of the global configuration, and the key of a value in it."""
_Applications = Mapping[str, Mapping[str, object]]
"""Applications by name, as declared or live."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """The declared keys of a configuration, by side, each with whether it must be given."""

    by_side: Mapping[str, Mapping[str, bool]]

    def side_of(self, key: str) -> str:
        return next((side for side in _SIDES if key in self.by_side[side]), "")

    @property
    def needed(self) -> list[tuple[str, str]]:
        return [(side, key) for side in _SIDES for key, needed in self.by_side[side].items() if needed]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What is sent, and what is known about it: the connector's present state, and the live deployment.

    ``moves``: the request makes a deployment of the connector's present state.
    """

    desired: Desired
    actions: Sequence[Action]
    creating: bool
    moves: bool
    staged: bool
    connector: Mapping[str, object]
    live: Mapping[str, object]
    declared: _Applications = field(default_factory=dict)

    def values(self, above: str) -> list[_Value]:
        """Return what the request must be able to hold below ``applications`` or globally.

        A request that moves the deployment need not name a value that is live, and would lose it without its key.
        """
        return _values(self.desired, above) if self.moves else _sent(self.actions, above)

    def hidden(self, before: object) -> set[tuple[str, str]]:
        """Return the keys that a live configuration probably has although no answer shows them, each with its side.

        Whether a platform lists keys with masked values is not known (section 13). One that lists none has those that
        the present contract ``before`` requires.
        """
        configurations = [self.live.get(GLOBAL), *_by_name(self.live, APPLICATIONS).values()]
        if any(side == SECURED for one in configurations for side, _ in _live(one)):
            return set()
        return {(side, key) for side, key in _keys(before).needed if side == SECURED}


def expected_refusals(desired: Desired, actions: Sequence[Action], related: Mapping[str, object]) -> Sequence[Finding]:
    """Return what the platform would refuse.

    ``related`` has the ``connector``: an empty object if there is none, nothing if it could not be read; ``live``
    members of the deployment, which are empty if it does not exist; the ``project``; and the ``allowed`` projects.
    """
    try:
        return tuple(_refusals(desired, actions, related))
    except UnexpectedAnswer:
        # A contract that cannot be read says nothing.
        return ()


def _refusals(desired: Desired, actions: Sequence[Action], related: Mapping[str, object]) -> Iterator[Finding]:
    creating = any(isinstance(action, Create) for action in actions)
    follows = any(isinstance(action, Rollout) and action.follow for action in actions)
    yield from _types(desired) if creating else ()
    yield from _policies(desired, actions)
    connector, live = related.get("connector"), related.get("live")
    if creating and connector == {}:
        published = " or it was never published. Publish it with lifecycle.publish of the connector."
        message = f"There is no such connector{'.' if is_staged(desired) else f',{published}'}"
        yield _finding("ConnectorReferenceNotFound", "connector", message)
    copy = _object(live).get("connector")
    source = _object(connector if creating or follows else copy)
    case = _Case(
        desired=desired,
        actions=actions,
        creating=creating,
        moves=creating or follows,
        staged=is_staged(desired),
        connector=_object(connector),
        live=_object(live),
        declared=_by_name(source, "configurations"),
    )
    yield from _source(case, related) if case.moves and connector else ()
    # Without the list, it is not known what the code declares.
    if "configurations" not in source:
        return
    yield from _applications(case)
    yield from _global(case, _keys(source.get(GLOBAL)))
    yield from _missing(case) if case.moves else ()


def _types(desired: Desired) -> Iterator[Finding]:
    wanted, staged = str(desired.get(TYPE, "")), is_staged(desired)
    if wanted and (wanted == PREVIEW_TYPE) is not staged:
        fits = f"a staged connector is deployed as {PREVIEW_TYPE}, a published one as sandbox or production"
        yield _finding("DeploymentInvalidType", TYPE, f"{wanted} does not fit: {fits}.")


def _source(case: _Case, related: Mapping[str, object]) -> Iterator[Finding]:
    """Yield why the connector cannot be deployed here and now."""
    previewable = text_at(case.connector, "isPreviewable").lower()
    if case.staged and previewable != "true":
        absent = "The draft is not previewable. Ask for it with lifecycle.previewable of the connector."
        message = "The draft's preview is being built. Plan again later." if previewable == "pending" else absent
        yield _finding("ConnectorStagedNotPreviewable", STAGED, message)
    if not case.creating:
        return
    regions = [str(region) for region in items_of(case.connector.get("supportedRegions"))]
    if regions and case.desired.get(REGION) not in regions:
        message = f"The connector does not support {case.desired.get(REGION)}: it supports {', '.join(regions)}."
        yield _finding("DeploymentUnsupportedRegion", REGION, message)
    # An entry is "region:projectKey"; the region of a target is not always known (section 6).
    allowed, project = [str(one) for one in items_of(related.get("allowed"))], related.get("project")
    if allowed and project and not any(one.rpartition(":")[2] == project for one in allowed):
        message = f"The connector is private, and its privateProjects do not have {project}: {', '.join(allowed)}."
        yield _finding("AuthorizationError", "connector", message)


def _policies(desired: Desired, actions: Sequence[Action]) -> Iterator[Finding]:
    value = desired.get(f"{APPLICATIONS}.{POLICY}")
    sent = {key for member, key in _sent(actions, APPLICATIONS) if member == POLICY}
    for key, policy in value.by_key.items() if isinstance(value, Elements) else ():
        least, most = policy.get("minBackoffSeconds"), policy.get("maxBackoffSeconds")
        if key in sent and isinstance(least, int) and isinstance(most, int) and least > most:
            message = f"The shortest pause of {key[0]} ({least} s) is longer than the longest ({most} s)."
            yield _finding("DeploymentInvalidRetryPolicy", f"{APPLICATIONS}.{key[0]}.{POLICY}", message)


def _sent(actions: Sequence[Action], above: str) -> list[_Value]:
    """Return each value that the actions send below ``applications`` or globally."""
    found: list[_Value] = []
    for action in actions:
        match action:
            case AddElement(path=path, key=key) if path.startswith(f"{above}."):
                found.append((path.removeprefix(f"{above}."), key))
            case Create(fields=fields):
                found += _values(fields, above)
            case _:
                pass
    return found


def _values(fields: Desired, above: str) -> list[_Value]:
    return [
        (path.removeprefix(f"{above}."), key)
        for path, value in fields.items()
        if path.startswith(f"{above}.") and isinstance(value, Elements)
        for key in value.by_key
    ]


def _applications(case: _Case) -> Iterator[Finding]:
    values = case.values(APPLICATIONS)
    live, before = _by_name(case.live, APPLICATIONS), _by_name(case.live.get("connector"), "configurations")
    for name in dict.fromkeys(key[0] for _, key in values):
        place, declared = f"{APPLICATIONS}.{name}", case.declared.get(name)
        if declared is None:
            message = f"The connector has no application {name}: it has {_listed(name, case.declared)}"
            yield _finding("DeploymentUnknownApplicationConfiguration", place, message)
        # An application that is new in the connector comes with the code (section 13).
        elif case.live and name not in live and (name in before or not case.moves):
            message = f"The deployment was created without the application {name}, and none can be added later."
            yield _finding("DeploymentApplicationDoNotBelong", place, message)
        else:
            keys, type_ = _keys(declared), text_at(declared, "applicationType")
            for member, key in values:
                if key[0] == name:
                    yield from _application_value(member, key, keys, type_)


def _application_value(member: str, key: ElementKey, keys: _Keys, type_: str) -> Iterator[Finding]:
    name, place = key[0], f"{APPLICATIONS}.{key[0]}.{member}"
    if member == SCHEDULE:
        if type_ != _JOB:
            # The platform's code is not documented (section 14).
            yield _finding("", place, f"{name} is {_an(type_)}, and only a job has a schedule.")
    elif member == POLICY:
        if type_ != _EVENT:
            message = f"{name} is {_an(type_)}, and only an event application has a retry policy."
            yield _finding("DeploymentRetryPolicyOverrideNotAllowed", place, message)
    elif member in _SIDES and key[1] not in keys.by_side[member]:
        code = "DeploymentUnknownApplicationConfigurationKey"
        yield _finding(code, f"{place}.{key[1]}", f"{name} {_undeclared(keys, member, key[1])}")


def _an(type_: str) -> str:
    return f"{'an' if type_[:1] in 'aeiou' else 'a'} {type_}" if type_ else "of an unknown type"


def _undeclared(keys: _Keys, side: str, key: str) -> str:
    other = keys.side_of(key)
    if other:
        return f"declares {key} in its {other}, not in its {side}."
    return f"declares no {key} in its {side}: it has {_listed(key, keys.by_side[side])}"


def _listed(name: str, known: Mapping[str, object]) -> str:
    """Return the known names as the end of a sentence, and the one that is probably meant."""
    near = nearest(name, known)
    return f"{', '.join(known) or 'none'}.{f' Did you mean {near}?' if near else ''}"


def _global(case: _Case, keys: _Keys) -> Iterator[Finding]:
    for side, (key,) in case.values(GLOBAL):
        if key not in keys.by_side[side]:
            code = "DeploymentUnknownGlobalConfigurationKey"
            yield _finding(code, f"{GLOBAL}.{side}.{key}", f"The connector {_undeclared(keys, side, key)}")
    given = {(side, key[0]) for side, key in _values(case.desired, GLOBAL)} | _live(case.live.get(GLOBAL))
    given |= case.hidden(_object(case.live.get("connector")).get(GLOBAL))
    for side, key in keys.needed if case.moves else ():
        if (side, key) not in given:
            code = "DeploymentMissingGlobalConfigurationKey"
            yield _finding(code, GLOBAL, f"The connector requires {key} in its global {side}.")


def _missing(case: _Case) -> Iterator[Finding]:
    """Yield the required keys of applications that nothing gives: no code exists for them (section 7)."""
    live, before = _by_name(case.live, APPLICATIONS), _by_name(case.live.get("connector"), "configurations")
    given = {(side, *key) for side, key in _values(case.desired, APPLICATIONS)}
    for name, declared in case.declared.items():
        # An application that the deployment was created without is never deployed.
        if name in before and name not in live:
            continue
        shown = _live(live.get(name)) | case.hidden(before.get(name))
        for side, key in _keys(declared).needed:
            if (side, name, key) not in given and (side, key) not in shown:
                message = f"{name} requires {key} in its {side}, and a deployment without it cannot succeed."
                yield _finding("", f"{APPLICATIONS}.{name}", message)


def _live(node: object) -> set[tuple[str, str]]:
    """Return the keys of a live configuration that have a value, each with its side."""
    tree = _object(node)
    return {(side, text_at(pair, "key")) for side in _SIDES for pair in objects(value_at(tree, side), side)}


def _object(node: object) -> Mapping[str, object]:
    return node if isinstance(node, Mapping) else {}


def _by_name(node: object, member: str) -> _Applications:
    return {text_at(one, "applicationName"): one for one in objects(_object(node).get(member), member)}


def _keys(node: object) -> _Keys:
    tree = _object(node)
    return _Keys({side: _declared(tree, side) for side in _SIDES})


def _declared(node: Mapping[str, object], side: str) -> Mapping[str, bool]:
    return {
        # An absent "required" means false (section 3.2).
        text_at(key, "key"): flag_at(key, "required") and not text_at(key, "default")
        for key in objects(value_at(node, side), side)
    }


def _finding(code: str, path: str, message: str) -> Finding:
    refused = f"The platform would refuse it ({code}). " if code else ""
    return Finding(level=Level.BLOCKED, code=WOULD_BE_REFUSED, message=f"{refused}{message}", path=path)
