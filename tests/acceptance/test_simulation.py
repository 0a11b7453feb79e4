"""Run a short simulation, and plant bugs to see that it would notice."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import pytest

from acceptance import plants, plants_deployments
from acceptance.commands import REPOSITORY
from simulation.disruptions import CLOSED, REFUSED, Disk, Disruptions, Outage
from simulation.invariants.evidence import Invariant
from simulation.moved_base import MovedBase, today, written
from simulation.places import ORIGIN
from simulation.runner import run_many, run_one
from simulation.scenario import Scenario, draw_scenario
from simulation.seams import Seams
from simulation.switches import choices
from simulation.tally import Tally, report
from simulation.trace import trace
from trueup.kinds.registry import KINDS
from trueup.manifest.rules import broken_rules
from trueup.manifest.schema import accepts
from trueup.model.identity import Kind
from trueup.model.manifest import LifecycleSpec, PublishTo, State

pytestmark = pytest.mark.slow

RUNS = 300
SEED = 20
MOST = 400
"""Runs in which a planted bug must be noticed."""

LOST_UPDATE = {"effect": "drop", "performed": True, "method": "POST", "name": "lost", "path": "update$"}
NOT_NOW = {"effect": "unavailable", "page": True, "method": "POST", "name": "not now", "path": "update$|create$"}
LOST_ROLLOUT = {"effect": "drop", "performed": True, "method": "POST", "name": "lost", "path": "/deployments/"}
LOST_CREATION = {"effect": "drop", "performed": True, "method": "POST", "name": "lost", "path": "drafts$|create$"}


def bent(**changes: Any) -> Callable[[Scenario], Scenario]:
    """Keep what was drawn, but for these parts, so that a bug need not wait for a rare draw."""
    return lambda scenario: replace(scenario, **changes)


def publishing(scenario: Scenario) -> Scenario:
    """Want every connector published, with others eager to change it."""
    wanted = LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE)
    manifests = tuple(
        replace(manifest, lifecycle=wanted) if manifest.identity.kind is Kind.CONNECTOR else manifest
        for manifest in scenario.manifests
    )
    return replace(scenario, manifests=manifests, pace=replace(scenario.pace, eagerness=0.5, edits=6))


def eager(scenario: Scenario) -> Scenario:
    """Let others be eager to change what is about to be written."""
    return replace(scenario, pace=replace(scenario.pace, eagerness=0.5, edits=6))


def public(scenario: Scenario) -> Scenario:
    """Let every connector be open to everyone, and want it private."""
    there = [
        {**draft, "private": False, "status": "Published", "alreadyListed": True, "hasChanges": False}
        for draft in scenario.seeds["connect"]["connectors"]
    ]
    return replace(
        publishing(scenario),
        seeds={**scenario.seeds, "connect": {"connectors": there}},
        pace=replace(scenario.pace, edits=0),
    )


def replacing(scenario: Scenario) -> Scenario:
    """Let others delete and create anew, and take keys away."""
    disruptions = replace(scenario.disruptions, recreating=0.5, losing_keys=0.3)
    return replace(scenario, disruptions=disruptions, pace=replace(scenario.pace, eagerness=0.5, edits=6))


def forgetful(scenario: Scenario) -> Scenario:
    """Let a colleague's manifests come in between, whose answers get lost, for fields that are not returned."""
    return replace(
        scenario,
        switches={"origin_omitted_fields": ["url", "certificateNumber", "issueDate", "voc", "contacts"]},
        faults=({**LOST_UPDATE, "probability": 0.5},),
        disruptions=Disruptions(others=(False, True)),
        pace=replace(scenario.pace, attempts=3, fatal=(), edits=0, late=0.0),
        habits=replace(scenario.habits, saved=False),
    )


