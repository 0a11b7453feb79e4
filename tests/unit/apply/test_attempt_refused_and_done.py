"""A platform may apply a write that it refuses: the refusal alone does not prove that nothing was changed."""

from collections.abc import Callable

import pytest

from trueup.apply.context import ApplyOptions, Finished, Sending
from trueup.errors import Conflict, NotFound, OutcomeUnknown, Rejected, Unavailable
from trueup.model.action import AddComment, Create, Publish, RequestPreview, SetValue, Unlist
from trueup.model.live import Live, Unreadable
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo
from trueup.model.run import Ending, Status
from trueup.model.value import Elements
from unit.apply.fakes import CERTIFICATION, Fault, Scene, Target, certification, connector, refusing, scene

TAX, EPD = connector("acme-tax"), certification("ACME-EPD-001", {**CERTIFICATION, "certificateNumber": "N-1"})
REFUSALS = [
    Rejected("No.", status=400, code="X"),
    NotFound("Not there.", status=404, code="ResourceNotFound"),
    Conflict("Moved.", status=409, code="ConcurrentModification"),
]


def carrying_out(error: Exception) -> Fault:
    def fault(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        raise error

    return fault


def endings(world: Scene) -> list[Ending]:
    return [ended.ending for _, ended in world.journal.endings]


@pytest.mark.parametrize("lag", [0, 1])
@pytest.mark.parametrize("error", REFUSALS, ids=str)
def test_a_refused_update_that_shows_is_done_and_recorded_as_unknown(error: Exception, lag: int) -> None:
    for manifest, path in ((TAX, "name"), (EPD, "certificateNumber")):
        target = Target(versioned=manifest is TAX)
        target.hold(manifest, **{path: "Old"})
        target.faults = [carrying_out(error)]
        world = scene(target)
        plan = world.plan(manifest)
        target.lag = 0 if target.versioned else lag
        (outcome,) = world.apply(plan)
        assert outcome.status in {Status.APPLIED, Status.UNCHANGED}
        assert (len(target.writes), outcome.left, endings(world)[-1]) == (1, (), Ending.UNKNOWN)


def test_what_is_left_after_an_update_that_was_refused_and_shows_is_sent() -> None:
    published = certification("ACME-EPD-001", {**CERTIFICATION, "channels": [{"name": "ORIGIN"}]})
    target = Target(versioned=False)
    target.hold(published, url="https://old.example", channels=Elements({}))
    target.faults = [carrying_out(REFUSALS[0])]
    world = scene(target)
    (outcome,) = world.apply(world.plan(published))
    assert (outcome.status, outcome.left, len(target.writes)) == (Status.APPLIED, (), 2)


def test_a_part_that_shows_is_counted_and_the_resource_fails() -> None:
    target = Target()
    target.hold(TAX, name="Old", description="Old")

    def fault(platform: Target, commit: Callable[[], Live | None]) -> Live | None:
        platform.edit(TAX, "name", "Acme Tax")
        raise REFUSALS[0]

    target.faults = [fault]
    world = scene(target)
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.message) == (Status.FAILED, "No.")
    assert (outcome.done, outcome.left) == ((SetValue("name", "Acme Tax"),), (SetValue("description", "Taxes"),))


def test_other_resources_continue_during_the_wait_for_a_search() -> None:
    manifests = [certification(f"ACME-{n:03}") for n in range(40)]
    target = Target(versioned=False)
    for manifest in manifests:
        target.hold(manifest, url="https://old.example")
    target.faults = [refusing(REFUSALS[0])] * len(manifests)
    world = scene(target)
    outcomes = world.apply(world.plan(*manifests), ApplyOptions(concurrency=1))
    assert {outcome.status for outcome in outcomes} == {Status.FAILED}
    # The clock of the tests adds up what is waited for side by side: all had sent before the first wait was over.
    first_wait_over = next(n for n, event in enumerate(world.events) if isinstance(event, Finished))
    assert sum(isinstance(event, Sending) for event in world.events[:first_wait_over]) > 1


@pytest.mark.parametrize("error", REFUSALS, ids=str)
def test_a_refused_update_that_does_not_show_fails(error: Exception) -> None:
    target = Target()
    target.hold(TAX, name="Old")
    target.faults = [refusing(error)] * 9
    world = scene(target)
    world.apply(world.plan(TAX))
    last = dict(world.journal.endings)
    assert {ended.ending for ended in last.values()} == {Ending.FAILED}


@pytest.mark.parametrize("error", REFUSALS[:2], ids=str)
def test_a_refusal_is_on_record_as_unknown_until_a_reading_shows_the_state_before_it(error: Exception) -> None:
    target = Target(versioned=False)
    target.hold(EPD, certificateNumber="Old")
    target.faults = [refusing(error)]
    world = scene(target)
    before: list[list[Ending]] = []
    target.on_read = lambda _: before.append(endings(world))
    world.apply(world.plan(EPD))
    assert before[-1] == [Ending.UNKNOWN]
    assert endings(world) == [Ending.UNKNOWN, Ending.FAILED]


