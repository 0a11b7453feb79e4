"""Run the asynchronous part of a command."""

import asyncio
import gc
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from trueup.cli import signals

T = TypeVar("T")

_YOUNG: Final = 50_000
"""How many objects may be new before the collector looks at them.

A run makes many that stay and few that go in circles. With Python's own 700 the collector walks through all of a large
plan again and again: a fifth of the time.
"""


def run_loop(work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` returns; raises what it raises."""
    found: list[T] = []

    async def keep() -> None:
        asyncio.get_running_loop().set_exception_handler(_unless_interrupted)
        found.append(await work)

    with _patient_collector():
        # The task itself must have no result: on its way out, asyncio asks for the signal handler that it had set, and
        # that puts the task with its whole result into words, twice. For a large plan that takes as long as planning.
        asyncio.run(keep())
    return found[0]


def _unless_interrupted(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what asyncio finds amiss, but for the tasks that an interruption leaves behind."""
    if not signals.is_interrupted():
        loop.default_exception_handler(context)


def leave_to_the_end() -> None:
    """Let the collector leave alone what is there by now: it stays until the loop ends. For what runs in the loop."""
    gc.freeze()


@contextmanager
def _patient_collector() -> Iterator[None]:
    """Let the collector leave alone what was read before, and look less often at what comes."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