def moved(scenario: Scenario) -> Scenario:
    """Protect everything in a base that had it elsewhere, and delete it today."""
    each, elsewhere = (True,) * 8, ("sub/c.yaml",) * 8
    moved_base = MovedBase(
        folders=("infra", "deploy/all"), then=elsewhere, now=("a.yaml",) * 8, protected=each, gone=each
    )
    return replace(
        scenario,
        manifests=today(moved_base, scenario.before),
        disruptions=Disruptions(moved_base=moved_base),
        switches={},
        faults=(),
    )


def deploying(scenario: Scenario, **switches: object) -> Scenario:
    """Publish every connector and let each deployment follow it, undisturbed."""
    published = LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE)
    wanted = {Kind.CONNECTOR: published, Kind.DEPLOYMENT: LifecycleSpec(follow=True)}
    return replace(
        scenario,
        manifests=tuple(replace(m, lifecycle=wanted.get(m.identity.kind, m.lifecycle)) for m in scenario.manifests),
        switches=switches,
        faults=(),
        disruptions=Disruptions(),
        pace=replace(scenario.pace, fatal=(), edits=0, late=0.0, rollout=0.0),
        habits=replace(scenario.habits, saved=False, wait=True),
    )


def removing(scenario: Scenario) -> Scenario:
    """Delete every connector and deployment, on a platform that lets a connector go from under its deployments."""
    gone = LifecycleSpec(state=State.ABSENT, reason="No longer offered.")
    kinds = (Kind.CONNECTOR, Kind.DEPLOYMENT)
    manifests = tuple(replace(m, lifecycle=gone) if m.identity.kind in kinds else m for m in scenario.manifests)
    return replace(deploying(scenario, deployment_blocks_connector_delete=False), manifests=manifests)


DOWN = Disruptions(outage=Outage(world=ORIGIN, request=1, seconds=inf, form=REFUSED), crowd=12)
FULL = Disruptions(disks=tuple(Disk(room=room) for room in (900, 1_400, 2_100)))
STOPPED = Disruptions(signals=((12,), (18,), (26,)))


@dataclass(frozen=True, kw_only=True)
class Plant:
    """A planted bug, the invariant it must break, and what makes it matter soon."""

    seams: Seams
    violation: Invariant
    adjust: Callable[[Scenario], Scenario] = field(default=bent())


