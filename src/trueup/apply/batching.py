"""Let resources that are applied side by side share a request, where the platform takes several in one (Origin).

Every resource still has its own precondition, its own records in the journal and its own ending: it only waits a
moment for others that are as far as it is. Who fills the request sends it for all; else the first one does, once the
moment is over.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from trueup.errors import OutcomeUnknown, PlatformError
from trueup.model.action import FieldAction, ProcessAction
from trueup.model.clock import Clock
from trueup.model.live import Live
from trueup.model.reader import Wanted
from trueup.model.value import Desired
from trueup.model.writer import BatchWriter, Update, Writer

WINDOW: Final = 0.05
"""How long the first one waits for others, in seconds; the precondition that was read grows older by as much."""

_Answer = Live | PlatformError | None


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    update: Update
    answer: asyncio.Future[_Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Batching:
    """Send updates of several resources in one request of at most ``size``; see :class:`~trueup.model.writer.Writer`.

    Creations and deletions go out one by one: what became of them could not be told apart.
    """

    def __init__(self, writer: BatchWriter, *, size: int, clock: Clock) -> None:
        self._writer = writer
        self._size = size
        self._clock = clock
        self._queue: list[_Waiting] = []

    async def create(self, wanted: Wanted, fields: Desired) -> Live | None:
        """Create one resource in a request of its own."""
        return await self._writer.create(wanted, fields)

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        """Send one process action in a request of its own."""
        return await self._writer.process(wanted, live, action)

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[FieldAction]) -> Live | None:
        """Send the update together with others, and return or raise what became of this one."""
        mine, first = _Waiting(Update(wanted, live, tuple(actions))), not self._queue
        self._queue.append(mine)
        if len(self._queue) >= self._size:
            await self._send()
        elif first:
            await self._clock.sleep(WINDOW)
            if mine in self._queue:
                await self._send()
        answer = await mine.answer
        if isinstance(answer, PlatformError):
            raise answer
        return answer

    async def _send(self) -> None:
        sent, self._queue = self._queue, []
        try:
            answers = await self._writer.update_many([waiting.update for waiting in sent])
            for waiting in sent:
                _tell(waiting, answers[waiting.update.wanted.identity])
        except PlatformError as error:
            for waiting in sent:
                _tell(waiting, error)
        finally:
            # Whoever sends for all may be broken off; the others must not wait for ever.
            for waiting in sent:
                _tell(waiting, OutcomeUnknown("The shared request was broken off."))


def _tell(waiting: _Waiting, answer: _Answer) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(answer)


def batching(writer: Writer, *, size: int, clock: Clock) -> Writer:
    """Return a writer that shares requests where the platform allows it and ``size`` is more than one."""
    return Batching(writer, size=size, clock=clock) if size > 1 and isinstance(writer, BatchWriter) else writer
