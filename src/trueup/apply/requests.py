"""Send and read for one resource: every write on record before and after, every request counted."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from trueup.apply.context import ApplyContext, Sending
from trueup.apply.permits import Permit
from trueup.apply.state import ResourceState
from trueup.errors import Conflict, NotAuthorised, OutcomeUnknown, PlatformError, Unavailable, UnexpectedAnswer
from trueup.model.action import Action, Create, FieldAction, ProcessAction
from trueup.model.live import Live, Reading
from trueup.model.reader import Wanted
from trueup.model.run import Ended, Ending, Intent

_LOG: Final = logging.getLogger("trueup.apply")

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0

NOT_SENT = "It was not sent: the run was stopped."

UNCERTAIN_ERRORS = (OutcomeUnknown, UnexpectedAnswer)
"""What a write may raise although it was taken: an answer that never came, or one that tells nothing."""

RULED_OUT = "A later request under the same version was taken, so that this one never can be."


class Requests:
    """Reach one resource on its platform; ``state`` knows its id and makes a reading of what the platform tells."""

    def __init__(self, wanted: Wanted, run: ApplyContext, permit: Permit, state: ResourceState) -> None:
        self.wanted = wanted
        self.permit = permit
        self.count = 0
        self.open = False
        """Whether a write was sent of which it is not yet accounted for what became of it."""
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
        """The versions under which writes were sent whose answers were lost."""
        self._refusal = ""
        """What the platform refused the last write with, until a reading tells whether it did it nevertheless."""

    @property
    def unsettled(self) -> bool:
        """Say whether an earlier run left a write of which nobody knows whether it was taken."""
        return self._journal.unsettled(self.wanted.identity)

    async def read(self) -> Reading:
        """Read the resource afresh, in turn with what others send and read."""
        await self.permit.take()
        return await self.look()

    async def look(self) -> Reading:
        """Read the resource afresh while the slot is lent, as asking how far a platform has come needs none."""
        self.count += 1
        wanted = replace(self.wanted, remote_id=self._state.remote_id)
        return self._state.own(await self._reader.read(wanted))

    async def read_until(self, good: Callable[[Reading], bool], seconds: float) -> Reading:
        """Read until ``good`` or until this many seconds have passed; return the last reading.

        The last reading begins when they have passed: one that took long to come tells of a moment long ago.
        """
        deadline = self._clock.now() + seconds
        pause = _FIRST_PAUSE
        while True:
            begun = self._clock.now()
            reading = await self.read()
            if good(reading) or begun >= deadline:
                return reading
            await self._clock.sleep(max(0.0, min(pause, deadline - self._clock.now())))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def send(self, live: Live | None, actions: Sequence[Action]) -> Live | None:
        """Send the actions of one stage in one request, on record; raises what the writer raises."""
        if live is not None and live.version is not None:
            # Others may send until the intent is on the disk. Where no version guards the write, but only a reading
            # that was made a moment ago, nothing may come between that and the write.
            self.permit.give()
        self._on_event(Sending(self.wanted.identity, tuple(actions)))
        guard = "without a version" if live is None or live.version is None else f"under version {live.version}"
        _LOG.info("%s: sends %s %s.", self.wanted.identity, ", ".join(_named(actions)), guard)
        self._refusal = ""
        self._number = self._journal.intent(_intent(self.wanted, live, actions))
        await self._flushed()
        self.count += 1
        self.open = self.wrote = True
        try:
            answer = await self._dispatch(live, actions)
        except PlatformError as error:
            self._record_failure(live, error)
            raise
        version = None if answer is None else answer.version
        self._journal.ended(self._number, Ended(ending=Ending.APPLIED, version=version))
        self._rule_out(live)
        if answer is not None:
            # Nothing has to be read back: another request may leave while this answer is evaluated.
            self.permit.give()
        return answer

    def settle(self, ending: Ending, message: str) -> None:
        """Record what reading told about the last write, whose own ending was unknown."""
        self._refusal = ""
        self._lost.pop(self._number, None)
        self._journal.ended(self._number, Ended(ending=ending, message=message))

    def settle_refusal(self) -> None:
        """Record that the last write failed, where it was refused and a reading shows the state before it."""
        if self._refusal:
            self.settle(Ending.FAILED, self._refusal)

    def _record_failure(self, live: Live | None, error: PlatformError) -> None:
        """Record the ending of a write that was not accepted.

        A platform may carry out what it refuses. The run may die before a reading shows that, so a refusal stays
        unknown until then. Only an answer that is given before the write is looked at is final at once.
        """
        versioned = live is not None and live.version is not None
        unlooked = isinstance(error, NotAuthorised | Unavailable) or (versioned and isinstance(error, Conflict))
        ending = Ending.FAILED if unlooked else Ending.UNKNOWN
        self._journal.ended(self._number, Ended(ending=ending, message=str(error)))
        if ending is Ending.UNKNOWN:
            self._refusal = "" if isinstance(error, UNCERTAIN_ERRORS) else str(error)
            if live is not None and live.version is not None:
                self._lost[self._number] = live.remote_id, live.version

    def _rule_out(self, live: Live | None) -> None:
        """Record that lost writes certainly failed: a platform takes one write a version, and it has taken another.

        No reading can tell as much. What it does not show may still arrive, or was taken and undone by others.
        """
        taken = None if live is None else (live.remote_id, live.version)
        for number in [number for number, lost in self._lost.items() if lost == taken]:
            del self._lost[number]
            self._journal.ended(number, Ended(ending=Ending.FAILED, message=RULED_OUT))

    async def _flushed(self) -> None:
        """Return once the intent is on the disk and the slot is held."""
        try:
            await self._journal.flushed()
            await self.permit.take()
        except asyncio.CancelledError:
            self._journal.ended(self._number, Ended(ending=Ending.FAILED, message=NOT_SENT))
            raise

    async def _dispatch(self, live: Live | None, actions: Sequence[Action]) -> Live | None:
        match actions:
            case [Create(fields)]:
                return await self._writer.create(self.wanted, fields)
            case [action] if isinstance(action, ProcessAction):
                return await self._writer.process(self.wanted, _known(live), action)
            case _:
                return await self._writer.update(self.wanted, _known(live), [_field(action) for action in actions])


def _named(actions: Sequence[Action]) -> list[str]:
    """Return the kinds and paths of actions, and how often each is there."""
    names = Counter(f"{type(action).__name__} {getattr(action, 'path', '')}".rstrip() for action in actions)
    return [name if number == 1 else f"{name} ({number} times)" for name, number in names.items()]


def _known(live: Live | None) -> Live:
    assert live is not None, "only a creation has no live resource"
    return live


def _field(action: Action) -> FieldAction:
    assert isinstance(action, FieldAction), f"{action} shares a stage with others"
    return action


def _intent(wanted: Wanted, live: Live | None, actions: Sequence[Action]) -> Intent:
    return Intent(
        identity=wanted.identity,
        actions=tuple(actions),
        remote_id="" if live is None else live.remote_id,
        version=None if live is None else live.version,
    )
