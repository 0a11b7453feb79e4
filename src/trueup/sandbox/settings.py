"""The switches of the sandbox.

Where the documentation of a platform says nothing, the sandbox takes the default of ``connect-api.md`` sections 11 and
13, of ``deployment-api.md`` section 13 and of ``origin-api.md`` section 12. A switch selects every other plausible
behaviour, so that a client can be tested with all of them. ``scripts/switches.toml`` has the meaning of each.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Any, Literal, TypedDict, Union, get_args, get_origin, get_type_hints, is_typeddict


class Results(TypedDict, total=False):
    """The results of the pipelines of one draft, where they differ from the settings of all."""

    preview: Literal["true", "false", "none"]
    publish: Literal["Published", "Failed"]
    certification: Literal["Published", "Failed"]


class DeploymentResults(TypedDict, total=False):
    """The results of the pipelines of one deployment, where they differ from the settings of all."""

    deployment: Literal["Deployed", "Deployed-with-warning", "Failed"]
    undeploy: Literal["gone", "UndeployFailed"]


class UnknownSwitch(ValueError):
    """An unknown switch, or a value that a switch cannot have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The value of every switch; times are in seconds.

    Switches without prefix belong to Connect or to both platforms, those with ``origin_`` to Origin, and those with
    ``deployment_`` to the deployments of Connect.
    """

    # The token endpoint.
    project_key: str = "sandbox"
    # 48 hours, the usual lifetime; a client must trust only the number in the answer (connect-api.md section 1).
    token_lifetime: int = 172_800
    granted_scopes: tuple[str, ...] = ("manage_project",)
    refused_clients: tuple[str, ...] = ()

    # Both platforms: the limit of requests in one minute of the sandbox's clock, above which 429 is answered (0: none).
    requests_per_minute: int = 0
    retry_after: Literal["seconds", "date", "none"] = "seconds"
    element_order: Literal["kept", "reversed", "sorted"] = "kept"

    # The shape of answers of Connect.
    # 201 is documented for an update as well as for a creation (connect-api.md section 2).
    update_status: Literal[200, 201] = 201
    empty_values: Literal["sample", "omit", "null", "empty"] = "sample"
    write_answer: Literal["after", "before"] = "after"
    extra_field: bool = False
    previewable_form: Literal["text", "boolean"] = "text"
    odd_enum: bool = False
    conflict_numbers: bool = True
    error_statuses: Mapping[str, int] = field(default_factory=dict)

    # Versions of Connect, and the order of checks.
    version_step: Literal["request", "action", "request-and-action"] = "request"
    noop_raises_version: bool = True
    pipeline_step: int = 1
    check_order: Literal["version", "actions"] = "version"
    partial_updates: bool = False

    # What the documentation leaves open about single actions of Connect.
    empty_actions: Literal["accept", "refuse"] = "accept"
    empty_text: Literal["accept", "refuse"] = "accept"
    reordered_set: Literal["refuse", "accept"] = "refuse"
    noop_project: Literal["accept", "refuse"] = "accept"
    git_suffix: Literal["optional", "required"] = "optional"
    same_repository_resets: bool = True
    repository_resets_status: bool = True
    edit_status: Literal["keep", "Draft"] = "keep"
    unpublished_has_changes: Literal["false", "edited", "true"] = "false"
    process_has_changes: bool = False
    private_flip: Literal["published", "requested"] = "published"
    comment_outside_certification: Literal["accept", "refuse"] = "accept"
    certification_lock: Literal["repository", "all", "none"] = "repository"
    unlist_status: Literal["keep", "Draft"] = "keep"
    unlist_unlisted: Literal["accept", "refuse"] = "accept"
    unlist_uncertified: Literal["accept", "ignore", "refuse"] = "accept"
    delete_while_processing: Literal["accept", "refuse"] = "accept"
    duplicate_keys: Literal["refuse", "accept"] = "refuse"
    lost_key: Literal["never", "update", "publish"] = "never"
    repositories: Mapping[str, Literal["unreachable", "no-specification", "invalid-specification"]] = field(
        default_factory=dict
    )

    # Lists of Connect.
    sort: Literal["accept", "ignore", "refuse"] = "accept"
    sort_fields: tuple[str, ...] = ("createdAt", "lastModifiedAt")
    insert_while_paging: bool = False

    # The preview and publish pipelines of Connect.
    preview_seconds: float = 2.0
    publish_seconds: float = 2.0
    ready_seconds: float = 2.0
    certification_seconds: float = 2.0
    preview_result: Literal["true", "false", "none"] = "true"
    publish_result: Literal["Published", "Failed"] = "Published"
    certification_result: Literal["Published", "Failed"] = "Published"
    results: Mapping[str, Results] = field(default_factory=dict)
    specification_check: Literal["at-once", "in-pipeline"] = "at-once"
    busy_status: Literal[409, 400] = 409
    busy_code: str = "ConnectorStagedUnderProcess"

    # What the documentation leaves open about Origin.
    origin_omitted_fields: tuple[str, ...] = ()
    origin_collapsed_lists: bool = False
    origin_counts_as_text: bool = True
    origin_empty_values: Literal["reject", "ignore", "clear"] = "reject"
    origin_batch: Literal["all-or-nothing", "prefix"] = "all-or-nothing"
    origin_batch_limit: int = 0
    origin_duplicate_create: Literal["reject", "duplicate"] = "reject"
    origin_remove_absent: Literal["ignore", "reject"] = "ignore"
    origin_remove_and_add: Literal["array", "reverse", "reject"] = "array"
    origin_duplicate_keys: Literal["last", "reject"] = "last"
    origin_key_comparison: Literal["exact", "case", "unicode"] = "exact"
    origin_compliance_key: Literal["composite", "code"] = "composite"
    origin_properties: Literal["single", "multiple"] = "single"
    origin_archived: Literal["hidden", "found"] = "hidden"
    origin_search_lag: float = 0.0
    origin_translations: Literal["merge", "second"] = "merge"
    origin_document_urls: Literal["kept", "rehosted"] = "kept"
    origin_status_form: Literal["object", "list"] = "object"
    origin_callback: Literal["pooling", "both", "polling"] = "pooling"
    origin_trim: bool = False
    origin_date_zone: bool = False
    origin_missing_behavior: Literal["reject", "add"] = "reject"
    origin_density_check: Literal["state", "strict", "none"] = "state"
    origin_async_seconds: float = 0.0
    origin_async_validation: Literal["submit", "batch"] = "submit"
    origin_async_messages: Literal["result", "none"] = "result"
    origin_result_retention: float = 0.0
    origin_tokens: tuple[str, ...] = ()
    origin_forbidden_tokens: tuple[str, ...] = ()
    origin_forbidden_status: Literal[401, 403] = 403
    origin_unset: Literal["null", "omit"] = "null"
    origin_last_document: Literal["reject", "allow"] = "reject"
    origin_document_limit: int = 0
    origin_limit_status: Literal[400, 403] = 400
    origin_gl_spellings: Literal["reject", "ignore"] = "reject"
    origin_unknown_fields: Literal["reject", "ignore"] = "reject"
    origin_unknown_criteria: Literal["reject", "ignore"] = "reject"
    origin_create_collections: Literal["accept", "drop", "reject"] = "accept"
    origin_reporting_bodies: tuple[str, ...] = ()
    origin_standards: tuple[str, ...] = ()

    # The projects that deployments belong to. ``projects`` maps a client id or the name of a world to a project key,
    # ``project_regions`` a world to the region that hosts its project, where that is not ``project_region``.
    project_region: str = "europe-west1.gcp"
    project_regions: Mapping[str, str] = field(default_factory=dict)
    projects: Mapping[str, str] = field(default_factory=dict)

    # The shape of deployments in answers (deployment-api.md section 13).
    deployment_delete_status: Literal[202, 200, 204] = 202
    deployment_mask: Literal["fixed", "length", "empty", "omit-key"] = "fixed"
    deployment_details: Literal["empty-while-running", "previous", "null"] = "empty-while-running"
    deployment_old_shape: bool = False
    deployment_schedule_shown: Literal["effective", "override"] = "effective"
    deployment_defaults_shown: bool = True
    deployment_logs: Literal["serve", "gone"] = "serve"
    deployment_revisions: Literal["off", "on"] = "off"

    # The pipelines of deployments.
    # "Queued" ends the preview command of the official client before there is a result (deployment-api.md section 9).
    deployment_first_status: Literal["Deploying", "Queued", "Draft"] = "Deploying"
    deployment_queue_seconds: float = 0.0
    deployment_seconds: float = 2.0
    undeploy_seconds: float = 2.0
    deployment_result: Literal["Deployed", "Deployed-with-warning", "Failed"] = "Deployed"
    undeploy_result: Literal["gone", "UndeployFailed"] = "gone"
    deployment_results: Mapping[str, DeploymentResults] = field(default_factory=dict)
    deployment_script_failure: Literal["warning", "failed"] = "warning"
    deployment_copy_changes: Literal["at-once", "when-deployed"] = "at-once"
    deployment_failed_values: Literal["new", "old"] = "new"
    deployment_build_id: Literal["new", "same"] = "new"
    deployment_topic: Literal["new", "same"] = "new"
    deployment_url: Literal["same", "new"] = "same"

    # What the documentation leaves open about the values of deployments.
    deployment_merge: Literal["key", "application", "all"] = "key"
    deployment_missing_required: Literal["fail", "refuse", "accept"] = "fail"
    deployment_empty_value: Literal["store", "unset", "refuse"] = "store"
    deployment_empty_values: Literal["refuse", "accept"] = "refuse"
    deployment_second_action: Literal["refuse", "accept"] = "refuse"
    deployment_missing_lists: Literal["refuse", "accept"] = "refuse"
    deployment_unknown_fields: Literal["ignore", "refuse"] = "ignore"
    deployment_left_out_application: Literal["not-deployed", "added", "refuse"] = "not-deployed"
    deployment_schedule_left_out: Literal["keep", "default"] = "keep"

    # What it leaves open about moving a deployment to another version of its connector.
    deployment_new_application: Literal["added", "not-added", "update-failure"] = "added"
    deployment_contract: Literal["new", "old"] = "new"
    deployment_stale_keys: Literal["drop", "keep"] = "drop"
    deployment_update_without_news: Literal["redeploy", "update-failure"] = "redeploy"
    deployment_update_unpreviewable: Literal["update-failure", "ConnectorStagedNotPreviewable"] = "update-failure"
    deployment_update_moves: bool = True

    # What it leaves open about who may deploy and delete what, and where.
    deployment_api_client_scope: Literal["explicit", "covered"] = "explicit"
    deployment_forbidden_project: Literal["AuthorizationError", "ConnectorReferenceNotFound"] = "AuthorizationError"
    deployment_open_private: bool = True
    deployment_foreign_region: Literal["accept", "refuse"] = "accept"
    deployment_production: bool = True
    deployment_reference_version: Literal["check", "ignore"] = "check"
    deployment_delete_while_busy: Literal["refuse", "accept"] = "refuse"
    deployment_key_while_undeploying: Literal["refuse", "accept"] = "refuse"
    deployment_blocks_connector_delete: bool = True

    def region_of(self, world: str) -> str:
        """Return the region that hosts the project of a world."""
        return self.project_regions.get(world, self.project_region)

    def to_json(self) -> dict[str, Any]:
        """Return every switch with its value, as JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def changed(self, switches: Mapping[str, object]) -> "Settings":
        """Return these settings with some switches changed; ``switches`` is JSON.

        Raises UnknownSwitch for an unknown name, with a similar one if there is one, and for a value of the wrong type.
        """
        hints = get_type_hints(Settings)
        known = [entry.name for entry in fields(Settings)]
        values: dict[str, Any] = {}
        for name, value in switches.items():
            if name not in known:
                near = get_close_matches(name, known, n=1)
                raise UnknownSwitch(f"There is no switch {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
            values[name] = _fit(name, value, hints[name])
        return replace(self, **values)


def _fit(name: str, value: object, hint: Any) -> object:
    """Return the value in the type of the field; raises UnknownSwitch if it is not allowed."""
    # JSON has lists. The fields are tuples, so that settings which are shared cannot be changed.
    fitted: object = tuple(value) if isinstance(value, list) else value
    if not _fits(fitted, hint):
        raise UnknownSwitch(f"The switch {name!r} cannot be {value!r}; allowed: {_allowed(hint)}.")
    return fitted


def _fits(value: object, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        # The types are compared as True == 1: a switch of numbers must not accept a boolean.
        return any(value == choice and type(value) is type(choice) for choice in arguments)
    if origin in (Union, UnionType):
        return any(_fits(value, argument) for argument in arguments)
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(item, arguments[0]) for item in value)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            isinstance(key, str) and _fits(item, arguments[1]) for key, item in value.items()
        )
    if is_typeddict(hint):
        members = get_type_hints(hint)
        return isinstance(value, Mapping) and all(k in members and _fits(v, members[k]) for k, v in value.items())
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, NoneType if hint is None else hint)


def _allowed(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return ", ".join(repr(choice) for choice in get_args(hint))
    return str(getattr(hint, "__name__", hint))
