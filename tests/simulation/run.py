"""Live through one run: trueup plans and applies, dies and begins anew, until nothing is left to do."""

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

from benchmarks.campaign.chance import Chance
from benchmarks.campaign.diary import Diary
from benchmarks.campaign.downtime import Downtime
from benchmarks.campaign.estate import since_base
from benchmarks.campaign.history import Slot
from benchmarks.campaign.ledger import Ledger, Life
from benchmarks.campaign.mishaps import Disk
from benchmarks.campaign.mortal import Killed, Mortal
from benchmarks.campaign.others import Intruders
from benchmarks.campaign.pen import Pen
from benchmarks.campaign.scenario import Scenario
from benchmarks.campaign.seams import Seams
from benchmarks.campaign.signals import SignalledClock, Signals
from benchmarks.campaign.timeline import SimulatedLoop, simulate
from benchmarks.campaign.witness import Wire, Witness
from benchmarks.campaign.world import CONNECT, ORIGIN, World, open_world
from trueup.apply.context import Event, Started
from trueup.apply.interrupt import StopSignal
from trueup.apply.journal import JournalFailed
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import recall
from trueup.apply.run import ApplyOptions, apply_plan
from trueup.apply.seal import Journals
from trueup.errors import PlanOutdated
from trueup.model.identity import ConnectTarget, OriginTarget, Targets
from trueup.model.plan import Plan
from trueup.model.position import Position
from trueup.plan.build import build_plan
from trueup.plan.codec import plan_to_json
from trueup.plan.digest import SENT
from trueup.plan.fallbacks import Memory
from trueup.plan.recompute import recompute
from trueup.plan.saved import plan_from_json, with_memory
from trueup.plan.three_way import Since, hold_unknown
from trueup.platforms.open import Platforms, open_platforms
from trueup.platforms.settings import HttpSettings
from trueup.sandbox.settings import settings_from_json
from trueup.state.folder import Folder
from trueup.state.key import SIZE

CALM_LIVES: Final = 4
"""How many lives without disturbance trueup may need until nothing is left to do."""

_PAUSE: Final = 200.0
"""Simulated seconds between two lives once it is calm: pipelines and lagging searches are through by then."""

FULL_AT_ONCE: Final = "no room for a journal"
STOPPED_EARLY: Final = "signal before the apply"

_TURNS: Final = 4
"""Turns of the event loop in which a run that is to stop at once has stopped."""

_WHILE: Final = 4
"""How often others have their turn while a saved plan waits to be applied."""

_NOWHERE: Final = Position("trueup.yaml", 1, 1)
TARGETS: Final[Targets] = {
    CONNECT: ConnectTarget(
        name=CONNECT, api_url="https://sandbox", auth_url="https://sandbox", position=_NOWHERE, sandbox=True
    ),
    ORIGIN: OriginTarget(name=ORIGIN, base_url="https://sandbox", position=_NOWHERE, sandbox=True),
}


@dataclass(frozen=True, slots=True)
class Access:
    """Be the way into the sandbox; see :class:`trueup.platforms.open.SandboxAccess`."""

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
class Lived:
    """Hold a run that is over: what was drawn, what really happened, and what trueup did."""

    scenario: Scenario
    world: World
    ledger: Ledger


def live_through(scenario: Scenario, folder: Path, seams: Seams) -> Lived:
    """Run a scenario to its end; journals go to ``folder``, which must not hold any yet."""
    loop = SimulatedLoop()
    world = open_world(loop, settings_from_json(scenario.switches), scenario.seeds)
    run = _Run(scenario=scenario, world=world, folder=folder, seams=seams)
    try:
        simulate(loop, run.all())
    finally:
        world.sandbox.store.close()
    return Lived(scenario=scenario, world=world, ledger=run.ledger)


