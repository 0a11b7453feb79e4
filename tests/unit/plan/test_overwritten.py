"""Decide what is known of elements that a later action may have overwritten, in fields that are not returned."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from trueup.model.action import Action, AddElement, FieldAction, Finding, RemoveElement
from trueup.model.manifest import Manifest
from trueup.model.plan import ResourcePlan, Verdict
from trueup.model.value import NOT_RETURNED
from trueup.plan.fallbacks import SentByRun, remember
from trueup.plan.resource import plan_resource
from unit.apply.fakes import CERTIFICATION, Target, certification

_COMPLIANCES = "voc.content.regulatoryStandardCompliances"
_DOCUMENTS = "additionalsDocuments"


def brand(name: str, website: str = "") -> AddElement:
    return AddElement("brands", (name,), {"website": website} if website else {})


def wanting(*brands: AddElement) -> Manifest:
    elements = [{"name": action.key[0], **action.attributes} for action in brands]
    return certification("E1", {**CERTIFICATION, "brands": elements})


def planned(manifest: Manifest, memory: Sequence[FieldAction], base: Manifest | None = None) -> ResourcePlan:
    """Plan a certification of which only the url, the standard and the reporting body are returned."""
    target = Target(versioned=False)
    target.hold(certification("E1"))
    live = target.live[manifest.identity]
    shown = {path: live.fields[path] if path in HELD else NOT_RETURNED for path in live.fields}
    return plan_resource(manifest, replace(live, fields=shown), remembered=tuple(memory), base=base)


HELD = frozenset({"url", "standard.code", "reportingBody"})


def actions(plan: ResourcePlan) -> list[Action]:
    return [step.action for step in plan.actions]


def findings(plan: ResourcePlan, code: str) -> list[Finding]:
    return [p.finding for p in plan.findings if p.finding.code == code]


def memory_of(*sent: FieldAction, lost: Sequence[FieldAction] = ()) -> tuple[FieldAction, ...]:
    """Return what is remembered after runs of one action each, of which those in ``lost`` had no answer."""
    runs = [
        SentByRun(
            identity=wanting().identity,
            remote_id="id-E1",
            sent=[action],
            done=[] if action in lost else [action],
            not_returned=frozenset({action.path}),
        )
        for action in sent
    ]
    return tuple(step for known in remember({}, runs).values() for step in known.actions)


@pytest.mark.parametrize(
    ("one", "other"), [("Acme", "ACME"), ("Acm\u00e9", "Acme\u0301"), ("acme.example/", "acme.example"), ("A", "A ")]
)
def test_of_two_elements_that_may_be_one_nothing_is_sent_again_and_the_plan_says_so(one: str, other: str) -> None:
    wanted = brand(one, "a.example"), brand(other, "b.example")
    plan = planned(wanting(*wanted), memory_of(*wanted))
    assert plan.verdict is Verdict.UNCHANGED
    (finding,) = findings(plan, "may-be-one")
    assert (finding.path, finding.level) == ("brands", "warning")


def test_of_two_elements_that_may_be_one_the_one_that_was_never_sent_is_sent() -> None:
    wanted = brand("acme", "a.example"), brand("ACME", "b.example")
    assert actions(planned(wanting(*wanted), memory_of(wanted[1]))) == [wanted[0]]


def test_elements_with_different_names_are_not_taken_for_one() -> None:
    wanted = brand("acme"), brand("acme ltd")
    plan = planned(wanting(*wanted), memory_of(*wanted))
    assert (plan.verdict, findings(plan, "may-be-one")) == (Verdict.UNCHANGED, [])


@pytest.mark.parametrize("later", [brand("ACME", "b.example"), RemoveElement("brands", ("ACME",))])
def test_an_element_is_sent_again_after_an_action_on_a_name_that_may_be_the_same(later: FieldAction) -> None:
    ours = brand("acme", "a.example")
    memory = memory_of(ours, later)
    assert actions(planned(wanting(ours), memory)) == [ours]
    assert planned(wanting(ours), memory_of(ours, later, ours)).verdict is Verdict.UNCHANGED


@pytest.mark.parametrize("later", [brand("ACME", "b.example"), RemoveElement("brands", ("ACME",))])
def test_an_action_without_an_answer_ends_what_is_known_of_an_element_that_may_be_the_same(later: FieldAction) -> None:
    assert memory_of(brand("acme"), brand("other"), later, lost=[later]) == (brand("other"),)


def test_an_attribute_that_may_have_been_overwritten_since_is_not_remembered() -> None:
    first, other, again = brand("acme", "a.example"), brand("ACME", "b.example"), brand("acme")
    assert memory_of(first, again) == (first,)
    assert memory_of(first, other, again) == (other, again)


def test_a_standard_of_which_another_product_was_sent_later_is_sent_again() -> None:
    primers, arts = AddElement(_COMPLIANCES, ("EPD", "Primers"), {}), AddElement(_COMPLIANCES, ("EPD", "Arts"), {})
    elements = [{"standard": {"code": "EPD"}, "productTypeCode": "Primers"}]
    manifest = certification("E1", {**CERTIFICATION, "voc": {"content": {"regulatoryStandardCompliances": elements}}})
    assert actions(planned(manifest, memory_of(primers, arts))) == [primers]


def test_the_address_of_a_copy_stays_known_after_an_action_on_an_address_that_may_be_the_same() -> None:
    kept = AddElement(_DOCUMENTS, ("https://acme.example/a",), {"originalUrl": "https://origin.build/copies/1/a"})
    later = AddElement(_DOCUMENTS, ("https://acme.example/a/",), {})
    assert memory_of(kept, later, lost=[later]) == (kept,)


def test_a_renamed_element_that_is_not_returned_is_removed_before_the_new_name_is_added() -> None:
    old, new, other = brand("acme"), brand("ACME"), brand("other")
    plan = planned(wanting(new), memory_of(old, other), base=wanting(old, other))
    assert [(step.action, step.stage) for step in plan.actions] == [
        (RemoveElement("brands", ("acme",)), 0),
        (new, 1),
        (RemoveElement("brands", ("other",)), 1),
    ]
    (finding,) = findings(plan, "may-be-same")
    assert "acme in brands is removed before ACME is added" in finding.message


def test_of_two_elements_of_the_base_that_may_be_one_none_is_removed() -> None:
    both = brand("acme"), brand("ACME")
    plan = planned(wanting(both[1]), memory_of(*both), base=wanting(*both))
    assert plan.verdict is Verdict.UNCHANGED
