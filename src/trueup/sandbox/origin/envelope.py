"""The envelope of all answers, and the four error codes (``origin-api.md`` sections 2 and 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from starlette.responses import JSONResponse

from trueup.sandbox.settings import Settings

ENTITY = "CERTIFICATION"


class Code(Enum):
    """The error codes; a value is the text of ``status.code``."""

    UNEXPECTED = "CE00000 - Connect request met an unexpected failure and was not completed normally."
    INVALID = "CE00001 - Connect request failed validation. Refer to provided messages for details."
    UNAUTHORISED = "CE00002 - Connect request is not authorised for this service."
    LIMIT = "CE00003 - Connect request goes beyond what the company's package allows."


@dataclass(frozen=True, slots=True)
class Done:
    """The ``result`` of a request that was executed."""

    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """The reason why a request was not executed, or only in part."""

    code: Code
    messages: tuple[str, ...]


Outcome = Done | Failed


def invalid(messages: Sequence[str]) -> Failed:
    """Return the failure of an invalid request."""
    return Failed(Code.INVALID, tuple(messages))


def failed_status(failure: Failed) -> dict[str, Any]:
    """Return the ``status`` object of a failure."""
    return {"state": "ERROR", "code": failure.code.value, "messages": list(failure.messages)}


Echo = Mapping[str, object]
"""``{"connectRequest": ...}`` for services that repeat the request, else empty."""


def success(result: dict[str, Any], echo: Echo, settings: Settings) -> JSONResponse:
    """Return the answer 200."""
    return JSONResponse({"status": _status({"state": "SUCCESS"}, settings), "result": result, **echo})


def failure(failed: Failed, http_status: int, echo: Echo, settings: Settings) -> JSONResponse:
    """Return an error answer, which has no ``result``."""
    return JSONResponse({"status": _status(failed_status(failed), settings), **echo}, status_code=http_status)


def _status(status: dict[str, Any], settings: Settings) -> object:
    """Return the status as an object, as in the samples, or as a list, as in some tables (section 11, row 6)."""
    return [status] if settings.origin_status_form == "list" else status
