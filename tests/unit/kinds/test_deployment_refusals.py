"""What the platform would refuse is found in the plan, at its line, with the platform's code."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from deployments_rig import SPEC
from trueup.kinds.dependencies import PUBLISHED_RELEASE, STAGED_RELEASE
from trueup.kinds.deployment.kind import DEPLOYMENT
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Live, Missing, Reading
from trueup.model.plan import ResourcePlan, Verdict
from trueup.plan.refused import hold_refused
from trueup.plan.resource import plan_resource
from unit.kinds.test_deployment import CONNECTOR, DEPLOYED, IDENTITY, changed, manifest, observed


def _key(key: str, *, required: bool = False, default: str | None = None) -> dict[str, Any]:
    return {"key": key, "description": key, "required": required} | ({} if default is None else {"default": default})


DECLARED: Final = {
    **CONNECTOR,
    "configurations": [
        {
            "applicationName": "calculator",
            "applicationType": "service",
            "standardConfiguration": [_key("RATE_TABLE", required=True), _key("LOG_LEVEL", default="info")],
            "securedConfiguration": [_key("API_TOKEN", required=True)],
        },
        {"applicationName": "nightly", "applicationType": "job"},
        {"applicationName": "orders", "applicationType": "event"},
    ],
    "globalConfiguration": {"standardConfiguration": [_key("CTP_REGION", required=True)], "securedConfiguration": []},
    "supportedRegions": ["europe-west1.gcp"],
}
POLICY: Final = {"strategy": "exponential-backoff", "minBackoffSeconds": 10, "maxBackoffSeconds": 300}


def held(spec: Mapping[str, Any], reading: Reading, connector: object = DECLARED, **lifecycle: object) -> ResourcePlan:
    wanted = manifest(spec, **lifecycle)
    live = reading.rest if isinstance(reading, Live) else {}
    related = {IDENTITY: {"connector": connector, "live": live}}
    return hold_refused(plan_resource(wanted, reading, base=wanted), wanted, related, {})


def refused(plan: ResourcePlan) -> list[tuple[str, str]]:
    """Return the paths of what would be refused, each with the platform's code."""
    found = [planned.finding for planned in plan.findings if planned.finding.code == "would-be-refused"]
    assert bool(found) is (plan.verdict is Verdict.BLOCKED)
    return [(finding.path, finding.message.partition("(")[2].partition(")")[0]) for finding in found]


def test_what_the_connector_declares_is_not_refused() -> None:
    spec = changed("applications", "nightly", "schedule", to="0 3 * * *")
    assert refused(held(spec, Missing())) == []
    assert refused(held(spec, observed())) == []
    assert refused(held(changed("applications", "orders", "retryPolicy", to=POLICY), Missing())) == []


STANDARD, SECURED = "standardConfiguration", "securedConfiguration"


@pytest.mark.parametrize(
    ("path", "value", "place", "code"),
    [
        (("type",), "preview", "type", "DeploymentInvalidType"),
        (("region",), "us-east-2.aws", "region", "DeploymentUnsupportedRegion"),
        (
            ("applications", "mailer", STANDARD, "X"),
            "1",
            "applications.mailer",
            "DeploymentUnknownApplicationConfiguration",
        ),
        (
            ("applications", "calculator", STANDARD, "API_TOKEN"),
            "x",
            f"applications.calculator.{STANDARD}.API_TOKEN",
            "DeploymentUnknownApplicationConfigurationKey",
        ),
        (
            ("applications", "calculator", STANDARD, "CTP_REGION"),
            "x",
            f"applications.calculator.{STANDARD}.CTP_REGION",
            "DeploymentUnknownApplicationConfigurationKey",
        ),
        (
            ("globalConfiguration", STANDARD, "OTHER"),
            "x",
            f"globalConfiguration.{STANDARD}.OTHER",
            "DeploymentUnknownGlobalConfigurationKey",
        ),
        (("globalConfiguration",), {}, "globalConfiguration", "DeploymentMissingGlobalConfigurationKey"),
        (
            ("applications", "calculator", "schedule"),
            "0 3 * * *",
            "applications.calculator.schedule",
            "",
        ),
        (
            ("applications", "nightly", "retryPolicy"),
            POLICY,
            "applications.nightly.retryPolicy",
            "DeploymentRetryPolicyOverrideNotAllowed",
        ),
        (
            ("applications", "orders", "retryPolicy"),
            {**POLICY, "minBackoffSeconds": 301},
            "applications.orders.retryPolicy",
            "DeploymentInvalidRetryPolicy",
        ),
        (("applications", "calculator", SECURED), {}, "applications.calculator", ""),
    ],
)
def test_a_creation_that_would_be_refused_is_blocked(
    path: tuple[str, ...], value: object, place: str, code: str
) -> None:
    assert refused(held(changed(*path, to=value), Missing())) == [(place, code)]


