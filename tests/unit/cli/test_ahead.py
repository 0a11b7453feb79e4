"""Tell readers what will be asked for while manifests are still being loaded."""

import asyncio
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

import pytest

from trueup.cli.ahead import A_TURN, AFTER, tell_readers
from trueup.model.manifest import Manifest
from trueup.model.reader import Ahead, Wanted
from unit.apply.fakes import certification, connector


@dataclass
class Told:
    """Remember what was told, and when the event loop could do something about it."""

    wanted: list[str] = field(default_factory=list)
    opened: int = 0
    turns: int = 0

    def expect(self, wanted: Wanted) -> None:
        self.wanted.append(f"{wanted.identity.value}/{wanted.locale}")

    async def stop(self) -> None:
        raise AssertionError("whoever opens a target ends it")

    async def begin(self) -> Mapping[str, Ahead]:
        self.opened += 1
        return {"eu": self, "origin": self}

    async def take_turns(self) -> None:
        while True:
            self.turns += 1
            await asyncio.sleep(0)


def loading(manifests: list[Manifest], told: Told, seen: list[int]) -> Generator[Manifest, None, str]:
    yield from manifests
    seen[:] = [len(told.wanted), told.turns]
    return "loaded"


def run(
    manifests: list[Manifest], *, is_wanted: Callable[[Manifest], bool] = lambda _: True, begins: bool = True
) -> tuple[Told, list[int]]:
    """Return what was told; and how much, and how often the loop had turned, when the last manifest was loaded."""
    told, seen = Told(), list[int]()

    async def work() -> str:
        others = asyncio.create_task(told.take_turns())
        await asyncio.sleep(0)
        told.turns = 0
        begin = told.begin if begins else None
        found = await tell_readers(loading(manifests, told, seen), begin, is_wanted=is_wanted)
        others.cancel()
        return found

    assert asyncio.run(work()) == "loaded"
    return told, seen


def test_readers_are_told_and_can_work_while_manifests_are_loaded() -> None:
    total = AFTER + 10 * A_TURN
    told, (before_the_end, turns) = run([connector(f"c{number}") for number in range(total)])
    assert before_the_end >= total - A_TURN
    assert turns >= 10
    assert told.wanted == [f"c{number}/None" for number in range(len(told.wanted))]
    assert told.opened == 1


def test_few_manifests_open_nothing() -> None:
    told, seen = run([connector(f"c{number}") for number in range(AFTER - 1)])
    assert (told.opened, told.wanted, seen[0]) == (0, [], 0)


def test_the_loop_turns_also_where_nothing_may_begin() -> None:
    told, (before_the_end, turns) = run([connector(f"c{number}") for number in range(10 * A_TURN)], begins=False)
    assert (told.opened, before_the_end) == (0, 0)
    assert turns >= 10


def test_certifications_are_asked_for_in_their_language() -> None:
    told, _ = run([certification(f"E{number}") for number in range(2 * AFTER)])
    assert told.wanted[0] == "E0/en"


def test_nothing_is_told_of_what_is_not_selected_or_lives_where_nothing_is_open() -> None:
    manifests = [connector(f"c{number}") for number in range(2 * AFTER)]
    manifests += [connector(f"u{number}", target="us") for number in range(2 * AFTER)]
    told, _ = run(manifests, is_wanted=lambda manifest: not manifest.identity.value.endswith("7"))
    assert told.wanted
    assert not [name for name in told.wanted if name.startswith("u") or name.endswith("7/None")]


def test_loading_ends_when_a_reader_cannot_be_opened() -> None:
    ended = []

    def steps() -> Generator[Manifest, None, None]:
        try:
            yield from [connector(f"c{number}") for number in range(2 * AFTER)]
        finally:
            ended.append(True)

    async def begin() -> Mapping[str, Ahead]:
        raise LookupError("no network")

    with pytest.raises(LookupError):
        asyncio.run(tell_readers(steps(), begin, is_wanted=lambda _: True))
    assert ended == [True]
