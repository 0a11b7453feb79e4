"""Record what happened in a run: requests, looks, plans shown, journal calls, outcomes, crashes.

Everything carries a number from :meth:`~simulation.history.History.tick`, so that any two things can be put in
order. The invariants read this and the history when the run is over.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from simulation.history import Author
from simulation.layout import Json
from simulation.places import Slot
from trueup.model.manifest import Manifest
from trueup.model.plan import Plan, ResourcePlan
from trueup.model.run import Outcome, Status

SUCCESSES: Final = range(200, 300)
REACHED: Final = frozenset({Status.APPLIED, Status.REBASED, Status.UNCHANGED})
SENT_AGAIN: Final = frozenset({401, 429, 503})


class Verb(StrEnum):
    """The kind of a request."""

    TOKEN = "token"
    LIST = "list"
    READ = "read"
    RESULT = "result"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"

    @property
    def writes(self) -> bool:
        """Return whether it changes something."""
        return self in {Verb.CREATE, Verb.UPDATE, Verb.DELETE}


@dataclass(slots=True, kw_only=True)
class Sent:
    """One request of trueup, as the transport and the sandbox's request log saw it.

    ``time`` is when it was sent, in seconds since 1970. ``answered`` is when trueup got the answer, None when it never
    did. ``performed`` is what the log says: the platform
    did its work, whatever was answered. ``intents`` are the numbers under which trueup announced it, by slot and 0
    for none, and ``recorded`` whether they stood on disk when it was sent. ``hasty``: a write to the same slot had been
    answered, or given up, and its ending was not yet on disk.
    """

    number: int
    attempt: int
    world: str
    collection: str
    verb: Verb
    path: str
    body: Json
    slots: tuple[Slot, ...]
    author: Author
    sent: int = 0
    time: float = 0.0
    answered: int | None = None
    status: int | None = None
    answer: Json = None
    performed: bool = False
    faults: tuple[str, ...] = ()
    intents: tuple[int, ...] = ()
    recorded: bool = True
    hasty: bool = False

    @property
    def succeeded(self) -> bool:
        """Return whether trueup got an answer that says success, in the body too where a platform says it there."""
        if self.answered is None or self.status is None or not isinstance(self.answer, dict):
            return False
        status = self.answer.get("status")
        status = status[0] if isinstance(status, list) and status else status
        state = status.get("state") if isinstance(status, dict) else None
        return self.status in SUCCESSES and state != "ERROR"

    @property
    def said_no(self) -> bool:
        """Return whether the answer's status says that nothing was taken, so that the same may be sent again."""
        return self.answered is not None and self.status in SENT_AGAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A moment at which trueup was shown a slot: ``version`` is the number of the version, 0 for one that never was."""

    seq: int
    attempt: int
    slot: Slot
    version: int
    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One foreign edit: when, where and what kind it was."""

    number: int
    seq: int
    slot: Slot
    kind: str


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One process of trueup from its start to its end or crash.

    ``planned`` is when the plan was made, or taken from its file; requests before it are the reads that it rests on.
    ``rests_on`` is the attempt that read for it when that was another one, else 0. ``announced`` are the
    intents that trueup gave to its journal, by number, ``closed`` those whose ending it gave, ``open`` the one of each
    slot that is not ended. ``journal`` are the decoded lines of the run's file as it lay on disk at the end. ``ends``
    is when the outcome of each slot was given, ``begun`` when work on it began. ``signals`` is when SIGINT or SIGTERM
    came, ``broken_off`` when a second one must have had its effect, ``full`` when a record could first not be written,
    0 for never. ``manifests`` and ``specs`` are what was wanted, by slot, ``applied`` what the records of
    applies said when it was planned.
    """

    number: int
    calm: bool
    plan: Plan | None = None
    planned: int = 0
    rests_on: int = 0
    by_slot: Mapping[Slot, ResourcePlan] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] | None = None
    ended: int = 0
    killed: str = ""
    announced: dict[int, Slot] = field(default_factory=dict)
    closed: dict[int, int] = field(default_factory=dict)
    open: dict[Slot, int] = field(default_factory=dict)
    journal: list[Json] = field(default_factory=list)
    ends: dict[Slot, int] = field(default_factory=dict)
    begun: dict[Slot, int] = field(default_factory=dict)
    signals: list[int] = field(default_factory=list)
    broken_off: int = 0
    full: int = 0
    manifests: Mapping[Slot, Manifest] = field(default_factory=dict)
    applied: Mapping[Slot, tuple[Manifest, ...]] = field(default_factory=dict)
    specs: Mapping[Slot, Json] = field(default_factory=dict)

    @property
    def reached(self) -> list[Slot]:
        """Return the slots of the resources that are as wanted, as trueup says."""
        statuses = {outcome.identity: outcome.status for outcome in self.outcomes or ()}
        return [slot for slot, planned in self.by_slot.items() if statuses.get(planned.identity) in REACHED]

    def shown(self, slot: Slot) -> ResourcePlan | None:
        """Return the plan of the resource in this slot."""
        return self.by_slot.get(slot)


@dataclass(slots=True)
class EventLog:
    """Everything that happened in one run."""

    attempts: list[Attempt] = field(default_factory=list)
    requests: list[Sent] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
