"""A stand-in for GitHub's REST API on loopback, written from GitHub's public documentation alone.

A test arranges a :class:`~github.state.State`, serves it, and looks at it afterwards::

    from github.faults import Faults, LostAfter
    from github.merging import merged, opened
    from github.server import served
    from github.state import TOKEN, State

    state = State(work=new_repository(tmp_path / "consumer"))  # or State(): pull requests without any git
    state.work.commit({"tax.yaml": "..."})
    pull = opened(state, {"tax.yaml": "..."})
    run = state.add_run(pull.its_pull.head_sha)
    state.keep_plan(run, "trueup-plan-0123456789abcdef-1-of-1-1", {"document.json": "{}"})
    push = merged(state, pull, how="squash")
    faults = Faults().add(LostAfter(), "POST .*/deployments$")
    with served(state, faults) as url:
        ...  # GITHUB_API_URL=url GITHUB_TOKEN=TOKEN; the event: github.events.push(state, push)
    assert [comment.body for comment in state.comments_of(pull.number)] == [...]
    assert [deployment.state for deployment in state.deployments("trueup/prod")] == ["success"]

Every request and every answer is checked against GitHub's OpenAPI description; ``served`` raises AssertionError at
its end for what does not fit. ``state.allow("token", issues="read")`` makes a token that may do no more, and a token
that is not known is answered with 401. ``transport`` is the same without a server, for unit tests.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol, assert_never
from urllib.parse import parse_qs, urlsplit

import httpx

from github import faults as fault
from github.routes import Addresses, Asked, content_of, refusal, respond
from github.rules import Answer, Refused
from github.state import State
from loopback import Quiet, listening


@dataclass(frozen=True)
class Reply:
    """What goes over the wire; ``sent`` is how many bytes of the content arrive, all of them if it is None."""

    status: int
    headers: dict[str, str]
    content: bytes
    sent: int | None = None


class _Replies(Protocol):
    def __call__(self, asked: Asked) -> Reply | None:
        """Reply to a request, or return None to break the connection."""


@dataclass
class GitHub:
    """The API, and the store that archives are downloaded from, without the network."""

    state: State
    faults: fault.Faults
    at: Addresses
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def api(self, asked: Asked) -> Reply | None:
        """Reply to a request of the API."""
        with self._lock:
            self.state.requests.append((asked.method, asked.target))
            effect = self.faults.due(asked.method, asked.target)
        if isinstance(effect, fault.Slow):
            threading.Event().wait(effect.seconds)
        with self._lock:
            return self._effect(asked, effect)

    def store(self, asked: Asked) -> Reply | None:
        """Reply to a request of the store: signed addresses alone, and no other credentials beside a signature.

        actions/artifacts#download-an-artifact redirects to it. It is another service, which knows no token of GitHub.
        """
        url = urlsplit(asked.target)
        number = url.path.removeprefix("/").partition("/")[0]
        with self._lock:
            self.state.downloads.append(asked.target)
            effect = self.faults.due(asked.method, asked.target)
            found = self.state.artifacts.get(int(number)) if number.isdecimal() else None
        if "authorization" in asked.headers:
            return Reply(
                400, {"Content-Type": "application/xml"}, b"<Error><Code>InvalidAuthenticationInfo</Code></Error>"
            )
        if found is None or parse_qs(url.query).get("sig") != [number]:
            return Reply(403, {"Content-Type": "application/xml"}, b"<Error><Code>AuthenticationFailed</Code></Error>")
        reply = Reply(200, {"Content-Type": "application/zip"}, found.content)
        return self._spoilt(reply, effect)

    def _effect(self, asked: Asked, effect: fault.Effect | None) -> Reply | None:
        if isinstance(effect, fault.LostBefore):
            return None
        if isinstance(effect, fault.Answers | fault.PrimaryLimit | fault.SecondaryLimit):
            return self._reply(_refused(effect), exhausted=isinstance(effect, fault.PrimaryLimit))
        seed = effect.seed if isinstance(effect, fault.Shuffled) else None
        return self._spoilt(self._reply(respond(self.state, asked, self.at, seed=seed)), effect)

    def _spoilt(self, reply: Reply, effect: fault.Effect | None) -> Reply | None:
        """Return what arrives of a reply after the request was executed."""
        match effect:
            case fault.LostBefore() | fault.LostAfter():
                return None
            case fault.Truncated():
                return Reply(reply.status, reply.headers, reply.content, sent=len(reply.content) // 2)
            case fault.NotJson():
                return Reply(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Unicorn!</title>")
            case fault.Answers() | fault.PrimaryLimit() | fault.SecondaryLimit():
                return self._reply(_refused(effect))
            case fault.Slow() | fault.Shuffled() | None:
                return reply
            case _ as never:
                assert_never(never)

    def _reply(self, answer: Answer, *, exhausted: bool = False) -> Reply:
        """Return an answer with the headers of using-the-rest-api/rate-limits-for-the-rest-api."""
        used = self.state.limit if exhausted else min(self.state.used, self.state.limit)
        limits = {"Limit": self.state.limit, "Remaining": self.state.limit - used, "Used": used}
        counted = {f"X-RateLimit-{name}": str(value) for name, value in limits.items()}
        counted |= {"X-RateLimit-Resource": "core", "X-RateLimit-Reset": str(int(time.time()) + 3600)}
        content = content_of(answer)
        kind = {"Content-Type": "application/json; charset=utf-8"} if content else {}
        return Reply(answer.status, {**counted, **kind, **answer.headers}, content)


def _refused(effect: fault.Answers | fault.PrimaryLimit | fault.SecondaryLimit) -> Answer:
    match effect:
        case fault.Answers():
            return refusal(Refused(effect.status, effect.message, headers=dict(effect.headers)))
        case fault.PrimaryLimit():
            reset = {"X-RateLimit-Reset": str(int(time.time()) + effect.seconds)}
            return refusal(Refused(effect.status, fault.PRIMARY, headers=reset))
        case fault.SecondaryLimit():
            after = {} if effect.retry_after is None else {"Retry-After": str(effect.retry_after)}
            return refusal(Refused(effect.status, fault.SECONDARY, headers=after))
        case _ as never:
            assert_never(never)


@contextmanager
def served(state: State, faults: fault.Faults | None = None, *, prefix: str = "") -> Iterator[str]:
    """Serve the API and the store on free ports; yield the API's address, which ends with ``prefix``.

    GitHub Enterprise Server has the prefix ``/api/v3``. Raise AssertionError at the end for requests or answers that
    GitHub's description does not allow.
    """
    github = GitHub(state, faults or fault.Faults(), Addresses("", ""))
    with ExitStack() as servers:
        api = servers.enter_context(_listening(github.api))
        store = servers.enter_context(_listening(github.store))
        github.at = Addresses(f"{api}{prefix}", store)
        yield github.at.api
    assert state.violations == []


def transport(state: State, faults: fault.Faults | None = None) -> httpx.MockTransport:
    """Return the API at https://api.github.example, and the store at another host, without a server."""
    at = Addresses("https://api.github.example", "https://store.github.example")
    github = GitHub(state, faults or fault.Faults(), at)

    def handle(request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, request.url.raw_path.decode(), headers, request.content)
        reply = (github.api if str(request.url).startswith(at.api) else github.store)(asked)
        if reply is None or reply.sent is not None:
            message = "Server disconnected"
            raise httpx.RemoteProtocolError(message)
        return httpx.Response(reply.status, headers=reply.headers, content=reply.content)

    return httpx.MockTransport(handle)


@contextmanager
def _listening(replies: _Replies) -> Iterator[str]:
    class Handler(Quiet):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = replies(Asked(self.command, self.path, headers, body))
            if reply is None:
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content[: reply.sent])

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _do  # noqa: N815 - the names are the base class's

    with listening(Handler) as url:
        yield url
