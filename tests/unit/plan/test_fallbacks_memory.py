"""Remember what was sent to fields that the platform does not return."""

from dataclasses import replace

import pytest

from trueup.model.action import (
    Action,
    AddElement,
    Create,
    Delete,
    FieldAction,
    RemoveElement,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.live import Live, Missing
from trueup.model.plan import Verdict
from trueup.model.value import NOT_RETURNED, Desired, Elements, Members, Parts
from trueup.plan.fallbacks import LastApplied, SentByRun, is_remembered, remember
from trueup.plan.resource import plan_resource, replan
from unit.apply.fakes import CERTIFICATION, Target, certification

EPD = certification("E1", {**CERTIFICATION, "certificateNumber": "N-1", "brands": [{"name": "A"}, {"name": "B"}]})
ID = EPD.identity
NUMBER, ONE, OTHER = (
    SetValue("certificateNumber", "N-1"),
    AddElement("brands", ("A",), {}),
    AddElement("brands", ("B",), {}),
)


def not_returned_live() -> Live:
    target = Target(versioned=False)
    target.hold(EPD)
    live = target.live[ID]
    return replace(live, fields={**live.fields, "certificateNumber": NOT_RETURNED, "brands": NOT_RETURNED})


def test_without_memory_a_field_that_is_not_returned_is_sent() -> None:
    assert [p.action for p in plan_resource(EPD, not_returned_live()).actions] == [NUMBER, ONE, OTHER]


def test_a_remembered_action_is_not_sent_again_but_reported() -> None:
    planned = plan_resource(EPD, not_returned_live(), remembered=(NUMBER, ONE, OTHER))
    assert planned.verdict is Verdict.UNCHANGED
    assert [p.finding.code for p in planned.findings] == ["remembered", "remembered"]


def test_only_what_was_sent_last_is_left_out() -> None:
    planned = plan_resource(EPD, not_returned_live(), remembered=(SetValue("certificateNumber", "N-0"), ONE))
    assert [p.action for p in planned.actions] == [NUMBER, OTHER]
    assert planned.verdict is Verdict.UPDATE


def test_planning_again_remembers_the_same() -> None:
    planned = plan_resource(EPD, not_returned_live(), remembered=(ONE,))
    assert [p.action for p in replan(planned, not_returned_live()).actions] == [NUMBER, OTHER]


def test_what_the_platform_does_return_is_judged_by_what_it_returns() -> None:
    target = Target(versioned=False)
    target.hold(EPD, certificateNumber="THEIRS")
    planned = plan_resource(EPD, target.live[ID], remembered=(NUMBER, ONE, OTHER))
    assert [p.action for p in planned.actions] == [NUMBER]


def test_memory_never_removes_anything() -> None:
    without = certification("E1", {**CERTIFICATION, "brands": []})
    assert plan_resource(without, not_returned_live(), remembered=(ONE, OTHER)).actions == ()


def one_run(
    *actions: Action, remote_id: str = "id-E1", done: tuple[Action, ...] | None = None, not_returned: str = ""
) -> SentByRun:
    paths = (
        frozenset(not_returned.split()) if not_returned else frozenset({"url", "certificateNumber", "brands", "x", "y"})
    )
    return SentByRun(
        identity=ID,
        remote_id=remote_id,
        sent=actions,
        done=actions if done is None else done,
        not_returned=frozenset(paths),
    )


def test_the_last_action_on_a_thing_is_the_one_remembered() -> None:
    removed = RemoveElement("brands", ("A",))
    memory = remember({}, [one_run(SetValue("url", "a"), ONE, OTHER), one_run(SetValue("url", "b"), removed)])
    assert memory == {ID: LastApplied("id-E1", (OTHER, SetValue("url", "b"), removed))}


@pytest.mark.parametrize("done", [(), (OTHER,)])
def test_a_later_write_that_did_not_end_verified_leaves_nothing_in_memory(done: tuple[FieldAction, ...]) -> None:
    lost = one_run(SetValue("certificateNumber", "N-2"), OTHER, done=done)
    memory = remember({}, [one_run(NUMBER, ONE, OTHER), lost])
    assert memory == {ID: LastApplied("id-E1", (ONE, *done))}
    assert remember(memory, [one_run(NUMBER)]) == {ID: LastApplied("id-E1", (ONE, *done, NUMBER))}


def test_what_the_platform_returned_is_not_remembered() -> None:
    memory = remember({}, [one_run(NUMBER, ONE, not_returned="brands")])
    assert memory == {ID: LastApplied("id-E1", (ONE,))}
    assert remember(memory, [one_run(ONE, not_returned="url")]) == {}


def test_an_element_is_remembered_with_the_attributes_of_all_writes() -> None:
    first, second = AddElement("brands", ("A",), {"website": "a", "x": "1"}), AddElement("brands", ("A",), {"x": "2"})
    (whole,) = remember({}, [one_run(first), one_run(second)])[ID].actions
    assert whole == AddElement("brands", ("A",), {"website": "a", "x": "2"})
    assert is_remembered(second, [whole])
    assert not is_remembered(first, [whole])


def test_what_is_sent_to_an_element_under_the_platforms_own_key_is_sent_to_the_one_remembered() -> None:
    path, sent, shown = "additionalsDocuments", "https://acme.example/a", "https://origin.build/copies/1/a"
    kept = AddElement(path, (sent,), {"originalUrl": shown})
    removed = RemoveElement(path, (shown,))
    memory = remember({}, [replace(one_run(AddElement(path, (sent,), {})), kept=(kept,))])
    assert memory == {ID: LastApplied("id-E1", (kept,))}
    assert remember(memory, [one_run(removed, not_returned=path)]) == {ID: LastApplied("id-E1", (removed,))}
    assert remember(memory, [one_run(removed, done=())]) == {}


@pytest.mark.parametrize(("website", "codes"), [("w", ["remembered"]), ("", ["not-returned"])])
def test_an_attribute_that_is_to_be_empty_was_neither_sent_nor_seen(website: str, codes: list[str]) -> None:
    manifest = certification("E1", {**CERTIFICATION, "brands": [{"name": "A", "website": website}]})
    known = (AddElement("brands", ("A",), {"website": "w"} if website else {}),)
    planned = plan_resource(manifest, not_returned_live(), remembered=known)
    assert [p.finding.code for p in planned.findings if p.finding.path == "brands"] == codes


def test_a_creation_and_a_deletion_forget_what_was_before() -> None:
    fields: Desired = {"url": "b", "brands": Elements({("A",): {}}), "x": Members(("m",)), "y": Parts({"name": "n"})}
    carried = (SetValue("url", "b"), ONE, SetMembers("x", ("m",)), SetParts("y", {"name": "n"}))
    assert remember({}, [one_run(NUMBER), one_run(Create(fields), remote_id="id-2")]) == {
        ID: LastApplied("id-2", carried)
    }
    assert remember({}, [one_run(NUMBER), one_run(Delete("Gone."))]) == {}


def test_what_was_sent_to_another_resource_of_the_same_name_is_forgotten() -> None:
    memory = remember({}, [one_run(NUMBER), one_run(ONE, remote_id="id-new")])
    assert memory == {ID: LastApplied("id-new", (ONE,))}
    assert memory[ID].of(replace(not_returned_live(), remote_id="id-new")) == (ONE,)
    assert memory[ID].of(not_returned_live()) == ()
    assert memory[ID].of(Missing()) == ()


def test_what_was_sent_to_a_resource_whose_id_was_never_seen_counts_for_none() -> None:
    memory = remember({}, [one_run(Create({"url": "b"}), remote_id="")])
    assert memory[ID].of(not_returned_live()) == ()


def test_planning_again_for_another_resource_of_the_same_name_remembers_nothing() -> None:
    planned = plan_resource(EPD, not_returned_live(), remembered=(ONE,))
    another = replace(not_returned_live(), remote_id="id-new")
    assert [p.action for p in replan(planned, another).actions] == [NUMBER, ONE, OTHER]
