"""The values of every switch of the sandbox that are worth trying.

Switches with a closed set of values are read off their types; the others stand here, so that a new switch of another
type is missing here until values are listed for it (a test asks).
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from simulation.places import PROJECTS_OF_CLIENTS
from simulation.random_streams import Chance
from trueup.sandbox.settings import Settings

Value = Any
"""A switch's value as JSON."""

OPEN: Final[Mapping[str, tuple[Value, ...]]] = {
    "project_key": ("acme",),
    "token_lifetime": (600, 5),
    "granted_scopes": (["manage_connectors"], ["view_connectors"]),
    "refused_clients": ([*PROJECTS_OF_CLIENTS],),
    "requests_per_minute": (60, 20),
    "error_statuses": ({"ConcurrentModification": 400, "DuplicateField": 409, "ConnectorStagedNotPrivate": 422},),
    "pipeline_step": (0, 3),
    "repositories": (
        {"": "unreachable"},
        {"": "no-specification"},
        {"": "invalid-specification"},
    ),
    "sort_fields": (["createdAt", "lastModifiedAt", "name"], ["lastModifiedAt"], []),
    "preview_seconds": (0.0, 90.0),
    "publish_seconds": (0.0, 90.0),
    "ready_seconds": (0.0, 90.0),
    "certification_seconds": (0.0, 90.0),
    "results": ({"acme-search": {"preview": "false", "publish": "Failed", "certification": "Failed"}},),
    "busy_code": ("ConnectorStagedBusy",),
    "origin_omitted_fields": (
        ["channels"],
        ["contacts", "voc"],
        ["url", "issueDate", "brands"],
        ["voc.content.densityLimitGL", "additionalsDocuments"],
    ),
    "origin_batch_limit": (1,),
    "origin_search_lag": (0.5, 8.0),
    "origin_async_seconds": (1.0, 9.0),
    "origin_result_retention": (60.0, 0.5),
    "origin_tokens": (["sandbox-access-token"], ["another-token"]),
    "origin_forbidden_tokens": (["sandbox-access-token"],),
    "origin_document_limit": (5, 1),
    "origin_reporting_bodies": (["Veritas", "Green Mark"], ["Another Body"]),
    "project_region": ("us-central1.gcp",),
    "project_regions": ({"connect": "eu-central-1.aws"},),
    "projects": ({"sandbox-client": "acme"},),
    "deployment_queue_seconds": (5.0,),
    "deployment_seconds": (0.0, 90.0),
    "undeploy_seconds": (0.0, 90.0),
    "deployment_results": (
        {"acme-0-live": {"deployment": "Failed"}, "acme-9-live": {"undeploy": "UndeployFailed"}},
        {"acme-9-live": {"deployment": "Deployed-with-warning"}, "acme-0-live": {"undeploy": "UndeployFailed"}},
    ),
    "origin_standards": (["EPD", "ISO 9001", "CARB SCM (2007)"], ["Another Standard"]),
}

STOPPING: Final[Mapping[str, Value]] = {
    "project_regions": {"connect": "eu-central-1.aws"},
    "projects": {"sandbox-client": "acme"},
    "granted_scopes": ["view_connectors"],
    "refused_clients": [*PROJECTS_OF_CLIENTS],
    "origin_tokens": ["another-token"],
    "origin_forbidden_tokens": ["sandbox-access-token"],
    "origin_forbidden_status": 401,
    "origin_document_limit": 1,
    "origin_reporting_bodies": ["Another Body"],
    "origin_standards": ["Another Standard"],
}
"""Values under which a platform refuses everything: a simulation would only see the refusal."""

UNHANDLED: Final[Mapping[str, tuple[Value, ...]]] = {}
"""Values under which trueup is known to break an invariant. Remove a line once it does not: then it is drawn."""


@cache
def choices() -> dict[str, tuple[Value, ...]]:
    """Return the values other than its default that are worth trying, by switch."""
    hints, default = get_type_hints(Settings), Settings()
    return {
        entry.name: tuple(
            value for value in _values(entry.name, hints[entry.name]) if value != getattr(default, entry.name)
        )
        for entry in fields(Settings)
    }


def draw_switches(chance: Chance, *, share: float) -> dict[str, Value]:
    """Draw some switches, about this share of all, with a value other than the default that lets us work."""
    drawn: dict[str, Value] = {}
    for name, values in choices().items():
        usable = [value for value in values if not (name in STOPPING and STOPPING[name] == value)]
        usable = [value for value in usable if name != "repositories" and value not in UNHANDLED.get(name, ())]
        if usable and chance.happens(share):
            drawn[name] = chance.choice(usable)
    return drawn


def _values(name: str, hint: Any) -> tuple[Value, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    if hint is bool:
        return (False, True)
    return OPEN.get(name, ())