def test_a_connector_that_does_not_exist_is_blocked() -> None:
    assert refused(held(manifest().spec, Missing(), connector={})) == [("connector", "ConnectorReferenceNotFound")]


@pytest.mark.parametrize(("staged", "type_", "helps"), [(False, "sandbox", True), (True, "preview", False)])
def test_publishing_is_proposed_only_for_a_deployment_of_what_is_published(
    *, staged: bool, type_: str, helps: bool
) -> None:
    spec = {**changed("type", to=type_), "connector": {"key": "acme-tax", "staged": staged}}
    (planned,) = held(spec, Missing(), connector={}).findings
    assert ("lifecycle.publish" in planned.finding.message) is helps


@pytest.mark.parametrize(
    ("connector", "offers", "staged", "codes"),
    [
        ({}, {STAGED_RELEASE: "v1"}, False, ["ConnectorReferenceNotFound"]),
        ({}, {STAGED_RELEASE: "v1", PUBLISHED_RELEASE: "v1 (once it is published)"}, False, []),
        ({}, {STAGED_RELEASE: "v1"}, True, []),
        (None, {STAGED_RELEASE: "v1"}, False, []),
        ({**DECLARED, "supportedRegions": ["us-central1.gcp"]}, {STAGED_RELEASE: "v1"}, False, []),
    ],
)
def test_a_deployment_is_blocked_if_its_connector_is_changed_first_and_stays_unpublished(
    *, connector: object, offers: Mapping[str, str], staged: bool, codes: list[str]
) -> None:
    type_ = "preview" if staged else "sandbox"
    wanted = manifest({**changed("type", to=type_), "connector": {"key": "acme-tax", "staged": staged}})
    waits = replace(plan_resource(wanted, Missing()), after=(Identity("eu", Kind.CONNECTOR, IdField.KEY, "acme-tax"),))
    found = hold_refused(waits, wanted, {IDENTITY: {"connector": connector, "live": {}}}, offers)
    assert [code for _, code in refused(found)] == codes


def test_a_connector_that_may_not_be_read_is_not_judged() -> None:
    assert refused(held(manifest().spec, Missing(), connector=None)) == []


def test_a_draft_that_is_not_previewable_is_blocked() -> None:
    spec = {**changed("type", to="preview"), "connector": {"key": "acme-tax", "staged": True}}
    found = held(spec, Missing(), connector={**DECLARED, "isPreviewable": "none"})
    assert refused(found) == [("connector.staged", "ConnectorStagedNotPreviewable")]
    assert refused(held(spec, Missing(), connector={**DECLARED, "isPreviewable": "true"})) == []


def test_an_application_that_the_deployment_was_created_without_is_blocked() -> None:
    live = DEPLOYMENT.observe({**DEPLOYED, "connector": DECLARED})
    plan = held(changed("applications", "orders", "retryPolicy", to=POLICY), live)
    assert refused(plan) == [("applications.orders", "DeploymentApplicationDoNotBelong")]


def test_a_deployment_without_applications_takes_values_for_none() -> None:
    assert refused(held(SPEC, observed(applications=[], copied=DECLARED))) == [
        ("applications.calculator", "DeploymentApplicationDoNotBelong")
    ]


def test_secrets_that_no_answer_lists_are_taken_for_given() -> None:
    """A platform may leave out keys whose values it masks (``deployment-api.md`` section 13)."""
    calculator = {**DEPLOYED["applications"][0], "securedConfiguration": []}
    added = {
        **DECLARED["configurations"][0],
        "securedConfiguration": [_key(k, required=True) for k in ("API_TOKEN", "NEW")],
    }
    newer = {**DECLARED, "version": 9, "configurations": [added, *DECLARED["configurations"][1:]]}
    live = observed(newer, copied=DECLARED, applications=[calculator])
    spec = {**SPEC, "applications": {"calculator": {"standardConfiguration": {"RATE_TABLE": "eu"}}}}
    plan = held(spec, live, connector=newer, follow=True)
    assert [p.finding.message for p in plan.findings if p.finding.code == "would-be-refused"] == [
        "calculator requires NEW in its securedConfiguration, and a deployment without it cannot succeed."
    ]


def test_what_live_has_already_is_not_judged() -> None:
    assert refused(held(manifest().spec, observed(), connector={**DECLARED, "configurations": []})) == []


def test_the_reference_to_the_connector_is_that_of_a_request() -> None:
    assert DEPLOYMENT.dependencies.source(DEPLOYMENT.desired(manifest().spec)) == {"key": "acme-tax"}
    assert DEPLOYMENT.dependencies.source({}) is None
