"""Deployments: reading answers, request bodies, and the plan, by the examples of ``deployment-api.md`` section 15."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from deployments_rig import SPEC, with_values
from trueup.errors import UnexpectedAnswer
from trueup.kinds.deployment.kind import DEPLOYMENT
from trueup.kinds.processes import ProcessProgress
from trueup.model.action import Action, AddElement, Create, FieldAction, Rollout
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Lifecycle, Live, Missing
from trueup.model.manifest import LifecycleSpec, Manifest
from trueup.model.plan import PlanRules, ResourcePlan, Verdict
from trueup.model.secret import SecretReference
from trueup.model.value import NOT_RETURNED, Desired, Elements, Known
from trueup.plan.masked import NOT_COMPARED
from trueup.plan.resource import plan_resource, replan
from trueup.report.actions import action_line
from trueup.report.tree import Role, Span, Swap
from unit.apply.fakes import Places

CONNECTOR: Final[Mapping[str, Any]] = {
    "id": "5a0d8c1e-7b42-4f7e-9a63-1d2c3b4a5f60",
    "key": "acme-tax",
    "version": 7,
    "name": "Acme Tax",
    "repository": {"url": "git@github.com:acme/tax.git", "tag": "v1.4.0"},
}
NEWER: Final = {**CONNECTOR, "version": 9, "repository": {**CONNECTOR["repository"], "tag": "v1.5.0"}}
DEPLOYED: Final[Mapping[str, Any]] = {
    "id": "c1f7e2d0-3a5b-4c6d-8e9f-0a1b2c3d4e5f",
    "key": "acme-tax-live",
    "version": 2,
    "type": "sandbox",
    "connector": CONNECTOR,
    "globalConfiguration": {
        "standardConfiguration": [{"key": "CTP_REGION", "value": "europe-west1.gcp"}],
        "securedConfiguration": [],
    },
    "details": {"build": {"id": "77c0a1b2", "report": {"entries": []}}},
    "deployedRegion": "europe-west1.gcp",
    "applications": [
        {
            "id": "0b9a8c7d",
            "applicationName": "calculator",
            "standardConfiguration": [{"key": "RATE_TABLE", "value": "eu"}, {"key": "LOG_LEVEL", "value": "info"}],
            "securedConfiguration": [{"key": "API_TOKEN", "value": "****"}],
            "url": "https://calculator.example/calculator",
        },
        {
            "id": "9f8e7d6c",
            "applicationName": "nightly",
            "standardConfiguration": [],
            "securedConfiguration": [],
            "schedule": "0 2 * * *",
        },
    ],
    "preview": False,
    "status": "Deployed",
}
IDENTITY: Final = Identity("shop", Kind.DEPLOYMENT, IdField.KEY, "acme-tax-live")


def manifest(spec: Mapping[str, Any] = SPEC, **lifecycle: Any) -> Manifest:
    return Manifest(identity=IDENTITY, spec=spec, lifecycle=LifecycleSpec(**lifecycle), labels={}, positions=Places())


def changed(*path: str, to: object) -> Mapping[str, Any]:
    """Return SPEC with another value at a path."""
    return with_values((".".join(path), to))


def observed(connector: Mapping[str, Any] | None = CONNECTOR, copied: object = None, **members: object) -> Live:
    """Return a deployment with other members, a copy of ``copied``, and what ``connector`` offers."""
    live = DEPLOYMENT.observe({**DEPLOYED, **({"connector": copied} if copied else {}), **members})
    return live if connector is None else DEPLOYMENT.dependencies.relate(live, connector)


def codes(plan: ResourcePlan) -> list[str]:
    """Return the codes of a plan's findings, without that of secured values, which every plan without a base has."""
    return [p.finding.code for p in plan.findings if p.finding.code != NOT_COMPARED]


def requests(plan: ResourcePlan) -> list[dict[str, object]]:
    """Return the bodies of a plan's one stage."""
    actions = [step.action for step in plan.actions]
    assert {step.stage for step in plan.actions} <= {0}
    match actions:
        case []:
            return []
        case [Create(fields), *_]:
            return [DEPLOYMENT.payloads.create(IDENTITY, "", fields)]
        case _:
            return DEPLOYMENT.payloads.update(IDENTITY, "", _sent(actions))


def _sent(actions: list[Action]) -> list[FieldAction | Rollout]:
    return [action for action in actions if isinstance(action, FieldAction | Rollout)]


