"""Hold what an apply did, resource by resource; the exit status is computed from these and nothing else."""

from dataclasses import dataclass, field
from enum import StrEnum

from trueup.model.action import Action, FieldAction
from trueup.model.identity import Identity
from trueup.model.position import Position
from trueup.model.value import LiveValue


class Status(StrEnum):
    """Say how one resource ended."""

    APPLIED = "applied"
    REBASED = "rebased"
    """Applied, after live had moved without touching what was planned."""
    UNCHANGED = "unchanged"
    STALE = "stale"
    """Live moved in a way that changes the plan; nothing was sent for it since."""
    BLOCKED = "blocked"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """A write's answer was lost and reading did not settle it."""
    SKIPPED = "skipped"
    """Not begun: the run was stopped, or its target failed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReport:
    """Compare one field over time: at planning, now, and as wanted. Used for stale and for verify reports alike."""

    path: str
    planned: LiveValue
    now: LiveValue
    wanted: LiveValue
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Hold how one resource ended.

    ``done`` are the actions that are known to have taken effect, ``left`` those of the plan that have not (or may
    not have). ``message`` says in one sentence what happened, empty when the status says it all; ``details`` are the
    platform's own words. ``fields``: a stale resource's moved fields, or what the platform dropped or normalised.
    Only the journal keeps the rest. ``remote_id`` is the platform's own id as it was seen last, empty where it was not;
    ``kept`` is what the platform keeps under keys of its own (:mod:`trueup.plan.kept`); ``settled`` is the version of a
    draft at which process actions of this run alone make it look changed since it was published.
    """

    identity: Identity
    status: Status
    position: Position
    message: str = ""
    details: tuple[str, ...] = ()
    done: tuple[Action, ...] = ()
    left: tuple[Action, ...] = ()
    fields: tuple[FieldReport, ...] = ()
    requests: int = 0
    remote_id: str = field(default="", compare=False)
    kept: tuple[FieldAction, ...] = field(default=(), compare=False)
    settled: int | None = field(default=None, compare=False)
