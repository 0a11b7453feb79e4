"""Read live states again and again until nothing is under way, and show what changes."""

import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from trueup.cli.invocation import this_host
from trueup.cli.options import RunOptions
from trueup.cli.output import Style, style_for
from trueup.cli.progress import write_line
from trueup.cli.streams import bare
from trueup.errors import Refused
from trueup.model.clock import Clock
from trueup.model.overview import Condition, Overview, ResourceStatus
from trueup.report.overview import changed_lines, overview_text

if TYPE_CHECKING:
    from rich.live import Live

    from trueup.apply.seal import Journals


class Show(Protocol):
    """A function that shows an overview and what is new since the one before; None for the first."""

    def __call__(self, before: Overview | None, now: Overview) -> None:
        """Show it."""
        ...


async def watched(read: Callable[[], Awaitable[Overview]], *, clock: Clock, interval: float, show: Show) -> Overview:
    """Read every ``interval`` seconds until nothing is under way; return the last overview.

    One failed reading of a resource does not end the wait for it; a second one in a row does.
    """
    read_before: Overview | None = None
    shown: Overview | None = None
    while True:
        now = await read()
        known = {one.identity: one for one in read_before.resources} if read_before is not None else {}
        patient = replace(now, resources=tuple(_kept(one, known.get(one.identity)) for one in now.resources))
        show(shown, patient)
        if not patient.running:
            return now
        # What was read, not what was kept: otherwise every further failure would be the first one.
        read_before, shown = now, patient
        await clock.sleep(interval)


def _kept(now: ResourceStatus, before: ResourceStatus | None) -> ResourceStatus:
    """Return the state before one failed reading if something was under way then."""
    unread = now.live.condition is Condition.UNREADABLE
    return before if unread and before is not None and before.live.condition is Condition.RUNNING else now


def running_apply(journals: "Journals") -> str:
    """Return the id of the newest run if its process is running on this machine, empty if not. Changes nothing."""
    from trueup.apply.history import names_of, read_runs

    try:
        newest = next(read_runs(journals, reversed(names_of(journals))), None)
    # The folder of another user says nothing, and live states can be read without it.
    except Refused:
        return ""
    is_ours = newest is not None and not (newest.ended or newest.distrusted) and newest.invocation.host == this_host()
    return newest.id if newest is not None and is_ours and _is_alive(newest.pid) else ""


def _is_alive(pid: int) -> bool:
    # A killed run may have had the number that this process has now.
    if pid in {0, os.getpid()}:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


@contextmanager
def watch_display(common: RunOptions, interval: float) -> Iterator[Show]:
    """Yield the function that shows overviews on standard error: a table that changes, or lines in a log."""
    if common.quiet:
        yield lambda before, now: None  # noqa: ARG005 - the names are those of Show
    elif not sys.stderr.isatty():
        yield _write_changes
    else:
        from rich.console import Console
        from rich.live import Live

        # rich moves the cursor, which a guarded stream would escape; the table escapes its texts itself.
        with Live(console=Console(file=bare(sys.stderr)), auto_refresh=False, transient=True) as screen:
            yield partial(_redraw, screen, style_for(common, sys.stderr), interval)


def _write_changes(before: Overview | None, now: Overview) -> None:
    for line in changed_lines(before, now):
        write_line(line)


def _redraw(screen: "Live", look: Style, interval: float, before: Overview | None, now: Overview) -> None:  # noqa: ARG001 - see Show
    """Replace the table on the screen; the last one is the result of the command, and not shown here."""
    from rich.text import Text

    if now.running:
        # A screen has few lines, so resources with nothing under way are only counted.
        table = overview_text(now, width=look.width, color=look.color, steady=False)
        screen.update(Text.from_ansi(f"{table}\nReading again every {interval:g} s. Ctrl-C ends this."), refresh=True)
