"""Hold what every resource of one run works with."""

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.apply.events import OnEvent
from trueup.apply.interrupt import StopSignal
from trueup.apply.journal import Journal
from trueup.apply.options import ApplyOptions
from trueup.apply.slots import Slots
from trueup.model.clock import Clock
from trueup.model.reader import Reader
from trueup.model.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Hold the ways to the targets, by their names, and how to go about the work."""

    readers: Mapping[str, Reader]
    writers: Mapping[str, Writer]
    journal: Journal
    clock: Clock
    options: ApplyOptions
    on_event: OnEvent
    stop: StopSignal
    slots: Slots
