"""Take SIGINT and SIGTERM wherever a run is, so that it ends with one result and the status of an interruption.

While a run works, a signal raises KeyboardInterrupt. While its result is put into words, a first signal is only noted,
and the result says so. Once the result is out, there is nothing left to interrupt. This module imports next to nothing:
it comes before everything else.
"""

import os
import signal
import sys
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
SOON = 0.001
"""Seconds after which an interruption is raised once more that something has swallowed."""

WORKING, HOLDING, WRITING, OVER = range(4)


class _Run:
    """Where the run is, and how many signals came while its result was held."""

    caught = False
    stage = WORKING
    noted = 0
    interrupted = False


def catch_signals() -> None:
    """Take both signals from now on; calling it again changes nothing."""
    if _Run.caught:
        return
    _Run.caught = True
    for number in _SIGNALS:
        signal.signal(number, _take)
    signal.signal(signal.SIGALRM, _take)
    usual = sys.unraisablehook

    def again(swallowed: "sys.UnraisableHookArgs") -> None:
        # Python raises it in whatever runs, a finalizer too, which cannot pass it on.
        if issubclass(swallowed.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, SOON)
        else:
            usual(swallowed)

    sys.unraisablehook = again
    os.register_at_fork(after_in_child=_let_go)


def begin() -> None:
    """Begin a run: signals interrupt it."""
    _Run.stage, _Run.noted, _Run.interrupted = WORKING, 0, False


def hold() -> None:
    """Keep what was done from being lost: from now on a first signal is only noted. A second one still interrupts."""
    _Run.stage = max(_Run.stage, HOLDING)


def noted() -> bool:
    """Say whether a signal came since :func:`hold`."""
    return _Run.noted > 0


def is_interrupted() -> bool:
    """Say whether a signal has raised KeyboardInterrupt."""
    return _Run.interrupted


def write() -> None:
    """Begin to write the result: nothing else is written after it. A second signal still interrupts."""
    _Run.stage = max(_Run.stage, WRITING)


def is_writing() -> bool:
    """Say whether the result is out, or on its way out."""
    return _Run.stage >= WRITING


def end() -> None:
    """Take no signals any more: the result is out."""
    _Run.stage = OVER


def ignore_signals() -> None:
    """Let the interpreter end by itself."""
    for number in (*_SIGNALS, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


def _take(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what Python hands over
    if _Run.stage == OVER:
        return
    if _Run.stage != WORKING:
        _Run.noted += 1
        if _Run.noted == 1:
            return
    _Run.interrupted = True
    raise KeyboardInterrupt


def _let_go() -> None:
    """Leave a copy of this process, which only helps, to what a signal does by itself."""
    for number in _SIGNALS:
        if signal.getsignal(number) is _take:
            signal.signal(number, signal.SIG_DFL)
