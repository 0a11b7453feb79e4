"""Join the updates of several resources into one request, where the platform accepts that (Origin).

Updates are collected for a short window. The batch is sent when it is full or when the window closes. Every resource
still has its own precondition, its own records in the journal and its own result.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from trueup.errors import OutcomeUnknown, PlatformError
from trueup.model.action import ProcessAction, UpdateAction
from trueup.model.clock import Clock
from trueup.model.live import Live
from trueup.model.reader import Wanted
from trueup.model.value import Desired
from trueup.model.writer import BatchWriter, Update, Writer

WINDOW: Final = 0.05
"""The window in seconds. It is short, because the reading on which a write relies gets older by as much."""

_Answer = Live | PlatformError | None


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    update: Update
    answer: asyncio.Future[_Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Batching:
    """A :class:`~trueup.model.writer.Writer` that sends up to ``size`` updates in one request.

    Creations and deletions are sent one by one, because the answer to a batch does not say which of them succeeded.
    """

    def __init__(self, writer: BatchWriter, *, size: int, clock: Clock) -> None:
        self._writer = writer
        self._size = size
        self._clock = clock
        self._queue: list[_Waiting] = []

    async def create(self, wanted: Wanted, fields: Desired) -> Live | None:
        """Create one resource in its own request."""
        return await self._writer.create(wanted, fields)

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        """Send one process action in its own request."""
        return await self._writer.process(wanted, live, action)

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        """Send the update together with others, and return or raise this one's result."""
        # Only the first resource of a batch keeps the time, so that the window starts with it and is not extended.
        mine, first = _Waiting(Update(wanted, live, tuple(actions))), not self._queue
        self._queue.append(mine)
        if len(self._queue) >= self._size:
            await self._send()
        elif first:
            await self._clock.sleep(WINDOW)
            # The batch may have been filled, and so sent, while this one waited.
            if mine in self._queue:
                await self._send()
        answer = await mine.answer
        if isinstance(answer, PlatformError):
            raise answer
        return answer

    async def _send(self) -> None:
        # Emptied before the first await: updates that come during the request belong to the next batch.
        sent, self._queue = self._queue, []
        try:
            answers = await self._writer.update_many([waiting.update for waiting in sent])
            for waiting in sent:
                _resolve(waiting, answers[waiting.update.wanted.identity])
        except PlatformError as error:
            for waiting in sent:
                _resolve(waiting, error)
        finally:
            # The task that sends the batch may be cancelled; the other tasks must not wait forever.
            for waiting in sent:
                _resolve(waiting, OutcomeUnknown("The shared request was cancelled."))


def _resolve(waiting: _Waiting, answer: _Answer) -> None:
    # A cancelled resource has cancelled its future as well, and setting its result would raise.
    if not waiting.answer.done():
        waiting.answer.set_result(answer)


def batching(writer: Writer, *, size: int, clock: Clock) -> Writer:
    """Return a writer that joins updates if the platform accepts batches and ``size`` is more than one."""
    return Batching(writer, size=size, clock=clock) if size > 1 and isinstance(writer, BatchWriter) else writer
