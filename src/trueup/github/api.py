"""Call GitHub's REST API.

An answer is data, whatever its status: the caller decides what a 404 means. Only reads are sent again here: after a
wait, what a write would change may be another's.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Protocol, Self

from trueup.bounded import asked_wait, count, http_date
from trueup.errors import UnexpectedAnswer, UsageError
from trueup.request_log import log_request

_LOG: Final = logging.getLogger("trueup.github")

API_VERSION: Final = "2022-11-28"

_PAGE: Final = 100
"""Items of a page; a page with fewer is the last one."""

MOST_PAGES: Final = 100

TRIES: Final = 3

PATIENCE: Final = 120.0
"""Seconds that are waited, all in all, for a limit to pass: a comment is not worth more of a job's time."""

UNHURRIED: Final = 60.0
"""Seconds to wait where GitHub names a limit and no time."""

TIMEOUT: Final = 30.0
"""Seconds for one step of a request."""

BYTES: Final = 16 * 1024 * 1024
"""Bytes of an answer; a page of 100 comments at their longest is smaller."""

_TOO_MANY_REQUESTS: Final = 429
_LIMITING: Final = frozenset({403, _TOO_MANY_REQUESTS})
"""The statuses with which GitHub limits requests."""

_FIRST_SERVER_ERROR: Final = 500

_EMPTY: Final = (
    "GITHUB_TOKEN is empty. Give the action its input github-token; a secret that a workflow is not given, as in a "
    "pull request from a fork, is an empty text."
)


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """Hold an answer: its status (None when there was none, so that nobody knows what happened) and its JSON.

    ``wait`` are the seconds for which GitHub wants to be left alone before it does what was asked, None when it did.
    ``words`` is what GitHub says of it, empty where it says nothing; it is a text of others.
    """

    status: int | None
    content: Any = None
    wait: float | None = None
    words: str = ""

    @property
    def good(self) -> bool:
        """Return whether it is a success."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - the definition of success in HTTP

    @property
    def lost(self) -> bool:
        """Return whether what was asked for may have happened all the same."""
        return self.status is None or self.status >= _FIRST_SERVER_ERROR


class Received(Protocol):
    """An HTTP answer, read whole."""

    @property
    def status(self) -> int:
        """Return the status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers, found by their names in any case."""
        ...

    def json(self) -> object:
        """Return the body as JSON; raises UnexpectedAnswer when it is none."""
        ...


class Client(Protocol):
    """An HTTP client for one address, which follows no redirects."""

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Received | None:
        """Send one request once; return None when its outcome is not known."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class OpenClient(Protocol):
    """What opens a client that sends ``headers`` with every request; raises ValueError for values it cannot use."""

    def __call__(self, base_url: str, headers: Mapping[str, str], *, timeout: float, limit: int) -> Client:
        """Open it; ``timeout`` in seconds for a step of a request, ``limit`` in bytes for an answer."""
        ...


class Rest:
    """GitHub's REST API behind one connection; ``token`` goes to ``api_url`` and nowhere else.

    ``now`` gives seconds since 1970. Raises UsageError for an address or a token with which nothing can be sent.
    """

    def __init__(
        self,
        api_url: str,
        token: str,
        open_client: OpenClient,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        if not token:
            raise UsageError(_EMPTY)
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": API_VERSION,
        }
        with _usable():
            self._client = open_client(api_url, headers, timeout=TIMEOUT, limit=BYTES)
        self._sleep, self._now = sleep, now
        self._patience = PATIENCE

    def __enter__(self) -> Self:
        """Open nothing; the first call does."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._client.close()

    def read(self, path: str, **params: str | int) -> ApiAnswer:
        """Ask for something, again when no usable answer comes."""
        answer = ApiAnswer(None)
        for number in range(TRIES):
            if number:
                self._sleep(float(number))
            answer = self._call("GET", path, params=params)
            while self.pause(answer):
                answer = self._call("GET", path, params=params)
            if not answer.lost:
                break
        return answer

    def write(self, method: str, path: str, body: Mapping[str, object]) -> ApiAnswer:
        """Change something, once; a lost answer, and one that says to wait, is the caller's to look into."""
        return self._call(method, path, body=body)

    def pause(self, answer: ApiAnswer) -> bool:
        """Wait for as long as an answer asks for; False when it does not, or asks for more than is worth it."""
        if answer.wait is None or answer.wait > self._patience:
            return False
        self._patience -= answer.wait
        self._sleep(answer.wait)
        return True

    def pages(self, path: str, **params: str | int) -> Iterator[ApiAnswer]:
        """Yield page after page of a list, to its end or to the first answer that is no page."""
        for number in range(1, MOST_PAGES + 1):
            answer = self.read(path, per_page=_PAGE, page=number, **params)
            yield answer
            if not answer.good or not isinstance(answer.content, list) or len(answer.content) < _PAGE:
                return

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> ApiAnswer:
        began = self._now()
        received = self._client.send(method, path, query=params, body=body)
        log_request(_LOG, method, path, status=received.status if received else None, seconds=self._now() - began)
        if received is None:
            return ApiAnswer(None)
        content, status = _content(received), received.status
        words = "" if ApiAnswer(status).good else _words(content)
        return ApiAnswer(status, content, _asked_to_wait(status, received.headers, words, self._now()), words)


@contextmanager
def _usable() -> Iterator[None]:
    """Raise UsageError where a value cannot be used; no value is shown, as each may be a secret."""
    try:
        yield
    except ValueError:
        message = "GitHub cannot be called: GITHUB_API_URL, GITHUB_TOKEN or the proxy cannot be used."
        raise UsageError(message) from None


def _asked_to_wait(status: int, headers: Mapping[str, str], words: str, now: float) -> float | None:
    """Return for how many seconds GitHub wants to be left alone, None when it does not say so.

    A limit is one of three (docs.github.com, "Rate limits for the REST API"): one with ``Retry-After``, one whose
    requests are used up until ``x-ratelimit-reset`` (seconds since 1970), and one that only the words tell of.
    """
    if status not in _LIMITING:
        return None
    asked, used_up = asked_wait(headers, now=now), headers.get("x-ratelimit-remaining") == "0"
    until = count(headers.get("x-ratelimit-reset")) if used_up else None
    if asked is None and until is not None:
        there = http_date(headers.get("date", ""))
        # The moment is given in whole seconds.
        asked = until - (now if there is None else there) + 1.0
    if asked is not None:
        # Never at once: what answers "0 seconds" for ever would keep the job for ever.
        return max(1.0, asked)
    limited = used_up or status == _TOO_MANY_REQUESTS or "rate limit" in words.lower()
    return UNHURRIED if limited else None


def _words(content: Any) -> str:
    words = content.get("message") if isinstance(content, dict) else None
    return words if isinstance(words, str) else ""


def _content(received: Received) -> Any:
    try:
        return received.json()
    except UnexpectedAnswer:
        return None
