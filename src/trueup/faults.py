"""Describe faults of trueup, and pass them to the code that shows tracebacks.

A fault is an exception that no part of trueup raises on purpose: a bug. It fails the resource at which it occurred, and
no other; its text says what to report. This module prints nothing: the command line registers a watcher that shows
tracebacks.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from trueup import __version__
from trueup.model.url_secrets import hide_secrets

_SHOWN: Final = 200
"""Characters of an exception's own text that are shown."""

WHERE_TO: Final = "https://github.com/trueup/trueup/issues"

_PACKAGE: Final = "/trueup/"

Watcher = Callable[[BaseException], None]
_watchers: list[Watcher] = []


def watch(watcher: Watcher) -> None:
    """Call ``watcher`` with every fault that is described from now on; registering it twice has no effect."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def fault_text(error: BaseException, doing: str) -> str:
    """Return the message for a fault that occurred while ``doing`` something (``planning a resource``).

    It names what a bug report needs: the version, what was being done, the exception and the line of code.
    """
    for watcher in _watchers:
        # A traceback that cannot be written must not hide the fault.
        with suppress(Exception):
            watcher(error)
    cause = _innermost(error)
    what = f"{type(cause).__name__}{_exception_text(cause)}{_place(cause)}"
    return (
        f"A fault of trueup {__version__} while {doing}: {what}. Please report this text, with the traceback that "
        f"--debug shows, at {WHERE_TO}."
    )


def _innermost(error: BaseException) -> BaseException:
    """Return the first exception inside a group: the text of the group itself does not say what happened."""
    return _innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _exception_text(error: BaseException) -> str:
    try:
        text = " ".join(hide_secrets(str(error)).split())
    except Exception:  # noqa: BLE001 - an exception in __str__ must not hide the fault
        return ""
    return f": {text[:_SHOWN]}" if text else ""


def _place(error: BaseException) -> str:
    """Return the innermost file and line of trueup's own code in the traceback, empty when there is none."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename.replace("\\", "/")
        if _PACKAGE in file:
            place = f" ({file.rpartition(_PACKAGE)[2]}:{trace.tb_lineno})"
        trace = trace.tb_next
    return place
