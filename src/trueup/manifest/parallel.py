"""Do half of the work in another process: a copy of this one, which inherits everything and sends back bytes.

A fork is safe as long as there is one thread, and reading manifests comes before anything starts another. Where there
are several threads, no second core or no fork, or where the other process dies, all the work is done here.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final, TypeVar

T = TypeVar("T")

WORKERS_AT_MOST: Final = 8
_LENGTH: Final = 8


def workers(work: int, *, each: int) -> int:
    """Return over how many processes it pays to spread so much work, of which ``each`` pays for a process."""
    if threading.active_count() > 1 or not hasattr(os, "fork"):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, WORKERS_AT_MOST, work // each))


def spread(items: Sequence[T], work: Callable[[T], bytes], *, processes: int) -> Iterator[bytes]:
    """Give ``work(item)`` for every item, in the items' order, done by so many processes.

    What ``work`` raises is raised here, by the item that raised it first in the order.
    """
    share = max(1, -(-len(items) // processes))
    parts = [items[start : start + share] for start in range(0, len(items), share)]
    others = [_Other(part, work) for part in parts[1:]]
    try:
        yield from map(work, parts[0] if parts else ())
        for other, part in zip(others, parts[1:], strict=True):
            done = other.results()
            # A process that died took its results along; they are made here, so that nothing is ever missing.
            yield from map(work, part) if done is None else done
    finally:
        for other in others:
            other.end()


class _Other:
    """Be a process that works on a part."""

    def __init__(self, part: Sequence[T], work: Callable[[T], bytes]) -> None:
        self._count = len(part)
        self._reading, writing = os.pipe()
        # What is buffered would otherwise be printed by both.
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = os.fork()
        if self._process == 0:
            _work(part, work, writing)
        os.close(writing)

    def results(self) -> list[bytes] | None:
        """Return the results in order, None when they are not all there."""
        with open(self._reading, "rb", closefd=False) as pipe:
            sent = pipe.read()
        found, place = [], 0
        while place < len(sent):
            end = place + _LENGTH + int.from_bytes(sent[place : place + _LENGTH])
            found.append(sent[place + _LENGTH : end])
            place = end
        return found if len(found) == self._count and place == len(sent) else None

    def end(self) -> None:
        """Leave nothing behind, whatever happened."""
        os.close(self._reading)
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)


def _work(part: Sequence[T], work: Callable[[T], bytes], writing: int) -> None:
    """Do a part, send what came of it, and end without the farewells of an interpreter, which are this one's parent's.

    Whatever goes wrong here shows in the parent, which does the part itself.
    """
    status = 1
    try:
        results = [work(item) for item in part]
        with open(writing, "wb", closefd=False) as pipe:
            for result in results:
                pipe.write(len(result).to_bytes(_LENGTH))
                pipe.write(result)
        status = 0
    finally:
        os._exit(status)
