"""Seams where a test puts in a faulty part, to see whether the simulation notices it."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from trueup.apply.interrupt import StopSignal
from trueup.apply.journal import Journal
from trueup.model.plan import Plan
from trueup.model.reader import Reader
from trueup.model.run import Outcome
from trueup.model.writer import Writer
from trueup.plan.fallbacks import Memory
from trueup.plan.three_way import Since


@dataclass(frozen=True, slots=True, kw_only=True)
class Seams:
    """What wraps each part of trueup; by default nothing does.

    A writer's wrapper gets the target's reader too, that of the memory the outcomes of all attempts before.
    """

    reader: Callable[[Reader], Reader] = lambda reader: reader
    writer: Callable[[Writer, Reader], Writer] = lambda writer, _: writer
    transport: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = lambda transport: transport
    journal: Callable[[Journal], Journal] = lambda journal: journal
    since: Callable[[Since], Since | None] = lambda since: since
    stop: Callable[[], StopSignal] = StopSignal
    plan: Callable[[Plan], Plan] = lambda plan: plan
    memory: Callable[[Memory, tuple[Outcome, ...]], Memory] = lambda memory, _: memory


NOTHING_PLANTED = Seams()
