"""Create resources, without ever creating one twice."""

from trueup.apply.context import ApplyOptions
from trueup.errors import Rejected
from trueup.model.action import AddElement, Create
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Missing
from trueup.model.plan import Verdict
from trueup.model.run import Ending, Status
from trueup.model.value import Known
from unit.apply.fakes import (
    CERTIFICATION,
    Target,
    certification,
    connector,
    lost_after,
    lost_before,
    refusing,
    scene,
    storing,
)

TAX = connector("acme-tax")
EPD = certification(
    "ACME-EPD-001", {**CERTIFICATION, "brands": [{"name": "ACME Inc."}], "channels": [{"name": "ORIGIN"}]}
)


def test_a_draft_is_searched_for_and_created_in_one_request() -> None:
    eu = Target()
    world = scene(eu)
    plan = world.plan(TAX)
    (outcome,) = world.apply(plan)
    assert (plan.resources[0].verdict, outcome.status) == (Verdict.CREATE, Status.APPLIED)
    assert (eu.reads, len(eu.writes), outcome.requests, plan.forecast.requests) == (1, 1, 2, 2)
    assert world.plan(TAX).resources[0].verdict is Verdict.UNCHANGED


def test_a_draft_that_another_writer_created_since_the_plan_is_not_created_again() -> None:
    eu = Target()
    world = scene(eu)
    plan = world.plan(TAX)
    eu.hold(TAX, description="Theirs")
    (outcome,) = world.apply(plan)
    assert (outcome.status, eu.writes) == (Status.STALE, [])


def test_what_creation_cannot_carry_follows_in_verified_stages() -> None:
    origin = Target(versioned=False)
    world = scene(origin)
    (outcome,) = world.apply(world.plan(EPD))
    assert outcome.status is Status.APPLIED
    assert [[type(a).__name__ for a in actions] for _, actions in origin.writes] == [
        ["Create"],
        ["AddElement"],
        ["AddElement"],
    ]
    assert origin.writes[-1][1] == (AddElement("channels", ("ORIGIN",), {}),)
    assert world.plan(EPD).resources[0].verdict is Verdict.UNCHANGED


def test_a_field_that_creation_drops_fails_with_its_name() -> None:
    eu = Target(faults=[storing(TAX, "description", None)])
    world = scene(eu)
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, [r.path for r in outcome.fields]) == (Status.FAILED, ["description"])
    assert TAX.identity in eu.live


def test_a_lost_creation_that_is_there_is_not_repeated() -> None:
    for manifest, target in ((TAX, Target(faults=[lost_after])), (EPD, Target(versioned=False, faults=[lost_after]))):
        world = scene(target)
        (outcome,) = world.apply(world.plan(manifest))
        assert outcome.status is Status.APPLIED
        assert sum(isinstance(actions[0], Create) for _, actions in target.writes) == 1


def test_a_lost_creation_is_sent_again_where_the_key_is_unique() -> None:
    eu = Target(faults=[lost_before])
    world = scene(eu)
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, len(eu.writes), eu.reads) == (Status.APPLIED, 2, 2)


def test_a_lost_creation_that_shows_as_a_duplicate_key_is_this_runs() -> None:
    eu = Target(faults=[lost_after], readings=[Missing(), Missing()])
    world = scene(eu)
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, len(eu.writes), len(outcome.done), outcome.left) == (Status.APPLIED, 2, 1, ())


def test_a_lost_creation_is_never_repeated_where_nothing_forbids_a_second() -> None:
    origin = Target(versioned=False, faults=[lost_before])
    world = scene(origin)
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, len(origin.writes), len(outcome.done)) == (Status.UNKNOWN, 1, 0)
    assert world.journal.endings[-1][1].ending is Ending.UNKNOWN
    assert world.clock.time > 10


def test_a_creation_that_shows_late_is_waited_for() -> None:
    origin = Target(versioned=False, faults=[lost_after], lag=3)
    world = scene(origin)
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, world.clock.slept[:3]) == (Status.APPLIED, [0.2, 0.4, 0.8])


def test_a_creation_that_never_shows_is_unknown() -> None:
    origin = Target(versioned=False, lag=99)
    world = scene(origin)
    (outcome,) = world.apply(world.plan(EPD), ApplyOptions(readback_seconds=2))
    assert (outcome.status, len(origin.writes)) == (Status.UNKNOWN, 1)


def test_a_different_resource_that_others_created_first_is_stale_and_survives() -> None:
    other = connector("acme-tax", {**TAX.spec, "name": "Theirs"})
    eu = Target()
    world = scene(eu)
    plan = world.plan(TAX)
    eu.hold(other)
    (outcome,) = world.apply(plan)
    assert (outcome.status, eu.of(TAX, "name")) == (Status.STALE, Known("Theirs"))
    assert [(r.path, r.now) for r in outcome.fields if r.path == "name"] == [("name", Known("Theirs"))]


def test_a_resource_that_others_created_with_fewer_fields_is_stale() -> None:
    """A creation was approved, and not completing the resource of another writer."""
    eu = Target()
    world = scene(eu)
    plan = world.plan(TAX)
    eu.hold(connector("acme-tax", {name: value for name, value in TAX.spec.items() if name != "description"}))
    (outcome,) = world.apply(plan)
    assert (outcome.status, len(outcome.left)) == (Status.STALE, 1)


def test_an_equal_resource_that_others_created_is_unchanged() -> None:
    eu = Target()
    world = scene(eu)
    plan = world.plan(TAX)
    eu.hold(TAX)
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done, outcome.left) == (Status.UNCHANGED, (), ())


def test_a_certification_that_appeared_since_the_plan_is_seen_before_creating() -> None:
    origin = Target(versioned=False)
    world = scene(origin)
    plan = world.plan(EPD)
    origin.hold(certification("ACME-EPD-001", {**CERTIFICATION, "url": "https://other.example"}))
    (outcome,) = world.apply(plan)
    assert (outcome.status, origin.writes) == (Status.STALE, [])


def test_a_rejected_creation_fails() -> None:
    eu = Target(faults=[refusing(Rejected("Repository not reachable.", code="GitRepositoryNotReachable"))])
    world = scene(eu)
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.details, len(outcome.left)) == (Status.FAILED, ("GitRepositoryNotReachable",), 1)


def test_nothing_is_created_under_an_origin_id() -> None:
    manifest = certification("0b1c")
    unknown = type(manifest)(
        identity=Identity("origin", Kind.CERTIFICATION, IdField.ORIGIN_ID, "0b1c"),
        spec=manifest.spec,
        lifecycle=manifest.lifecycle,
        labels={},
        positions=manifest.positions,
        locale="en",
    )
    origin = Target(versioned=False)
    world = scene(origin)
    (outcome,) = world.apply(world.plan(unknown))
    assert (outcome.status, origin.writes) == (Status.BLOCKED, [])


def test_fields_that_a_search_does_not_return_after_creation_do_not_stop_what_follows() -> None:
    origin = Target(versioned=False, hidden={"brands", "channels", "url"})
    world = scene(origin)
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, len(outcome.done), outcome.left) == (Status.APPLIED, 3, ())
    assert sorted({r.path for r in outcome.fields}) == ["brands", "channels", "url"]
