"""The asynchronous part of a command."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from trueup.cli import signals

_T = TypeVar("_T")


def run_loop(work: Coroutine[Any, Any, _T]) -> _T:
    """Run ``work`` in a new event loop; return what it returns and raise what it raises."""
    found: list[_T] = []

    async def keep() -> None:
        asyncio.get_running_loop().set_exception_handler(_unless_interrupted)
        found.append(await work)

    # The task returns None, and the result is kept in a list: when asyncio.run restores its signal handler, it formats
    # the task with its result, twice. For a large plan, that takes as long as planning.
    asyncio.run(keep())
    return found[0]


def _unless_interrupted(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report errors that asyncio finds, except for tasks that an interruption left unfinished."""
    if not signals.is_interrupted():
        loop.default_exception_handler(context)
