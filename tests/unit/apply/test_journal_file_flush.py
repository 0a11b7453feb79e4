"""Records are flushed before a request is sent and before an outcome is reported, for many resources at once."""

import asyncio
import os
import stat
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from trueup.apply.context import ApplyOptions, Event, Finished
from trueup.apply.interrupt import StopSignal
from trueup.apply.journal import JournalFailed
from trueup.apply.journal_file import FileJournal
from trueup.apply.requests import NOT_SENT
from trueup.apply.run import apply_plan
from trueup.model.action import SetValue
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, Manifest
from trueup.model.plan import Forecast, Plan
from trueup.model.run import Ended, Ending, Intent, Outcome, Status
from trueup.plan.build import build_plan
from unit.apply.fakes import SPEC, Clock, MemoryJournal, Target, certification, connector, kept

TAXES = [connector(f"acme-{n}") for n in range(9)]
TO_RENAME = [connector(f"acme-{n}", {**SPEC, "name": "New"}) for n in range(9)]
TO_PREVIEW = [connector(f"acme-{n}", lifecycle=LifecycleSpec(previewable=True)) for n in range(9)]
EMPTY = Plan(resources=(), digest=f"sha256:{'0' * 64}", forecast=Forecast(requests=0, seconds=0))
NAME = Intent(identity=TAXES[0].identity, actions=(SetValue("name", "Acme"),), remote_id="i", version=1)
SECONDS = 10


