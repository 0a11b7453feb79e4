"""Many resources are applied concurrently: one failure neither stops nor hides the others."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from trueup.apply.context import ApplyOptions, Finished, Sending, Started
from trueup.apply.journal import JournalFailed
from trueup.apply.run import StopSignal
from trueup.errors import NotAuthorised, Rejected, Unavailable, UsageError
from trueup.model.live import Live, Reading, Unreadable
from trueup.model.reader import ReadAll, Wanted
from trueup.model.run import Outcome, Status
from unit.apply.fakes import CERTIFICATION, MemoryJournal, Scene, Target, certification, connector, refusing, scene

TAXES = tuple(connector(f"acme-{n}") for n in range(8))


def stage(count: int = 3) -> tuple[Scene, Target]:
    eu = Target()
    for manifest in TAXES[:count]:
        eu.hold(manifest, name="Old")
    return scene(eu), eu


def statuses(world: Scene, count: int = 3, **kwargs: object) -> list[Status]:
    outcomes = world.apply(world.plan(*TAXES[:count]), **kwargs)  # type: ignore[arg-type]  # options or stop
    assert [o.identity for o in outcomes] == [m.identity for m in TAXES[:count]]
    return [outcome.status for outcome in outcomes]


def test_one_failure_does_not_stop_the_rest() -> None:
    world, eu = stage()
    eu.faults = [None, refusing(Rejected("No."))]
    assert sorted(statuses(world)) == [Status.APPLIED, Status.APPLIED, Status.FAILED]


def test_a_withheld_resource_sends_nothing_and_is_recorded_in_its_place() -> None:
    world, eu = stage()
    plan = world.plan(*TAXES[:3])
    held = Outcome(identity=TAXES[1].identity, status=Status.UNAPPROVED, position=plan.resources[1].position)
    outcomes = world.apply(plan, withheld=[held])
    assert [o.status for o in outcomes] == [Status.APPLIED, Status.UNAPPROVED, Status.APPLIED]
    assert sorted(name for name, _ in eu.writes) == ["acme-0", "acme-2"]
    assert held in world.journal.outcomes
    assert [event.outcome for event in world.events if isinstance(event, Finished)].count(held) == 1


def test_a_fault_in_a_write_makes_only_its_resource_unknown() -> None:
    world, eu = stage()
    eu.faults = [refusing(ZeroDivisionError("division by zero"))]
    outcomes = world.apply(world.plan(*TAXES[:3]))
    (unknown,) = [o for o in outcomes if o.status is Status.UNKNOWN]
    assert "ZeroDivisionError" in unknown.message
    assert len(unknown.left) == 1
    assert [o.status for o in outcomes].count(Status.APPLIED) == 2
    assert world.journal.finished


def test_refused_credentials_stop_their_target_and_no_other() -> None:
    eu, origin = Target(), Target(versioned=False)
    epd = certification("ACME-EPD-001")
    for manifest in TAXES[:3]:
        eu.hold(manifest, name="Old")
    origin.hold(epd, url="https://old.example")
    world = Scene({"eu": eu, "origin": origin})
    eu.faults = [refusing(NotAuthorised("The credentials are not accepted.", status=401))]
    outcomes = world.apply(world.plan(*TAXES[:3], epd), ApplyOptions(concurrency=1))
    assert [o.status for o in outcomes] == [Status.FAILED, Status.SKIPPED, Status.SKIPPED, Status.APPLIED]
    assert len(eu.writes) == 1


def test_credentials_that_a_reading_finds_refused_stop_their_target_too() -> None:
    epds = [certification(f"E{n}") for n in range(2)]
    origin = Target(versioned=False)
    for manifest in epds:
        origin.hold(manifest, url="https://old.example")
    world = scene(origin)
    plan = world.plan(*epds)
    origin.readings = [Unreadable(NotAuthorised("The credentials are not accepted.", status=401))]
    outcomes = world.apply(plan, ApplyOptions(concurrency=1))
    assert [o.status for o in outcomes] == [Status.FAILED, Status.SKIPPED]


def test_an_ending_that_cannot_be_recorded_is_reported_as_unknown() -> None:
    class Forgetful(MemoryJournal):
        def outcome(self, outcome: Outcome) -> None:
            raise JournalFailed("The journal cannot be written.")

    world, _ = stage(1)
    world.journal = Forgetful()
    (outcome,) = world.apply(world.plan(TAXES[0]))
    assert (outcome.status, outcome.details) == (Status.UNKNOWN, ("The journal cannot be written.",))
    assert outcome.done


@pytest.mark.parametrize(("broken", "status"), [("flushed", Status.UNKNOWN), ("finish", Status.APPLIED)])
def test_outcomes_are_reported_even_if_the_journal_cannot_be_closed(broken: str, status: Status) -> None:
    class Unending(MemoryJournal):
        async def flushed(self) -> None:
            if broken == "flushed" and self.outcomes:
                raise JournalFailed("The journal cannot be written.")

        def finish(self) -> None:
            raise JournalFailed("The journal cannot be written.")

    world, eu = stage(1)
    world.journal = Unending()
    eu.hold(TAXES[1])
    changed, same = world.apply(world.plan(*TAXES[:2]))
    assert (changed.status, changed.details) == (status, ("The journal cannot be written.",))
    assert (same.status, same.details) == (Status.UNCHANGED, ())


def test_a_stop_lets_requests_finish_and_starts_nothing_new() -> None:
    world, eu = stage()
    stop = StopSignal()

    def ask(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        stop.request()
        return commit()

    eu.faults = [ask]
    assert statuses(world, options=ApplyOptions(concurrency=1), stop=stop) == [
        Status.APPLIED,
        Status.SKIPPED,
        Status.SKIPPED,
    ]


def test_no_more_resources_run_side_by_side_than_allowed() -> None:
    under_way: set[str] = set()
    most = 0

    class Counting(Target):
        async def read(self, wanted: Wanted) -> Reading:
            nonlocal most
            under_way.add(wanted.identity.value)
            most = max(most, len(under_way))
            await asyncio.sleep(0)
            reading = await super().read(wanted)
            under_way.discard(wanted.identity.value)
            return reading

    origin = Counting(versioned=False)
    many = [certification(f"E{n}", {**CERTIFICATION}) for n in range(9)]
    for manifest in many:
        origin.hold(manifest, url="https://old.example")
    world = scene(origin)
    outcomes = world.apply(world.plan(*many), ApplyOptions(concurrency=3))
    assert {o.status for o in outcomes} == {Status.APPLIED}
    assert most == 3


def test_an_unreadable_resource_fails_with_its_error() -> None:
    class Broken(Target):
        async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
            return ReadAll(readings={w.identity: Unreadable(Unavailable("No answer.")) for w in wanted})

    world = scene(Broken())
    (outcome,) = world.apply(world.plan(TAXES[0]))
    assert (outcome.status, outcome.message) == (Status.FAILED, "No answer.")


def test_a_blocked_resource_is_reported_with_its_reason_and_actions() -> None:
    manifest = connector("acme-tax", {**TAXES[0].spec, "name": "New", "description": ""})
    eu = Target()
    eu.hold(TAXES[0])
    eu.live[manifest.identity] = eu.live.pop(TAXES[0].identity)
    world = scene(eu)
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, len(outcome.left), eu.writes) == (Status.BLOCKED, 1, [])
    assert "description" in outcome.message


def test_a_plan_for_other_targets_is_refused_before_anything_is_sent() -> None:
    world, eu = stage()
    plan = world.plan(*TAXES[:3])
    world.targets = {}
    with pytest.raises(UsageError, match="eu"):
        world.apply(plan)
    assert (eu.writes, world.journal.plans) == ([], [])


def test_events_and_journal_agree() -> None:
    world, _ = stage(1)
    outcomes = world.apply(world.plan(TAXES[0]))
    assert [type(event) for event in world.events] == [Started, Sending, Finished]
    assert world.journal.outcomes == list(outcomes)
    assert [(n, len(world.journal.intents)) for n, _ in world.journal.endings] == [(1, 1)]
