"""Translate httpx's exceptions into our own, with our own texts.

The texts of httpx's exceptions are never shown: they may quote a proxy's URL with its password, or header lines that
echo the request. Only numbers and fixed tokens are taken from them (``errno``, an HTTP status, the name of a TLS
error).
"""

import asyncio
import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from urllib.parse import urlsplit

from trueup.errors import PlatformError, UnexpectedAnswer
from trueup.faults import fault_text
from trueup.model.live import Unreadable


class NotSent(Exception):
    """Raised when a request was not sent because no connection could be made."""


class TlsFailed(NotSent):
    """Raised when a request was not sent because TLS failed, for example as the certificate is not trusted."""


class Down(NotSent):
    """Raised when a request was not sent because the server has not answered for a while."""


class Lost(Exception):
    """Raised when a request may have arrived, but no readable answer came."""


class TooLarge(Lost):
    """Raised when an answer is larger than ``limit`` bytes, far more than the platform has reason to send."""

    def __init__(self, destination: object, limit: int) -> None:
        super().__init__(f"the answer of {destination} is larger than {limit:,} bytes")


class Failure(Enum):
    """The kinds of failed requests; the first four are failures before anything was sent."""

    NO_CONNECTION = auto()
    NO_CONNECTION_IN_TIME = auto()
    PROXY = auto()
    UNUSABLE_REQUEST = auto()
    TIMED_OUT = auto()
    CLOSED = auto()
    MALFORMED = auto()
    OTHER = auto()


_BY_CLASS: Final[Mapping[str, Failure]] = {
    "httpx.ConnectError": Failure.NO_CONNECTION,
    "httpx.ConnectTimeout": Failure.NO_CONNECTION_IN_TIME,
    "httpx.PoolTimeout": Failure.NO_CONNECTION_IN_TIME,
    "httpx.ProxyError": Failure.PROXY,
    "httpx.UnsupportedProtocol": Failure.UNUSABLE_REQUEST,
    "httpx.InvalidURL": Failure.UNUSABLE_REQUEST,
    "httpx.TimeoutException": Failure.TIMED_OUT,
    "httpx.NetworkError": Failure.CLOSED,
    "httpx.ProtocolError": Failure.MALFORMED,
    "httpx.DecodingError": Failure.MALFORMED,
    "builtins.TimeoutError": Failure.TIMED_OUT,
    "builtins.OSError": Failure.CLOSED,
}
"""``package.Class`` of an exception to its meaning; a subclass has the meaning of its nearest base."""

_BEFORE: Final = frozenset(
    {Failure.NO_CONNECTION, Failure.NO_CONNECTION_IN_TIME, Failure.PROXY, Failure.UNUSABLE_REQUEST}
)
_WORDS: Final[Mapping[Failure, str]] = {
    Failure.NO_CONNECTION: "the connection failed",
    Failure.NO_CONNECTION_IN_TIME: "timed out",
    Failure.UNUSABLE_REQUEST: "the request cannot be sent",
    Failure.TIMED_OUT: "timed out waiting for the answer",
    Failure.CLOSED: "the connection was closed",
    # The library has one exception for a connection that ends early and for an answer that is not HTTP.
    Failure.MALFORMED: "the answer is missing or malformed",
}
_PORTS: Final = {"http": 80, "https": 443}
_STATUS: Final = re.compile(r"([1-5][0-9]{2})\b")
# Texts of the system's libraries have only these characters. A text with others (`:`, `/`, `@`) might quote a URL.
_PLAIN: Final = re.compile(r"[A-Za-z0-9 ,.'_-]{1,120}")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a request goes: host and port of the platform, and of the proxy (empty without one)."""

    platform: str
    proxy: str = ""

    @classmethod
    def to(cls, url: str, *, proxy: str = "") -> "Destination":
        """Return the destination for a URL."""
        return cls(host_and_port(url), proxy)

    def __str__(self) -> str:
        return f"{self.platform} through the proxy {self.proxy}" if self.proxy else self.platform


def host_and_port(url: str) -> str:
    """Return host and port of an http or https URL, without its user and password."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{parts.port or _PORTS.get(parts.scheme, '')}"


