"""Hold a working copy and both platforms for one test, and carry out one command at a time, as its own process would.

Everything goes through what the commands call: manifests are YAML text, plans are files, journals lie on disk. Time is
simulated and never waited for. What really happens is kept apart from what trueup believes, in the history of the
sandbox's store and in the requests that the transport saw; the campaign's judges compare the two.
"""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks.campaign.atoms import NOTHING
from benchmarks.campaign.chance import stream
from benchmarks.campaign.diary import Diary
from benchmarks.campaign.history import Author, Slot, Who, acting
from benchmarks.campaign.judges.bench import judge
from benchmarks.campaign.judges.evidence import Alarm, Evidence
from benchmarks.campaign.layout import at
from benchmarks.campaign.ledger import Edit, Ledger, Life
from benchmarks.campaign.lives import CALM_LIVES, TARGETS, Access, Lived
from benchmarks.campaign.mortal import Killed, Mortal
from benchmarks.campaign.pen import Pen
from benchmarks.campaign.scenario import Habits, Pace, Scenario
from benchmarks.campaign.seams import NOTHING_PLANTED, Seams
from benchmarks.campaign.timeline import SimulatedLoop, simulate
from benchmarks.campaign.witness import Wire, Witness
from benchmarks.campaign.world import CONNECT, open_world
from trueup.apply.context import ApplyOptions
from trueup.apply.history import list_runs
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import recall
from trueup.apply.run import apply_plan
from trueup.apply.seal import Journals
from trueup.cli.exit_codes import Exit, status_of_outcomes
from trueup.cli.files import read_plan, save_plan
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.model.manifest import Manifest
from trueup.model.plan import Drift, Plan
from trueup.model.run import Run
from trueup.plan.build import build_plan
from trueup.plan.digest import SENT
from trueup.plan.drift import find_drift
from trueup.plan.recompute import recompute
from trueup.platforms.open import Platforms, open_platforms
from trueup.platforms.settings import HttpSettings
from trueup.report.document import render_document
from trueup.report.result import Result
from trueup.sandbox.effects import edit_from_json
from trueup.sandbox.foreign_edits import edit_resource
from trueup.sandbox.settings import settings_from_json
from trueup.state.folder import Folder
from trueup.state.key import SIZE

T = TypeVar("T")
Json = Mapping[str, Any]

STILL: Final = Pace(lives=0, eagerness=0.0, edits=0, fatal=(), latency=0.0, late=0.0, orphan=0.0)
"""Nothing happens that the test does not do."""

PAUSE: Final = 200.0
"""Simulated seconds after which every process of the platforms is over and every search shows the present."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Hold what a test starts from: manifests as texts, and what is live, by the name of the target."""

    texts: tuple[str, ...]
    live: Mapping[str, Json]
    switches: Json = field(default_factory=dict)
    asynchronous: bool = False
    batch: int = 1


