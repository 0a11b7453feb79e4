"""Stopping a run: gracefully, immediately, and by a signal."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field

from trueup.apply.context import ApplyOptions
from trueup.apply.interrupt import StopSignal, stop_on_signals
from trueup.apply.journal import JournalFailed
from trueup.apply.run import apply_plan
from trueup.model.action import UpdateAction
from trueup.model.live import Live, Reading
from trueup.model.manifest import LifecycleSpec, PublishTo
from trueup.model.reader import Wanted
from trueup.model.run import Intent, Outcome, Status
from trueup.plan.build import build_plan
from unit.apply.fakes import Clock, MemoryJournal, Target, connector, scene

TAXES = [connector(f"acme-{n}") for n in range(3)]


@dataclass
class Hanging(Target):
    """A platform that never answers an update, and signals when one has arrived."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        self.asked.set()
        await asyncio.Event().wait()
        return None


def test_an_immediate_stop_cancels_requests_and_reports_it() -> None:
    async def story() -> tuple[Outcome, ...]:
        eu, stop = Hanging(), StopSignal()
        for manifest in TAXES:
            eu.hold(manifest, name="Old")
        sides = {"eu": eu}
        plan = await build_plan(TAXES, sides)
        run = asyncio.create_task(
            apply_plan(
                plan,
                readers=sides,
                writers=sides,
                journal=journal,
                clock=Clock(),
                options=ApplyOptions(concurrency=1),
                stop=stop,
            )
        )
        await eu.asked.wait()
        stop.request()
        await asyncio.sleep(0)
        assert not run.done()
        stop.request()
        async with asyncio.timeout(5):
            return await run

    journal = MemoryJournal()
    outcomes = asyncio.run(story())
    assert [o.status for o in outcomes] == [Status.UNKNOWN, Status.SKIPPED, Status.SKIPPED]
    assert (len(outcomes[0].left), outcomes[0].requests) == (1, 1)
    assert (len(journal.intents), journal.endings, journal.finished) == (1, [], True)


def test_a_resource_cancelled_between_two_requests_is_not_unknown() -> None:
    """The name is changed and verified; the reading before the publish never ends."""
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.PRIVATE))

    @dataclass
    class Slow(Target):
        asked: asyncio.Event = field(default_factory=asyncio.Event)

        async def read(self, wanted: Wanted) -> Reading:
            self.asked.set()
            await asyncio.Event().wait()
            return await super().read(wanted)

    async def story() -> tuple[Outcome, ...]:
        eu, stop = Slow(), StopSignal()
        eu.hold(manifest, name="Old")
        sides = {"eu": eu}
        plan = await build_plan([manifest], sides)
        run = asyncio.create_task(
            apply_plan(plan, readers=sides, writers=sides, journal=MemoryJournal(), clock=Clock(), stop=stop)
        )
        await eu.asked.wait()
        stop.request()
        stop.request()
        return await run

    (outcome,) = asyncio.run(story())
    assert (outcome.status, len(outcome.done), len(outcome.left)) == (Status.SKIPPED, 1, 1)


def test_a_signal_requests_a_stop_and_its_handler_is_removed() -> None:
    async def story() -> tuple[bool, bool, bool]:
        stop = StopSignal()
        before = signal.getsignal(signal.SIGTERM)
        with stop_on_signals(stop):
            os.kill(os.getpid(), signal.SIGTERM)
            await stop.wait()
            once = stop.at_once
            os.kill(os.getpid(), signal.SIGINT)
            await stop.wait_at_once()
        return once, stop.at_once, signal.getsignal(signal.SIGTERM) == before

    assert asyncio.run(story()) == (False, True, True)


def test_a_cancellation_from_outside_is_not_a_stop_and_propagates() -> None:
    async def story() -> bool:
        eu = Hanging()
        eu.hold(TAXES[0], name="Old")
        sides = {"eu": eu}
        plan = await build_plan(TAXES[:1], sides)
        run = asyncio.create_task(
            apply_plan(plan, readers=sides, writers=sides, journal=MemoryJournal(), clock=Clock())
        )
        await eu.asked.wait()
        run.cancel()
        await asyncio.wait([run])
        return run.cancelled()

    assert asyncio.run(story())


class FullDisk(MemoryJournal):
    """Run out of space at the first intent."""

    def intent(self, intent: Intent) -> int:
        raise JournalFailed("The journal cannot be written: no space left.")


def test_a_write_that_cannot_be_recorded_is_not_sent() -> None:
    eu = Target()
    eu.hold(TAXES[0], name="Old")
    world = scene(eu)
    world.journal = FullDisk()
    (outcome,) = world.apply(world.plan(TAXES[0]))
    assert (outcome.status, eu.writes, len(outcome.left)) == (Status.FAILED, [], 1)
    assert "no space left" in outcome.message
