"""Plan and apply drawn deployments through the sandbox, whose connector declares what can be drawn.

The laws that are about any kind draw deployments where they are (``specs_of``, ``tables``). These are about what only a
deployment has: one request that starts a run, secured values that no reading shows, and configuration that the platform
merges in a way that is not documented (``deployment-api.md`` section 13).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect_api import WORLD
from deployment_strategies import deployment_specs
from deployments_api import LIVE
from deployments_rig import TARGET, DeploymentsRig, read
from trueup.diff.equality import holds, live_elements
from trueup.diff.simulate import simulate
from trueup.edit.describe import describe
from trueup.kinds.deployment.kind import DEPLOYMENT
from trueup.manifest.project import Project
from trueup.model.action import Action, AddElement, FieldAction, Rollout
from trueup.model.manifest import Manifest
from trueup.model.plan import ResourcePlan, Verdict
from trueup.model.run import Outcome, Status
from trueup.model.value import Desired, Elements
from trueup.plan.masked import masked_paths
from trueup.sandbox.store import Document
from unit.kinds.test_deployment_refusals_asked import filled

pytestmark = pytest.mark.slow

KEYS: Final = ("LOG_LEVEL", "RATE_TABLE", "API-TOKEN")
APPLICATIONS: Final[Mapping[str, str]] = {"calculator": "service", "report": "job", "tax_sync": "event"}
ONLY: Final = {"schedule": "report", "retryPolicy": "tax_sync"}
"""The application that takes each of these members."""
SIDES: Final[Document] = {
    side: [{"key": key, "description": key, "required": False} for key in KEYS]
    for side in ("standardConfiguration", "securedConfiguration")
}
CONNECTOR: Final[Document] = {
    "configurations": [
        {"applicationName": name, "applicationType": kind, **SIDES} for name, kind in APPLICATIONS.items()
    ],
    "globalConfiguration": SIDES,
    "supportedRegions": [],
    "isPreviewable": "true",
}
SECRETS: Final = {"ACME_TOKEN": "s3cr3t-01", "OTHER_TOKEN": "s3cr3t-02"}
MASKED: Final = masked_paths(DEPLOYMENT)
MERGES: Final = ("key", "application", "all")
FEWER: Final = settings(max_examples=settings().max_examples // 8 + 5)
"""Fewer examples, because each plans and applies several times, which takes a tenth of a second."""

Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What a deployment was created from, and what it is to become."""

    before: Manifest
    after: Manifest


def deployment(spec: Spec, **lifecycle: object) -> Manifest:
    document = {"apiVersion": "trueup/v1", "kind": "Deployment", "metadata": {"key": "acme-tax-live"}, "spec": spec}
    # JSON is YAML that leaves no text to be read as a number.
    return read(json.dumps({**document, "lifecycle": lifecycle} if lifecycle else document))


def legal(spec: Spec, fixed: Spec) -> Spec:
    """Return a spec that the platform accepts, with what the creation has fixed."""
    applications = {
        name: {member: value for member, value in values.items() if ONLY.get(member, name) == name}
        for name, values in spec.get("applications", {}).items()
    }
    return {
        **{name: variable_only(spec[name]) for name in ("globalConfiguration",) if name in spec},
        **({"applications": variable_only(applications)} if "applications" in spec else {}),
        "connector": {**fixed["connector"], "key": "acme-tax"},
        "region": fixed["region"],
        "type": fixed.get("type", "preview" if fixed["connector"].get("staged") else "sandbox"),
    }


