"""Send and read for one resource: every write is recorded before and after, and every request is counted."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.apply.context import ApplyContext, Sending
from trueup.apply.permits import Permit
from trueup.apply.state import ResourceState
from trueup.diff.sides import value_before
from trueup.errors import Conflict, NotAuthorised, OutcomeUnknown, PlatformError, Unavailable, UnexpectedAnswer
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, Create, Delete, ProcessAction, UpdateAction
from trueup.model.live import Live, Reading, Unreadable
from trueup.model.reader import RelatedReader, Wanted
from trueup.model.run import Ended, Ending, Intent
from trueup.model.wait import waiting

_LOG: Final = logging.getLogger("trueup.apply")

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0

NOT_SENT = "It was not sent: the run was stopped."

UNCERTAIN_ERRORS = (OutcomeUnknown, UnexpectedAnswer)
"""Errors of a write that may have been applied: the answer never came, or it says nothing."""
UNSEEN_ERRORS = (NotAuthorised, Unavailable)
"""Errors of a write at which the platform has certainly not looked."""

RULED_OUT = "A later request with the same version was applied, so this one can never be."


class Requests:
    """The requests to one resource; ``state`` supplies its id and normalises what the platform returns."""

    def __init__(self, wanted: Wanted, run: ApplyContext, permit: Permit, state: ResourceState) -> None:
        self.wanted = wanted
        self.permit = permit
        self.count = 0
        self.open = False
        """Whether a write was sent whose result was not processed yet."""
        self.wrote = False
        """Whether any write was sent."""
        self._reader = run.readers[wanted.identity.target]
        self._writer = run.writers[wanted.identity.target]
        self._journal = run.journal
        self._clock = run.clock
        self._on_event = run.on_event
        self._state = state
        self._number = 0
        self._lost: dict[int, tuple[str, int]] = {}
        """The writes whose answers were lost: id and version that they were sent with, by number."""
        self.failed = ""
        """The correlation id of the last request that failed, empty if a write was accepted since."""
        self._refusal = ""
        """The message that the platform refused the last write with, until a reading shows whether it was applied."""

    @property
    def unsettled(self) -> bool:
        """Return whether an earlier run left a write to this resource with an unknown result."""
        return self._journal.unsettled(self.wanted.identity)

    async def read(self) -> Reading:
        """Read the resource once this one holds the permit, which it then keeps for the next write."""
        await self.permit.acquire()
        return await self.look()

    async def read_related(self) -> tuple[Reading, Mapping[str, object]]:
        """Read the resource as :meth:`read` does, and what it depends on."""
        if self.wanted.source is None or not isinstance(self._reader, RelatedReader):
            return await self.read(), {}
        await self.permit.acquire()
        self.count += 1
        reading, related = await self._reader.read_related(self.wanted)
        return self._noted(reading), related

    async def look(self) -> Reading:
        """Read the resource without the permit, while it only waits for the platform."""
        self.count += 1
        wanted = replace(self.wanted, remote_id=self._state.remote_id)
        return self._noted(await self._reader.read(wanted))

    def _noted(self, reading: Reading) -> Reading:
        if isinstance(reading, Unreadable):
            self._note(reading.error)
        return self._state.normalised(reading)

    async def read_until(self, accepts: Callable[[Reading], bool], seconds: float) -> Reading:
        """Read until ``accepts`` returns true or ``seconds`` have passed; return the last reading.

        The last reading starts after the deadline: a slow one that started earlier may show an old state.
        """
        deadline = self._clock.now() + seconds
        pause = _FIRST_PAUSE
        with waiting(self._on_event, self.wanted.identity.on_target) as say:
            while True:
                started = self._clock.now()
                reading = await self.read()
                if accepts(reading) or started >= deadline:
                    return reading
                # Not at the first pause: most platforms need a moment, and that is not worth a line.
                if pause > _FIRST_PAUSE:
                    say("change not shown yet", most=seconds)
                await self._clock.sleep(max(0.0, min(pause, deadline - self._clock.now())))
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def send(self, live: Live | None, actions: Sequence[Action]) -> Live | None:
        """Send the actions of one stage in one request, and record it; raises what the writer raises."""
        if live is not None and live.version is not None:
            # Other resources may send while the intent is flushed to the disk. Without a version only a recent reading
            # guards the write, so this resource then keeps its permit and sends as soon as possible.
            self.permit.release()
        self._on_event(Sending(self.wanted.identity, tuple(actions)))
        guard = "without a version" if live is None or live.version is None else f"with version {live.version}"
        _LOG.info("%s: sending %s %s.", self.wanted.identity, ", ".join(_named(actions)), guard)
        self._refusal = ""
        self._number = self._journal.intent(_intent(self.wanted, live, actions))
        await self._flushed()
        self.count += 1
        # Only now: an intent that was cancelled during the flush is no request.
        self.open = self.wrote = True
        try:
            answer = await self._dispatch(live, actions)
        except PlatformError as error:
            self._record_failure(live, actions, error)
            raise
        self.failed = ""
        version = None if answer is None else answer.version
        self._journal.ended(self._number, Ended(ending=Ending.APPLIED, version=version))
        # Only after the ending: a lost write is ruled out by this one, which must be on record first.
        self._rule_out(live)
        if answer is not None:
            # Usually nothing has to be read back, so another resource may send while this answer is processed.
            self.permit.release()
        return answer

    def settle(self, ending: Ending, message: str) -> None:
        """Record what a reading showed about the last write, whose result was unknown."""
        self._refusal = ""
        self._lost.pop(self._number, None)
        self._journal.ended(self._number, Ended(ending=ending, message=message))

    def settle_refusal(self) -> None:
        """Record that the last write failed, if it was refused and a reading shows the state before it."""
        if self._refusal:
            self.settle(Ending.FAILED, self._refusal)

    def _record_failure(self, live: Live | None, actions: Sequence[Action], error: PlatformError) -> None:
        """Record the ending of a write that was not accepted.

        A platform may apply what it refuses. The run may die before a reading shows that, so a refusal stays unknown
        until then. Only an answer that is given before the platform looks at the write is final.
        """
        versioned = live is not None and live.version is not None
        final = isinstance(error, UNSEEN_ERRORS) or (versioned and isinstance(error, Conflict))
        ending = Ending.FAILED if final else Ending.UNKNOWN
        self._note(error)
        ended = Ended(ending=ending, message=str(error), correlation_id=error.correlation_id)
        self._journal.ended(self._number, ended)
        if ending is Ending.UNKNOWN:
            self._refusal = "" if isinstance(error, UNCERTAIN_ERRORS) else str(error)
            # A deletion carries no version, so that no later write rules it out.
            if live is not None and live.version is not None and not isinstance(actions[0], Delete):
                self._lost[self._number] = live.remote_id, live.version

    def _note(self, error: Exception) -> None:
        """Note the correlation id of a failed request, if it has one."""
        self.failed = getattr(error, "correlation_id", "") or self.failed

    def _rule_out(self, live: Live | None) -> None:
        """Record that lost writes failed: a platform accepts one write for each version, and it accepted another.

        A reading cannot prove this: a change that it does not show may still arrive, or was made and undone.
        """
        taken = None if live is None else (live.remote_id, live.version)
        for number in [number for number, lost in self._lost.items() if lost == taken]:
            del self._lost[number]
            self._journal.ended(number, Ended(ending=Ending.FAILED, message=RULED_OUT))

    async def _flushed(self) -> None:
        """Return once the intent is on the disk and the permit is held."""
        try:
            await self._journal.flushed()
            await self.permit.acquire()
        except asyncio.CancelledError:
            # Without this ending, the intent would count as a write with an unknown result.
            self._journal.ended(self._number, Ended(ending=Ending.FAILED, message=NOT_SENT))
            raise

    async def _dispatch(self, live: Live | None, actions: Sequence[Action]) -> Live | None:
        match actions:
            case [Create(fields), *_]:
                return await self._writer.create(self.wanted, fields)
            case [action] if isinstance(action, ProcessAction):
                return await self._writer.process(self.wanted, _known(live), action)
            case _:
                known, kind = _known(live), KINDS[self.wanted.identity.kind]
                repeated = kind.repeats(self._state.planned.desired, known.fields, actions)
                return await self._writer.update(self.wanted, known, [*map(_update, actions), *repeated])


def _named(actions: Sequence[Action]) -> list[str]:
    """Return the kinds and paths of actions, and how often each is there."""
    names = Counter(f"{type(action).__name__} {getattr(action, 'path', '')}".rstrip() for action in actions)
    return [name if number == 1 else f"{name} ({number} times)" for name, number in names.items()]


def _known(live: Live | None) -> Live:
    assert live is not None, "only a creation has no live resource"
    return live


def _update(action: Action) -> UpdateAction:
    assert isinstance(action, UpdateAction), f"{action} shares a stage with others"
    return action


def _intent(wanted: Wanted, live: Live | None, actions: Sequence[Action]) -> Intent:
    return Intent(
        identity=wanted.identity,
        actions=tuple(actions),
        before=tuple(value_before(action, {} if live is None else live.fields) for action in actions),
        remote_id="" if live is None else live.remote_id,
        version=None if live is None else live.version,
    )
