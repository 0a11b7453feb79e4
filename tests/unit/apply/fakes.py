"""Fakes of a platform, a clock and a manifest, with which a test decides what happens and when."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from trueup.apply.context import DEFAULT_OPTIONS, ApplyOptions, Event
from trueup.apply.run import StopSignal, apply_plan
from trueup.apply.seal import Journals
from trueup.diff.simulate import created, simulate
from trueup.errors import Conflict, NotFound, OutcomeUnknown, Rejected
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, Create, Delete, FieldAction, ProcessAction, UpdateAction
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Lifecycle, Live, Missing, Reading
from trueup.model.manifest import NO_LIFECYCLE, LifecycleSpec, Manifest
from trueup.model.plan import Plan
from trueup.model.position import Position, Step
from trueup.model.reader import ReadAll, Wanted
from trueup.model.run import Ended, Intent, Outcome
from trueup.model.value import ABSENT, NOT_RETURNED, Desired, Known, LiveValue, Value
from trueup.plan.build import build_plan
from trueup.plan.fallbacks import Memory
from trueup.state.folder import Folder
from trueup.state.key import SIZE

DRAFT = Lifecycle(status="Draft", previewable="none", private=True, listed=False, has_changes=False)

SPEC = {
    "name": "Acme Tax",
    "description": "Taxes",
    "creator": {"email": "dev@acme.example"},
    "repository": {"url": "git@github.com:acme/tax.git", "tag": "v1.0.0"},
}
DEPLOYED = Lifecycle(status="Deployed", running_release="v1.0.0 (version 2)", offered_release="v1.0.0 (version 2)")
STATES: Mapping[Kind, Lifecycle | None] = {
    Kind.CONNECTOR: DRAFT,
    Kind.DEPLOYMENT: DEPLOYED,
    Kind.CERTIFICATION: None,
}
"""The state of a resource right after its creation."""
DEPLOYMENT = {"connector": {"key": "acme-tax"}, "region": "europe-west1.gcp", "applications": {"calculator": {}}}
CERTIFICATION = {"standard": {"code": "EPD"}, "reportingBody": {"name": "Veritas"}, "url": "https://acme.example/epd"}


class Clock:
    """A clock that passes time without waiting."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


class Places:
    """Positions: the line of a node is the length of its path plus one."""

    def at(self, path: Sequence[Step]) -> Position:
        return Position("tax.yaml", len(path) + 1, 1 + sum(step for step in path if isinstance(step, int)))


def connector(
    key: str,
    spec: Mapping[str, object] | None = None,
    *,
    target: str = "eu",
    lifecycle: LifecycleSpec = NO_LIFECYCLE,
) -> Manifest:
    return Manifest(
        identity=Identity(target, Kind.CONNECTOR, IdField.KEY, key),
        spec=SPEC if spec is None else spec,
        lifecycle=lifecycle,
        labels={},
        positions=Places(),
    )


def deployment(
    key: str,
    spec: Mapping[str, object] | None = None,
    *,
    target: str = "eu",
    lifecycle: LifecycleSpec = NO_LIFECYCLE,
) -> Manifest:
    return Manifest(
        identity=Identity(target, Kind.DEPLOYMENT, IdField.KEY, key),
        spec=DEPLOYMENT if spec is None else spec,
        lifecycle=lifecycle,
        labels={},
        positions=Places(),
    )


def certification(
    external_id: str,
    spec: Mapping[str, object] | None = None,
    *,
    target: str = "origin",
    lifecycle: LifecycleSpec = NO_LIFECYCLE,
) -> Manifest:
    return Manifest(
        identity=Identity(target, Kind.CERTIFICATION, IdField.EXTERNAL_ID, external_id),
        spec=CERTIFICATION if spec is None else spec,
        lifecycle=lifecycle,
        labels={},
        positions=Places(),
        locale="en",
    )


MAKERS: Mapping[Kind, Callable[..., Manifest]] = {
    Kind.CONNECTOR: connector,
    Kind.DEPLOYMENT: deployment,
    Kind.CERTIFICATION: certification,
}

Fault = Callable[["Target", Callable[[], Live | None]], Live | None]
"""Decides the result of one write, given the platform and a function that commits it."""


