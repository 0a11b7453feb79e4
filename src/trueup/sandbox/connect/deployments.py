"""The deployments of a world, and their representation in answers (``deployment-api.md`` section 3).

A stored deployment has applications and values as mappings, by name and by key, and an additional member ``_sandbox``,
which holds what the platform knows and does not show. A secured value is stored as its digest and its length.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trueup.sandbox.connect.connectors import represent_connector
from trueup.sandbox.connect.deployment_shapes import LISTS
from trueup.sandbox.connect.drafts import HIDDEN, find_addressed
from trueup.sandbox.connect.errors import Failure, error
from trueup.sandbox.order import ordered
from trueup.sandbox.request_log import digest
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document, Store

KIND = "deployment"
TIMERS = "deployment-timer"
"""The kind of a small document for each deployment with a running pipeline, so that requests need not read all."""
STANDARD, SECURED = LISTS
RUNNING = ("Queued", "Deploying", "Undeploying")
# What is shown of a secured value is an unknown; four asterisks were seen in 2023 (deployment-api.md section 6).
_MASK = "****"
_SCHEDULE = "0 2 * * *"
"""The schedule of a job whose contract names none; a Connector does not show it."""
# Not a documented status: a client must wait when it reads one (deployment-api.md section 14).
_ODD_STATUS = "Provisioning"


def seal(value: str) -> dict[str, Any]:
    """Return what is kept of a secured value."""
    return {"sha256": digest(value), "length": len(value)}


def name_of(project: str, key: str | None) -> str:
    """Return the secondary name in the store: keys are unique within a project."""
    return f"{project}/{key}" if key else ""


class Deployments:
    """The stored deployments of one world, or of one project in it."""

    def __init__(self, store: Store, world: str, project: str | None = None) -> None:
        self._store = store
        self._world = world
        self._project = project

    def addressed(self, address: str) -> Document:
        """Return the deployment of the project at ``{id}`` or ``key={key}``.

        Raises Failure: ResourceNotFound, or InvalidPathParam when the address is neither a UUID nor a valid key.
        """
        found = find_addressed(address, by_id=self.by_id, by_key=self.by_key)
        if found is None:
            key = address.removeprefix("key=")
            named = f"id={address} or key=null" if key == address else f"id=null or key={key}"
            raise Failure(error("ResourceNotFound", f"Deployment with {named} does not exist"))
        return found

    def by_id(self, id: str) -> Document | None:  # noqa: A002 - the word of the platform
        """Return the deployment of this id, or None."""
        found = self._store.get(self._world, KIND, id)
        return found if found and self._project in (None, found[HIDDEN]["project"]) else None

    def by_key(self, key: str) -> Document | None:
        """Return the deployment of this key in the project, or None; one that is not being deleted comes first."""
        found = self._store.find(self._world, KIND, name_of(self._project or "", key))
        return min(found, key=lambda deployment: deployment["status"] == "Undeploying", default=None)

    def named(self, name: str) -> list[Document]:
        """Return the deployments with this id, ``project/key``, or key in any project."""
        by_id = self.by_id(name)
        if by_id:
            return [by_id]
        return self._store.find(self._world, KIND, name) or [found for found in self.all() if found["key"] == name]

    def all(self) -> list[Document]:
        """Return the deployments, oldest first."""
        listed = self._store.list(self._world, KIND)
        return [found for found in listed if self._project in (None, found[HIDDEN]["project"])]

    def of_connector(self, id: str) -> bool:  # noqa: A002 - the word of the platform
        """Return whether there is a deployment of this connector."""
        return any(found["connector"]["id"] == id for found in self.all())

    def save(self, deployment: Document) -> None:
        """Store the deployment, and the time of the next step of its pipeline."""
        name = name_of(deployment[HIDDEN]["project"], deployment["key"])
        self._store.put(self._world, KIND, deployment["id"], name, deployment)
        run = deployment[HIDDEN]["run"]
        if run:
            self._store.put(self._world, TIMERS, deployment["id"], "", {"id": deployment["id"], "at": run["at"]})
        else:
            self._store.delete(self._world, TIMERS, deployment["id"])

    def remove(self, deployment: Document) -> None:
        """Delete the deployment."""
        self._store.delete(self._world, KIND, deployment["id"])
        self._store.delete(self._world, TIMERS, deployment["id"])

    def due(self, now: float) -> Iterator[Document]:
        """Yield the deployments with a pipeline step that is due."""
        for timer in self._store.list(self._world, TIMERS):
            found = self.by_id(timer["id"]) if timer["at"] <= now else None
            if found:
                yield found


def represent(deployment: Document, settings: Settings) -> dict[str, Any]:
    """Return the Deployment of a stored one, in the form that the switches select."""
    shown = {name: value for name, value in deployment.items() if name != HIDDEN}
    shown["connector"] = represent_connector(deployment["connector"], settings, copied=True)
    shown["applications"] = ordered(
        (_application(deployment, name, settings) for name in deployment["applications"]), settings
    )
    declared = deployment["connector"]["globalConfiguration"]
    shown["globalConfiguration"] = (
        _lists(deployment["globalConfiguration"], declared, settings) if declared is not None else None
    )
    _show_optional(shown, ("key", "globalConfiguration", "apiClient", "rollbackRevision"), settings)
    if settings.deployment_old_shape:
        # Answers of 2023 and 2024 lack these (deployment-api.md section 3).
        del shown["type"]
        for name in ("key", "integrationTypes"):
            shown["connector"].pop(name, None)
    if settings.extra_field:
        shown["sandboxRevision"] = {"number": deployment["version"]}
    if settings.odd_enum and deployment["status"] in ("Queued", "Deploying"):
        shown["status"] = _ODD_STATUS
    return shown


def _show_optional(shown: dict[str, Any], names: Iterable[str], settings: Settings) -> None:
    for name in names:
        if shown.get(name) is None:
            shown.pop(name, None)
            if settings.empty_values == "null":
                shown[name] = None


def declared_application(connector: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return what the contract of a connector declares for an application, or None."""
    found = (entry for entry in connector["configurations"] if entry["applicationName"] == name)
    return next(found, None)


