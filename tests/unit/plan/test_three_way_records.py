"""Whose difference it is when it is recorded what was applied: a merge that waits, drift, your change, or both."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

from strategies import TOY
from trueup.errors import InvalidInput, PlanOutdated
from trueup.model.action import AddComment, Create, Delete, Publish, RequestPreview, SetParts, SetValue
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import Base, Cause, Pending, Plan, Verdict
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, LiveValue, Members, Parts, Value
from trueup.plan.build import build_plan
from trueup.plan.codec import plan_to_json
from trueup.plan.recompute import recompute
from trueup.plan.saved import plan_from_json
from trueup.plan.three_way import AppliedWants, Since, causes, hold_conflicts, hold_unknown, whose
from unit.apply.fakes import SPEC, Target, connector

SCHEMA = json.loads((Path(__file__).parents[3] / "schemas" / "plan.schema.json").read_text())
YOURS, DRIFT, BOTH, MERGED = Cause.YOURS, Cause.DRIFT, Cause.BOTH, Cause.MERGED
BY_PATH = {field.path: field for field in TOY}
MAIN = Base(revision="main", commit="1f0c")
FIELDS: dict[str, tuple[Value, Value, Value, Value]] = {
    "text": ("a", "b", "c", "x"),
    "set": (Members(("a",)), Members(("b",)), Members(("c",)), Members(("x",))),
    "group": (Parts({"tag": "1"}), Parts({"tag": "2"}), Parts({"tag": "3"}), Parts({"tag": "9"})),
    "choice": (Parts({"name": "a"}), Parts({"name": "b"}), Parts({"name": "c"}), Parts({"name": "x"})),
    "rich": tuple(Elements({("k",): {"value": value}}) for value in "123x"),  # type: ignore[dict-item]  # four of them
}
"""For each type of field four values: of the applied commit, of the next one, of a third, and a foreign one."""


@pytest.mark.parametrize("path", FIELDS)
@pytest.mark.parametrize(
    ("sides", "cause"),
    [
        # The applied commits (newest first), the base, the manifest and live, a letter for each value.
        ("a b b a", MERGED),
        ("a a b a", YOURS),
        ("a b c a", YOURS),
        ("a a a x", DRIFT),
        ("a b a x", DRIFT),
        ("a a b x", BOTH),
        ("a b b x", BOTH),
        # After an apply without a recorded end, live may hold either.
        ("ba b b a", MERGED),
        ("ba b c b", YOURS),
        ("ba b b x", DRIFT),
        ("ba c c b", MERGED),
        ("ba c c x", BOTH),
        # Without records, the base decides.
        ("- a a x", DRIFT),
        ("- b b a", DRIFT),
        ("- a b a", YOURS),
        ("- a b x", BOTH),
    ],
)
def test_every_kind_of_field_follows_one_table(path: str, sides: str, cause: Cause) -> None:
    value = dict(zip("abcx", FIELDS[path], strict=True))
    applied, base, desired, live = sides.split()
    then = [{path: value[one]} for one in applied.strip("-")]
    found = causes([BY_PATH[path]], {path: value[base]}, {path: value[desired]}, {path: Known(value[live])}, then)
    assert set(found.values()) == {cause}


@pytest.mark.parametrize(
    ("applied", "base", "desired", "live", "cause"),
    [
        ("", "m", "m", "", MERGED),
        ("", "", "m", "", YOURS),
        ("m", "m", "m", "", DRIFT),
        ("m", "", "", "m", MERGED),
        ("m", "m", "", "m", YOURS),
        ("", "", "", "m", DRIFT),
    ],
)
def test_each_member_follows_it_too(applied: str, base: str, desired: str, live: str, cause: Cause) -> None:
    found = causes(
        [BY_PATH["members"]],
        {"members": Members(tuple(base))},
        {"members": Members(tuple(desired))},
        {"members": Known(Members(tuple(live)))},
        [{"members": Members(tuple(applied))}],
    )
    assert found == {("members", "m"): cause}


@pytest.mark.parametrize("live", [ABSENT, Known("x")])
def test_a_field_that_was_not_managed_when_it_was_applied_is_nobody_s_drift(live: LiveValue) -> None:
    field = [BY_PATH["text"]]
    assert causes(field, {"text": "b"}, {"text": "b"}, {"text": live}, [{}]) == {("text",): MERGED}
    assert causes(field, {}, {"text": "b"}, {"text": live}, [None]) == {("text",): YOURS}


def test_a_field_that_is_not_returned_is_pending_only_if_a_recorded_commit_wanted_something_else() -> None:
    field, live = [BY_PATH["text"]], {"text": NOT_RETURNED}
    assert causes(field, {"text": "b"}, {"text": "b"}, live, [{"text": "a"}]) == {("text",): MERGED}
    assert causes(field, {"text": "a"}, {"text": "b"}, live, [{"text": "a"}]) == {("text",): YOURS}
    assert causes(field, {"text": "b"}, {"text": "b"}, live, [{"text": "b"}]) == {("text",): None}


def test_a_foreign_edit_of_an_element_beside_a_pending_one_is_both() -> None:
    then = Elements({("k",): {"value": "1", "reset": "r"}})
    merged = Elements({("k",): {"value": "2", "reset": "r"}})
    live = Elements({("k",): {"value": "1", "reset": "theirs"}})
    found = causes([BY_PATH["rich"]], {"rich": merged}, {"rich": merged}, {"rich": Known(live)}, [{"rich": then}])
    assert found == {("rich", "k"): BOTH}


def test_without_applied_commits_the_cause_since_the_base_stands() -> None:
    assert [whose(cause, []) for cause in (YOURS, DRIFT, BOTH, None)] == [YOURS, DRIFT, BOTH, None]


def tax(**changed: object) -> Manifest:
    return connector("tax", {**SPEC, **changed})


def with_lifecycle(manifest: Manifest, **lifecycle: object) -> Manifest:
    return replace(manifest, lifecycle=LifecycleSpec(**lifecycle))  # type: ignore[arg-type]  # each test gives its own


STONE = with_lifecycle(connector("tax", {}), state=State.ABSENT, reason="sold")
IDENTITY = STONE.identity


def holding(manifest: Manifest, **changed: object) -> Target:
    target = Target()
    target.hold(manifest, **changed)  # type: ignore[arg-type]  # each test gives values
    return target


def planned(manifest: Manifest, target: Target, *applied: Manifest | None, base: Manifest | None) -> Plan:
    wants = AppliedWants(wants={IDENTITY: applied}, pending={IDENTITY: PENDING}) if applied else None
    manifests = {} if base is None else {IDENTITY: base}
    since = Since(base=MAIN, manifests=manifests, applied=wants)
    return asyncio.run(build_plan([manifest], {"eu": target}, since=since))


PENDING = Pending(identity=IDENTITY, commit="2b" * 20, pull=12, url="https://github.example/pull/12")


def told(plan: Plan) -> Sequence[tuple[type, Cause | None]]:
    (resource,) = plan.resources
    return [(type(p.action), p.cause) for p in resource.actions]


def test_a_creation_that_is_merged_waits_and_one_that_was_applied_is_gone() -> None:
    assert told(planned(tax(), Target(), None, base=tax())) == [(Create, MERGED)]
    assert told(planned(tax(), Target(), STONE, base=tax())) == [(Create, MERGED)]
    assert told(planned(tax(), Target(), tax(), None, base=tax())) == [(Create, MERGED)]
    assert told(planned(tax(), Target(), None, base=None)) == [(Create, YOURS)]
    assert told(planned(tax(), Target(), tax(), base=tax())) == [(Create, DRIFT)]
    assert told(planned(tax(name="New"), Target(), tax(), base=tax(name="New"))) == [(Create, BOTH)]


def test_a_deletion_that_is_merged_waits_and_one_of_what_others_edited_is_both() -> None:
    assert told(planned(STONE, holding(tax()), tax(), base=STONE)) == [(Delete, MERGED)]
    assert told(planned(STONE, holding(tax()), STONE, tax(), base=STONE)) == [(Delete, MERGED)]
    assert told(planned(STONE, holding(tax()), tax(), base=tax())) == [(Delete, YOURS)]
    assert told(planned(STONE, holding(tax(), name="Theirs"), tax(), base=STONE)) == [(Delete, BOTH)]
    assert told(planned(STONE, holding(tax()), STONE, base=STONE)) == [(Delete, DRIFT)]


def test_a_process_waits_with_the_merge_that_wants_it() -> None:
    wished = with_lifecycle(tax(), previewable=True, certification_comments=("Ready.",))
    both = [(RequestPreview, MERGED), (AddComment, MERGED)]
    assert told(planned(wished, holding(tax()), tax(), base=wished)) == both
    assert [cause for _, cause in told(planned(wished, holding(tax()), tax(), base=tax()))] == [YOURS, YOURS]
    assert [cause for _, cause in told(planned(wished, holding(tax()), wished, base=wished))] == [DRIFT, DRIFT]


def test_an_apply_that_ended_between_the_content_and_the_publish_left_no_drift() -> None:
    before = with_lifecycle(tax(), publish=PublishTo.PRIVATE)
    after = with_lifecycle(tax(name="New"), publish=PublishTo.PRIVATE)
    assert told(planned(after, holding(after), after, before, base=after)) == [(Publish, MERGED)]
    assert told(planned(after, holding(after), after, base=after)) == [(Publish, DRIFT)]


def test_a_pending_merge_of_the_same_field_is_no_conflict() -> None:
    plan = planned(tax(name="Mine"), holding(tax()), tax(), base=tax(name="Merged"))
    assert told(plan) == [(SetValue, YOURS)]
    assert hold_conflicts(plan) == plan
    without = planned(tax(name="Mine"), holding(tax()), base=tax(name="Merged"))
    assert hold_conflicts(without).resources[0].verdict is Verdict.BLOCKED


def test_a_conflict_says_since_when() -> None:
    foreign = Parts({"url": "git@github.com:acme/tax.git", "tag": "v9"})
    merged = tax(repository={"url": "git@github.com:acme/tax.git", "tag": "v2"})
    plan = planned(merged, holding(tax(), repository=foreign), tax(), base=merged)
    assert told(plan) == [(SetParts, BOTH)]
    (finding,) = [p.finding for p in hold_conflicts(plan).resources[0].findings]
    assert finding.message.startswith("Since what was applied, repository changed both in the manifest and live.")
    (finding,) = [p.finding for p in hold_conflicts(replace(plan, unrecorded=("eu",))).resources[0].findings]
    assert finding.message.startswith("Since the base, repository changed")


def test_a_plan_names_what_waits_and_nothing_else() -> None:
    waiting = planned(tax(name="New"), holding(tax()), tax(), base=tax(name="New"))
    assert (waiting.recorded, waiting.pending) == (True, (PENDING,))
    yours = planned(tax(name="New"), holding(tax()), tax(), base=tax())
    assert (yours.recorded, yours.pending) == (True, ())


def alone(applied: AppliedWants) -> Plan:
    since = Since(base=None, manifests={}, applied=applied)
    return asyncio.run(build_plan([tax(name="New")], {"eu": holding(tax())}, since=since))


def test_with_records_alone_nothing_is_your_own_change() -> None:
    assert told(alone(AppliedWants(wants={IDENTITY: (tax(),)}, pending={}))) == [(SetValue, MERGED)]
    assert told(alone(AppliedWants(wants={IDENTITY: (tax(name="New"),)}, pending={}))) == [(SetValue, DRIFT)]


def test_without_a_usable_record_nothing_is_concluded() -> None:
    plan = alone(AppliedWants(wants={}, pending={}, unrecorded=("eu", "us")))
    assert (told(plan), plan.base, plan.unrecorded) == ([(SetValue, None)], None, ("eu",))


def test_with_a_base_and_no_usable_record_the_plan_is_that_of_the_base() -> None:
    for manifest, held in ((tax(name="New"), {"description": "Theirs"}), (tax(), {"name": "Theirs"})):
        since = Since(base=MAIN, manifests={IDENTITY: tax()})
        empty = replace(since, applied=AppliedWants(wants={}, pending={}, unrecorded=("eu",)))
        made = [asyncio.run(build_plan([manifest], {"eu": holding(tax(), **held)}, since=s)) for s in (since, empty)]
        assert made[0] == replace(made[1], recorded=False, unrecorded=())


def test_records_are_no_proof_of_protection() -> None:
    since = Since(base=None, manifests={}, applied=AppliedWants(wants={IDENTITY: (tax(),)}, pending={}))
    plan = asyncio.run(build_plan([STONE], {"eu": holding(tax())}, since=since))
    assert hold_unknown(plan, since) == plan
    based = replace(since, base=MAIN)
    assert hold_unknown(plan, based).resources[0].verdict is Verdict.BLOCKED


def touched(manifest: Manifest, target: Target, since: Since | None) -> bool | None:
    (resource,) = asyncio.run(build_plan([manifest], {"eu": target}, since=since)).resources
    return resource.touched


def test_a_resource_is_touched_if_its_manifest_is_new_or_differs_from_the_base() -> None:
    foreign = holding(tax(), name="Theirs")
    known = {IDENTITY: tax()}
    assert touched(tax(), foreign, Since(base=MAIN, manifests=known)) is False
    assert touched(tax(description="New"), foreign, Since(base=MAIN, manifests=known)) is True
    assert touched(tax(), foreign, Since(base=MAIN, manifests={})) is True


def test_it_is_not_known_without_a_readable_base_nor_kept_for_what_is_unchanged() -> None:
    foreign = holding(tax(), name="Theirs")
    assert touched(tax(), foreign, None) is None
    assert touched(tax(), foreign, Since(base=MAIN, manifests={}, unknown=frozenset({IDENTITY}))) is None
    assert touched(tax(), foreign, Since(base=None, manifests={})) is None
    assert touched(tax(), holding(tax()), Since(base=MAIN, manifests={IDENTITY: tax()})) is None


def test_a_plan_with_records_is_of_the_published_shape_and_is_read_back() -> None:
    plan = replace(planned(NEW, holding(tax()), tax(), base=NEW), unrecorded=("us",))
    document = json.loads(json.dumps(plan_to_json(plan)))
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(document)
    assert plan_from_json(document, file="plan.json") == plan
    without = plan_to_json(asyncio.run(build_plan([NEW], {"eu": holding(tax())})))
    assert not {"recorded", "pending", "unrecorded"} & without.keys()


NEW = tax(name="New")
WANTS = AppliedWants(wants={IDENTITY: (tax(),)}, pending={IDENTITY: PENDING})
MERGED_SINCE = Since(base=MAIN, manifests={IDENTITY: NEW}, applied=WANTS)


def recomputed(plan: Plan, since: Since) -> Plan:
    return recompute(plan, [NEW], {}, file="plan.json", since=since)


def test_a_plan_with_records_is_computed_again_with_the_present_ones() -> None:
    plan = planned(NEW, holding(tax()), tax(), base=NEW)
    assert recomputed(plan, MERGED_SINCE) == plan
    later = replace(MERGED_SINCE, applied=replace(WANTS, wants={IDENTITY: (NEW,)}))
    assert told(recomputed(plan, later)) == [(SetValue, DRIFT)]
    assert recomputed(plan, later).pending == ()


def test_without_records_it_is_outdated_and_not_forged() -> None:
    plan = planned(NEW, holding(tax()), tax(), base=NEW)
    with pytest.raises(PlanOutdated, match="made with records"):
        recomputed(plan, replace(MERGED_SINCE, applied=None))


def test_a_plan_without_records_does_not_get_causes_from_them() -> None:
    plan = planned(NEW, holding(tax()), base=NEW)
    assert told(recomputed(plan, MERGED_SINCE)) == [(SetValue, DRIFT)]


def test_a_cause_of_the_file_never_counts() -> None:
    plan = planned(NEW, holding(tax(), name="Theirs"), tax(), base=NEW)
    (resource,) = plan.resources
    lifted = replace(resource, actions=tuple(replace(p, cause=MERGED) for p in resource.actions))
    assert told(recomputed(replace(plan, resources=(lifted,)), MERGED_SINCE)) == [(SetValue, BOTH)]
    unmarked = replace(plan, recorded=False, pending=(), resources=(lifted,))
    with pytest.raises(InvalidInput, match="cause does not follow"):
        recomputed(unmarked, MERGED_SINCE)
