"""A working copy and both platforms for one test, and carry out one command at a time, as its own process would.

Everything goes through what the commands call: manifests are YAML text, plans are files, journals lie on disk. Time is
simulated and never waited for. What really happens is kept apart from what trueup believes, in the history of the
sandbox's store and in the requests that the transport saw; the simulation's invariants compare the two.
"""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

from simulation.crash import CrashPoint, Killed
from simulation.event_log import Attempt, Edit, EventLog
from simulation.facts import NOTHING
from simulation.history import Author, Who, acting
from simulation.invariants.all import check_invariants
from simulation.invariants.evidence import Evidence, Violation
from simulation.journal_on_disk import JournalOnDisk
from simulation.layout import at
from simulation.places import CONNECT, ORIGIN, Slot
from simulation.random_streams import stream
from simulation.recording_journal import RecordingJournal
from simulation.recording_transport import RecordingTransport, Wire
from simulation.run import CALM_ATTEMPTS, Access, FinishedRun
from simulation.scenario import Habits, Pace, Scenario
from simulation.seams import NOTHING_PLANTED, Seams
from simulation.simulated_time import SimulatedLoop, simulate
from simulation.targets import TARGETS, credentials
from simulation.world import open_world
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
from trueup.sandbox.settings import Settings
from trueup.state.folder import Folder
from trueup.state.key import SIZE

T = TypeVar("T")
Json = Mapping[str, Any]

_TARGETS: Final = {name: TARGETS[name] for name in (CONNECT, ORIGIN)}

STILL: Final = Pace(attempts=0, eagerness=0.0, edits=0, fatal=(), latency=0.0, late=0.0, orphan=0.0)
"""Nothing happens that the test does not do."""

