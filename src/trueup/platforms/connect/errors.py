"""Know the errors of commercetools Connect: by code first, by HTTP status where the code says nothing.

Message texts are shown and never decided on. The status of most codes is not documented (``connect-api.md`` section 7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trueup.errors import (
    Busy,
    Conflict,
    NotAuthorised,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    Unavailable,
)
from trueup.platforms.http_statuses import CLIENT_ERRORS, of_foreign, settled_status
from trueup.platforms.transport import Answer, text_of

DUPLICATE: Final = "DuplicateField"
BAD_QUERY: Final = "InvalidQueryParam"

BY_CODE: Final[Mapping[str, type[PlatformError]]] = {
    "InvalidJsonInput": Rejected,
    BAD_QUERY: Rejected,
    "InvalidPathParam": Rejected,
    DUPLICATE: Rejected,
    "FieldValueNotFound": Rejected,
    "AuthenticationError": NotAuthorised,
    "invalid_token": NotAuthorised,
    "invalid_client": NotAuthorised,
    "AuthorizationError": NotAuthorised,
    "insufficient_scope": NotAuthorised,
    "ResourceNotFound": NotFound,
    "ConcurrentModification": Conflict,
    "GitRepositoryNotReachable": Rejected,
    "ConnectorSpecificationFileNotFound": Rejected,
    "ConnectorSpecificationFileNotValid": Rejected,
    "ConnectorStagedNotPrivate": Rejected,
    "ConnectorAlreadyCertified": Rejected,
    "ConnectorStagedPreviewRequestUnderProcess": Busy,
    "ConnectorStagedInCertification": Busy,
    "OverCapacity": Unavailable,
    "PendingOperation": Unavailable,
    # The documentation says of these that the action may have completed all the same.
    "General": OutcomeUnknown,
    "BadGateway": OutcomeUnknown,
}

_SCOPES: Final = (
    "The API client may not do this: reading needs the scope view_connectors, changing needs manage_connectors; "
    "manage_project allows both."
)
MEANING: Final[Mapping[str, str]] = {
    "AuthorizationError": _SCOPES,
    "insufficient_scope": _SCOPES,
    "GitRepositoryNotReachable": "There is no such repository or no such tag, or it is private; a private one needs "
    "the ssh form of its URL, and the GitHub user connect-mu must be able to read it.",
    "ConnectorSpecificationFileNotFound": "The repository needs a connect.yaml at its root, at this tag.",
    "ConnectorStagedNotPrivate": "A connector that is public has no private projects.",
}
"""What a code means for people, where the platform's own words leave it open."""

BY_STATUS: Final[Mapping[int, type[PlatformError]]] = {
    401: NotAuthorised,
    403: NotAuthorised,
    404: NotFound,
    409: Conflict,
    429: Unavailable,
    503: Unavailable,
}

_CONFLICT: Final = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """Hold an error body of the documented shape; ``field`` is the first error's, of a ``DuplicateField``."""

    code: str
    field: str
    messages: tuple[str, ...]


class ConnectErrors:
    """Be the error table of Connect; see :class:`~trueup.platforms.transport.ErrorTable`."""

    def failure(self, answer: Answer, *, purpose: str, write: bool) -> PlatformError | None:
        """Return the exception that this answer means, None for a 2xx."""
        if answer.succeeded:
            return None
        body = read_body(answer)
        if body is None:
            text = f"{purpose}: HTTP {answer.status}, not in the platform's form: {answer.shown()}"
            return of_foreign(answer, text, write=write)
        kind = settled_status(_kind(answer, body), answer.status, write=write)
        code = f" {body.code}" if body.code else ""
        meaning = f" {MEANING[body.code]}" if body.code in MEANING else ""
        text = f"{purpose}: {body.messages[0]} (HTTP {answer.status}{code}){meaning}"
        return kind(text, status=answer.status, code=body.code, messages=body.messages)


def read_body(answer: Answer) -> ErrorBody | None:
    """Return the platform's own error body, None when the body is anything else (a gateway's page, for one)."""
    body = answer.object()
    if body is None or body.get("statusCode") != answer.status or not isinstance(body.get("message"), str):
        return None
    listed = body.get("errors")
    errors = [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
    codes = [text_of(error.get("code")) for error in errors] or [text_of(body.get("error"))]
    known = next((place for place, code in enumerate(codes) if code in BY_CODE), 0)
    field = text_of(errors[known].get("field")) if errors else ""
    words = tuple(filter(None, (answer.words(_words(error)) for error in errors)))
    words = words or (answer.words(str(body["message"])),)
    return ErrorBody(code=answer.code(codes[known], BY_CODE), field=field, messages=words)


def _kind(answer: Answer, body: ErrorBody) -> type[PlatformError]:
    if body.code == DUPLICATE and body.field == "key":
        # Somebody else created it since it was read as missing.
        return Conflict
    if body.code in BY_CODE:
        return BY_CODE[body.code]
    if answer.status == _CONFLICT and body.code:
        # Not another version, so the resource's own state forbids it; the code for "Processing" is not documented.
        return Busy
    if answer.status in BY_STATUS:
        return BY_STATUS[answer.status]
    return Rejected if answer.status in CLIENT_ERRORS else OutcomeUnknown


def _words(error: Mapping[str, object]) -> str:
    message, details = error.get("message"), error.get("detailedErrorMessage")
    texts = [text for text in (message, details) if isinstance(text, str) and text]
    return " - ".join(dict.fromkeys(texts))
