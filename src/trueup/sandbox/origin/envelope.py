"""Build the answers: one envelope for success and failure, four error codes (ErrorCodes, version 1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from starlette.responses import JSONResponse

from trueup.sandbox.settings import Settings

ENTITY = "CERTIFICATION"


class Code(Enum):
    """Name an error code with the message that stands beside it in ``status.code``."""

    UNEXPECTED = "CE00000 - Connect request met an unexpected failure and was not completed normally."
    INVALID = "CE00001 - Connect request failed validation. Refer to provided messages for details."
    UNAUTHORISED = "CE00002 - Connect request is not authorised for this service."
    LIMIT = "CE00003 - Connect request goes beyond what the company's package allows."


@dataclass(frozen=True, slots=True)
class Done:
    """Hold the ``result`` of a request that was carried out."""

    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """Hold why a request was not carried out, or not to its end."""

    code: Code
    messages: tuple[str, ...]


Outcome = Done | Failed


def invalid(messages: Sequence[str]) -> Failed:
    """Return the failure of a request that is wrong in itself."""
    return Failed(Code.INVALID, tuple(messages))


def failed_status(failure: Failed) -> dict[str, Any]:
    """Return the ``status`` object of a failure."""
    return {"state": "ERROR", "code": failure.code.value, "messages": list(failure.messages)}


Echo = Mapping[str, object]
"""The request as ``{"connectRequest": ...}`` where a service repeats it, else empty."""


def success(result: dict[str, Any], echo: Echo, settings: Settings) -> JSONResponse:
    """Answer 200."""
    return JSONResponse({"status": _status({"state": "SUCCESS"}, settings), "result": result, **echo})


def failure(failed: Failed, http_status: int, echo: Echo, settings: Settings) -> JSONResponse:
    """Answer with an error; there is no ``result``."""
    return JSONResponse({"status": _status(failed_status(failed), settings), **echo}, status_code=http_status)


def _status(status: dict[str, Any], settings: Settings) -> object:
    """Return the status as the samples show it, or as a list: some tables name its fields ``status[].state``."""
    return [status] if settings.origin_status_form == "list" else status
