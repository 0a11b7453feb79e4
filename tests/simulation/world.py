"""Set up the sandbox of one run: both platforms, a store that is watched, simulated time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from starlette.types import ASGIApp

from simulation.history import Author, History, WatchedStore, Who, acting
from simulation.layout import Json
from simulation.places import CONNECT, PROJECTS_OF_CLIENTS, Slot
from simulation.simulated_time import SimulatedClock, SimulatedLoop
from trueup.sandbox.connect.deployment_pipeline import settle_deployments
from trueup.sandbox.connect.pipeline import settle as settle_drafts
from trueup.sandbox.faults import Faults, faults_from_json
from trueup.sandbox.origin.batches import settle as settle_batches
from trueup.sandbox.request_log import Entry
from trueup.sandbox.seed import apply_seed
from trueup.sandbox.server import create_app
from trueup.sandbox.settings import Settings
from trueup.sandbox.world import Sandbox


@dataclass(slots=True, kw_only=True)
class World:
    """The platforms as they really are.

    ``shown`` is, by request, the number up to which its answer knew and the moment that a lagging search showed.
    ``batches`` are the slots of each asynchronous batch, ``submitted`` the requests that brought them; ``orphans`` are
    requests that outlived their senders.
    """

    sandbox: Sandbox
    app: ASGIApp
    history: History
    clock: SimulatedClock
    shown: dict[int, tuple[int, float]] = field(default_factory=dict)
    batches: dict[str, tuple[Slot, ...]] = field(default_factory=dict)
    submitted: dict[str, int] = field(default_factory=dict)
    orphans: list[asyncio.Task[None]] = field(default_factory=list)
    struck: dict[str, int] = field(default_factory=dict)
    _entries: dict[str, Entry] = field(default_factory=dict)
    _logged: int = 0

    @property
    def lag(self) -> float:
        """Return how many seconds a search is behind."""
        return self.sandbox.settings.origin_search_lag

    def entry(self, correlation: str) -> Entry | None:
        """Return what the sandbox's log says of a request, None while it is in progress."""
        log = self.sandbox.log.entries()
        for entry in log:
            self._entries[entry.correlation_id] = entry
        self._logged += len(log)
        self.sandbox.log.clear()
        return self._entries.get(correlation)

    def catch_up(self, world: str) -> None:
        """Advance the platforms' own processes to the present, so that what they do is not attributed to a request."""
        with acting(Author(Who.PLATFORM)):
            if world == CONNECT:
                with self.sandbox.store.transaction():
                    settle_drafts(self.sandbox, world)
                    settle_deployments(self.sandbox, world)
            else:
                settle_batches(self.sandbox, world)

    def disturb(self, rules: list[Json], seed: int) -> None:
        """Set the faults from now on, and count how often the previous ones happened."""
        for rule in self.sandbox.faults.to_json():
            self.struck[rule["name"]] = self.struck.get(rule["name"], 0) + rule["struck"]
        self.sandbox.faults = faults_from_json({"seed": seed, "faults": rules}, "simulation") if rules else Faults()

    async def settle(self) -> None:
        """Deliver all requests that outlived their senders."""
        if self.orphans:
            await asyncio.gather(*self.orphans)
            self.orphans.clear()


def open_world(loop: SimulatedLoop, settings: Settings, seeds: Mapping[str, Json]) -> World:
    """Return the platforms with what the seeds hold, by world."""
    clock = SimulatedClock(loop)
    history = History(clock)
    store = WatchedStore(history)
    app = create_app(store, replace(settings, projects=PROJECTS_OF_CLIENTS), clock)
    world = World(sandbox=app.state.sandbox, app=app, history=history, clock=clock)
    with acting(Author(Who.SEED)):
        for name, seed in seeds.items():
            apply_seed(store, name, seed, clock=clock)
    return world