@dataclass
class Target:
    """A fake platform: it keeps resources, checks versions if it has them, and follows its faults."""

    versioned: bool = True
    live: dict[Identity, Live] = field(default_factory=dict)
    writes: list[tuple[str, tuple[Action, ...]]] = field(default_factory=list)
    reads: int = 0
    faults: list[Fault | None] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    """Answers to the next single reads, before the real state is returned again."""
    hidden: set[str] = field(default_factory=set)
    """Fields that the platform does not return."""
    lag: int = 0
    """How many single reads after a write still show the state before it."""
    on_read: Callable[["Target"], None] | None = None
    states: list[list[dict[str, object]]] = field(default_factory=list)
    """The states that each process action leads to: the first at once, one more at each read."""
    undeletable: bool = False
    _old: list[dict[Identity, Live]] = field(default_factory=list)
    _pipeline: list[dict[str, object]] = field(default_factory=list)

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        return ReadAll(readings={w.identity: self._shown(self.live, w.identity) for w in wanted}, unmanaged=0)

    async def read(self, wanted: Wanted) -> Reading:
        await asyncio.sleep(0)
        self.reads += 1
        if self.on_read is not None:
            self.on_read(self)
        if self._pipeline and not self.readings:
            self.move(wanted.identity, **self._pipeline.pop(0))
        if self.readings:
            return self.readings.pop(0)
        return self._shown(self._old.pop(0) if self._old else self.live, wanted.identity)

    async def create(self, wanted: Wanted, fields: Desired) -> Live | None:
        def commit() -> None:
            if wanted.identity in self.live:
                raise Rejected("Duplicate key.", status=400, code="DuplicateField", messages=["Duplicate key."])
            self.put(wanted.identity, created(KINDS[wanted.identity.kind].fields, fields), version=1)

        return await self._write(wanted, (Create(fields),), commit)

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        def commit() -> None:
            now = self._current(wanted.identity, live)
            fields = [action for action in actions if isinstance(action, FieldAction)]
            self.put(wanted.identity, simulate(KINDS[wanted.identity.kind].fields, fields, now.fields))

        return await self._write(wanted, tuple(actions), commit)

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        def commit() -> None:
            self._current(wanted.identity, live)
            if not isinstance(action, Delete):
                self._pipeline = self.states.pop(0) if self.states else [{}]
                self.move(wanted.identity, **self._pipeline.pop(0))
            elif not self.undeletable:
                del self.live[wanted.identity]

        return await self._write(wanted, (action,), commit)

    def put(self, identity: Identity, fields: Mapping[str, LiveValue], *, version: int | None = None) -> None:
        """Store fields as a write does, and raise the version."""
        now = self.live.get(identity)
        next_version = version or (now.version or 0) + 1 if now else 1
        self.live[identity] = Live(
            fields=fields,
            remote_id=now.remote_id if now else f"id-{identity.value}",
            version=next_version if self.versioned else None,
            lifecycle=now.lifecycle if now else STATES.get(identity.kind, DRAFT) if self.versioned else None,
        )

    def edit(self, manifest: Manifest, path: str, value: Value | None) -> None:
        """Change one field as another writer would; None unsets it."""
        now = self.live[manifest.identity].fields
        self.put(manifest.identity, {**now, path: ABSENT if value is None else Known(value)})

    def hold(self, manifest: Manifest, **changed: Value) -> None:
        """Start with a resource as its manifest wants it, except for these fields (``__`` is a dot)."""
        kind = KINDS[manifest.identity.kind]
        fields = {**kind.desired(manifest.spec), **{path.replace("__", "."): v for path, v in changed.items()}}
        self.put(manifest.identity, created(kind.fields, fields))

    def move(self, identity: Identity, **changed: object) -> None:
        """Change the lifecycle as the platform's own pipeline does, which raises the version."""
        now = self.live[identity]
        assert now.lifecycle is not None
        lifecycle = replace(now.lifecycle, **changed)  # type: ignore[arg-type]  # the test names the fields
        self.live[identity] = replace(now, lifecycle=lifecycle, version=(now.version or 0) + 1)

    def of(self, manifest: Manifest, path: str) -> LiveValue:
        return self.live[manifest.identity].fields[path]

    def _current(self, identity: Identity, sent: Live) -> Live:
        now = self.live.get(identity)
        if now is None:
            raise NotFound("It does not exist.", status=404)
        if self.versioned and sent.version != now.version:
            raise Conflict(f"Version {sent.version} was sent, {now.version} is current.", status=409)
        return now

    async def _write(self, wanted: Wanted, actions: tuple[Action, ...], store: Callable[[], None]) -> Live | None:
        await asyncio.sleep(0)
        self.writes.append((wanted.identity.value, actions))
        before = dict(self.live)

        def commit() -> Live | None:
            store()
            self._old = [before] * self.lag
            return self.live.get(wanted.identity) if self.versioned else None

        fault = self.faults.pop(0) if self.faults else None
        return commit() if fault is None else fault(self, commit)

    def _shown(self, state: Mapping[Identity, Live], identity: Identity) -> Reading:
        live = state.get(identity)
        if live is None:
            return Missing()
        return replace(live, fields={p: NOT_RETURNED if p in self.hidden else v for p, v in live.fields.items()})


