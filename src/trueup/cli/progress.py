"""The progress display on standard error, on a terminal only."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trueup.cli.options import RunOptions
from trueup.cli.streams import bare
from trueup.report.safe_text import visible

if TYPE_CHECKING:
    from trueup.apply.context import Event


class ProgressLine:
    """A progress display that shows nothing: for pipes, logs and ``--quiet``."""

    def read(self, target: str, count: int) -> None:
        """Show that ``count`` resources of a target have been read so far."""

    def event(self, event: "Event") -> None:
        """Show an event of an apply."""

    def say(self, text: str) -> None:
        """Show a line about the current step."""


class _Live(ProgressLine):
    """A progress display of one line with a spinner and the elapsed time."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bars
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

        self.bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            # rich moves the cursor, which a guarded stream would escape; texts are escaped by ``visible`` instead.
            console=Console(file=bare(sys.stderr)),
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
        from trueup.apply.context import Finished, Sending, Started, Waiting

        match event:
            case Started(identity):
                self.say(f"Applying: {self._ended} done, now {identity}")
            case Sending(identity, actions):
                self.say(f"Applying: {self._ended} done, sending {len(actions)} to {identity}")
            case Waiting(identity, action, state, elapsed):
                minutes, seconds = divmod(int(elapsed), 60)
                self.say(f"Waiting for {type(action).__name__} of {identity}: {state}, {minutes}:{seconds:02}")
            case Finished(outcome):
                self._ended += 1
                self.say(f"Applying: {self._ended} done, {outcome.identity} {outcome.status}")

    def say(self, text: str) -> None:
        self.bars.update(self._line, description=visible(text))


@contextmanager
def progress_for(common: RunOptions) -> Iterator[ProgressLine]:
    """Yield a progress display: one line on a terminal, else nothing."""
    if common.quiet or not sys.stderr.isatty():
        yield ProgressLine()
        return
    live = _Live()
    with live.bars:
        yield live
