"""The options, the events and the context of one run, which all of its resources share."""

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
from trueup.model.wait import WaitBegan, WaitEnded
from trueup.model.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """The options of an apply.

    * ``concurrency``: how many requests may be in progress at the same time; see
      :class:`~trueup.apply.permits.Permits`.
    * ``batch``: how many updates may share a request, if the platform accepts batches.
    * ``rounds``: how often one resource is planned again because live changed or an answer was lost.
    * ``readback_seconds``: how long a platform without versions may take to show a write, whether it was accepted or
      its answer was lost.
    * ``wait``: wait for previews and publishing to end; ``wait_seconds``: for how long, None for the usual maximum of
      each process.
    * ``saved``: the plan comes from a file, so live is read and compared before a resource is first written to,
      whatever version the file names.
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
    """The event that work on a resource starts."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class Sending:
    """The event that a write with these actions is about to be sent."""

    identity: Identity
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The event that a resource ended."""

    outcome: Outcome


Event = Started | Sending | WaitBegan | WaitEnded | Finished
OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyContext:
    """Readers and writers by target name, and everything else that the resources of one run share."""

    readers: Mapping[str, Reader]
    writers: Mapping[str, Writer]
    journal: Journal
    clock: Clock
    options: ApplyOptions
    on_event: OnEvent
    stop: StopSignal
    permits: Permits
