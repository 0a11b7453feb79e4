"""Timeouts, limits and retries of the HTTP client."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from trueup.model.wait import OnWait, ignore


def new_correlation_id() -> str:
    """Return a unique correlation id."""
    return f"trueup-{uuid.uuid4()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Limits of the HTTP client, all times in seconds.

    ``concurrency`` bounds the requests to one target that are under way at a time. ``exchange_timeout`` bounds a
    request together with its answer; the other timeouts bound a single step of it. Reads are tried ``read_attempts``
    times within ``read_patience``, but only ``connect_attempts`` times when no connection is made. Writes that were
    certainly not executed are tried ``write_attempts`` times. A server that did not answer in as many rounds of
    requests is considered down, and is checked again every ``outage_seconds``. ``first_wait`` is the wait before the
    first retry; it doubles for each further one. ``wait_cap`` bounds a single wait, including one that ``Retry-After``
    asks for. With ``origin_async``, writes to Origin are submitted and their results polled for ``result_patience``,
    with waits of at most ``result_wait_cap``. ``body_limit`` is in bytes. ``on_wait`` is called for each wait before a
    retry. The last three fields are seams for tests: they are random or depend on the date.
    """

    concurrency: int = 10
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    exchange_timeout: float = 180.0
    read_attempts: int = 6
    connect_attempts: int = 3
    read_patience: float = 300.0
    write_attempts: int = 4
    outage_seconds: float = 30.0
    first_wait: float = 0.5
    wait_cap: float = 60.0
    origin_async: bool = False
    result_patience: float = 600.0
    result_wait_cap: float = 15.0
    body_limit: int = 64 * 1024 * 1024
    on_wait: OnWait = ignore
    correlation_id: Callable[[], str] = new_correlation_id
    jitter: Callable[[], float] = random.random
    wall_clock: Callable[[], float] = time.time


class SystemClock:
    """The clock of the machine; see :class:`~trueup.model.clock.Clock`."""

    def now(self) -> float:
        """Return monotonic seconds, which changes of the wall clock do not affect."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for this many seconds without blocking other tasks."""
        await asyncio.sleep(seconds)
