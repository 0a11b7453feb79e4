"""Hold what every resource of one run works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from trueup.apply.interrupt import StopSignal
from trueup.apply.journal import Journal
from trueup.apply.permits import Permits
from trueup.model.action import Action
from trueup.model.clock import Clock
from trueup.model.identity import Identity
from trueup.model.reader import Reader
from trueup.model.run import Outcome
from trueup.model.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """Hold the bounds of an apply.

    ``concurrency``: writes side by side; almost as many resources more may be getting ready, or looking at an answer.
    ``batch``: how many of these writes may share a request where the platform takes several in one. ``rounds``: how
    often one resource is planned again because live moved or an answer was lost. ``readback_seconds``: how long a
    platform without versions may take to show a write, both after an accepted one and after one whose answer was lost.
    ``wait``: await the end of previews and publishing; ``wait_seconds``: for how long, None for what each of them
    usually takes at most. ``saved``: the plan comes from a file, so that live is read and compared before a resource is
    first written to, whatever version the file names.
    """

    concurrency: int = 4
    batch: int = 1
    rounds: int = 5
    readback_seconds: float = 15.0
    wait: bool = True
    wait_seconds: float | None = None
    saved: bool = False


DEFAULT_OPTIONS: Final = ApplyOptions()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyContext:
    """Hold the ways to the targets, by their names, and how to go about the work."""

    readers: Mapping[str, Reader]
    writers: Mapping[str, Writer]
    journal: Journal
    clock: Clock
    options: ApplyOptions
    on_event: OnEvent
    stop: StopSignal
    permits: Permits
