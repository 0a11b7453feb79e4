"""Order the requests of one resource: removals that must come first, then fields, then actions that start a process.

Each request is verified before the next is sent.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import IntEnum

from trueup.model.action import Change


class Phase(IntEnum):
    """The requests that one resource can need, in their order.

    While changes are collected, their ``stage`` is a phase; :func:`number` converts phases to stages.
    """

    CLEAR_WAY = 0
    """Removals that must not be in the same request as an ADD (``origin-api.md`` section 4.2)."""
    FIELDS = 1
    CONFIRMED = 2
    """Removals of elements that the platform may treat as the same as an added one: see ``same_element``."""
    PROCESS = 3
    LAST = 4
    """The same, after the actions that start a process, and removals that may affect an element that should stay."""


def number(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Sort changes by phase, keep the order within each, and number the phases that occur from 0."""
    ordered = sorted(changes, key=lambda change: change.stage)
    # Phases that do not occur cost no request.
    stages = {phase: stage for stage, phase in enumerate(dict.fromkeys(change.stage for change in ordered))}
    # Replaced even if phase and stage are equal: a plan has plain numbers, as in its file, and no Phase.
    return tuple(replace(change, stage=stages[change.stage]) for change in ordered)
