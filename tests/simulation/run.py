"""One run: trueup plans and applies, crashes and starts again, until nothing is left to do."""

import asyncio
import errno
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

import httpx

from simulation.crash import CrashPoint, Killed
from simulation.disruptions import Disk
from simulation.downtime import Downtime
from simulation.event_log import Attempt, EventLog
from simulation.foreign_writers import ForeignWriters
from simulation.journal_on_disk import JournalOnDisk
from simulation.moved_base import since_base
from simulation.places import Slot
from simulation.random_streams import Chance
from simulation.recording_journal import RecordingJournal
from simulation.recording_transport import RecordingTransport, Wire
from simulation.scenario import Scenario
from simulation.seams import Seams
from simulation.signals import SignalledClock, Signals
from simulation.simulated_time import SimulatedLoop, simulate
from simulation.sources import working_on
from simulation.targets import PLACES, TARGETS, credentials, secrets_of
from simulation.world import World, open_world
from trueup.apply.context import Event, Started
from trueup.apply.interrupt import StopSignal
from trueup.apply.journal import JournalFailed
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import recall
from trueup.apply.run import ApplyOptions, apply_plan
from trueup.apply.seal import Journals
from trueup.errors import PlanOutdated
from trueup.model.manifest import Manifest
from trueup.model.plan import Plan
from trueup.plan.build import build_plan
from trueup.plan.codec import plan_to_json
from trueup.plan.digest import SENT
from trueup.plan.fallbacks import Memory
from trueup.plan.recompute import recompute
from trueup.plan.saved import plan_from_json, with_memory
from trueup.plan.three_way import AppliedWants, Since, hold_unknown
from trueup.platforms.open import Platforms, open_platforms
from trueup.platforms.settings import HttpSettings
from trueup.sandbox.settings import Settings
from trueup.state.folder import Folder
from trueup.state.key import SIZE

CALM_ATTEMPTS: Final = 4
"""How many attempts without disturbance trueup may need until nothing is left to do."""

_PAUSE: Final = 200.0
"""Simulated seconds between two attempts once it is calm: pipelines and lagging searches are through by then."""

FULL_AT_ONCE: Final = "no room for a journal"
STOPPED_EARLY: Final = "signal before the apply"

_TURNS: Final = 4
"""Turns of the event loop in which a run that is to stop at once has stopped."""

_WHILE: Final = 4
"""How often others have their turn while a saved plan waits to be applied."""


@dataclass(frozen=True, slots=True)
class Access:
    """The access to the sandbox; see :class:`trueup.platforms.open.SandboxAccess`."""

    transport: httpx.AsyncBaseTransport

    def base_url(self, world: str) -> str:
        """Return the address of a world."""
        return f"http://sandbox/worlds/{world}"


@dataclass(slots=True)
class Room:
    """The room on a disk that may be full."""

    disk: Disk
    written: int = 0
    made: bool = False

    def write(self, file: int, data: bytes) -> int:
        """Write what there is room for, and return how many bytes that was; raises OSError when there is none."""
        taken = data if self.made else data[: max(0, self.disk.room - self.written)]
        if not taken:
            self.made = not self.disk.for_ever
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.written += len(taken)
        return os.write(file, taken)


@dataclass(slots=True, kw_only=True)
class FinishedRun:
    """A run that is over: what was drawn, what really happened, and what trueup did."""

    scenario: Scenario
    world: World
    event_log: EventLog


def simulate_run(scenario: Scenario, folder: Path, seams: Seams) -> FinishedRun:
    """Run a scenario to its end; journals go to ``folder``, which must not hold any yet."""
    loop = SimulatedLoop()
    world = open_world(loop, Settings().changed(scenario.switches), scenario.seeds)
    run = _Run(scenario=scenario, world=world, folder=folder, seams=seams)
    try:
        simulate(loop, run.all())
    finally:
        world.sandbox.store.close()
    return FinishedRun(scenario=scenario, world=world, event_log=run.event_log)


