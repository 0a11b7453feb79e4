"""A client for GitHub's REST API.

An answer is data, whatever its status: the caller decides what a 404 means. Only reads are retried here. During a wait
another run may change what a write is about, so the caller has to read again before it repeats a write.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Protocol, Self
from urllib.parse import SplitResult, urlsplit

from trueup.bounded import asked_wait, count, http_date
from trueup.errors import UnexpectedAnswer, UsageError
from trueup.loopback import is_loopback
from trueup.request_log import log_request

_LOG: Final = logging.getLogger("trueup.github")

API_VERSION: Final = "2022-11-28"

_PAGE: Final = 100
"""Items of a page; a page with fewer is the last one."""

MOST_PAGES: Final = 100
"""Pages of a list that are read: a server that never ends a list must not keep the job for ever."""

TRIES: Final = 3
"""Attempts of a request whose answer was lost."""

PATIENCE: Final = 120.0
"""Seconds that one client waits in total for rate limits: a comment is not worth more of a job's time."""

DEFAULT_WAIT: Final = 60.0
"""Seconds to wait when GitHub reports a limit without a time, as its documentation advises."""

TIMEOUT: Final = 30.0
"""Seconds for one step of a request."""

BYTES: Final = 16 * 1024 * 1024
"""Bytes of an answer at most; a page of 100 comments of the greatest length is smaller."""

_TOO_MANY_REQUESTS: Final = 429
_LIMITING: Final = frozenset({403, _TOO_MANY_REQUESTS})
"""The statuses with which GitHub limits requests."""

