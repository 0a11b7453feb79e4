"""Order the requests of one resource: what must be gone first, then the fields, then what starts a process.

Each is verified before the next is sent.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import IntEnum

from trueup.model.action import Change


class Phase(IntEnum):
    """Name the requests that one resource can need, in their order.

    While changes are collected, their ``stage`` holds a phase; :func:`number` turns phases into stages.
    """

    CLEAR_WAY = 0
    """Removals that an ADD of the same resource must not meet in one request (``origin-api.md`` section 4.2)."""
    FIELDS = 1
    CONFIRMED = 2
    """Removals of what may be the same, to the platform, as an element that is added before: see ``same_element``."""
    PROCESS = 3
    LAST = 4
    """The same behind what starts a process."""


def number(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Sort changes by phase, keeping the order within each, and count the phases that occur from 0."""
    ordered = sorted(changes, key=lambda change: change.stage)
    stages = {phase: stage for stage, phase in enumerate(dict.fromkeys(change.stage for change in ordered))}
    # Also where phase and stage are the same number: a plan holds plain numbers, as its file does.
    return tuple(replace(change, stage=stages[change.stage]) for change in ordered)
