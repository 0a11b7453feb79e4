"""Plan with a base: causes of whole actions, protection, and values of fields that are not returned."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

from trueup.model.action import (
    AddComment,
    AddElement,
    Create,
    Delete,
    Level,
    Publish,
    RemoveElement,
    RequestPreview,
    SetParts,
    SetValue,
    Unlist,
)
from trueup.model.identity import Identity
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import Base, Cause, Gone, Plan, ResourcePlan, Verdict
from trueup.model.position import Position
from trueup.model.value import Known, Parts
from trueup.plan.build import build_plan
from trueup.plan.codec import plan_to_json
from trueup.plan.fallbacks import LastApplied, Memory
from trueup.plan.resource import replan
from trueup.plan.saved import plan_from_json
from trueup.plan.three_way import Since, hold_conflicts, hold_unknown
from unit.apply.fakes import CERTIFICATION, SPEC, Target, certification, connector

YOURS, DRIFT, BOTH = Cause.YOURS, Cause.DRIFT, Cause.BOTH
PARTS = {"url": "git@github.com:acme/tax.git", "tag": "v1.0.0"}


MAIN = Base(revision="main", commit="1f0c")


def plan(manifest: Manifest, base: Manifest | None, target: Target, memory: Memory | None = None) -> Plan:
    manifests: Mapping[Identity, Manifest] = {} if base is None else {base.identity: base}
    since = Since(base=MAIN, manifests=manifests)
    return asyncio.run(build_plan([manifest], {manifest.identity.target: target}, since=since, memory=memory))


def one(manifest: Manifest, base: Manifest | None, target: Target, memory: Memory | None = None) -> ResourcePlan:
    (resource,) = plan(manifest, base, target, memory).resources
    return resource


def caused(planned: ResourcePlan) -> list[tuple[type, Cause | None]]:
    return [(type(p.action), p.cause) for p in planned.actions]


def tax(**changed: object) -> Manifest:
    return connector("tax", {**SPEC, **changed})


def with_lifecycle(manifest: Manifest, **lifecycle: object) -> Manifest:
    return replace(manifest, lifecycle=LifecycleSpec(**lifecycle))  # type: ignore[arg-type]  # each test gives its own


def holding(manifest: Manifest, **changed: object) -> Target:
    target = Target(versioned=manifest.identity.target == "eu")
    target.hold(manifest, **changed)  # type: ignore[arg-type]  # each test gives values
    return target


def test_destructive_actions_are_blocked_if_the_base_has_no_manifest() -> None:
    stone = with_lifecycle(tax(), state=State.ABSENT, reason="Sold.")
    unlisted = with_lifecycle(tax(), listed=False)
    listed = holding(tax())
    listed.move(tax().identity, status="Published", listed=True, private=False)
    since = Since(base=MAIN, manifests={})
    for manifest, target in ((stone, holding(tax())), (unlisted, listed)):
        made = plan(manifest, None, target)
        (held,) = hold_unknown(made, since).resources
        assert (held.verdict, [p.finding.code for p in held.findings][-1]) == (Verdict.BLOCKED, "protection-unknown")
        assert hold_unknown(made, since, {"tax"}) == hold_unknown(made, None) == made
        assert hold_unknown(made, replace(since, manifests={tax().identity: tax()})) == made
    harmless = plan(tax(name="New"), None, holding(tax()))
    assert hold_unknown(harmless, since) == harmless


def test_actions_have_no_cause_if_the_base_is_unreadable() -> None:
    since = Since(base=MAIN, manifests={}, unknown=frozenset({tax().identity}))
    made = asyncio.run(build_plan([tax(name="New")], {"eu": holding(tax())}, since=since))
    assert caused(made.resources[0]) == [(SetValue, None)]


def test_each_action_has_its_cause() -> None:
    target = holding(tax(), description="Theirs", repository=Parts({**PARTS, "tag": "v2"}))
    wanted = tax(name="New", repository={**PARTS, "url": "https://acme.example/new.git"})
    assert caused(one(wanted, tax(), target)) == [(SetValue, YOURS), (SetValue, DRIFT), (SetParts, BOTH)]


def test_the_base_is_kept_with_the_plan_and_without_one_there_is_no_cause() -> None:
    target = holding(tax(), name="Old")
    planned = plan(tax(), tax(), target)
    assert planned.base == MAIN
    without = asyncio.run(build_plan([tax()], {"eu": target}))
    assert (without.base, without.resources[0].actions[0].cause) == (None, None)
    assert without.digest == planned.digest


@pytest.mark.parametrize(
    ("base", "cause"),
    [
        (None, YOURS),
        (tax(), DRIFT),
        (tax(name="Old"), BOTH),
        (with_lifecycle(tax(), state=State.ABSENT), YOURS),
    ],
)
def test_a_creation_is_drift_when_base_wanted_the_same(base: Manifest | None, cause: Cause) -> None:
    assert caused(one(tax(), base, Target())) == [(Create, cause)]


def test_what_follows_a_creation_has_causes_too() -> None:
    spec = {**CERTIFICATION, "brands": [{"name": "A"}]}
    planned = one(
        certification("E1", {**spec, "brands": [{"name": "A"}, {"name": "B"}]}),
        certification("E1", spec),
        Target(versioned=False),
    )
    assert caused(planned) == [(Create, BOTH), (AddElement, DRIFT), (AddElement, YOURS)]


@pytest.mark.parametrize(
    ("base", "changed", "cause"),
    [
        (None, {}, YOURS),
        (tax(), {}, YOURS),
        (tax(), {"name": "Theirs"}, BOTH),
        (with_lifecycle(tax(), state=State.ABSENT, reason="sold"), {"name": "Theirs"}, DRIFT),
    ],
)
def test_a_deletion_is_both_if_others_edited_the_resource(
    base: Manifest | None, changed: Mapping[str, object], cause: Cause
) -> None:
    stone = with_lifecycle(connector("tax", {}), state=State.ABSENT, reason="sold")
    assert caused(one(stone, base, holding(tax(), **changed))) == [(Delete, cause)]


def test_a_process_that_is_newly_wanted_is_yours_and_one_that_live_left_is_drift() -> None:
    wanted_lifecycle = with_lifecycle(tax(), previewable=True, certification_comments=("Ready.",))
    assert caused(one(wanted_lifecycle, tax(), holding(tax()))) == [(RequestPreview, YOURS), (AddComment, YOURS)]
    assert caused(one(wanted_lifecycle, wanted_lifecycle, holding(tax()))) == [
        (RequestPreview, DRIFT),
        (AddComment, DRIFT),
    ]


def test_a_process_that_your_content_calls_for_is_yours() -> None:
    wanted_lifecycle = with_lifecycle(tax(name="New"), publish=PublishTo.PRIVATE)
    before = with_lifecycle(tax(), publish=PublishTo.PRIVATE)
    assert caused(one(wanted_lifecycle, before, holding(tax()))) == [(SetValue, YOURS), (Publish, YOURS)]
    assert caused(one(before, before, holding(tax(), name="Theirs"))) == [(SetValue, DRIFT), (Publish, DRIFT)]


def test_a_process_that_content_of_unknown_cause_calls_for_has_no_known_cause_either() -> None:
    wanted_lifecycle = with_lifecycle(tax(), publish=PublishTo.PRIVATE)
    target = holding(tax())
    target.hidden = {"description"}
    assert caused(one(wanted_lifecycle, wanted_lifecycle, target)) == [(SetValue, None), (Publish, None)]


def test_unlisting_is_yours_when_listed_changed() -> None:
    target = holding(tax())
    target.move(tax().identity, listed=True, private=False)
    unlisted = with_lifecycle(tax(), listed=False)
    assert caused(one(unlisted, with_lifecycle(tax(), listed=True), target)) == [(Unlist, YOURS)]
    assert caused(one(unlisted, unlisted, target)) == [(Unlist, DRIFT)]


def test_protection_counts_from_the_base_too() -> None:
    stone = with_lifecycle(connector("tax", {}), state=State.ABSENT, reason="sold")
    planned = one(stone, with_lifecycle(tax(), protect=True), holding(tax()))
    assert planned.verdict is Verdict.BLOCKED
    assert "protected" in [p.finding.code for p in planned.findings]
    assert one(stone, tax(), holding(tax())).verdict is Verdict.DELETE
    assert replan(planned, holding(tax()).live[stone.identity]).verdict is Verdict.BLOCKED


def test_the_base_s_protection_is_no_change_of_the_manifest() -> None:
    target = holding(tax(), name="Old")
    one_side = one(tax(), with_lifecycle(tax(), protect=True), target)
    assert one_side.manifest_digest == one(tax(), None, target).manifest_digest


BRANDS = {**CERTIFICATION, "certificateNumber": "N-1", "brands": [{"name": "A"}, {"name": "B"}]}


def not_returning() -> Target:
    target = holding(certification("E1", BRANDS))
    target.hidden = {"certificateNumber", "brands"}
    return target


APPLIED = {
    certification("E1").identity: LastApplied(
        "id-E1",
        (SetValue("certificateNumber", "N-1"), AddElement("brands", ("A",), {}), AddElement("brands", ("B",), {})),
    )
}
"""What a journal knows after ``BRANDS`` was applied."""


def test_an_applied_value_of_the_base_replaces_one_that_is_not_returned() -> None:
    base = certification("E1", BRANDS)
    planned = one(base, base, not_returning(), APPLIED)
    assert planned.actions == ()
    assert [p.finding.code for p in planned.findings] == ["known-from-base", "known-from-base"]


@pytest.mark.parametrize("memory", [{}, {certification("E1").identity: LastApplied("another", ())}])
def test_a_value_of_the_base_that_was_not_provably_applied_is_sent(memory: Memory) -> None:
    base = certification("E1", BRANDS)
    planned = one(base, base, not_returning(), memory)
    assert [type(p.action) for p in planned.actions] == [SetValue, AddElement, AddElement]
    assert [p.finding.code for p in planned.findings] == ["not-returned", "not-returned"]
    # The manifest is as in the base, and live is not known: it is neither a change of it nor drift.
    assert [p.cause for p in planned.actions] == [None, None, None]


def test_of_what_is_not_returned_only_what_the_manifest_changed_is_yours() -> None:
    wanted = certification("E1", {**BRANDS, "certificateNumber": "N-2", "brands": [*BRANDS["brands"], {"name": "C"}]})
    planned = one(wanted, certification("E1", BRANDS), not_returning(), {})
    assert [p.cause for p in planned.actions] == [YOURS, None, None, YOURS]


def test_what_the_base_wanted_and_is_not_wanted_any_more_is_removed_though_not_returned() -> None:
    wanted = certification("E1", {**BRANDS, "brands": [{"name": "B"}, {"name": "C"}]})
    planned = one(wanted, certification("E1", BRANDS), not_returning(), APPLIED)
    assert [p.action for p in planned.actions] == [AddElement("brands", ("C",), {}), RemoveElement("brands", ("A",))]
    assert {p.cause for p in planned.actions} == {YOURS}
    codes = [(p.finding.code, p.finding.path) for p in planned.findings]
    assert codes == [("known-from-base", "certificateNumber"), ("known-from-base", "brands")]


def test_nothing_is_removed_when_only_a_part_of_what_the_base_wanted_is_known_to_be_applied() -> None:
    wanted = certification("E1", {**BRANDS, "brands": [{"name": "B"}]})
    part = {identity: replace(known, actions=known.actions[:2]) for identity, known in APPLIED.items()}
    planned = one(wanted, certification("E1", BRANDS), not_returning(), part)
    assert [p.action for p in planned.actions] == [AddElement("brands", ("B",), {})]


def test_what_the_base_did_not_manage_or_wanted_empty_stays_unknown() -> None:
    planned = one(
        certification("E1", BRANDS), certification("E1", {**CERTIFICATION, "brands": []}), not_returning(), APPLIED
    )
    assert planned.actions == ()
    assert [p.finding.code for p in planned.findings] == ["remembered", "remembered"]


def test_what_is_returned_counts_before_what_the_base_wanted() -> None:
    target = holding(certification("E1", BRANDS), certificateNumber="THEIRS")
    planned = one(certification("E1", BRANDS), certification("E1", BRANDS), target)
    assert [(p.before, p.cause) for p in planned.actions] == [(Known("THEIRS"), DRIFT)]


def test_a_plan_with_a_base_is_saved_by_its_schema_and_read_back() -> None:
    base, wanted = certification("E1", BRANDS), certification("E1", {**BRANDS, "brands": [{"name": "C"}]})
    gone = Gone(identity=certification("E2").identity, position=Position("main:e2.yaml", 1, 1))
    planned = replace(plan(wanted, base, not_returning(), APPLIED), gone=(gone,))
    assert planned.resources[0].known
    assert planned.resources[0].actions
    document = json.loads(json.dumps(plan_to_json(planned)))
    schema = json.loads((Path(__file__).parents[3] / "schemas" / "plan.schema.json").read_text())
    jsonschema_rs.Draft202012Validator(schema).validate(document)
    assert plan_from_json(document, file="plan.json") == planned


def test_only_conflicts_are_blocked_and_their_fields_are_named() -> None:
    target = holding(tax(), name="Theirs", description="Theirs")
    planned = plan(tax(name="Mine"), tax(), target)
    (held,) = hold_conflicts(planned).resources
    assert held.verdict is Verdict.BLOCKED
    (finding,) = [p.finding for p in held.findings]
    assert (finding.code, finding.level) == ("conflict", Level.BLOCKED)
    assert "name changed both in the manifest and live" in finding.message
    assert hold_conflicts(planned).digest != planned.digest
    assert hold_conflicts(planned).forecast.requests == 0
    quiet = plan(tax(), tax(), target)
    assert hold_conflicts(quiet) == quiet


def test_a_conflict_of_the_whole_resource_is_held_back_too() -> None:
    planned = plan(tax(), tax(name="Old"), Target())
    assert hold_conflicts(planned).resources[0].verdict is Verdict.BLOCKED
    assert hold_conflicts(plan(tax(), None, Target())).resources[0].verdict is Verdict.CREATE
