"""Name what an apply tells while it runs: for progress on a terminal, never for results."""

from collections.abc import Callable
from dataclasses import dataclass

from trueup.model.action import Action
from trueup.model.identity import Identity
from trueup.model.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Started:
    """Say that work on a resource begins."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class Sending:
    """Say that a write with these actions is on its way."""

    identity: Identity
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Say that the platform is at work on a process action, since ``elapsed`` seconds, and in which state it is."""

    identity: Identity
    action: Action
    state: str
    elapsed: float


@dataclass(frozen=True, slots=True)
class Finished:
    """Say how a resource ended."""

    outcome: Outcome


Event = Started | Sending | Waiting | Finished
OnEvent = Callable[[Event], None]


def ignore(_: Event) -> None:
    """Take an event and do nothing, where nobody watches."""
