import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.errors import LimitReached, NotAuthorised, OutcomeUnknown, PlatformError, Rejected, Unavailable
from trueup.model.action import SetValue
from trueup.model.live import Live
from trueup.model.writer import Update
from trueup.platforms.origin.writer import OriginWriter, send_in_batches
from unit.platforms.doubles import ORIGIN, Network, certification, in_turn, origin_error, success

LIVE = Live(fields={}, remote_id="")
DONE = success({"entityType": "CERTIFICATION", "result": "Update completed."})


def updates(count: int) -> list[Update]:
    return [Update(certification(f"E{n}"), LIVE, (SetValue("certificateNumber", f"N{n}"),)) for n in range(count)]


@dataclass
class Platform:
    """Accept a batch completely or not at all: refuse it when it contains a bad one."""

    bad: Collection[str]
    error: PlatformError = field(default_factory=lambda: Rejected("no"))
    sent: list[list[str]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    async def __call__(self, batch: Sequence[Update]) -> None:
        names = [update.wanted.identity.value for update in batch]
        self.sent.append(names)
        if any(name in self.bad for name in names):
            raise self.error
        self.taken += names


def settle(platform: Platform, count: int, most: int = 25) -> dict[str, PlatformError | None]:
    endings = asyncio.run(send_in_batches(updates(count), platform, most=most))
    return {identity.value: ending for identity, ending in endings.items()}


def test_valid_updates_are_sent_together() -> None:
    platform = Platform(bad=())
    assert settle(platform, 3) == {"E0": None, "E1": None, "E2": None}
    assert platform.sent == [["E0", "E1", "E2"]]


def test_a_refused_batch_is_halved_until_the_invalid_update_is_alone() -> None:
    platform = Platform(bad={"E5"})
    endings = settle(platform, 8)
    assert [name for name, ending in endings.items() if ending] == ["E5"]
    assert platform.sent == [
        [f"E{n}" for n in range(8)],
        ["E0", "E1", "E2", "E3"],
        ["E4", "E5", "E6", "E7"],
        ["E4", "E5"],
        ["E4"],
        ["E5"],
        ["E6", "E7"],
    ]


@given(count=st.integers(1, 40), bad=st.sets(st.integers(0, 39)), most=st.integers(1, 25))
def test_each_valid_update_is_accepted_once_and_each_invalid_one_reported(count: int, bad: set[int], most: int) -> None:
    platform = Platform(bad={f"E{n}" for n in bad})
    endings = settle(platform, count, most)
    names = [f"E{n}" for n in range(count)]
    assert sorted(platform.taken) == sorted(name for name in names if name not in platform.bad)
    assert [name for name in names if isinstance(endings[name], Rejected)] == [n for n in names if n in platform.bad]
    assert list(endings) == names
    assert max(map(len, platform.sent)) <= most


@pytest.mark.parametrize("error", [OutcomeUnknown("lost"), Unavailable("down"), NotAuthorised("no")])
def test_an_error_that_no_single_update_causes_is_not_bisected(error: PlatformError) -> None:
    platform = Platform(bad={"E1"}, error=error)
    assert settle(platform, 4) == dict.fromkeys(["E0", "E1", "E2", "E3"], error)
    assert len(platform.sent) == 1


def test_a_reached_limit_is_bisected_too() -> None:
    platform = Platform(bad={"E1"}, error=LimitReached("package"))
    assert settle(platform, 2) == {"E0": None, "E1": platform.error}


def many(network: Network, count: int) -> dict[str, object]:
    async def run() -> dict[str, object]:
        async with network.open(ORIGIN) as platforms:
            writer = platforms.writers["origin"]
            assert isinstance(writer, OriginWriter)
            return {i.value: ending for i, ending in (await writer.update_many(updates(count))).items()}

    return asyncio.run(run())


def test_a_batch_is_one_request_with_one_item_each() -> None:
    network = Network(in_turn(DONE))
    assert many(network, 2) == {"E0": None, "E1": None}
    items = [{"locale": "en", "externalId": f"E{n}", "certificateNumber": f"N{n}"} for n in range(2)]
    assert network.bodies() == [{"certifications": items}]


def test_a_request_carries_at_most_25() -> None:
    network = Network(in_turn(DONE))
    assert len(many(network, 60)) == 60
    assert len(network.requests) == 3


@pytest.mark.parametrize("asynchronous", [True, False])
def test_an_invalid_certification_is_reported_with_the_platforms_message(asynchronous: bool) -> None:  # noqa: FBT001 - a parameter of the test
    bad = {"executionStatus": "ERROR", "code": "CE00001 - no", "messages": ["bad number"]}

    def answer(request: httpx.Request) -> httpx.Response:
        refused = b'"E1"' in request.content
        if asynchronous:
            return success(bad) if refused else DONE
        return origin_error(400, "CE00001", "bad number") if refused else DONE

    endings = many(Network(answer).with_settings(origin_async=asynchronous), 3)
    assert endings["E0"] is None
    assert endings["E2"] is None
    refusal = endings["E1"]
    assert isinstance(refusal, Rejected)
    assert refusal.messages == ("bad number",)
    assert "Certification E1" in str(refusal)
