"""The journal of a run in a file.

Each run has one file, ``<UTC time to the microsecond>-<six hex digits>.jsonl``, which is only appended to. Records are
flushed to the disk before a request is sent and before an outcome is reported: after a crash of the machine the file
still has every request that was sent. A flush takes as long for many records as for one, so resources that wait at the
same time share it: a record that is written during a flush waits for the next one.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from secrets import token_hex
from typing import Final

from trueup.apply.history import JOURNAL_SUFFIX, run_of
from trueup.apply.journal import JournalFailed
from trueup.apply.last_applied import AppliedPlan, JournalSummary, conclude, recall
from trueup.apply.record import outcome_record
from trueup.apply.seal import Journals, Seal
from trueup.errors import Refused
from trueup.model.identity import Identity
from trueup.model.plan import Plan
from trueup.model.run import (
    UNKNOWN_INVOCATION,
    Ended,
    EndingRecord,
    EndRecord,
    Intent,
    IntentRecord,
    Invocation,
    Outcome,
    Record,
    RunRecord,
    Status,
)
from trueup.plan.codec import to_json

_CANNOT_WRITE: Final = "The journal in {} cannot be written, so nothing more is sent: {}. {}, and plan again."

_TO_TEXT: Final = json.JSONEncoder(separators=(",", ":")).encode


def wall_clock() -> datetime:
    """Return the present date and time in UTC."""
    return datetime.now(UTC)


class FileJournal:
    """A :class:`~trueup.apply.journal.Journal` in a file among ``journals``.

    The file is created when the run starts. ``summary`` is what earlier runs left, None to read it from their journals;
    what this run leaves is added to it at the end. ``invocation`` says who started the run, where and how. ``now``,
    ``name`` (the last part of the run's name), ``sync`` (which flushes an open file to the disk) and ``write`` are for
    tests. Without a key the records have no seals, and no later run relies on them. Raises
    :class:`~trueup.apply.journal.JournalFailed` when a record cannot be written.
    """

    def __init__(  # noqa: PLR0913 - all but three are for tests
        self,
        journals: Journals,
        *,
        summary: JournalSummary | None = None,
        invocation: Invocation = UNKNOWN_INVOCATION,
        now: Callable[[], datetime] = wall_clock,
        name: Callable[[], str] = lambda: token_hex(3),
        sync: Callable[[int], None] = os.fsync,
        write: Callable[[int, bytes], int] = os.write,
    ) -> None:
        self.id = ""
        self._journals = journals
        self._invocation = invocation
        self._seal: Seal | None = None
        self._now = now
        self._name = name
        self._sync = sync
        self._write_to = write
        self._file = -1
        self._writes = 0
        self._records: list[Record] = []
        self._safe = 0
        """How many of the records are on the disk."""
        self._flushing: asyncio.Task[None] | None = None
        self._broken: OSError | Refused | None = None
        self._statuses: Counter[Status] = Counter()
        self._summary = recall(journals) if summary is None else summary
        self._applied = AppliedPlan((), frozenset())

    def begin(self, plan: Plan) -> None:
        """Open the file with the record of the run."""
        # Microseconds, because the order of the names is the order of the runs, and two may start within one second.
        self.id = f"{self._now():%Y%m%dT%H%M%S.%fZ}-{self._name()}"
        self._seal = self._journals.seal(self.id)
        self._applied = self._summary.plans.get(plan.digest, self._applied)
        with self._journal_errors():
            self._file = self._new_file(f"{self.id}{JOURNAL_SUFFIX}")
        header = RunRecord(
            run=self.id,
            at=self._time(),
            plan=plan.digest,
            resources=len(plan.resources),
            pid=os.getpid(),
            invocation=self._invocation,
        )
        self._write(header)
        with self._journal_errors():
            self._sync(self._file)
        self._safe = len(self._records)

    def intent(self, intent: Intent) -> int:
        """Record a write before it is sent, and return its number."""
        self._writes += 1
        self._write(
            IntentRecord(
                at=self._time(),
                number=self._writes,
                identity=intent.identity,
                actions=intent.actions,
                remote_id=intent.remote_id,
                version=intent.version,
                before=intent.before,
            )
        )
        return self._writes

    def ended(self, number: int, ended: Ended) -> None:
        """Record how a write ended."""
        self._write(
            EndingRecord(
                at=self._time(),
                number=number,
                ending=ended.ending,
                message=ended.message,
                version=ended.version,
                correlation_id=ended.correlation_id,
            )
        )

    def outcome(self, outcome: Outcome) -> None:
        """Record how a resource ended, unless nothing was to be done and no earlier write to it was open."""
        self._statuses[outcome.status] += 1
        if outcome.status is not Status.UNCHANGED or outcome.requests or self.unsettled(outcome.identity):
            self._write(outcome_record(self._time(), outcome))

    async def flushed(self) -> None:
        """Return when all records so far are on the disk."""
        needed = len(self._records)
        while self._safe < needed:
            with self._journal_errors():
                self._raise_broken()
            if self._flushing is None:
                self._flushing = asyncio.create_task(self._flush())
            # A cancelled task must not cancel the flush, as others may wait for it.
            await asyncio.shield(self._flushing)

    def finish(self) -> None:
        """Close the file with the number of resources of each status."""
        try:
            self._write(EndRecord(at=self._time(), statuses=dict(sorted(self._statuses.items()))))
            with self._journal_errors():
                self._sync(self._file)
        finally:
            with suppress(OSError):
                # The records were flushed before, or the failure to do so was reported.
                os.close(self._file)
            self._file = -1
        # After the flush: the summary must not have records that a crash can still remove from the journal.
        conclude(self._journals, self._summary.after(run_of(self.id, self._records)))

    def applied_before(self, identity: Identity) -> str:
        """Return which earlier runs of this plan applied its actions for this resource, and when; empty for none."""
        return "" if identity in self._applied.remaining else self._applied.text()

    def unsettled(self, identity: Identity) -> bool:
        """Return whether an earlier run left a write to this resource with an unknown result."""
        return identity in self._summary.open or identity in self._summary.unconfirmed

    def _time(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    def _write(self, record: Record) -> None:
        line = _TO_TEXT(to_json(record)).encode()
        line = (line if self._seal is None else self._seal.close(line)) + b"\n"
        with self._journal_errors():
            self._raise_broken()
            # write(2) may write a part only: a signal or a nearly full disk can end it early.
            while line:
                line = line[self._write_to(self._file, line) :]
        self._records.append(record)

    async def _flush(self) -> None:
        """Flush the records that are written by now; a failure is stored for all tasks that wait."""
        # Counted before the flush starts: records written during it may or may not be included.
        written = len(self._records)
        try:
            # In a thread, because a flush can take tens of milliseconds, and other resources wait for the network.
            await asyncio.to_thread(self._sync, self._file)
        except OSError as error:
            self._broken = error
        else:
            self._safe = written
        finally:
            self._flushing = None

    @contextmanager
    def _journal_errors(self) -> Iterator[None]:
        """Raise JournalFailed for an error, and for every later record: those after a torn line would be unreadable."""
        try:
            yield
        except (OSError, Refused) as error:
            self._broken = error
            folder = self._journals.folder
            reason = (getattr(error, "strerror", None) or str(error)).removesuffix(".")
            # If a folder cannot be created, the one above it denied that. The text of Refused says what to do.
            where = folder.denied_path(f"{self.id}{JOURNAL_SUFFIX}")
            advice = f"Make room, or make {where} writable" if isinstance(error, OSError) else "Do that"
            raise JournalFailed(_CANNOT_WRITE.format(folder.path, reason, advice)) from error

    def _raise_broken(self) -> None:
        """Raise the error of an earlier flush: a later fsync may succeed although that one has lost records."""
        if self._broken is not None:
            raise self._broken

    def _new_file(self, name: str) -> int:
        """Create the file and flush its folder: a flushed file whose name is not on the disk is lost in a crash."""
        with self._journals.folder.opened(make=True) as folder:
            file = self._journals.folder.open(folder, name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL)
            self._sync(folder)
        return file