def lost_before(target: Target, commit: Callable[[], Live | None]) -> Live | None:
    raise OutcomeUnknown("Connection reset.")


def lost_after(target: Target, commit: Callable[[], Live | None]) -> Live | None:
    commit()
    raise OutcomeUnknown("Connection reset.")


def refusing(error: Exception) -> Fault:
    def fault(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        raise error

    return fault


def after_edit(manifest: Manifest, path: str, value: Value | None, then: Fault | None = None) -> Fault:
    """A fault: another writer writes first."""

    def fault(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        target.edit(manifest, path, value)
        return commit() if then is None else then(target, commit)

    return fault


def storing(manifest: Manifest, path: str, value: Value | None) -> Fault:
    """Commit, but store another value: what the field had (dropped) or something like what was sent (normalised)."""

    def fault(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        now = target.live[manifest.identity]
        stored = {**now.fields, path: ABSENT if value is None else Known(value)}
        target.live[manifest.identity] = replace(now, fields=stored)
        return target.live[manifest.identity] if target.versioned else None

    return fault


@dataclass(slots=True)
class MemoryJournal:
    """A journal in memory."""

    plans: list[Plan] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    endings: list[tuple[int, Ended]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    finished: bool = False
    open: frozenset[Identity] = frozenset()
    applied: Mapping[Identity, str] = field(default_factory=dict)

    def begin(self, plan: Plan) -> None:
        self.plans.append(plan)

    def intent(self, intent: Intent) -> int:
        self.intents.append(intent)
        return len(self.intents)

    def ended(self, number: int, ended: Ended) -> None:
        self.endings.append((number, ended))

    def outcome(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    async def flushed(self) -> None:
        """Return at once, as there is no storage to flush to."""

    def finish(self) -> None:
        self.finished = True

    def unsettled(self, identity: Identity) -> bool:
        return identity in self.open

    def applied_before(self, identity: Identity) -> str:
        return self.applied.get(identity, "")


@dataclass
class Scene:
    """The targets of a test, and what an apply recorded."""

    targets: dict[str, Target]
    clock: Clock = field(default_factory=Clock)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    events: list[Event] = field(default_factory=list)

    def plan(self, *manifests: Manifest, memory: Memory | None = None) -> Plan:
        return asyncio.run(build_plan(manifests, self.targets, memory=memory))

    def apply(
        self,
        plan: Plan,
        options: ApplyOptions = DEFAULT_OPTIONS,
        stop: StopSignal | None = None,
        withheld: Sequence[Outcome] = (),
    ) -> tuple[Outcome, ...]:
        return asyncio.run(
            apply_plan(
                plan,
                readers=self.targets,
                writers=self.targets,
                journal=self.journal,
                clock=self.clock,
                options=options,
                on_event=self.events.append,
                stop=stop,
                withheld=withheld,
            )
        )


def scene(target: Target) -> Scene:
    return Scene({"eu" if target.versioned else "origin": target})


def kept(folder: Path) -> Journals:
    """Return the journals in this folder, sealed with a key of the tests."""
    return Journals(Folder(folder.parent, (folder.name,)), key=b"k" * SIZE)
