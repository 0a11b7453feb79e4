"""Waits of a run as events: what waits, and for what. An observer adds the time that has passed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

TOO_MANY_REQUESTS: Final = 429
"""The HTTP status that a platform answers before it looks at a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What a resource or request waits for.

    ``subject`` is the resource or the request. ``cause`` is one of a few short texts, by which waits are counted, and
    ``detail`` says more about it, or is empty. ``most`` is the time in seconds after which the wait ends at the latest,
    None if that is not known. A wait with the ``key`` of an earlier one is the same wait with another cause or detail.
    """

    key: object
    subject: str
    cause: str
    detail: str = ""
    most: float | None = None


@dataclass(frozen=True, slots=True)
class WaitBegan:
    """The event that a wait began, or that it goes on for another cause."""

    wait: Wait


@dataclass(frozen=True, slots=True)
class WaitEnded:
    """The event that the wait with this key ended."""

    key: object


OnWait = Callable[[WaitBegan | WaitEnded], None]


class Say(Protocol):
    """A function that says what is waited for."""

    def __call__(self, cause: str, detail: str = "", *, most: float | None = None) -> None:
        """Report a cause; see :class:`Wait`."""
        ...


@contextmanager
def waiting(on_wait: OnWait, subject: str) -> Iterator[Say]:
    """Yield a function that reports what ``subject`` waits for; the wait ends with the block.

    Without a call of that function there was no wait, and nothing is reported.
    """
    key, said = object(), False

    def say(cause: str, detail: str = "", *, most: float | None = None) -> None:
        nonlocal said
        said = True
        on_wait(WaitBegan(Wait(key=key, subject=subject, cause=cause, detail=detail, most=most)))

    try:
        yield say
    finally:
        if said:
            on_wait(WaitEnded(key))


def ignore(_: object) -> None:
    """Ignore an event."""


def cause_of(status: int | None) -> str:
    """Return why a request is sent again after an answer with this HTTP status, None for no answer."""
    return "throttled" if status == TOO_MANY_REQUESTS else "retry"