def test_an_answer_is_read_in_the_form_of_a_manifest() -> None:
    live = observed()
    assert (live.remote_id, live.version) == (DEPLOYED["id"], 2)
    assert live.fields["region"] == Known("europe-west1.gcp")
    assert live.fields["connector.staged"] == Known("false")
    assert live.fields["applications.standardConfiguration"] == Known(
        Elements({("calculator", "RATE_TABLE"): {"value": "eu"}, ("calculator", "LOG_LEVEL"): {"value": "info"}})
    )
    assert live.fields["applications.securedConfiguration"] == Known(Elements({("calculator", "API_TOKEN"): {}}))
    assert live.fields["applications.schedule"] == Known(Elements({("nightly",): {"value": "0 2 * * *"}}))
    assert live.lifecycle is not None
    assert (live.lifecycle.status, live.lifecycle.running_release) == ("Deployed", "v1.4.0 (version 7)")


def test_an_older_answer_without_type_and_key_is_read() -> None:
    older = {name: value for name, value in DEPLOYED.items() if name != "type"}
    connector = {name: value for name, value in CONNECTOR.items() if name != "key"}
    live = DEPLOYMENT.observe({**older, "connector": connector, "preview": True, "details": {}})
    assert live.fields["connector.key"] == NOT_RETURNED
    assert live.fields["connector.staged"] == Known("true")


def test_an_older_answer_differs_in_nothing_that_it_lacks() -> None:
    live = observed(connector=None, type=None)
    unnamed = replace(live, fields={**live.fields, "connector.key": NOT_RETURNED})
    assert live.fields["type"] == NOT_RETURNED
    assert plan_resource(manifest(), unnamed, base=manifest()).verdict is Verdict.UNCHANGED


def test_the_key_that_the_copy_lacks_is_that_of_the_connector() -> None:
    copy = {name: value for name, value in CONNECTOR.items() if name != "key"}
    assert plan_resource(manifest(), observed(copied=copy), base=manifest()).verdict is Verdict.UNCHANGED
    other = changed("connector", "key", to="other")
    assert codes(plan_resource(manifest(other), observed(copied=copy))) == ["fixed-after-creation"]


def test_an_answer_without_a_status_asks_for_no_rollout() -> None:
    plan = plan_resource(manifest(), observed(status=None), base=manifest())
    assert (plan.verdict, codes(plan)) == (Verdict.DEFERRED, ["unknown-state"])


@pytest.mark.parametrize("lost", ["version", "repository"])
def test_an_answer_that_does_not_say_what_runs_asks_for_no_rollout(lost: str) -> None:
    copy = {name: value for name, value in CONNECTOR.items() if name != lost}
    plan = plan_resource(manifest(follow=True), observed(NEWER, copied=copy), base=manifest())
    assert (plan.verdict, codes(plan)) == (Verdict.UNCHANGED, ["release-unknown"])


def test_a_connector_that_cannot_be_read_is_named_where_it_is_to_be_followed() -> None:
    unread = observed(connector=None)
    assert codes(plan_resource(manifest(follow=True), unread)) == ["release-unknown"]
    assert codes(plan_resource(manifest(), unread)) == []


