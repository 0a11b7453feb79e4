"""Read saved plans back, and refuse everything else."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from trueup.errors import InvalidInput, PlanOutdated
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, Delete, Publish, Rollout, SetValue
from trueup.model.identity import Kind
from trueup.model.live import Lifecycle
from trueup.model.manifest import LifecycleSpec
from trueup.model.plan import Cause, Plan, PlanRules
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, Members, Parts
from trueup.plan.build import build_plan
from trueup.plan.codec import checksum, plan_to_json
from trueup.plan.digest import plan_digest
from trueup.plan.saved import check_manifests, plan_from_json
from trueup.plan.typed_json import tag_of
from unit.apply.fakes import CERTIFICATION, SPEC, Target, certification, connector

SCHEMA = Path(__file__).parents[3] / "schemas" / "plan.schema.json"
MANIFESTS = (
    connector("a"),
    connector("b"),
    connector("c", {**SPEC, "description": ""}),
    certification("E1", {**CERTIFICATION, "channels": [{"name": "ORIGIN"}]}),
    certification("E2", {**CERTIFICATION, "brands": [{"name": "ACME", "website": "acme.example"}]}),
)


def planned() -> Plan:
    """Plan one of each: unchanged, update, blocked, create, update without a version."""
    eu, origin = Target(), Target(versioned=False)
    eu.hold(MANIFESTS[0])
    eu.hold(MANIFESTS[1], name="Old")
    eu.hold(connector("c"))
    origin.hold(MANIFESTS[4], url="https://old.example", brands=Elements({("ACME",): {"website": "old.example"}}))
    return asyncio.run(build_plan(MANIFESTS, {"eu": eu, "origin": origin}))


def rich() -> Plan:
    """Return a plan with every form that a value or a live value can have."""
    plan = planned()
    one = plan.resources[1]
    full = replace(
        one,
        actions=(
            replace(one.actions[0], action=SetValue("n", 4), cause=Cause.DRIFT, position=None),
            replace(one.actions[0], action=Publish(certification=True), before=NOT_RETURNED, after=ABSENT),
            replace(one.actions[0], action=Delete("Gone.")),
            replace(one.actions[0], action=Rollout(follow=True, scripts=False)),
        ),
        observed={
            "a": Known(Parts({"tag": "v1", "n": 1})),
            "b": Known(Members(("x", "y"))),
            "c": Known(Elements({("k",): {"a": "b"}}, frozenset({("k",)}))),
            "d": NOT_RETURNED,
        },
        lifecycle=LifecycleSpec(
            previewable=True, certification_comments=("Ready.",), follow=True, run_scripts=False, protect=True
        ),
        live_lifecycle=Lifecycle(status="Deployed", latest_run="1 2", running_release="v1", offered_release="v2"),
        rules=PlanRules(write_secured=("app.KEY",)),
        after=(replace(one.identity, kind=Kind.DEPLOYMENT),),
    )
    resources = (plan.resources[0], full, *plan.resources[2:])
    return replace(plan, resources=resources, digest=plan_digest(resources))


def document(plan: Plan | None = None) -> dict[str, Any]:
    text: dict[str, Any] = json.loads(json.dumps(plan_to_json(plan or planned())))
    return text


def sealed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Change a document and correct its checksum, as a forger would."""
    changed = document()
    change(changed)
    changed["checksum"] = checksum(changed)
    return changed


def code(damaged: object) -> str:
    with pytest.raises(InvalidInput) as refused:
        plan_from_json(damaged, file="plan.json")
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.position.file == "plan.json"
    return diagnostic.code


@pytest.mark.parametrize("plan", [planned(), rich()], ids=["planned", "rich"])
def test_a_saved_plan_reads_back_as_it_was(plan: Plan) -> None:
    assert plan_from_json(document(plan), file="plan.json") == plan


def test_the_platforms_name_of_an_action_is_written_and_not_read() -> None:
    plan = planned()
    saved: dict[str, Any] = json.loads(json.dumps(plan_to_json(plan)))
    names = [action.get("platformAction") for resource in saved["resources"] for action in resource["actions"]]
    assert {"setName", None} <= set(names)
    for resource in saved["resources"]:
        for action in resource["actions"]:
            action["platformAction"] = "forged"
    assert plan_from_json(saved | {"checksum": checksum(saved)}, file="plan.json") == plan


@pytest.mark.parametrize("plan", [planned(), rich()], ids=["planned", "rich"])
def test_a_saved_plan_is_of_the_published_shape(plan: Plan) -> None:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document(plan))
    assert not Draft202012Validator(schema).is_valid(document(plan) | {"more": 1})


@pytest.mark.parametrize("name", ["plan", "journal", "records"])
def test_the_schemas_of_documents_have_every_kind_and_every_action(name: str) -> None:
    parts = json.loads(SCHEMA.with_name(f"{name}.schema.json").read_text())["$defs"]
    assert parts["identity"]["properties"]["kind"]["enum"] == list(KINDS)
    if "action" in parts:
        actions = {action["title"] for action in parts["action"]["oneOf"]}
        assert actions == {tag_of(kind) for kind in get_args(Action)}


