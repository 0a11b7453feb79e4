"""Errors of Origin: by one of four codes, else by HTTP status (``origin-api.md`` section 9).

Message texts are shown, and nothing depends on them.
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
from trueup.platforms.http_statuses import CLIENT_ERRORS, combined_kind, foreign_error
from trueup.platforms.transport import Answer, text_of

SUCCESS: Final = "SUCCESS"
_STATES: Final = frozenset({SUCCESS, "ERROR"})
_CODE: Final = re.compile(r"CE\d{5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeStatus:
    """The ``status`` of an envelope: the code without the text that may follow it, and the messages, safe to show."""

    succeeded: bool
    code: str
    messages: tuple[str, ...]


def read_status(answer: Answer) -> EnvelopeStatus | None:
    """Return the status of an answer, None when its body is not an envelope (``origin-api.md`` section 2).

    The documentation shows ``status`` as an object and as an array with one element; both are accepted.
    """
    status = one((answer.object() or {}).get("status"))
    if status is None or text_of(status.get("state")) not in _STATES:
        return None
    return status_of(status, succeeded=status["state"] == SUCCESS, words=answer.words)


def status_of(node: Mapping[str, object], *, succeeded: bool, words: Callable[[str], str]) -> EnvelopeStatus:
    """Return the status from the members ``code`` and ``messages`` of an object; ``words`` makes texts safe to show."""
    text = text_of(node.get("code"))
    # Some answers have a text behind the code, or a text instead of it.
    code = _CODE.match(text)
    messages = [words(message) for message in many(node.get("messages")) if isinstance(message, str)]
    return EnvelopeStatus(
        succeeded=succeeded,
        code=code.group() if code else words(text),
        messages=tuple(messages or filter(None, [words(text)])),
    )


def one(value: object) -> Mapping[str, object] | None:
    """Return an object, which may be the only element of an array; None for anything else."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None


def many(value: object) -> Sequence[object]:
    """Return an array; any other value is taken as its only element, absent and null as no element."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


BY_CODE: Final[Mapping[str, type[PlatformError]]] = {
    # One page of the documentation says that the request was not processed, another that it did not complete normally.
    "CE00000": OutcomeUnknown,
    "CE00001": Rejected,
    "CE00002": NotAuthorised,
    "CE00003": LimitReached,
}

MEANING: Final[Mapping[str, str]] = {
    "CE00002": "The access token is wrong or does not allow this; Origin's support issues them.",
    "CE00003": "The limit of the account's package is reached.",
}
"""A sentence that explains a code, where the platform's message is not enough."""

BY_STATUS: Final[Mapping[int, type[PlatformError]]] = {
    401: NotAuthorised,
    403: NotAuthorised,
    409: Conflict,
    429: Unavailable,
    503: Unavailable,
}


class OriginErrors:
    """The error table of Origin; see :class:`~trueup.platforms.client.ErrorTable`."""

    def failure(self, answer: Answer, *, purpose: str, write: bool) -> PlatformError | None:
        """Return the exception for this answer, None for a 2xx whose envelope reports success."""
        status = read_status(answer)
        if status is None:
            text = f"{purpose}: HTTP {answer.status}, not an answer of the platform: {answer.shown()}"
            return foreign_error(answer, text, write=write)
        if answer.succeeded and status.succeeded:
            return None
        return of_status(status, http=answer.status, purpose=purpose, write=write)


def of_status(status: EnvelopeStatus, *, http: int, purpose: str, write: bool) -> PlatformError:
    """Return the exception for an envelope that reports an error."""
    kind = BY_CODE.get(status.code) or BY_STATUS.get(http)
    if kind is None:
        kind = Rejected if http in CLIENT_ERRORS else OutcomeUnknown
    kind = combined_kind(kind, http, write=write)
    words = "; ".join(status.messages) or "no message"
    code = f" {status.code}" if status.code else ""
    text = f"{purpose}: {words} (HTTP {http}{code}){meaning_of(status.code)}"
    return kind(text, status=http, code=status.code, messages=status.messages)


def meaning_of(code: str) -> str:
    """Return the sentence that explains a code, with a leading space; empty if there is none."""
    return f" {MEANING[code]}" if code in MEANING else ""
