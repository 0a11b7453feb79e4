"""Requests in progress are limited, and a resource that sends none does not hold a permit."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from trueup.apply.context import ApplyOptions
from trueup.apply.interrupt import StopSignal
from trueup.apply.run import apply_plan
from trueup.model.action import Action, Publish, RequestPreview, SetValue
from trueup.model.live import Live, Reading
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo
from trueup.model.reader import Wanted
from trueup.model.run import Ending, Outcome, Status
from trueup.plan.build import build_plan
from unit.apply.fakes import Clock, MemoryJournal, Target, connector

TAXES = [connector(f"acme-{n}") for n in range(9)]
PREVIEWED = [connector(f"acme-{n}", lifecycle=LifecycleSpec(previewable=True)) for n in range(9)]


@dataclass
class Counting(Target):
    """A platform that takes a moment for each request and counts those in progress."""

    under_way: int = 0
    most: int = 0
    writing: int = 0
    most_writes: int = 0
    answered: Callable[[], None] = lambda: None

    async def read(self, wanted: Wanted) -> Reading:
        async with self._counted():
            return await super().read(wanted)

    async def _write(self, wanted: Wanted, actions: tuple[Action, ...], store: Callable[[], None]) -> Live | None:
        async with self._counted():
            self.writing += 1
            self.most_writes = max(self.most_writes, self.writing)
            answer = await super()._write(wanted, actions, store)
            self.writing -= 1
        self.answered()
        return answer

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        yield
        for _ in range(5):
            await asyncio.sleep(0)
        self.under_way -= 1


async def applied(
    target: Target,
    manifests: list[Manifest],
    concurrency: int,
    *,
    journal: MemoryJournal | None = None,
    stop: StopSignal | None = None,
) -> tuple[Outcome, ...]:
    for manifest in manifests:
        target.hold(manifest, name="Old")
    sides = {"eu": target}
    return await apply_plan(
        await build_plan(manifests, sides),
        readers=sides,
        writers=sides,
        journal=journal or MemoryJournal(),
        clock=Clock(),
        options=ApplyOptions(concurrency=concurrency),
        stop=stop,
    )


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_resource_waits_for_a_permit_again_after_its_first_write(concurrency: int) -> None:
    eu = Counting(states=[[{"previewable": "true"}] for _ in PREVIEWED])
    outcomes = asyncio.run(applied(eu, PREVIEWED, concurrency))
    assert {outcome.status for outcome in outcomes} == {Status.APPLIED}
    assert all(len(outcome.done) == 2 and outcome.done[1] == RequestPreview() for outcome in outcomes)
    assert eu.most == concurrency


def test_a_resource_waits_for_a_permit_again_after_waiting_for_the_platform() -> None:
    waiting = connector("acme-0", lifecycle=LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE))
    granted: list[dict[str, object]] = [{"previewable": "pending"}, {"previewable": "true"}]
    eu = Counting(states=[granted, [{"status": "Published", "has_changes": False, "listed": True}]])
    first, *others = asyncio.run(applied(eu, [waiting, *TAXES[1:]], 2))
    assert (first.status, [type(action) for action in first.done]) == (
        Status.APPLIED,
        [SetValue, RequestPreview, Publish],
    )
    assert {outcome.status for outcome in others} == {Status.APPLIED}
    assert eu.most_writes == 2


def test_a_write_cancelled_after_its_answer_is_applied_and_recorded() -> None:
    stop, journal = StopSignal(), MemoryJournal()

    def stop_now() -> None:
        stop.request()
        stop.request()

    eu = Counting(answered=stop_now)
    outcomes = asyncio.run(applied(eu, TAXES, 2, journal=journal, stop=stop))
    assert outcomes[0].status is Status.APPLIED
    assert (journal.endings[0][0], journal.endings[0][1].ending) == (1, Ending.APPLIED)
    assert journal.finished
