"""Say in our own words how a request failed.

The texts of httpx's exceptions are never shown: they may quote a proxy's URL with its password, or header lines of an
answer that echo the request. Only numbers and fixed tokens are taken from them (``errno``, an HTTP status, the name of
a TLS error).
"""

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
    """Raised when a request never left: no connection could be made."""


class Down(NotSent):
    """Raised when a request was not sent because the server has not answered for a while."""


class Lost(Exception):
    """Raised when a request may have arrived, but there is no answer that could be read."""


class TooLarge(Lost):
    """Raised when an answer is larger than any that the platform has reason to give; ``limit`` is in bytes."""

    def __init__(self, way: object, limit: int) -> None:
        super().__init__(f"the answer of {way} is larger than {limit:,} bytes")


class Failure(Enum):
    """How a request failed; the first four happen before anything is sent."""

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
"""An exception, as ``package.Class``, to what it means; a subclass means what its nearest base means."""

_BEFORE: Final = frozenset(
    {Failure.NO_CONNECTION, Failure.NO_CONNECTION_IN_TIME, Failure.PROXY, Failure.UNUSABLE_REQUEST}
)
_WORDS: Final[Mapping[Failure, str]] = {
    Failure.NO_CONNECTION: "the connection failed",
    Failure.NO_CONNECTION_IN_TIME: "timed out",
    Failure.UNUSABLE_REQUEST: "the request cannot be sent",
    Failure.TIMED_OUT: "timed out waiting for the answer",
    Failure.CLOSED: "the connection was closed",
    Failure.MALFORMED: "the answer is malformed",
}
_PORTS: Final = {"http": 80, "https": 443}
_STATUS: Final = re.compile(r"([1-5][0-9]{2})\b")
_PLAIN: Final = re.compile(r"[A-Za-z0-9 ,.'_-]{1,120}")


@dataclass(frozen=True, slots=True)
class Way:
    """The way of a request: the platform's host and port, and those of the proxy in between, empty without one."""

    platform: str
    proxy: str = ""

    @classmethod
    def to(cls, url: str, *, proxy: str = "") -> "Way":
        """Return the way to the host of a URL."""
        return cls(place_of(url), proxy)

    def __str__(self) -> str:
        return f"{self.platform} through the proxy {self.proxy}" if self.proxy else self.platform


def place_of(url: str) -> str:
    """Return host and port of an http or https URL, its user and password left out."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{parts.port or _PORTS.get(parts.scheme, '')}"


def failure_of(error: BaseException) -> Failure:
    """Return what an exception of httpx means."""
    names = (f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__)
    return next((_BY_CLASS[name] for name in names if name in _BY_CLASS), Failure.OTHER)


def worded(error: BaseException, way: Way, *, begun: bool = False) -> NotSent | Lost:
    """Return the failure that an exception of httpx means, in our words.

    ``begun``: the head of the answer had arrived. Raise it ``from None``, which keeps the library's text out of
    tracebacks.
    """
    failure = failure_of(error)
    reason = _reason(failure, error)
    if begun:
        return Lost(f"the answer of {way} broke off: {reason}")
    return NotSent(f"no connection to {way}: {reason}") if failure in _BEFORE else Lost(f"{way}: {reason}")


def _reason(failure: Failure, error: BaseException) -> str:
    match failure:
        case Failure.PROXY:
            status = _proxy_status(error)
            return f"the proxy refused with HTTP {status}" if status else "the proxy refused"
        case Failure.NO_CONNECTION | Failure.CLOSED:
            said = (text for cause in _causes(error) if (text := _system(cause)))
            return next(said, _WORDS[failure])
        case Failure.OTHER:
            return f"the HTTP library failed ({type(error).__name__})"
        case _:
            return _WORDS[failure]


def _proxy_status(error: BaseException) -> int | None:
    """Return the status with which a proxy refused: the text of httpx starts with it."""
    text = next(iter(error.args), "")
    found = _STATUS.match(text) if isinstance(text, str) else None
    return int(found[1]) if found else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception's causes, the innermost first: it is the one that says why."""
    if isinstance(error, BaseExceptionGroup):
        inner = error.exceptions[0]
    else:
        # httpx's connection pool cuts the chain of causes, but its exceptions hold the one below as their argument.
        inner = error.__cause__ or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    if inner is not None:
        yield from _causes(inner)
    yield error


def _system(error: BaseException) -> str:
    """Return what the system or the TLS library says, empty where it says nothing."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not accepted{_plain(getattr(error, 'verify_message', ''))}"
        case ssl.SSLError():
            return f"TLS failed{_plain(getattr(error, 'reason', ''))}"
        case socket.gaierror():
            return f"the name cannot be looked up{_plain(error.strerror)}"
        case OSError(errno=int(number)) if number in errno.errorcode:
            # asyncio words these itself, as "Connect call failed", which does not say why.
            return os.strerror(number)
        case _:
            return ""


def _plain(reason: object) -> str:
    """Return a fixed text of the system's libraries in brackets, empty when it is anything else."""
    return f" ({reason.rstrip('.')})" if isinstance(reason, str) and _PLAIN.fullmatch(reason) else ""


def as_platform_error(error: Exception) -> PlatformError:
    """Return a platform error itself; an unexpected exception becomes an UnexpectedAnswer."""
    if isinstance(error, PlatformError):
        return error
    return UnexpectedAnswer(fault_text(error, "reading an answer"))


def not_read(error: Exception) -> Unreadable:
    """Return the reading of a resource for which ``error`` came instead of an answer."""
    return Unreadable(as_platform_error(error))