def variable_only(node: Any) -> Any:
    """Return a tree whose secrets are in variables: no file is there to be read."""
    match node:
        case {"fromFile": _, **others}:
            return {"fromEnv": "OTHER_TOKEN", **others}
        case dict():
            return {name: variable_only(value) for name, value in node.items()}
        case _:
            return node


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Draw two manifests of one deployment; the second one often has most of the first, some of it changed."""
    before, drawn = draw(st.tuples(deployment_specs(), deployment_specs(emptied=True)))
    after = draw(st.sampled_from([drawn, joined(draw, before, drawn), joined(draw, before, {})]))
    follow = draw(st.booleans())
    return Change(deployment(legal(before, before)), deployment(legal(after, before), follow=follow))


def joined(draw: st.DrawFn, first: Any, second: Any) -> Any:
    """Return both trees in one, with what the first one has; some of its references and values are changed."""
    match first:
        case {"fromEnv": _} | {"fromFile": _}:
            return draw(st.sampled_from([first, {**first, "revision": "3"}]))
        case {"strategy": _}:
            return draw(st.sampled_from([first, {"strategy": "immediate"}]))
        case {"standardConfiguration": dict() as values, **others}:
            changed = {key: draw(st.sampled_from([value, f"{value}!"])) for key, value in values.items()}
            return {**joined(draw, others, second), "standardConfiguration": changed}
        case dict():
            return {**second, **{name: joined(draw, value, second.get(name, {})) for name, value in first.items()}}
        case _:
            return first


def opened(change: Change, **switches: object) -> DeploymentsRig:
    """Return a sandbox with the deployment before the change; the switches are of what comes after."""
    rig = DeploymentsRig(CONNECTOR)
    rig.secrets = dict(SECRETS)
    assert rig.applied(change.before).status is Status.APPLIED
    rig.switch(**switches)
    rig.writes()
    return rig


def desired(manifest: Manifest) -> Desired:
    return DEPLOYMENT.desired(manifest.spec)


def unmet(rig: DeploymentsRig, manifest: Manifest) -> list[str]:
    """Return the fields of a manifest that are not live; of a secured value, only that it is there can be seen."""
    live = rig.observed(manifest).fields
    return [
        path
        for path, value in desired(manifest).items()
        if not (
            set(value.by_key) <= set(live_elements(live[path]).by_key)
            if isinstance(value, Elements) and path in MASKED
            else holds(DEPLOYMENT.by_path[path], value, live[path])
        )
    ]


def actions_of(planned: ResourcePlan) -> Sequence[Action]:
    return [step.action for step in planned.actions]


@FEWER
@pytest.mark.parametrize("merge", MERGES)
@given(change=changes())
def test_what_is_called_applied_is_as_wanted_and_a_second_plan_is_empty(merge: str, change: Change) -> None:
    rig = opened(change, deployment_merge=merge)
    outcome = rig.applied(change.after, base=[change.before])
    if merge == "key":
        assert outcome.status in {Status.APPLIED, Status.UNCHANGED}, outcome
    if outcome.status in {Status.APPLIED, Status.UNCHANGED}:
        assert unmet(rig, change.after) == []
        again = rig.planned(change.after, base=[change.after])
        assert (again.verdict, again.actions) == (Verdict.UNCHANGED, ())
    else:
        assert (outcome.status, "did not keep these values" in outcome.message) == (Status.FAILED, True), outcome
        assert_lost(rig, outcome)


def assert_lost(rig: DeploymentsRig, outcome: Outcome) -> None:
    """Look that each value that is said to be lost is not live."""
    live = rig.after(0)
    configurations = {one["applicationName"]: one for one in live["applications"]}
    for report in outcome.fields:
        *above, key = report.path.split(".")
        node: Any = live if above[0] == "globalConfiguration" else configurations[above[1]]
        side = node[above[0]][above[1]] if above[0] == "globalConfiguration" else node[above[-1]]
        assert key not in {pair["key"] for pair in side}, report


@FEWER
@given(change=changes())
def test_one_request_makes_all_changes_and_leads_to_what_the_plan_predicts(change: Change) -> None:
    rig = opened(change)
    planned = rig.planned(change.after, base=[change.before])
    live = rig.observed(change.before).fields
    fields = [action for action in actions_of(planned) if isinstance(action, FieldAction)]
    predicted = simulate(DEPLOYMENT.fields, fields, live)
    rig.applied(change.after, base=[change.before])
    assert len(rig.writes()) == bool(planned.actions)
    now = rig.observed(change.after).fields
    for row in DEPLOYMENT.fields:
        assert set(live_elements(predicted[row.path]).by_key) == set(live_elements(now[row.path]).by_key), row.path
        if row.path not in MASKED:
            assert now[row.path] == predicted[row.path]


@FEWER
@pytest.mark.parametrize("merge", MERGES)
@given(change=changes(), data=st.data())
def test_no_part_of_the_actions_reaches_what_is_wanted(merge: str, change: Change, data: st.DataObject) -> None:
    rig = opened(change, deployment_merge=merge)
    planned = rig.planned(change.after, base=[change.before])
    fields = [action for action in actions_of(planned) if isinstance(action, FieldAction)]
    if not fields:
        return
    part = data.draw(st.lists(st.sampled_from(fields), max_size=len(fields) - 1, unique_by=repr))
    sent = [*part, *(action for action in actions_of(planned) if isinstance(action, Rollout))]
    body = {
        "version": rig.after(0)["version"],
        "actions": filled(DEPLOYMENT.payloads.update(planned.identity, "", sent)),
    }
    assert rig.call("POST", LIVE, json=body).is_success
    rig.after(60)
    # What was written of the secured values is what this request had: the base has the others.
    left = rig.planned(change.after, base=[change.before])
    missing = {repr(action) for action in fields} - {repr(action) for action in part}
    assert missing <= {repr(action) for action in actions_of(left)}


@FEWER
@given(change=changes())
def test_nothing_is_sent_that_is_live_already_but_what_an_application_must_repeat(change: Change) -> None:
    rig = opened(change)
    planned = rig.planned(change.after, base=[change.before])
    live = rig.observed(change.before).fields
    for action in actions_of(planned):
        if isinstance(action, AddElement) and action.path not in MASKED:
            have = live_elements(live[action.path]).by_key.get(action.key)
            assert have is None or any(have.get(path) != value for path, value in action.attributes.items()), action


@FEWER
@given(change=changes())
def test_values_that_no_manifest_names_stay(change: Change) -> None:
    rig = opened(change)
    before = rig.observed(change.before).fields
    assert rig.applied(change.after, base=[change.before]).status in {Status.APPLIED, Status.UNCHANGED}
    now = rig.observed(change.after).fields
    wanted = desired(change.after)
    for path, value in before.items():
        named = wanted.get(path)
        managed = named.by_key if isinstance(named, Elements) else {}
        for key, attributes in live_elements(value).by_key.items():
            if key not in managed:
                assert live_elements(now[path]).by_key[key] == attributes


@FEWER
@given(change=changes(), path=st.sampled_from(["region", "type"]))
def test_what_is_fixed_after_the_creation_is_blocked_and_nothing_is_sent(change: Change, path: str) -> None:
    other = {"region": "us-central1.gcp", "type": "production"}
    if change.after.spec[path] == other[path]:
        return
    rig = opened(change)
    blocked = deployment({**change.after.spec, path: other[path]})
    outcome = rig.applied(blocked, base=[change.before])
    assert (outcome.status, rig.writes()) == (Status.BLOCKED, [])


@FEWER
@given(change=changes())
def test_a_secured_value_is_written_exactly_when_its_reference_or_revision_differs(change: Change) -> None:
    rig = opened(change)
    outcome = rig.applied(change.after, base=[change.before])
    assert outcome.status in {Status.APPLIED, Status.UNCHANGED}, outcome
    then, wanted = (secrets(each) for each in (change.before, change.after))
    expected = sorted(key[-1] for key, value in wanted.items() if then.get(key) != value)
    assert sorted(sent_secrets(rig.writes())) == expected


def secrets(manifest: Manifest) -> dict[tuple[str, ...], object]:
    """Return the references of a manifest by path and key."""
    return {
        (path, *key): dict(attributes)
        for path, value in desired(manifest).items()
        if isinstance(value, Elements) and path in MASKED
        for key, attributes in value.by_key.items()
    }


def sent_secrets(writes: Sequence[tuple[str, Any]]) -> list[str]:
    """Return the names of the secured values in the bodies of redeployments."""
    payloads = [body["actions"][0] for _, body in writes]
    nodes = [
        *chain.from_iterable(payload.get("configurationValues", ()) for payload in payloads),
        *(payload["globalConfiguration"] for payload in payloads if "globalConfiguration" in payload),
    ]
    return [pair["key"] for node in nodes for pair in node["securedConfiguration"]]


@FEWER
@given(change=changes())
def test_an_import_has_every_value_that_is_shown_and_its_first_plan_is_empty(change: Change) -> None:
    rig = opened(change)
    live = rig.observed(change.before)
    project = Project(root=Path(), file=None, manifests=(), targets={WORLD: TARGET}, seed=None)
    described = describe(project, change.before.identity, live)
    assert (described.reason, described.omitted) == ("", ())
    imported = read(described.text)
    planned = rig.planned(imported)
    assert (planned.verdict, planned.actions) == (Verdict.UNCHANGED, ())
    wanted = desired(imported)
    for path, value in live.fields.items():
        keys = set(live_elements(value).by_key)
        named = wanted.get(path)
        assert keys == (set(named.by_key) if isinstance(named, Elements) else set()), path
        if path not in MASKED and path in wanted:
            assert holds(DEPLOYMENT.by_path[path], wanted[path], value)
