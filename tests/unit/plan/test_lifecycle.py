"""Plan processes and deletions."""

from dataclasses import replace

import pytest

from trueup.model.action import AddComment, Create, Delete, Level, Publish, RequestPreview, SetValue, Unlist
from trueup.model.field import Risk
from trueup.model.live import Live, Missing, ReportEntry
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import DigestIs, PlanRules, ResourcePlan, Verdict, VersionIs
from trueup.model.value import Elements, Value
from trueup.plan.resource import plan_resource, replan
from unit.apply.fakes import CERTIFICATION, DRAFT, Target, certification, connector

ALL = connector(
    "acme-tax",
    lifecycle=LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE, certification_comments=("Ready.",)),
)
LISTED: dict[str, object] = {"listed": True, "private": False}
GONE = LifecycleSpec(state=State.ABSENT, reason="Replaced.")


def live(manifest: Manifest, state: dict[str, object] | None = None, **changed: Value) -> Live:
    target = Target(versioned=manifest.locale is None)
    target.hold(manifest, **changed)
    found = target.live[manifest.identity]
    if not target.versioned:
        return found
    return replace(found, lifecycle=replace(DRAFT, **(state or {})))  # type: ignore[arg-type]  # the test names them


def codes(planned: ResourcePlan) -> list[str]:
    return [p.finding.code for p in planned.findings]


def test_processes_follow_the_fields_one_a_request() -> None:
    planned = plan_resource(ALL, live(ALL, name="Old", description="Old"))
    assert [(type(p.action), p.stage) for p in planned.actions] == [
        (SetValue, 0),
        (SetValue, 0),
        (RequestPreview, 1),
        (AddComment, 2),
        (Publish, 3),
    ]


def test_processes_alone_are_an_update_under_the_version() -> None:
    planned = plan_resource(ALL, live(ALL))
    assert (planned.verdict, planned.precondition) == (Verdict.UPDATE, VersionIs("id-acme-tax", 1))
    assert [p.stage for p in planned.actions] == [0, 1, 2]
    assert planned.desired["name"] == "Acme Tax"


def test_processes_follow_a_creation() -> None:
    assert [(type(p.action), p.stage) for p in plan_resource(ALL, Missing()).actions] == [
        (Create, 0),
        (RequestPreview, 1),
        (AddComment, 2),
        (Publish, 3),
    ]


def test_processes_point_at_their_lines() -> None:
    places = [p.position for p in plan_resource(ALL, live(ALL)).actions]
    assert places == [
        ALL.positions.at(path)
        for path in (
            ("lifecycle", "previewable"),
            ("lifecycle", "certificationComments", 0),
            ("lifecycle", "publish"),
        )
    ]


def test_processes_can_be_left_out() -> None:
    planned = plan_resource(ALL, live(ALL, name="Old"), PlanRules(processes=False))
    assert [type(p.action) for p in planned.actions] == [SetValue]


def test_waiting_for_a_preview_alone_is_deferred_without_an_action() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True))
    planned = plan_resource(manifest, live(manifest, {"previewable": "pending"}))
    assert (planned.verdict, planned.actions, codes(planned)) == (Verdict.DEFERRED, (), ["busy"])


@pytest.mark.parametrize("state", [{"status": "Suspended"}, {"previewable": "perhaps"}])
def test_a_process_in_an_unknown_state_is_deferred_and_not_unchanged(
    state: dict[str, str],
) -> None:
    wanted = LifecycleSpec(publish=PublishTo.PRIVATE) if "status" in state else LifecycleSpec(previewable=True)
    manifest = connector("acme-tax", lifecycle=wanted)
    planned = plan_resource(manifest, live(manifest, {**state}))
    assert (planned.verdict, planned.actions, codes(planned)) == (Verdict.DEFERRED, (), ["unknown-state"])
    assert plan_resource(connector("acme-tax"), live(manifest, {**state})).verdict is Verdict.UNCHANGED


def test_fields_wait_for_a_certification_unless_that_is_waived() -> None:
    in_review = live(ALL, {"status": "InCertification"}, name="Old")
    tax = connector("acme-tax")
    assert plan_resource(tax, in_review).verdict is Verdict.DEFERRED
    assert plan_resource(tax, in_review, PlanRules(during_certification=True)).verdict is Verdict.UPDATE


