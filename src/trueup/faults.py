"""Put a fault of trueup into words, and hand it to what shows tracebacks.

A fault is an exception that no part of trueup raises on purpose. It costs the resource that it came up at, and no
other; its text says what to report. This module does no output: what shows tracebacks is added by the command line.
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
    """Call a function with every fault that is put into words from now on; watching twice changes nothing."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def fault_text(error: BaseException, doing: str) -> str:
    """Return a sentence or two for a fault that came up while ``doing`` something (``planning a resource``).

    It names what a report needs: the version, what was done, the exception and the place in the code.
    """
    for watcher in _watchers:
        # A traceback that cannot be written must not hide the fault.
        with suppress(Exception):
            watcher(error)
    cause = _innermost(error)
    what = f"{type(cause).__name__}{_said(cause)}{_place(cause)}"
    return (
        f"A fault of trueup {__version__} while {doing}: {what}. Please report this text, with the traceback that "
        f"--debug shows, at {WHERE_TO}."
    )


def _innermost(error: BaseException) -> BaseException:
    """Return the first exception of a group, which alone says what happened."""
    return _innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _said(error: BaseException) -> str:
    try:
        text = " ".join(hide_secrets(str(error)).split())
    except Exception:  # noqa: BLE001 - a fault in the text of a fault must not hide it
        return ""
    return f": {text[:_SHOWN]}" if text else ""


def _place(error: BaseException) -> str:
    """Return the file and line of trueup's own code in which it came up, empty when there is none."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename.replace("\\", "/")
        if _PACKAGE in file:
            place = f" ({file.rpartition(_PACKAGE)[2]}:{trace.tb_lineno})"
        trace = trace.tb_next
    return place
