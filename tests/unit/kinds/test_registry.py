"""A kind that only the registry knows is loaded, compared, planned, applied, reported and described."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, cast

import pytest

from trueup.diff.diff import diff
from trueup.edit.describe import describe
from trueup.kinds.base import Advice, KindSpec, Naming, Payloads, lacking
from trueup.kinds.observed import observe_fields
from trueup.kinds.processes import LifecycleRules, Process, Processes, ProcessProgress, ProcessStep
from trueup.kinds.registry import KINDS
from trueup.kinds.values import branches, read_spec
from trueup.manifest.load import load_texts
from trueup.model.action import Action, AddMember, FieldAction, Finding, ProcessAction, Publish, SetValue
from trueup.model.field import Compare, Field, KeyedField, MembersField, Risk, ScalarField
from trueup.model.identity import Identity, IdField, Kind, Platform
from trueup.model.live import Lifecycle, Live
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import Plan, PlanRules, Verdict
from trueup.model.run import Outcome, Status
from trueup.model.value import ABSENT, Desired, Known, LiveValue
from trueup.plan.codec import plan_to_json
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.text import render_text
from trueup.report.tree import ReportTree
from unit.apply.fakes import Scene, Target
from unit.edit.adopting import PROJECT


class Made(StrEnum):
    """The name of a kind that trueup does not have."""

    WIDGET = "Widget"


WIDGET_KIND = cast("Kind", Made.WIDGET)
FIELDS: tuple[Field, ...] = (
    ScalarField(path="title"),
    ScalarField(path="size.width", compare=Compare.INTEGER),
    ScalarField(path="soldFrom", compare=Compare.DATE),
    MembersField(path="shops"),
    KeyedField(path="parts", key=("number",)),
)
TABLE = branches(FIELDS)
TEXT = {"type": "string"}
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata"],
    "properties": {
        "apiVersion": {"const": "trueup/v1"},
        "kind": {"const": "Widget"},
        "metadata": {"type": "object", "properties": {"key": TEXT}, "required": ["key"]},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "title": TEXT,
                "size": {"type": "object", "properties": {"width": {"type": "integer"}}},
                "soldFrom": TEXT,
                "shops": {"type": "array", "items": TEXT},
                "parts": {"type": "array", "items": {"type": "object", "properties": {"number": TEXT}}},
            },
        },
        "lifecycle": {"type": "object", "properties": {"publish": {"enum": ["none", "certified"]}}},
    },
}
IDLE = Lifecycle(status="idle", previewable="none", private=False, listed=False, has_changes=False)
ROLLED_OUT = replace(IDLE, status="rolled out")


def _plan(
    wanted: LifecycleSpec,
    live: Lifecycle | None,
    actions: Sequence[FieldAction],
    *,
    done: Collection[ProcessAction],
    rules: PlanRules,
) -> Processes:
    """Plan the process of a widget: publishing rolls it out."""
    if wanted.publish is PublishTo.NONE or (live == ROLLED_OUT and not actions) or ROLL_OUT in done:
        return Processes()
    before = Known("idle" if live is None else live.status)
    return Processes(steps=(ProcessStep(action=ROLL_OUT, before=before, after=Known("rolled out"), risk=Risk.VISIBLE),))


def _progress(action: ProcessAction, *, before: Lifecycle, now: Lifecycle | None, accepted: bool) -> ProcessProgress:
    return ProcessProgress.SUCCEEDED if now == ROLLED_OUT else ProcessProgress.RUNNING


ROLL_OUT = Publish(certification=True)
ROWS: Mapping[type[Action], Process] = {
    Publish: Process(
        member="publish",
        noun="publication",
        words=lambda _: "rolls it out to all shops",
        wanted_alike=lambda _, then, now: then.publish is now.publish,
        state=lambda live: f"it is {live.status}",
        report=lambda _: (),
        failure=lambda _: "It was not rolled out.",
        publishes=True,
        carries=True,
        seconds=60.0,
    )
}


def _observe(answer: Mapping[str, object]) -> Live:
    return Live(fields=observe_fields(TABLE, answer, missing=ABSENT), remote_id="w-1", version=1, lifecycle=ROLLED_OUT)


def _check(
    desired: Desired,
    after: Mapping[str, LiveValue],
    creating: bool,  # noqa: FBT001 - see spec.Check
    **_known: object,
) -> tuple[Finding, ...]:
    return lacking(desired, ["title"]) if creating else ()


def _advice(spec: Mapping[str, Any]) -> Iterator[Advice]:
    if spec.get("title") == "Untitled":
        yield "unusual-url", ("title",), "Untitled is no title."


WIDGET = KindSpec(
    kind=WIDGET_KIND,
    platform=Platform.CONNECT,
    plural="widgets",
    naming=Naming(field=IdField.KEY),
    fields=FIELDS,
    by_path={field.path: field for field in FIELDS},
    desired=lambda spec: read_spec(TABLE, spec),
    observe=_observe,
    creation=lambda desired: (desired, {}),
    check=_check,
    payloads=Payloads(create=lambda *_: {}, update=lambda *_: [], delete=lambda _: {}),
    versioned=True,
    action_name=lambda action: f"widget.{type(action).__name__}",
    deletion="This takes the widget out of all shops.",
    summary=("title",),
    lifecycle=LifecycleRules(
        rows=ROWS,
        plan=_plan,
        progress=_progress,
        reached=lambda _: ROLLED_OUT,
        block=lambda live: {"publish": "certified"} if live == ROLLED_OUT else {},
    ),
    advice=_advice,
    read_only=frozenset({"serial"}),
    schema=SCHEMA,
)
MANIFEST = """\
apiVersion: trueup/v1
kind: Widget
metadata: {key: bolt}
spec:
  title: Bolt
  size: {width: 4}
  shops: [north, south]
  parts:
    - number: A1
