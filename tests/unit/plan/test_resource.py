"""Plan one resource from one reading."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from trueup.errors import Unavailable
from trueup.model.action import AddElement, AddMember, Create, FieldAction, Level, RemoveElement, SetValue
from trueup.model.live import Live, Missing, Unreadable
from trueup.model.manifest import Manifest
from trueup.model.plan import DigestIs, MustNotExist, Verdict, VersionIs
from trueup.model.value import NOT_RETURNED, Elements, Known, Members, Value
from trueup.plan.resource import plan_resource, replan
from unit.apply.fakes import CERTIFICATION, DRAFT, SPEC, Target, certification, connector

TAX = connector("acme-tax")
COMPLIANCES = "voc.content.regulatoryStandardCompliances"
LIMIT = "voc.content.densityLimitGL"


def live(manifest: Manifest, **changed: Value) -> Live:
    target = Target(versioned=manifest.locale is None)
    target.hold(manifest, **changed)
    return target.live[manifest.identity]


def test_what_is_as_wanted_is_unchanged_and_keeps_nothing() -> None:
    planned = plan_resource(TAX, live(TAX))
    assert (planned.verdict, planned.actions, planned.desired, planned.observed) == (Verdict.UNCHANGED, (), {}, {})


def test_a_difference_is_an_update_under_the_version_that_was_read() -> None:
    planned = plan_resource(TAX, live(TAX, name="Old"))
    assert (planned.verdict, planned.precondition) == (Verdict.UPDATE, VersionIs("id-acme-tax", 1))
    (action,) = planned.actions
    assert (action.action, action.before, action.after) == (
        SetValue("name", "Acme Tax"),
        Known("Old"),
        Known("Acme Tax"),
    )
    assert planned.observed["name"] == Known("Old")
    assert planned.desired["name"] == "Acme Tax"


def test_without_a_version_the_precondition_is_what_was_seen_of_managed_fields() -> None:
    epd = certification("E1")
    before = plan_resource(epd, live(epd, url="https://old.example")).precondition
    managed_moved = plan_resource(epd, live(epd, url="https://older.example")).precondition
    other_moved = plan_resource(epd, live(epd, url="https://old.example", certificateNumber="X")).precondition
    assert isinstance(before, DigestIs)
    assert before != managed_moved
    assert before == other_moved


def test_what_does_not_exist_is_created() -> None:
    planned = plan_resource(TAX, Missing())
    assert (planned.verdict, planned.precondition) == (Verdict.CREATE, MustNotExist())
    (create,) = planned.actions
    assert isinstance(create.action, Create)
    assert create.position == planned.position


def test_what_creation_cannot_carry_follows_it() -> None:
    epd = certification("E1", {**CERTIFICATION, "brands": [{"name": "A"}], "channels": [{"name": "ORIGIN"}]})
    planned = plan_resource(epd, Missing())
    assert [(type(p.action), p.stage) for p in planned.actions] == [(Create, 0), (AddElement, 1), (AddElement, 2)]


def test_a_creation_that_lacks_what_the_platform_needs_is_blocked() -> None:
    planned = plan_resource(connector("acme-tax", {"name": "Acme Tax"}), Missing())
    assert planned.verdict is Verdict.BLOCKED
    assert planned.actions


def test_what_cannot_be_cleared_is_blocked_with_its_place() -> None:
    manifest = connector("acme-tax", {**SPEC, "description": ""})
    planned = plan_resource(manifest, live(TAX))
    assert planned.verdict is Verdict.BLOCKED
    (finding,) = planned.findings
    assert (finding.finding.level, finding.finding.path) == (Level.BLOCKED, "description")
    assert finding.position == manifest.positions.at(("spec", "description"))


def test_what_could_not_be_read_concludes_nothing() -> None:
    planned = plan_resource(TAX, Unreadable(Unavailable("No answer.")))
    assert (planned.verdict, planned.error, planned.actions) == (Verdict.UNREADABLE, "No answer.", ())


@pytest.mark.parametrize(
    ("status", "previewable"),
    [("Processing", "none"), ("InCertification", "true"), ("ReadyForCertification", "none"), ("Draft", "pending")],
)
def test_changes_to_a_busy_draft_are_deferred(status: str, previewable: str) -> None:
    busy = replace(DRAFT, status=status, previewable=previewable)
    planned = plan_resource(TAX, replace(live(TAX, name="Old"), lifecycle=busy))
    assert planned.verdict is Verdict.DEFERRED
    assert len(planned.actions) == 1


def test_a_busy_draft_without_changes_is_unchanged() -> None:
    planned = plan_resource(TAX, replace(live(TAX), lifecycle=replace(DRAFT, status="Processing")))
    assert planned.verdict is Verdict.UNCHANGED


def test_each_action_points_at_the_line_that_asked_for_it() -> None:
    manifest = connector("acme-tax", {**SPEC, "privateProjects": ["europe-west1.gcp:one", "europe-west1.gcp:two"]})
    planned = plan_resource(
        manifest, live(manifest, creator__email="old@acme.example", privateProjects=Members(("europe-west1.gcp:one",)))
    )
    places = {type(p.action): p.position for p in planned.actions}
    assert places[SetValue] == manifest.positions.at(("spec", "creator", "email"))
    assert places[AddMember] == manifest.positions.at(("spec", "privateProjects", 1))


def test_an_element_points_at_its_own_place_in_the_list() -> None:
    codes = [{"standard": {"code": c}} for c in ("A", "B", "C")]
    epd = certification("E1", {**CERTIFICATION, "voc": {"content": {"testMethods": codes}}})
    planned = plan_resource(epd, live(epd, voc__content__testMethods=Elements({("A",): {}, ("B",): {}, ("X",): {}})))
    assert [p.position for p in planned.actions] == [
        epd.positions.at(("spec", "voc", "content", "testMethods", 2)),
        epd.positions.at(("spec", "voc", "content", "testMethods")),
    ]


def test_planning_again_from_the_plan_equals_planning_again_from_the_manifest() -> None:
    epd = certification("E1", {**CERTIFICATION, "brands": [{"name": "A", "website": "a.example"}]})
    before = plan_resource(
        epd, live(epd, url="https://old.example", brands=Elements({("A",): {"website": "b.example"}}))
    )
    later = live(epd, url="https://old.example")
    assert replan(before, later) == plan_resource(epd, later)


def test_planning_again_keeps_the_actions_places() -> None:
    planned = plan_resource(TAX, live(TAX, name="Old"))
    again = replan(planned, live(TAX, name="Older"))
    assert again.actions[0].position == planned.actions[0].position != planned.position


def limited(code: str, limit: str | None = "2") -> Manifest:
    """A manifest with one compliance, and a density limit that always needs it."""
    content: dict[str, object] = {
        "regulatoryStandardCompliances": [{"standard": {"code": "CARB"}, "productTypeCode": code}]
    }
    if limit is not None:
        content["densityLimitGL"] = limit
    return certification("E1", {**CERTIFICATION, "voc": {"content": content}})


def test_a_state_between_two_requests_that_the_platform_refuses_is_blocked_beforehand() -> None:
    """Replacing the only compliance removes it for a moment."""
    planned = plan_resource(limited("Sealers"), live(limited("Primers")))
    assert planned.actions[0].action == RemoveElement(COMPLIANCES, ("CARB", "Primers"))
    assert planned.verdict is Verdict.BLOCKED
    assert "two steps" in planned.findings[0].finding.message


@pytest.mark.parametrize(
    ("limit", "remembered", "verdict"),
    [
        ("2", (), Verdict.BLOCKED),
        ("2", (SetValue(LIMIT, "2"),), Verdict.BLOCKED),
        (None, (), Verdict.UPDATE),
    ],
    ids=["managed", "sent before", "not managed"],
)
def test_a_limit_that_is_not_returned_counts_as_set_between_two_requests_where_it_is_managed(
    limit: str | None, remembered: tuple[FieldAction, ...], verdict: Verdict
) -> None:
    seen = live(limited("Primers"))
    unseen = replace(seen, fields={**seen.fields, LIMIT: NOT_RETURNED})
    planned = plan_resource(limited("Sealers", limit), unseen, remembered=remembered)
    found = [p.finding for p in planned.findings if p.finding.code == "compliance-required"]
    assert planned.actions[0].action == RemoveElement(COMPLIANCES, ("CARB", "Primers"))
    assert (planned.verdict, len(found)) == (verdict, 1)
    assert "two steps" in found[0].message


def test_a_state_between_two_requests_that_keeps_the_rules_has_no_finding() -> None:
    codes: list[dict[str, object]] = [
        {"standard": {"code": code}, "productTypeCode": "Primers"} for code in ("CARB", "AgBB")
    ]
    wanted: list[dict[str, object]] = [codes[0], {"standard": {"code": "AgBB"}, "productTypeCode": "Sealers"}]

    def voc(compliances: list[dict[str, object]]) -> dict[str, object]:
        content = {"densityLimitGL": "2", "regulatoryStandardCompliances": compliances}
        return {**CERTIFICATION, "voc": {"content": content}}

    planned = plan_resource(certification("E1", voc(wanted)), live(certification("E1", voc(codes))))
    assert (planned.verdict, {p.stage for p in planned.actions}) == (Verdict.UPDATE, {0, 1})


class Moving(Mapping[str, Value]):
    """A field that wants another value at each call: no plan can lead there."""

    def __init__(self) -> None:
        self.asked = 0

    def __getitem__(self, path: str) -> Value:
        self.asked += 1
        return f"Name {self.asked}"

    def __iter__(self) -> Iterator[str]:
        return iter(("name",))

    def __len__(self) -> int:
        return 1


def test_a_plan_that_does_not_lead_to_what_is_wanted_is_blocked() -> None:
    planned = plan_resource(TAX, live(TAX, name="Old"))
    again = replan(replace(planned, desired=Moving()), live(TAX, name="Old"))
    assert again.verdict is Verdict.BLOCKED
    assert [p.finding.code for p in again.findings] == ["fixed-point"]