@dataclass(slots=True)
class Ambush:
    """Be somebody else who writes at a moment that the test chose: after so many arrivals and answers of requests."""

    edit: Callable[[Json], None]
    waiting: list[tuple[int, Json]] = field(default_factory=list)

    def act(self, about: tuple[Slot, ...]) -> None:
        """Count one moment, and strike when it is the one."""
        due = [edit for moments, edit in self.waiting if not moments]
        self.waiting = [(moments - 1, edit) for moments, edit in self.waiting if moments]
        for edit in due:
            self.edit(edit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Hold how an apply ended: its exit status and the document that it prints; None when it was killed."""

    life: Life
    status: Exit | None = None
    document: Any = None


class Rig:
    """Be the working copy; close it at the end. Journals and plans go to ``folder``."""

    def __init__(self, estate: Estate, folder: Path, seams: Seams = NOTHING_PLANTED) -> None:
        self.folder, self.runs_folder, self.seams = folder, folder / "runs", seams
        self.journals = Journals(Folder(folder, ("runs",)), key=bytes(SIZE))
        self.loop = SimulatedLoop()
        self.world = open_world(self.loop, settings_from_json(estate.switches), estate.live)
        self.ledger = Ledger()
        self.ambush = Ambush(self.edit)
        self.manifests = _read(estate.texts, folder)
        self.batch = estate.batch
        history = self.world.history
        specs = {history.slot_of(m.identity.target, m.identity.value): m.spec for m in self.manifests}
        self.scenario = Scenario(
            seed=0,
            run=0,
            manifests=self.manifests,
            specs=specs,
            seeds=estate.live,
            fresh={},
            switches=estate.switches,
            faults=(),
            pace=STILL,
            habits=Habits(saved=False, again=0.0, batch=self.batch, wait=True),
            concurrency=2,
            asynchronous=estate.asynchronous,
        )
        self.foreign: dict[tuple[Slot, str], tuple[str, Any]] = {}
        self._ids = count(1)
        self._jitter = stream(0, 0, "jitter")

    def close(self) -> None:
        """Give everything back."""
        simulate(self.loop, self.world.settle())
        self.world.sandbox.store.close()

    def plan(self) -> Life:
        """Do what ``plan --out`` does: read, plan, and save the plan where :meth:`file_of` says."""
        life = self._born()
        self._run(self._plan(life))
        life.ended = self.world.history.tick()
        assert life.plan is not None
        save_plan(life.plan, self.file_of(life))
        return life

    def file_of(self, life: Life) -> Path:
        """Return where the plan of a life is saved."""
        return self.folder / f"plan-{life.number}.json"

    def apply(self, *, fatal: int = 0) -> Applied:
        """Do what ``apply`` does; ``fatal`` is the number of the boundary at which the process is killed."""
        life = self._born()
        mortal = Mortal(fatal)

        async def work() -> None:
            await self._plan(life, mortal)
            await self._apply(life, mortal)

        return self._ending(life, mortal, work())

    def apply_saved(self, planned: Life, *, fatal: int = 0) -> Applied:
        """Do what ``apply --plan`` does with the plan of another life."""
        life = self._born()
        plan = recompute(read_plan(self.file_of(planned)), self.manifests, {}, file=str(self.file_of(planned)))
        # The plan rests on what that other life was shown.
        self.ledger.looks += [replace(k, life=life.number) for k in self.ledger.looks if k.life == planned.number]
        self._show(life, plan, planned.planned)
        mortal = Mortal(fatal)
        return self._ending(life, mortal, self._apply(life, mortal, saved=True))

    def drift(self) -> Drift:
        """Do what ``drift`` does."""
        life = self._born()

        async def work() -> Drift:
            async with self._platforms(life, Mortal()) as platforms:
                return await find_drift(self.manifests, platforms.readers)

        found = self._run(work())
        life.ended = self.world.history.tick()
        return found

    def runs(self) -> tuple[Run, ...]:
        """Do what ``runs`` does."""
        return list_runs(self.journals)

    def edit(self, edit: Json) -> None:
        """Change, delete or touch a resource as somebody else would."""
        change = edit_from_json(edit)
        slot = (CONNECT if change.kind == "connector" else "origin", str(change.name))
        self.world.catch_up(slot[0])
        number, seq = len(self.ledger.edits) + 1, self.world.history.tick()
        with acting(Author(Who.OTHERS, number)):
            if edit_resource(self.world.sandbox, slot[0], change):
                self.ledger.edits.append(Edit(number=number, seq=seq, slot=slot, kind=str(change.kind)))
        document = self.document_of(slot)
        if document is not None:
            self.foreign |= {(slot, path): (id_of(document), at(document, path)) for path in change.changes or {}}

    def is_unmanaged(self, slot: Slot, path: str) -> bool:
        """Say whether no manifest names a path."""
        return at(dict(self.scenario.specs.get(slot, {})), path) is None

    def writes(self) -> int:
        """Return how many requests so far were to change something."""
        return sum(sent.verb.writes for sent in self.ledger.requests)

    def disturb(self, faults: Sequence[Json]) -> None:
        """Let these faults happen from now on."""
        self.world.disturb([dict(fault) for fault in faults], 0)

    def pass_time(self, seconds: float) -> None:
        """Let simulated time pass."""
        self._run(self.world.clock.sleep(seconds))

    def document_of(self, slot: Slot) -> dict[str, Any] | None:
        """Return what the platform really holds there, None for nothing."""
        kind = "connector" if slot[0] == CONNECT else "certification"
        found = self.world.sandbox.store.find(slot[0], kind, slot[1])
        return found[0] if found else None

    def calm_down(self) -> Life:
        """End every disturbance and apply until a plan holds nothing to send, or as often as is allowed."""
        self.disturb([])
        self.ambush.waiting.clear()
        life = self.ledger.lives[-1] if self.ledger.lives else self._born()
        for _ in range(CALM_LIVES):
            self.pass_time(PAUSE)
            life = self.apply().life
            if life.plan is not None and not any(r.verdict in SENT for r in life.plan.resources):
                break
        return life

    def alarms(self) -> list[Alarm]:
        """Let the judges see everything that happened."""
        return judge(self._lived())

    def misses(self, slot: Slot) -> list[str]:
        """Return what of a resource is not as its manifest wants it, in truth and not as anybody reports it."""
        version = self.world.history.latest(slot)
        documents = version.documents.values() if version is not None else ()
        return Evidence(self._lived()).misses(self.ledger.lives[-1], slot, next(iter(documents), NOTHING))

    def _lived(self) -> Lived:
        return Lived(scenario=self.scenario, world=self.world, ledger=self.ledger)

    def _born(self) -> Life:
        life = Life(
            number=len(self.ledger.lives) + 1,
            calm=False,
            manifests=dict(zip(self.scenario.specs, self.scenario.manifests, strict=True)),
            specs=self.scenario.specs,
        )
        self.ledger.lives.append(life)
        return life

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def _platforms(self, life: Life, mortal: Mortal) -> Any:
        witness = Witness(
            life=life,
            world=self.world,
            ledger=self.ledger,
            mortal=mortal,
            others=self.ambush,
            wire=Wire(chance=self._jitter),
            diary=Diary(self.runs_folder),
        )
        http = HttpSettings(
            origin_async=self.scenario.asynchronous,
            correlation_id=lambda: f"request-{next(self._ids)}",
            jitter=self._jitter.random,
            wall_clock=self.world.clock.now,
        )
        access = Access(self.seams.transport(witness))
        return open_platforms(TARGETS, env={}, clock=self.world.clock, sandbox=access, settings=http)

    async def _plan(self, life: Life, mortal: Mortal | None = None) -> None:
        async with self._platforms(life, mortal or Mortal()) as opened:
            memory = recall(self.journals).memory
            plan = await build_plan(self.manifests, self._planted(opened).readers, memory=memory)
        self._show(life, plan, self.world.history.tick())

    def _show(self, life: Life, plan: Plan, planned: int) -> None:
        life.plan, life.planned = plan, planned
        slot_of = self.world.history.slot_of
        life.by_slot = {slot_of(r.identity.target, r.identity.value): r for r in plan.resources}

    async def _apply(self, life: Life, mortal: Mortal, *, saved: bool = False) -> None:
        assert life.plan is not None
        inner = FileJournal(
            self.journals,
            now=lambda: datetime.fromtimestamp(self.world.clock.now(), UTC),
            name=lambda: f"{life.number:06x}",
        )
        async with self._platforms(life, mortal) as opened:
            platforms = self._planted(opened)
            life.outcomes = await apply_plan(
                life.plan,
                readers=platforms.readers,
                writers=platforms.writers,
                journal=Pen(inner=self.seams.journal(inner), mortal=mortal, life=life, history=self.world.history),
                clock=self.world.clock,
                options=ApplyOptions(concurrency=self.scenario.concurrency, batch=self.batch, saved=saved),
            )

    def _planted(self, opened: Platforms) -> Platforms:
        readers = {name: self.seams.reader(reader) for name, reader in opened.readers.items()}
        writers = {name: self.seams.writer(writer, readers[name]) for name, writer in opened.writers.items()}
        return Platforms(readers=readers, writers=writers)

    def _ending(self, life: Life, mortal: Mortal, work: Coroutine[Any, Any, None]) -> Applied:
        diary = Diary(self.runs_folder)
        try:
            self._run(work)
        except* Killed:
            life.killed = mortal.died
        life.ended = self.world.history.tick()
        life.journal = diary.refresh()
        if life.outcomes is None:
            return Applied(life=life)
        status = status_of_outcomes(life.outcomes)
        printed = render_document(Result(command="apply", status=status, plan=life.plan, outcomes=life.outcomes))
        return Applied(life=life, status=status, document=json.loads(printed))


def id_of(document: Json) -> str:
    """Return what tells a resource from another one that came in its place."""
    return str(document.get("id") or document["originId"])


def _read(texts: Sequence[str], folder: Path) -> tuple[Manifest, ...]:
    project = Project(root=folder, file=None, manifests=(), targets=TARGETS, seed=None)
    loaded = load_texts(project, [(f"{number}.yaml", text.encode()) for number, text in enumerate(texts)])
    assert not loaded.diagnostics, loaded.diagnostics
    return loaded.manifests
