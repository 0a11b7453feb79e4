"""Keep two applies on one working copy apart.

The lock is the kernel's (``flock``) and not the file's existence: a process that dies, however it dies, lets go of it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from trueup.errors import Refused
from trueup.state.folder import Folder

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
