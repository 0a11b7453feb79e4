"""Write a deployment's draft and its one update action (``deployment-api.md`` sections 3.3, 3.4 and 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trueup.diff.equality import live_elements
from trueup.kinds.deployment.fields import (
    APPLICATIONS,
    BY_PATH,
    GLOBAL,
    ID,
    KEY,
    OPTIONS,
    OWN,
    SECURED,
    STANDARD,
    is_staged,
)
from trueup.model.action import Action, AddElement, FieldAction, LifecycleAction, ProcessAction, Rollout, SetValue
from trueup.model.field import SINGLE, KeyedField
from trueup.model.identity import Identity
from trueup.model.secret import SecretReference
from trueup.model.value import ABSENT, Attributes, Desired, Elements, LiveValue


def draft(key: str, fields: Desired) -> dict[str, object]:
    """Return the DeploymentDraft; secured values are :class:`SecretReference`."""
    body: dict[str, object] = {"key": key, "connector": source(fields) or {}}
    body |= {path: fields[path] for path in OWN if path in fields}
    content = _Content()
    for path, value in fields.items():
        if isinstance(value, Elements):
            for name, attributes in value.by_key.items():
                content.add(path, name, attributes)
    # Both lists and the global configuration are always sent: it is not known whether they may be left out (section
    # 13).
    return body | {"configurations": content.lists(), GLOBAL: content.shared}


def source(fields: Desired) -> dict[str, object] | None:
    """Return the reference to the connector, None without its id and key."""
    reference: dict[str, object] = {name: fields[path] for name, path in (("id", ID), ("key", KEY)) if path in fields}
    staged: dict[str, object] = {"staged": True} if is_staged(fields) else {}
    return {**reference, **staged} if reference else None


def redeploy(wanted: Sequence[FieldAction | ProcessAction]) -> dict[str, object]:
    """Return the one ``redeploy`` that makes all these changes; what it does not name keeps its value (section 4)."""
    content, body = _Content(), dict[str, object]()
    for action in wanted:
        match action:
            case AddElement(path=path, key=key, attributes=attributes):
                content.add(path, key, attributes)
            case SetValue(path=path, value=value):
                body[path] = value
            case Rollout(follow=follow, scripts=scripts):
                body |= {"updateConnector": True} if follow else {}
                body |= {} if scripts else {"skipScripts": True}
            case _:
                raise TypeError(f"deployments have no {type(action).__name__}")
    body |= {"configurationValues": content.lists()} if content.applications else {}
    body |= {GLOBAL: content.shared} if any(content.shared.values()) else {}
    return {"action": "redeploy", **body}


def repeats(desired: Desired, live: Mapping[str, LiveValue], actions: Sequence[Action]) -> Sequence[FieldAction]:
    """Return the managed schedules and other options of the applications that a redeployment names.

    It is not known whether they stay if they are left out (section 13). What a manifest leaves open keeps its live
    value.
    """
    sent = {(action.path, action.key) for action in actions if isinstance(action, AddElement)}
    named = {key[0] for path, key in sent if path.startswith(f"{APPLICATIONS}.")}
    return [
        AddElement(path, key, {**live_elements(live.get(path, ABSENT)).by_key.get(key, {}), **attributes})
        for path in (f"{APPLICATIONS}.{member}" for member in OPTIONS)
        if isinstance(value := desired.get(path), Elements)
        for key, attributes in value.by_key.items()
        if key[0] in named and (path, key) not in sent
    ]


def action_name(_: FieldAction | LifecycleAction) -> str:
    """Return the name of the request that contains an action: there is one for all of them."""
    return "redeploy"


def update(_: Identity, _locale: str, actions: Sequence[FieldAction | ProcessAction]) -> list[dict[str, object]]:
    """Return the actions of an update: always exactly one, because a second one is refused (section 4)."""
    return [redeploy(actions)]


@dataclass(slots=True)
class _Content:
    """The configuration of a request, in the form of the wire."""

    applications: dict[str, dict[str, Any]] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=lambda: {STANDARD: [], SECURED: []})

    def add(self, path: str, key: Sequence[str], attributes: Attributes) -> None:
        """Add one value."""
        row = BY_PATH[path]
        if not isinstance(row, KeyedField):
            raise TypeError(f"{path} is no configuration")
        value: object = attributes[SINGLE] if row.is_single else dict(attributes)
        if row.masked:
            value = SecretReference.of(attributes)
        place: dict[str, Any] = self.shared if path.startswith(GLOBAL) else self._application(key[0])
        member = path.rpartition(".")[2]
        if member in OPTIONS:
            place[member] = value
        else:
            place[member].append({"key": key[-1], "value": value})

    def _application(self, name: str) -> dict[str, Any]:
        empty: dict[str, Any] = {"applicationName": name, STANDARD: [], SECURED: []}
        return self.applications.setdefault(name, empty)

    def lists(self) -> list[Mapping[str, object]]:
        """Return the entries of all named applications."""
        return list(self.applications.values())
