"""Show the tracebacks of faults, also of those that cost one resource and not the run."""

import sys
from traceback import format_exception

from trueup.faults import watch
from trueup.report.visible import visible


def show_tracebacks() -> None:
    """Write the traceback of every fault to standard error from now on; calling it again changes nothing."""
    watch(_show)


def _show(error: BaseException) -> None:
    """Write a traceback line by line, without anything that a terminal acts on."""
    lines = "".join(format_exception(error)).splitlines()
    sys.stderr.writelines(f"{visible(line)}\n" for line in lines)
