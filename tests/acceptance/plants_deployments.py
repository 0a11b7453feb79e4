"""Faulty parts for deployments; see :mod:`acceptance.plants`."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from acceptance.plants import Passing
from trueup.errors import OutcomeUnknown
from trueup.kinds.registry import KINDS
from trueup.model.action import AddElement, ProcessAction, UpdateAction
from trueup.model.identity import Kind
from trueup.model.live import Lifecycle, Live, Reading
from trueup.model.plan import Plan
from trueup.model.reader import ReadAll, Reader, Wanted
from trueup.model.value import ABSENT
from trueup.plan.masked import masked_paths

_RUNNING: Final = frozenset({"Draft", "Queued", "Deploying"})
_LOOKS: Final = 20


class RedeploysAgainBlindly(Passing):
    """Sends a redeployment once more when its answer is lost, as soon as the platform takes one."""

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        try:
            return await self.inner.update(wanted, live, actions)
        except OutcomeUnknown:
            if wanted.identity.kind is not Kind.DEPLOYMENT:
                raise
            return await self.inner.update(wanted, await self._idle(wanted, live), actions)

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        try:
            return await self.inner.process(wanted, live, action)
        except OutcomeUnknown:
            if wanted.identity.kind is not Kind.DEPLOYMENT:
                raise
            return await self.inner.process(wanted, await self._idle(wanted, live), action)

    async def _idle(self, wanted: Wanted, live: Live) -> Live:
        for _ in range(_LOOKS):
            now = await self.reader.read(wanted)
            if isinstance(now, Live) and now.lifecycle is not None and now.lifecycle.status not in _RUNNING:
                return now
            await asyncio.sleep(5)
        return live


class LeavesOutSecrets(Passing):
    """Sends what differs but the secured values."""

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        masked = masked_paths(KINDS[wanted.identity.kind])
        plain = [each for each in actions if not (isinstance(each, AddElement) and each.path in masked)]
        return await self.inner.update(wanted, live, plain)


@dataclass
class Showing:
    """Passes readings on; a subclass falsifies those of deployments."""

    inner: Reader

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        return await self.inner.read_all(wanted)

    async def read(self, wanted: Wanted) -> Reading:
        return self._shown(wanted, await self.inner.read(wanted))

    def _shown(self, wanted: Wanted, reading: Reading) -> Reading:
        if wanted.identity.kind is not Kind.DEPLOYMENT or not isinstance(reading, Live) or reading.lifecycle is None:
            return reading
        return self.falsified(reading, reading.lifecycle)

    def falsified(self, live: Live, _: Lifecycle) -> Live:
        return live


class TakesTheMaskForEmpty(Showing):
    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        answer = await self.inner.read_all(wanted)
        shown = {one.identity: self._shown(one, answer.readings[one.identity]) for one in wanted}
        return replace(answer, readings=shown)

    def falsified(self, live: Live, _: Lifecycle) -> Live:
        masked = dict.fromkeys(masked_paths(KINDS[Kind.DEPLOYMENT]), ABSENT)
        return replace(live, fields={**live.fields, **masked})


class TakesTheOfferedReleaseForTheRunningOne(Showing):
    def falsified(self, live: Live, lifecycle: Lifecycle) -> Live:
        release = lifecycle.offered_release or lifecycle.running_release
        return replace(live, lifecycle=replace(lifecycle, running_release=release))


class TakesARunForItsEnd(Showing):
    def falsified(self, live: Live, lifecycle: Lifecycle) -> Live:
        status = "Deployed" if lifecycle.status in _RUNNING else lifecycle.status
        return replace(live, lifecycle=replace(lifecycle, status=status))


class ReadsNoReport(Showing):
    def falsified(self, live: Live, lifecycle: Lifecycle) -> Live:
        return replace(live, lifecycle=replace(lifecycle, publish_report=()))


@dataclass
class SendsTheMask(httpx.AsyncBaseTransport):
    """Send what the platform shows in place of a secret."""

    inner: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and "/deployments" in request.url.path:
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            body = _masked(json.loads(request.content))
            request = httpx.Request(request.method, request.url, headers=headers, json=body)
        return await self.inner.handle_async_request(request)


def _masked(node: Any) -> Any:
    match node:
        case dict():
            return {
                name: [{**pair, "value": "****"} for pair in inner]
                if name == "securedConfiguration"
                else _masked(inner)
                for name, inner in node.items()
            }
        case list():
            return [_masked(inner) for inner in node]
        case _:
            return node


def unordered(plan: Plan) -> Plan:
    """Let no resource wait for another."""
    return replace(plan, resources=tuple(replace(resource, after=()) for resource in plan.resources))
