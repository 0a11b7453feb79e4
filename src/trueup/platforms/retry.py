"""Retry requests that may be repeated: exponential backoff with jitter, or the wait that the platform asks for."""

import logging
from collections.abc import Awaitable, Callable
from itertools import count
from math import inf
from typing import Final, TypeVar

from trueup.errors import PlatformError
from trueup.model.clock import Clock
from trueup.model.wait import Say, cause_of, waiting
from trueup.platforms.settings import HttpSettings

_T = TypeVar("_T")

_LOG: Final = logging.getLogger("trueup.platforms")


class Retryable(Exception):
    """Raised by an attempt after which another may succeed.

    ``error`` is raised when no attempt is left. ``after`` is the wait in seconds that the platform asked for. ``most``
    bounds the attempts for this failure, in addition to the policy. ``cause`` is that of the wait, as in
    :class:`~trueup.model.wait.Wait`; empty for the one that the status of the error implies.
    """

    def __init__(self, error: PlatformError, after: float | None = None, *, most: float = inf, cause: str = "") -> None:
        super().__init__(str(error))
        self.error, self.after, self.most = error, after, most
        self.cause = cause or cause_of(error.status)


class RetryPolicy:
    """A retry policy: bounds on the number of attempts and on their time in seconds."""

    def __init__(self, clock: Clock, settings: HttpSettings, *, attempts: float = inf, seconds: float = inf) -> None:
        self._clock, self._settings = clock, settings
        self._attempts, self._seconds = attempts, seconds

    async def run(self, attempt: Callable[[], Awaitable[_T]], subject: str) -> _T:
        """Call ``attempt`` until it succeeds and return its result; raises the last error at a bound.

        Only :class:`Retryable` is retried; any other exception is raised at once. ``subject`` is what is attempted, for
        those who watch the waits.
        """
        with waiting(self._settings.on_wait, subject) as say:
            return await self._run(attempt, subject, say)

    async def _run(self, attempt: Callable[[], Awaitable[_T]], subject: str, say: Say) -> _T:
        started = self._clock.now()
        for number in count(1):
            try:
                return await attempt()
            except Retryable as failure:
                wait = self._wait(number, failure.after)
                # Checked before the wait: to wait and then give up would only cost time.
                late = self._clock.now() - started + wait > self._seconds
                most = min(self._attempts, failure.most)
                if late or number >= most:
                    raise failure.error from failure.__cause__
                of = "" if most == inf else f" of {most - 1:.0f}"
                # The error begins with the subject, which the line of the wait names already.
                text = str(failure).removeprefix(f"{subject}: ")
                say(failure.cause, f"retry {number}{of} in {wait:.3g} s: {text}", most=wait)
                _LOG.info("%s; attempt %d follows in %.1f s.", str(failure).rstrip("."), number + 1, wait)
            await self._clock.sleep(wait)
        raise AssertionError("count() has no end")

    def _wait(self, number: int, after: float | None) -> float:
        """Return the seconds to wait after this attempt."""
        # No jitter on a wait that the platform asked for, and never less: it would throttle again.
        if after is not None:
            return min(after, self._settings.wait_cap)
        # Half of the wait is fixed, so that it is never zero. Half is random, so that clients that failed together do
        # not retry together.
        longest = min(self._settings.first_wait * 2.0 ** (number - 1), self._settings.wait_cap)
        return longest * (0.5 + self._settings.jitter() / 2)


def read_policy(clock: Clock, settings: HttpSettings) -> RetryPolicy:
    """Return the policy for requests that change nothing."""
    return RetryPolicy(clock, settings, attempts=settings.read_attempts, seconds=settings.read_patience)


def write_policy(clock: Clock, settings: HttpSettings) -> RetryPolicy:
    """Return the policy for writes that were certainly not executed."""
    # Bounded by attempts only: a rate limit may ask for long waits, and an abandoned write leaves its resource half
    # done.
    return RetryPolicy(clock, settings, attempts=settings.write_attempts)
