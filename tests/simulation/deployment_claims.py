"""Claims of requests and actions about deployments; see :mod:`simulation.claims`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from simulation.deployments import secret
from simulation.expectations import is_met, wanted_values
from simulation.facts import Fact
from simulation.layout import APPLICATIONS, GLOBAL, SECURED, STANDARD, Json
from trueup.model.action import Action, AddElement, Create, Delete, Rollout
from trueup.model.value import Attributes, Elements
from trueup.sandbox.settings import Settings

Claim = tuple[Any, ...]

_OPTIONS: Final = ("schedule", "retryPolicy")
_RUN: Final = frozenset({"~status", "~run", "~problems", "~rollback"})
_REFERENCE: Final = ("id", "key", "staged")


def claims_of_plan(actions: Iterable[Action]) -> Iterator[Claim]:
    """Yield what planned actions on a deployment claim."""
    actions = list(actions)
    creating = any(isinstance(action, Create) for action in actions)
    for action in actions:
        match action:
            case Create(fields):
                flat = [(path, str(value)) for path, value in fields.items() if not isinstance(value, Elements)]
                yield "create", "", frozenset(flat)
                for path, value in fields.items():
                    if isinstance(value, Elements):
                        yield from (_value(path, key, given) for key, given in value.by_key.items())
            case AddElement(path, key, attributes):
                yield _value(path, key, attributes)
            case Rollout(follow, scripts) if not creating:
                yield "redeploy", follow, scripts
            case Delete():
                yield "delete", "", ""


def claims_of_deployment(body: Json, *, create: bool) -> Iterator[Claim]:
    """Yield what the body of a creation or of a redeployment claims."""
    if create:
        reference = {f"connector.{name}": str(body["connector"].get(name)).lower() for name in _REFERENCE}
        flat = {**reference, "type": str(body.get("type")).lower(), "region": body["region"]}
        given = ((path, value) for path, value in flat.items() if value != "none")
        yield "create", "", frozenset(given)
        yield from _values(body.get("configurations") or (), body.get(GLOBAL) or {})
        return
    for action in body["actions"]:
        yield "redeploy", bool(action.get("updateConnector")), not action.get("skipScripts")
        yield from _values(action.get("configurationValues") or (), action.get(GLOBAL) or {})
        known = {"action", "updateConnector", "skipScripts", "configurationValues", GLOBAL}
        yield from (("unknown", name, "") for name in action.keys() - known)


def sent_secrets(body: Json) -> Iterator[tuple[Fact, Json]]:
    """Yield the secured values in the body of a request, by their facts."""
    for action in body.get("actions", (body,)):
        entries = action.get("configurationValues") or action.get("configurations") or ()
        for _, path, key, value in _values(entries, action.get(GLOBAL) or {}):
            if path.endswith(SECURED):
                yield (path, *key), value


def is_repeated(claim: Claim, spec: Json) -> bool:
    """Return whether a request claims a schedule or a retry policy that the manifest wants, whatever differs.

    It is not known whether these stay if they are left out (``deployment-api.md`` section 13).
    """
    if claim[0] != "value":
        return False
    _, path, key, value = claim
    wanted = dict(wanted_values(spec)).get((path, *key))
    return path.rpartition(".")[2] in _OPTIONS and wanted is not None and is_met(wanted, value)


def covers_deployment(action: Action, fact: Fact, settings: Settings) -> bool:
    """Return whether an action is about a fact of a deployment, on a platform with these switches.

    A rollout that takes over another version of the connector brings what that version declares.
    """
    path, *rest = fact
    match action:
        case Create() | Delete():
            return True
        case AddElement(own, key, _):
            return path == own and rest == [*key]
        case Rollout(follow, _):
            resets = settings.deployment_merge != "key" or settings.deployment_schedule_left_out == "default"
            return path in _RUN or follow or (resets and path.startswith((APPLICATIONS, GLOBAL)))
        case _:
            return False


def _value(path: str, key: Iterable[str], attributes: Attributes) -> Claim:
    if "revision" in attributes:
        return "value", path, tuple(key), secret(str(attributes["fromEnv"]), str(attributes["revision"]))
    plain = attributes["value"] if [*attributes] == ["value"] else tuple(sorted(attributes.items()))
    return "value", path, tuple(key), plain


def _values(entries: Iterable[Json], shared: Mapping[str, Json]) -> Iterator[Claim]:
    for side in (STANDARD, SECURED):
        for pair in shared.get(side, ()):
            yield "value", f"{GLOBAL}.{side}", (pair["key"],), pair["value"]
    for entry in entries:
        name = entry["applicationName"]
        for side in (STANDARD, SECURED):
            for pair in entry.get(side, ()):
                yield "value", f"{APPLICATIONS}.{side}", (name, pair["key"]), pair["value"]
        for option in _OPTIONS:
            if option in entry:
                value = entry[option]
                plain = tuple(sorted(value.items())) if isinstance(value, dict) else value
                yield "value", f"{APPLICATIONS}.{option}", (name,), plain
