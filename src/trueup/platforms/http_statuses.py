"""Translate an HTTP status into an exception, where no error code of the platform decides.

4xx, 501 and 503 mean the same from the platform and from a gateway in between: the request was not executed.
After any other status (another server error, a redirect, an unreadable success) a write may have been executed.
"""

from collections.abc import Mapping
from typing import Final

from trueup.errors import (
    NotAuthorised,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    Unavailable,
    UnexpectedAnswer,
)
from trueup.platforms.transport import THROTTLING_STATUSES, Answer

CLIENT_ERRORS: Final = range(400, 500)
_SERVER_ERRORS: Final = range(500, 600)

_REFUSALS: Final[Mapping[int, type[PlatformError]]] = {
    401: NotAuthorised,
    403: NotAuthorised,
    404: NotFound,
    410: NotFound,
    501: Rejected,
}


def foreign_error(answer: Answer, text: str, *, write: bool) -> PlatformError:
    """Return the exception for an answer without the platform's own error body; ``text`` is its message."""
    status = answer.status
    if status in THROTTLING_STATUSES:
        return Unavailable(text, status=status)
    if write:
        kind = _REFUSALS.get(status, Rejected if status in CLIENT_ERRORS else OutcomeUnknown)
    elif _REFUSALS.get(status) is NotAuthorised:
        kind = NotAuthorised
    else:
        # Never NotFound: only the platform can say that a resource does not exist. A 404 page of another server at a
        # wrong address would make the planner create every resource again.
        kind = Unavailable if status in _SERVER_ERRORS else UnexpectedAnswer
    return kind(text, status=status)


def combined_kind(kind: type[PlatformError], status: int, *, write: bool) -> type[PlatformError]:
    """Return the class of a platform's error from its class by code (``kind``) and its HTTP status."""
    # OutcomeUnknown by code is less precise than a 429 or 503, which says that nothing was executed. A read changes
    # nothing, so its outcome cannot be unknown: it can be repeated.
    if kind is OutcomeUnknown and (status in THROTTLING_STATUSES or not write):
        return Unavailable
    return kind
