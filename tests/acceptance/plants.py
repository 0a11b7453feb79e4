"""Faulty parts that are put into trueup through its seams, one for each thing that the simulation must notice."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import httpx

from trueup.apply.interrupt import StopSignal
from trueup.apply.journal import Journal, JournalFailed
from trueup.diff.simulate import simulate
from trueup.errors import NotAuthorised, OutcomeUnknown
from trueup.kinds.registry import KINDS
from trueup.model.action import FieldAction, ProcessAction, SetValue, UpdateAction
from trueup.model.identity import Identity, Kind
from trueup.model.live import Live, Reading
from trueup.model.plan import Plan
from trueup.model.reader import ReadAll, Reader, Wanted
from trueup.model.run import Ended, Intent, Outcome
from trueup.model.value import ABSENT, NOT_RETURNED, Desired, NotReturned
from trueup.model.writer import Writer
from trueup.plan.fallbacks import Memory, SentByRun, remember


@dataclass
class Passing:
    """Pass everything on, for bugs that are in one method only."""

    inner: Writer
    reader: Reader

    async def create(self, wanted: Wanted, fields: Desired) -> Live | None:
        return await self.inner.create(wanted, fields)

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        return await self.inner.update(wanted, live, actions)

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        return await self.inner.process(wanted, live, action)


class CreatesAgainBlindly(Passing):
    async def create(self, wanted: Wanted, fields: Desired) -> Live | None:
        try:
            return await self.inner.create(wanted, fields)
        except OutcomeUnknown:
            return await self.inner.create(wanted, fields)


class ReadsTheVersionBeforeWriting(Passing):
    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        now = await self.reader.read(wanted)
        version = now.version if isinstance(now, Live) else live.version
        return await self.inner.update(wanted, replace(live, version=version), actions)


class ChangesWhateverHasTheName(Passing):
    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        now = await self.reader.read(wanted)
        return await self.inner.update(wanted, now if isinstance(now, Live) else live, actions)


class PublishesWhateverIsThere(Passing):
    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        now = await self.reader.read(wanted)
        return await self.inner.process(wanted, now if isinstance(now, Live) else live, action)


class SendsOneActionMore(Passing):
    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        path = "description" if wanted.identity.kind is Kind.CONNECTOR else "certificateNumber"
        return await self.inner.update(wanted, live, [*actions, SetValue(path, "planted")])


class PretendsToHaveWritten(Passing):
    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        fields = KINDS[wanted.identity.kind].fields
        before = {row.path: live.fields.get(row.path, ABSENT) for row in fields}
        changes = [action for action in actions if isinstance(action, FieldAction)]
        return replace(live, fields=simulate(fields, changes, before))


class GivesUpAfterTheFirstAction(Passing):
    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        return await self.inner.update(wanted, live, actions[:1]) if len(actions) < 3 else live


@dataclass
class TakesNotReturnedForEmpty:
    inner: Reader

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        answer = await self.inner.read_all(wanted)
        return replace(answer, readings={who: self._emptied(reading) for who, reading in answer.readings.items()})

    async def read(self, wanted: Wanted) -> Reading:
        return self._emptied(await self.inner.read(wanted))

    def _emptied(self, reading: Reading) -> Reading:
        if not isinstance(reading, Live):
            return reading
        fields = {path: ABSENT if live == NOT_RETURNED else live for path, live in reading.fields.items()}
        return replace(reading, fields=fields)


@dataclass
class TakesPublicForPrivate:
    inner: Reader

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        answer = await self.inner.read_all(wanted)
        return replace(answer, readings={who: self._hidden(reading) for who, reading in answer.readings.items()})

    async def read(self, wanted: Wanted) -> Reading:
        return self._hidden(await self.inner.read(wanted))

    def _hidden(self, reading: Reading) -> Reading:
        if not isinstance(reading, Live) or reading.lifecycle is None:
            return reading
        return replace(reading, lifecycle=replace(reading.lifecycle, private=True))


class TakesChangesForPublished(TakesPublicForPrivate):
    """Sees nothing that waits to be published."""

    def _hidden(self, reading: Reading) -> Reading:
        if not isinstance(reading, Live) or reading.lifecycle is None:
            return reading
        return replace(reading, lifecycle=replace(reading.lifecycle, has_changes=False))


@dataclass
class LooksForNoLostKeys:
    """Is no NamelessReader."""

    inner: Reader

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        return await self.inner.read_all(wanted)

    async def read(self, wanted: Wanted) -> Reading:
        return await self.inner.read(wanted)


@dataclass
class TakesARefusalForLost(httpx.AsyncBaseTransport):
    """Take "not now" for an answer that never came."""

    inner: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        if response.status_code in {429, 503} and request.url.path.endswith(("/update", "/create")):
            raise httpx.ReadError("The connection was closed", request=request)
        return response


@dataclass
class AsksEachTimeAnew(httpx.AsyncBaseTransport):
    """Try each request for itself, whatever the others met."""

    inner: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(8):
            with suppress(httpx.ConnectError):
                return await self.inner.handle_async_request(request)
        return await self.inner.handle_async_request(request)


@dataclass
class TakesAnErrorInsideForSuccess(httpx.AsyncBaseTransport):
    """Read HTTP 200 and forget ``executionStatus``."""

    inner: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        if "/result/" not in request.url.path or '"ERROR"' not in response.text:
            return response
        return httpx.Response(200, json={"status": {"state": "SUCCESS"}, "result": {"result": "Update completed."}})


class PassingJournal:
    """Passes everything on, for bugs that are in one method only."""

    def __init__(self, inner: Journal) -> None:
        self.inner = inner

    def begin(self, plan: Plan) -> None:
        self.inner.begin(plan)

    def intent(self, intent: Intent) -> int:
        return self.inner.intent(intent)

    def ended(self, number: int, ended: Ended) -> None:
        self.inner.ended(number, ended)

    def outcome(self, outcome: Outcome) -> None:
        self.inner.outcome(outcome)

    async def flushed(self) -> None:
        await self.inner.flushed()

    def finish(self) -> None:
        self.inner.finish()

    def unsettled(self, identity: Identity) -> bool:
        return self.inner.unsettled(identity)

    def applied_before(self, identity: Identity) -> str:
        return self.inner.applied_before(identity)


class ForgetsToFlush(PassingJournal):
    """Keeps intents in memory until the next ending."""

    def __init__(self, inner: Journal) -> None:
        super().__init__(inner)
        self.kept: list[Intent] = []
        self.writes = 0

    def intent(self, intent: Intent) -> int:
        self.kept.append(intent)
        self.writes += 1
        return self.writes

    def ended(self, number: int, ended: Ended) -> None:
        for intent in self.kept:
            self.inner.intent(intent)
        self.kept.clear()
        self.inner.ended(number, ended)


class TakesEveryWriteForTaken(PassingJournal):
    """Puts on record that each write was applied, however it ended."""

    def ended(self, number: int, ended: Ended) -> None:
        self.inner.ended(number, replace(ended, ending=type(ended.ending)("applied")))


class GoesOnWithoutRoom(PassingJournal):
    """Takes no note of an ending that cannot be written."""

    def ended(self, number: int, ended: Ended) -> None:
        with suppress(JournalFailed):
            self.inner.ended(number, ended)


class TakesAFullDiskForARefusal(PassingJournal):
    """Lets a write that left end as if the platform had not taken it, where its ending cannot be written."""

    def ended(self, number: int, ended: Ended) -> None:
        try:
            self.inner.ended(number, ended)
        except JournalFailed as error:
            raise NotAuthorised(str(error)) from error

    def outcome(self, outcome: Outcome) -> None:
        with suppress(JournalFailed):
            self.inner.outcome(outcome)

    async def flushed(self) -> None:
        with suppress(JournalFailed):
            await self.inner.flushed()


class DeafStop(StopSignal):
    """Hears the first signal and begins the next resource nevertheless."""

    @property
    def requested(self) -> bool:
        return False


def never_forgets(_: Memory, outcomes: Sequence[Outcome]) -> Memory:
    """Take what was once verified for there, whatever was sent since."""
    return remember(
        {},
        (
            SentByRun(
                identity=outcome.identity,
                remote_id=outcome.remote_id,
                sent=outcome.done,
                done=outcome.done,
                not_returned=frozenset(report.path for report in outcome.fields if isinstance(report.now, NotReturned)),
            )
            for outcome in outcomes
        ),
    )