"""
PUBLISHED = MANIFEST + "lifecycle: {publish: certified}\n"


@pytest.fixture(autouse=True)
def _widgets() -> Iterator[None]:
    with KINDS.with_kind(WIDGET):
        yield


def read(text: str) -> Manifest:
    loaded = load_texts(PROJECT, [("bolt.yaml", text.encode())])
    assert loaded.diagnostics == ()
    (manifest,) = loaded.manifests
    return manifest


def wrong(text: str) -> list[tuple[str, int, str]]:
    loaded = load_texts(PROJECT, [("bolt.yaml", text.encode())])
    return [(problem.code, problem.position.line, problem.message) for problem in loaded.diagnostics]


def shown(tree: ReportTree) -> str:
    return render_text(tree, width=100, color=False, verbose=True)


def run(text: str, target: Target) -> tuple[Plan, tuple[Outcome, ...]]:
    scene = Scene({"eu": target})
    plan = scene.plan(read(text))
    return plan, scene.apply(plan)


def test_a_kind_is_known_only_while_it_is_registered() -> None:
    assert list(KINDS) == ["Connector", "Deployment", "Certification", "Widget"]
    assert KINDS.on(Platform.CONNECT) == [KINDS["Connector"], KINDS["Deployment"], WIDGET]
    with KINDS.with_kind(replace(WIDGET, plural="gadgets")):
        assert KINDS["Widget"].plural == "gadgets"
    assert KINDS["Widget"] is WIDGET


def test_a_manifest_is_loaded_with_its_identity_and_target() -> None:
    manifest = read(PUBLISHED)
    assert manifest.identity == Identity("eu", WIDGET_KIND, IdField.KEY, "bolt")
    assert manifest.locale is None
    assert manifest.lifecycle.publish is PublishTo.CERTIFIED


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("  titel: Bolt", ("unknown-field", 5, "There is no field 'titel' in spec.")),
        ("  serial: 1", ("read-only-field", 5, "The platform sets serial itself.")),
        ("  soldFrom: 2024-02-31", ("bad-date", 5, "soldFrom 2024-02-31 does not exist in the calendar.")),
        ("  title: Untitled", ("unusual-url", 5, "Untitled is no title.")),
        ("  size: {width: 4.0}", ("wrong-type", 5, "width must be a whole number, not the number 4.0.")),
    ],
)
def test_problems_of_its_manifest_are_found(line: str, found: tuple[str, int, str]) -> None:
    assert found in wrong(MANIFEST.replace("  title: Bolt", line))


def test_an_unknown_kind_is_answered_with_all_that_there_are() -> None:
    loaded = load_texts(PROJECT, [("bolt.yaml", MANIFEST.replace("Widget", "Wigdet").encode())])
    assert [(problem.allowed, problem.hint) for problem in loaded.diagnostics] == [
        ("kind: Connector or Deployment or Certification or Widget.", "Did you mean 'Widget'?")
    ]


def test_the_table_is_compared() -> None:
    live = _observe({"title": "Nut", "size": {"width": "4"}, "shops": ["north"], "parts": [{"number": "A1"}]})
    changes = diff(FIELDS, WIDGET.desired(read(MANIFEST).spec), live.fields).changes
    assert [change.action for change in changes] == [SetValue("title", "Bolt"), AddMember("shops", "south")]


def test_a_creation_is_planned_applied_and_reported_in_the_words_of_the_kind() -> None:
    plan, outcomes = run(MANIFEST, Target())
    assert [(p.verdict, p.findings) for p in plan.resources] == [(Verdict.CREATE, ())]
    assert (plan.forecast.requests, [outcome.status for outcome in outcomes]) == (2, [Status.APPLIED])
    brief = render_text(plan_tree(plan), width=100, color=False, verbose=False)
    assert "Widget bolt" in brief
    assert "title" in shown(plan_tree(plan))
    assert '"kind": "Widget"' in str(plan_to_json(plan)).replace("'", '"')


def test_its_own_rules_block_a_creation() -> None:
    (resource,) = Scene({"eu": Target()}).plan(read(MANIFEST.replace("  title: Bolt\n", ""))).resources
    assert [p.finding.code for p in resource.findings] == ["creation-requires"]


def test_its_process_is_planned_with_a_place_awaited_and_reported() -> None:
    target = Target(states=[[{"status": "rolling"}, {"status": "rolled out"}]])
    manifest = read(PUBLISHED)
    target.hold(manifest)
    target.move(manifest.identity, status="idle", private=False)
    plan, outcomes = run(PUBLISHED, target)
    (step,) = plan.resources[0].actions
    assert (step.action, step.position and (step.position.line, step.position.column)) == (ROLL_OUT, (10, 13))
    assert "widget.Publish" in shown(plan_tree(plan))
    assert "rolls it out to all shops" in shown(plan_tree(plan))
    assert [(outcome.status, outcome.done) for outcome in outcomes] == [(Status.APPLIED, (ROLL_OUT,))]
    assert "rolls it out to all shops" in shown(outcome_tree(plan, outcomes))


def test_the_end_that_the_kind_does_not_see_is_waited_for_as_long_as_the_kind_says() -> None:
    manifest, target = read(PUBLISHED), Target(states=[[{"status": "rolling"}]])
    target.hold(manifest)
    target.move(manifest.identity, status="idle", private=False)
    scene = Scene({"eu": target})
    (outcome,) = scene.apply(scene.plan(manifest))
    assert outcome.status is Status.DEFERRED
    assert outcome.message.startswith("It is still it is rolling after 60 s.")
    assert scene.clock.time == 60


def test_its_tombstone_shows_the_deletion() -> None:
    manifest, target = read(MANIFEST), Target()
    target.hold(manifest)
    tombstone = replace(manifest, lifecycle=LifecycleSpec(state=State.ABSENT, reason="old"))
    (resource,) = Scene({"eu": target}).plan(tombstone).resources
    assert resource.verdict is Verdict.DELETE
    assert [p.finding.message for p in resource.findings] == ["This takes the widget out of all shops."]


def test_a_live_resource_is_described_in_a_manifest() -> None:
    live = _observe({"title": "Bolt", "shops": ["north"]})
    identity = Identity("eu", WIDGET_KIND, IdField.KEY, "bolt")
    text = describe(PROJECT, identity, live, lifecycle=True).text
    assert text.startswith("apiVersion: trueup/v1\nkind: Widget\n")
    assert text.endswith("lifecycle:\n  publish: certified\n")
