"""Tell a refusal from an answer that says nothing by the HTTP status, where no code of the platform decides.

A status that means the same from the platform and from a gateway in between is a refusal: nothing was taken.
Only a server error other than "not now", a success and a redirect leave open whether a write was taken.
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
from trueup.platforms.transport import Answer

NOT_NOW: Final = frozenset({429, 503})
"""Too many requests, service unavailable: nothing was taken, and the same may be taken later."""

CLIENT_ERRORS: Final = range(400, 500)
_SERVER_ERRORS: Final = range(500, 600)

_REFUSALS: Final[Mapping[int, type[PlatformError]]] = {
    401: NotAuthorised,
    403: NotAuthorised,
    404: NotFound,
    410: NotFound,
    501: Rejected,
}


def of_foreign(answer: Answer, text: str, *, write: bool) -> PlatformError:
    """Return what an answer without the platform's own body means; ``text`` says it to people.

    For a read, only the platform itself can say that something does not exist: another server's page at a wrong
    address must not be taken for that.
    """
    status = answer.status
    if status in NOT_NOW:
        return Unavailable(text, status=status)
    if write:
        kind = _REFUSALS.get(status, Rejected if status in CLIENT_ERRORS else OutcomeUnknown)
    elif _REFUSALS.get(status) is NotAuthorised:
        kind = NotAuthorised
    else:
        kind = Unavailable if status in _SERVER_ERRORS else UnexpectedAnswer
    return kind(text, status=status)


def settled_status(kind: type[PlatformError], status: int, *, write: bool) -> type[PlatformError]:
    """Return the kind of an error of the platform, its ``kind`` by code and the HTTP status taken together.

    A code that leaves open what happened says less than a status that does not. What is unknown of a write is for a
    read an answer that did not come.
    """
    if kind is OutcomeUnknown and (status in NOT_NOW or not write):
        return Unavailable
    return kind
