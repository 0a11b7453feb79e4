"""Errors of commercetools Connect: by code first, by HTTP status where the code is unknown.

Message texts are shown, and nothing depends on them. The status of most codes is not documented (``connect-api.md``
section 7).
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
from trueup.platforms.http_statuses import CLIENT_ERRORS, combined_kind, foreign_error
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
    "DeploymentInvalidStatusTransition": Busy,
    "OverCapacity": Unavailable,
    "PendingOperation": Unavailable,
    # According to the documentation, the action may have completed in spite of these.
    "General": OutcomeUnknown,
    "BadGateway": OutcomeUnknown,
}

_SCOPES: Final = (
    "The API client lacks the permission. Connectors need the scope view_connectors for reading and manage_connectors "
    "for changing; deployments need view_connectors_deployments and manage_connectors_deployments, for their project; "
    "manage_project allows all of it."
)
MEANING: Final[Mapping[str, str]] = {
    "AuthorizationError": _SCOPES,
    "insufficient_scope": _SCOPES,
    "GitRepositoryNotReachable": "The repository or the tag does not exist, or the repository is private; a private "
    "one needs the ssh form of its URL, and the GitHub user connect-mu must be able to read it.",
    "ConnectorSpecificationFileNotFound": "The repository needs a connect.yaml at its root, at this tag.",
    "ConnectorStagedNotPrivate": "A public connector has no private projects.",
}
"""A sentence that explains a code, where the platform's message is not enough."""

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
    """An error body of the documented shape; ``code`` and ``field`` are those of the first error with a known code."""

    code: str
    field: str
    messages: tuple[str, ...]


class ConnectErrors:
    """The error table of Connect; see :class:`~trueup.platforms.client.ErrorTable`."""

    def failure(self, answer: Answer, *, purpose: str, write: bool) -> PlatformError | None:
        """Return the exception for this answer, None for a 2xx."""
        if answer.succeeded:
            return None
        body = read_body(answer)
        if body is None:
            text = f"{purpose}: HTTP {answer.status}, not an answer of the platform: {answer.shown()}"
            return foreign_error(answer, text, write=write)
        kind = combined_kind(_kind(answer, body), answer.status, write=write)
        code = f" {body.code}" if body.code else ""
        meaning = f" {MEANING[body.code]}" if body.code in MEANING else ""
        text = f"{purpose}: {body.messages[0]} (HTTP {answer.status}{code}){meaning}"
        return kind(text, status=answer.status, code=body.code, messages=body.messages)


def read_body(answer: Answer) -> ErrorBody | None:
    """Return the platform's own error body, None for any other body, such as the page of a gateway."""
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
        # It was created by another client since it was read as missing.
        return Conflict
    if body.code in BY_CODE:
        return BY_CODE[body.code]
    if answer.status == _CONFLICT and body.code:
        # ConcurrentModification is handled above, so the resource's state forbids the action. The code of a draft in
        # state "Processing" is not documented.
        return Busy
    if answer.status in BY_STATUS:
        return BY_STATUS[answer.status]
    return Rejected if answer.status in CLIENT_ERRORS else OutcomeUnknown


def _words(error: Mapping[str, object]) -> str:
    message, details = error.get("message"), error.get("detailedErrorMessage")
    # Some errors repeat the message as the detailed one.
    texts = [text for text in (message, details) if isinstance(text, str) and text]
    return " - ".join(dict.fromkeys(texts))
