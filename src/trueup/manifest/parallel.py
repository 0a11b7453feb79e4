"""Share work with other processes: copies of this one, which inherit everything and send back bytes.

All take the next chunk of the work as soon as they are free, this process too, which besides hands on what is done, in
the order of the items. So nobody waits for anybody until the work runs out, however unlike the items are and whatever
else the cores do.

A fork is safe as long as there is one thread, and reading manifests comes before anything starts another. Where there
are several threads, no second core or no fork, or where another process dies, all the work is done here.
"""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final, TypeVar

T = TypeVar("T")
Do = Callable[[int], list[bytes]]
"""Do the chunk of this number."""

WORKERS_AT_MOST: Final = 8
ITEMS_A_CHUNK: Final = 16
CHUNKS_A_PROCESS: Final = 16
"""So many chunks, at least, keep the last of them short beside the whole."""
CHUNKS_AT_MOST: Final = 4096
"""Their numbers, of four bytes each, must fit into a pipe that nobody reads yet."""

_NUMBER: Final = 4
_LENGTH: Final = 8
_PART: Final = 1 << 16
_PIPE: Final = 1 << 20
"""Results that wait in a pipe do not keep the process waiting that made them."""


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
    chunks = _chunks(items, processes)
    if processes <= 1 or len(chunks) <= 1:
        yield from map(work, items)
        return

    def do(number: int) -> list[bytes]:
        return [work(item) for item in chunks[number]]

    tasks = _Tasks(len(chunks))
    others: list[_Other] = []
    try:
        for _ in range(min(processes, len(chunks)) - 1):
            others.append(_Other(do, tasks, others))
        for chunk, results in zip(chunks, _in_order(len(chunks), do, tasks, others), strict=True):
            yield from map(work, chunk) if results is None else results
    finally:
        for other in others:
            other.end()
        tasks.close()


def _chunks(items: Sequence[T], processes: int) -> list[Sequence[T]]:
    small = min(ITEMS_A_CHUNK, len(items) // (max(processes, 1) * CHUNKS_A_PROCESS))
    size = max(1, small, -(-len(items) // CHUNKS_AT_MOST))
    return [items[start : start + size] for start in range(0, len(items), size)]


def _in_order(count: int, do: Do, tasks: "_Tasks", others: Sequence["_Other"]) -> Iterator[list[bytes] | None]:
    """Give the results of chunk after chunk, None where they are lost; do what is left while the next are not there."""
    done: dict[int, list[bytes] | None] = {}
    for number in range(count):
        for other in others:
            done.update(other.arrived())
        while number not in done:
            own = tasks.take()
            if own is not None:
                done[own] = _attempt(do, own)
            elif not _wait(others):
                # Whoever took it has died, and took its results along.
                done[number] = None
            for other in others:
                done.update(other.arrived())
        yield done.pop(number)


def _attempt(do: Do, number: int) -> list[bytes] | None:
    """Do a chunk; None when something fails, as it will once more when its turn comes."""
    try:
        return do(number)
    except Exception:  # noqa: BLE001 - see above
        return None


def _wait(others: Sequence["_Other"]) -> bool:
    """Wait until another process has sent something or has ended; False when all have ended."""
    running = [other for other in others if not other.ended]
    if running:
        polled = select.poll()
        for other in running:
            polled.register(other.reading, select.POLLIN)
        polled.poll()
    return bool(running)


class _Tasks:
    """Hand out the numbers below ``count``, each once, to whichever process asks first."""

    def __init__(self, count: int) -> None:
        self._reading, writing = os.pipe()
        os.write(writing, b"".join(number.to_bytes(_NUMBER) for number in range(count)))
        os.close(writing)

    def take(self) -> int | None:
        """Return the next number, None when there is none left."""
        number = os.read(self._reading, _NUMBER)
        return int.from_bytes(number) if number else None

    def close(self) -> None:
        """Give back what this process holds of it."""
        os.close(self._reading)


class _Other:
    """Be another process that takes chunks and sends their results."""

    def __init__(self, do: Do, tasks: _Tasks, earlier: Sequence["_Other"]) -> None:
        self.reading, writing = os.pipe()
        self.ended = False
        self._arriving = bytearray()
        _enlarge(writing)
        # What is buffered would otherwise be printed by both.
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = os.fork()
        if self._process == 0:
            # Whoever holds the reading end of a pipe keeps its writer waiting for it.
            for other in (*earlier, self):
                os.close(other.reading)
            _work(do, tasks, writing)
        os.close(writing)
        os.set_blocking(self.reading, False)

    def arrived(self) -> Iterator[tuple[int, list[bytes]]]:
        """Give the chunks that are there, with their numbers."""
        with suppress(BlockingIOError):
            while not self.ended:
                part = os.read(self.reading, _PART)
                self._arriving += part
                self.ended = not part
        head = _NUMBER + _LENGTH
        while len(self._arriving) >= head:
            end = head + int.from_bytes(self._arriving[_NUMBER:head])
            if len(self._arriving) < end:
                break
            yield int.from_bytes(self._arriving[:_NUMBER]), _split(bytes(self._arriving[head:end]))
            del self._arriving[:end]

    def end(self) -> None:
        """Leave nothing behind, whatever happened."""
        os.close(self.reading)
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)


def _enlarge(pipe: int) -> None:
    """Let as much wait in a pipe as Linux allows; elsewhere it is less, and is enough as well."""
    import fcntl  # noqa: PLC0415 - where there is no fork, there is none of this

    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _split(sent: bytes) -> list[bytes]:
    found, place = [], 0
    while place < len(sent):
        end = place + _LENGTH + int.from_bytes(sent[place : place + _LENGTH])
        found.append(sent[place + _LENGTH : end])
        place = end
    return found


def _work(do: Do, tasks: _Tasks, writing: int) -> None:
    """Do chunks, send what comes of them, and end without the farewells of an interpreter, which are the parent's.

    Whatever goes wrong here shows in the parent, which does the chunk itself.
    """
    status = 1
    try:
        with open(writing, "wb", closefd=False) as pipe:
            while (number := tasks.take()) is not None:
                results = do(number)
                pipe.write(number.to_bytes(_NUMBER))
                pipe.write(sum(_LENGTH + len(result) for result in results).to_bytes(_LENGTH))
                for result in results:
                    pipe.write(len(result).to_bytes(_LENGTH))
                    pipe.write(result)
                pipe.flush()
        status = 0
    finally:
        os._exit(status)
