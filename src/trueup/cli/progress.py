"""The progress display on standard error: one changing line on a terminal, else a line for each wait.

A log is read later and by people who pay for its lines, so the number of lines is bounded: in each :data:`PERIOD` at
most :data:`ANNOUNCED_AT_MOST` waits are announced, and more than :data:`FEW` that go on together are summed up in one.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from trueup.cli.options import RunOptions
from trueup.cli.streams import bare
from trueup.model.clock import Clock
from trueup.model.wait import Wait, WaitBegan, WaitEnded
from trueup.report.safe_text import visible
from trueup.report.values import elapsed

if TYPE_CHECKING:
    from trueup.apply.context import Event
    from trueup.platforms.settings import HttpSettings

PERIOD: Final = 30.0
"""Seconds between two lines about a wait that goes on."""

FEW: Final = 3
"""Waits that get a line of their own in each period; more are summed up in one."""

ANNOUNCED_AT_MOST: Final = 10
"""Waits that are announced in one period."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A wait, the clock's time in seconds when it began, and whether a line has announced it."""

    wait: Wait
    since: float
    announced: bool = False


class ProgressLine:
    """A progress display that shows nothing, as for ``--quiet``; it keeps the present waits in the order they began."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.waits: dict[object, Watched] = {}

    def read(self, target: str, count: int) -> None:
        """Show that ``count`` resources of a target have been read so far."""

    def event(self, event: "Event") -> None:
        """Show an event of an apply, or of a wait."""

    def say(self, text: str) -> None:
        """Show a line about the current step."""

    def watched(self, http: "HttpSettings | None" = None) -> "HttpSettings":
        """Return settings of HTTP clients whose waits are shown here; without ``http`` the default settings."""
        from trueup.platforms.settings import HttpSettings

        return replace(http or HttpSettings(), on_wait=self.event)

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Show the display while the body runs."""
        yield

    def began(self, wait: Wait) -> Watched:
        """Note that a wait began or that its cause has changed, and return it."""
        known = self.waits.get(wait.key)
        now = Watched(wait, self.clock.now()) if known is None else replace(known, wait=wait)
        self.waits[wait.key] = now
        return now


class WaitLog(ProgressLine):
    """A progress display for logs: lines about waits, each passed to ``write`` without its line break."""

    def __init__(self, clock: Clock, write: Callable[[str], None]) -> None:
        super().__init__(clock)
        self._write = write
        self._room, self._unannounced = ANNOUNCED_AT_MOST, 0

    def event(self, event: "Event") -> None:
        """Write a line when a wait begins, when its cause changes, and when it ends."""
        match event:
            case WaitBegan(wait):
                before = self.waits.get(wait.key)
                now = self.began(wait)
                if before is None or _words(before.wait) != _words(wait):
                    self._announce(now)
            case WaitEnded(key):
                ended = self.waits.pop(key)
                # Only what was announced: otherwise a thousand short waits would be a thousand lines.
                if ended.announced:
                    self._write(f"Waited {elapsed(self._age(ended))}: {ended.wait.subject}: {ended.wait.cause}")

    def tick(self) -> None:
        """Write about the waits that go on: a line each or, for more than :data:`FEW`, one line with their number."""
        self._write_unannounced()
        self._room = ANNOUNCED_AT_MOST
        ages = {key: self._age(watched) for key, watched in self.waits.items()}
        if len(self.waits) <= FEW:
            for key, watched in self.waits.items():
                self._write(f"Still waiting after {elapsed(ages[key])}: {_words(watched.wait)}")
            return
        causes = Counter(watched.wait.cause for watched in self.waits.values())
        counts = ", ".join(f"{number:,} {cause}" for cause, number in causes.most_common())
        self._write(f"Still waiting: {len(ages):,} at once, the longest for {elapsed(max(ages.values()))}: {counts}")

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Write about waits that go on, once in each period, while the body runs."""
        ticking = asyncio.create_task(self._tick_on())
        try:
            yield
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking
            self._write_unannounced()

    async def _tick_on(self) -> None:
        while True:
            await self.clock.sleep(PERIOD)
            self.tick()

    def _announce(self, now: Watched) -> None:
        # Parts of one reading wait at the same time: equal lines would say nothing more.
        announced = (other.wait for other in self.waits.values() if other.announced)
        if not now.announced and any(_same(wait, now.wait) for wait in announced):
            return
        if self._room == 0:
            self._unannounced += 1
            return
        self._room -= 1
        self.waits[now.wait.key] = replace(now, announced=True)
        most = "" if now.wait.most is None or now.wait.most < PERIOD else f", at most {elapsed(now.wait.most)}"
        self._write(f"Waiting: {_words(now.wait)}{most}")

    def _write_unannounced(self) -> None:
        if self._unannounced:
            self._write(f"Waiting: {self._unannounced:,} more in the meantime")
        self._unannounced = 0

    def _age(self, watched: Watched) -> float:
        return self.clock.now() - watched.since


class _Live(ProgressLine):
    """A progress display of one line with a spinner and the elapsed time."""

    def __init__(self, clock: Clock) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bars
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.table import Column

        super().__init__(clock)
        self.bars = Bars(
            SpinnerColumn(),
            # On a narrow terminal the end of the text is left out, and not the spinner and the elapsed time.
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, ratio=1)),
            TimeElapsedColumn(),
            # rich moves the cursor, which a guarded stream would escape; texts are escaped by ``visible`` instead.
            console=Console(file=bare(sys.stderr)),
            expand=True,
            # Removed at the end: the result follows on the same terminal.
            transient=True,
        )
        self._line = self.bars.add_task("Starting", total=None)
        self._counts: dict[str, int] = {}
        self._ended = 0

    def read(self, target: str, count: int) -> None:
        self._counts[target] = count
        counts = ", ".join(f"{name} {n}" for name, n in sorted(self._counts.items()))
        self.say(f"Reading live state: {counts}")

    def event(self, event: "Event") -> None:
        from trueup.apply.context import Finished, Sending, Started

        match event:
            case Started(identity):
                self.say(f"Applying: {self._ended} done, now {identity}")
            case Sending(identity, actions):
                self.say(f"Applying: {self._ended} done, sending {len(actions)} to {identity}")
            case WaitBegan(wait):
                minutes, seconds = divmod(int(self.clock.now() - self.began(wait).since), 60)
                self.say(f"Waiting {minutes}:{seconds:02} for {_words(wait)}")
            case WaitEnded(key):
                self.waits.pop(key)
            case Finished(outcome):
                self._ended += 1
                self.say(f"Applying: {self._ended} done, {outcome.identity} {outcome.status}")

    def say(self, text: str) -> None:
        self.bars.update(self._line, description=visible(text))

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        self.bars.reset(self._line)
        with self.bars:
            yield


def progress_for(common: RunOptions, clock: Clock) -> ProgressLine:
    """Return a progress display: one line on a terminal, lines about waits elsewhere, nothing with ``--quiet``."""
    if common.quiet:
        return ProgressLine(clock)
    return _Live(clock) if sys.stderr.isatty() else WaitLog(clock, write_line)


def write_line(line: str) -> None:
    """Write a line to standard error."""
    # Looked up for each line: tests and an embedding command replace the stream.
    sys.stderr.write(f"{visible(line)}\n")
    # At once: the reader of a log wants to know now why nothing happens.
    sys.stderr.flush()


def _same(one: Wait, other: Wait) -> bool:
    return (one.subject, one.cause) == (other.subject, other.cause)


def _words(wait: Wait) -> str:
    return f"{wait.subject}: {wait.cause}{f' ({wait.detail})' if wait.detail else ''}"
