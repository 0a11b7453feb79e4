"""Carry the wish to stop from whoever has it to the run."""

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
    """Ask a run to stop: once, to start nothing new and finish what is under way; twice, to stop at once."""

    def __init__(self) -> None:
        self._first = asyncio.Event()
        self._second = asyncio.Event()

    @property
    def requested(self) -> bool:
        """Say whether nothing new may be started."""
        return self._first.is_set()

    @property
    def at_once(self) -> bool:
        """Say whether what is under way is to be broken off too."""
        return self._second.is_set()

    def request(self) -> None:
        """Ask to stop, or ask again; from the event loop's own thread."""
        (self._second if self._first.is_set() else self._first).set()

    async def wait(self) -> None:
        """Return once nothing new may be started."""
        await self._first.wait()

    async def sleep(self, clock: Clock, seconds: float) -> None:
        """Let this many seconds pass, but no longer than until nothing new may be started."""
        sleeping = asyncio.ensure_future(clock.sleep(seconds))
        stopping = asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait([sleeping, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            stopping.cancel()

    async def wait_at_once(self) -> None:
        """Return once what is under way is to be broken off."""
        await self._second.wait()


@contextmanager
def stop_on_signals(stop: StopSignal) -> Iterator[None]:
    """Let SIGINT and SIGTERM ask for the stop while inside; must be entered where the event loop runs."""
    loop = asyncio.get_running_loop()

    def ask(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop.request)

    # Not by the loop: where it lets go of a signal, that ends the process at once, and nothing is reported.
    before = [(number, signal.signal(number, ask)) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


NAME = "lock"
"""The name of the lock's file below the project's ``.trueup``."""


@contextmanager
def locked(folder: Folder) -> Iterator[None]:
    """Hold the lock of ``folder`` (the project's ``.trueup``) for the time of an apply.

    Raises :class:`~trueup.errors.Refused`, naming the process that holds it, when another one does, and where the lock
    cannot be made.
    """
    try:
        with folder.opened(make=True) as held:
            file = folder.open(held, NAME, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        where = folder.refusing(NAME)
        message = f"The lock {folder.path / NAME} cannot be opened: {error.strerror}. Make {where} writable."
        raise Refused(message) from None
    try:
        _take(file)
        # The number is for people only; the file stays, because removing it would race with the next one's opening it.
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(file)


def _take(file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(file, 32, 0).decode(errors="replace").strip()
        who = f"process {holder}" if holder else "another process"
        raise Refused(f"An apply is under way in this project ({who}). Wait until it has ended, or stop it.") from None
