"""Errors of Connect in their documented form (``connect-api.md`` section 7)."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse

from trueup.sandbox.settings import Settings

_STATUSES = {
    "InvalidJsonInput": 400,
    "InvalidQueryParam": 400,
    "InvalidPathParam": 400,
    "DuplicateField": 400,
    "FieldValueNotFound": 400,
    "invalid_token": 401,
    "insufficient_scope": 403,
    "ResourceNotFound": 404,
    "ConcurrentModification": 409,
    "GitRepositoryNotReachable": 422,
    "ConnectorSpecificationFileNotFound": 422,
    "ConnectorSpecificationFileNotValid": 422,
    "ConnectorStagedNotPrivate": 400,
    "ConnectorStagedPreviewRequestUnderProcess": 400,
    "ConnectorStagedInCertification": 400,
    "ConnectorAlreadyCertified": 400,
    "General": 500,
    "OverCapacity": 503,
    # deployment-api.md section 7.
    "AuthorizationError": 403,
    "ConnectorHasDeployments": 400,
    "ConnectorReferenceNotFound": 400,
    "ConnectorStagedNotPreviewable": 400,
    "DeploymentApplicationDoNotBelong": 400,
    "DeploymentApplicationDoesNotExist": 400,
    "DeploymentApplicationRequired": 400,
    "DeploymentConnectorUpdateFailure": 400,
    "DeploymentEmptyRequiredGlobalConfigurationKey": 400,
    "DeploymentInvalidRetryPolicy": 400,
    "DeploymentInvalidStatusTransition": 400,
    "DeploymentInvalidType": 400,
    "DeploymentLogInvalidDate": 400,
    "DeploymentLogInvalidPageToken": 400,
    "DeploymentLogMissingApplicationName": 400,
    "DeploymentMissingGlobalConfigurationKey": 400,
    "DeploymentProductionDeactivated": 400,
    "DeploymentRetryPolicyOverrideNotAllowed": 400,
    "DeploymentRollbackNotAllowed": 400,
    "DeploymentUnknownApplicationConfiguration": 400,
    "DeploymentUnknownApplicationConfigurationKey": 400,
    "DeploymentUnknownGlobalConfigurationKey": 400,
    "DeploymentUnsupportedRegion": 400,
}
"""The status of each code; where the documentation has none, the one that section 7 advises to simulate."""

_TEXTS = {
    "InvalidJsonInput": "Request body does not contain valid JSON.",
    "InvalidQueryParam": "Request query param is not valid",
    "InvalidPathParam": "Request path param is not valid",
}


class Failure(Exception):
    """A refusal of a request. All ``errors`` share one status, and the answer has the message of the first."""

    def __init__(self, *errors: dict[str, Any], status: int | None = None) -> None:
        self.errors = errors
        self.status = status
        super().__init__(errors[0]["message"])


def error(code: str, message: str, **extras: object) -> dict[str, Any]:
    """Return one error object."""
    return {"code": code, "message": message, **extras}


def invalid(code: str, details: Sequence[str]) -> Failure:
    """Return the failure for a malformed body, query or path, with one error for each detail."""
    return Failure(*(error(code, _TEXTS[code], detailedErrorMessage=detail) for detail in details))


def answer(failure: Failure, settings: Settings) -> JSONResponse:
    """Return the answer to a refused request."""
    first = failure.errors[0]
    code = first["code"]
    status = settings.error_statuses.get(code) or failure.status or _STATUSES[code]
    body: dict[str, Any] = {"statusCode": status, "message": first["message"], "errors": list(failure.errors)}
    # Only the sample of a 401 has this OAuth member as well.
    if status == _STATUSES["invalid_token"]:
        body["error"] = code
    return JSONResponse(body, status_code=status)
