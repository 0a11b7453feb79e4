"""What an apply puts on record: each write before and after it is sent, how each resource ended, and the whole run.

The five records are the lines of a journal, in order, with the members of a line as their fields
(``schemas/journal.schema.json``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from trueup.model.action import Action, Create, FieldAction
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
    ``kept`` is what the platform keeps under keys of its own (:mod:`trueup.plan.fallbacks`); ``settled`` is the version
    of a draft at which process actions of this run alone make it look changed since it was published.
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


JOURNAL_VERSION: Final = 4
"""The version of a journal's lines. Version 1 had no seals (:mod:`trueup.apply.seal`). Up to version 2 an outcome had
no ``remoteId`` and ``unseen``, up to version 3 no ``kept`` and ``settled``.
"""

_TELLS_NOTHING: Final = frozenset({Status.UNKNOWN, Status.FAILED, Status.SKIPPED})
"""Endings after which a write of an earlier run is as open as before."""


class Ending(StrEnum):
    """How a write ended."""

    APPLIED = "applied"
    FAILED = "failed"
    """It was certainly not taken."""
    UNKNOWN = "unknown"
    """It may have been taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One write that is about to be sent; ``version`` is the precondition it carries, None where there is none."""

    identity: Identity
    actions: tuple[Action, ...]
    remote_id: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a write ended; ``version`` is the one that the answer showed."""

    ending: Ending
    message: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """The first line: the run's name, the plan's hash, how many resources it has, and the process that applies it."""

    format_version: int = JOURNAL_VERSION
    at: str
    run: str
    plan: str
    resources: int
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRecord:
    """A write, before it is sent."""

    at: str
    number: int
    identity: Identity
    actions: tuple[Action, ...]
    remote_id: str
    version: int | None

    @property
    def intent(self) -> Intent:
        """Return the write."""
        return Intent(identity=self.identity, actions=self.actions, remote_id=self.remote_id, version=self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingRecord:
    """How the write of this number ended; a later one of the same number settles an unknown ending."""

    at: str
    number: int
    ending: Ending
    message: str
    version: int | None

    @property
    def ended(self) -> Ended:
        """Return the ending."""
        return Ended(ending=self.ending, message=self.message, version=self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecord:
    """How a resource ended; ``unseen`` are the paths that were sent and that the platform does not return.

    ``kept`` and ``settled`` are as in :class:`~trueup.model.run.Outcome`.
    """

    at: str
    identity: Identity
    status: Status
    message: str
    done: tuple[Action, ...]
    left: tuple[Action, ...]
    remote_id: str = ""
    unseen: tuple[str, ...] = ()
    kept: tuple[FieldAction, ...] = ()
    settled: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRecord:
    """The last line: the number of resources of each status."""

    at: str
    statuses: Mapping[Status, int]


Record = RunRecord | IntentRecord | EndingRecord | OutcomeRecord | EndRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write of a run; ``ended`` is None when the run did not live to see its end."""

    number: int
    at: str
    intent: Intent
    ended: Ended | None = None

    @property
    def open(self) -> bool:
        """Return whether it is not known if it was taken."""
        return self.ended is None or self.ended.ending is Ending.UNKNOWN

    @property
    def creates(self) -> bool:
        """Return whether it created the resource, as far as is known."""
        creation = any(isinstance(action, Create) for action in self.intent.actions)
        return creation and (self.open or (self.ended is not None and self.ended.ending is Ending.APPLIED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as its journal tells it.

    ``distrusted`` says why nothing may follow from it, and is empty when its journal is evidence; ``unreadable``:
    whether it would be is not known.
    ``ended`` is empty when the run did not come to its end. ``damaged`` says what of the file could not be read; a
    last line that is cut off is no damage but how a killed run ends. ``settled`` names, by resource, the first later
    run that tells how a resource ended of which this run does not know it.
    """

    id: str
    started: str
    ended: str = ""
    plan: str = ""
    resources: int = 0
    pid: int = 0
    writes: tuple[Write, ...] = ()
    outcomes: tuple[OutcomeRecord, ...] = ()
    statuses: Mapping[Status, int]
    damaged: str = ""
    distrusted: str = ""
    unreadable: bool = False
    settled: Mapping[Identity, str] = field(default_factory=dict)

    @property
    def open(self) -> tuple[Write, ...]:
        """Return the writes after which neither this run nor a later one knows how their resource ended."""
        known = self.told | self.settled.keys()
        return tuple(write for write in self.writes if write.open and write.intent.identity not in known)

    @property
    def told(self) -> frozenset[Identity]:
        """Return the resources of which this run tells how they ended."""
        return frozenset(outcome.identity for outcome in self.outcomes if outcome.status not in _TELLS_NOTHING)
