"""Spread work over processes."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trueup.manifest.parallel import WORKERS_AT_MOST, spread, workers


def process_of(item: int) -> bytes:
    return f"{item} {os.getpid()}".encode()


@pytest.mark.parametrize("processes", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 100])
def test_results_come_in_order_however_many_processes_work(count: int, processes: int) -> None:
    found = [result.split() for result in spread(range(count), process_of, processes=processes)]
    assert [int(item) for item, _ in found] == list(range(count))
    assert len({process for _, process in found}) <= processes


def test_two_processes_work_at_the_same_time(tmp_path: Path) -> None:
    def work(item: int) -> bytes:
        (tmp_path / str(os.getpid())).touch()
        wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
        return str(os.getpid()).encode()

    assert len(set(spread(range(100), work, processes=2))) == 2


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.001)


def test_every_item_is_worked_on_once(tmp_path: Path) -> None:
    def work(item: int) -> bytes:
        with (tmp_path / str(item)).open("x"):
            return b"done"

    assert list(spread(range(1000), work, processes=4)) == [b"done"] * 1000


def test_there_are_no_more_chunks_than_a_pipe_takes() -> None:
    assert len(list(spread(range(200_000), lambda _: b"", processes=2))) == 200_000


def test_results_of_any_size_arrive_whole() -> None:
    sizes = [0, 1, 100_000, 1_000_000, 3]
    assert [len(r) for r in spread(sizes, lambda size: b"x" * size, processes=2)] == sizes


def test_what_a_process_took_along_when_it_died_is_made_here(tmp_path: Path) -> None:
    here = os.getpid()

    def work(item: int) -> bytes:
        if os.getpid() != here:
            (tmp_path / "died").touch()
            os.kill(os.getpid(), 9)
        wait_for((tmp_path / "died").exists)
        return str(item).encode()

    assert list(spread(range(100), work, processes=3)) == [str(item).encode() for item in range(100)]
    assert (tmp_path / "died").exists()


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_what_fails_fails_in_the_open_at_its_place(processes: int) -> None:
    def work(item: int) -> bytes:
        if item >= 50:
            raise LookupError(item)
        return str(item).encode()

    results = spread(range(100), work, processes=processes)
    found = [next(results) for _ in range(50)]
    assert found == [str(item).encode() for item in range(50)]
    with pytest.raises(LookupError, match="50"):
        next(results)


def test_nobody_is_left_behind_when_the_results_are_not_wanted() -> None:
    results = spread(range(8), process_of, processes=4)
    next(results)
    results.close()  # type: ignore[attr-defined]  # a generator
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_little_work_and_several_threads_stay_in_one_process() -> None:
    assert workers(199, each=200) == 1
    many = workers(1_000_000, each=200)
    assert 1 <= many <= WORKERS_AT_MOST
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert workers(1_000_000, each=200) == 1
    finally:
        done.set()
        thread.join()
