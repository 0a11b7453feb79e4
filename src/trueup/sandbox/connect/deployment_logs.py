"""The logs of a deployment, deprecated by the platform (``deployment-api.md`` section 11)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trueup.sandbox.connect.drafts import HIDDEN
from trueup.sandbox.connect.errors import Failure, error
from trueup.sandbox.store import Document, timestamp


def logs(deployment: Document, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the only page: one line for each application, of the time of the last change. Raises Failure."""
    name = query.get("applicationName")
    if name is None and deployment["deployedRegion"].endswith(".aws"):
        message = "The name of an application is required in this region"
        raise Failure(error("DeploymentLogMissingApplicationName", message))
    if name is not None and name not in deployment["applications"]:
        message = f"Deployment does not have application named {name}."
        raise Failure(error("DeploymentApplicationDoesNotExist", message))
    if query.get("pageToken"):
        raise Failure(error("DeploymentLogInvalidPageToken", "The page token is not valid"))
    time = timestamp(deployment[HIDDEN]["lastModifiedAt"])
    start, end = (_checked(query.get(bound)) for bound in ("startDate", "endDate"))
    # Times in one form and one zone are ordered as texts are.
    inside = (start is None or start <= time) and (end is None or time <= end)
    lines = [
        {
            "type": "APPLICATION_TEXT",
            "deploymentId": deployment["id"],
            "applicationName": application,
            "severity": "INFO",
            "timestamp": time,
            "details": "Started.",
        }
        for application in deployment["applications"]
        if inside and name in (None, application)
    ]
    return {"data": lines, "next": ""}


def _checked(date: str | None) -> str | None:
    """Return a date in the form of the platform. Raises Failure (DeploymentLogInvalidDate)."""
    if date is None:
        return None
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        raise Failure(error("DeploymentLogInvalidDate", "The date is not valid")) from None
    if moment.tzinfo is None:
        raise Failure(error("DeploymentLogInvalidDate", "The date has no time zone"))
    return timestamp(moment.timestamp())
