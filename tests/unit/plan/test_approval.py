from dataclasses import replace

from trueup.model.action import Publish, SetMembers, SetValue
from trueup.model.plan import Verdict
from trueup.model.position import Position
from trueup.model.value import Known
from trueup.plan.approval import departures
from unit.report.samples import connector, plan, planned, resource, scalar

TAX = connector("tax")
NAME, TEXT = scalar("name", "a", "b"), scalar("description", "a", "b")
APPROVED = plan(resource(TAX, Verdict.UPDATE, NAME, TEXT))


def test_the_same_plan_is_within_the_approved_one_wherever_its_files_are() -> None:
    moved = replace(APPROVED.resources[0], position=Position("elsewhere.yaml", 99, 1))
    assert departures(APPROVED, APPROVED) == ()
    assert departures(plan(moved), APPROVED) == ()


def test_what_was_done_in_the_meantime_may_be_missing() -> None:
    assert departures(plan(resource(TAX, Verdict.UPDATE, TEXT)), APPROVED) == ()
    assert departures(plan(resource(TAX, Verdict.UNCHANGED)), APPROVED) == ()
    assert departures(plan(), APPROVED) == ()


def test_another_value_or_another_resource_is_a_departure() -> None:
    other = planned(SetValue("name", "c"), "a", "c")
    assert departures(plan(resource(TAX, Verdict.UPDATE, other)), APPROVED) == (TAX,)
    more = plan(*APPROVED.resources, resource(connector("psp"), Verdict.UPDATE, NAME))
    assert departures(more, APPROVED) == (connector("psp"),)


def test_an_action_more_often_or_in_another_order_than_approved_is_a_departure() -> None:
    assert departures(plan(resource(TAX, Verdict.UPDATE, NAME, NAME)), APPROVED) == (TAX,)
    assert departures(plan(resource(TAX, Verdict.UPDATE, TEXT, NAME)), APPROVED) == (TAX,)


def test_what_was_held_back_was_not_approved() -> None:
    held = plan(resource(TAX, Verdict.BLOCKED, NAME, TEXT))
    assert departures(APPROVED, held) == (TAX,)
    assert departures(held, plan()) == ()


def test_a_reordered_set_is_the_same() -> None:
    one, other = (planned(SetMembers("supportedRegions", members)) for members in (("a", "b"), ("b", "a")))
    assert departures(plan(resource(TAX, Verdict.UPDATE, one)), plan(resource(TAX, Verdict.UPDATE, other))) == ()


def test_a_publish_of_what_others_have_put_beside_it_since_is_a_departure() -> None:
    publish = planned(Publish(certification=False), "Draft", "Published")
    shown = replace(resource(TAX, Verdict.UPDATE, NAME, publish), content={"description": Known("a")})
    fresh = replace(shown, content={"description": Known("theirs")})
    assert departures(plan(fresh), plan(shown)) == (TAX,)
    assert departures(plan(shown), plan(shown)) == ()
    fields = replace(fresh, actions=(NAME,))
    assert departures(plan(fields), plan(shown)) == ()


def test_another_locale_is_a_departure() -> None:
    german = replace(APPROVED.resources[0], locale="de")
    assert departures(plan(german), APPROVED) == (TAX,)
