"""A write that a platform refuses and carries out is never reported as failed, and never sent twice.

The cases are every write of both platforms, with every answer except success, carried out or not.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx
import pytest

from trueup.apply.run import apply_plan
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.run import Ending, Outcome, Status
from trueup.plan.build import build_plan
from trueup.platforms.open import open_platforms
from trueup.sandbox.seed import check_seed
from trueup.sandbox.server import open_embedded
from trueup.sandbox.settings import Settings
from unit.apply.fakes import CERTIFICATION, SPEC, MemoryJournal, certification, connector
from unit.platforms.doubles import quick_settings
from unit.platforms.sandbox_target import EU, ORIGIN, OneClock

pytestmark = pytest.mark.slow

GONE: Final = LifecycleSpec(state=State.ABSENT, reason="Replaced.")
DRAFT: Final[Mapping[str, Any]] = {"key": "tax", **SPEC}
OUT: Final[Mapping[str, Any]] = {
    **DRAFT,
    "status": "Published",
    "alreadyListed": True,
    "hasChanges": False,
    "private": False,
}
EPD: Final[Mapping[str, Any]] = {"externalId": "EPD-1", **CERTIFICATION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write: what is wanted, what is live before it, and how its request is known."""

    manifest: Manifest
    live: Sequence[Mapping[str, Any]] = ()

    @property
    def is_origin(self) -> bool:
        return self.manifest.identity.target == "origin"


def lifecycle(**wanted: Any) -> Manifest:
    return connector("tax", lifecycle=LifecycleSpec(**wanted))


