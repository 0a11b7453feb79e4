"""Refusals in the name of a platform: its own error bodies, and those of a gateway in front of it."""

import math
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from trueup.sandbox.calls import Answer, Call, rendered
from trueup.sandbox.origin.envelope import Code, Failed, failure
from trueup.sandbox.settings import Settings

# Worded as by nginx: a gateway answers in HTML, whatever form the platform has (connect-api.md section 7).
_TITLES = {
    429: "Too Many Requests",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
# OverCapacity is a convention of the platform; 429 is not documented, so its code is ours (connect-api.md section 7).
_OVERLOADS = {429: ("TooManyRequests", "Too many requests"), 503: ("OverCapacity", "Please try again later")}
_REFUSALS = {404: "ResourceNotFound", 409: "ConcurrentModification"}


def general_error(call: Call, settings: Settings) -> Answer:
    """Return 500 as documented: General on Connect, CE00000 with the request repeated on Origin."""
    if call.is_origin:
        return _envelope(call, Failed(Code.UNEXPECTED, ()), 500, settings)
    return _connect(500, "General", "Server error. Please try again later.")


def rejection(call: Call, status: int, settings: Settings) -> Answer:
    """Return a refusal: on Connect with the code of its status, on Origin always with CE00001."""
    message = "The request was refused."
    if call.is_origin:
        return _envelope(call, Failed(Code.INVALID, (message,)), status, settings)
    return _connect(status, _REFUSALS.get(status, settings.busy_code), message)


def overload(call: Call, status: int, headers: dict[str, str]) -> Answer:
    """Return 429 or 503; Origin documents no body for these."""
    if call.is_origin:
        return rendered(neutral_response(status, headers))
    return _connect(status, *_OVERLOADS[status], headers)


def gateway_page(status: int, headers: dict[str, str]) -> Answer:
    """Return the HTML page of a proxy."""
    title = f"{status} {_TITLES[status]}"
    page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
    return rendered(HTMLResponse(page, status_code=status, headers=headers))


def retry_after(form: str, seconds: float, now: float) -> dict[str, str]:
    """Return the header Retry-After in the form ``seconds`` or ``date``; no header for ``none``."""
    # Rounded up: a client that waits exactly this long must not come too early.
    whole = math.ceil(seconds)
    forms = {"seconds": str(whole), "date": formatdate(math.ceil(now) + whole, usegmt=True)}
    return {"Retry-After": forms[form]} if form in forms else {}


def neutral_response(status: int, headers: dict[str, str] | None = None) -> Response:
    """Return a status with its HTTP phrase as plain text, the form of neither platform."""
    return PlainTextResponse(f"{HTTPStatus(status).phrase}\n", status_code=status, headers=headers)


def _connect(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    body = {"statusCode": status, "message": message, "errors": [{"code": code, "message": message}]}
    return rendered(JSONResponse(body, status_code=status, headers=headers))


def _envelope(call: Call, failed: Failed, status: int, settings: Settings) -> Answer:
    # Origin repeats the request in its answer (origin-api.md section 2). A GET has no body that could be repeated.
    echo: dict[str, Any] = {"connectRequest": call.json()} if call.body else {}
    return rendered(failure(failed, status, echo, settings))
