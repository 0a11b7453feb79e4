"""Wait for the result of an asynchronous write (``origin-api.md`` section 3.5).

HTTP 200 with ``SUCCESS`` says only that the poll succeeded; the state of the batch is in ``result``. A submitted batch
may be executed at any time, so every failure to learn its result is ``OutcomeUnknown``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from trueup.errors import OutcomeUnknown, PlatformError, Rejected, rewritten
from trueup.platforms.client import Call, PlatformClient, Reply
from trueup.platforms.origin.errors import BY_CODE, EnvelopeStatus, meaning_of, one, status_of
from trueup.platforms.retry import Retryable, RetryPolicy
from trueup.platforms.settings import HttpSettings

RESULT: Final = "/connect/v1/result"
FAILED: Final = "ERROR"
CALLBACKS: Final = ("poolingCallback", "pollingCallback")
"""The documented spelling, and the correct one."""

# A UUID as the last segment of the path, with or without a slash behind it.
_BATCH_ID: Final = re.compile(r"/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})/?\Z")


class Results:
    """The results of asynchronous writes of one account."""

    def __init__(self, http: PlatformClient, settings: HttpSettings) -> None:
        self._http = http
        pace = replace(settings, wait_cap=settings.result_wait_cap)
        self._policy = RetryPolicy(http.clock, pace, seconds=settings.result_patience)

    async def conclude(self, reply: Reply, *, command: str, purpose: str) -> None:
        """Return when the write that ``reply`` answers has been executed; poll for its result if there is a callback.

        ``command`` is the name of the service in the URL of results: ``certifications_update``. Raises the error of a
        failed write, and ``OutcomeUnknown`` when the result is not known after ``result_patience`` seconds.
        """
        callback = _callback(reply)
        if callback is None:
            if not _finished(reply, purpose):
                raise OutcomeUnknown(f"{purpose}: the write is under way, and the answer has no URL of its result")
            return
        call = self._ask(callback, command, purpose)
        await self._policy.run(lambda: self._poll(call, purpose), purpose)

    def _ask(self, callback: str, command: str, purpose: str) -> Call:
        """Return the call that asks for the result."""
        # A callback outside of the target's address is not followed: an answer must not choose where the token is sent.
        # Only the batch id is taken from it.
        path = self._http.address.below(callback)
        if path is None:
            batch_id = _BATCH_ID.search(callback.partition("?")[0])
            if batch_id is None:
                raise OutcomeUnknown(f"{purpose}: the write is under way, and its result is on another host")
            path = f"{RESULT}/{command}/batch/{batch_id[1]}"
        return Call(method="GET", path=path, purpose="ask for the result")

    async def _poll(self, call: Call, purpose: str) -> None:
        try:
            reply = await self._http.read(call)
        except PlatformError as error:
            text = f"{purpose}: the write was submitted, but its result cannot be read: {error}"
            raise rewritten(OutcomeUnknown, text, error) from error
        if not _finished(reply, purpose):
            pending = OutcomeUnknown(f"{purpose}: the write is still pending, and may still be executed")
            raise Retryable(pending, cause="result pending")


def _callback(reply: Reply) -> str | None:
    result = _result(reply)
    return next((url for name in CALLBACKS if isinstance(url := result.get(name), str)), None)


def _finished(reply: Reply, purpose: str) -> bool:
    """Return whether the write has been executed; raises its error when the batch failed."""
    state = _result(reply).get("executionStatus")
    if state == FAILED:
        raise _failure(reply, purpose)
    # The result of a finished batch has no state; every other state means that it is not finished.
    return state is None


def _failure(reply: Reply, purpose: str) -> PlatformError:
    """Return the error of a batch that failed."""
    status = _error_status(reply)
    kind = BY_CODE.get(status.code, Rejected)
    words = "; ".join(status.messages) or "the platform gives no reason; run without --async to get one"
    code = f" ({status.code})" if status.code else ""
    text = f"{purpose}: it failed: {words}{code}{meaning_of(status.code)}"
    return kind(text, code=status.code, messages=status.messages)


def _error_status(reply: Reply) -> EnvelopeStatus:
    # The documentation does not say where the code and the messages of a failed batch are: these places are searched
    # in order.
    result = _result(reply)
    places = (result, one(result.get("status")) or {}, one(reply.body.get("status")) or {})
    statuses = [status_of(place, succeeded=False, words=reply.words) for place in places]
    return next((status for status in statuses if status.code or status.messages), statuses[0])


def _result(reply: Reply) -> Mapping[str, object]:
    return one(reply.body.get("result")) or {}
