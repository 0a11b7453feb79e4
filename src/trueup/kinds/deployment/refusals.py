"""What the platform would refuse about a deployment, by the contract of its connector.

The contract says which applications there are, and which keys each one takes (``deployment-api.md`` section 14). It is
what the connector declares now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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
)
from trueup.kinds.deployment.live import PREVIEW
from trueup.kinds.observed import items_of, objects, text_at
from trueup.kinds.tree import value_at
from trueup.model.action import Action, AddElement, Create, Finding, Level
from trueup.model.value import Desired, ElementKey, Elements

CODE: Final = "would-be-refused"
_JOB, _EVENT = "job", "event"
_SIDES: Final = (STANDARD, SECURED)


@dataclass(frozen=True, slots=True)
class _Keys:
    """The declared keys of a configuration, by side, each with whether a creation must give it."""

    by_side: Mapping[str, Mapping[str, bool]]

    def side_of(self, key: str) -> str:
        return next((side for side in _SIDES if key in self.by_side[side]), "")

    @property
    def needed(self) -> list[tuple[str, str]]:
        return [(side, key) for side in _SIDES for key, needed in self.by_side[side].items() if needed]


def refusals(desired: Desired, actions: Sequence[Action], related: Mapping[str, object]) -> Iterator[Finding]:
    """Yield what the platform would refuse; ``related`` has the connector, and the applications that are live.

    The connector is an empty object if there is none.
    """
    creating = any(isinstance(action, Create) for action in actions)
    yield from _types(desired) if creating else ()
    connector = related.get("connector")
    if not isinstance(connector, Mapping):
        return
    if not connector:
        yield _finding("ConnectorReferenceNotFound", "connector", "There is no such connector.")
        return
    yield from _policies(desired, actions)
    if creating:
        yield from _creation(desired, connector)
    contract = {
        text_at(one, "applicationName"): one for one in objects(connector.get("configurations"), "configurations")
    }
    yield from _applications(_sent(actions, APPLICATIONS), contract, related, creating=creating)
    yield from _global(_sent(actions, GLOBAL), _keys(connector.get("globalConfiguration")), creating=creating)
    if creating:
        yield from _missing(desired, contract)


def _types(desired: Desired) -> Iterator[Finding]:
    kind, staged = str(desired.get(TYPE, "")), desired.get(STAGED) == "true"
    if kind and (kind == PREVIEW) is not staged:
        fits = f"a staged connector is deployed as {PREVIEW}, a published one as sandbox or production"
        yield _finding("DeploymentInvalidType", TYPE, f"{kind} does not fit: {fits}.")


def _creation(desired: Desired, connector: Mapping[str, object]) -> Iterator[Finding]:
    if desired.get(STAGED) == "true" and text_at(connector, "isPreviewable").lower() != "true":
        message = "The draft is not previewable. Ask for it with lifecycle.previewable of the connector."
        yield _finding("ConnectorStagedNotPreviewable", STAGED, message)
    regions = [str(region) for region in items_of(connector.get("supportedRegions"))]
    if regions and desired.get(REGION) not in regions:
        message = f"The connector does not support {desired.get(REGION)}: it supports {', '.join(regions)}."
        yield _finding("DeploymentUnsupportedRegion", REGION, message)


def _policies(desired: Desired, actions: Sequence[Action]) -> Iterator[Finding]:
    value = desired.get(f"{APPLICATIONS}.{POLICY}")
    sent = {key for member, key in _sent(actions, APPLICATIONS) if member == POLICY}
    for key, policy in value.by_key.items() if isinstance(value, Elements) else ():
        least, most = policy.get("minBackoffSeconds"), policy.get("maxBackoffSeconds")
        if key in sent and isinstance(least, int) and isinstance(most, int) and least > most:
            message = f"The shortest pause of {key[0]} ({least} s) is longer than the longest ({most} s)."
            yield _finding("DeploymentInvalidRetryPolicy", f"{APPLICATIONS}.{key[0]}.{POLICY}", message)


def _sent(actions: Sequence[Action], above: str) -> list[tuple[str, ElementKey]]:
    """Return the member and the key of each value that the actions send below ``applications`` or globally."""
    found: list[tuple[str, ElementKey]] = []
    for action in actions:
        match action:
            case AddElement(path=path, key=key):
                found.append((path, key))
            case Create(fields=fields):
                found += [(path, key) for path, v in fields.items() if isinstance(v, Elements) for key in v.by_key]
            case _:
                pass
    return [(path.removeprefix(f"{above}."), key) for path, key in found if path.startswith(f"{above}.")]


def _applications(
    sent: Sequence[tuple[str, ElementKey]],
    contract: Mapping[str, Mapping[str, object]],
    related: Mapping[str, object],
    *,
    creating: bool,
) -> Iterator[Finding]:
    live = [str(name) for name in items_of(related.get("applications"))]
    for name in dict.fromkeys(key[0] for _, key in sent):
        place = f"{APPLICATIONS}.{name}"
        if name not in contract:
            message = f"The connector has no application {name}: it has {', '.join(contract) or 'none'}."
            yield _finding("DeploymentUnknownApplicationConfiguration", place, message)
            continue
        if not creating and live and name not in live:
            message = f"The deployment was created without the application {name}, and none can be added later."
            yield _finding("DeploymentApplicationDoNotBelong", place, message)
            continue
        keys, kind = _keys(contract[name]), text_at(contract[name], "applicationType")
        for member, key in sent:
            if key[0] == name:
                yield from _application_value(member, key, keys, kind)


def _application_value(member: str, key: ElementKey, keys: _Keys, kind: str) -> Iterator[Finding]:
    name, place = key[0], f"{APPLICATIONS}.{key[0]}.{member}"
    if member == SCHEDULE:
        if kind != _JOB:
            yield _finding("", place, f"{name} is {_an(kind)}, and only a job has a schedule.")
    elif member == POLICY:
        if kind != _EVENT:
            message = f"{name} is {_an(kind)}, and only an event application has a retry policy."
            yield _finding("DeploymentRetryPolicyOverrideNotAllowed", place, message)
    elif key[1] not in keys.by_side[member]:
        code = "DeploymentUnknownApplicationConfigurationKey"
        yield _finding(code, f"{place}.{key[1]}", f"{name} {_undeclared(keys, member, key[1])}")


def _an(kind: str) -> str:
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}" if kind else "of an unknown type"


def _undeclared(keys: _Keys, side: str, key: str) -> str:
    other = keys.side_of(key)
    if other:
        return f"declares {key} in its {other}, not in its {side}."
    known = ", ".join(keys.by_side[side])
    return f"declares no {key} in its {side}: it has {known or 'none'}."


def _global(sent: Sequence[tuple[str, ElementKey]], keys: _Keys, *, creating: bool) -> Iterator[Finding]:
    for side, (key,) in sent:
        if key not in keys.by_side[side]:
            code = "DeploymentUnknownGlobalConfigurationKey"
            yield _finding(code, f"{GLOBAL}.{side}.{key}", f"The connector {_undeclared(keys, side, key)}")
    given = {(side, key[0]) for side, key in sent}
    for side, key in keys.needed if creating else ():
        if (side, key) not in given:
            code = "DeploymentMissingGlobalConfigurationKey"
            yield _finding(code, GLOBAL, f"The connector requires {key} in its global {side}.")


def _missing(desired: Desired, contract: Mapping[str, Mapping[str, object]]) -> Iterator[Finding]:
    """Yield the required keys of applications that a creation does not give: no code exists for them (section 7)."""
    for name, declared in contract.items():
        for side, key in _keys(declared).needed:
            value = desired.get(f"{APPLICATIONS}.{side}")
            if not isinstance(value, Elements) or (name, key) not in value.by_key:
                message = f"{name} requires {key} in its {side}, and a deployment without it cannot succeed."
                yield _finding("", APPLICATIONS, message)


def _keys(node: object) -> _Keys:
    tree = node if isinstance(node, Mapping) else {}
    return _Keys({side: _declared(tree, side) for side in _SIDES})


def _declared(node: Mapping[str, object], side: str) -> Mapping[str, bool]:
    return {
        # An absent "required" means false (section 3.2).
        text_at(key, "key"): text_at(key, "required").lower() == "true" and not text_at(key, "default")
        for key in objects(value_at(node, side), side)
    }


def _finding(code: str, path: str, message: str) -> Finding:
    refused = f"The platform would refuse it ({code}). " if code else ""
    return Finding(level=Level.BLOCKED, code=CODE, message=f"{refused}{message}", path=path)
