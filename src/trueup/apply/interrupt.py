"""Interrupting a run: the stop signal, signal handlers, and the lock that keeps a second run out."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from trueup.errors import Refused
from trueup.model.clock import Clock
from trueup.state.folder import Folder

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class StopSignal:
    """A request to stop a run. The first starts nothing new and lets requests finish; the second cancels them too."""

    def __init__(self) -> None:
        self._first = asyncio.Event()
        self._second = asyncio.Event()

    @property
    def requested(self) -> bool:
        """Return whether a stop was requested, so that nothing new may be started."""
        return self._first.is_set()

    @property
    def at_once(self) -> bool:
        """Return whether requests that are in progress are to be cancelled as well."""
        return self._second.is_set()

    def request(self) -> None:
        """Request a stop, or an immediate one if it was requested before; called in the event loop's thread."""
        (self._second if self._first.is_set() else self._first).set()

    async def wait(self) -> None:
        """Return once a stop was requested."""
        await self._first.wait()

    async def sleep(self, clock: Clock, seconds: float) -> None:
        """Sleep for this many seconds, or until a stop is requested."""
        sleeping = asyncio.ensure_future(clock.sleep(seconds))
        stopping = asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait([sleeping, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            stopping.cancel()

    async def wait_at_once(self) -> None:
        """Return once an immediate stop was requested."""
        await self._second.wait()


@contextmanager
def stop_on_signals(stop: StopSignal) -> Iterator[None]:
    """Let SIGINT and SIGTERM request the stop inside the block; the event loop must be running."""
    loop = asyncio.get_running_loop()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        # A handler runs between two bytecodes of any code: this call also wakes up a loop that waits for the network.
        loop.call_soon_threadsafe(stop.request)

    # Not with loop.add_signal_handler: when the loop removes its handler, the next signal ends the process at once and
    # nothing is reported.
    before = [(number, signal.signal(number, request_stop)) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


NAME = "lock"
"""The name of the lock's file below the project's ``.trueup``."""


@contextmanager
def locked(folder: Folder) -> Iterator[None]:
    """Hold the lock of ``folder`` (the project's ``.trueup``) inside the block.

    Raises :class:`~trueup.errors.Refused` when another process holds it (the message names that process) and when the
    lock cannot be created.
    """
    try:
        with folder.opened(make=True) as descriptor:
            file = folder.open(descriptor, NAME, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        where = folder.denied_path(NAME)
        message = f"The lock {folder.path / NAME} cannot be opened: {error.strerror}. Make {where} writable."
        raise Refused(message) from None
    try:
        _lock(file)
        # The process id is only for the message. The file is not removed: another process may have opened it already,
        # and would then lock a file that a third process cannot see.
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(file)


def _lock(file: int) -> None:
    try:
        # The kernel releases the lock when the process ends, however it ends, so a killed run leaves none behind.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(file, 32, 0).decode(errors="replace").strip()
        who = f"process {holder}" if holder else "another process"
        raise Refused(f"Another apply is running in this project ({who}). Wait until it ends, or stop it.") from None
