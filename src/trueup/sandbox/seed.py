"""Seeds: the resources that the platforms hold before the first request.

A seed is plain data. The command reads it from a YAML or JSON file, with the limits of every other file::

    connectors:                    # partial ConnectorStaged; name, creator.email and repository are required
      - key: acme-tax
        ...
        sandbox: {preview: "false", publish: Failed, certification: Failed}     # how its pipelines end, if they fail
    deployments:                   # DeploymentDraft with projectKey; optional id, version, status, details
      - projectKey: acme
        connector: {key: acme-tax} # of this seed or of the world; version and repository are those of the copy
        sandbox: {deployment: Failed, undeploy: UndeployFailed}                 # how its pipelines end, if they fail
        ...
    certifications:                # shaped like CertificationsUpdate without collectionBehavior
      - externalId: ACME-EPD-001
        ...

or the same for several worlds: ``worlds: {NAME: {connectors: ..., certifications: ...}}``. A certification may also be
``archived``, ``otherCompany`` or ``attachedToOtherCompany``. A connector or a deployment that is seeded as busy stays
so, as no pipeline is running for it.

What the connect.yaml of a connector declares is made from the address of its repository, unless the connector has
``configurations``, ``globalConfiguration`` or ``apiClient``. ``sandbox.contracts`` maps tags to these members, and to
``schedules``, the schedules of jobs by name. ``sandbox.connector`` has members of the published Connector that differ
from the draft.
"""

from collections.abc import Mapping
from typing import Any, get_type_hints

from trueup.errors import Diagnostic, InvalidInput
from trueup.model.position import Position
from trueup.sandbox.connect.connectors import ANY_TAG, CONTRACT, contract, contracts_of, read_contract, snapshot
from trueup.sandbox.connect.deployment_shapes import DRAFT as DEPLOYMENT
from trueup.sandbox.connect.deployment_shapes import draft_problems
from trueup.sandbox.connect.deployment_values import New, new_deployment
from trueup.sandbox.connect.deployments import Deployments, assign_outputs
from trueup.sandbox.connect.drafts import HIDDEN, Drafts, content, new_draft
from trueup.sandbox.connect.errors import Failure, error
from trueup.sandbox.connect.shapes import DRAFT, problems
from trueup.sandbox.settings import DeploymentResults, Results, Settings
from trueup.sandbox.store import Document, Ids, SandboxClock, Store, SystemClock

Seed = dict[str, Any]

_PARTS = ("connectors", "deployments", "certifications")
# The same as origin.records.KIND. To import that would be a cycle: records -> world -> faults -> effects -> seed.
_CERTIFICATION = "certification"
_OWN = "sandbox"


def check_seed(seed: object, source: str) -> Seed:
    """Return the seed if it is valid; raises InvalidInput with one diagnostic for each problem."""
    if not isinstance(seed, dict):
        raise _wrong(source, "A seed must be a mapping with connectors, deployments, certifications or worlds.")
    worlds = seed.get("worlds")
    if worlds is not None and (not isinstance(worlds, dict) or len(seed) > 1):
        raise _wrong(source, "worlds must be a mapping of names to seeds, without other members.")
    wrong = _problems(seed, "") if worlds is None else []
    for name, part in (worlds or {}).items():
        wrong += _problems(part, f"{name}: ")
    if wrong:
        raise _wrong(source, *wrong)
    return seed


def _problems(seed: object, where: str) -> list[str]:
    if not isinstance(seed, dict):
        return [f"{where}Expected a mapping."]
    wrong = [f"{where}Unknown member {name!r}; allowed: {', '.join(_PARTS)}." for name in seed if name not in _PARTS]
    checks = (_connector_problems, _deployment_problems, _certification_problems)
    for part, check in zip(_PARTS, checks, strict=True):
        listed = [] if seed.get(part) is None else seed[part]
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            wrong.append(f"{where}{part}: Expected a list of mappings.")
            continue
        for index, item in enumerate(listed):
            wrong += [f"{where}{part}[{index}].{message}" for message in check(item)]
    return wrong


def _connector_problems(connector: Mapping[str, Any]) -> list[str]:
    wrong = list(problems(connector, DRAFT))
    # The platform ignores unknown members. In a seed they are misspelt, and the draft would start in another state.
    known = {*_SAMPLE, _OWN} - {HIDDEN}
    wrong += [f"{name}: Not a member of ConnectorStaged" for name in connector if name not in known]
    return wrong


def _deployment_problems(deployment: Mapping[str, Any]) -> list[str]:
    wrong = list(draft_problems(deployment, Settings()))
    if not isinstance(deployment.get("projectKey"), str):
        wrong.append("projectKey: Missing required value")
    known = {*DEPLOYMENT, *_STATE, "projectKey", _OWN}
    return wrong + [f"{name}: Not a member of a deployment" for name in deployment if name not in known]


def _certification_problems(certification: Mapping[str, Any]) -> list[str]:
    named = certification.get("originId") or certification.get("externalId")
    return [] if named else ["externalId or originId is missing"]


