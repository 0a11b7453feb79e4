"""Read what earlier runs put on record: which ended, which did not, and what is not known of them.

A journal is evidence as far as its seals fit: up to there, this user's own run wrote it. A file that ends earlier than
the run did is what a killed run leaves; so an edit can take away what came after it, and can add nothing.

A run without its closing record did not come to its end. A write without an ending, or with an unknown one, may have
been taken; it stays open until this run or a later one tells how its resource ended.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import BinaryIO, Final

from trueup.apply.record import record_from_json
from trueup.apply.seal import Journals, Seal, unsealed
from trueup.bounded import json_fault
from trueup.errors import Refused, UsageError
from trueup.model.identity import Identity
from trueup.model.run import EndingRecord, EndRecord, IntentRecord, OutcomeRecord, Record, Run, RunRecord, Write
from trueup.plan.typed_json import Unexpected

RECENT: Final = 50
"""How many runs are looked at for what they left open: what is older has been planned over many times."""

JOURNALS_READ: Final = 2000
"""How many journals are opened at most, the newest first."""

FILE_BYTES: Final = 256 * 1024 * 1024
LINE_BYTES: Final = 16 * 1024 * 1024
"""How large a journal and a line of it may be; a line holds what one request sends."""

JOURNAL_SUFFIX: Final = ".jsonl"
NO_KEY: Final = "there is no key of this user to check its seal with"
_NOT_OURS: Final = "it has no seal of this user for this project"


def list_runs(journals: Journals) -> tuple[Run, ...]:
    """Return the runs on record, the newest first; none when there is no such folder.

    Raises Refused when the folder is not this user's own.
    """
    return tuple(_settled(read_runs(journals, reversed(names_of(journals)))))


def show_run(journals: Journals, name: str) -> Run:
    """Return one run by its name or by an unmistakable beginning or end of it; raises UsageError."""
    names = names_of(journals)
    fitting = [n for n in names if n == name] or [n for n in names if n.startswith(name) or n.endswith(name)]
    if len(fitting) == 1:
        since = (n for n in reversed(names) if n >= fitting[0])
        return list(_settled(read_runs(journals, since)))[-1]
    if fitting:
        raise UsageError(f"{name!r} can mean several runs: {', '.join(fitting[:5])}.")
    near = get_close_matches(name, names, n=1)
    raise UsageError(f"There is no run {name!r}.{f' Did you mean {near[0]!r}?' if near else ' See: trueup runs'}")


def names_of(journals: Journals) -> list[str]:
    """Return the names of the runs on record, the oldest first, and of the newest ``JOURNALS_READ`` at most."""
    found = [name.removesuffix(JOURNAL_SUFFIX) for name in journals.folder.entries() if name.endswith(JOURNAL_SUFFIX)]
    return sorted(found)[-JOURNALS_READ:]


def read_runs(journals: Journals, names: Iterable[str], most: int | None = None) -> Iterator[Run]:
    """Give the runs of these names in this order, until ``most`` of them were evidence."""
    evidence = 0
    for name in names:
        if evidence == most:
            return
        run = _read(journals, name)
        evidence += not run.distrusted
        yield run


def _settled(runs: Iterable[Run]) -> Iterator[Run]:
    """Say of each run which later one settled what it left open; ``runs`` come newest first."""
    settled_by: dict[Identity, str] = {}
    for run in runs:
        left = (write.intent.identity for write in run.open)
        yield replace(run, settled={identity: settled_by[identity] for identity in left if identity in settled_by})
        if not run.distrusted:
            settled_by |= dict.fromkeys(run.told, run.id)


def _read(journals: Journals, name: str) -> Run:
    seal = journals.seal(name)
    try:
        with journals.folder.reading(f"{name}{JOURNAL_SUFFIX}", FILE_BYTES) as file:
            return run_of(name, *_records(file, seal))
    except (OSError, Refused) as error:
        why = (getattr(error, "strerror", None) or str(error)).removesuffix(".")
        reason = f"it cannot be read: {why}"
        return Run(id=name, started="", statuses={}, damaged=reason, distrusted=reason, unreadable=True)


def _records(file: BinaryIO, seal: Seal | None) -> tuple[list[Record], str, str]:
    """Return the records up to the first that is wrong, what is wrong with that one, and why they are no evidence."""
    records: list[Record] = []
    distrusted = "" if seal else NO_KEY
    for number, line in enumerate(_lines(file), start=1):
        if seal is not None and not seal.fits(line):
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
    """Give the lines without their ends; one that is too long is cut, and then fits no seal and is no JSON.

    A line is written together with its end: what follows the last one was cut off by a kill.
    """
    while line := file.readline(LINE_BYTES):
        if line.endswith(b"\n"):
            yield line[:-1]
        elif len(line) == LINE_BYTES:
            yield line
            return


def run_of(name: str, records: Sequence[Record], damage: str = "", distrusted: str = "") -> Run:
    """Return the run that these records tell of."""
    outcomes: list[OutcomeRecord] = []
    run = Run(id=name, started="", statuses={}, damaged=damage, distrusted=distrusted)
    writes: dict[int, Write] = {}
    for record in records:
        match record:
            case RunRecord():
                run = replace(run, started=record.at, plan=record.plan, resources=record.resources, pid=record.pid)
            case IntentRecord():
                writes[record.number] = Write(number=record.number, at=record.at, intent=record.intent)
            case EndingRecord() if record.number in writes:
                writes[record.number] = replace(writes[record.number], ended=record.ended)
            case EndingRecord():
                run = replace(run, damaged=f"an ending of write {record.number} stands without its intent")
            case OutcomeRecord():
                outcomes.append(record)
            case EndRecord():
                run = replace(run, ended=record.at, statuses=record.statuses)
    return replace(run, writes=tuple(writes.values()), outcomes=tuple(outcomes))
