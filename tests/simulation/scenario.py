"""Draw a whole run from its seed, before it begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from simulation import certifications
from simulation.disruptions import NONE, Disruptions, draw_disruptions
from simulation.drawing import Drawing, draw_colleague
from simulation.installed import install
from simulation.layout import Json
from simulation.moved_base import today
from simulation.places import CONNECT, ORIGIN, Slot
from simulation.random_streams import Chance, stream
from simulation.switches import Value, draw_switches
from trueup.model.manifest import Manifest

_WRITES: Final = r"/connectors/drafts(/|$)|/deployments(/|$)|/certifications/(create|update|delete)$"
"""Paths of writes. A platform that says "not found" to a read says that nothing is there, and can only be believed."""

_REFUSED_UPDATES_CARRIED_OUT: Final[tuple[Json, ...]] = tuple(
    {
        "effect": "reject",
        "status": status,
        "performed": True,
        "method": "POST",
        "path": r"/update$|/connectors/drafts/|/deployments/",
    }
    for status in (400, 404)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a run's disturbances are spread; see :mod:`simulation.foreign_writers` and ``crash_point``.

    ``rollout`` is the probability of a kill at each reading during a rollout.
    """

    attempts: int
    eagerness: float
    edits: int
    fatal: tuple[int, ...]
    latency: float
    late: float
    orphan: float
    rollout: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How people use trueup in a run.

    ``saved``: plans go to a file and are applied from there, after a while in which others have time. ``again``: the
    probability that an attempt applies the file of the last one once more instead of planning. ``batch`` and ``wait``
    are options of the apply.
    """

    saved: bool
    again: float
    batch: int
    wait: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that is drawn of a run.

    ``before`` are the manifests of the base, where there is one; ``applied`` those that an earlier apply wrote, by
    slot, where there is a record of applies. ``colleague`` holds manifests of the same resources that want something
    else, ``their_specs`` what these want.
    """

    seed: int
    run: int
    manifests: tuple[Manifest, ...]
    specs: Mapping[Slot, Json]
    seeds: Mapping[str, Json]
    fresh: Mapping[Slot, Json]
    switches: Mapping[str, Value]
    faults: tuple[Json, ...]
    pace: Pace
    habits: Habits
    concurrency: int
    asynchronous: bool
    disruptions: Disruptions = NONE
    before: tuple[Manifest, ...] = ()
    applied: Mapping[Slot, Manifest] = field(default_factory=dict)
    colleague: tuple[Manifest, ...] = ()
    their_specs: Mapping[Slot, Json] = field(default_factory=dict)

    @property
    def side_by_side(self) -> int:
        """Return how many requests to one target there may be at a time: few where there are many resources."""
        return 3 if self.disruptions.crowd else 10

    def stream(self, name: str) -> Chance:
        """Return one more stream of this run."""
        return stream(self.seed, self.run, name)


def draw_scenario(seed: int, run: int) -> Scenario:
    """Draw run number ``run`` of the simulation with this seed."""
    disruptions = draw_disruptions(stream(seed, run, "mishaps"))
    drawn = Drawing(stream(seed, run, "scenario"), crowd=disruptions.crowd)
    install(drawn, stream(seed, run, "deployments"), disruptions)
    colleague, their_specs = draw_colleague(drawn, stream(seed, run, "colleague"))
    chance = stream(seed, run, "pace")
    switches = draw_switches(stream(seed, run, "switches"), share=chance.choice((0.0, 0.05, 0.2)))
    comparison = switches.get("origin_key_comparison", "exact")
    kept = [certifications.as_kept(certification, comparison) for certification in drawn.certifications]
    return Scenario(
        seed=seed,
        run=run,
        manifests=tuple(drawn.manifests)
        if disruptions.moved_base is None
        else today(disruptions.moved_base, drawn.manifests),
        before=tuple(drawn.manifests),
        applied=drawn.applied,
        specs=drawn.specs,
        seeds={
            CONNECT: {"connectors": drawn.drafts, "deployments": drawn.deployments},
            ORIGIN: {"certifications": kept},
        },
        fresh={slot: certifications.as_kept(live, comparison) for slot, live in drawn.fresh.items()},
        switches=switches,
        faults=tuple(_faults(stream(seed, run, "faults"))),
        pace=_pace(chance, stream(seed, run, "rollouts")),
        habits=_habits(stream(seed, run, "habits")),
        disruptions=disruptions,
        colleague=colleague,
        their_specs=their_specs,
        concurrency=chance.randint(1, 4),
        asynchronous=chance.happens(0.25),
    )