def test_a_rejected_preview_of_the_same_content_is_blocked_with_its_report() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True))
    report = (ReportEntry(kind="Error", title="Connector image build check failed"),)
    rejected = live(manifest, {"previewable": "false", "preview_report": report})
    planned = plan_resource(manifest, rejected)
    assert (planned.verdict, codes(planned)) == (Verdict.BLOCKED, ["preview-rejected"])
    assert "image build check failed" in planned.findings[0].finding.message
    assert plan_resource(manifest, rejected, PlanRules(retry_rejected=True)).verdict is Verdict.UPDATE


def test_new_content_counts_when_planning_again_after_it_was_sent() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True))
    before = live(manifest, {"previewable": "false"}, name="Old")
    planned = plan_resource(manifest, before)
    after = live(manifest, {"previewable": "false"})
    assert replan(planned, after).verdict is Verdict.BLOCKED
    again = replan(planned, after, [SetValue("name", "Acme Tax")])
    assert [p.action for p in again.actions] == [RequestPreview()]


def test_planning_again_keeps_to_the_rules_of_the_run() -> None:
    planned = plan_resource(ALL, live(ALL, name="Old"), PlanRules(processes=False))
    assert [type(p.action) for p in replan(planned, live(ALL, name="Older")).actions] == [SetValue]


def test_a_tombstone_deletes_under_the_condition_that_nothing_moves() -> None:
    tombstone = connector("acme-tax", {}, lifecycle=GONE)
    planned = plan_resource(tombstone, live(connector("acme-tax")))
    assert (planned.verdict, planned.precondition) == (Verdict.DELETE, VersionIs("id-acme-tax", 1))
    (step,) = planned.actions
    assert (step.action, step.risk) == (Delete("Replaced."), Risk.DESTRUCTIVE)
    assert step.position == tombstone.positions.at(("lifecycle", "state"))
    assert "published connector" in planned.findings[0].finding.message


def test_a_certifications_tombstone_watches_every_field() -> None:
    tombstone = certification("E1", {}, lifecycle=GONE)
    one = plan_resource(tombstone, live(certification("E1"))).precondition
    other = plan_resource(tombstone, live(certification("E1"), certificateNumber="X")).precondition
    assert isinstance(one, DigestIs)
    assert one != other


def test_a_tombstone_of_what_is_not_there_is_unchanged() -> None:
    assert plan_resource(connector("acme-tax", {}, lifecycle=GONE), Missing()).verdict is Verdict.UNCHANGED


def test_a_tombstone_of_what_is_being_published_is_deferred() -> None:
    tombstone = connector("acme-tax", {}, lifecycle=GONE)
    planned = plan_resource(tombstone, live(connector("acme-tax"), {"status": "Processing"}))
    assert planned.verdict is Verdict.DEFERRED


@pytest.mark.parametrize(
    ("manifest", "reading"),
    [
        (connector("a", {}, lifecycle=replace(GONE, protect=True)), live(connector("a"))),
        (connector("a", lifecycle=LifecycleSpec(listed=False, protect=True)), live(connector("a"), LISTED)),
        (
            certification("E1", {**CERTIFICATION, "channels": []}, lifecycle=LifecycleSpec(protect=True)),
            live(certification("E1"), channels=Elements({("ORIGIN",): {}})),
        ),
    ],
    ids=["delete", "unlist", "unpublish"],
)
def test_what_is_protected_is_blocked_from_anything_destructive(manifest: Manifest, reading: Live) -> None:
    planned = plan_resource(manifest, reading)
    assert planned.verdict is Verdict.BLOCKED
    assert "protected" in codes(planned)
    open_ = replace(manifest, lifecycle=replace(manifest.lifecycle, protect=False))
    assert plan_resource(open_, reading).verdict in {Verdict.UPDATE, Verdict.DELETE}


def test_protection_leaves_the_rest_alone() -> None:
    manifest = connector("a", lifecycle=LifecycleSpec(protect=True))
    planned = plan_resource(manifest, live(manifest, name="Old"))
    assert (planned.verdict, planned.findings) == (Verdict.UPDATE, ())


def test_unlisting_is_destructive_and_a_preview_is_not() -> None:
    manifest = connector("a", lifecycle=LifecycleSpec(listed=False, previewable=True))
    planned = plan_resource(manifest, live(manifest, LISTED))
    assert {type(p.action): p.risk for p in planned.actions} == {
        RequestPreview: Risk.VISIBLE,
        Unlist: Risk.DESTRUCTIVE,
    }
    assert all(p.finding.level is not Level.BLOCKED for p in planned.findings)
