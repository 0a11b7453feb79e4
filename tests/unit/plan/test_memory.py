"""Remember what was sent to fields that the platform does not return."""

from dataclasses import replace

from trueup.model.action import AddElement, Create, Delete, RemoveElement, SetMembers, SetParts, SetValue
from trueup.model.live import Live
from trueup.model.plan import Verdict
from trueup.model.value import NOT_RETURNED, Desired, Elements, Members, Parts
from trueup.plan.memory import remember
from trueup.plan.resource import plan_resource, replan
from unit.apply.fakes import CERTIFICATION, Target, certification

EPD = certification("E1", {**CERTIFICATION, "certificateNumber": "N-1", "brands": [{"name": "A"}, {"name": "B"}]})
ID = EPD.identity
NUMBER, ONE, OTHER = (
    SetValue("certificateNumber", "N-1"),
    AddElement("brands", ("A",), {}),
    AddElement("brands", ("B",), {}),
)


def untold() -> Live:
    target = Target(versioned=False)
    target.hold(EPD)
    live = target.live[ID]
    return replace(live, fields={**live.fields, "certificateNumber": NOT_RETURNED, "brands": NOT_RETURNED})


def test_without_memory_it_is_sent_blindly() -> None:
    assert [p.action for p in plan_resource(EPD, untold()).actions] == [NUMBER, ONE, OTHER]


def test_what_was_sent_is_not_sent_again_and_still_told_about() -> None:
    planned = plan_resource(EPD, untold(), remembered=(NUMBER, ONE, OTHER))
    assert planned.verdict is Verdict.UNCHANGED
    assert [p.finding.code for p in planned.findings] == ["not-returned", "not-returned"]


def test_only_what_was_sent_last_is_left_out() -> None:
    planned = plan_resource(EPD, untold(), remembered=(SetValue("certificateNumber", "N-0"), ONE))
    assert [p.action for p in planned.actions] == [NUMBER, OTHER]
    assert planned.verdict is Verdict.UPDATE


def test_planning_again_remembers_the_same() -> None:
    planned = plan_resource(EPD, untold(), remembered=(ONE,))
    assert [p.action for p in replan(planned, untold()).actions] == [NUMBER, OTHER]


def test_what_the_platform_does_return_is_judged_by_what_it_returns() -> None:
    target = Target(versioned=False)
    target.hold(EPD, certificateNumber="THEIRS")
    planned = plan_resource(EPD, target.live[ID], remembered=(NUMBER, ONE, OTHER))
    assert [p.action for p in planned.actions] == [NUMBER]


def test_memory_never_removes_anything() -> None:
    without = certification("E1", {**CERTIFICATION, "brands": []})
    assert plan_resource(without, untold(), remembered=(ONE, OTHER)).actions == ()


def test_the_last_action_on_a_thing_is_the_one_remembered() -> None:
    memory = remember(
        [
            (ID, [SetValue("url", "a"), ONE, OTHER]),
            (ID, [SetValue("url", "b"), RemoveElement("brands", ("A",))]),
        ]
    )
    assert memory == {ID: (SetValue("url", "b"), RemoveElement("brands", ("A",)), OTHER)}


def test_a_creation_and_a_deletion_forget_what_was_before() -> None:
    fields: Desired = {"url": "b", "brands": Elements({("A",): {}}), "x": Members(("m",)), "y": Parts({"name": "n"})}
    assert remember([(ID, [NUMBER]), (ID, [Create(fields)])]) == {
        ID: (SetValue("url", "b"), ONE, SetMembers("x", ("m",)), SetParts("y", {"name": "n"}))
    }
    assert remember([(ID, [NUMBER]), (ID, [Delete("Gone.")])]) == {}