@dataclass(slots=True, kw_only=True)
class _Run:
    """Hold what the lives of one run share."""

    scenario: Scenario
    world: World
    folder: Path
    seams: Seams
    ledger: Ledger = field(default_factory=Ledger)
    _ids: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    journals: Journals = field(init=False)
    _habit: Chance = field(init=False)
    _downtime: Downtime = field(init=False)
    _since: Since | None = None
    _saved: str = ""
    _saved_by: int = 0

    def __post_init__(self) -> None:
        self._habit = self.scenario.stream("again")
        if (estate := self.scenario.mishaps.estate) is not None:
            since = since_base(estate, self.scenario.before, self.scenario.manifests, self.folder.parent / "house")
            self._since = self.seams.since(since)
        self._downtime = Downtime(outage=self.scenario.mishaps.outage, clock=self.world.clock)
        self.journals = Journals(Folder(self.folder.parent, (self.folder.name,)), key=bytes(SIZE))

    async def all(self) -> None:
        """Live the disturbed lives, then the calm ones."""
        pace = self.scenario.pace
        wire = Wire(chance=self.scenario.stream("wire"), latency=pace.latency, late=pace.late, orphan=pace.orphan)
        others = self._others(pace.eagerness, pace.edits)
        self.world.disturb(list(self.scenario.faults), self.scenario.seed + self.scenario.run)
        fatal = [*pace.fatal, *[0] * pace.lives][: max(pace.lives, len(pace.fatal))]
        for boundary in fatal:
            await self._life(Mortal(boundary), others, wire, calm=False)
        self.world.disturb([], 0)
        self._downtime.over = True
        await self._calm(Wire(chance=wire.chance, latency=pace.latency))

    async def _calm(self, wire: Wire) -> None:
        await self.world.settle()
        nobody = self._others(0.0, 0)
        for _ in range(CALM_LIVES):
            await self.world.clock.sleep(_PAUSE)
            life = await self._life(Mortal(), nobody, wire, calm=True)
            if life.plan is not None and not any(r.verdict in SENT for r in life.plan.resources):
                return

    def _others(self, eagerness: float, edits: int) -> Intruders:
        return Intruders(
            world=self.world,
            ledger=self.ledger,
            chance=self.scenario.stream("others"),
            specs=self.scenario.specs,
            eagerness=eagerness,
            left=edits,
            fresh=self.scenario.fresh,
            mishaps=self.scenario.mishaps,
        )

    async def _life(self, mortal: Mortal, others: Intruders, wire: Wire, *, calm: bool) -> Life:
        life = self._begin(calm=calm)
        others.aims.clear()
        signals = self._signals(life)
        diary = Diary(self.folder)
        witness = Witness(
            life=life,
            world=self.world,
            ledger=self.ledger,
            mortal=mortal,
            others=others,
            wire=wire,
            diary=diary,
            downtime=self._downtime,
            signals=signals,
        )
        try:
            await self._plan_and_apply(life, mortal, others, witness)
        except JournalFailed:
            life.killed = FULL_AT_ONCE
        except asyncio.CancelledError:
            if not life.signals:
                raise
            life.killed = STOPPED_EARLY
        except BaseException as death:
            if not _is_kill(death):
                raise
            life.killed = mortal.died
        life.ended = self.world.history.tick()
        life.journal = diary.refresh()
        return life

    async def _plan_and_apply(self, life: Life, mortal: Mortal, others: Intruders, witness: Witness) -> None:
        history, scenario, signals = self.world.history, self.scenario, witness.signals
        access, clock = Access(self.seams.transport(witness)), SignalledClock(self.world.clock, signals)
        async with open_platforms(TARGETS, env={}, clock=clock, sandbox=access, settings=self._http()) as opened:
            platforms = self._planted(opened)
            life.plan = self._saved_plan(life) or await self._plan(life, platforms)
            life.planned = history.tick()
            life.by_slot = {history.slot_of(r.identity.target, r.identity.value): r for r in life.plan.resources}
            others.aim(life.plan)
            for _ in range(_WHILE if life.rests_on or self._saved else 1):
                others.act(())
            stop = self.seams.stop()
            signals.deliver = lambda: self._stop(life, stop)
            life.outcomes = await apply_plan(
                life.plan,
                readers=platforms.readers,
                writers=platforms.writers,
                journal=self._journal(life, mortal, signals),
                clock=clock,
                stop=stop,
                on_event=lambda event: self._note(life, event),
                options=ApplyOptions(
                    concurrency=scenario.concurrency,
                    batch=scenario.habits.batch,
                    wait=scenario.habits.wait or life.calm,
                    saved=bool(self._saved),
                ),
            )

    async def _plan(self, life: Life, platforms: Platforms) -> Plan:
        made = await build_plan(
            tuple(life.manifests.values()), platforms.readers, memory=self._memory(), since=self._since
        )
        plan = hold_unknown(made, self._since)
        self._saved = ""
        if not self.scenario.habits.saved or life.calm:
            return plan
        self.ledger.counts["plans applied from a file"] += 1
        self._saved, self._saved_by = json.dumps(plan_to_json(plan)), life.number
        return self._from_file(life)

    def _memory(self) -> Memory:
        told = tuple(outcome for life in self.ledger.lives for outcome in life.outcomes or ())
        return self.seams.memory(recall(self.journals).memory, told)

    def _saved_plan(self, life: Life) -> Plan | None:
        """Return the plan that the last life saved, if this one is to apply it once more."""
        if not self._saved or life.calm or not self._habit.happens(self.scenario.habits.again):
            return None
        self.ledger.counts["plans applied from a file once more"] += 1
        saver = self.ledger.lives[self._saved_by - 1]
        life.rests_on, life.manifests, life.specs = saver.number, saver.manifests, saver.specs
        try:
            return with_memory(self._from_file(life), self._memory())
        except PlanOutdated:
            self.ledger.counts["plans from a file that rested on what is not known any more"] += 1
            self._choose(life)
            return None

    def _from_file(self, life: Life) -> Plan:
        """Return the plan that is saved, computed once more as an apply does."""
        saved = plan_from_json(json.loads(self._saved), file="plan.json")
        return recompute(saved, tuple(life.manifests.values()), {}, file="plan.json", since=self._since)

    def _planted(self, opened: Platforms) -> Platforms:
        readers = {name: self.seams.reader(reader) for name, reader in opened.readers.items()}
        writers = {name: self.seams.writer(writer, readers[name]) for name, writer in opened.writers.items()}
        return Platforms(readers=readers, writers=writers)

    def _begin(self, *, calm: bool) -> Life:
        life = Life(number=len(self.ledger.lives) + 1, calm=calm)
        self._choose(life)
        self.ledger.lives.append(life)
        return life

    def _choose(self, life: Life) -> None:
        """Give a life the manifests that are there then."""
        scenario, life.rests_on = self.scenario, 0
        theirs = not life.calm and scenario.mishaps.of_others(life.number)
        manifests = scenario.colleague if theirs else scenario.manifests
        life.manifests = dict(zip(scenario.specs, manifests, strict=True))
        life.specs = scenario.their_specs if theirs else scenario.specs

    def _signals(self, life: Life) -> Signals:
        """Return the signals of a life; one that comes before the apply breaks it off."""
        task = asyncio.current_task()
        assert task is not None

        def cancel() -> None:
            life.signals.append(self.world.history.tick())
            task.cancel()

        return Signals(at=() if life.calm else self.scenario.mishaps.moments(life.number), deliver=cancel)

    def _note(self, life: Life, event: Event) -> None:
        if isinstance(event, Started):
            slot = self.world.history.slot_of(event.identity.target, event.identity.value)
            life.begun[slot] = self.world.history.tick()

    def _stop(self, life: Life, stop: StopSignal) -> None:
        history, loop = self.world.history, asyncio.get_running_loop()
        life.signals.append(history.tick())
        stop.request()
        if stop.at_once and not life.broken_off:
            # The event loop needs some turns until every task is cancelled.
            in_turns(loop, _TURNS, lambda: setattr(life, "broken_off", history.tick()))

    def _journal(self, life: Life, mortal: Mortal, signals: Signals) -> Pen:
        room = Room(Disk() if life.calm else self.scenario.mishaps.disk(life.number))
        inner = FileJournal(
            self.journals,
            now=lambda: datetime.fromtimestamp(self.world.clock.now(), UTC),
            name=lambda: f"{life.number:06x}",
            sync=lambda _: None,
            write=room.write,
        )
        return Pen(
            inner=self.seams.journal(inner), mortal=mortal, life=life, history=self.world.history, signals=signals
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
    """Do something after so many turns of the event loop."""
    loop.call_soon(then) if turns == 1 else loop.call_soon(in_turns, loop, turns - 1, then)


def _is_kill(death: BaseException) -> bool:
    """Say whether an exception is a kill, alone or with whatever else it tore apart."""
    if isinstance(death, BaseExceptionGroup):
        return death.subgroup(Killed) is not None
    return isinstance(death, Killed)


def slots_of(scenario: Scenario) -> tuple[Slot, ...]:
    """Return the slots that the manifests are about."""
    return tuple(scenario.specs)
