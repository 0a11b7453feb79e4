"""Log one request: what was asked of whom, how it ended and how long it took, and nothing that could be a secret."""

import logging
from urllib.parse import urlsplit


def log_request(  # noqa: PLR0913 - each is one column of the line
    log: logging.Logger, method: str, url: str, *, status: int | None, seconds: float, correlation_id: str = ""
) -> None:
    """Log a request on the level DEBUG; ``status`` is the HTTP status, None when there was no answer.

    Of the URL only scheme, host, port and path are shown: a user name, a password and the query are left out, as are
    all headers and bodies.
    """
    if log.isEnabledFor(logging.DEBUG):
        ended = "no answer" if status is None else f"HTTP {status}"
        asked = f", {correlation_id}" if correlation_id else ""
        log.debug("%s %s: %s in %.0f ms%s", method, _place(url), ended, seconds * 1000, asked)


def _place(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(an address that cannot be read)"
    return f"{parts.scheme}://{host}{port}{parts.path}" if parts.scheme else parts.path
