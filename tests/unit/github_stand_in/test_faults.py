import time
from typing import Any

import httpx
import pytest

from github.faults import (
    Answers,
    Effect,
    Faults,
    LostAfter,
    LostBefore,
    NotJson,
    PrimaryLimit,
    SecondaryLimit,
    Shuffled,
    Slow,
    Truncated,
)
from github.server import served
from github.state import TOKEN, State
from unit.github_stand_in.asking import client, refused

pytestmark = pytest.mark.slow

TITLE = {"title": "t"}


def test_an_effect_begins_with_the_nth_matching_request_and_is_had_so_many_times() -> None:
    faults = Faults().add(Answers(502), "POST .*/issues$", nth=2, times=2)
    asking = client(State(), faults)
    statuses = []
    for _ in range(4):
        assert asking.get("/issues").status_code == 200
        statuses.append(asking.post("/issues", json=TITLE).status_code)
    assert statuses == [201, 502, 502, 201]


@pytest.mark.parametrize(("effect", "kept"), [(LostBefore(), 0), (LostAfter(), 1), (Truncated(), 1)])
def test_a_lost_answer_is_lost_before_or_after_the_request_is_executed(effect: Effect, kept: int) -> None:
    state = State()
    with pytest.raises(httpx.RemoteProtocolError):
        client(state, Faults().add(effect)).post("/issues", json=TITLE)
    assert len(state.issues()) == kept


@pytest.mark.process
@pytest.mark.parametrize(("effect", "kept"), [(LostBefore(), 0), (LostAfter(), 1), (Truncated(), 1)])
def test_a_connection_breaks_on_the_wire_too(effect: Effect, kept: int) -> None:
    state = State()
    url, headers = "/repos/acme/connectors/issues", {"Authorization": f"Bearer {TOKEN}"}
    with served(state, Faults().add(effect)) as api, pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{api}{url}", json=TITLE, headers=headers)
    assert len(state.issues()) == kept


@pytest.mark.parametrize("status", [403, 404, 422, 500, 502])
def test_another_answer_does_nothing(status: int) -> None:
    state = State()
    faults = Faults().add(Answers(status, "words", (("X-Test", "x"),)))
    answer = client(state, faults).post("/issues", json=TITLE)
    assert (*refused(answer), answer.headers["X-Test"]) == (status, "words", "x")
    assert state.issues() == []


@pytest.mark.parametrize("status", [403, 429])
def test_the_primary_limit_says_when_it_is_reset(status: int) -> None:
    answer = client(State(), Faults().add(PrimaryLimit(seconds=60, status=status))).get("/issues")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (status, "0")
    assert 50 < int(answer.headers["X-RateLimit-Reset"]) - time.time() <= 60


@pytest.mark.parametrize(("status", "after", "header"), [(403, 7, "7"), (429, 7, "7"), (403, None, None)])
def test_the_secondary_limit_says_how_long_to_wait_or_has_words_alone(
    status: int, after: int | None, header: str | None
) -> None:
    answer = client(State(), Faults().add(SecondaryLimit(status, after))).get("/issues")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, header)
    assert answer.headers["X-RateLimit-Remaining"] != "0"
    assert "secondary rate limit" in answer.json()["message"]


def test_an_answer_may_be_no_json_and_slow_and_shuffled_before_it_is_cut_into_pages() -> None:
    state = State()
    for number in range(20):
        state.add_run("a" * 40, actor=str(number))
    faults = Faults().add(NotJson(), "GET").add(Slow(0.01), "GET", nth=2).add(Shuffled(), "GET", nth=3, times=2)
    asking = client(state, faults)
    assert asking.get("/actions/runs").text.startswith("<!DOCTYPE html>")

    def ids(**query: Any) -> list[int]:
        return [run["id"] for run in asking.get("/actions/runs", params=query).json()["workflow_runs"]]

    ordered = ids()
    assert ordered == sorted(ordered, reverse=True)
    shuffled = ids(per_page=10) + ids(per_page=10, page=2)
    assert shuffled != ordered
    assert sorted(shuffled, reverse=True) == ordered


def test_the_download_of_an_archive_fails_too() -> None:
    state = State()
    kept = state.keep_plan(state.add_run("a" * 40), "plan", {"x": "1"})
    asking = client(state, Faults().add(LostAfter(), "sig=").add(Answers(503), "sig=", nth=2))
    address = asking.get(f"/actions/artifacts/{kept.id}/zip").headers["location"]
    del asking.headers["Authorization"]
    with pytest.raises(httpx.RemoteProtocolError):
        asking.get(address)
    assert [asking.get(address).status_code for _ in range(2)] == [503, 200]
