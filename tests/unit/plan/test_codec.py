"""Convert values of the model to JSON, and back."""

import json
from typing import get_args

import pytest

from golden.rich import DRIFT, OUTCOMES
from trueup.model.action import (
    Action,
    AddComment,
    AddElement,
    AddMember,
    Create,
    Delete,
    Publish,
    RemoveElement,
    RemoveMember,
    RequestPreview,
    Rollout,
    SetMembers,
    SetParts,
    SetValue,
    Unlist,
)
from trueup.model.identity import Kind
from trueup.model.live import Missing
from trueup.model.plan import DigestIs, Drift, Forecast, ForecastWait, MustNotExist, Plan, VersionIs
from trueup.model.run import Outcome
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, Members, Parts
from trueup.plan.codec import from_json, plan_to_json, to_json, unchecked_plan
from trueup.plan.digest import action_key
from trueup.plan.drift_document import changed
from trueup.plan.resource import plan_resource
from unit.apply.fakes import Target, connector

ACTIONS: tuple[Action, ...] = (
    SetValue("name", "x"),
    SetMembers("supportedRegions", ("a", "b")),
    AddMember("privateProjects", "p"),
    RemoveMember("privateProjects", "p"),
    SetParts("repository", {"url": "u", "tag": "t"}),
    AddElement("brands", ("A",), {"website": "w"}),
    RemoveElement("brands", ("A",)),
    Create({"name": "x", "brands": Elements({("A",): {"website": "w"}})}),
    Delete("Gone."),
    RequestPreview(),
    Publish(certification=True),
    Unlist(),
    AddComment("Ready."),
    Rollout(follow=True),
)


def test_every_action_has_its_own_type() -> None:
    assert {type(action) for action in ACTIONS} == set(get_args(Action))
    assert len({to_json(action)["type"] for action in ACTIONS}) == len(ACTIONS)


def test_actions_are_plain_json() -> None:
    for action in ACTIONS:
        assert json.loads(json.dumps(to_json(action))) == to_json(action)


def test_what_is_written_reads_back_equal() -> None:
    for action in ACTIONS:
        assert from_json(json.loads(json.dumps(to_json(action))), Action) == action
    assert from_json(json.loads(json.dumps(to_json(DRIFT))), Drift) == DRIFT
    read = from_json(json.loads(json.dumps(to_json(OUTCOMES))), tuple[Outcome, ...])
    assert read == OUTCOMES


def test_a_change_of_live_goes_from_what_was_wanted_to_what_is_there() -> None:
    document = to_json(changed(Kind.CONNECTOR, DRIFT.resources[0].changes[2]))
    assert (document["wanted"], document["live"], document["alsoYours"]) == (
        {"known": {"members": ["europe-west1.gcp", "australia-southeast1.gcp"]}},
        {"known": {"members": ["europe-west1.gcp", "us-central1.gcp"]}},
        True,
    )


def test_equal_actions_have_equal_keys_whatever_the_order_of_their_attributes() -> None:
    assert action_key(SetParts("r", {"a": "1", "b": "2"})) == action_key(SetParts("r", {"b": "2", "a": "1"}))
    assert len({action_key(action) for action in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (ABSENT, "absent"),
        (NOT_RETURNED, "not-returned"),
        (Known("absent"), {"known": "absent"}),
        (Known(4), {"known": 4}),
        (Known(Members(("a",))), {"known": {"members": ["a"]}}),
        (Known(Parts({"tag": "v1"})), {"known": {"parts": {"tag": "v1"}}}),
        (
            Known(Elements({("a", "b"): {"c": "d"}})),
            {"known": {"elements": [{"key": ["a", "b"], "attributes": {"c": "d"}}], "ambiguous": []}},
        ),
    ],
)
def test_live_values_distinguish_known_absent_and_not_returned(live: object, expected: object) -> None:
    assert to_json(live) == expected


def test_preconditions_name_their_type() -> None:
    assert to_json(None) is None
    assert to_json(MustNotExist()) == {"type": "must-not-exist"}
    assert to_json(VersionIs("i", 3)) == {"type": "version-is", "remoteId": "i", "version": 3}
    assert to_json(DigestIs("i", "sha256:0")) == {
        "type": "digest-is",
        "remoteId": "i",
        "digest": "sha256:0",
    }


def test_a_plan_carries_its_format_version_and_is_plain_json() -> None:
    eu = Target()
    manifest = connector("a")
    eu.hold(manifest, name="Old")
    resources = (
        plan_resource(manifest, eu.live[manifest.identity]),
        plan_resource(connector("b", {"name": "B"}), Missing()),
    )
    document = plan_to_json(Plan(resources=resources, digest="sha256:0", forecast=Forecast(requests=1, seconds=0.25)))
    assert document["formatVersion"] == 2
    assert json.loads(json.dumps(document)) == document
    update, blocked = json.loads(json.dumps(document["resources"]))
    assert (update["verdict"], update["actions"][0]["before"]) == ("update", {"known": "Old"})
    assert (blocked["verdict"], blocked["findings"][0]["level"]) == ("blocked", "blocked")


def test_the_waits_of_a_forecast_are_kept_and_an_older_plan_has_none() -> None:
    waits = (ForecastWait(process="preview", count=2, seconds=1800.0),)
    plan = Plan(resources=(), digest="sha256:0", forecast=Forecast(requests=1, seconds=0.25, waits=waits))
    document = json.loads(json.dumps(plan_to_json(plan)))
    assert unchecked_plan(document) == plan
    del document["forecast"]["waits"]
    assert unchecked_plan(document).forecast.waits == ()
