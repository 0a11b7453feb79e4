"""Try again, when that cannot do harm: waits that grow, with jitter, and the platform's own wish first."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from trueup.bounded import asked_wait
from trueup.errors import PlatformError, Unavailable
from trueup.model.clock import Clock
from trueup.platforms.answer import Answer
from trueup.platforms.exchange import Exchange
from trueup.platforms.settings import HttpSettings

T = TypeVar("T")

_ALWAYS: Final = float("inf")
_LOG: Final = logging.getLogger("trueup.platforms")


class Passing(Exception):
    """Say that another attempt may succeed.

    ``error`` is what to raise when there is none; ``after`` the wait in seconds that the platform asked for. ``most``:
    after so many attempts another one is not worth its wait, however much patience there is.
    """

    def __init__(self, error: PlatformError, after: float | None = None, *, most: float = _ALWAYS) -> None:
        super().__init__(str(error))
        self.error, self.after, self.most = error, after, most


class Patience:
    """Repeat what raises :class:`Passing`, bounded in attempts and in time."""

    def __init__(
        self, clock: Clock, settings: HttpSettings, *, attempts: float = _ALWAYS, seconds: float = _ALWAYS
    ) -> None:
        self._clock, self._settings = clock, settings
        self._attempts, self._seconds = attempts, seconds

    async def run(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return what ``attempt`` returns; raises the last failure's error when patience ends."""
        started = self._clock.now()
        try:
            return await attempt()
        except Passing as failure:
            # Nearly every first attempt succeeds and needs nothing of what is set up below.
            return await self._again(attempt, failure, started)

    async def _again(self, attempt: Callable[[], Awaitable[T]], failure: Passing, started: float) -> T:
        """Go on after a first attempt that failed, which counts."""
        failed = [failure]

        def enough(state: RetryCallState) -> bool:
            late = self._clock.now() - started + state.upcoming_sleep > self._seconds
            failure = state.outcome.exception() if state.outcome else None
            most = failure.most if isinstance(failure, Passing) else _ALWAYS
            return late or state.attempt_number >= min(self._attempts, most)

        async def once() -> T:
            # tenacity awaits only what it recognises as a coroutine function, which a lambda is not.
            if failed:
                raise failed.pop()
            return await attempt()

        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            wait=self._wait,
            stop=enough,
            before_sleep=_log_retry,
            retry=retry_if_exception_type(Passing),
            reraise=True,
        )
        try:
            return await retrying(once)
        except Passing as passing:
            raise passing.error from passing.__cause__

    def _wait(self, state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.after if isinstance(failure, Passing) else None
        if asked is not None:
            return min(asked, self._settings.wait_cap)
        # Half of the wait is fixed, so that a wait is a wait; half is random, so that clients do not march in step.
        longest = min(self._settings.first_wait * 2.0 ** (state.attempt_number - 1), self._settings.wait_cap)
        return longest * (0.5 + self._settings.jitter() / 2)


def _log_retry(state: RetryCallState) -> None:
    failure = state.outcome.exception() if state.outcome else None
    said = str(failure).rstrip(".")
    _LOG.info("%s; attempt %d follows in %.1f s.", said, state.attempt_number + 1, state.upcoming_sleep)


def patience_for_reads(exchange: Exchange) -> Patience:
    """Return the patience for what changes nothing."""
    settings = exchange.settings
    return Patience(exchange.clock, settings, attempts=settings.read_attempts, seconds=settings.read_patience)


def patience_for_writes(exchange: Exchange) -> Patience:
    """Return the patience for writes that the platform says it did not take."""
    return Patience(exchange.clock, exchange.settings, attempts=exchange.settings.write_attempts)


def retry_after(answer: Answer, *, now: float) -> float | None:
    """Return the seconds that an answer asks to wait; see :func:`~trueup.bounded.asked_wait`."""
    return asked_wait(answer.headers, now=now)


def down(name: str, cause: str) -> Unavailable:
    """Return the error for a target whose server is down; the text is the same whatever was asked of it."""
    error = Unavailable(f"{name} is down: {cause}")
    error.down = True
    return error
