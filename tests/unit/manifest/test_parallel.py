"""Spread work over processes."""

import os
import threading
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
    share = -(-count // processes)
    assert len({process for _, process in found}) == (0 if not count else -(-count // share))


def test_results_of_any_size_arrive_whole() -> None:
    sizes = [0, 1, 100_000, 1_000_000, 3]
    assert [len(r) for r in spread(sizes, lambda size: b"x" * size, processes=2)] == sizes


def test_what_a_process_took_along_when_it_died_is_made_here(tmp_path: Path) -> None:
    here = os.getpid()

    def work(item: int) -> bytes:
        if os.getpid() != here and item == 5:
            os.kill(os.getpid(), 9)
        return str(item).encode()

    assert list(spread(range(8), work, processes=2)) == [str(item).encode() for item in range(8)]


def test_what_fails_in_another_process_fails_here_in_the_open() -> None:
    def work(item: int) -> bytes:
        if item == 5:
            raise LookupError(item)
        return b""

    with pytest.raises(LookupError):
        list(spread(range(8), work, processes=2))


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
