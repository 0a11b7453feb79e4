"""Log HTTP requests: method, address, status and duration, and nothing that could be a secret."""

import logging
from urllib.parse import urlsplit


def log_request(  # noqa: PLR0913 - each is one column of the line
    log: logging.Logger, method: str, url: str, *, status: int | None, seconds: float, correlation_id: str = ""
) -> None:
    """Log a request at level DEBUG; ``status`` is the HTTP status, None when there was no answer.

    Of the URL only scheme, host, port and path are logged: a user name, a password and the query are left out, and so
    are all headers and bodies.
    """
    if log.isEnabledFor(logging.DEBUG):
        answer = "no answer" if status is None else f"HTTP {status}"
        suffix = f", {correlation_id}" if correlation_id else ""
        log.debug("%s %s: %s in %.0f ms%s", method, _address(url), answer, seconds * 1000, suffix)


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(an invalid address)"
    return f"{parts.scheme}://{host}{port}{parts.path}" if parts.scheme else parts.path
