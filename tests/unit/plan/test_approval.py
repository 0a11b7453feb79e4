"""Which resources of a new plan are covered by approved ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest

from trueup.model.action import AddElement, AddMember, Create, Delete, Publish, RemoveElement, SetMembers, SetValue
from trueup.model.field import Risk
from trueup.model.identity import Platform, TargetAddress
from trueup.model.live import Live, Missing, Reading
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import Plan, PlanRules, ResourcePlan, Verdict
from trueup.model.position import Position
from trueup.model.run import Status
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, Members, Value
from trueup.plan.approval import (
    CREATED_AGAIN,
    GONE,
    MOVED,
    NEXT,
    NOT_MANAGED,
    NOT_PLANNED,
    OTHER_ACTIONS,
    OTHER_PLACE,
    OTHER_RULES,
    Approval,
    Cover,
    coverage,
    split,
)
from trueup.plan.resource import plan_resource
from trueup.plan.whole import with_resources
from unit.apply.fakes import CERTIFICATION, SPEC, Target, certification, connector
from unit.report.samples import plan as empty_plan

PUBLISH = LifecycleSpec(publish=PublishTo.PRIVATE)
TOMBSTONE = LifecycleSpec(state=State.ABSENT, reason="sold")
BRANDS = "brands"


def tax(lifecycle: LifecycleSpec | None = None, **spec: object) -> Manifest:
    return connector("acme-tax", {**SPEC, **spec}, lifecycle=lifecycle or LifecycleSpec())


def epd(**spec: object) -> Manifest:
    return certification("E1", {**CERTIFICATION, **spec})


def live(manifest: Manifest | None = None, *, lifecycle: Mapping[str, object] | None = None, **changed: Value) -> Live:
    """Return what is live as a manifest wants it, but for these fields."""
    manifest = manifest or tax()
    target = Target(versioned=manifest.locale is None)
    target.hold(manifest, **changed)
    if lifecycle:
        target.move(manifest.identity, **lifecycle)
    return target.live[manifest.identity]


def brands(**websites: str) -> Elements:
    return Elements({(name,): {"website": website} if website else {} for name, website in websites.items()})


OTHER_DRAFT = replace(live(tax(), name="Old"), remote_id="another-id")
OLD, OLDER = live(tax(), name="Old"), live(tax(), name="Older")
UNSEEN = replace(live(epd()), fields={**live(epd()).fields, "url": NOT_RETURNED})
BOTH = tax(name="New", description="Better")
ONE, TWO = tax(name="New"), tax(description="Better")
BRANDED = epd(brands=[{"name": "A", "website": "new"}])
RESET = epd(contacts=[{"externalId": "C", "name": "Mary", "email": "", "type": "VENDOR"}])
CONTACT = Elements({("C",): {"name": "Mary", "email": "old@acme.example", "type": "VENDOR"}})
COMMENTED = LifecycleSpec(publish=PublishTo.CERTIFIED, certification_comments=("Hello", "Hello"))
COMMENTED_ONCE = replace(COMMENTED, certification_comments=("Hello",))


@dataclass(frozen=True)
class Case:
    """A resource as it is planned now, and as it was planned in the approved plans."""

    now: tuple[Manifest, Reading]
    then: tuple[tuple[Manifest, Reading], ...]
    cover: Cover
    moved: tuple[str, ...] = ()
    message: str = field(default="", kw_only=True)


C, M, U = Cover.COVERED, Cover.MOVED, Cover.UNSHOWN

CASES: Mapping[str, Case] = {
    "the same plan": Case((tax(), OLD), ((tax(), OLD),), C),
    "a version that the platform raised": Case((tax(), replace(OLD, version=9)), ((tax(), OLD),), C),
    "a part was done in the meantime": Case((BOTH, live(ONE)), ((BOTH, live()),), C),
    "two merges that show a half each": Case((BOTH, live()), ((ONE, live()), (TWO, live())), C),
    "only one half of two": Case(
        (BOTH, live()), ((ONE, live()),), U, message=OTHER_ACTIONS.format(places="description")
    ),
    "another value": Case(
        (tax(name="New"), OLD), ((tax(name="Newer"), OLD),), U, message=OTHER_ACTIONS.format(places="name")
    ),
    "no approved plan has it": Case((tax(), OLD), (), U, message=NOT_PLANNED),
    "it was unchanged for another manifest": Case((ONE, live()), ((tax(), live()),), U),
    "the same field was edited": Case((tax(), OLDER), ((tax(), OLD),), M, ("name",)),
    "it was unchanged for the same manifest": Case((tax(), OLD), ((tax(), live()),), M, ("name",)),
    "another managed field was edited": Case((ONE, live(description="Theirs")), ((ONE, live()),), M, ("description",)),
    "an unmanaged field was edited": Case((ONE, live(creator__company="Theirs")), ((ONE, live()),), C),
    "edited, and asked for by another merge": Case(
        (BOTH, live(description="Theirs")), ((ONE, live()), (TWO, live())), M, ("description",)
    ),
    "edited and unchanged for an older manifest": Case(
        (ONE, live(name="Theirs")), ((tax(), live()), (ONE, live())), M, ("name",)
    ),
    "a set in another order": Case(
        (tax(supportedRegions=["a", "b"]), live(tax(), supportedRegions=Members(("c", "d")))),
        ((tax(supportedRegions=["b", "a"]), live(tax(), supportedRegions=Members(("d", "c")))),),
        C,
    ),
    "a member beside one that others added": Case(
        (tax(privateProjects=["p:1"]), live()), ((tax(privateProjects=["p:1"]), live()),), C
    ),
    "created as shown": Case((tax(), Missing()), ((tax(), Missing()),), C),
    "created with another value": Case((ONE, Missing()), ((tax(), Missing()),), U),
    "deleted since": Case((tax(), Missing()), ((tax(), OLD),), M, message=GONE),
    "created again since": Case(
        (tax(), OTHER_DRAFT),
        ((tax(), OLD),),
        M,
        message=CREATED_AGAIN.format(now="another-id", then="id-acme-tax"),
    ),
    "an older plan was for an earlier draft": Case((tax(), OTHER_DRAFT), ((tax(), OLD), (tax(), OTHER_DRAFT)), C),
    "others created it with another value": Case((tax(), OLD), ((tax(), Missing()),), M, ("name",)),
    "created by an apply that then failed": Case((tax(PUBLISH), live()), ((tax(PUBLISH), Missing()),), C),
    "created by an apply, and one field is not returned": Case((epd(), UNSEEN), ((epd(), Missing()),), C),
    "others created it with more, and it is published": Case(
        (tax(PUBLISH), live(creator__company="Theirs")), ((tax(PUBLISH), Missing()),), M, ("creator.company",)
    ),
    "an attribute of an element": Case(
        (BRANDED, live(epd(), brands=brands(A="old"))), ((BRANDED, live(epd(), brands=brands(A="old"))),), C
    ),
    "the same element was edited": Case(
        (BRANDED, live(epd(), brands=brands(A="theirs"))),
        ((BRANDED, live(epd(), brands=brands(A="old"))),),
        M,
        (BRANDS,),
    ),
    "another element was added by others": Case(
        (BRANDED, live(epd(), brands=brands(A="old", B="b"))),
        ((BRANDED, live(epd(), brands=brands(A="old"))),),
        M,
        (BRANDS,),
    ),
    "an element between its removal and its addition": Case(
        (RESET, live(epd())), ((RESET, live(epd(), contacts=CONTACT)),), C
    ),
    "a publish as shown": Case((tax(PUBLISH), OLD), ((tax(PUBLISH), OLD),), C),
    "a publish that was not shown": Case(
        (tax(PUBLISH), OLD), ((tax(), OLD),), U, message=OTHER_ACTIONS.format(places="lifecycle.publish")
    ),
    "a publish after the fields were sent": Case((tax(PUBLISH), live()), ((tax(PUBLISH), OLD),), C),
    "a publish of other unmanaged content": Case(
        (tax(PUBLISH), live(name="Old", creator__company="Theirs")), ((tax(PUBLISH), OLD),), M, ("creator.company",)
    ),
    "a publish, where one of two plans saw this content": Case(
        (tax(PUBLISH), live(name="Old", creator__company="Theirs")),
        ((tax(PUBLISH), OLD), (tax(PUBLISH), live(name="Old", creator__company="Theirs"))),
        C,
    ),
    "a publish of a higher risk": Case(
        (tax(PUBLISH), live(lifecycle={"status": "Published", "listed": True, "has_changes": True, "private": False})),
        ((tax(PUBLISH), live(lifecycle={"status": "Published", "has_changes": True})),),
        M,
        ("lifecycle.publish",),
    ),
    "a publish of a lower risk": Case(
        (tax(PUBLISH), live(lifecycle={"status": "Published", "has_changes": True})),
        ((tax(PUBLISH), live(lifecycle={"status": "Published", "has_changes": True, "private": False})),),
        C,
    ),
    "a comment as often as shown": Case((tax(COMMENTED), live()), ((tax(COMMENTED), live()),), C),
    "a comment more often than shown": Case((tax(COMMENTED), live()), ((tax(COMMENTED_ONCE), live()),), U),
    "a tombstone as shown": Case((tax(TOMBSTONE), live()), ((tax(TOMBSTONE), live()),), C),
    "a tombstone that was not shown": Case((tax(TOMBSTONE), OLD), ((tax(), OLD),), U),
    "a tombstone of what others edited": Case(
        (tax(TOMBSTONE), live(creator__company="Theirs")), ((tax(TOMBSTONE), live()),), M, ("creator.company",)
    ),
    "a tombstone of what others published": Case(
        (tax(TOMBSTONE), live(lifecycle={"status": "Published"})), ((tax(TOMBSTONE), live()),), M, ("lifecycle",)
    ),
    "a tombstone with another reason": Case(
        (tax(replace(TOMBSTONE, reason="lost")), live()), ((tax(TOMBSTONE), live()),), U
    ),
    "a tombstone of another draft": Case((tax(TOMBSTONE), OTHER_DRAFT), ((tax(TOMBSTONE), OLD),), M),
}


@pytest.mark.parametrize("name", CASES)
def test_a_resource_is_covered_only_from_the_state_that_was_shown(name: str) -> None:
    case = CASES[name]
    fresh, *shown = (plan_resource(manifest, reading) for manifest, reading in (case.now, *case.then))
    assert fresh.verdict in {Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE}
    found = coverage(fresh, shown)
    assert (found.cover, tuple(report.path for report in found.reports)) == (case.cover, case.moved)
    assert bool(found.message) is (found.cover is not C)
    assert not case.message or found.message == case.message


def test_a_moved_field_is_reported_as_planned_now_and_wanted() -> None:
    found = coverage(plan_resource(tax(), OLDER), [plan_resource(tax(), OLD)])
    (report,) = found.reports
    assert (report.planned, report.now, report.wanted) == (Known("Old"), Known("Older"), Known("Acme Tax"))
    assert found.message == MOVED


def test_content_that_a_publish_would_include_is_reported_as_not_managed() -> None:
    fresh = plan_resource(tax(PUBLISH), live(creator__company="Theirs"))
    (report,) = coverage(fresh, [plan_resource(tax(PUBLISH), live())]).reports
    assert (report.planned, report.now, report.note) == (ABSENT, Known("Theirs"), NOT_MANAGED)


@pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.DEFERRED])
def test_what_was_held_back_was_not_approved(verdict: Verdict) -> None:
    fresh = plan_resource(tax(), OLD)
    found = coverage(fresh, [replace(fresh, verdict=verdict)])
    assert (found.cover, found.message) == (
        U,
        f"The approved plan shows it as {verdict}, so its actions were not approved.",
    )


@pytest.mark.parametrize(
    "change",
    [lambda r: replace(r, locale="de"), lambda r: replace(r, rules=PlanRules(retry_rejected=True))],
)
def test_another_language_or_other_rules_are_not_what_was_shown(change: Callable[[ResourcePlan], ResourcePlan]) -> None:
    shown = plan_resource(tax(), OLD)
    found = coverage(change(shown), [shown])
    assert (found.cover, found.message) == (U, OTHER_RULES)


def test_a_field_that_is_not_returned_any_more_is_no_evidence_that_live_moved() -> None:
    fresh = plan_resource(epd(), UNSEEN)
    assert [step.before for step in fresh.actions] == [NOT_RETURNED]
    assert coverage(fresh, [plan_resource(epd(), live(epd()))]).cover is U


def test_an_action_that_an_earlier_run_made_unnecessary_was_not_shown() -> None:
    """A plan without the last applied value of a field that is not returned would send it; the approved one did not."""
    held = live(epd(), url="https://old.example")
    hidden = replace(held, fields={**held.fields, "certificateNumber": NOT_RETURNED})
    wanted = epd(certificateNumber="7")
    shown = plan_resource(wanted, hidden, remembered=(SetValue("certificateNumber", "7"),))
    fresh = plan_resource(wanted, hidden)
    assert [step.action for step in shown.actions] == [SetValue("url", CERTIFICATION["url"])]  # type: ignore[arg-type]
    assert coverage(fresh, [shown]).cover is U


def whole(*resources: ResourcePlan, address: str = "https://one.example") -> Plan:
    places = {"eu": TargetAddress(platform=Platform.CONNECT, address=address, auth_url=address, project_key="acme")}
    return with_resources(replace(empty_plan(), places=places), resources)


def psp(name: str = "Acme Tax") -> ResourcePlan:
    return plan_resource(connector("acme-psp", {**SPEC, "name": name}), Missing())


def test_a_plan_is_split_by_resource_and_what_is_left_has_outcomes() -> None:
    stale, unshown = plan_resource(tax(), OLDER), plan_resource(connector("acme-oms"), Missing())
    same = plan_resource(connector("acme-erp"), live(connector("acme-erp")))
    fresh = whole(same, unshown, psp(), stale)
    found = split(fresh, Approval(plans=(whole(psp(), plan_resource(tax(), OLD)),)))
    assert [r.identity.value for r in found.plan.resources] == ["acme-erp", "acme-psp"]
    assert found.plan.digest == whole(psp()).digest
    assert [(o.identity.value, o.status, o.message) for o in found.left] == [
        ("acme-oms", Status.UNAPPROVED, f"{NOT_PLANNED} {NEXT}"),
        ("acme-tax", Status.STALE, f"{MOVED} {NEXT}"),
    ]
    assert [o.left for o in found.left] == [
        tuple(step.action for step in unshown.actions),
        (SetValue("name", "Acme Tax"),),
    ]
    assert [report.path for o in found.left for report in o.fields] == ["name"]


def test_what_no_plan_shows_is_sent_if_asked_for_and_what_moved_never_is() -> None:
    fresh = whole(psp(), plan_resource(tax(), OLDER))
    found = split(fresh, Approval(plans=(whole(plan_resource(tax(), OLD)),), apply_unshown=True))
    assert [r.identity.value for r in found.plan.resources] == ["acme-psp"]
    assert [o.status for o in found.left] == [Status.STALE]


def test_without_any_plan_nothing_is_approved() -> None:
    found = split(whole(psp()), Approval(plans=()))
    assert (found.plan.resources, [o.status for o in found.left]) == ((), [Status.UNAPPROVED])


def test_a_plan_for_another_place_approves_nothing() -> None:
    shown = whole(psp(), address="https://two.example")
    found = split(whole(psp()), Approval(plans=(shown,)))
    then, now = shown.places["eu"], whole().places["eu"]
    assert [o.message for o in found.left] == [f"{OTHER_PLACE.format(target='eu', then=then, now=now)} {NEXT}"]
    assert split(whole(psp()), Approval(plans=(shown, whole(psp())))).left == ()
    both = split(whole(psp()), Approval(plans=(shown, whole(psp("Another name")))))
    assert [o.message for o in both.left] == [f"{OTHER_ACTIONS.format(places='the resource as a whole')} {NEXT}"]


def test_only_deletions_that_were_shown_count_as_approved() -> None:
    shown = plan_resource(tax(TOMBSTONE), live())
    erp = connector("acme-erp", lifecycle=TOMBSTONE)
    fresh = whole(plan_resource(erp, live(erp)), psp(), shown)
    found = split(fresh, Approval(plans=(whole(shown),), apply_unshown=True))
    assert (len(found.plan.resources), found.deletions) == (3, 1)


def test_a_moved_file_does_not_matter() -> None:
    moved = replace(psp(), position=Position("elsewhere.yaml", 99, 1))
    assert split(whole(moved), Approval(plans=(whole(psp()),))).left == ()


def test_the_cases_have_every_kind_of_action() -> None:
    fresh = [plan_resource(*case.now) for case in CASES.values()]
    found = {type(step.action) for planned in fresh for step in planned.actions}
    assert {AddElement, AddMember, Create, Delete, Publish, RemoveElement, SetMembers, SetValue} <= found
    assert {step.risk for planned in fresh for step in planned.actions} == set(Risk)
