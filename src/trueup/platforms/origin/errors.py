"""Know the errors of Origin: four codes, then the HTTP status (``origin-api.md`` section 9).

Message texts are shown and never decided on.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trueup.errors import (
    Conflict,
    LimitReached,
    NotAuthorised,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    Unavailable,
)
from trueup.platforms.http_statuses import CLIENT_ERRORS, of_foreign, settled_status
from trueup.platforms.transport import Answer, text_of

SUCCESS: Final = "SUCCESS"
_STATES: Final = frozenset({SUCCESS, "ERROR"})
_CODE: Final = re.compile(r"CE\d{5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeStatus:
    """Hold an answer's ``status``: the code without the words behind it, and the messages for people."""

    succeeded: bool
    code: str
    messages: tuple[str, ...]


def read_status(answer: Answer) -> EnvelopeStatus | None:
    """Return the status of an answer, None when its body is no envelope.

    The documentation draws ``status`` as an object and as an array; a one-element array is taken for its element.
    """
    status = one((answer.object() or {}).get("status"))
    if status is None or text_of(status.get("state")) not in _STATES:
        return None
    return status_of(status, succeeded=status["state"] == SUCCESS, words=answer.words)


def status_of(node: Mapping[str, object], *, succeeded: bool, words: Callable[[str], str]) -> EnvelopeStatus:
    """Return what ``code`` and ``messages`` of this object say, in words fit for people."""
    text = text_of(node.get("code"))
    code = _CODE.match(text)
    messages = [words(message) for message in many(node.get("messages")) if isinstance(message, str)]
    return EnvelopeStatus(
        succeeded=succeeded,
        code=code.group() if code else words(text),
        messages=tuple(messages or filter(None, [words(text)])),
    )


def one(value: object) -> Mapping[str, object] | None:
    """Return an object that may come as a one-element array; None for anything else."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None


def many(value: object) -> Sequence[object]:
    """Return an array whose only element may come bare; absent and null are empty."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


BY_CODE: Final[Mapping[str, type[PlatformError]]] = {
    # One page says that it was not processed, another that it did not complete normally.
    "CE00000": OutcomeUnknown,
    "CE00001": Rejected,
    "CE00002": NotAuthorised,
    "CE00003": LimitReached,
}

MEANING: Final[Mapping[str, str]] = {
    "CE00002": "The access token is wrong or does not allow this; Origin's support issues them.",
    "CE00003": "The account's package does not allow it: its limit is reached.",
}
"""What a code means for people, where the platform's own words leave it open."""

BY_STATUS: Final[Mapping[int, type[PlatformError]]] = {
    401: NotAuthorised,
    403: NotAuthorised,
    409: Conflict,
    429: Unavailable,
    503: Unavailable,
}


class OriginErrors:
    """Be the error table of Origin; see :class:`~trueup.platforms.transport.ErrorTable`."""

    def failure(self, answer: Answer, *, purpose: str, write: bool) -> PlatformError | None:
        """Return the exception that this answer means, None for a 2xx whose envelope says success."""
        status = read_status(answer)
        if status is None:
            text = f"{purpose}: HTTP {answer.status}, not in the platform's form: {answer.shown()}"
            return of_foreign(answer, text, write=write)
        if answer.succeeded and status.succeeded:
            return None
        return of_status(status, http=answer.status, purpose=purpose, write=write)


def of_status(status: EnvelopeStatus, *, http: int, purpose: str, write: bool) -> PlatformError:
    """Return the exception for an envelope that reports an error."""
    kind = BY_CODE.get(status.code) or BY_STATUS.get(http)
    if kind is None:
        kind = Rejected if http in CLIENT_ERRORS else OutcomeUnknown
    kind = settled_status(kind, http, write=write)
    words = "; ".join(status.messages) or "no message"
    code = f" {status.code}" if status.code else ""
    text = f"{purpose}: {words} (HTTP {http}{code}){meaning_of(status.code)}"
    return kind(text, status=http, code=status.code, messages=status.messages)


def meaning_of(code: str) -> str:
    """Return a sentence to put behind the platform's words, empty where they say enough."""
    return f" {MEANING[code]}" if code in MEANING else ""
