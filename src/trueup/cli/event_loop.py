"""Run the asynchronous part of a command."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from trueup.cli import signals

_T = TypeVar("_T")


def run_loop(work: Coroutine[Any, Any, _T]) -> _T:
    """Return what ``work`` returns; raises what it raises."""
    found: list[_T] = []

    async def keep() -> None:
        asyncio.get_running_loop().set_exception_handler(_unless_interrupted)
        found.append(await work)

    # The task itself must have no result: on its way out, asyncio asks for the signal handler that it had set, and
    # that formats the task with its whole result, twice. For a large plan that takes as long as planning.
    asyncio.run(keep())
    return found[0]


def _unless_interrupted(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what asyncio finds amiss, but for the tasks that an interruption leaves behind."""
    if not signals.is_interrupted():
        loop.default_exception_handler(context)
