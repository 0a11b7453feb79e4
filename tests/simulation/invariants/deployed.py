"""What holds a deployment back in truth: what its contract refuses, and what the platform does to every run."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from simulation.expectations import wanted_values
from simulation.history import Version
from simulation.invariants.evidence import REFUSALS
from simulation.layout import APPLICATIONS, GLOBAL, SECURED, STANDARD, Json, at
from simulation.places import CONNECT, Slot, is_deployment
from trueup.model.action import Delete
from trueup.model.run import Outcome, Status
from trueup.sandbox.connect.drafts import HIDDEN

if TYPE_CHECKING:
    from simulation.invariants.convergence import Case

_RUNNING: Final = frozenset({"Draft", "Queued", "Deploying", "Undeploying"})
_OPTIONS: Final = {"schedule": "job", "retryPolicy": "event"}
_UNFORESEEN: Final = frozenset(
    {
        "AuthorizationError",
        "DeploymentProductionDeactivated",
        "DeploymentConnectorUpdateFailure",
        "ConnectorStagedNotPreviewable",
    }
)
"""Codes of refusals for reasons that no representation shows (``deployment-api.md`` section 14)."""
_UNKNOWN: Final = frozenset(
    {
        "DeploymentUnknownApplicationConfiguration",
        "DeploymentUnknownApplicationConfigurationKey",
        "DeploymentUnknownGlobalConfigurationKey",
    }
)
"""Codes of refusals of what only the newer contract knows, where a platform judges by the older one."""


def is_running(case: "Case") -> bool:
    """Return whether a run or a removal of the deployment is under way."""
    return any(facts.get(("~status",)) in _RUNNING for facts in _documents(case).values())


def differs(case: "Case", path: str) -> bool:
    """Return whether a field that is fixed after the creation differs, as far as the platform shows it."""
    return path in case.evidence.misses(case.attempt, case.slot, case.live)


def is_in_use(case: "Case", path: str) -> bool:
    """Return whether a deployment that is to stay is made of the connector of this case."""
    names = {case.slot[1], *(case.document or {}).get("id", "").split()}
    return any(
        is_deployment(slot)
        and manifest.lifecycle.state.value == "present"
        and names & {str(value) for value in case.attempt.specs[slot]["connector"].values()}
        for slot, manifest in case.attempt.manifests.items()
    )


def is_refused(case: "Case", path: str) -> bool:
    """Return whether the platform would refuse what is wanted at this path."""
    refused = [wrong for draft in _drafts(case) for wrong in _refusals(case, draft)]
    return any(path.startswith(wrong) or wrong.startswith(path) for wrong in refused)


def _refusals(case: "Case", draft: Json) -> Iterator[str]:
    """Yield the paths of a manifest that the contract of a connector does not allow; None if there is none."""
    creating = not _documents(case)
    connector = draft if draft is None or case.spec["connector"].get("staged") else draft[HIDDEN]["connector"]
    own = None if creating else case.document["connector"]
    moves = own is None or case.attempt.manifests[case.slot].lifecycle.follow
    contract = connector if moves and connector is not None else own
    staged = bool(case.spec["connector"].get("staged"))
    if creating and case.spec.get("type") not in (None, *(("preview",) if staged else ("sandbox", "production"))):
        yield "type"
    if contract is None:
        yield "connector"
        return
    if moves and staged and connector is not None and connector["isPreviewable"] != "true":
        yield "connector.staged"
    if creating:
        yield from _about_creation(case, contract, draft)
    yield from _unknown_values(case, contract, creating=creating)
    if own is not None:
        # Without news, a redeployment is judged by the deployment's own copy.
        yield from _unknown_values(case, own, creating=False)


def _about_creation(case: "Case", connector: Json, draft: Json) -> Iterator[str]:
    spec = case.spec
    if connector["supportedRegions"] and spec["region"] not in connector["supportedRegions"]:
        yield "region"
    # Only the draft has the list of projects (``deployment-api.md`` section 6).
    allowed = [one.rpartition(":")[2] for one in draft["privateProjects"]]
    if allowed and case.slot[0] not in allowed and (spec["connector"].get("staged") or connector["private"]):
        yield "connector"
    for declared in connector["configurations"]:
        name = declared["applicationName"]
        own = (at(spec, APPLICATIONS) or {}).get(name) or {}
        for side in (STANDARD, SECURED):
            keys = [one["key"] for one in declared[side] if one["required"] and "default" not in one]
            yield from (f"{APPLICATIONS}.{name}.{side}.{key}" for key in keys if key not in own.get(side, {}))


def _unknown_values(case: "Case", contract: Json, *, creating: bool) -> Iterator[str]:
    declared = {one["applicationName"]: one for one in contract["configurations"]}
    there = declared if creating else case.document["applications"]
    for name in at(case.spec, APPLICATIONS) or {}:
        if name not in declared or name not in there:
            yield f"{APPLICATIONS}.{name}"
    for fact, _ in wanted_values(case.spec):
        member = fact[0].rpartition(".")[2]
        if fact[0].startswith(GLOBAL):
            known = {one["key"] for one in (contract[GLOBAL] or {}).get(member, ())}
            if fact[1] not in known:
                yield f"{GLOBAL}.{member}.{fact[1]}"
        elif (one := declared.get(fact[1])) is None:
            continue
        elif member in _OPTIONS:
            if one["applicationType"] != _OPTIONS[member]:
                yield f"{APPLICATIONS}.{fact[1]}.{member}"
        elif fact[2] not in {entry["key"] for entry in one[member]}:
            yield f"{APPLICATIONS}.{fact[1]}.{member}.{fact[2]}"


def _drafts(case: "Case") -> list[Json]:
    """Return the drafts that the manifest may mean, None for no draft: of two of one key, the platform chooses.

    A deployment that exists stays with its connector, by whatever key. What is published keeps the key that a draft has
    lost.
    """
    history = case.evidence.history
    own = [str(facts[("connector.id",)]) for facts in _documents(case).values()]
    version = history.latest(case.evidence.source(case.attempt, case.slot))
    ids = [] if version is None else [id_ for id_ in version.documents if id_ in own] or list(version.documents)
    if "id" in case.spec["connector"] and not own:
        ids = [id_ for id_ in ids if id_ == case.spec["connector"]["id"]]
    found = [history.stored[CONNECT, id_] for id_ in ids]
    is_certain = version is not None and (own or not version.nameless)
    return found if found and is_certain else [*found, None]


def _documents(case: "Case") -> Mapping[str, Mapping[tuple[str, ...], object]]:
    version: Version | None = case.evidence.history.latest(case.slot)
    return NOTHING_THERE if version is None else version.documents


NOTHING_THERE: Final[Mapping[str, Mapping[tuple[str, ...], object]]] = {}


def runs_fail(case: "Case", outcome: Outcome) -> bool:
    """Return whether the last run or removal failed on the platform, and the outcome says so."""
    failed = case.live.get(("~status",)) in {"Failed", "UndeployFailed"}
    return is_deployment(case.slot) and failed and outcome.status is Status.FAILED


def nothing_moves(case: "Case", outcome: Outcome) -> bool:
    """Return whether redeployments stay on the old code, and the outcome says that it may be serving."""
    moves = case.evidence.settings.deployment_update_moves
    return is_deployment(case.slot) and not moves and outcome.status is Status.FAILED


def is_refused_unforeseen(case: "Case", outcome: Outcome) -> bool:
    """Return whether the platform refused the last write for a reason that it shows nowhere."""
    writes = case.evidence.writes(case.attempt, case.slot) if is_deployment(case.slot) else []
    if not writes or outcome.status is not Status.FAILED or writes[-1].status not in REFUSALS:
        return False
    codes = {error.get("code") for error in (writes[-1].answer or {}).get("errors", ())}
    settings = case.evidence.settings
    others = {"DeploymentUnsupportedRegion"} if settings.deployment_foreign_region == "refuse" else set()
    if settings.deployment_forbidden_project != "AuthorizationError":
        others |= {"ConnectorReferenceNotFound"}
    if settings.deployment_new_application == "not-added":
        others |= {"DeploymentApplicationDoNotBelong"}
    if settings.deployment_contract == "old":
        others |= _UNKNOWN
    return bool(codes & (_UNFORESEEN | others))


def waits_for_another(case: "Case", outcome: Outcome) -> bool:
    """Return whether it was not begun because what it waits for did not get there."""
    statuses = {other.identity: other.status for other in case.attempt.outcomes or ()}
    reached = {Status.APPLIED, Status.REBASED, Status.UNCHANGED}
    unmet = [one for one in case.planned.after if statuses.get(one) not in reached]
    return outcome.status is Status.SKIPPED and bool(unmet)


def is_held_by_deployments(case: "Case", outcome: Outcome) -> bool:
    """Return whether a connector is not deleted because there are deployments of it."""
    deleting = any(isinstance(action, Delete) for action in outcome.left)
    ids = set(case.evidence.history.latest(case.slot).documents) if case.live else set()  # type: ignore[union-attr]
    there = (
        facts
        for slot, versions in case.evidence.history.versions.items()
        if is_deployment(slot)
        for facts in versions[-1].documents.values()
    )
    held = case.evidence.settings.deployment_blocks_connector_delete
    return held and deleting and any(facts.get(("connector.id",)) in ids for facts in there)


def secrets_are_hidden(case: "Case", outcome: Outcome) -> bool:
    """Return whether the platform lists no secrets, so that each of them seems to be missing."""
    hidden = case.evidence.settings.deployment_mask == "omit-key"
    return is_deployment(case.slot) and hidden and outcome.status is Status.FAILED


def values_are_reset(case: "Case", outcome: Outcome) -> bool:
    """Return whether the platform resets what a redeployment does not name, and the outcome says what is not so."""
    settings = case.evidence.settings
    resets = settings.deployment_merge != "key" or settings.deployment_schedule_left_out == "default"
    return is_deployment(case.slot) and resets and outcome.status in {Status.FAILED, Status.STALE}


def may_not_be_read(slot: Slot, scopes: tuple[str, ...]) -> bool:
    """Return whether the token has no scope for deployments."""
    return is_deployment(slot) and "manage_project" not in scopes


REASONS: Final = (
    runs_fail,
    nothing_moves,
    is_refused_unforeseen,
    waits_for_another,
    is_held_by_deployments,
    secrets_are_hidden,
    values_are_reset,
)
"""Reasons for which the same may be sent at every run, if the outcome names the reason each time."""