def type_of(connector: Mapping[str, Any], name: str) -> str | None:
    """Return the type of an application, None when the contract of the connector does not have it."""
    declared = declared_application(connector, name)
    return declared["applicationType"] if declared else None


def _application(deployment: Document, name: str, settings: Settings) -> dict[str, Any]:
    stored = deployment["applications"][name]
    declared = declared_application(deployment["connector"], name) or {}
    schedule, effective = stored["schedule"], settings.deployment_schedule_shown == "effective"
    if declared.get("applicationType") == "job" and schedule is None and effective:
        schedule = deployment["connector"]["schedules"].get(name, _SCHEDULE)
    shown = {
        "id": stored["id"],
        "applicationName": name,
        **_lists(stored, declared, settings),
        "schedule": schedule,
        **{member: stored[member] for member in ("retryPolicy", "url", "topic")},
    }
    _show_optional(shown, ("schedule", "retryPolicy", "url", "topic"), settings)
    return shown


def _lists(stored: Mapping[str, Any], declared: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return both lists of a configuration, in the order of the contract."""
    order = {side: [entry["key"] for entry in declared.get(side) or ()] for side in LISTS}
    standard = [
        {"key": key, "value": stored[STANDARD][key]}
        for key in _sorted(stored[STANDARD], order[STANDARD])
        if settings.deployment_defaults_shown or key not in stored["defaults"]
    ]
    secured = [
        {"key": key, "value": _masked(stored[SECURED][key], settings)}
        for key in _sorted(stored[SECURED], order[SECURED])
        if settings.deployment_mask != "omit-key"
    ]
    return {STANDARD: ordered(standard, settings), SECURED: ordered(secured, settings)}


def _sorted(keys: Iterable[str], order: list[str]) -> list[str]:
    # A key that the contract no longer has comes last.
    return sorted(keys, key=lambda key: order.index(key) if key in order else len(order))


def _masked(sealed: Mapping[str, Any], settings: Settings) -> str:
    forms = {"fixed": _MASK, "length": "*" * int(sealed["length"]), "empty": ""}
    return forms[settings.deployment_mask]


_URL_TYPES = ("service", "assets", "merchant-center-custom-application", "merchant-center-custom-view")


def assign_outputs(deployment: Document, run: str, settings: Settings) -> None:
    """Set the url or the topic of each application after a successful run of this id."""
    # OBS: names of hosts have a part that is unique, the region, and the type except production.
    kind = "" if deployment["type"] == "production" else f".{deployment['type']}"
    for name, application in deployment["applications"].items():
        type_ = type_of(deployment["connector"], name)
        # The first part of an id is random enough for a name that people can read.
        unique = {"same": deployment["id"], "new": run}[settings.deployment_url].partition("-")[0]
        if type_ in _URL_TYPES and (not application["url"] or settings.deployment_url == "new"):
            host = f"{name}-{unique}.{deployment['deployedRegion']}{kind}.commercetools.app"
            application["url"] = f"https://{host.lower()}/{name}"
        if type_ == "event" and (not application["topic"] or settings.deployment_topic == "new"):
            application["topic"] = _topic(deployment["deployedRegion"], f"{name}-{run.partition('-')[0]}")


def _topic(region: str, name: str) -> str:
    # GCP was seen; AWS regions use SNS, so there it is an ARN (deployment-api.md section 3.3).
    if region.endswith(".aws"):
        return f"arn:aws:sns:{region.removesuffix('.aws')}:000000000000:{name}"
    return f"projects/connect-sandbox/topics/{name}"
