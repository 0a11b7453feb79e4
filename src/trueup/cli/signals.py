"""SIGINT and SIGTERM: at any time, a run ends with one result and the status of an interruption.

While a run works, a signal raises KeyboardInterrupt. While the result is rendered, the first signal is only recorded,
and becomes part of the result. After the result is printed, signals are ignored. This module is imported before all
others, so it imports almost nothing.
"""

import os
import signal
import sys
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
SOON = 0.001
"""Seconds after which a KeyboardInterrupt that was swallowed is raised again."""

WORKING, HOLDING, WRITING, OVER = range(4)


class _Run:
    """The stage of the run, and the number of signals since its result was held."""

    caught = False
    stage = WORKING
    noted = 0
    interrupted = False


def catch_signals() -> None:
    """Install the handlers of both signals; a second call does nothing."""
    if _Run.caught:
        return
    _Run.caught = True
    for number in _SIGNALS:
        signal.signal(number, _on_signal)
    # SIGALRM is our own: it raises a swallowed interruption again.
    signal.signal(signal.SIGALRM, _on_signal)
    usual = sys.unraisablehook

    def again(swallowed: "sys.UnraisableHookArgs") -> None:
        # The handler may run inside a finalizer, whose exceptions Python discards. Raise again a moment later.
        if issubclass(swallowed.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, SOON)
        elif not _Run.interrupted:
            # The garbage collector closes coroutines that an interruption left unfinished, and outside of the event
            # loop they cannot close their connections.
            usual(swallowed)

    sys.unraisablehook = again
    os.register_at_fork(after_in_child=_restore_defaults)


def begin() -> None:
    """Begin a run: signals interrupt it."""
    _Run.stage, _Run.noted, _Run.interrupted = WORKING, 0, False


def hold() -> None:
    """Protect the result: from now on the first signal is only recorded. A second one still interrupts."""
    # max: a later call must not reopen a stage that is over.
    _Run.stage = max(_Run.stage, HOLDING)


def noted() -> bool:
    """Return whether a signal has arrived since :func:`hold`."""
    return _Run.noted > 0


def is_interrupted() -> bool:
    """Return whether a signal has raised KeyboardInterrupt."""
    return _Run.interrupted


def write() -> None:
    """Begin to print the result, after which nothing else is printed. A second signal still interrupts."""
    _Run.stage = max(_Run.stage, WRITING)


def is_writing() -> bool:
    """Return whether the result is printed or being printed."""
    return _Run.stage >= WRITING


def end() -> None:
    """End the run: the result is printed, and signals no longer interrupt."""
    _Run.stage = OVER


def ignore_signals() -> None:
    """Ignore all signals while the interpreter exits."""
    for number in (*_SIGNALS, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


def _on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what Python hands over
    if _Run.stage == OVER:
        return
    if _Run.stage != WORKING:
        # The first signal lets the result be printed. A second one means that printing hangs.
        _Run.noted += 1
        if _Run.noted == 1:
            return
    _Run.interrupted = True
    raise KeyboardInterrupt


def _restore_defaults() -> None:
    """Restore the default handlers in a forked child, which has no result to report."""
    for number in _SIGNALS:
        if signal.getsignal(number) is _on_signal:
            signal.signal(number, signal.SIG_DFL)
