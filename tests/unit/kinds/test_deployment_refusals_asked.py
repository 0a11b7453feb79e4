"""What a plan forecasts is what the platform answers: the sandbox is asked for the same, past the forecast.

The sandbox was written from the documentation by itself, so each side checks the other.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from connect_api import refusal
from deployments_api import CONTRACT, DEPLOYMENTS
from deployments_rig import SPEC, DeploymentsRig, connector, deployment, with_values
from trueup.kinds.deployment import refusals
from trueup.kinds.deployment.kind import DEPLOYMENT
from trueup.model.action import Create
from trueup.model.manifest import Manifest
from trueup.model.plan import ResourcePlan, Verdict
from trueup.model.run import Status
from trueup.model.secret import SecretReference
from trueup.sandbox.store import Document

_CODE: Final = re.compile("(Authorization|Connector|Deployment)[A-Z][A-Za-z]+")
STANDARD, SECURED = "standardConfiguration", "securedConfiguration"
POLICY: Final = {"strategy": "exponential-backoff", "minBackoffSeconds": 10, "maxBackoffSeconds": 300}
REQUIRED: Final = {"key": "REGION_NAME", "description": "Region", "required": True}
EVENT: Final = {"applicationName": "orders", "applicationType": "event", STANDARD: [], SECURED: []}
WITH_EVENT: Final[Document] = {**CONTRACT, "configurations": [*CONTRACT["configurations"], EVENT]}
GLOBAL_NEEDS_MORE: Final[Document] = {
    **CONTRACT,
    "globalConfiguration": {STANDARD: [*CONTRACT["globalConfiguration"][STANDARD], REQUIRED], SECURED: []},
}
CALCULATOR_NEEDS_MORE: Final[Document] = {
    **CONTRACT,
    "configurations": [
        {**one, STANDARD: [*one[STANDARD], REQUIRED]} if one["applicationName"] == "calculator" else one
        for one in CONTRACT["configurations"]
    ],
}
STAGED: Final = with_values(("type", "preview"), ("connector.staged", True))


def filled(node: object, secret: str = "a-secret") -> Any:
    """Return a body with a value in place of each reference to a secret."""
    match node:
        case SecretReference():
            return secret
        case Mapping():
            return {name: filled(inner) for name, inner in node.items()}
        case list():
            return [filled(inner) for inner in node]
        case _:
            return node


def asked(rig: DeploymentsRig, planned: ResourcePlan) -> httpx.Response:
    """Send what the plan would send if it were not blocked."""
    actions: list[Any] = [step.action for step in planned.actions]
    if isinstance(actions[0], Create):
        body = filled(DEPLOYMENT.payloads.create(planned.identity, "", actions[0].fields))
        named = {entry["applicationName"] for entry in body["configurations"]}
        others = [one["applicationName"] for one in CONTRACT["configurations"] if one["applicationName"] not in named]
        body["configurations"] += [{"applicationName": name, STANDARD: [], SECURED: []} for name in others]
        return rig.call("POST", DEPLOYMENTS, json=body)
    body = {
        "version": rig.after(0)["version"],
        "actions": filled(DEPLOYMENT.payloads.update(planned.identity, "", actions)),
    }
    return rig.call("POST", f"{DEPLOYMENTS}/key={planned.identity.value}", json=body)


def shown(planned: ResourcePlan) -> list[tuple[str, str]]:
    """Return the platform's codes that a plan names, each with the path of its line in the manifest."""
    return [
        (found.finding.message.partition("(")[2].partition(")")[0], found.finding.path)
        for found in planned.findings
        if found.finding.code == "would-be-refused"
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A manifest that the platform refuses with ``code``, and the place that the plan names.

    ``connector`` has members of the draft, ``before`` leads to the state in which the manifest is planned.
    """

    code: str
    place: str
    spec: Mapping[str, Any]
    connector: Mapping[str, object] = field(default_factory=dict)
    switches: Mapping[str, object] = field(default_factory=dict)
    before: Callable[[DeploymentsRig], object] = lambda _: None
    lifecycle: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""


def deployed(rig: DeploymentsRig) -> None:
    rig.deployed()


def without_nightly(rig: DeploymentsRig) -> None:
    calculator = {
        "applicationName": "calculator",
        STANDARD: [{"key": "RATE_TABLE", "value": "eu"}],
        SECURED: [{"key": "API_TOKEN", "value": "s3cr3t-01"}],
    }
    rig.deployed(configurations=[calculator])


def moved(contract: Document, rig: DeploymentsRig) -> None:
    """Deploy, and publish a release with another contract."""
    rig.deployed()
    rig.edit({"connector": "acme-tax", "set": {"_sandbox.contracts": {"v2": contract}}})
    rig.publish("v2")


def unpreviewable(rig: DeploymentsRig) -> None:
    """Deploy a preview, and change the draft since."""
    rig.deployed(type=None, connector={"key": "acme-tax", "staged": True})
    rig.acted({"action": "setRepository", "tag": "v2"})


CASES: Final[Mapping[str, Case]] = {
    "a connector that is not there": Case(
        code="ConnectorReferenceNotFound", place="connector", spec=with_values(("connector.key", "acme-other"))
    ),
    "a connector that was never published": Case(
        code="ConnectorReferenceNotFound",
        place="connector",
        spec=SPEC,
        connector={"status": "Draft", "alreadyListed": False},
    ),
    "a draft that is not previewable": Case(
        code="ConnectorStagedNotPreviewable", place="connector.staged", spec=STAGED, connector={"isPreviewable": "none"}
    ),
    "a preview whose draft changed": Case(
        code="ConnectorStagedNotPreviewable",
        place="connector.staged",
        spec=STAGED,
        connector={"isPreviewable": "true"},
        switches={"deployment_update_unpreviewable": "ConnectorStagedNotPreviewable"},
        before=unpreviewable,
        lifecycle={"follow": True},
    ),
    "a preview of a published connector": Case(
        code="DeploymentInvalidType", place="type", spec=with_values(("type", "preview"))
    ),
    "production of a draft": Case(
        code="DeploymentInvalidType",
        place="type",
        spec=with_values(("type", "production"), ("connector.staged", True)),
        connector={"isPreviewable": "true"},
    ),
    "a region that the connector does not support": Case(
        code="DeploymentUnsupportedRegion", place="region", spec=with_values(("region", "us-east-2.aws"))
    ),
    "an unknown application": Case(
        code="DeploymentUnknownApplicationConfiguration",
        place="applications.calculater",
        spec=with_values((f"applications.calculater.{STANDARD}.LOG_LEVEL", "debug")),
        hint="Did you mean calculator?",
    ),
    "an unknown application of a redeployment": Case(
        code="DeploymentUnknownApplicationConfiguration",
        place="applications.mailer",
        spec=with_values((f"applications.mailer.{STANDARD}.LOG_LEVEL", "debug")),
        before=deployed,
    ),
    "an unknown key": Case(
        code="DeploymentUnknownApplicationConfigurationKey",
        place=f"applications.calculator.{STANDARD}.RATE_TABEL",
        spec=with_values((f"applications.calculator.{STANDARD}.RATE_TABEL", "us")),
        hint="Did you mean RATE_TABLE?",
    ),
    "a secured key as a standard one": Case(
        code="DeploymentUnknownApplicationConfigurationKey",
        place=f"applications.calculator.{STANDARD}.API_TOKEN",
        spec=with_values((f"applications.calculator.{STANDARD}.API_TOKEN", "x")),
        before=deployed,
        hint=f"declares API_TOKEN in its {SECURED}",
    ),
    "a global key below an application": Case(
        code="DeploymentUnknownApplicationConfigurationKey",
        place=f"applications.calculator.{STANDARD}.CTP_REGION",
        spec=with_values((f"applications.calculator.{STANDARD}.CTP_REGION", "x")),
    ),
    "an unknown global key": Case(
        code="DeploymentUnknownGlobalConfigurationKey",
        place=f"globalConfiguration.{STANDARD}.CTP_REGIONS",
        spec=with_values((f"globalConfiguration.{STANDARD}.CTP_REGIONS", "x")),
        hint="Did you mean CTP_REGION?",
    ),
    "an unknown global key of a redeployment": Case(
        code="DeploymentUnknownGlobalConfigurationKey",
        place=f"globalConfiguration.{STANDARD}.OTHER",
        spec=with_values((f"globalConfiguration.{STANDARD}.OTHER", "x")),
        before=deployed,
    ),
    "a global key that is not given": Case(
        code="DeploymentMissingGlobalConfigurationKey",
        place="globalConfiguration",
        spec=with_values(("globalConfiguration", None)),
    ),
    "a global key that the newer release needs": Case(
        code="DeploymentMissingGlobalConfigurationKey",
        place="globalConfiguration",
        spec=SPEC,
        before=partial(moved, GLOBAL_NEEDS_MORE),
        lifecycle={"follow": True},
    ),
    "an application that the deployment was created without": Case(
        code="DeploymentApplicationDoNotBelong",
        place="applications.nightly",
        spec=with_values(("applications.nightly.schedule", "0 3 * * *")),
        before=without_nightly,
    ),
    "a retry policy of a service": Case(
        code="DeploymentRetryPolicyOverrideNotAllowed",
        place="applications.calculator.retryPolicy",
        spec=with_values(("applications.calculator.retryPolicy", POLICY)),
    ),
    "a retry policy whose pauses are reversed": Case(
        code="DeploymentInvalidRetryPolicy",
        place="applications.orders.retryPolicy",
        spec=with_values(("applications.orders.retryPolicy", {**POLICY, "minBackoffSeconds": 301})),
        connector=WITH_EVENT,
    ),
    "a project that a private connector does not allow": Case(
        code="AuthorizationError",
        place="connector",
        spec=SPEC,
        connector={"private": True, "privateProjects": ["europe-west1.gcp:other"]},
    ),
}
NO_CODE: Final[Mapping[str, tuple[Case, str]]] = {
    "a schedule of a service": (
        Case(
            code="",
            place="applications.calculator.schedule",
            spec=with_values(("applications.calculator.schedule", "0 3 * * *")),
        ),
        "InvalidJsonInput",
    ),
    "a required key that is not given": (
        Case(
            code="",
            place="applications.calculator",
            spec=with_values((f"applications.calculator.{SECURED}", None)),
            switches={"deployment_missing_required": "refuse"},
        ),
        "InvalidJsonInput",
    ),
    "a required key that the newer release needs": (
        Case(
            code="",
            place="applications.calculator",
            spec=SPEC,
            switches={"deployment_missing_required": "refuse"},
            before=partial(moved, CALCULATOR_NEEDS_MORE),
            lifecycle={"follow": True},
        ),
        "InvalidJsonInput",
    ),
}
"""What the documentation has no code for: the plan names none, and the sandbox answers with a general one."""


def prepared(case: Case) -> tuple[DeploymentsRig, Manifest]:
    rig = DeploymentsRig(case.connector, **case.switches)
    case.before(rig)
    return rig, deployment(case.spec, **case.lifecycle)


@pytest.mark.parametrize("name", CASES)
def test_a_forecast_is_what_the_platform_answers(name: str) -> None:
    case = CASES[name]
    rig, manifest = prepared(case)
    planned = rig.planned(manifest)
    assert (planned.verdict, shown(planned)) == (Verdict.BLOCKED, [(case.code, case.place)])
    (found,) = (each for each in planned.findings if each.finding.code == "would-be-refused")
    assert found.position == manifest.positions.at(("spec", *case.place.split(".")))
    assert case.hint in found.finding.message
    assert case.code in refusal(asked(rig, planned))[1]


@pytest.mark.parametrize("name", NO_CODE)
def test_what_has_no_documented_code_is_forecast_without_one(name: str) -> None:
    case, answered = NO_CODE[name]
    rig, manifest = prepared(case)
    planned = rig.planned(manifest)
    assert (planned.verdict, shown(planned)) == (Verdict.BLOCKED, [("", case.place)])
    assert refusal(asked(rig, planned))[1] == [answered]


def test_every_code_that_a_forecast_can_name_is_asked_for() -> None:
    source = ast.parse(Path(refusals.__file__).read_text())
    texts = {node.value for node in ast.walk(source) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    named = {text for text in texts if _CODE.fullmatch(text)}
    assert named == {case.code for case in CASES.values()}
    assert len(named) >= 12


@pytest.mark.parametrize("status", ["Deploying", "Undeploying"])
def test_a_busy_deployment_is_deferred_with_the_code_of_the_platform(status: str) -> None:
    rig = DeploymentsRig()
    rig.deployed()
    rig.call("DELETE", f"{DEPLOYMENTS}/key=acme-tax-live") if status == "Undeploying" else rig.redeploy()
    planned = rig.planned(deployment(with_values((f"applications.calculator.{STANDARD}.RATE_TABLE", "us"))))
    (busy,) = (each.finding for each in planned.findings if each.finding.code == "busy")
    assert (planned.verdict, status in busy.message) == (Verdict.DEFERRED, True)
    assert "DeploymentInvalidStatusTransition" in busy.message
    assert refusal(asked(rig, planned))[1] == ["DeploymentInvalidStatusTransition"]


def test_a_key_that_another_connectors_deployment_has_is_blocked_with_the_code_of_a_creation() -> None:
    rig = DeploymentsRig()
    rig.deployed()
    rig.plant(key="acme-psp", status="Published", alreadyListed=True)
    planned = rig.planned(deployment(with_values(("connector.key", "acme-psp"))))
    (fixed,) = (each.finding for each in planned.findings if each.finding.code == "fixed-after-creation")
    assert (planned.verdict, fixed.path, "DuplicateField" in fixed.message) == (Verdict.BLOCKED, "connector.key", True)
    assert refusal(rig.deploy())[1] == ["DuplicateField"]


def test_a_redeployment_is_judged_by_the_contract_of_the_code_that_runs() -> None:
    rig = DeploymentsRig()
    moved({**CONTRACT, "configurations": CONTRACT["configurations"][1:]}, rig)
    spec = with_values((f"applications.calculator.{STANDARD}.RATE_TABLE", "us"))
    assert rig.planned(deployment(spec)).verdict is Verdict.UPDATE
    followed = rig.planned(deployment(spec, follow=True))
    assert shown(followed) == [("DeploymentUnknownApplicationConfiguration", "applications.calculator")]
    assert rig.applied(deployment(spec)).status is Status.APPLIED


def test_what_a_connector_of_the_same_run_declares_is_no_refusal() -> None:
    rig = DeploymentsRig()
    rig.deployed()
    rig.edit({"connector": "acme-tax", "set": {"_sandbox.contracts": {"v1.5.0": CALCULATOR_NEEDS_MORE}}})
    spec = with_values((f"applications.calculator.{STANDARD}.REGION_NAME", "eu"))
    assert [
        outcome.status for outcome in rig.apply(rig.plan(connector(publish="private"), deployment(spec, follow=True)))
    ] == [
        Status.APPLIED,
        Status.APPLIED,
    ]


def test_the_contract_of_a_connector_of_the_same_run_is_judged_just_before_sending() -> None:
    rig = DeploymentsRig()
    rig.deployed()
    rig.edit({"connector": "acme-tax", "set": {"_sandbox.contracts": {"v1.5.0": GLOBAL_NEEDS_MORE}}})
    plan = rig.plan(connector(publish="private"), deployment(follow=True))
    tax, live = sorted(plan.resources, key=lambda each: each.identity.kind)
    assert (tax.verdict, live.verdict, shown(live)) == (Verdict.UPDATE, Verdict.UPDATE, [])
    rig.writes()
    outcomes = rig.apply(plan)
    assert [outcome.status for outcome in outcomes] == [Status.APPLIED, Status.BLOCKED]
    assert "DeploymentMissingGlobalConfigurationKey" in outcomes[1].message
    assert not [path for path, _ in rig.writes() if "deployments" in path]