def test_another_format_version_is_named() -> None:
    assert code(document() | {"formatVersion": 1}) == "plan-format"


@pytest.mark.parametrize("damaged", [None, [], "plan", 1, {}, {"formatVersion": "1"}, {"formatVersion": True}])
def test_a_document_that_is_not_a_plan_is_refused(damaged: object) -> None:
    assert code(damaged) == "plan-damaged"


def test_a_value_changed_by_hand_breaks_the_checksum() -> None:
    damaged = document()
    damaged["resources"][1]["actions"][0]["action"]["value"] = "Other"
    assert code(damaged) == "plan-damaged"


def test_a_forged_action_does_not_fit_the_hash() -> None:
    def forge(plan: dict[str, Any]) -> None:
        plan["resources"][1]["actions"][0]["action"]["value"] = "Other"

    assert code(sealed(forge)) == "plan-digest"


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d["resources"].reverse(),
        lambda d: d["resources"].append(d["resources"][-1]),
        lambda d: d["resources"][1].pop("locale"),
        lambda d: d["resources"][1].update(more=1),
        lambda d: d["resources"][1].update(verdict="destroy"),
        lambda d: d["resources"][1].update(precondition={"type": "none"}),
        lambda d: d["resources"][1].update(precondition={"type": "version-is", "remoteId": "i", "version": "1"}),
        lambda d: d["resources"][1]["actions"][0].update(stage=0.5),
        lambda d: d["resources"][1]["actions"][0].update(before="gone"),
        lambda d: d["resources"][1]["actions"][0]["action"].update(type="explode"),
        lambda d: d["resources"][1]["actions"][0]["action"].update(value=None),
        lambda d: d["resources"][1]["actions"][0]["action"].update(more=1),
        lambda d: d["resources"][1]["identity"].update(kind="Planet"),
        lambda d: d["resources"][1]["lifecycle"].update(protect="yes"),
        lambda d: d["resources"][1].update(position=[]),
        lambda d: d["resources"][1].update(actions={}),
        lambda d: d["forecast"].update(seconds="soon"),
        lambda d: d["unmanaged"].update(eu=True),
    ],
)
def test_a_document_of_another_shape_is_refused_whatever_its_checksum(damage: Callable[[dict[str, Any]], None]) -> None:
    assert code(sealed(damage)) == "plan-damaged"


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d["resources"][1]["actions"][0]["action"].update(type="set-value", path="name", value="\ud800"),
        lambda d: d["resources"][1]["actions"][0]["action"].update(type="set-value", path="\udfff", value="x"),
        lambda d: d["resources"][4]["actions"][0].update(
            action={"type": "create", "fields": {"a\ud800": "x", "b": "y"}}
        ),
        lambda d: d["resources"][1]["identity"].update(value="\ud800"),
    ],
)
def test_half_a_character_is_damage(damage: Callable[[dict[str, Any]], None]) -> None:
    assert code(sealed(damage)) in {"plan-damaged", "plan-digest"}


def test_a_collection_with_a_repeated_key_is_refused() -> None:
    def twice(plan: dict[str, Any]) -> None:
        elements = plan["resources"][4]["desired"]["brands"]["elements"]
        elements.append(elements[0])

    assert code(sealed(twice)) == "plan-damaged"


def test_the_message_says_where() -> None:
    damaged = sealed(lambda d: d["resources"][1]["actions"][0]["action"].update(value=None))
    with pytest.raises(InvalidInput, match=r"resources\[1\]\.actions\[0\]\.action\.value is not a whole number"):
        plan_from_json(damaged, file="plan.json")


def test_the_manifests_that_it_was_made_from_still_fit() -> None:
    moved = [replace(m, labels={"team": "tax"}) for m in reversed(MANIFESTS)]
    check_manifests(planned(), [*moved, connector("another")])


@pytest.mark.parametrize(
    "now",
    [
        [*MANIFESTS[:4], certification("E2", {**CERTIFICATION, "brands": [{"name": "ACME"}]})],
        [connector("a", {**SPEC, "name": "New"}), *MANIFESTS[1:]],
        [replace(MANIFESTS[0], lifecycle=LifecycleSpec(protect=True)), *MANIFESTS[1:]],
        [*MANIFESTS[:4], replace(MANIFESTS[4], locale="fr")],
    ],
    ids=["element", "unchanged then", "lifecycle", "locale"],
)
def test_a_manifest_that_wants_something_else_now_makes_the_plan_outdated(now: list[Any]) -> None:
    with pytest.raises(PlanOutdated, match="changed: "):
        check_manifests(planned(), now)


def test_a_removed_manifest_makes_the_plan_outdated() -> None:
    with pytest.raises(PlanOutdated, match="removed: Connector a"):
        check_manifests(planned(), MANIFESTS[1:])


def test_a_reordered_set_wants_the_same() -> None:
    regions = ["europe-west1.gcp", "us-central1.gcp"]
    eu = Target()
    before, after = (connector("a", {**SPEC, "supportedRegions": r}) for r in (regions, regions[::-1]))
    check_manifests(asyncio.run(build_plan([before], {"eu": eu})), [after])