@dataclass(slots=True, kw_only=True)
class _Run:
    """What the attempts of one run share."""

    scenario: Scenario
    world: World
    folder: Path
    seams: Seams
    event_log: EventLog = field(default_factory=EventLog)
    _ids: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    journals: Journals = field(init=False)
    _habit: Chance = field(init=False)
    _downtime: Downtime = field(init=False)
    _since: Since | None = None
    _applied: dict[Slot, tuple[Manifest, ...]] = field(init=False)
    _saved: str = ""
    _saved_by: int = 0

    def __post_init__(self) -> None:
        self._habit = self.scenario.stream("again")
        self._applied = {slot: (manifest,) for slot, manifest in self.scenario.applied.items()}
        if (moved_base := self.scenario.disruptions.moved_base) is not None:
            since = since_base(moved_base, self.scenario.before, self.scenario.manifests, self.folder.parent / "house")
            self._since = self.seams.since(since)
        self._downtime = Downtime(outage=self.scenario.disruptions.outage, clock=self.world.clock)
        self.journals = Journals(Folder(self.folder.parent, (self.folder.name,)), key=bytes(SIZE))

    async def all(self) -> None:
        """Carry out the disturbed attempts, then the calm ones."""
        pace = self.scenario.pace
        wire = Wire(
            chance=self.scenario.stream("wire"),
            latency=pace.latency,
            late=pace.late,
            orphan=pace.orphan,
            fatal=pace.rollout,
        )
        others = self._others(pace.eagerness, pace.edits)
        self.world.disturb(list(self.scenario.faults), self.scenario.seed + self.scenario.run)
        fatal = [*pace.fatal, *[0] * pace.attempts][: max(pace.attempts, len(pace.fatal))]
        for boundary in fatal:
            await self._attempt(CrashPoint(boundary), others, wire, calm=False)
        self.world.disturb([], 0)
        self._downtime.over = True
        await self._calm(Wire(chance=wire.chance, latency=pace.latency))

    async def _calm(self, wire: Wire) -> None:
        await self.world.settle()
        quiet = self._others(0.0, 0)
        for _ in range(CALM_ATTEMPTS):
            await self.world.clock.sleep(_PAUSE)
            attempt = await self._attempt(CrashPoint(), quiet, wire, calm=True)
            if attempt.plan is not None and not any(r.verdict in SENT for r in attempt.plan.resources):
                return

    def _others(self, eagerness: float, edits: int) -> ForeignWriters:
        return ForeignWriters(
            world=self.world,
            event_log=self.event_log,
            chance=self.scenario.stream("others"),
            specs=self.scenario.specs,
            eagerness=eagerness,
            left=edits,
            fresh=self.scenario.fresh,
            disruptions=self.scenario.disruptions,
        )

    async def _attempt(self, crash_point: CrashPoint, others: ForeignWriters, wire: Wire, *, calm: bool) -> Attempt:
        attempt = self._begin(calm=calm)
        others.aims.clear()
        signals = self._signals(attempt)
        journal_on_disk = JournalOnDisk(self.folder)
        transport = RecordingTransport(
            attempt=attempt,
            world=self.world,
            event_log=self.event_log,
            crash_point=crash_point,
            others=others,
            wire=wire,
            journal_on_disk=journal_on_disk,
            downtime=self._downtime,
            signals=signals,
        )
        try:
            await self._plan_and_apply(attempt, crash_point, others, transport)
        except JournalFailed:
            attempt.killed = FULL_AT_ONCE
        except asyncio.CancelledError:
            if not attempt.signals:
                raise
            attempt.killed = STOPPED_EARLY
        except BaseException as death:
            if not _is_kill(death):
                raise
            attempt.killed = crash_point.died
        self._record(attempt)
        attempt.ended = self.world.history.tick()
        attempt.journal = journal_on_disk.refresh()
        return attempt

    def _record(self, attempt: Attempt) -> None:
        """Record what live may hold: what an attempt wanted that got there or, beside the older, that was killed."""
        for slot, older in self._applied.items() if attempt.plan is not None else ():
            wanted = attempt.manifests[slot]
            left = () if slot in attempt.reached else (then for then in older if then is not wanted)
            self._applied[slot] = (wanted, *left)

    async def _plan_and_apply(
        self, attempt: Attempt, crash_point: CrashPoint, others: ForeignWriters, transport: RecordingTransport
    ) -> None:
        history, scenario, signals = self.world.history, self.scenario, transport.signals
        way, clock = self.seams.transport(transport), SignalledClock(self.world.clock, signals)
        env = credentials()
        async with open_platforms(
            TARGETS, env=env, clock=clock, sandbox=Access(way), transport=way, settings=self._http()
        ) as opened:
            platforms = self._planted(opened)
            attempt.plan = self.seams.plan(self._saved_plan(attempt) or await self._plan(attempt, platforms))
            env |= secrets_of(manifest.spec for manifest in attempt.manifests.values())
            attempt.planned = history.tick()
            attempt.by_slot = {history.slot_of_identity(r.identity): r for r in attempt.plan.resources}
            others.aim(attempt.plan)
            for _ in range(_WHILE if attempt.rests_on or self._saved else 1):
                others.act(())
            stop = self.seams.stop()
            signals.deliver = lambda: self._stop(attempt, stop)
            attempt.outcomes = await apply_plan(
                attempt.plan,
                readers=platforms.readers,
                writers=platforms.writers,
                journal=self._journal(attempt, crash_point, signals),
                clock=clock,
                stop=stop,
                on_event=lambda event: self._note(attempt, event),
                options=ApplyOptions(
                    concurrency=scenario.concurrency,
                    batch=scenario.habits.batch,
                    wait=scenario.habits.wait or attempt.calm,
                    saved=bool(self._saved),
                ),
            )

    async def _plan(self, attempt: Attempt, platforms: Platforms) -> Plan:
        made = await build_plan(
            tuple(attempt.manifests.values()),
            platforms.readers,
            memory=self._memory(),
            since=self._since_now(),
            places=PLACES,
        )
        plan = hold_unknown(made, self._since_now())
        self._saved = ""
        if not self.scenario.habits.saved or attempt.calm:
            return plan
        self.event_log.counts["plans applied from a file"] += 1
        self._saved, self._saved_by = json.dumps(plan_to_json(plan)), attempt.number
        return self._from_file(attempt)

    def _memory(self) -> Memory:
        told = tuple(outcome for attempt in self.event_log.attempts for outcome in attempt.outcomes or ())
        return self.seams.memory(recall(self.journals).memory, told)

    def _saved_plan(self, attempt: Attempt) -> Plan | None:
        """Return the plan that the last attempt saved, if this one is to apply it once more."""
        if not self._saved or attempt.calm or not self._habit.happens(self.scenario.habits.again):
            return None
        self.event_log.counts["plans applied from a file once more"] += 1
        saver = self.event_log.attempts[self._saved_by - 1]
        attempt.rests_on, attempt.manifests, attempt.specs = saver.number, saver.manifests, saver.specs
        try:
            return with_memory(self._from_file(attempt), self._memory())
        except PlanOutdated:
            self.event_log.counts["plans from a file that rested on what is not known any more"] += 1
            self._choose(attempt)
            return None

    def _from_file(self, attempt: Attempt) -> Plan:
        """Return the plan that is saved, computed once more as an apply does."""
        saved = plan_from_json(json.loads(self._saved), file="plan.json")
        manifests = tuple(attempt.manifests.values())
        return recompute(saved, manifests, PLACES, file="plan.json", since=self._since_now())

    def _since_now(self) -> Since | None:
        """Return what the base wanted, or what applies of each deployment may have written."""
        if self._since is not None or not self.scenario.applied:
            return self._since
        written = {thens[0].identity: thens for thens in self._applied.values()}
        return self.seams.since(Since(base=None, manifests={}, applied=AppliedWants(wants=written, pending={})))

    def _planted(self, opened: Platforms) -> Platforms:
        readers = {name: self.seams.reader(reader) for name, reader in opened.readers.items()}
        writers = {name: self.seams.writer(writer, readers[name]) for name, writer in opened.writers.items()}
        return Platforms(readers=readers, writers=writers)

    def _begin(self, *, calm: bool) -> Attempt:
        attempt = Attempt(number=len(self.event_log.attempts) + 1, calm=calm)
        self._choose(attempt)
        self.event_log.attempts.append(attempt)
        return attempt

    def _choose(self, attempt: Attempt) -> None:
        """Give an attempt the manifests that are there then."""
        scenario, attempt.rests_on, attempt.applied = self.scenario, 0, dict(self._applied)
        theirs = not attempt.calm and scenario.disruptions.of_others(attempt.number)
        manifests = scenario.colleague if theirs else scenario.manifests
        attempt.manifests = dict(zip(scenario.specs, manifests, strict=True))
        attempt.specs = scenario.their_specs if theirs else scenario.specs

    def _signals(self, attempt: Attempt) -> Signals:
        """Return the signals of an attempt; one that comes before the apply breaks it off."""
        task = asyncio.current_task()
        assert task is not None

        def cancel() -> None:
            attempt.signals.append(self.world.history.tick())
            task.cancel()

        return Signals(at=() if attempt.calm else self.scenario.disruptions.moments(attempt.number), deliver=cancel)

    def _note(self, attempt: Attempt, event: Event) -> None:
        if isinstance(event, Started):
            slot = self.world.history.slot_of_identity(event.identity)
            attempt.begun[slot] = self.world.history.tick()
            # Each resource has a task of its own, and so a context.
            working_on.set(slot)

    def _stop(self, attempt: Attempt, stop: StopSignal) -> None:
        history, loop = self.world.history, asyncio.get_running_loop()
        attempt.signals.append(history.tick())
        stop.request()
        if stop.at_once and not attempt.broken_off:
            # The event loop needs some turns until every task is cancelled.
            in_turns(loop, _TURNS, lambda: setattr(attempt, "broken_off", history.tick()))

    def _journal(self, attempt: Attempt, crash_point: CrashPoint, signals: Signals) -> RecordingJournal:
        room = Room(Disk() if attempt.calm else self.scenario.disruptions.disk(attempt.number))
        inner = FileJournal(
            self.journals,
            now=lambda: datetime.fromtimestamp(self.world.clock.now(), UTC),
            name=lambda: f"{attempt.number:06x}",
            sync=lambda _: None,
            write=room.write,
        )
        return RecordingJournal(
            inner=self.seams.journal(inner),
            crash_point=crash_point,
            attempt=attempt,
            history=self.world.history,
            signals=signals,
        )

    def _http(self) -> HttpSettings:
        return HttpSettings(
            concurrency=self.scenario.side_by_side,
            origin_async=self.scenario.asynchronous,
            correlation_id=lambda: f"request-{self._ids()}",
            jitter=self.scenario.stream("jitter").random,
            wall_clock=self.world.clock.now,
        )


def in_turns(loop: asyncio.AbstractEventLoop, turns: int, then: Callable[[], None]) -> None:
    """Call ``then`` after ``turns`` turns of the event loop."""
    loop.call_soon(then) if turns == 1 else loop.call_soon(in_turns, loop, turns - 1, then)


def _is_kill(death: BaseException) -> bool:
    """Return whether an exception is a kill, alone or with whatever else it tore apart."""
    if isinstance(death, BaseExceptionGroup):
        return death.subgroup(Killed) is not None
    return isinstance(death, Killed)


def slots_of(scenario: Scenario) -> tuple[Slot, ...]:
    """Return the slots that the manifests are about."""
    return tuple(scenario.specs)