PLANTS = {
    "a creation is retried blindly": Plant(
        seams=Seams(writer=plants.CreatesAgainBlindly),
        violation=Invariant.CREATES,
        adjust=bent(faults=({**LOST_CREATION, "probability": 0.5},)),
    ),
    "the version is read again right before writing": Plant(
        seams=Seams(writer=plants.ReadsTheVersionBeforeWriting), violation=Invariant.EDITS, adjust=eager
    ),
    "HTTP 200 with executionStatus ERROR is taken for success": Plant(
        seams=Seams(transport=plants.TakesAnErrorInsideForSuccess),
        violation=Invariant.JOURNAL,
        adjust=bent(
            asynchronous=True,
            switches={"origin_async_validation": "batch", "origin_density_check": "strict"},
            faults=(),
        ),
    ),
    "what is not returned is taken for empty": Plant(
        seams=Seams(reader=plants.TakesNotReturnedForEmpty),
        violation=Invariant.CONVERGENCE,
        adjust=bent(switches={"origin_omitted_fields": ["contacts", "voc"]}),
    ),
    "a flush of the journal is dropped": Plant(seams=Seams(journal=plants.ForgetsToFlush), violation=Invariant.JOURNAL),
    "every write is put on record as applied": Plant(
        seams=Seams(journal=plants.TakesEveryWriteForTaken), violation=Invariant.JOURNAL
    ),
    "an action is sent that no plan showed": Plant(
        seams=Seams(writer=plants.SendsOneActionMore), violation=Invariant.SHOWN
    ),
    "a publish carries out whatever is there": Plant(
        seams=Seams(writer=plants.PublishesWhateverIsThere), violation=Invariant.CONTENT, adjust=publishing
    ),
    "a write is called done that was never sent": Plant(
        seams=Seams(writer=plants.PretendsToHaveWritten), violation=Invariant.OUTCOMES
    ),
    "what does not fit is left out permanently": Plant(
        seams=Seams(writer=plants.GivesUpAfterTheFirstAction), violation=Invariant.CONVERGENCE
    ),
    "what is public is taken for private": Plant(
        seams=Seams(reader=plants.TakesPublicForPrivate), violation=Invariant.CONVERGENCE, adjust=public
    ),
    "changes are taken for published": Plant(
        seams=Seams(reader=plants.TakesChangesForPublished), violation=Invariant.CONVERGENCE, adjust=publishing
    ),
    "a refusal is taken for a lost answer": Plant(
        seams=Seams(transport=plants.TakesARefusalForLost),
        violation=Invariant.OUTCOMES,
        adjust=bent(faults=({**NOT_NOW, "probability": 1.0},)),
    ),
    "each request finds out for itself that a server is down": Plant(
        seams=Seams(transport=plants.AsksEachTimeAnew), violation=Invariant.OUTAGES, adjust=bent(disruptions=DOWN)
    ),
    "what was verified once is remembered forever": Plant(
        seams=Seams(memory=plants.never_forgets), violation=Invariant.OUTCOMES, adjust=forgetful
    ),
    "whatever has the name is changed": Plant(
        seams=Seams(writer=plants.ChangesWhateverHasTheName), violation=Invariant.REPLACED, adjust=replacing
    ),
    "a draft that lost its key is not looked for": Plant(
        seams=Seams(reader=plants.LooksForNoLostKeys), violation=Invariant.CREATES, adjust=replacing
    ),
    "a full disk goes unnoticed": Plant(
        seams=Seams(journal=plants.GoesOnWithoutRoom), violation=Invariant.JOURNAL, adjust=bent(disruptions=FULL)
    ),
    "what left before the disk was full is called failed": Plant(
        seams=Seams(journal=plants.TakesAFullDiskForARefusal),
        violation=Invariant.OUTCOMES,
        adjust=bent(disruptions=FULL),
    ),
    "a base that moved is taken for empty": Plant(
        seams=Seams(since=lambda _: None), violation=Invariant.PROTECTED, adjust=moved
    ),
    "a redeployment is sent again when its answer is lost": Plant(
        seams=Seams(writer=plants_deployments.RedeploysAgainBlindly),
        violation=Invariant.ROLLOUTS,
        adjust=lambda scenario: replace(deploying(scenario), faults=({**LOST_ROLLOUT, "probability": 0.5},)),
    ),
    "a masked value is taken for empty": Plant(
        seams=Seams(reader=plants_deployments.TakesTheMaskForEmpty), violation=Invariant.ROLLOUTS, adjust=deploying
    ),
    "the mask is sent as a secret": Plant(
        seams=Seams(transport=plants_deployments.SendsTheMask), violation=Invariant.SECRETS, adjust=deploying
    ),
    "a secret is left out of a redeployment": Plant(
        seams=Seams(writer=plants_deployments.LeavesOutSecrets), violation=Invariant.KEPT, adjust=deploying
    ),
    "the records of applies are lost": Plant(
        seams=Seams(since=lambda _: None), violation=Invariant.KEPT, adjust=deploying
    ),
    "a deployment does not wait for its connector": Plant(
        seams=Seams(plan=plants_deployments.unordered), violation=Invariant.ORDER, adjust=deploying
    ),
    "a connector is deleted before its deployment": Plant(
        seams=Seams(plan=plants_deployments.unordered), violation=Invariant.ORDER, adjust=removing
    ),
    "success is believed with an old version": Plant(
        seams=Seams(reader=plants_deployments.TakesTheOfferedReleaseForTheRunningOne),
        violation=Invariant.OUTCOMES,
        adjust=lambda scenario: deploying(scenario, deployment_update_moves=False),
    ),
    "a rollout is not awaited": Plant(
        seams=Seams(reader=plants_deployments.TakesARunForItsEnd), violation=Invariant.OUTCOMES, adjust=deploying
    ),
    "the report of a rollout is not read": Plant(
        seams=Seams(reader=plants_deployments.ReadsNoReport),
        violation=Invariant.OUTCOMES,
        adjust=lambda scenario: deploying(scenario, deployment_result="Deployed-with-warning"),
    ),
    "a signal ends nothing": Plant(
        seams=Seams(stop=plants.DeafStop), violation=Invariant.STOPS, adjust=bent(disruptions=STOPPED, concurrency=1)
    ),
}


