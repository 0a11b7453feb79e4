"""What an apply records: each write before and after it is sent, the outcome of each resource, and the run.

The five record classes are the lines of a journal; their fields are the members of a line
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
    """The outcome of one resource."""

    APPLIED = "applied"
    REBASED = "rebased"
    """Applied, after the live resource had changed without affecting the plan."""
    UNCHANGED = "unchanged"
    STALE = "stale"
    """The live resource changed in a way that changes the plan; nothing more was sent for it."""
    UNAPPROVED = "unapproved"
    """No approved plan shows what the plan asks for; nothing was sent for it."""
    BLOCKED = "blocked"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The response to a write was lost, and reading did not show whether it took effect."""
    SKIPPED = "skipped"
    """Not started: the run was stopped, or its target had failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReport:
    """One field when the plan was made, now, and as wanted. Used to report stale resources and verification."""

    path: str
    planned: LiveValue
    now: LiveValue
    wanted: LiveValue
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one resource, with details.

    ``done`` are the actions that are known to have taken effect, ``left`` those of the plan that have not (or may not
    have). ``message`` is one sentence about what happened, empty if the status is enough; ``details`` are the
    platform's own words. ``fields`` are the changed fields of a stale resource, or values that the platform dropped or
    normalized. The other fields are only in the journal: ``remote_id`` is the platform's id as last seen, or empty;
    ``kept`` is what the platform stores under its own keys (:mod:`trueup.plan.fallbacks`); ``settled`` is the version
    of a draft at which only process actions of this run make it look changed since it was published.
    ``correlation_id`` is that of the failed request that a failed or unknown outcome follows from, or empty.
    """

    identity: Identity
    status: Status
    position: Position
    message: str = ""
    details: tuple[str, ...] = ()
    correlation_id: str = ""
    done: tuple[Action, ...] = ()
    left: tuple[Action, ...] = ()
    fields: tuple[FieldReport, ...] = ()
    requests: int = 0
    # Not compared: they do not change what happened, and no report shows them.
    remote_id: str = field(default="", compare=False)
    kept: tuple[FieldAction, ...] = field(default=(), compare=False)
    settled: int | None = field(default=None, compare=False)


JOURNAL_VERSION: Final = 5
"""The version of a journal's lines. Version 1 had no seals (:mod:`trueup.apply.seal`). Up to version 2 an outcome had
no ``remoteId`` and ``unseen``, up to version 3 no ``kept`` and ``settled``. Up to version 4 a run had no
``invocation``, an intent no ``before``, and an ending and an outcome no ``correlationId``.
"""

# With these, the resource may not have been read since the write.
_INCONCLUSIVE: Final = frozenset({Status.UNKNOWN, Status.FAILED, Status.SKIPPED})
"""Statuses that do not resolve an open write of an earlier run."""


class Ending(StrEnum):
    """The result of a write."""

    APPLIED = "applied"
    FAILED = "failed"
    """It certainly had no effect."""
    UNKNOWN = "unknown"
    """It may have taken effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A write before it is sent; ``version`` is its precondition, or None.

    ``before`` has the live value that each action changes; it is empty for a run that did not record them.
    """

    identity: Identity
    actions: tuple[Action, ...]
    before: tuple[LiveValue, ...] = ()
    remote_id: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A write's result; ``version`` is the one in the response, ``correlation_id`` that of a request that failed."""

    ending: Ending
    message: str = ""
    version: int | None = None
    correlation_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """Who started a run, where and how; what is not known is empty.

    ``user`` and ``host`` are those of the operating system. ``actor`` started the CI job ``job``, whose page is
    ``url``. ``command`` is the command line without secrets, ``version`` that of trueup.
    """

    user: str = ""
    host: str = ""
    actor: str = ""
    job: str = ""
    url: str = ""
    commit: str = ""
    command: str = ""
    version: str = ""


UNKNOWN_INVOCATION: Final = Invocation()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """The first line: the run's name, the plan's hash, the number of resources, and the id of the process."""

    format_version: int = JOURNAL_VERSION
    at: str
    run: str
    plan: str
    resources: int
    pid: int
    invocation: Invocation = UNKNOWN_INVOCATION


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRecord:
    """A write, before it is sent."""

    # Flushed to disk before the request, so that a killed run leaves an intent without an ending.
    at: str
    number: int
    identity: Identity
    actions: tuple[Action, ...]
    remote_id: str
    version: int | None
    before: tuple[LiveValue, ...] = ()

    @property
    def intent(self) -> Intent:
        """Return the write."""
        return Intent(
            identity=self.identity,
            actions=self.actions,
            before=self.before,
            remote_id=self.remote_id,
            version=self.version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingRecord:
    """The result of the write with this number; a later record of the same number replaces an unknown result."""

    at: str
    number: int
    ending: Ending
    message: str
    version: int | None
    correlation_id: str = ""

    @property
    def ended(self) -> Ended:
        """Return the result."""
        return Ended(ending=self.ending, message=self.message, version=self.version, correlation_id=self.correlation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecord:
    """The outcome of a resource; ``unseen`` are paths that were sent and that the platform does not return.

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
    correlation_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRecord:
    """The last line: the number of resources of each status."""

    at: str
    statuses: Mapping[Status, int]


def _found_nothing(outcome: OutcomeRecord) -> bool:
    """Return whether a resource was not there and its creation was held back: an earlier one may still arrive."""
    return any(isinstance(action, Create) for action in outcome.left)


Record = RunRecord | IntentRecord | EndingRecord | OutcomeRecord | EndRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write of a run; ``ended`` is None if the run ended before the write did."""

    number: int
    at: str
    intent: Intent
    ended: Ended | None = None

    @property
    def open(self) -> bool:
        """Return whether it is unknown if the write took effect."""
        return self.ended is None or self.ended.ending is Ending.UNKNOWN

    @property
    def creates(self) -> bool:
        """Return whether the write created the resource, or may have."""
        creation = any(isinstance(action, Create) for action in self.intent.actions)
        return creation and (self.open or (self.ended is not None and self.ended.ending is Ending.APPLIED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as recorded in its journal.

    ``distrusted`` is the reason why the journal is not used as evidence, empty if it is. ``unreadable``: it could not
    be determined whether the journal can be trusted. ``ended`` is empty if the run was interrupted. ``damaged`` is the
    part of the file that could not be read; a truncated last line is not damage, as a killed run leaves one.
    ``settled`` names, for each resource whose outcome this run does not know, the first later run that knows it.
    ``invocation`` is who started it, where and how.
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
    invocation: Invocation = UNKNOWN_INVOCATION

    @property
    def open(self) -> tuple[Write, ...]:
        """Return the open writes to resources whose outcome neither this run nor a later one knows."""
        known = self.concluded | self.settled.keys()
        return tuple(write for write in self.writes if write.open and write.intent.identity not in known)

    @property
    def concluded(self) -> frozenset[Identity]:
        """Return the resources whose outcome this run knows."""
        written = {write.intent.identity for write in self.writes}
        return frozenset(
            outcome.identity
            for outcome in self.outcomes
            if outcome.status not in _INCONCLUSIVE and (outcome.identity in written or not _found_nothing(outcome))
        )
