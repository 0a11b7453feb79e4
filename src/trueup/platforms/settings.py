"""Set the pace and the patience of everything that goes over HTTP."""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass


def new_correlation_id() -> str:
    """Return a correlation id that no other request has."""
    return f"trueup-{uuid.uuid4()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Hold limits, all times in seconds.

    ``concurrency`` bounds the requests under way to one target. ``exchange_timeout`` bounds one request with its
    answer as a whole, the others a single step of it. Reads are tried ``read_attempts`` times within
    ``read_patience``; those that meet no connection at all ``connect_attempts`` times, as a wrong address does not
    correct itself; a write that was certainly not taken ``write_attempts`` times. A server that gave no answer in so
    many rounds of requests is taken to be down, and is looked at again every ``outage_seconds``. ``wait_cap`` bounds a
    single wait, a Retry-After included. With ``origin_async`` writes to Origin are submitted, and their results asked
    for until ``result_patience`` ends, with waits of at most ``result_wait_cap``. The last three fields are how tests
    decide what is random or tells the date.
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
    correlation_id: Callable[[], str] = new_correlation_id
    jitter: Callable[[], float] = random.random
    wall_clock: Callable[[], float] = time.time