def apply_seed(store: Store, world: str, seed: Seed, *, clock: SandboxClock | None = None) -> None:
    """Add the resources of a seed to the world, of a seed with ``worlds`` only those of this world.

    Raises InvalidInput for a deployment that its connector does not allow; nothing is added then.
    """
    part = seed["worlds"].get(world, {}) if "worlds" in seed else seed
    now, ids = (clock or SystemClock()).now(), Ids(store)
    with store.transaction():
        for connector in part.get("connectors") or ():
            _add_connector(store, world, connector, ids, now)
        for index, deployment in enumerate(part.get("deployments") or ()):
            try:
                _add_deployment(store, world, deployment, ids, now)
            except Failure as failure:
                where = f"deployments[{index}]"
                raise _wrong("seed", *(f"{where}: {entry['message']}" for entry in failure.errors)) from None
        for certification in part.get("certifications") or ():
            # Without validation: a seed may hold states that no request could bring about.
            document = {"originId": certification.get("originId") or ids.next(), **_as_text(certification)}
            store.put(world, _CERTIFICATION, document["originId"], document.get("externalId") or "", document)


def _add_connector(store: Store, world: str, connector: Mapping[str, Any], ids: Ids, now: float) -> None:
    draft = new_draft(connector, id=connector.get("id") or ids.next(), now=now)
    # Null means unset, for which a new draft already has the stored form: None, or an empty list.
    given = {name: value for name, value in connector.items() if name in draft and value is not None}
    draft.update(given)
    # YAML reads an unquoted true as a boolean; the platform has the texts "true" and "false".
    draft["isPreviewable"] = _as_text(draft["isPreviewable"])
    hidden, own = draft[HIDDEN], connector.get(_OWN) or {}
    hidden["contracts"] = dict(own.get("contracts") or {})
    if given.keys() & set(CONTRACT):
        hidden["contracts"][ANY_TAG] = {name: draft[name] for name in CONTRACT}
    read_contract(draft)
    published = draft["alreadyListed"] or draft["status"] == "Published"
    # Only certification leads to a public connector (connect-api.md section 3).
    hidden["certified"] = not draft["private"] and published
    if published:
        # The published content of a draft with changes is unknown, only that it differs: no content equals {}.
        hidden["published"] = {} if draft["hasChanges"] else content(draft)
        other = own.get("connector") or {}
        declared = contract(other.get("repository") or draft["repository"], contracts_of(draft))
        hidden["connector"] = snapshot(draft, {**declared, **other})
    hidden["results"] = {name: _as_text(own[name]) for name in _RESULTS if name in own}
    Drafts(store, world).save(draft)


def _add_deployment(store: Store, world: str, deployment: Mapping[str, Any], ids: Ids, now: float) -> None:
    """Store a deployment that was made in an earlier run. Raises Failure."""
    settings = Settings()
    made = New(project=deployment["projectKey"], settings=settings, ids=ids, now=now)
    stored = new_deployment(made, deployment, _copy(Drafts(store, world), deployment["connector"]))
    details = {"build": {"id": ids.next(), "report": {"entries": []}}}
    stored |= {"version": 2, "status": "Deployed", "details": details}
    stored |= {name: deployment[name] for name in _STATE if deployment.get(name) is not None}
    own = deployment.get(_OWN) or {}
    stored[HIDDEN]["results"] = {name: own[name] for name in _DEPLOYMENT_RESULTS if name in own}
    if stored["status"] not in ("Draft", "Queued", "Deploying"):
        assign_outputs(stored, ids.next(), settings)
    Deployments(store, world).save(stored)


def _copy(drafts: Drafts, reference: Mapping[str, Any]) -> Document:
    """Return the copy of the connector that a deployment was made of. Raises Failure."""
    draft = drafts.by_id(reference["id"]) if "id" in reference else drafts.by_key(reference["key"])
    connector = None
    if draft:
        connector = snapshot(draft) if reference.get("staged") else draft[HIDDEN].get("connector")
    if draft is None or connector is None:
        name = reference.get("key") or reference.get("id")
        raise Failure(error("ConnectorReferenceNotFound", f"Connector '{name}' not found"))
    other = {name: reference[name] for name in ("version", "repository") if name in reference}
    declared = contract(other["repository"], contracts_of(draft)) if "repository" in other else {}
    return {**connector, **declared, **other}


_STATE = ("id", "version", "status", "details")
"""The members of a Deployment that a seed can set, and no request."""
_DEPLOYMENT_RESULTS = tuple(get_type_hints(DeploymentResults))
_RESULTS = tuple(get_type_hints(Results))
_SAMPLE = new_draft({"name": "", "creator": {}, "repository": {"url": "", "tag": ""}}, id="", now=0)


def _as_text(value: Any) -> Any:
    """Return a value with its numbers and booleans as texts, which is how Origin sends them."""
    match value:
        case dict():
            return {name: _as_text(inner) for name, inner in value.items()}
        case list():
            return [_as_text(inner) for inner in value]
        case bool():
            return str(value).lower()
        case None:
            return None
        case _:
            return str(value)


def _wrong(source: str, *messages: str) -> InvalidInput:
    place = Position(source, 1, 1)
    return InvalidInput([Diagnostic(code="sandbox-seed", message=message, position=place) for message in messages])
