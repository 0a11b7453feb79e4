"""Retry what can be repeated without harm: exponential backoff with jitter, or the wait that the platform asks for."""

import logging
from collections.abc import Awaitable, Callable
from itertools import count
from math import inf
from typing import Final, TypeVar

from trueup.errors import PlatformError
from trueup.model.clock import Clock
from trueup.platforms.settings import HttpSettings

_T = TypeVar("_T")

_LOG: Final = logging.getLogger("trueup.platforms")


class Retryable(Exception):
    """A failure after which another attempt may succeed.

    ``error`` is raised when there is no other attempt. ``after`` is the wait in seconds that the platform asked for.
    ``most`` bounds the attempts for this kind of failure, whatever the policy allows.
    """

    def __init__(self, error: PlatformError, after: float | None = None, *, most: float = inf) -> None:
        super().__init__(str(error))
        self.error, self.after, self.most = error, after, most


class RetryPolicy:
    """Bounds on the attempts and on the seconds in which something that raises :class:`Retryable` is repeated."""

    def __init__(self, clock: Clock, settings: HttpSettings, *, attempts: float = inf, seconds: float = inf) -> None:
        self._clock, self._settings = clock, settings
        self._attempts, self._seconds = attempts, seconds

    async def run(self, attempt: Callable[[], Awaitable[_T]]) -> _T:
        """Return what ``attempt`` returns; raises the last failure's error when a bound is reached."""
        started = self._clock.now()
        for number in count(1):
            try:
                return await attempt()
            except Retryable as failure:
                wait = self._wait(number, failure.after)
                late = self._clock.now() - started + wait > self._seconds
                if late or number >= min(self._attempts, failure.most):
                    raise failure.error from failure.__cause__
                _LOG.info("%s; attempt %d follows in %.1f s.", str(failure).rstrip("."), number + 1, wait)
            await self._clock.sleep(wait)
        raise AssertionError("count() has no end")

    def _wait(self, number: int, after: float | None) -> float:
        """Return the seconds to wait after this attempt."""
        if after is not None:
            return min(after, self._settings.wait_cap)
        # Half of the wait is fixed, so that it is never zero; half is random, so that clients which failed together do
        # not retry together.
        longest = min(self._settings.first_wait * 2.0 ** (number - 1), self._settings.wait_cap)
        return longest * (0.5 + self._settings.jitter() / 2)


def read_policy(clock: Clock, settings: HttpSettings) -> RetryPolicy:
    """Return the policy for requests that change nothing."""
    return RetryPolicy(clock, settings, attempts=settings.read_attempts, seconds=settings.read_patience)


def write_policy(clock: Clock, settings: HttpSettings) -> RetryPolicy:
    """Return the policy for writes that the platform says it did not take."""
    return RetryPolicy(clock, settings, attempts=settings.write_attempts)
