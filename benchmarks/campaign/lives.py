"""Live through one run: trueup plans and applies, dies and begins anew, until nothing is left to do."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

import httpx

from benchmarks.campaign.chance import Chance
from benchmarks.campaign.diary import Diary
from benchmarks.campaign.history import Slot
from benchmarks.campaign.ledger import Ledger, Life
from benchmarks.campaign.mortal import Killed, Mortal
from benchmarks.campaign.others import Intruders
from benchmarks.campaign.pen import Pen
from benchmarks.campaign.scenario import Scenario
from benchmarks.campaign.seams import Seams
from benchmarks.campaign.timeline import SimulatedLoop, simulate
from benchmarks.campaign.witness import Wire, Witness
from benchmarks.campaign.world import CONNECT, ORIGIN, World, open_world
from trueup.apply.file_journal import FileJournal
from trueup.apply.recall import recall
from trueup.apply.run import ApplyOptions, apply_plan
from trueup.apply.seal import Journals
from trueup.model.plan import Plan
from trueup.model.position import Position
from trueup.model.target import ConnectTarget, OriginTarget, Targets
from trueup.plan.build import build_plan
from trueup.plan.digest import SENT
from trueup.plan.jsonable import plan_to_json
from trueup.plan.recompute import recompute
from trueup.plan.saved import plan_from_json
from trueup.platforms.open import Platforms, open_platforms
from trueup.platforms.settings import HttpSettings
from trueup.sandbox.settings import settings_from_json
from trueup.state.folder import Folder
from trueup.state.key import SIZE

CALM_LIVES: Final = 4
"""How many lives without disturbance trueup may need until nothing is left to do."""

_PAUSE: Final = 200.0
"""Simulated seconds between two lives once it is calm: pipelines and lagging searches are through by then."""

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
    _saved: str = ""
    _saved_by: int = 0

    def __post_init__(self) -> None:
        self._habit = self.scenario.stream("again")
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
        )

    async def _life(self, mortal: Mortal, others: Intruders, wire: Wire, *, calm: bool) -> Life:
        life = Life(number=len(self.ledger.lives) + 1, calm=calm)
        self.ledger.lives.append(life)
        others.aims.clear()
        diary = Diary(self.folder)
        witness = Witness(
            life=life,
            world=self.world,
            ledger=self.ledger,
            mortal=mortal,
            others=others,
            wire=wire,
            diary=diary,
        )
        try:
            await self._plan_and_apply(life, mortal, others, witness)
        except BaseException as death:
            if not _is_kill(death):
                raise
            life.killed = mortal.died
        life.ended = self.world.history.tick()
        life.journal = diary.refresh()
        return life

    async def _plan_and_apply(self, life: Life, mortal: Mortal, others: Intruders, witness: Witness) -> None:
        history, scenario = self.world.history, self.scenario
        access = Access(self.seams.transport(witness))
        async with open_platforms(
            TARGETS, env={}, clock=self.world.clock, sandbox=access, settings=self._http()
        ) as opened:
            platforms = self._planted(opened)
            life.plan = self._saved_plan(life) or await self._plan(life, platforms)
            life.planned = history.tick()
            life.by_slot = {history.slot_of(r.identity.target, r.identity.value): r for r in life.plan.resources}
            others.aim(life.plan)
            for _ in range(_WHILE if life.rests_on or self._saved else 1):
                others.act(())
            life.outcomes = await apply_plan(
                life.plan,
                readers=platforms.readers,
                writers=platforms.writers,
                journal=self._journal(life, mortal),
                clock=self.world.clock,
                options=ApplyOptions(
                    concurrency=scenario.concurrency,
                    batch=scenario.habits.batch,
                    wait=scenario.habits.wait or life.calm,
                    saved=bool(self._saved),
                ),
            )

    async def _plan(self, life: Life, platforms: Platforms) -> Plan:
        memory = recall(self.journals).memory
        plan = await build_plan(self.scenario.manifests, platforms.readers, memory=memory)
        self._saved = ""
        if not self.scenario.habits.saved or life.calm:
            return plan
        self.ledger.counts["plans applied from a file"] += 1
        self._saved, self._saved_by = json.dumps(plan_to_json(plan)), life.number
        return self._from_file()

    def _saved_plan(self, life: Life) -> Plan | None:
        """Return the plan that the last life saved, if this one is to apply it once more."""
        if not self._saved or life.calm or not self._habit.happens(self.scenario.habits.again):
            return None
        self.ledger.counts["plans applied from a file once more"] += 1
        life.rests_on = self._saved_by
        return self._from_file()

    def _from_file(self) -> Plan:
        """Return the plan that is saved, computed once more as an apply does."""
        saved = plan_from_json(json.loads(self._saved), file="plan.json")
        return recompute(saved, self.scenario.manifests, {}, file="plan.json")

    def _planted(self, opened: Platforms) -> Platforms:
        readers = {name: self.seams.reader(reader) for name, reader in opened.readers.items()}
        writers = {name: self.seams.writer(writer, readers[name]) for name, writer in opened.writers.items()}
        return Platforms(readers=readers, writers=writers)

    def _journal(self, life: Life, mortal: Mortal) -> Pen:
        inner = FileJournal(
            self.journals,
            now=lambda: datetime.fromtimestamp(self.world.clock.now(), UTC),
            name=lambda: f"{life.number:06x}",
        )
        return Pen(inner=self.seams.journal(inner), mortal=mortal, life=life, history=self.world.history)

    def _http(self) -> HttpSettings:
        return HttpSettings(
            origin_async=self.scenario.asynchronous,
            correlation_id=lambda: f"request-{self._ids()}",
            jitter=self.scenario.stream("jitter").random,
            wall_clock=self.world.clock.now,
        )


def _is_kill(death: BaseException) -> bool:
    """Say whether an exception is a kill, alone or with whatever else it tore apart."""
    if isinstance(death, BaseExceptionGroup):
        return death.subgroup(Killed) is not None
    return isinstance(death, Killed)


def slots_of(scenario: Scenario) -> tuple[Slot, ...]:
    """Return the slots that the manifests are about."""
    return tuple(scenario.specs)
