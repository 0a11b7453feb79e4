"""The JSON that the platform accepts to create and redeploy a deployment (``deployment-api.md`` sections 3.3 to 4)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trueup.sandbox.connect.shapes import REGIONS, Check, Rule, Shape, key, number, pattern, problems, text, truth
from trueup.sandbox.settings import Settings

TYPES = ("preview", "sandbox", "production")
LISTS = ("standardConfiguration", "securedConfiguration")
"""The two sides of a configuration. A key belongs to one of them."""

# The documentation gives no grammar. This accepts the five fields of cron, with names of days and months.
_CRON = re.compile(r"[\w*/,?#-]+(?: +[\w*/,?#-]+){4}")
# The bounds of a policy of connect.yaml (deployment-api.md section 3.3).
_BACKOFF, _ATTEMPTS = range(1, 601), range(5, 101)


def choice(choices: tuple[str, ...]) -> Check:
    """Return a check for one of these words."""
    return lambda value: "" if value in choices else f"Unexpected value {value!r}, expected one of {', '.join(choices)}"


def _array(value: object) -> str:
    return "" if isinstance(value, list) else "Expected an array"


def _mapping(value: object) -> str:
    return "" if isinstance(value, Mapping) else "Expected an object"


_REFERENCE: Shape = {"id": Rule(text), "key": Rule(key), "staged": Rule(truth), "version": Rule(number)}
_VALUE: Shape = {"key": Rule(text, required=True), "value": Rule(text, required=True)}
_POLICY: Shape = {
    "minBackoffSeconds": Rule(number, required=True),
    "maxBackoffSeconds": Rule(number, required=True),
    "maxAttempts": Rule(number),
}
DRAFT: Shape = {
    "key": Rule(key),
    "type": Rule(choice(TYPES)),
    "connector": Rule(_REFERENCE, required=True),
    "configurations": Rule(_array),
    "globalConfiguration": Rule(_mapping),
    "region": Rule(choice(REGIONS), required=True),
}
"""The members of DeploymentDraft."""
REDEPLOY: Shape = {
    "configurationValues": Rule(_array),
    "globalConfiguration": Rule(_mapping),
    "updateConnector": Rule(truth),
    "skipScripts": Rule(truth),
}
"""The members of the action redeploy."""


def draft_problems(body: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    """Yield one sentence for each invalid member of a DeploymentDraft."""
    yield from problems(body, DRAFT)
    reference = body.get("connector")
    if isinstance(reference, Mapping) and not reference.keys() & {"id", "key"}:
        yield "connector: Expected id or key"
    if "configurations" not in body and settings.deployment_missing_lists == "refuse":
        yield "configurations: Missing required value"
    yield from _configuration_problems(body, "configurations", settings)
    yield from _unknown(body, DRAFT, settings)


def redeploy_problems(action: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    """Yield one sentence for each invalid member of the action redeploy."""
    yield from problems(action, REDEPLOY)
    yield from _configuration_problems(action, "configurationValues", settings)
    yield from _unknown(action, {**REDEPLOY, "action": Rule(text)}, settings)


def _configuration_problems(body: Mapping[str, Any], name: str, settings: Settings) -> Iterator[str]:
    """Yield what is wrong inside the list of applications called ``name``, and inside globalConfiguration."""
    listed = body.get(name)
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        where = f"{name}[{index}]"
        if not isinstance(entry, Mapping):
            yield f"{where}: Expected an object"
            continue
        required = settings.deployment_missing_lists == "refuse"
        shape = {side: Rule(_array, required=required) for side in LISTS}
        named = {"applicationName": Rule(key, required=True), "schedule": Rule(pattern(_CRON, "a cron expression"))}
        yield from problems(entry, {**named, **shape}, f"{where}.")
        yield from _value_problems(entry, f"{where}.", settings)
    shared = body.get("globalConfiguration")
    if isinstance(shared, Mapping):
        # Both lists are optional here, as they are in the representation (deployment-api.md section 3.1).
        yield from problems(shared, {side: Rule(_array) for side in LISTS}, "globalConfiguration.")
        yield from _value_problems(shared, "globalConfiguration.", settings)


def _value_problems(entry: Mapping[str, Any], where: str, settings: Settings) -> Iterator[str]:
    for side in LISTS:
        listed = entry.get(side)
        for index, item in enumerate(listed if isinstance(listed, list) else ()):
            place = f"{where}{side}[{index}]"
            if not isinstance(item, Mapping):
                yield f"{place}: Expected an object"
                continue
            # No check repeats the value: it may be a secret.
            yield from problems(item, _VALUE, f"{place}.")
            if item.get("value") == "" and settings.deployment_empty_value == "refuse":
                yield f"{place}.value: Must not be empty"


def _unknown(body: Mapping[str, Any], shape: Shape, settings: Settings) -> Iterator[str]:
    if settings.deployment_unknown_fields == "refuse":
        yield from (f"{name}: Unknown member" for name in body if name not in shape)


def is_retry_policy(policy: object) -> bool:
    """Return whether this is a retry policy of an event application."""
    if not isinstance(policy, Mapping):
        return False
    if policy.get("strategy") == "immediate":
        return True
    if policy.get("strategy") != "exponential-backoff" or any(problems(policy, _POLICY)):
        return False
    least, most = policy["minBackoffSeconds"], policy["maxBackoffSeconds"]
    bounded = least in _BACKOFF and most in _BACKOFF and policy.get("maxAttempts", _ATTEMPTS.start) in _ATTEMPTS
    return bounded and bool(least <= most)
