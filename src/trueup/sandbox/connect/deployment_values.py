"""The values of deployments: checks against the contract of a connector, and what a redeploy keeps.

The source is ``deployment-api.md``, sections 3.3 to 4 and 7. Entries are those of ``configurations`` in a creation and
of ``configurationValues`` in a redeploy; ``shared`` is globalConfiguration.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trueup.sandbox.connect.deployment_shapes import LISTS, is_retry_policy
from trueup.sandbox.connect.deployments import SECURED, STANDARD, declared_application, seal
from trueup.sandbox.connect.drafts import HIDDEN
from trueup.sandbox.connect.errors import Failure, error, invalid
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document, Ids

Entry = Mapping[str, Any]
Error = dict[str, Any]
_SIDES = {STANDARD: "standard", SECURED: "secret"}
"""The words of messages for the two lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The configuration in a request; a member that was left out is None."""

    entries: Sequence[Entry] | None
    shared: Entry | None


def wrong_values(connector: Mapping[str, Any], asked: Asked, settings: Settings) -> Iterator[Error]:
    """Yield an error for each application, key or policy that the contract of the connector does not allow."""
    for entry in asked.entries or ():
        name = entry["applicationName"]
        declared = declared_application(connector, name)
        if declared is None:
            message = f"Deployment does not require configuration for application named '{name}'."
            yield error("DeploymentUnknownApplicationConfiguration", message)
            continue
        for side, key in _unknown_keys(entry, declared):
            wanted = f"{_SIDES[side]} configuration with key {key}"
            message = f"Deployment does not require {wanted} for application named {name}."
            yield error("DeploymentUnknownApplicationConfigurationKey", message)
        yield from _wrong_options(entry, declared)
    yield from _wrong_shared(connector, asked.shared or {}, settings)


def _unknown_keys(entry: Entry, declared: Entry) -> Iterator[tuple[str, str]]:
    for side in LISTS:
        known = {item["key"] for item in declared.get(side) or ()}
        yield from ((side, item["key"]) for item in entry.get(side) or () if item["key"] not in known)


def _wrong_options(entry: Entry, declared: Entry) -> Iterator[Error]:
    """Yield an error for a schedule or a retry policy that an application of this type cannot have."""
    name, type_ = entry["applicationName"], declared["applicationType"]
    if "schedule" in entry and type_ != "job":
        # No code is documented (deployment-api.md section 14).
        yield from invalid("InvalidJsonInput", [f"schedule: The application {name} is not a job"]).errors
    if "retryPolicy" not in entry:
        return
    if type_ != "event":
        message = f"A retry policy is not allowed for application named {name}."
        yield error("DeploymentRetryPolicyOverrideNotAllowed", message)
    elif not is_retry_policy(entry["retryPolicy"]):
        yield error("DeploymentInvalidRetryPolicy", f"The retry policy for application named {name} is not valid.")


def _wrong_shared(connector: Mapping[str, Any], shared: Entry, settings: Settings) -> Iterator[Error]:
    declared = connector["globalConfiguration"] or {}
    for side, key in _unknown_keys(shared, declared):
        message = f"Deployment global configuration does not require {_SIDES[side]} with key {key}."
        yield error("DeploymentUnknownGlobalConfigurationKey", message)
    required = {item["key"] for side in LISTS for item in declared.get(side) or () if item.get("required")}
    for side in LISTS:
        for item in shared.get(side) or ():
            # An empty text that unsets a value leaves a default in force, so that it may still be complete.
            if item["value"] == "" and item["key"] in required and settings.deployment_empty_value != "unset":
                wanted = f"{_SIDES[side]} global configuration with key {item['key']}"
                message = f"Deployment requires a non empty value for {wanted}."
                yield error("DeploymentEmptyRequiredGlobalConfigurationKey", message)


def missing_shared(connector: Mapping[str, Any], stored: Document) -> Iterator[Error]:
    """Yield an error for each required global key that has no value."""
    for side, key in _missing(connector["globalConfiguration"] or {}, stored):
        message = f"Deployment global configuration requires {_SIDES[side]} with key {key}."
        yield error("DeploymentMissingGlobalConfigurationKey", message)


def missing_required(connector: Mapping[str, Any], applications: Mapping[str, Document]) -> list[tuple[str, str]]:
    """Return the application and the name of each required key that has no value."""
    return [
        (name, key)
        for name, stored in applications.items()
        for _, key in _missing(declared_application(connector, name) or {}, stored)
    ]


def _missing(declared: Entry, stored: Document) -> Iterator[tuple[str, str]]:
    for side in LISTS:
        keys = (item["key"] for item in declared.get(side) or () if item.get("required"))
        yield from ((side, key) for key in keys if key not in stored[side])


def new_application(id: str) -> Document:  # noqa: A002 - the word of the platform
    """Return an application without values."""
    return {"id": id, **new_values(), "schedule": None, "retryPolicy": None, "url": None, "topic": None}


def new_values() -> Document:
    """Return a stored configuration without values; ``defaults`` are the keys that hold a default."""
    return {STANDARD: {}, SECURED: {}, "defaults": []}


def put_values(stored: Document, entry: Entry, settings: Settings) -> None:
    """Set the values of an entry, which keeps every key that it does not name."""
    stores: Mapping[str, Callable[[str], Any]] = {STANDARD: str, SECURED: seal}
    for side, kept in stores.items():
        for item in entry.get(side) or ():
            key, value = item["key"], item["value"]
            if key in stored["defaults"]:
                stored["defaults"].remove(key)
            if value == "" and settings.deployment_empty_value == "unset":
                stored[side].pop(key, None)
            else:
                stored[side][key] = kept(value)


def put_options(stored: Document, entry: Entry, settings: Settings) -> None:
    """Set schedule and retry policy of an application that a request names."""
    for name in ("schedule", "retryPolicy"):
        if name in entry or settings.deployment_schedule_left_out == "default":
            stored[name] = entry.get(name)


def fill_defaults(stored: Document, declared: Entry | None) -> None:
    """Give each key without a value the default of the contract, if it has one."""
    for item in (declared or {}).get(STANDARD) or ():
        if item["key"] not in stored[STANDARD] and "default" in item:
            stored[STANDARD][item["key"]] = item["default"]
            stored["defaults"].append(item["key"])


def drop_stale(stored: Document, declared: Entry | None) -> None:
    """Remove the values of keys that the contract does not have."""
    for side in LISTS:
        known = {item["key"] for item in (declared or {}).get(side) or ()}
        stored[side] = {key: value for key, value in stored[side].items() if key in known}
    stored["defaults"] = [key for key in stored["defaults"] if key in stored[STANDARD]]


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """What a new deployment needs in addition to its content; ``now`` is in seconds since 1970."""

    project: str
    settings: Settings
    ids: Ids
    now: float


def new_deployment(made: New, body: Mapping[str, Any], connector: Document) -> Document:
    """Return a deployment of a connector with the values of a DeploymentDraft. Raises Failure."""
    settings, ids = made.settings, made.ids
    asked = Asked(entries=body.get("configurations") or (), shared=body.get("globalConfiguration"))
    wrong = list(wrong_values(connector, asked, settings))
    named = {entry["applicationName"] for entry in asked.entries or ()}
    applications: dict[str, Document] = {}
    for declared in connector["configurations"]:
        name = declared["applicationName"]
        if name in named or settings.deployment_left_out_application == "added":
            applications[name] = new_application(ids.next())
        elif settings.deployment_left_out_application == "refuse":
            wrong += invalid("InvalidJsonInput", [f"configurations: Missing application {name}"]).errors
    if wrong:
        raise Failure(*wrong)
    preview = bool(body["connector"].get("staged"))
    deployment: Document = {
        "id": ids.next(),
        "key": body.get("key"),
        "version": 1,
        "type": body.get("type") or ("preview" if preview else "sandbox"),
        "connector": connector,
        "globalConfiguration": new_values(),
        "apiClient": None,
        "details": {},
        "deployedRegion": body["region"],
        "applications": applications,
        "preview": preview,
        "status": "Draft",
        HIDDEN: {
            "project": made.project,
            "createdAt": made.now,
            "lastModifiedAt": made.now,
            "run": None,
            "results": {},
            "next": {},
            "revisions": [],
        },
    }
    if connector["apiClient"]:
        # The name is the id of a client that the platform makes for this deployment (section 3.1).
        deployment["apiClient"] = {"name": f"client-{ids.next()}", "scopes": connector["apiClient"]["scopes"]}
    configure(deployment, asked, settings)
    return deployment


def configure(deployment: Document, asked: Asked, settings: Settings) -> None:
    """Set the values that were asked for and the defaults of the contract. Raises Failure when one is missing."""
    connector, applications = deployment["connector"], deployment["applications"]
    for entry in asked.entries or ():
        put_values(applications[entry["applicationName"]], entry, settings)
        put_options(applications[entry["applicationName"]], entry, settings)
    put_values(deployment["globalConfiguration"], asked.shared or {}, settings)
    for name, stored in applications.items():
        fill_defaults(stored, declared_application(connector, name))
    fill_defaults(deployment["globalConfiguration"], connector["globalConfiguration"])
    missing = list(missing_shared(connector, deployment["globalConfiguration"]))
    if settings.deployment_missing_required == "refuse":
        for name, key in missing_required(connector, applications):
            missing += invalid("InvalidJsonInput", [f"{name}: Missing required configuration {key}"]).errors
    if missing:
        raise Failure(*missing)
