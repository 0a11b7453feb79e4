"""Keep the journal of a run in a file, so that it outlives the process.

A file a run, ``<UTC time to the microsecond>-<six hex digits>.jsonl``, appended to and never changed. Records are
forced to the disk before a request leaves and before an outcome is told: after a crash of the machine the file still
holds every request that left. Forcing takes as long for many records as for one, so resources that wait for it at the
same time share it: while one flush is under way, whoever comes waits for the next.
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
from trueup.apply.last_applied import Carried, LeftOver, conclude, recall
from trueup.apply.record import outcome_record
from trueup.apply.seal import Journals, Seal
from trueup.errors import Refused
from trueup.model.identity import Identity
from trueup.model.plan import Plan
from trueup.model.run import Ended, EndingRecord, EndRecord, Intent, IntentRecord, Outcome, Record, RunRecord, Status
from trueup.plan.codec import to_json

_WORDS: Final = "The journal in {} cannot be written, so that nothing more is sent: {}. {}, and plan again."

_TO_TEXT: Final = json.JSONEncoder(separators=(",", ":")).encode


def wall_clock() -> datetime:
    """Return the time of day, in UTC."""
    return datetime.now(UTC)


class FileJournal:
    """Keep one run on record among ``journals``; see :class:`~trueup.apply.journal.Journal`.

    The file is made when the run begins. ``left`` is what earlier runs left, None to read it; what this one leaves is
    added to it at the end. ``now``, ``name`` (the last part of the run's name), ``sync`` (which forces an
    open file to the disk) and ``write`` are for tests. Without a key, the records carry no seal, and no later run
    relies on them.
    Raises :class:`~trueup.apply.journal.JournalFailed` when a record cannot be written: then nothing may be sent.
    """

    def __init__(  # noqa: PLR0913 - all but two are for tests
        self,
        journals: Journals,
        *,
        left: LeftOver | None = None,
        now: Callable[[], datetime] = wall_clock,
        name: Callable[[], str] = lambda: token_hex(3),
        sync: Callable[[int], None] = os.fsync,
        write: Callable[[int, bytes], int] = os.write,
    ) -> None:
        self.id = ""
        self._journals = journals
        self._seal: Seal | None = None
        self._now = now
        self._name = name
        self._sync = sync
        self._write_to = write
        self._file = -1
        self._writes = 0
        self._records: list[Record] = []
        self._safe = 0
        """How many of the records are known to be on the disk."""
        self._flushing: asyncio.Task[None] | None = None
        self._broken: OSError | Refused | None = None
        self._statuses: Counter[Status] = Counter()
        self._left = recall(journals) if left is None else left
        self._carried = Carried((), frozenset())

    def begin(self, plan: Plan) -> None:
        """Open the file with the record of the run."""
        # Microseconds, because the names tell the order of runs, and two may begin within one second.
        self.id = f"{self._now():%Y%m%dT%H%M%S.%fZ}-{self._name()}"
        self._seal = self._journals.seal(self.id)
        self._carried = self._left.plans.get(plan.digest, self._carried)
        with self._told():
            self._file = self._new_file(f"{self.id}{JOURNAL_SUFFIX}")
        header = RunRecord(
            run=self.id, at=self._time(), plan=plan.digest, resources=len(plan.resources), pid=os.getpid()
        )
        self._write(header)
        with self._told():
            self._sync(self._file)
        self._safe = len(self._records)

    def intent(self, intent: Intent) -> int:
        """Put a write on record before it is sent, and return its number."""
        self._writes += 1
        self._write(
            IntentRecord(
                at=self._time(),
                number=self._writes,
                identity=intent.identity,
                actions=intent.actions,
                remote_id=intent.remote_id,
                version=intent.version,
            )
        )
        return self._writes

    def ended(self, number: int, ended: Ended) -> None:
        """Put on record how a write ended."""
        self._write(
            EndingRecord(
                at=self._time(), number=number, ending=ended.ending, message=ended.message, version=ended.version
            )
        )

    def outcome(self, outcome: Outcome) -> None:
        """Put on record how a resource ended, unless nothing was to be done and nothing was open before."""
        self._statuses[outcome.status] += 1
        if outcome.status is not Status.UNCHANGED or outcome.requests or self.unsettled(outcome.identity):
            self._write(outcome_record(self._time(), outcome))

    async def flushed(self) -> None:
        """Return when all records so far are on the disk."""
        asked = len(self._records)
        while self._safe < asked:
            with self._told():
                self._raise_broken()
            if self._flushing is None:
                self._flushing = asyncio.create_task(self._flush())
            # Whoever is broken off leaves the flush to the others that wait for it.
            await asyncio.shield(self._flushing)

    def finish(self) -> None:
        """Close the file with the number of resources of each status."""
        try:
            self._write(EndRecord(at=self._time(), statuses=dict(sorted(self._statuses.items()))))
            with self._told():
                self._sync(self._file)
        finally:
            with suppress(OSError):
                # What it holds was forced to the disk, or it was said that it could not be.
                os.close(self._file)
            self._file = -1
        conclude(self._journals, self._left.after(run_of(self.id, self._records)))

    def applied_before(self, identity: Identity) -> str:
        """Say which earlier runs of this plan carried out its actions for this resource, and when; else nothing."""
        return "" if identity in self._carried.left else self._carried.words()

    def unsettled(self, identity: Identity) -> bool:
        """Say whether an earlier run left a write to this resource of which nobody knows whether it was taken."""
        return identity in self._left.open or identity in self._left.unseen

    def _time(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    def _write(self, record: Record) -> None:
        line = _TO_TEXT(to_json(record)).encode()
        line = (line if self._seal is None else self._seal.close(line)) + b"\n"
        with self._told():
            self._raise_broken()
            while line:
                line = line[self._write_to(self._file, line) :]
        self._records.append(record)

    async def _flush(self) -> None:
        """Force to the disk what is written by now; a failure is kept for all who wait."""
        written = len(self._records)
        try:
            await asyncio.to_thread(self._sync, self._file)
        except OSError as error:
            self._broken = error
        else:
            self._safe = written
        finally:
            self._flushing = None

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what keeps a record from being written, and keep it: what follows a torn line would be lost with it."""
        try:
            yield
        except (OSError, Refused) as error:
            self._broken = error
            folder = self._journals.folder
            reason = (getattr(error, "strerror", None) or str(error)).removesuffix(".")
            # Of a folder that cannot be made, the one above it is at fault. Refused says itself what to do.
            where = folder.refusing(f"{self.id}{JOURNAL_SUFFIX}")
            advice = f"Make room, or make {where} writable" if isinstance(error, OSError) else "Do that"
            raise JournalFailed(_WORDS.format(folder.path, reason, advice)) from error

    def _raise_broken(self) -> None:
        """Raise what an earlier flush failed with: a later one may succeed without what that one has lost."""
        if self._broken is not None:
            raise self._broken

    def _new_file(self, name: str) -> int:
        """Open the file, and force its name to the disk: a synced file without a name is as lost as an unsynced one."""
        with self._journals.folder.opened(make=True) as folder:
            file = self._journals.folder.open(folder, name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL)
            self._sync(folder)
        return file
