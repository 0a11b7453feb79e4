"""Follow an asynchronous write to its end (``origin-api.md`` section 3.5).

An answer with HTTP 200 and ``SUCCESS`` says only that it could be asked; how the batch ended stands inside. From the
moment a batch is submitted it may be carried out, so whatever keeps its end from being known is ``OutcomeUnknown``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from trueup.errors import OutcomeUnknown, PlatformError, Rejected
from trueup.platforms.client import Call, PlatformClient, Reply
from trueup.platforms.origin.errors import BY_CODE, EnvelopeStatus, meaning_of, one, status_of
from trueup.platforms.retry import Retryable, RetryPolicy
from trueup.platforms.settings import HttpSettings

RESULT: Final = "/connect/v1/result"
FAILED: Final = "ERROR"
CALLBACKS: Final = ("poolingCallback", "pollingCallback")
"""The documented spelling, and the one that is meant."""

_BATCH_ID: Final = re.compile(r"/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})/?\Z")


class Results:
    """See writes of one account through to their end."""

    def __init__(self, http: PlatformClient, settings: HttpSettings) -> None:
        self._http = http
        pace = replace(settings, wait_cap=settings.result_wait_cap)
        self._policy = RetryPolicy(http.clock, pace, seconds=settings.result_patience)

    async def conclude(self, reply: Reply, *, command: str, purpose: str) -> None:
        """Return when the write that ``reply`` answers was carried out, at once or after asking for its result.

        ``command`` is the name of the service in the address of results: ``certifications_update``. Raises what the
        write ended with, ``OutcomeUnknown`` when that cannot be found out before patience ends.
        """
        callback = _callback(reply)
        if callback is None:
            if not _finished(reply, purpose):
                raise OutcomeUnknown(f"{purpose}: it is under way, and nothing says where its result will be")
            return
        call = self._ask(callback, command, purpose)
        await self._policy.run(lambda: self._poll(call, purpose))

    def _ask(self, callback: str, command: str, purpose: str) -> Call:
        """Return the call that asks for the result.

        The callback is followed only below the target's own address. Of one that leads elsewhere only the batch's id
        is taken, so that the token never is sent to a place that an answer chose.
        """
        path = self._http.address.below(callback)
        if path is None:
            batch_id = _BATCH_ID.search(callback.partition("?")[0])
            if batch_id is None:
                raise OutcomeUnknown(f"{purpose}: it is under way, and its result lies outside of the target's address")
            path = f"{RESULT}/{command}/batch/{batch_id[1]}"
        return Call(method="GET", path=path, purpose="ask for the result")

    async def _poll(self, call: Call, purpose: str) -> None:
        try:
            reply = await self._http.read(call)
        except PlatformError as error:
            text = f"{purpose}: it was submitted, and its result cannot be had: {error}"
            raise OutcomeUnknown(text, status=error.status, code=error.code, messages=error.messages) from error
        if not _finished(reply, purpose):
            raise Retryable(OutcomeUnknown(f"{purpose}: it is still pending, and may be carried out yet"))


def _callback(reply: Reply) -> str | None:
    result = _result(reply)
    return next((url for name in CALLBACKS if isinstance(url := result.get(name), str)), None)


def _finished(reply: Reply, purpose: str) -> bool:
    """Say whether the write was carried out, or that it is not yet; raises when the batch failed."""
    state = _result(reply).get("executionStatus")
    if state == FAILED:
        raise _failure(reply, purpose)
    # Any other state is one in which the end is still open; done has none.
    return state is None


def _failure(reply: Reply, purpose: str) -> PlatformError:
    """Return the error of a batch that failed; where its code and messages stand is not documented."""
    status = _told(reply)
    kind = BY_CODE.get(status.code, Rejected)
    words = "; ".join(status.messages) or "the platform does not say why; without --async it may"
    code = f" ({status.code})" if status.code else ""
    text = f"{purpose}: it failed: {words}{code}{meaning_of(status.code)}"
    return kind(text, code=status.code, messages=status.messages)


def _told(reply: Reply) -> EnvelopeStatus:
    result = _result(reply)
    places = (result, one(result.get("status")) or {}, one(reply.body.get("status")) or {})
    told = [status_of(place, succeeded=False, words=reply.words) for place in places]
    return next((status for status in told if status.code or status.messages), told[0])


def _result(reply: Reply) -> Mapping[str, object]:
    return one(reply.body.get("result")) or {}