def failure_of(error: BaseException) -> Failure:
    """Return the meaning of an exception of httpx."""
    # By name, so that this module need not import httpx.
    names = (f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__)
    return next((_BY_CLASS[name] for name in names if name in _BY_CLASS), Failure.OTHER)


def translated(
    error: BaseException, destination: Destination, *, begun: bool = False
) -> NotSent | Lost | asyncio.CancelledError:
    """Return our exception for one of httpx.

    ``begun``: the head of the answer had arrived. Raise the result ``from None``, which keeps the library's text out of
    tracebacks.
    """
    # httpx may end a cancelled request with an error of its own. Without the cancellation, the request would be
    # retried.
    if _is_cancelled():
        return asyncio.CancelledError()
    failure = failure_of(error)
    reason = _reason(failure, error)
    if begun:
        return Lost(f"the answer of {destination} broke off: {reason}")
    if failure not in _BEFORE:
        return Lost(f"{destination}: {reason}")
    kind = TlsFailed if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)) else NotSent
    return kind(f"no connection to {destination}: {reason}")


def _is_cancelled() -> bool:
    """Return whether the current task was cancelled; false outside of tasks."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return False
    return task is not None and task.cancelling() > 0


def _reason(failure: Failure, error: BaseException) -> str:
    match failure:
        case Failure.PROXY:
            status = _proxy_status(error)
            return f"the proxy refused with HTTP {status}" if status else "the proxy refused"
        case Failure.NO_CONNECTION | Failure.CLOSED:
            reasons = (text for cause in _causes(error) if (text := system_reason(cause)))
            return next(reasons, _WORDS[failure])
        case Failure.OTHER:
            return f"the HTTP library failed ({type(error).__name__})"
        case _:
            return _WORDS[failure]


def _proxy_status(error: BaseException) -> int | None:
    """Return the status with which a proxy refused; httpx's text starts with it."""
    text = next(iter(error.args), "")
    found = _STATUS.match(text) if isinstance(text, str) else None
    return int(found[1]) if found else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and its causes, the innermost first."""
    if isinstance(error, BaseExceptionGroup):
        # One exception for each address of the host that was tried; the first address is the preferred one.
        inner = error.exceptions[0]
    else:
        # httpx's connection pool cuts the chain of causes, but its exceptions have the cause as an argument.
        inner = error.__cause__ or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    if inner is not None:
        yield from _causes(inner)
    yield error


def system_reason(error: BaseException) -> str:
    """Return the reason that the system or the TLS library gives, empty for other exceptions."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not accepted{_plain(getattr(error, 'verify_message', ''))}"
        case ssl.SSLError():
            return f"TLS failed{_plain(getattr(error, 'reason', ''))}"
        case socket.gaierror():
            return f"the name cannot be looked up{_plain(error.strerror)}"
        case OSError(errno=int(number)) if number in errno.errorcode:
            # asyncio replaces the system's text with "Connect call failed", which does not say why.
            return os.strerror(number)
        case _:
            return ""


def _plain(reason: object) -> str:
    """Return a fixed text of the system's libraries in parentheses, empty for anything else."""
    return f" ({reason.rstrip('.')})" if isinstance(reason, str) and _PLAIN.fullmatch(reason) else ""


def as_platform_error(error: Exception) -> PlatformError:
    """Return a platform error unchanged, and UnexpectedAnswer for any other exception."""
    if isinstance(error, PlatformError):
        return error
    return UnexpectedAnswer(fault_text(error, "reading an answer"))


def not_read(error: Exception) -> Unreadable:
    """Return the reading of a resource whose request ended with ``error``."""
    return Unreadable(as_platform_error(error))
