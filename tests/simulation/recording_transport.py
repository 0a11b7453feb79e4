"""The transport between trueup and the sandbox: records requests, passes time, lets others act and crashes happen."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol

import httpx

from simulation.asgi import carry
from simulation.crash import Broken, CrashPoint
from simulation.downtime import Downtime, answer_of
from simulation.event_log import Attempt, EventLog, Look, Sent, Verb
from simulation.history import Author, Who, acting
from simulation.journal_on_disk import JournalOnDisk
from simulation.places import Slot, is_deployment
from simulation.random_streams import Chance
from simulation.requests import batch_of, decoded, failed, read_request
from simulation.signals import Signals
from simulation.sources import is_source
from simulation.world import World

LONGEST_DELAY: Final = 8.0
"""Seconds after which a request that outlived its sender has arrived: less than trueup waits for one to show."""

_GATEWAY: Final = "<html><head><title>504 Gateway Time-out</title></head></html>"


class OtherWriters(Protocol):
    """Other users of the platforms."""

    def act(self, about: tuple[Slot, ...]) -> None:
        """Do something or nothing, preferably to the resources of the request in progress."""
        ...


@dataclass(slots=True, kw_only=True)
class Wire:
    """What a run's connections are like: ``lag`` moves answers, ``late`` lets requests outlive their senders.

    ``fatal`` is the probability that the process is killed at each reading of a deployment that it has written to.
    """

    chance: Chance
    latency: float = 0.0
    late: float = 0.0
    orphan: float = 0.0
    fatal: float = 0.0


@dataclass(slots=True, kw_only=True)
class RecordingTransport(httpx.AsyncBaseTransport):
    """The transport of one attempt."""

    attempt: Attempt
    world: World
    event_log: EventLog
    crash_point: CrashPoint
    others: OtherWriters
    wire: Wire
    journal_on_disk: JournalOnDisk
    downtime: Downtime | None = None
    signals: Signals = field(default_factory=Signals)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request there and its answer back."""
        try:
            return await self._carry(request)
        except httpx.TransportError:
            raise
        except Exception as fault:
            raise Broken(f"{request.method} {request.url}: {fault!r}") from fault

    async def _carry(self, request: httpx.Request) -> httpx.Response:
        self.crash_point.check()
        sent = self._note(request)
        self.signals.moment()
        try:
            await self._travel()
        except asyncio.CancelledError:
            if not self.crash_point.alive and sent.verb.writes and self.wire.chance.happens(self.wire.orphan):
                self._outlive(sent, request)
            raise
        if sent.verb.writes:
            self.crash_point.cross(f"before {sent.verb}")
        elif sent.verb is Verb.READ and any(is_deployment(slot) for slot in sent.slots):
            # A rollout takes minutes: most kills of a process come while it waits.
            self.crash_point.cross("while reading a deployment")
            if self.wire.fatal and self._earlier(sent) and self.wire.chance.happens(self.wire.fatal):
                self.crash_point.kill("during a rollout")
        self.others.act(sent.slots)
        response = await self._arrive(sent, request)
        self.others.act(sent.slots)
        await self._travel()
        if sent.verb.writes:
            self.crash_point.cross(f"after {sent.verb}")
        self.crash_point.check()
        self._deliver(sent, response)
        self.signals.moment()
        return response

    def _note(self, request: httpx.Request) -> Sent:
        history, requests = self.world.history, self.event_log.requests
        asked = read_request(request, history)
        verb = asked.verb
        who = Who.TRUEUP if verb.writes else Who.PLATFORM
        sent = Sent(
            number=len(requests) + 1,
            attempt=self.attempt.number,
            world=asked.world,
            collection=asked.collection,
            verb=verb,
            path=asked.path,
            body=asked.body,
            slots=asked.slots,
            author=Author(who, len(requests) + 1),
            sent=history.tick(),
            time=history.now,
        )
        if is_source(sent, request, self.attempt, self.event_log, self.world):
            sent.slots = ()
        if verb is Verb.RESULT:
            sent.slots = self.world.batches.get(batch_of(sent.path), ())
        if verb.writes or verb is Verb.READ:
            self._compare_with_disk(sent)
        requests.append(sent)
        return sent

    def _compare_with_disk(self, sent: Sent) -> None:
        on_disk = self.journal_on_disk.open_numbers()
        announced = tuple(self.attempt.open.get(slot, 0) for slot in sent.slots)
        used = {
            number for earlier in self._earlier(sent) if not self._may_be_resent(earlier) for number in earlier.intents
        }
        if sent.verb.writes:
            sent.intents = announced
            sent.recorded = all(number in on_disk for number in announced)
        sent.hasty = any(number in used for number in announced if number)

    def _may_be_resent(self, earlier: Sent) -> bool:
        """Return whether the platform took nothing of a write, in its own words: a refused batch is sent in halves."""
        if earlier.said_no or len(earlier.slots) == 1:
            return earlier.said_no
        refused = earlier.answered is not None and isinstance(earlier.answer, dict) and not earlier.succeeded
        return refused or any(
            failed(result.answer) and self.world.submitted.get(batch_of(result.path)) == earlier.number
            for result in self.event_log.requests
            if result.verb is Verb.RESULT and result.attempt == earlier.attempt
        )

    def _earlier(self, sent: Sent) -> list[Sent]:
        """Return the writes of this attempt to the same slots that came before."""
        return [
            earlier
            for earlier in self.event_log.requests
            if earlier.attempt == self.attempt.number
            and earlier.verb.writes
            and not set(sent.slots).isdisjoint(earlier.slots)
        ]

    async def _travel(self) -> None:
        # Even the fastest answer lets other tasks have their turn first.
        await asyncio.sleep(self.wire.chance.random() * self.wire.latency if self.wire.latency else 0)

    async def _arrive(self, sent: Sent, request: httpx.Request) -> httpx.Response:
        outage = None if self.downtime is None else self.downtime.strikes(sent.world)
        if outage is not None:
            sent.faults = (f"down: {outage.form}",)
            self.event_log.counts[f"fault: down: {outage.form}"] += 1
            return answer_of(outage, request)
        if sent.verb.writes and self.wire.late and self.wire.chance.happens(self.wire.late):
            self._outlive(sent, request)
            self.event_log.counts["fault: late"] += 1
            if self.wire.chance.happens(0.5):
                return httpx.Response(504, html=_GATEWAY, request=request)
            raise httpx.ReadError("The connection was closed", request=request)
        return await self._perform(sent, request)

    def _outlive(self, sent: Sent, request: httpx.Request) -> None:
        """Deliver a request whose sender does not wait for the answer any more."""
        delay = self.wire.chance.random() * LONGEST_DELAY

        async def later() -> None:
            await asyncio.sleep(delay)
            with suppress(httpx.TransportError):
                await self._perform(sent, request)

        self.event_log.counts["fault: outlived its sender"] += 1
        self.world.orphans.append(asyncio.get_running_loop().create_task(later()))

    async def _perform(self, sent: Sent, request: httpx.Request) -> httpx.Response:
        self.world.catch_up(sent.world)
        started, moment = self.world.history.tick(), self.world.history.now - self.world.lag
        try:
            with acting(sent.author):
                return await carry(self.world.app, request)
        finally:
            entry = self.world.entry(request.headers["x-correlation-id"])
            if entry is not None:
                sent.performed, sent.faults = entry.performed, entry.faults
            self.world.shown[sent.number] = (max([started, *sent.author.commits]), moment)

    def _deliver(self, sent: Sent, response: httpx.Response) -> None:
        """Record what trueup has seen now."""
        sent.answered, sent.status = self.world.history.tick(), response.status_code
        sent.answer = decoded(response.content)
        if sent.verb.writes and (callback := _callback(sent)):
            self.world.batches[batch_of(callback)] = sent.slots
            self.world.submitted[batch_of(callback)] = sent.number
        for slot, seq, moment in self._shows(sent):
            version = self.world.history.as_of(slot, seq=seq, moment=moment)
            look = Look(
                seq=sent.answered,
                attempt=self.attempt.number,
                slot=slot,
                version=0 if version is None else version.seq,
                request=sent.number,
            )
            self.event_log.looks.append(look)

    def _shows(self, sent: Sent) -> list[tuple[Slot, int, float | None]]:
        """Return the slots that an answer shows, as of when."""
        seq, moment = self.world.shown.get(sent.number, (0, 0.0))
        if not seq:
            return []
        if sent.verb is Verb.LIST and sent.succeeded:
            return [(slot, seq, None) for slot in self.world.history.versions if slot[0] == sent.collection]
        of_origin = "certifications" in sent.path
        if sent.verb is Verb.READ and (sent.succeeded or _is_missing(sent)):
            return [(slot, seq, moment if of_origin else None) for slot in sent.slots]
        shows_before = sent.verb is Verb.UPDATE and self.world.sandbox.settings.write_answer == "before"
        if sent.verb.writes and sent.succeeded and not of_origin and not shows_before:
            return [(slot, seq, None) for slot in sent.slots]
        return []


def _is_missing(sent: Sent) -> bool:
    return sent.status == HTTPStatus.NOT_FOUND and sent.performed


def _callback(sent: Sent) -> str:
    result = sent.answer.get("result") if isinstance(sent.answer, dict) else None
    names = ("poolingCallback", "pollingCallback")
    callback = next((result[name] for name in names if name in result), None) if isinstance(result, dict) else None
    return str(callback) if callback else ""
