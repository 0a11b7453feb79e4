"""If live is what the manifests want, nothing is planned."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.model.action import Create, Delete, RequestPreview, Rollout
from trueup.model.live import Live, Missing
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import ResourcePlan, Verdict
from trueup.model.reader import Wanted
from trueup.plan.build import build_plan
from trueup.plan.preview import BaseReader
from unit.apply.fakes import certification, connector
from unit.kinds.test_deployment import manifest

PUBLISHED = LifecycleSpec(publish=PublishTo.PRIVATE)

lifecycles = st.builds(
    LifecycleSpec,
    previewable=st.sampled_from([None, True, False]),
    publish=st.sampled_from(PublishTo),
    listed=st.sampled_from([None, True, False]),
    certification_comments=st.lists(st.sampled_from("ab"), max_size=3).map(tuple),
    protect=st.booleans(),
)


def planned(manifest: Manifest, *base: Manifest) -> ResourcePlan:
    world = BaseReader({other.identity: other for other in base})
    (resource,) = asyncio.run(build_plan([manifest], {manifest.identity.target: world})).resources
    return resource


@given(lifecycles)
def test_a_connector_is_unchanged_in_a_world_as_it_wants_it(lifecycle: LifecycleSpec) -> None:
    manifest = connector("tax", lifecycle=lifecycle)
    resource = planned(manifest, manifest)
    assert (resource.verdict, resource.actions) == (Verdict.UNCHANGED, ())


def test_a_certification_is_unchanged_in_a_world_as_it_wants_it() -> None:
    assert planned(certification("E1"), certification("E1")).verdict is Verdict.UNCHANGED


@pytest.mark.parametrize("follow", [False, True])
def test_a_deployment_is_unchanged_in_a_world_as_it_wants_it(*, follow: bool) -> None:
    assert planned(manifest(follow=follow), manifest(follow=follow)).verdict is Verdict.UNCHANGED


def test_a_deployment_moves_with_what_its_connector_publishes_newly() -> None:
    wanted, follows = connector("acme-tax", target="shop", lifecycle=PUBLISHED), manifest(follow=True)
    before = replace(wanted, lifecycle=LifecycleSpec())
    world = BaseReader({other.identity: other for other in (before, follows)})
    plan = asyncio.run(build_plan([wanted, follows], {"shop": world}))
    assert [step.action for step in plan.resources[1].actions] == [Rollout(follow=True, to="v1.0.0")]


def test_what_is_not_wanted_there_is_created_and_what_was_a_tombstone_too() -> None:
    stone = replace(connector("tax", {}), lifecycle=LifecycleSpec(state=State.ABSENT, reason="sold"))
    for resource in (planned(connector("tax")), planned(connector("tax"), stone)):
        assert isinstance(resource.actions[0].action, Create)
    assert planned(stone, stone).verdict is Verdict.UNCHANGED
    assert isinstance(planned(stone, connector("tax")).actions[0].action, Delete)


def test_a_newly_wanted_value_is_planned() -> None:
    wanted = connector("tax", lifecycle=LifecycleSpec(previewable=True))
    assert [p.action for p in planned(wanted, connector("tax")).actions] == [RequestPreview()]


def test_one_resource_reads_like_many() -> None:
    world = BaseReader({connector("tax").identity: connector("tax")})
    assert isinstance(asyncio.run(world.read(Wanted(connector("tax").identity))), Live)
    assert isinstance(asyncio.run(world.read(Wanted(connector("psp").identity))), Missing)
