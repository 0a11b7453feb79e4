"""Show progress on standard error, on a terminal only."""

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
    """Take progress and show nothing; what a pipe, a log or ``--quiet`` gets."""

    def read(self, target: str, count: int) -> None:
        """Note that ``count`` resources of a target have been read so far."""

    def event(self, event: "Event") -> None:
        """Note what the apply tells."""

    def say(self, text: str) -> None:
        """Show a line about what is under way."""


class _Live(ProgressLine):
    """Show one changing line with a spinner and the elapsed time."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bars
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

        self.bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            # The cursor is moved here, so the stream is bare; what is shown goes through ``visible``.
            console=Console(file=bare(sys.stderr)),
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
                self.say(f"Awaiting {type(action).__name__} of {identity}: {state}, {minutes}:{seconds:02}")
            case Finished(outcome):
                self._ended += 1
                self.say(f"Applying: {self._ended} done, {outcome.identity} {outcome.status}")

    def say(self, text: str) -> None:
        self.bars.update(self._line, description=visible(text))


@contextmanager
def progress_for(common: RunOptions) -> Iterator[ProgressLine]:
    """Give the progress display that fits: a live line on a terminal, else nothing."""
    if common.quiet or not sys.stderr.isatty():
        yield ProgressLine()
        return
    live = _Live()
    with live.bars:
        yield live
