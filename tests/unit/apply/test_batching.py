"""Several resources share a request, and each has its own result."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from trueup.apply.batching import batching
from trueup.apply.context import ApplyOptions
from trueup.errors import OutcomeUnknown, PlatformError, Rejected
from trueup.model.identity import Identity
from trueup.model.live import Live
from trueup.model.reader import Wanted
from trueup.model.run import Status
from trueup.model.writer import Update
from unit.apply.fakes import Clock, Scene, Target, certification, scene

EPDS = [certification(f"E{n}") for n in range(5)]


@dataclass
class Origin(Target):
    """A writer of several updates in one request that refuses the named ones, as if splitting had isolated them."""

    versioned: bool = False
    requests: list[int] = field(default_factory=list)
    bad: frozenset[str] = frozenset()
    error: PlatformError | None = None

    async def update_many(self, updates: Sequence[Update]) -> Mapping[Identity, Live | PlatformError | None]:
        self.requests.append(len(updates))
        if self.error is not None:
            raise self.error
        return {u.wanted.identity: await self._one(u) for u in updates}

    async def _one(self, update: Update) -> Live | PlatformError | None:
        if update.wanted.identity.value in self.bad:
            return Rejected("Not valid.", messages=["not this one"])
        return await self.update(update.wanted, update.live, update.actions)


def stage() -> tuple[Scene, Origin]:
    origin = Origin()
    for manifest in EPDS:
        origin.hold(manifest, url="https://old.example")
    return scene(origin), origin


def test_updates_share_requests_up_to_the_size() -> None:
    world, origin = stage()
    outcomes = world.apply(world.plan(*EPDS), ApplyOptions(concurrency=5, batch=2))
    assert {o.status for o in outcomes} == {Status.APPLIED}
    assert sorted(origin.requests) == [1, 2, 2]


def test_without_a_batch_each_update_is_sent_alone() -> None:
    world, origin = stage()
    world.apply(world.plan(*EPDS))
    assert origin.requests == []


def test_each_has_its_own_intent_and_ending() -> None:
    world, _ = stage()
    world.apply(world.plan(*EPDS), ApplyOptions(concurrency=5, batch=5))
    assert sorted(intent.identity.value for intent in world.journal.intents) == ["E0", "E1", "E2", "E3", "E4"]
    assert len(world.journal.endings) == 5


def test_a_bad_update_fails_alone_with_the_platforms_message() -> None:
    world, origin = stage()
    origin.bad = frozenset({"E1"})
    outcomes = world.apply(world.plan(*EPDS), ApplyOptions(concurrency=5, batch=5))
    assert [o.status for o in outcomes] == [Status.APPLIED, Status.FAILED, *[Status.APPLIED] * 3]
    assert outcomes[1].details == ("not this one",)


def test_a_lost_answer_is_settled_for_each_by_reading() -> None:
    world, origin = stage()
    origin.error = OutcomeUnknown("Connection reset.")
    outcomes = world.apply(world.plan(*EPDS), ApplyOptions(concurrency=5, batch=5, rounds=0))
    assert {o.status for o in outcomes} == {Status.UNKNOWN}
    assert {len(o.left) for o in outcomes} == {1}


def test_a_platform_without_batches_gets_single_updates() -> None:
    target, many = Target(), Origin()
    assert batching(target, size=9, clock=Clock()) is target
    assert batching(many, size=1, clock=Clock()) is many
    assert batching(many, size=2, clock=Clock()) is not many


def test_waiting_resources_get_an_error_when_the_sender_is_cancelled() -> None:
    asked = asyncio.Event()

    class Hanging(Origin):
        async def update_many(self, updates: Sequence[Update]) -> Mapping[Identity, Live | PlatformError | None]:
            self.requests.append(len(updates))
            asked.set()
            await asyncio.Event().wait()
            return {}

    async def story() -> None:
        origin = Hanging()
        origin.hold(EPDS[0])
        live = origin.live[EPDS[0].identity]
        writer = batching(origin, size=2, clock=Clock())
        first, filling = (
            asyncio.create_task(writer.update(Wanted(manifest.identity, "en"), live, ())) for manifest in EPDS[:2]
        )
        await asked.wait()
        assert origin.requests == [2]
        filling.cancel()
        with pytest.raises(OutcomeUnknown, match="cancelled"):
            await first

    asyncio.run(asyncio.wait_for(story(), 5))
