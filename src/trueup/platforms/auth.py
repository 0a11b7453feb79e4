"""The bearer token of a target: fetched on first use, renewed before it expires, never written to disk."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Final, Protocol
from urllib.parse import urlencode

from trueup.bounded import asked_wait, seconds
from trueup.errors import NotAuthorised, PlatformError, Unavailable, UnexpectedAnswer
from trueup.platforms.address import TargetUrl
from trueup.platforms.credentials import ClientCredentials, Secret, masked
from trueup.platforms.failures import Lost, NotSent
from trueup.platforms.outage import down
from trueup.platforms.retry import Retryable, read_policy
from trueup.platforms.transport import Answer, Sender, text_of

LONGEST_LEAD: Final = 300.0
"""Seconds before its expiry at which a token is renewed; for a shorter life, a tenth of that life."""

_REFUSALS: Final = frozenset({400, 401, 403})
"""The statuses with which OAuth refuses a client; any other 4xx means a wrong address."""

_WRONG_CLIENT: Final = "The client id or its secret is wrong, or the API client was deleted."

_FIRST_SERVER_ERROR: Final = 500


class Bearer(Protocol):
    """The source of the token that requests carry."""

    async def token(self) -> Secret:
        """Return a token that has not expired as far as is known."""
        ...

    async def renew(self, refused: Secret) -> Secret | None:
        """Return another token than the refused one, None when there is no other."""
        ...

    def secrets(self) -> tuple[Secret, ...]:
        """Return every secret that an answer could echo."""
        ...


@dataclass(frozen=True, slots=True)
class StaticBearer:
    """A fixed token that the platform issued (``origin-api.md`` section 1)."""

    issued: Secret

    async def token(self) -> Secret:
        """Return the issued token."""
        return self.issued

    async def renew(self, refused: Secret) -> Secret | None:  # noqa: ARG002 - there is no other, whichever was refused
        """Return None: only the platform's support can issue another."""
        return None

    def secrets(self) -> tuple[Secret, ...]:
        """Return the issued token."""
        return (self.issued,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A token, and the seconds of the clock at which it is renewed.

    ``life`` is how long the platform says that it lives, in seconds. ``scopes`` are masked texts, None when the answer
    names none.
    """

    token: Secret
    until: float
    life: float
    scopes: tuple[str, ...] | None


class ClientCredentialsBearer:
    """Tokens fetched with OAuth client credentials (``connect-api.md`` section 1).

    When several requests need a token at once, one of them fetches it. A fetch changes nothing on the platform and is
    retried like a read.
    """

    def __init__(
        self,
        credentials: ClientCredentials,
        *,
        name: str,
        address: TargetUrl,
        scope: str,
        sender: Sender,
    ) -> None:
        self._credentials, self._name, self._scope = credentials, name, scope
        self._url, self._sender = address.url("/oauth/token"), sender
        self._clock, self._settings = sender.clock, sender.settings
        self._policy = read_policy(sender.clock, sender.settings)
        self._lock = asyncio.Lock()
        self._granted: Granted | None = None
        pair = f"{credentials.client_id.reveal()}:{credentials.client_secret.reveal()}"
        self._basic = Secret(base64.b64encode(pair.encode()).decode())
        # Requests under way may still carry a replaced token, so all tokens are kept for masking.
        self._tokens: list[Secret] = []

    async def token(self) -> Secret:
        """Return the current token; fetch one when there is none or it expires soon."""
        return (await self.granted()).token

    async def granted(self) -> Granted:
        """Return the current token and what the platform says of it; fetch one as :meth:`token` does."""
        # The lock is held during the fetch: the others wait for its token and do not fetch their own.
        async with self._lock:
            if self._granted is None or self._clock.now() >= self._granted.until:
                self._granted = await self._policy.run(self._fetch, f"{self._name}: no token")
            return self._granted

    async def renew(self, refused: Secret) -> Secret | None:
        """Return a token newer than ``refused``, fetched by this call or by an earlier one."""
        async with self._lock:
            # If ten requests get a 401 for one token, the first renews it; the others find the new one here.
            if self._granted is None or self._granted.token == refused:
                self._granted = await self._policy.run(self._fetch, f"{self._name}: no token")
            return self._granted.token

    def secrets(self) -> tuple[Secret, ...]:
        """Return the client's id and secret, each alone and both as they are sent, and every token."""
        return (self._basic, self._credentials.client_secret, self._credentials.client_id, *self._tokens)

    async def _fetch(self) -> Granted:
        # The life of the token counts from before the request, not from its answer: then it never seems longer.
        asked_at, correlation_id = self._clock.now(), self._settings.correlation_id()
        try:
            answer = await self._request(correlation_id)
        except (NotSent, Lost) as error:
            if cause := self._sender.down(self._url):
                raise down(self._name, f"no token: {cause}") from error
            most = self._settings.connect_attempts if isinstance(error, NotSent) else inf
            raise Retryable(Unavailable(f"{self._name}: no token: {error}"), most=most) from error
        if answer.succeeded:
            return self._read(answer.object(), asked_at)
        failure = self._failure(replace(answer, secrets=(*answer.secrets, *self.secrets())))
        failure.correlation_id = correlation_id
        if isinstance(failure, Unavailable):
            raise Retryable(failure, asked_wait(answer.headers, now=self._settings.wall_clock()))
        raise failure

    async def _request(self, correlation_id: str) -> Answer:
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        headers = [
            ("Authorization", f"Basic {self._basic.reveal()}"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-Correlation-ID", correlation_id),
        ]
        return await self._sender.send("POST", self._url, headers, urlencode(form).encode())

    def _read(self, body: Mapping[str, object] | None, asked_at: float) -> Granted:
        token, expires_in = (body or {}).get("access_token"), (body or {}).get("expires_in")
        life = None if isinstance(expires_in, str) else seconds(expires_in)
        # A token that does not fit into a header would make the HTTP library fail with the header in its text.
        usable = isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token and token
        if not usable or life is None:
            # The body is not shown: it may contain a token in an unexpected shape.
            raise UnexpectedAnswer(f"{self._name}: the answer to the token request lacks access_token or expires_in")
        lead = min(LONGEST_LEAD, life / 10)
        self._tokens.append(Secret(str(token)))
        scope = (body or {}).get("scope")
        # An answer could repeat a secret anywhere, and scopes are shown.
        scopes = tuple(masked(scope, self.secrets()).split()) if isinstance(scope, str) else None
        return Granted(token=self._tokens[-1], until=asked_at + life - lead, life=life, scopes=scopes)

    def _failure(self, answer: Answer) -> PlatformError:
        """Return the error for an answer without a token."""
        body = answer.object() or {}
        code = answer.words(text_of(body.get("error")))
        words = answer.words(text_of(body.get("error_description")) or text_of(body.get("message"))) or answer.shown()
        text = f"{self._name}: no token: HTTP {answer.status}: {words}"
        if answer.status == 429 or answer.status >= _FIRST_SERVER_ERROR:  # noqa: PLR2004 - too many requests
            return Unavailable(text, status=answer.status, code=code)
        if body and answer.status in _REFUSALS:
            return NotAuthorised(f"{text} {_WRONG_CLIENT}", status=answer.status, code=code)
        return UnexpectedAnswer(text, status=answer.status)
