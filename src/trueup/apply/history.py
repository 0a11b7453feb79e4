"""Read the journals of earlier runs.

A journal is evidence up to the first wrong seal: this user's own run wrote that part. A killed run leaves a file that
ends early, so an edit can remove the records after it, but it can add none.

A run without an end record did not finish. A write without an ending, or with an unknown one, may have been applied. It
stays open until this run or a later one records an outcome of its resource.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from io import BytesIO
from typing import BinaryIO, Final

from trueup.apply.record import record_from_json
from trueup.apply.seal import Journals, Seal, unsealed
from trueup.bounded import json_fault
from trueup.errors import Refused, UsageError
from trueup.model.identity import Identity
from trueup.model.run import Ended, EndingRecord, EndRecord, IntentRecord, OutcomeRecord, Record, Run, RunRecord, Write
from trueup.plan.typed_json import Unexpected

RECENT: Final = 50
"""How many runs are searched for open writes: older ones have been planned over many times."""

JOURNALS_READ: Final = 2000
"""How many journals are read at most, the newest first."""

FILE_BYTES: Final = 256 * 1024 * 1024
LINE_BYTES: Final = 16 * 1024 * 1024
"""The largest journal and the longest line that are read, in bytes; a line holds what one request sends."""

JOURNAL_SUFFIX: Final = ".jsonl"
NO_KEY: Final = "this user has no key to check its seal"
_NOT_OURS: Final = "it is not sealed by this user for this project"


def list_runs(journals: Journals) -> tuple[Run, ...]:
    """Return the recorded runs, the newest first; none when the folder is missing.

    Raises Refused when the folder belongs to another user.
    """
    return tuple(_settled(read_runs(journals, reversed(names_of(journals)))))


def show_run(journals: Journals, name: str) -> Run:
    """Return one run by its name, or by a unique start or end of it; raises UsageError."""
    names = names_of(journals)
    fitting = [n for n in names if n == name] or [n for n in names if n.startswith(name) or n.endswith(name)]
    if len(fitting) == 1:
        # Later runs are read too, because they may have settled what this one left open.
        since = (n for n in reversed(names) if n >= fitting[0])
        return list(_settled(read_runs(journals, since)))[-1]
    if fitting:
        raise UsageError(f"{name!r} matches several runs: {', '.join(fitting[:5])}.")
    near = get_close_matches(name, names, n=1)
    raise UsageError(f"There is no run {name!r}.{f' Did you mean {near[0]!r}?' if near else ' See: trueup runs'}")


def names_of(journals: Journals) -> list[str]:
    """Return the names of the recorded runs, the oldest first; at most the newest ``JOURNALS_READ``."""
    found = [name.removesuffix(JOURNAL_SUFFIX) for name in journals.folder.entries() if name.endswith(JOURNAL_SUFFIX)]
    # A name starts with the time, so the order of the names is that of the runs.
    return sorted(found)[-JOURNALS_READ:]


def read_runs(journals: Journals, names: Iterable[str], most: int | None = None) -> Iterator[Run]:
    """Yield the runs with these names, in this order, until ``most`` of them were evidence."""
    evidence = 0
    for name in names:
        if evidence == most:
            return
        run = _read(journals, name)
        evidence += not run.distrusted
        yield run


def _settled(runs: Iterable[Run]) -> Iterator[Run]:
    """Yield each run with the later runs that settled its open writes; ``runs`` come newest first."""
    settled_by: dict[Identity, str] = {}
    for run in runs:
        open_ = (write.intent.identity for write in run.open)
        yield replace(run, settled={identity: settled_by[identity] for identity in open_ if identity in settled_by})
        # Anyone can write a journal without a valid seal: it must not settle a write.
        if not run.distrusted:
            settled_by |= dict.fromkeys(run.concluded, run.id)


def _read(journals: Journals, name: str) -> Run:
    seal = journals.seal(name)
    try:
        with journals.folder.reading(f"{name}{JOURNAL_SUFFIX}", FILE_BYTES) as file:
            return run_of(name, *_records(file, seal))
    except (OSError, Refused) as error:
        why = (getattr(error, "strerror", None) or str(error)).removesuffix(".")
        reason = f"it cannot be read: {why}"
        return Run(id=name, started="", statuses={}, damaged=reason, distrusted=reason, unreadable=True)


def run_of_journal(content: bytes, name: str) -> Run:
    """Return the run of a journal that is not in the project's folder: it can be shown, but it is no evidence."""
    records, damage, _ = _records(BytesIO(content), None)
    return run_of(name, records, damage, "it is not among the journals of this project")


def is_journal(content: bytes) -> bool:
    """Return whether a file begins with the first record of a journal."""
    with suppress(ValueError, RecursionError, Unexpected):
        return isinstance(record_from_json(json.loads(unsealed(content.partition(b"\n")[0]))), RunRecord)
    return False


def _records(file: BinaryIO, seal: Seal | None) -> tuple[list[Record], str, str]:
    """Return the records before the first damaged one, what is wrong with that one, and why they are no evidence.

    The two texts are empty if nothing is damaged and if the records are evidence.
    """
    records: list[Record] = []
    distrusted = "" if seal else NO_KEY
    for number, line in enumerate(_lines(file), start=1):
        if seal is not None and not seal.fits(line):
            # A wrong first seal means another author: all records are shown, but as no evidence. A wrong later one
            # means damage: the records before it are evidence.
            if number > 1:
                return records, f"line {number}: its seal is wrong", ""
            seal, distrusted = None, _NOT_OURS
        try:
            records.append(record_from_json(json.loads(unsealed(line))))
        except Unexpected as error:
            return records, f"line {number}: {error}", distrusted
        except (ValueError, RecursionError) as error:
            return records, f"line {number}: {json_fault(error)}", distrusted
    return records, "", distrusted


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines without their line breaks; a line that is too long is cut, so that its seal is wrong.

    A line and its line break are written together: text after the last line break was cut off by a kill.
    """
    while line := file.readline(LINE_BYTES):
        if line.endswith(b"\n"):
            yield line[:-1]
        elif len(line) == LINE_BYTES:
            # The rest of this line must not be read as the next line.
            yield line
            return


def _ended(write: Write, ended: Ended) -> Write:
    """Return the write with its last ending: a second one settles a write whose result was unknown."""
    # Only the first ending has the correlation id of the request; a later one follows from a reading.
    earlier = write.ended.correlation_id if write.ended else ""
    return replace(write, ended=replace(ended, correlation_id=ended.correlation_id or earlier))


def run_of(name: str, records: Sequence[Record], damage: str = "", distrusted: str = "") -> Run:
    """Return the run that these records describe."""
    outcomes: list[OutcomeRecord] = []
    run = Run(id=name, started="", statuses={}, damaged=damage, distrusted=distrusted)
    writes: dict[int, Write] = {}
    for record in records:
        match record:
            case RunRecord():
                run = replace(
                    run,
                    started=record.at,
                    plan=record.plan,
                    resources=record.resources,
                    pid=record.pid,
                    invocation=record.invocation,
                )
            case IntentRecord():
                writes[record.number] = Write(number=record.number, at=record.at, intent=record.intent)
            case EndingRecord() if record.number in writes:
                writes[record.number] = _ended(writes[record.number], record.ended)
            case EndingRecord():
                run = replace(run, damaged=f"write {record.number} has an ending, but no intent")
            case OutcomeRecord():
                outcomes.append(record)
            case EndRecord():
                run = replace(run, ended=record.at, statuses=record.statuses)
    return replace(run, writes=tuple(writes.values()), outcomes=tuple(outcomes))