class Disk:
    """A record of how much of the one file in ``folder`` was flushed; each flush waits for ``release``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.flushes = 0
        self.safe = 0
        self.begun = threading.Semaphore(0)
        self.release = threading.Semaphore(0)
        self.held = False
        self.error: OSError | None = None

    def sync(self, file: int) -> None:
        # The journal's folder is forced too, for the sake of the file's name.
        now = os.fstat(file)
        size = now.st_size if stat.S_ISREG(now.st_mode) else 0
        if self.held:
            self.begun.release()
            assert self.release.acquire(timeout=SECONDS)
        if self.error is not None:
            raise self.error
        self.flushes += 1
        self.safe = max(self.safe, size)

    async def flush_begins(self) -> None:
        """Return when the next flush has begun, which then waits to be released."""
        assert await asyncio.to_thread(self.begun.acquire, timeout=SECONDS)

    @property
    def records(self) -> bytes:
        """Return what would remain after a loss of power now."""
        (file,) = self.folder.glob("*.jsonl")
        return file.read_bytes()[: self.safe]


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def journal(disk: Disk) -> FileJournal:
    return FileJournal(kept(disk.folder), name=lambda: "00000a", sync=disk.sync)


def run(disk: Disk, target: Target, on_event: Callable[[Event], None] = lambda _: None) -> tuple[Outcome, ...]:
    async def story() -> tuple[Outcome, ...]:
        sides = {"eu": target, "origin": target}
        plan = await build_plan([TAXES[0] if target.versioned else certification("E")], sides)
        return await apply_plan(
            plan, readers=sides, writers=sides, journal=journal(disk), clock=Clock(), on_event=on_event
        )

    return asyncio.run(story())


@pytest.mark.parametrize("versioned", [True, False])
def test_an_intent_is_on_the_disk_before_its_request_is_sent(disk: Disk, versioned: bool) -> None:  # noqa: FBT001 - a row
    seen: list[bytes] = []

    def look(_: Target, commit: Callable[[], Live | None]) -> Live | None:
        seen.append(disk.records)
        return commit()

    run(disk, Target(versioned=versioned, faults=[look]))
    assert [b'"intent"' in records for records in seen] == [True]


def test_an_ending_is_on_the_disk_before_the_outcome_is_reported(disk: Disk) -> None:
    seen: list[bytes] = []

    def look(event: Event) -> None:
        if isinstance(event, Finished):
            seen.append(disk.records)

    (outcome,) = run(disk, Target(), look)
    assert outcome.status is Status.APPLIED
    assert [(b'"ending"' in records, b'"outcome"' in records) for records in seen] == [(True, True)]


def test_all_who_wait_at_the_same_time_share_one_flush(disk: Disk) -> None:
    async def story() -> list[int]:
        record = journal(disk)
        record.begin(EMPTY)
        before, disk.held = disk.flushes, True
        record.intent(NAME)
        first = asyncio.create_task(record.flushed())
        await disk.flush_begins()
        for _ in range(5):
            record.intent(NAME)
        others = [asyncio.create_task(record.flushed()) for _ in range(5)]
        disk.release.release(2)
        await first
        done = [disk.flushes - before, sum(task.done() for task in others)]
        await asyncio.gather(*others)
        return [*done, disk.flushes - before]

    async def bounded() -> list[int]:
        async with asyncio.timeout(SECONDS):
            return await story()

    assert asyncio.run(bounded()) == [1, 0, 2]


def test_a_record_written_during_a_flush_waits_for_the_next_flush(disk: Disk) -> None:
    async def story() -> None:
        record = journal(disk)
        record.begin(EMPTY)
        disk.held = True
        record.intent(NAME)
        first = asyncio.create_task(record.flushed())
        await disk.flush_begins()
        number = record.intent(NAME)
        second = asyncio.create_task(record.flushed())
        disk.release.release()
        await first
        await disk.flush_begins()
        assert not second.done()
        disk.release.release()
        await second
        assert f'"number":{number}'.encode() in disk.records

    asyncio.run(story())


def test_a_failed_flush_is_raised_for_all_and_nothing_is_written_after_it(disk: Disk) -> None:
    """The system may have dropped what it could not write; a later success says nothing about it."""

    async def story() -> None:
        record = journal(disk)
        record.begin(EMPTY)
        record.intent(NAME)
        disk.error = OSError(5, "Input/output error")
        errors = await asyncio.gather(record.flushed(), record.flushed(), return_exceptions=True)
        assert [type(error) for error in errors] == [JournalFailed, JournalFailed]
        disk.error = None
        for later in (lambda: record.intent(NAME), lambda: record.ended(1, Ended(ending=Ending.APPLIED))):
            with pytest.raises(JournalFailed, match="Input/output error"):
                later()
        with pytest.raises(JournalFailed, match="Input/output error"):
            await record.flushed()

    asyncio.run(story())


@dataclass
class Stuck(MemoryJournal):
    """A journal that finishes no flush while ``stuck``, and counts those that wait for one."""

    stuck: bool = True
    waiting: int = 0
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def flushed(self) -> None:
        if self.stuck:
            self.waiting += 1
            await self.free.wait()


async def begun(
    record: Stuck, target: Target, stop: StopSignal, concurrency: int, manifests: Sequence[Manifest] = TO_RENAME
) -> asyncio.Task[tuple[Outcome, ...]]:
    """Start to apply everything, and let it continue until it waits."""
    sides = {"eu": target}
    for manifest in TAXES:
        target.hold(manifest)
    plan = await build_plan(manifests, sides)
    options = ApplyOptions(concurrency=concurrency)
    run = asyncio.create_task(
        apply_plan(plan, readers=sides, writers=sides, journal=record, clock=Clock(), options=options, stop=stop)
    )
    for _ in range(100):
        await asyncio.sleep(0)
    return run


@pytest.mark.parametrize(("concurrency", "ready"), [(1, 1), (2, 3), (4, 7)])
@pytest.mark.parametrize("manifests", [TO_RENAME, TO_PREVIEW])
def test_during_a_flush_a_bounded_number_of_other_resources_is_prepared(
    manifests: Sequence[Manifest], concurrency: int, ready: int
) -> None:
    async def story() -> tuple[int, int, int]:
        eu, record = Target(states=[[{"previewable": "true"}] for _ in manifests]), Stuck()
        run = await begun(record, eu, StopSignal(), concurrency, manifests)
        found = len(record.intents), record.waiting, len(eu.writes)
        record.stuck = False
        record.free.set()
        assert {outcome.status for outcome in await run} == {Status.APPLIED}
        return found

    assert asyncio.run(story()) == (ready, ready, 0)


def test_a_write_cancelled_during_its_flush_is_recorded_as_not_sent() -> None:
    async def story() -> None:
        eu, record, stop = Target(), Stuck(), StopSignal()
        run = await begun(record, eu, stop, 2)
        record.stuck = False
        stop.request()
        stop.request()
        outcomes = await run
        assert {outcome.status for outcome in outcomes} == {Status.SKIPPED}
        assert (eu.writes, record.finished) == ([], True)
        assert record.endings == [(n, Ended(ending=Ending.FAILED, message=NOT_SENT)) for n in (1, 2, 3)]

    asyncio.run(story())