_FIRST_SERVER_ERROR: Final = 500

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_EMPTY: Final = (
    "GITHUB_TOKEN is empty. Set the action's input github-token. A secret that a workflow has no access to, as in a "
    "pull request from a fork, is empty."
)


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """An answer: its status (None when no answer came, so that the outcome is unknown) and its JSON.

    ``wait`` is the time in seconds that GitHub asks to wait before the request is repeated, None when it does not ask.
    ``words`` is GitHub's error message, empty without one; it is not trusted and must be made safe before it is shown.
    """

    status: int | None
    content: Any = None
    wait: float | None = None
    words: str = ""

    @property
    def good(self) -> bool:
        """Return whether the status is a 2xx."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - the definition of success in HTTP

    @property
    def lost(self) -> bool:
        """Return whether it is unknown if the request was executed."""
        return self.status is None or self.status >= _FIRST_SERVER_ERROR


class Received(Protocol):
    """An HTTP answer, read whole."""

    @property
    def status(self) -> int:
        """Return the status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers, whose names can be in any case."""
        ...

    @property
    def body(self) -> bytes:
        """Return the body."""
        ...

    def json(self) -> object:
        """Return the body as JSON; raises UnexpectedAnswer when it is not JSON."""
        ...


class Client(Protocol):
    """An HTTP client for one address that does not follow redirects."""

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
    """A function that opens a client; ``headers`` are sent with every request."""

    def __call__(self, base_url: str, headers: Mapping[str, str], *, timeout: float, limit: int) -> Client:
        """Open a client with a ``timeout`` in seconds for a step and a ``limit`` in bytes for an answer.

        Raises ValueError for an address or a header that cannot be used.
        """
        ...


class Rest:
    """A client for GitHub's REST API over one connection; ``token`` is sent only to ``api_url``.

    ``sleep`` waits for seconds, ``now`` returns seconds since 1970. Raises UsageError for an empty token, and for an
    address or a token that cannot be used.
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
            # Without a version, an answer may change when GitHub changes its default.
            "X-GitHub-Api-Version": API_VERSION,
        }
        with _usable():
            self._client = open_client(api_url, headers, timeout=TIMEOUT, limit=BYTES)
        self._open_client, self._is_local = open_client, _is_local(api_url)
        self._sleep, self._now = sleep, now
        self._patience = PATIENCE

    def __enter__(self) -> Self:
        """Return the client; the first request opens the connection."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._client.close()

    def read(self, path: str, **params: str | int) -> ApiAnswer:
        """Send a GET and return its answer, with retries when no usable answer comes."""
        return self._tried(lambda: self._call("GET", path, params=params))

    def download(self, path: str, *, limit: int) -> bytes | ApiAnswer:
        """Return a file of at most ``limit`` bytes, or the answer that refused it.

        GitHub answers with a redirect to the host that stores the file (docs.github.com, "Download an artifact"). That
        host gets no token. The redirect must lead to https, or to this machine if the API is on this machine.
        """
        answer = self._tried(lambda: self._download(path, limit))
        return answer.content if answer.good and isinstance(answer.content, bytes) else answer

    def _tried(self, send: Callable[[], ApiAnswer]) -> ApiAnswer:
        answer = ApiAnswer(None)
        for number in range(TRIES):
            if number:
                # A second, then two: a job waits for the comment.
                self._sleep(float(number))
            answer = send()
            # Waits for a rate limit do not count as attempts; the patience bounds them.
            while self.pause(answer):
                answer = send()
            if not answer.lost:
                break
        return answer

    def write(self, method: str, path: str, body: Mapping[str, object]) -> ApiAnswer:
        """Send a write once; the caller handles a lost answer and a request to wait."""
        return self._call(method, path, body=body)

    def post(self, path: str, body: Mapping[str, object]) -> ApiAnswer:
        """Send a POST, and again after each wait: a request that GitHub limits was not executed."""
        answer = self.write("POST", path, body)
        while self.pause(answer):
            answer = self.write("POST", path, body)
        return answer

    def pause(self, answer: ApiAnswer) -> bool:
        """Wait as an answer asks; return False without a wait if it does not ask, or asks for more than is left."""
        if answer.wait is None or answer.wait > self._patience:
            return False
        self._patience -= answer.wait
        self._sleep(answer.wait)
        return True

    def pages(self, path: str, *, member: str = "", **params: str | int) -> Iterator[ApiAnswer]:
        """Yield the pages of a list, up to its end or to the first answer that is not a page.

        ``member`` names the list in answers that are an object with ``total_count``; a page's content is that list.
        """
        seen = 0
        # By number, not by the Link header: an address from an answer could lead the token to another host.
        for number in range(1, MOST_PAGES + 1):
            answer = self.read(path, per_page=_PAGE, page=number, **params)
            content = answer.content
            total = content.get("total_count") if member and isinstance(content, dict) else None
            if answer.good and member:
                answer = replace(answer, content=content.get(member) if isinstance(content, dict) else None)
            yield answer
            if not answer.good or not isinstance(answer.content, list) or len(answer.content) < _PAGE:
                return
            seen += len(answer.content)
            if isinstance(total, int) and seen >= total:
                return

    def items_of(self, path: str, *, member: str = "", most: int, **params: str | int) -> list[Any] | ApiAnswer:
        """Return the first items of a list, at least ``most`` if it has as many, or the answer that is no page."""
        found: list[Any] = []
        for page in self.pages(path, member=member, **params):
            if not page.good or not isinstance(page.content, list):
                return page
            found += page.content
            if len(found) >= most:
                break
        return found

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> ApiAnswer:
        received = self._send(self._client, method, path, params=params, body=body)
        return ApiAnswer(None) if received is None else self._answer(received)

    def _download(self, path: str, limit: int) -> ApiAnswer:
        received = self._send(self._client, "GET", path)
        if received is None:
            return ApiAnswer(None)
        if received.status not in _REDIRECTS:
            return self._file(received)
        place = _split(received.headers.get("location", ""))
        if place is None or not _is_acceptable(place, local=self._is_local):
            # The redirect itself is the answer: it names no usable place.
            return ApiAnswer(received.status)
        try:
            client = self._open_client(f"{place.scheme}://{place.netloc}", {}, timeout=TIMEOUT, limit=limit)
        except ValueError:
            return ApiAnswer(received.status)
        with closing(client):
            query = f"?{place.query}" if place.query else ""
            stored = self._send(client, "GET", f"{place.path or '/'}{query}")
        return ApiAnswer(None) if stored is None else self._file(stored)

    def _file(self, received: Received) -> ApiAnswer:
        answer = ApiAnswer(received.status, received.body)
        return answer if answer.good else self._answer(received)

    def _send(
        self,
        client: Client,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Received | None:
        began = self._now()
        received = client.send(method, path, query=params, body=body)
        log_request(_LOG, method, path, status=received.status if received else None, seconds=self._now() - began)
        return received

    def _answer(self, received: Received) -> ApiAnswer:
        content, status = _content(received), received.status
        words = "" if ApiAnswer(status).good else _words(content)
        return ApiAnswer(status, content, _asked_to_wait(status, received.headers, words, self._now()), words)


def _split(url: str) -> SplitResult | None:
    """Return the parts of a URL with a host, None for anything else."""
    try:
        place = urlsplit(url)
        # Reading the port checks it.
        usable = bool(place.hostname) and place.port != 0
    except ValueError:
        return None
    return place if usable else None


def _is_local(url: str) -> bool:
    place = _split(url)
    return place is not None and place.scheme == "http" and is_loopback(place.hostname or "")


def _is_acceptable(place: SplitResult, *, local: bool) -> bool:
    """Return whether a redirect may be followed; ``local``: the API is on this machine, without TLS."""
    if "@" in place.netloc:
        return False
    return place.scheme == "https" or (local and place.scheme == "http" and is_loopback(place.hostname or ""))


@contextmanager
def _usable() -> Iterator[None]:
    """Turn a ValueError of the body into a UsageError without any value: each of them may be a secret."""
    try:
        yield
    except ValueError:
        message = "GitHub cannot be called: GITHUB_API_URL, GITHUB_TOKEN or the proxy cannot be used."
        raise UsageError(message) from None


def _asked_to_wait(status: int, headers: Mapping[str, str], words: str, now: float) -> float | None:
    """Return the seconds that GitHub asks to wait, None when it does not report a limit.

    GitHub reports a limit in one of three ways (docs.github.com, "Rate limits for the REST API"): with ``Retry-After``,
    with ``x-ratelimit-remaining: 0`` and ``x-ratelimit-reset`` (seconds since 1970), or only in the message.
    """
    if status not in _LIMITING:
        return None
    asked, used_up = asked_wait(headers, now=now), headers.get("x-ratelimit-remaining") == "0"
    until = count(headers.get("x-ratelimit-reset")) if used_up else None
    if asked is None and until is not None:
        # Measured with GitHub's own clock where it is known: the runner's may be wrong by minutes.
        answered = http_date(headers.get("date", ""))
        # One second more, since the reset is in whole seconds.
        asked = until - (now if answered is None else answered) + 1.0
    if asked is not None:
        # At least a second: a server that always answers "0 seconds" would never use up the patience.
        return max(1.0, asked)
    # A 403 without any of these headers is a missing permission, unless its message names a rate limit.
    limited = used_up or status == _TOO_MANY_REQUESTS or "rate limit" in words.lower()
    return DEFAULT_WAIT if limited else None


def _words(content: Any) -> str:
    words = content.get("message") if isinstance(content, dict) else None
    return words if isinstance(words, str) else ""


def _content(received: Received) -> Any:
    try:
        return received.json()
    except UnexpectedAnswer:
        # The page of a proxy or gateway: the status alone decides.
        return None