@pytest.mark.parametrize("member", ["id", "version"])
def test_an_answer_without_id_or_version_is_refused(member: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        DEPLOYMENT.observe({name: value for name, value in DEPLOYED.items() if name != member})


def test_a_creation_names_every_application_with_both_lists() -> None:
    plan = plan_resource(manifest(), Missing())
    assert plan.verdict is Verdict.CREATE
    assert [type(step.action) for step in plan.actions] == [Create, Rollout]
    assert requests(plan) == [
        {
            "key": "acme-tax-live",
            "type": "sandbox",
            "connector": {"key": "acme-tax"},
            "region": "europe-west1.gcp",
            "configurations": [
                {
                    "applicationName": "calculator",
                    "standardConfiguration": [{"key": "RATE_TABLE", "value": "eu"}],
                    "securedConfiguration": [{"key": "API_TOKEN", "value": SecretReference(env="ACME_API_TOKEN")}],
                },
            ],
            "globalConfiguration": {
                "standardConfiguration": [{"key": "CTP_REGION", "value": "europe-west1.gcp"}],
                "securedConfiguration": [],
            },
        }
    ]


def test_an_equal_deployment_needs_nothing() -> None:
    plan = plan_resource(manifest(), observed(), base=manifest())
    assert (plan.verdict, plan.actions, plan.findings) == (Verdict.UNCHANGED, (), ())


def test_all_differences_are_one_redeploy_with_only_what_differs() -> None:
    spec = changed("applications", "calculator", "standardConfiguration", "RATE_TABLE", to="eu-2026")
    spec = {**spec, "globalConfiguration": {"standardConfiguration": {"CTP_REGION": "us-central1.gcp"}}}
    spec["applications"]["calculator"]["securedConfiguration"]["NEW"] = {"fromFile": "secrets/new", "revision": "1"}
    plan = plan_resource(manifest(spec), observed())
    assert requests(plan) == [
        {
            "action": "redeploy",
            "configurationValues": [
                {
                    "applicationName": "calculator",
                    "standardConfiguration": [{"key": "RATE_TABLE", "value": "eu-2026"}],
                    "securedConfiguration": [{"key": "NEW", "value": SecretReference(file="secrets/new")}],
                }
            ],
            "globalConfiguration": {
                "standardConfiguration": [{"key": "CTP_REGION", "value": "us-central1.gcp"}],
                "securedConfiguration": [],
            },
        }
    ]


def test_a_schedule_is_changed_with_both_empty_lists() -> None:
    plan = plan_resource(manifest(changed("applications", "nightly", "schedule", to="0 3 * * *")), observed())
    assert requests(plan) == [
        {
            "action": "redeploy",
            "configurationValues": [
                {
                    "applicationName": "nightly",
                    "standardConfiguration": [],
                    "securedConfiguration": [],
                    "schedule": "0 3 * * *",
                }
            ],
        }
    ]


def test_a_newer_copiedis_followed_only_when_the_manifest_asks_for_it() -> None:
    kept = plan_resource(manifest(), observed(NEWER))
    assert (kept.verdict, codes(kept)) == (Verdict.UNCHANGED, ["newer-release"])
    plan = plan_resource(manifest(follow=True), observed(NEWER))
    assert requests(plan) == [{"action": "redeploy", "updateConnector": True}]
    (step,) = plan.actions
    assert (step.before, step.after) == (Known("v1.4.0 (version 7)"), Known("v1.5.0 (version 9)"))


def test_a_plan_shows_the_release_before_and_after_a_rollout() -> None:
    (step,) = plan_resource(manifest(follow=True), observed(NEWER)).actions
    line = action_line(Kind.DEPLOYMENT, step, held=False, tag_cause=False)
    assert line.pieces[1:] == (Swap(Span("v1.4.0 (version 7)", Role.BEFORE), Span("v1.5.0 (version 9)", Role.AFTER)),)


def test_a_rollout_that_changes_no_state_shows_none() -> None:
    (step,) = plan_resource(manifest(), Missing()).actions[1:]
    line = action_line(Kind.DEPLOYMENT, step, held=False, tag_cause=False)
    assert [type(piece) for piece in line.pieces] == [Span]


def test_the_result_of_a_rollout_names_the_release_that_runs() -> None:
    assert DEPLOYMENT.lifecycle.results([Rollout()], observed()) == "It runs v1.4.0 (version 7)."


def test_scripts_can_be_skipped() -> None:
    plan = plan_resource(manifest(follow=True, run_scripts=False), observed(NEWER))
    assert requests(plan) == [{"action": "redeploy", "updateConnector": True, "skipScripts": True}]


@pytest.mark.parametrize("status", ["Draft", "Failed", "UndeployFailed"])
def test_a_run_that_did_not_succeed_is_a_difference(status: str) -> None:
    plan = plan_resource(manifest(), observed(status=status))
    assert requests(plan) == [{"action": "redeploy"}]
    assert codes(plan) == ["last-rollout-failed"]


@pytest.mark.parametrize("status", ["Queued", "Deploying", "Undeploying"])
def test_a_busy_deployment_is_deferred(status: str) -> None:
    spec = changed("applications", "calculator", "standardConfiguration", "RATE_TABLE", to="us")
    assert plan_resource(manifest(spec), observed(status=status)).verdict is Verdict.DEFERRED


def test_a_rollout_that_is_running_is_not_called_unchanged() -> None:
    assert plan_resource(manifest(), observed(status="Deploying")).verdict is Verdict.DEFERRED


@pytest.mark.parametrize(
    ("path", "value"),
    [(("connector",), {"key": "other"}), (("type",), "production"), (("region",), "us-east-2.aws")],
)
def test_what_is_fixed_after_the_creation_is_blocked(path: tuple[str, ...], value: object) -> None:
    plan = plan_resource(manifest(changed(*path, to=value)), observed())
    assert (plan.verdict, codes(plan)) == (Verdict.BLOCKED, ["fixed-after-creation"])


STATE: Final = Lifecycle(
    status="Deployed", latest_run="6", running_release="v1.4.0 (version 7)", offered_release="v1.5.0 (version 9)"
)


@pytest.mark.parametrize(
    ("now", "accepted", "progress"),
    [
        ({}, False, ProcessProgress.NOT_TAKEN),
        ({"status": "Deploying", "latest_run": "7"}, False, ProcessProgress.RUNNING),
        ({"status": "Queued", "latest_run": "7"}, True, ProcessProgress.RUNNING),
        ({"latest_run": "8", "running_release": "v1.5.0 (version 9)"}, True, ProcessProgress.SUCCEEDED),
        ({"latest_run": "8"}, True, ProcessProgress.REJECTED),
        (
            {"latest_run": "8", "status": "Failed", "running_release": "v1.5.0 (version 9)"},
            True,
            ProcessProgress.REJECTED,
        ),
        ({"latest_run": "8", "status": "Suspended"}, True, ProcessProgress.UNDECIDED),
    ],
)
def test_a_rollout_succeeds_only_with_the_release_that_was_asked_for(
    now: Mapping[str, Any],
    accepted: bool,  # noqa: FBT001 - a column of the table
    progress: ProcessProgress,
) -> None:
    action = Rollout(follow=True)
    after = replace(STATE, **now)
    assert DEPLOYMENT.lifecycle.progress(action, before=STATE, now=after, accepted=accepted) is progress


def secured(revision: str) -> Manifest:
    token = {"fromEnv": "ACME_API_TOKEN", "revision": revision}
    return manifest(changed("applications", "calculator", "securedConfiguration", "API_TOKEN", to=token))


WRITE: Final = AddElement(
    "applications.securedConfiguration", ("calculator", "API_TOKEN"), {"fromEnv": "ACME_API_TOKEN", "revision": "2"}
)


def test_without_a_base_a_secured_value_is_not_compared() -> None:
    plan = plan_resource(secured("2"), observed())
    assert (plan.actions, [p.finding.code for p in plan.findings]) == ((), [NOT_COMPARED])


def test_a_new_revision_since_the_base_is_written() -> None:
    plan = plan_resource(secured("2"), observed(), base=secured("1"))
    assert [step.action for step in plan.actions] == [WRITE, Rollout()]
    assert plan_resource(secured("2"), observed(), base=secured("2")).actions == ()


def test_what_was_applied_counts_before_the_base() -> None:
    assert plan_resource(secured("2"), observed(), base=secured("1"), written_by=[secured("2")]).actions == ()


@pytest.mark.parametrize("name", ["API_TOKEN", "calculator.API_TOKEN"])
def test_a_secured_value_is_written_again_by_name(name: str) -> None:
    rules = PlanRules(write_secured=(name,))
    plan = plan_resource(secured("2"), observed(), rules)
    assert [step.action for step in plan.actions] == [WRITE, Rollout()]
    again = replan(plan, observed(version=3), [step.action for step in plan.actions])
    assert again.actions == ()


def test_a_secured_value_that_is_not_live_is_written() -> None:
    calculator = {**DEPLOYED["applications"][0], "securedConfiguration": []}
    live = observed(applications=[calculator, DEPLOYED["applications"][1]])
    assert [step.action for step in plan_resource(secured("2"), live).actions] == [WRITE, Rollout()]


def test_an_older_answer_has_the_key_of_the_connector_with_its_id() -> None:
    nameless = {name: value for name, value in CONNECTOR.items() if name != "key"}
    older = DEPLOYMENT.observe({**DEPLOYED, "connector": nameless})
    assert DEPLOYMENT.dependencies.relate(older, CONNECTOR).fields["connector.key"] == Known("acme-tax")
    assert DEPLOYMENT.dependencies.relate(older, nameless).fields["connector.key"] == NOT_RETURNED


def test_a_policy_that_is_repeated_keeps_what_the_manifest_leaves_open() -> None:
    path, key = "applications.retryPolicy", ("orders",)
    policy: dict[str, str | int] = {"strategy": "exponential-backoff", "minBackoffSeconds": 10, "maxBackoffSeconds": 60}
    wanted: Desired = {path: Elements({key: policy})}
    live = {path: Known(Elements({key: {**policy, "maxAttempts": 20}}))}
    sent = AddElement("applications.standardConfiguration", ("orders", "TOPIC"), {"value": "carts"})
    assert DEPLOYMENT.repeats(wanted, live, [sent]) == [AddElement(path, key, {**policy, "maxAttempts": 20})]
    assert DEPLOYMENT.repeats(wanted, {}, [sent]) == [AddElement(path, key, policy)]