def test_a_refusal_stays_unknown_where_others_have_changed_the_same_field_since() -> None:
    target = Target()
    target.hold(TAX, name="Old")

    def fault(platform: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        platform.edit(TAX, "name", "Others")
        raise REFUSALS[0]

    target.faults = [fault]
    world = scene(target)
    world.apply(world.plan(TAX))
    assert endings(world) == [Ending.UNKNOWN]


def test_a_refused_part_that_is_not_returned_is_unknown_where_the_rest_shows() -> None:
    target = Target(versioned=False)
    target.hold(EPD, certificateNumber="Old", url="https://old.example")
    target.hidden = {"url"}
    target.faults = [carrying_out(REFUSALS[0])]
    world = scene(target)
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, [report.path for report in outcome.fields]) == (Status.UNKNOWN, ["url"])


def test_a_part_that_shows_after_not_found_is_counted() -> None:
    target = Target()
    target.hold(TAX, name="Old", description="Old")

    def fault(platform: Target, _: object) -> Live | None:
        platform.edit(TAX, "name", "Acme Tax")
        raise REFUSALS[1]

    target.faults = [fault, refusing(REFUSALS[1])]
    world = scene(target)
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.done) == (Status.FAILED, (SetValue("name", "Acme Tax"),))


def test_a_refused_creation_that_shows_is_recorded_as_unknown() -> None:
    for manifest in (TAX, EPD):
        target = Target(versioned=manifest is TAX)
        target.faults = [carrying_out(REFUSALS[0])]
        world = scene(target)
        (outcome,) = world.apply(world.plan(manifest))
        creations = [action for _, actions in target.writes for action in actions if isinstance(action, Create)]
        assert (len(creations), endings(world)[0], endings(world)[1]) == (1, Ending.UNKNOWN, Ending.UNKNOWN)
        assert outcome.left == ()


def test_a_refused_write_that_cannot_be_read_back_is_unknown() -> None:
    target = Target()
    target.hold(TAX, name="Old")

    def fault(platform: Target, _: object) -> Live | None:
        platform.readings = [Unreadable(OutcomeUnknown("No route."))]
        raise REFUSALS[0]

    target.faults = [fault]
    world = scene(target)
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, endings(world)[-1]) == (Status.UNKNOWN, Ending.UNKNOWN)
    assert outcome.details == ("No.", "X", "No route.")


PROCESSES: list[tuple[Manifest, object, dict[str, object], list[dict[str, object]]]] = [
    (
        connector("acme-tax", lifecycle=LifecycleSpec(previewable=True)),
        RequestPreview(),
        {},
        [{"previewable": "pending"}, {"previewable": "pending"}, {"previewable": "true"}],
    ),
    (
        connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.PRIVATE)),
        Publish(certification=False),
        {},
        [{"status": "Processing"}, {}, {"status": "Published", "listed": True, "has_changes": False}],
    ),
    (
        connector("acme-tax", lifecycle=LifecycleSpec(certification_comments=("Hi.",))),
        AddComment("Hi."),
        {},
        [{"comments": ("Hi.",)}],
    ),
    (
        connector("acme-tax", lifecycle=LifecycleSpec(listed=False)),
        Unlist(),
        {"listed": True, "private": False, "status": "Published"},
        [{"listed": False}],
    ),
]


@pytest.mark.parametrize(("manifest", "action", "live", "states"), PROCESSES, ids=lambda value: type(value).__name__)
def test_a_process_that_has_begun_is_awaited(
    manifest: Manifest, action: object, live: dict[str, object], states: list[dict[str, object]]
) -> None:
    eu = Target(states=[[*states]])
    eu.hold(manifest)
    eu.move(manifest.identity, **live)
    eu.faults = [carrying_out(REFUSALS[0])]
    world = scene(eu)
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.done, endings(world)) == (
        Status.APPLIED,
        (action,),
        [Ending.UNKNOWN, Ending.UNKNOWN],
    )


@pytest.mark.parametrize("error", REFUSALS[:2], ids=str)
def test_a_refusal_after_which_nothing_can_be_read_is_unknown(error: Exception) -> None:
    target = Target()
    target.hold(TAX, name="Old")

    def fault(platform: Target, commit: Callable[[], Live | None]) -> Live | None:
        platform.readings = [Unreadable(Unavailable("Not readable.", status=503))]
        raise error

    target.faults = [fault]
    world = scene(target)
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, endings(world)[-1]) == (Status.UNKNOWN, Ending.UNKNOWN)
    assert str(error) in outcome.details


@pytest.mark.parametrize("error", [OutcomeUnknown("Connection reset."), REFUSALS[0], REFUSALS[1]], ids=str)
@pytest.mark.parametrize("path", ["name", "creator.company"], ids=["managed", "not managed"])
def test_a_publication_of_other_content_is_another_writers(error: Exception, path: str) -> None:
    published = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.PRIVATE))
    target = Target()
    target.hold(published)

    def fault(platform: Target, commit: Callable[[], Live | None]) -> Live | None:
        platform.edit(published, path, "Theirs")
        platform.move(published.identity, status="Published", has_changes=False)
        raise error

    target.faults = [fault]
    world = scene(target)
    (outcome,) = world.apply(world.plan(published))
    assert (outcome.status, outcome.done, len(target.writes)) == (Status.UNKNOWN, (), 1)
    assert str(error) in outcome.details
    assert endings(world)[-1] is Ending.UNKNOWN
