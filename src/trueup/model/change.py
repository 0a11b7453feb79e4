"""Pair an action with the difference that asked for it, and a finding with the place it speaks of."""

from dataclasses import dataclass
from enum import StrEnum

from trueup.model.action import FieldAction, Reason
from trueup.model.field import Risk
from trueup.model.value import LiveValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Hold one difference and the one action that removes it.

    ``before`` and ``after`` are of the smallest thing the action changes: the field, the member (as text), or the
    element (its attributes as ``Parts``). ``stage`` counts requests from 0: actions of one stage travel together, and
    each stage is verified before the next.
    """

    action: FieldAction
    before: LiveValue
    after: LiveValue
    reason: Reason
    risk: Risk = Risk.ROUTINE
    stage: int = 0


class Level(StrEnum):
    """Grade a finding of the plan."""

    BLOCKED = "blocked"
    """The desired state cannot be reached; nothing is sent for the resource."""
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Tell people something about one field (``path``, dotted below spec) or, with an empty path, about the resource.

    ``code`` is stable and documented; ``message`` is one or two sentences that say what is so and what to do.
    """

    level: Level
    code: str
    message: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold what the comparison of one resource found, actions in the order in which they are to be sent."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