PAUSE: Final = 200.0
"""Simulated seconds after which every process of the platforms is over and every search shows the present."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """What a test starts from: manifests as texts, and what is live, by the name of the target."""

    texts: tuple[str, ...]
    live: Mapping[str, Json]
    switches: Json = field(default_factory=dict)
    asynchronous: bool = False
    batch: int = 1


@dataclass(slots=True)
class Ambush:
    """Another writer who acts at a moment that the test chose, counted in arrivals and answers of requests."""

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
    """How an apply ended: its exit status and the document that it prints; None when it was killed."""

    attempt: Attempt
    status: Exit | None = None
    document: Any = None


class Rig:
    """Be the working copy; close it at the end. Journals and plans go to ``folder``."""

    def __init__(self, estate: Estate, folder: Path, seams: Seams = NOTHING_PLANTED) -> None:
        self.folder, self.runs_folder, self.seams = folder, folder / "runs", seams
        self.journals = Journals(Folder(folder, ("runs",)), key=bytes(SIZE))
        self.loop = SimulatedLoop()
        self.world = open_world(self.loop, Settings().changed(estate.switches), estate.live)
        self.event_log = EventLog()
        self.ambush = Ambush(self.edit)
        self.manifests = _read(estate.texts, folder)
        self.batch = estate.batch
        history = self.world.history
        specs = {history.slot_of_identity(m.identity): m.spec for m in self.manifests}
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

    def plan(self) -> Attempt:
        """Do what ``plan --out`` does: read, plan, and save the plan where :meth:`file_of` says."""
        attempt = self._born()
        self._run(self._plan(attempt))
        attempt.ended = self.world.history.tick()
        assert attempt.plan is not None
        save_plan(attempt.plan, self.file_of(attempt))
        return attempt

    def file_of(self, attempt: Attempt) -> Path:
        """Return where the plan of an attempt is saved."""
        return self.folder / f"plan-{attempt.number}.json"

    def apply(self, *, fatal: int = 0) -> Applied:
        """Do what ``apply`` does; ``fatal`` is the number of the boundary at which the process is killed."""
        attempt = self._born()
        crash_point = CrashPoint(fatal)

        async def work() -> None:
            await self._plan(attempt, crash_point)
            await self._apply(attempt, crash_point)

        return self._ending(attempt, crash_point, work())

    def apply_saved(self, planned: Attempt, *, fatal: int = 0) -> Applied:
        """Do what ``apply --plan`` does with the plan of another attempt."""
        attempt = self._born()
        plan = recompute(read_plan(self.file_of(planned)), self.manifests, {}, file=str(self.file_of(planned)))
        # The plan rests on what that other attempt was shown.
        self.event_log.looks += [
            replace(k, attempt=attempt.number) for k in self.event_log.looks if k.attempt == planned.number
        ]
        self._show(attempt, plan, planned.planned)
        crash_point = CrashPoint(fatal)
        return self._ending(attempt, crash_point, self._apply(attempt, crash_point, saved=True))

    def drift(self) -> Drift:
        """Do what ``drift`` does."""
        attempt = self._born()

        async def work() -> Drift:
            async with self._platforms(attempt, CrashPoint()) as platforms:
                return await find_drift(self.manifests, platforms.readers)

        found = self._run(work())
        attempt.ended = self.world.history.tick()
        return found

    def runs(self) -> tuple[Run, ...]:
        """Do what ``runs`` does."""
        return list_runs(self.journals)

    def edit(self, edit: Json) -> None:
        """Change, delete or touch a resource as another writer would."""
        change = edit_from_json(edit)
        slot = (CONNECT if change.kind == "connector" else "origin", str(change.name))
        self.world.catch_up(slot[0])
        number, seq = len(self.event_log.edits) + 1, self.world.history.tick()
        with acting(Author(Who.OTHERS, number)):
            if edit_resource(self.world.sandbox, slot[0], change):
                self.event_log.edits.append(Edit(number=number, seq=seq, slot=slot, kind=str(change.kind)))
        document = self.document_of(slot)
        if document is not None:
            self.foreign |= {(slot, path): (id_of(document), at(document, path)) for path in change.changes or {}}

    def is_unmanaged(self, slot: Slot, path: str) -> bool:
        """Return whether no manifest names a path."""
        return at(dict(self.scenario.specs.get(slot, {})), path) is None

    def writes(self) -> int:
        """Return how many requests so far were to change something."""
        return sum(sent.verb.writes for sent in self.event_log.requests)

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

    def calm_down(self) -> Attempt:
        """End every disturbance and apply until a plan holds nothing to send, or as often as is allowed."""
        self.disturb([])
        self.ambush.waiting.clear()
        attempt = self.event_log.attempts[-1] if self.event_log.attempts else self._born()
        for _ in range(CALM_ATTEMPTS):
            self.pass_time(PAUSE)
            attempt = self.apply().attempt
            if attempt.plan is not None and not any(r.verdict in SENT for r in attempt.plan.resources):
                break
        return attempt

    def violations(self) -> list[Violation]:
        """Let the invariants see everything that happened."""
        return check_invariants(self._lived())

    def misses(self, slot: Slot) -> list[str]:
        """Return what of a resource is not as its manifest wants it, in truth and not as reported."""
        version = self.world.history.latest(slot)
        documents = version.documents.values() if version is not None else ()
        return Evidence(self._lived()).misses(self.event_log.attempts[-1], slot, next(iter(documents), NOTHING))

    def _lived(self) -> FinishedRun:
        return FinishedRun(scenario=self.scenario, world=self.world, event_log=self.event_log)

    def _born(self) -> Attempt:
        attempt = Attempt(
            number=len(self.event_log.attempts) + 1,
            calm=False,
            manifests=dict(zip(self.scenario.specs, self.scenario.manifests, strict=True)),
            specs=self.scenario.specs,
        )
        self.event_log.attempts.append(attempt)
        return attempt

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def _platforms(self, attempt: Attempt, crash_point: CrashPoint) -> Any:
        transport = RecordingTransport(
            attempt=attempt,
            world=self.world,
            event_log=self.event_log,
            crash_point=crash_point,
            others=self.ambush,
            wire=Wire(chance=self._jitter),
            journal_on_disk=JournalOnDisk(self.runs_folder),
        )
        http = HttpSettings(
            origin_async=self.scenario.asynchronous,
            correlation_id=lambda: f"request-{next(self._ids)}",
            jitter=self._jitter.random,
            wall_clock=self.world.clock.now,
        )
        way, env = self.seams.transport(transport), credentials()
        clock = self.world.clock
        return open_platforms(_TARGETS, env=env, clock=clock, sandbox=Access(way), transport=way, settings=http)

    async def _plan(self, attempt: Attempt, crash_point: CrashPoint | None = None) -> None:
        async with self._platforms(attempt, crash_point or CrashPoint()) as opened:
            memory = recall(self.journals).memory
            plan = await build_plan(self.manifests, self._planted(opened).readers, memory=memory)
        self._show(attempt, plan, self.world.history.tick())

    def _show(self, attempt: Attempt, plan: Plan, planned: int) -> None:
        attempt.plan, attempt.planned = plan, planned
        slot_of = self.world.history.slot_of_identity
        attempt.by_slot = {slot_of(r.identity): r for r in plan.resources}

    async def _apply(self, attempt: Attempt, crash_point: CrashPoint, *, saved: bool = False) -> None:
        assert attempt.plan is not None
        inner = FileJournal(
            self.journals,
            now=lambda: datetime.fromtimestamp(self.world.clock.now(), UTC),
            name=lambda: f"{attempt.number:06x}",
        )
        async with self._platforms(attempt, crash_point) as opened:
            platforms = self._planted(opened)
            attempt.outcomes = await apply_plan(
                attempt.plan,
                readers=platforms.readers,
                writers=platforms.writers,
                journal=RecordingJournal(
                    inner=self.seams.journal(inner),
                    crash_point=crash_point,
                    attempt=attempt,
                    history=self.world.history,
                ),
                clock=self.world.clock,
                options=ApplyOptions(concurrency=self.scenario.concurrency, batch=self.batch, saved=saved),
            )

    def _planted(self, opened: Platforms) -> Platforms:
        readers = {name: self.seams.reader(reader) for name, reader in opened.readers.items()}
        writers = {name: self.seams.writer(writer, readers[name]) for name, writer in opened.writers.items()}
        return Platforms(readers=readers, writers=writers)

    def _ending(self, attempt: Attempt, crash_point: CrashPoint, work: Coroutine[Any, Any, None]) -> Applied:
        journal_on_disk = JournalOnDisk(self.runs_folder)
        try:
            self._run(work)
        except* Killed:
            attempt.killed = crash_point.died
        attempt.ended = self.world.history.tick()
        attempt.journal = journal_on_disk.refresh()
        if attempt.outcomes is None:
            return Applied(attempt=attempt)
        status = status_of_outcomes(attempt.outcomes)
        printed = render_document(Result(command="apply", status=status, plan=attempt.plan, outcomes=attempt.outcomes))
        return Applied(attempt=attempt, status=status, document=json.loads(printed))


def id_of(document: Json) -> str:
    """Return what tells a resource from another one that came in its place."""
    return str(document.get("id") or document["originId"])


def _read(texts: Sequence[str], folder: Path) -> tuple[Manifest, ...]:
    project = Project(root=folder, file=None, manifests=(), targets=_TARGETS, seed=None)
    loaded = load_texts(project, [(f"{number}.yaml", text.encode()) for number, text in enumerate(texts)])
    assert not loaded.diagnostics, loaded.diagnostics
    return loaded.manifests
