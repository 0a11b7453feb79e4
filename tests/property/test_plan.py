"""Plans and applies, over drawn manifests and the sandbox."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from strategies import specs_of
from trueup.apply.run import apply_plan
from trueup.kinds.registry import KINDS
from trueup.model.action import Action
from trueup.model.identity import ConnectTarget, Kind, OriginTarget, Target
from trueup.model.live import Live, Missing
from trueup.model.manifest import Manifest
from trueup.model.plan import Plan, PlannedAction, ResourcePlan, Verdict, VersionIs
from trueup.model.position import Position
from trueup.model.run import Outcome, Status
from trueup.model.value import NOT_RETURNED
from trueup.plan.build import build_plan
from trueup.plan.codec import from_json, plan_to_json, to_json
from trueup.plan.digest import SENT, plan_digest
from trueup.plan.resource import plan_resource, replan
from trueup.plan.saved import plan_from_json
from trueup.plan.whole import forecast
from trueup.platforms.open import Platforms, open_platforms
from trueup.platforms.settings import SystemClock
from trueup.sandbox.server import open_embedded
from unit.apply import fakes
from unit.apply.fakes import MAKERS, MemoryJournal

pytestmark = pytest.mark.slow

FEWER = settings(max_examples=settings().max_examples // 4 + 20)
"""Fewer examples where each draws whole plans, which takes a tenth of a second."""

PLACE = Position("trueup.yaml", 1, 1)
TARGETS: Mapping[str, Target] = {
    "eu": ConnectTarget(name="eu", api_url="", auth_url="", position=PLACE, sandbox=True),
    "origin": OriginTarget(name="origin", base_url="", position=PLACE, sandbox=True),
}


def pairs(key: str = "ACME", kinds: Sequence[Kind] = tuple(Kind)) -> st.SearchStrategy[tuple[Manifest, Manifest]]:
    """Draw two manifests of one resource: what it was made of, and what it is to become."""
    return st.sampled_from(kinds).flatmap(
        lambda kind: st.tuples(*(specs_of(kind, emptied=emptied) for emptied in (False, True))).map(
            lambda both: (MAKERS[kind](key, public(both[0])), MAKERS[kind](key, public(both[1])))
        )
    )


def public(node: Any) -> Any:
    """Give every address a scheme: the schema leaves it to Origin to judge them, and the sandbox does."""
    match node:
        case dict():
            return {key: public(value) for key, value in node.items()}
        case list():
            return [public(item) for item in node]
        case str() if node.startswith("www."):
            return f"https://{node}"
        case _:
            return node


@st.composite
def plans(draw: st.DrawFn) -> list[ResourcePlan]:
    """Draw the plans of up to four resources, creations and updates."""
    keys = draw(st.lists(st.sampled_from("abcd"), unique=True, min_size=1))
    drawn = [draw(pairs(key)) for key in keys]
    return [plan_resource(after, held(before) if draw(st.booleans()) else Missing()) for before, after in drawn]


def held(manifest: Manifest) -> Live:
    target = fakes.Target(versioned=KINDS[manifest.identity.kind].versioned)
    target.hold(manifest)
    return target.live[manifest.identity]


async def plan_and_apply(platforms: Platforms, wanted: Sequence[Manifest]) -> tuple[Plan, tuple[Outcome, ...]]:
    plan = await build_plan(wanted, platforms.readers)
    outcomes = await apply_plan(
        plan, readers=platforms.readers, writers=platforms.writers, journal=MemoryJournal(), clock=fakes.Clock()
    )
    return plan, outcomes


# A deployment needs a connector that declares what is drawn: test_deployments.py has this law for it.
@given(pairs(kinds=(Kind.CONNECTOR, Kind.CERTIFICATION)))
def test_a_second_plan_through_the_sandbox_is_empty(drawn: tuple[Manifest, Manifest]) -> None:
    before, after = drawn

    async def story() -> None:
        sandbox = open_embedded(None, None, list(TARGETS))
        async with open_platforms(TARGETS, env={}, clock=SystemClock(), sandbox=sandbox) as platforms:
            await plan_and_apply(platforms, [before])
            plan, outcomes = await plan_and_apply(platforms, [after])
            (again,) = (await build_plan([after], platforms.readers)).resources
        sandbox.close()
        (first,), (outcome,) = plan.resources, outcomes
        if first.verdict is Verdict.BLOCKED:
            assert outcome.status is Status.BLOCKED
        else:
            assert outcome.status in {Status.APPLIED, Status.UNCHANGED}, outcome
            assert (again.verdict, again.actions) == (Verdict.UNCHANGED, ())

    asyncio.run(story())


@given(pairs())
def test_planning_again_from_a_plan_is_planning_again_from_the_manifest(drawn: tuple[Manifest, Manifest]) -> None:
    before, after = drawn
    planned = plan_resource(after, held(before))
    if planned.actions:
        assert unplaced(replan(planned, held(before))) == unplaced(planned)


@FEWER
@given(plans(), st.randoms(use_true_random=False))
def test_the_digest_ignores_order_versions_places_and_what_was_there(drawn: list[ResourcePlan], rng: Random) -> None:
    moved = [
        replace(
            planned,
            precondition=VersionIs("elsewhere", rng.randrange(100)),
            position=Position("moved.yaml", rng.randrange(1, 100), 1),
            actions=tuple(replace(p, before=NOT_RETURNED, position=None) for p in planned.actions),
            observed={},
        )
        for planned in drawn
    ]
    rng.shuffle(moved)
    assert plan_digest(moved) == plan_digest(drawn)


@FEWER
@given(plans(), st.data())
def test_the_digest_changes_with_any_value(drawn: list[ResourcePlan], data: st.DataObject) -> None:
    sent = [planned for planned in drawn if planned.verdict in SENT]
    assume(sent)
    chosen = data.draw(st.sampled_from(sent))
    step = data.draw(st.sampled_from(chosen.actions))
    changed = replace(chosen, actions=tuple(altered(p, data) if p is step else p for p in chosen.actions))
    assert plan_digest([changed if p is chosen else p for p in drawn]) != plan_digest(drawn)


@FEWER
@given(plans(), st.data())
def test_the_digest_changes_with_any_action_left_out(drawn: list[ResourcePlan], data: st.DataObject) -> None:
    sent = [planned for planned in drawn if planned.verdict in SENT]
    assume(sent)
    chosen = data.draw(st.sampled_from(sent))
    step = data.draw(st.sampled_from(chosen.actions))
    changed = replace(chosen, actions=tuple(p for p in chosen.actions if p is not step))
    assert plan_digest([changed if p is chosen else p for p in drawn]) != plan_digest(drawn)


@FEWER
@given(plans())
def test_a_saved_plan_reads_back_as_it_was(drawn: list[ResourcePlan]) -> None:
    resources = tuple(sorted(drawn, key=attrgetter("identity")))
    plan = Plan(resources=resources, digest=plan_digest(resources), forecast=forecast(resources), unmanaged={"eu": 3})
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan))), file="plan.json") == plan


def altered(planned: PlannedAction, data: st.DataObject) -> PlannedAction:
    """Change one text, number or truth value somewhere in an action."""
    document = to_json(planned.action)
    *way, last = data.draw(st.sampled_from([path for path in leaves(document) if path != ("type",)]))
    node: Any = document
    for step in way:
        node = node[step]
    match node[last]:
        case bool() as value:
            node[last] = not value
        case int() as value:
            node[last] = value + 1
        case value:
            node[last] = f"{value}'"
    return replace(planned, action=from_json(document, Action))


def leaves(node: object) -> list[tuple[str | int, ...]]:
    """Return the paths to all values."""
    match node:
        case dict():
            return [(key, *path) for key, value in node.items() for path in leaves(value)]
        case list():
            return [(index, *path) for index, value in enumerate(node) for path in leaves(value)]
        case _:
            return [()]


def unplaced(planned: ResourcePlan) -> ResourcePlan:
    return replace(planned, findings=tuple(replace(f, position=None) for f in planned.findings))
