"""The clock and the certificate of a server, from its answer to a request without credentials."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from trueup.bounded import http_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """The head of an answer. Times are in seconds since 1970.

    ``date`` is the server's time, None when it does not send it. ``protocol`` is the version of TLS, empty for plain
    http; ``certificate_until`` is the end of the server's certificate, which was verified.
    """

    status: int
    date: float | None
    protocol: str = ""
    certificate_until: float | None = None

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], tls: ssl.SSLObject | None) -> Self:
        """Return the greeting of an answer; ``tls`` is its open connection, None for plain http."""
        date = http_date(headers.get("date", ""))
        if tls is None:
            return cls(status=status, date=date)
        # Only a verified certificate is decoded: for others, getpeercert() is empty.
        until = (tls.getpeercert() or {}).get("notAfter")
        return cls(
            status=status,
            date=date,
            protocol=tls.version() or "",
            certificate_until=float(ssl.cert_time_to_seconds(until)) if isinstance(until, str) else None,
        )