WRITES: Final[Mapping[str, Write]] = {
    "connect create": Write(manifest=connector("tax")),
    "connect update": Write(manifest=connector("tax"), live=[{**DRAFT, "name": "Old"}]),
    "connect delete": Write(manifest=connector("tax", {}, lifecycle=GONE), live=[DRAFT]),
    "connect preview": Write(manifest=lifecycle(previewable=True), live=[DRAFT]),
    "connect publish": Write(manifest=lifecycle(publish=PublishTo.PRIVATE), live=[DRAFT]),
    "connect certify": Write(manifest=lifecycle(publish=PublishTo.CERTIFIED), live=[DRAFT]),
    "connect unlist": Write(manifest=lifecycle(listed=False), live=[OUT]),
    "connect comment": Write(manifest=lifecycle(certification_comments=("Hi.",)), live=[DRAFT]),
    "origin create": Write(manifest=certification("EPD-1")),
    "origin update": Write(manifest=certification("EPD-1"), live=[{**EPD, "url": "https://old.example"}]),
    "origin delete": Write(manifest=certification("EPD-1", {}, lifecycle=GONE), live=[EPD]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer: a status, with the platform's own code or, empty, with a gateway's page."""

    status: int
    code: str = ""

    def response(self, *, origin: bool) -> httpx.Response:
        if not self.code:
            return httpx.Response(self.status, html="<html><h1>No.</h1></html>")
        body: dict[str, Any]
        if origin:
            body = {"status": {"state": "ERROR", "code": f"{self.code} - words", "messages": ["No."]}}
        else:
            body = {"statusCode": self.status, "message": "No.", "errors": [{"code": self.code, "message": "No."}]}
        return httpx.Response(self.status, json=body)

    def __str__(self) -> str:
        return f"{self.status} {self.code or 'page'}"


PAGES: Final = [
    Said(status=status) for status in (301, 400, 401, 403, 404, 405, 409, 410, 422, 423, 429, 500, 501, 502, 503, 504)
]
CONNECT_SAYS: Final = [
    *PAGES,
    Said(status=400, code="InvalidJsonInput"),
    Said(status=400, code="DuplicateField"),
    Said(status=400, code="ConnectorStagedPreviewRequestUnderProcess"),
    Said(status=400, code="ConnectorStagedInCertification"),
    Said(status=400, code="ConnectorAlreadyCertified"),
    Said(status=400, code="ConnectorStagedNotPrivate"),
    Said(status=403, code="insufficient_scope"),
    Said(status=404, code="ResourceNotFound"),
    Said(status=409, code="ConcurrentModification"),
    Said(status=422, code="GitRepositoryNotReachable"),
    Said(status=500, code="General"),
    Said(status=502, code="BadGateway"),
    Said(status=503, code="OverCapacity"),
    *(Said(status=status, code="Undocumented") for status in (400, 404, 409, 500)),
]
ORIGIN_SAYS: Final = [
    *PAGES,
    *(Said(status=status, code="CE00001") for status in (400, 404, 409, 500)),
    Said(status=500, code="CE00000"),
    Said(status=403, code="CE00002"),
    Said(status=403, code="CE00003"),
    *(Said(status=status, code="CE99999") for status in (400, 409, 500)),
]
BEFORE_THE_WORK: Final = frozenset({401, 403, 429})
"""Answers of what lets a request in: these are looked at once, and no search is waited for."""
LAG: Final = 5.0

CASES: Final = [(name, said) for name in WRITES for said in (ORIGIN_SAYS if "origin" in name else CONNECT_SAYS)]


class Refusing(httpx.AsyncBaseTransport):
    """Answer the first ``times`` writes with ``said``, after they were carried out or instead."""

    def __init__(self, inner: httpx.AsyncBaseTransport, said: Said, *, origin: bool, carried: bool, times: int) -> None:
        self.inner, self.said, self.origin, self.carried, self.left = inner, said, origin, carried, times
        self.armed = False
        self.sent = self.done = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        writes = request.method != "GET" and not path.endswith(("/search", "/oauth/token"))
        if not (writes and self.armed):
            return await self.inner.handle_async_request(request)
        strikes = self.left > 0
        self.left -= 1
        self.sent += 1
        if strikes and not self.carried:
            return self.said.response(origin=self.origin)
        answer = await self.inner.handle_async_request(request)
        self.done += answer.is_success
        return self.said.response(origin=self.origin) if strikes else answer


@dataclass(frozen=True, slots=True)
class Access:
    transport: httpx.AsyncBaseTransport

    def base_url(self, world: str) -> str:
        return f"http://sandbox/worlds/{world}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    outcome: Outcome
    journal: MemoryJournal
    sent: int
    done: int
    really: bool


def apply(write: Write, said: Said, *, carried: bool, lag: float = 0.0, times: int = 1) -> Ended:
    """Plan, and apply while writes are answered like this; ``really``: in the end all is there that is wanted."""
    target = ORIGIN if write.is_origin else EU
    seed = {"certifications" if write.is_origin else "connectors": [dict(one) for one in write.live]}

    async def run() -> Ended:
        clock = OneClock()
        switches = Settings().changed({"origin_search_lag": lag, "origin_duplicate_create": "duplicate"})
        embedded = open_embedded(None, check_seed(seed, "test"), [target.name], clock=clock.there, settings=switches)
        with closing(embedded):
            wire = Refusing(embedded.transport, said, origin=write.is_origin, carried=carried, times=times)
            clock.there.advance(1000)
            async with open_platforms(
                {target.name: target}, env={}, clock=clock, sandbox=Access(wire), settings=quick_settings()
            ) as platforms:
                plan = await build_plan([write.manifest], platforms.readers)
                journal, wire.armed = MemoryJournal(), True
                (outcome,) = await apply_plan(
                    plan,
                    readers=platforms.readers,
                    writers=platforms.writers,
                    journal=journal,
                    clock=clock,
                )
                wire.armed = False
                await clock.sleep(1000)
                (left,) = (await build_plan([write.manifest], platforms.readers)).resources
                return Ended(
                    outcome=outcome,
                    journal=journal,
                    sent=wire.sent,
                    done=wire.done,
                    really=not left.actions,
                )

    return asyncio.run(run())


@pytest.mark.parametrize(("name", "said"), CASES, ids=str)
def test_what_was_carried_out_is_never_called_failed_nor_done_twice(name: str, said: Said) -> None:
    write = WRITES[name]
    lags = (0.0, LAG) if write.is_origin and said.status not in BEFORE_THE_WORK else (0.0,)
    for lag in lags:
        ended = apply(write, said, carried=True, lag=lag)
        settled = {Status.APPLIED, Status.UNCHANGED}
        if name in {"connect preview", "connect publish", "connect certify"}:
            # What shows after a conflict may be what others have begun: the next plan tells.
            settled = {*settled, Status.DEFERRED}
        assert ended.outcome.status in settled, lag
        assert ended.really, lag
        assert [e.ending for _, e in ended.journal.endings][-1] is not Ending.FAILED, lag
        # An update that is sent again changes nothing, where a search does not show yet that it was taken.
        assert ended.done == 1 or (name == "origin update" and said.status == HTTPStatus.SERVICE_UNAVAILABLE), lag


@pytest.mark.parametrize(("name", "said"), CASES, ids=str)
def test_what_was_not_carried_out_is_never_called_done(name: str, said: Said) -> None:
    for lag in (0.0, LAG) if WRITES[name].is_origin else (0.0,):
        ended = apply(WRITES[name], said, carried=False, lag=lag)
        endings = {number: e.ending for number, e in ended.journal.endings}.values()  # the last of each write
        assert (ended.outcome.status is Status.APPLIED) == ended.really == (ended.done == 1), lag
        if name == "origin create":
            # Nothing guards a second creation, so only "not now" leads to one.
            assert ended.sent == 1 or said.status in {429, 503}, lag
        if not ended.really:
            assert ended.outcome.status in {Status.FAILED, Status.DEFERRED, Status.UNKNOWN}, lag
            assert (ended.outcome.status is Status.UNKNOWN) == (Ending.UNKNOWN in endings), lag


@pytest.mark.parametrize("name", ["origin create", "origin update", "origin delete"])
def test_a_refusal_of_origin_costs_two_searches_however_long_they_lag(name: str) -> None:
    ended = apply(WRITES[name], Said(status=400, code="CE00001"), carried=False, lag=LAG)
    assert (ended.outcome.status, ended.sent, ended.outcome.requests) == (Status.FAILED, 1, 4)
