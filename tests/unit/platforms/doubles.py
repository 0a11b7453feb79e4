"""Test doubles for time, the network and the platforms."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

import httpx

from trueup.model.identity import ConnectTarget, Identity, IdField, Kind, OriginTarget
from trueup.model.position import Position
from trueup.model.reader import Reader, Survey, Wanted
from trueup.model.writer import Writer
from trueup.platforms.open import Platforms, open_platforms
from trueup.platforms.settings import HttpSettings

T = TypeVar("T")

AT = Position("trueup.yaml", 4, 3)
CONNECT = ConnectTarget(name="eu", api_url="https://connect.test", auth_url="https://auth.test", position=AT)
ORIGIN = OriginTarget(name="origin", base_url="https://origin.test/equinox", position=AT)
ENV = {"CTP_CLIENT_ID": "the-client", "CTP_CLIENT_SECRET": "client-secret-value", "ORIGIN_ACCESS_TOKEN": "origin-token"}

Answering = Callable[[httpx.Request], httpx.Response]
Awaiting = Callable[[httpx.Request], Awaitable[httpx.Response]]


@dataclass
class FakeClock:
    """A clock that advances without waiting and records the waits."""

    time: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


def quick_settings() -> HttpSettings:
    """Return settings without randomness: ids are numbers, jitter has its greatest value."""
    numbers = itertools.count(1)
    return HttpSettings(
        correlation_id=lambda: f"trueup-{next(numbers)}", jitter=lambda: 1.0, wall_clock=lambda: 0.0, concurrency=4
    )


@dataclass
class Network:
    """A transport that answers every request with a function and records it."""

    answer: Answering | Awaiting
    requests: list[httpx.Request] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)
    settings: HttpSettings = field(default_factory=quick_settings)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answer(request)
        return answer if isinstance(answer, httpx.Response) else await answer

    @property
    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def bodies(self) -> list[object]:
        return [json.loads(request.content) for request in self.requests if request.url.path != "/oauth/token"]

    def with_settings(self, **changes: object) -> "Network":
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]  # names of fields, spelled in the test
        return self

    @asynccontextmanager
    async def open(self, *targets: ConnectTarget | OriginTarget) -> AsyncIterator[Platforms]:
        async with open_platforms(
            {target.name: target for target in targets},
            env=ENV,
            clock=self.clock,
            transport=httpx.MockTransport(self),
            settings=self.settings,
        ) as platforms:
            yield platforms

    def reading(self, use: Callable[[Reader], Awaitable[T]], target: ConnectTarget | OriginTarget = CONNECT) -> T:
        """Run ``use`` with the target's reader."""

        async def run() -> T:
            async with self.open(target) as platforms:
                return await use(platforms.readers[target.name])

        return asyncio.run(run())

    def surveying(self, kind: Kind = Kind.CONNECTOR, target: ConnectTarget = CONNECT) -> Survey:
        """Return all resources of a kind on the target."""

        async def run() -> Survey:
            async with self.open(target) as platforms:
                return await platforms.surveyors[target.name].survey(target.name, kind)

        return asyncio.run(run())

    def writing(self, use: Callable[[Writer], Awaitable[T]], target: ConnectTarget | OriginTarget = CONNECT) -> T:
        """Run ``use`` with the target's writer."""

        async def run() -> T:
            async with self.open(target) as platforms:
                return await use(platforms.writers[target.name])

        return asyncio.run(run())


def in_turn(*answers: httpx.Response | Exception) -> Answering:
    """Return a network that gives these answers in order and then repeats the last one; it always grants tokens."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted()
        now = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(now, Exception):
            raise now
        return copied(now)

    return answer


def copied(response: httpx.Response) -> httpx.Response:
    """Return a response that was not read yet."""
    return httpx.Response(response.status_code, headers=response.headers, content=response.content)


def granted(token: str = "granted-token-1", expires_in: object = 172_800) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": expires_in})


def refusal(
    status: int, code: str, message: str = "No.", headers: Mapping[str, str] | None = None, **extras: object
) -> httpx.Response:
    """Return an error of Connect's documented shape."""
    body = {"statusCode": status, "message": message, "errors": [{"code": code, "message": message, **extras}]}
    return httpx.Response(status, json=body, headers=headers)


def html(status: int, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, html="<html><h1>gateway</h1></html>", headers=headers)


def draft(key: str | None, number: int = 0, **fields: object) -> dict[str, object]:
    """Return a ConnectorStaged."""
    return {
        "id": f"id-{key}-{number}",
        "key": key,
        "version": 3,
        "name": f"Name of {key}",
        "creator": {"email": "a@b.example"},
        "repository": {"url": "https://example.com/r.git", "tag": "v1"},
        "status": "Draft",
        "isPreviewable": "none",
        "private": True,
        "alreadyListed": False,
        "hasChanges": False,
        **fields,
    }


def connector(key: str, target: str = "eu") -> Wanted:
    return Wanted(Identity(target, Kind.CONNECTOR, IdField.KEY, key))


def certification(external_id: str, locale: str | None = "en") -> Wanted:
    return Wanted(Identity("origin", Kind.CERTIFICATION, IdField.EXTERNAL_ID, external_id), locale)


def success(result: object) -> httpx.Response:
    return httpx.Response(200, json={"status": {"state": "SUCCESS"}, "result": result})


def origin_error(status: int, code: str, *messages: str) -> httpx.Response:
    body = {"status": {"state": "ERROR", "code": f"{code} - words", "messages": list(messages)}, "connectRequest": {}}
    return httpx.Response(status, json=body)


@dataclass
class Organization:
    """An organization whose drafts are listed and read as in Connect; ``on_page`` runs before each page."""

    drafts: list[dict[str, object]]
    on_page: Callable[["Organization", int], None] = lambda organization, number: None
    page_cap: int = 500
    pages: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/oauth/token":
            return granted()
        if path == "/connectors/drafts":
            return self._page(request.url.params)
        key = path.removeprefix("/connectors/drafts/key=")
        hit = next((one for one in self.drafts if one["key"] == key), None)
        return refusal(404, "ResourceNotFound") if hit is None else httpx.Response(200, json=hit)

    def _page(self, params: httpx.QueryParams) -> httpx.Response:
        self.pages += 1
        self.on_page(self, self.pages)
        limit, offset = min(int(params["limit"]), self.page_cap), int(params["offset"])
        if offset > 10_000:
            return refusal(400, "InvalidQueryParam")
        ordered: Sequence[dict[str, object]] = self.drafts
        if params.get("sort") == "createdAt desc":
            ordered = self.drafts[::-1]
        results = ordered[offset : offset + limit]
        body = {"limit": limit, "offset": offset, "count": len(results), "total": len(self.drafts), "results": results}
        return httpx.Response(200, json=body)
