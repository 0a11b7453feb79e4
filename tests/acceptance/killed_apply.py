"""Run the command line in a process that kills itself at one exact request.

``python killed_apply.py before:3 apply --yes`` dies (SIGKILL) when its third request is about to leave, ``after:3``
when the answer has come and has not been looked at yet. Nothing of the process runs after that: no handler, no flush,
no close. ``never`` lets it live to its end. What an apply waits for, it waits for in a twentieth of the time.
"""

import asyncio
import os
import signal
import sys
from itertools import count

import httpx

from trueup.cli import apply_run
from trueup.cli.main import run
from trueup.platforms.settings import SystemClock

PLACE = sys.argv[1] if len(sys.argv) > 1 else ""
HASTE = 20
NUMBERS = count(1)


def die_at(place: str) -> None:
    if place == PLACE:
        os.kill(os.getpid(), signal.SIGKILL)


class DyingTransport(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        number = next(NUMBERS)
        die_at(f"before:{number}")
        response = await super().handle_async_request(request)
        await response.aread()
        die_at(f"after:{number}")
        return response


class HastyClock(SystemClock):
    def now(self) -> float:
        return super().now() * HASTE

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / HASTE)


if __name__ == "__main__":
    # This process exists to die in them.
    httpx.AsyncHTTPTransport = DyingTransport  # type: ignore[misc]
    apply_run.SystemClock = HastyClock  # type: ignore[attr-defined]
    sys.exit(run(sys.argv[2:]))
