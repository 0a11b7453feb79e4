"""Which connector a deployment runs, and whether the project may deploy it (``deployment-api.md`` section 6)."""

from collections.abc import Mapping
from typing import Any

from trueup.sandbox.connect.connectors import snapshot
from trueup.sandbox.connect.drafts import HIDDEN, Drafts
from trueup.sandbox.connect.errors import Failure, error
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document
from trueup.sandbox.world import Grant, Sandbox


def referenced(sandbox: Sandbox, grant: Grant, project: str, body: Mapping[str, Any]) -> Document:
    """Return the copy of the connector that a valid DeploymentDraft refers to.

    Raises Failure when there is no such connector, or when this project may not deploy it as the draft says.
    """
    settings, reference, region = sandbox.settings, body["connector"], body["region"]
    hosting = settings.region_of(grant.world)
    draft = _draft(Drafts(sandbox.store, grant.world), reference)
    staged = reference.get("staged", False)
    connector = _connector(draft, reference, settings)
    if _forbidden(draft, connector, f"{hosting}:{project}", settings, staged=staged):
        raise _refusal(reference, settings)
    _check_type(reference, body.get("type"), staged=staged)
    if staged and draft["isPreviewable"] != "true":
        raise not_previewable(draft)
    if body.get("type") == "production" and not settings.deployment_production:
        message = "Deployments to production are disabled for this Project."
        raise Failure(error("DeploymentProductionDeactivated", message))
    foreign = region != hosting and settings.deployment_foreign_region == "refuse"
    if foreign or (connector["supportedRegions"] and region not in connector["supportedRegions"]):
        raise Failure(error("DeploymentUnsupportedRegion", f"Deployment unsupported region {region}"))
    if connector["apiClient"] and not _may_make_clients(grant, project, settings):
        raise _denied()
    return connector


def _draft(drafts: Drafts, reference: Mapping[str, Any]) -> Document:
    found = drafts.by_id(reference["id"]) if "id" in reference else drafts.by_key(reference["key"])
    # Whether id and key together are allowed is not documented. Here they must be those of one connector.
    if found is None or found["key"] != reference.get("key", found["key"]):
        raise _not_found(reference)
    return found


def _connector(draft: Document, reference: Mapping[str, Any], settings: Settings) -> Document:
    connector = snapshot(draft) if reference.get("staged") else draft[HIDDEN].get("connector")
    if connector is None:
        raise _not_found(reference)
    checked = settings.deployment_reference_version == "check"
    if checked and reference.get("version", connector["version"]) != connector["version"]:
        raise _not_found(reference)
    return dict(connector)


def _not_found(reference: Mapping[str, Any]) -> Failure:
    version = f" with version {reference['version']}" if "version" in reference else ""
    name = reference.get("key") or reference.get("id")
    return Failure(error("ConnectorReferenceNotFound", f"Connector '{name}'{version} not found"))


def _forbidden(draft: Document, connector: Document, project: str, settings: Settings, *, staged: bool) -> bool:
    if not staged and not connector["private"]:
        return False
    # The list is only on the draft, and its present state is taken (deployment-api.md section 6).
    allowed = draft["privateProjects"]
    if not allowed:
        return not settings.deployment_open_private
    return project not in allowed


def _refusal(reference: Mapping[str, Any], settings: Settings) -> Failure:
    return _denied() if settings.deployment_forbidden_project == "AuthorizationError" else _not_found(reference)


def _denied() -> Failure:
    return Failure(error("AuthorizationError", "Access denied"))


def _check_type(reference: Mapping[str, Any], type_: str | None, *, staged: bool) -> None:
    allowed = ("preview",) if staged else ("sandbox", "production")
    if type_ is not None and type_ not in allowed:
        named = f"id={reference.get('id', 'null')} or key={reference.get('key', 'null')}"
        types = " and ".join(f"'{name}'" for name in allowed)
        message = f"The Connector {named} cannot be deployed as a '{type_}' type. Only {types} types are allowed."
        raise Failure(error("DeploymentInvalidType", message))


def not_previewable(draft: Document) -> Failure:
    """Return the refusal of a draft that cannot be previewed."""
    named = f"id={draft['id']} or key={draft['key']} with version {draft['version']}"
    return Failure(error("ConnectorStagedNotPreviewable", f"Connector {named} is not previewable"))


def _may_make_clients(grant: Grant, project: str, settings: Settings) -> bool:
    # SKILL says that manage_project covers this scope, OBS that it does not (deployment-api.md section 1).
    covered = settings.deployment_api_client_scope == "covered" and f"manage_project:{project}" in grant.scopes
    return covered or f"manage_api_clients:{project}" in grant.scopes