@pytest.fixture(scope="module")
def tally() -> Tally:
    return run_many(SEED, range(RUNS))


def test_a_short_simulation_breaks_no_invariant(tally: Tally) -> None:
    assert tally.runs == RUNS
    assert [(f.run, violation.invariant, violation.text) for f in tally.failures for violation in f.violations] == []


def test_a_short_simulation_meets_everything_that_can_go_wrong(tally: Tally) -> None:
    assert min(len(tally.edits), len(tally.kills), len(tally.faults)) >= 6
    assert {"applied", "rebased", "stale", "unknown", "failed", "blocked", "unchanged"} <= tally.outcomes.keys()
    met = (
        "lost writes settled later",
        "plans applied from a file once more",
        "writes of several resources in one request",
        "attempts whose disk was full",
        "attempts that were asked to stop",
        "attempts that were asked to stop at once",
        "attempts with a colleague's manifests",
        "kills during a rollout",
        "deletions of deployments",
        "creations of deployments, carried out without an answer",
        "redeployments of deployments, carried out without an answer",
    )
    assert [name for name in met if not tally.seen[name]] == []
    assert {
        "connector: lost its key",
        "connector: deleted and created again, alike",
        "certification: deleted and created again, alike",
        "deployment: changed a secret",
        "deployment: redeployed with newer code",
        "deployment: rolled back",
    } <= tally.edits.keys()
    assert {f"down: {form}" for form in (REFUSED, CLOSED, "page 502", "page 503")} <= tally.faults.keys()


def test_the_table_prints_every_count(tally: Tally) -> None:
    table = "\n".join(report(tally, seed=SEED, switches=True))
    for counts in (tally.done, tally.outcomes, tally.faults, tally.edits, tally.kills, tally.switches):
        assert all(name in table for name in counts)
    assert all(str(invariant) in table for invariant in Invariant)


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_bug_is_noticed(name: str) -> None:
    plant = PLANTS[name]
    for run in range(MOST):
        _, violations = run_one(SEED, run, plant.seams, plant.adjust)
        if any(violation.invariant is plant.violation for violation in violations):
            _, without = run_one(SEED, run, adjust=plant.adjust)
            assert without == [], "the violation must come from the bug"
            return
    pytest.fail(f"{MOST} runs did not notice that {name}")


def test_every_invariant_has_a_bug_that_breaks_it() -> None:
    assert {plant.violation for plant in PLANTS.values()} == set(Invariant)


@pytest.mark.parametrize("run", range(5))
def test_a_run_is_the_same_each_time(run: int) -> None:
    assert trace(run_one(SEED, run)[0]) == trace(run_one(SEED, run)[0])


@pytest.mark.process
def test_a_run_does_not_depend_on_the_process_that_repeats_it() -> None:
    def repeated(hash_seed: str) -> str:
        command = [sys.executable, "-m", "simulation", "--seed", str(SEED), "--run", "3"]
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(REPOSITORY / "tests")}
        return subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=True).stdout

    assert repeated("1") == repeated("2") != ""


@pytest.mark.parametrize("run", range(100))
def test_drawn_manifests_are_valid(run: int) -> None:
    for manifest in draw_scenario(SEED, run).manifests:
        document = written(manifest)
        assert accepts(manifest.identity.kind, document)
        assert list(broken_rules(manifest.identity.kind, document, manifest.positions)) == []
        assert KINDS[manifest.identity.kind].desired(manifest.spec)


def test_every_switch_has_a_value_worth_trying() -> None:
    assert [name for name, values in choices().items() if not values] == []