def _pace(chance: Chance, rollouts: Chance) -> Pace:
    busy = chance.happens(0.7)
    kills = chance.choice((0, 0, 1, 1, 2))
    return Pace(
        attempts=chance.randint(1, 3),
        eagerness=chance.choice((0.05, 0.2, 0.5)) if busy else 0.0,
        edits=chance.randint(1, 6) if busy else 0,
        fatal=tuple(chance.randint(1, 14) for _ in range(kills)),
        latency=chance.choice((0.0, 0.3, 2.0)),
        late=chance.choice((0.0, 0.0, 0.1, 0.4)),
        orphan=chance.choice((0.0, 0.5)),
        rollout=rollouts.choice((0.0, 0.0, 0.3)),
    )


def _habits(chance: Chance) -> Habits:
    return Habits(
        saved=chance.happens(0.4),
        again=chance.choice((0.0, 0.5, 0.9)),
        batch=chance.choice((1, 1, 2, 3)),
        wait=chance.happens(0.85),
    )


def _faults(chance: Chance) -> list[Json]:
    rules: list[Json] = []
    for kind in chance.some(_KINDS, most=chance.choice((0, 1, 2, 4))):
        rule = {"name": _name(kind), "probability": chance.choice((0.03, 0.1, 0.3)), **kind}
        if chance.happens(0.5):
            rule["times"] = chance.randint(1, 3)
        if chance.happens(0.6):
            rule.setdefault("method", "POST")
        rules.append(rule)
    return rules


_KINDS: Final[tuple[Json, ...]] = (
    {"effect": "drop"},
    {"effect": "drop", "performed": True},
    {"effect": "refuse"},
    {"effect": "general-error"},
    {"effect": "general-error", "performed": True},
    {"effect": "html", "status": 502},
    {"effect": "html", "status": 502, "performed": True},
    {"effect": "html", "status": 503},
    {"effect": "html", "status": 504, "performed": True},
    {"effect": "unavailable", "retryAfter": 3, "retryAfterForm": "seconds"},
    {"effect": "unavailable"},
    {"effect": "too-many-requests", "retryAfter": 2, "retryAfterForm": "date"},
    {"effect": "too-many-requests"},
    {"effect": "unavailable", "page": True},
    {"effect": "unavailable", "page": True, "retryAfter": 2, "retryAfterForm": "seconds"},
    {"effect": "too-many-requests", "page": True},
    {"effect": "reject", "status": 400, "method": "POST", "path": _WRITES},
    {"effect": "reject", "status": 404, "method": "POST", "path": _WRITES},
    {"effect": "reject", "status": 400, "method": "DELETE"},
    {"effect": "reject", "status": 400, "performed": True, "method": "DELETE"},
    {"effect": "reject", "status": 404, "performed": True, "method": "DELETE"},
    {"effect": "reject", "status": 400, "performed": True, "path": "/certifications/delete$"},
    {"effect": "slow", "seconds": 20},
    {"effect": "slow", "seconds": 90},
    {"effect": "expire-tokens"},
    *_REFUSED_UPDATES_CARRIED_OUT,
)


def _name(kind: Json) -> str:
    page = "as a gateway's page" if kind.get("page") else ""
    parts = [str(kind["effect"]), page, str(kind.get("status", "")), str(kind.get("seconds", ""))]
    after = "after the work" if kind.get("performed") else ""
    waits = f"Retry-After as {kind['retryAfterForm']}" if "retryAfter" in kind else ""
    return " ".join(part for part in (*parts, after, waits) if part)
