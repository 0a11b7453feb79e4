"""Read what earlier runs put on record: which ended, which did not, and what is not known of them.

A run without its closing record did not come to its end. A write without an ending, or with an unknown one, may have
been taken; it stays open until this run or a later one tells how its resource ended.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from trueup.apply.journal import Ended, Ending, Intent
from trueup.apply.record import (
    EndingRecord,
    EndRecord,
    IntentRecord,
    OutcomeRecord,
    Record,
    RunRecord,
    record_from_json,
)
from trueup.errors import UsageError
from trueup.model.action import Create
from trueup.model.identity import Identity
from trueup.model.outcome import Status
from trueup.plan.memory import Memory, Taken, remember
from trueup.plan.strict import Unexpected

RECENT: Final = 50
"""How many runs are looked at for what they left open: what is older has been planned over many times."""

_TELLS_NOTHING: Final = frozenset({Status.UNKNOWN, Status.FAILED, Status.SKIPPED})
"""Endings after which a write of an earlier run is as open as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Hold one write of a run; ``ended`` is None when the run did not live to see its end."""

    number: int
    at: str
    intent: Intent
    ended: Ended | None = None

    @property
    def open(self) -> bool:
        """Say whether nobody knows if it was taken."""
        return self.ended is None or self.ended.ending is Ending.UNKNOWN

    @property
    def creates(self) -> bool:
        """Say whether it created the resource, as far as anybody knows."""
        creation = any(isinstance(action, Create) for action in self.intent.actions)
        return creation and (self.open or (self.ended is not None and self.ended.ending is Ending.APPLIED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Hold one run as its journal tells it.

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


def list_runs(folder: Path, *, most: int | None = None) -> tuple[Run, ...]:
    """Return the runs on record in ``folder``, the newest first; none when there is no such folder."""
    files = sorted(folder.glob("*.jsonl"), key=lambda file: file.name, reverse=True)
    return tuple(_settled(map(_read, files[:most])))


def show_run(folder: Path, name: str) -> Run:
    """Return one run by its name or by an unmistakable beginning or end of it; raises UsageError."""
    names = sorted(file.stem for file in folder.glob("*.jsonl"))
    fitting = [n for n in names if n == name] or [n for n in names if n.startswith(name) or n.endswith(name)]
    if len(fitting) == 1:
        since = sorted((n for n in names if n >= fitting[0]), reverse=True)
        return list(_settled(_read(folder / f"{n}.jsonl") for n in since))[-1]
    if fitting:
        raise UsageError(f"{name!r} can mean several runs: {', '.join(fitting[:5])}.")
    near = get_close_matches(name, names, n=1)
    raise UsageError(f"There is no run {name!r}.{f' Did you mean {near[0]!r}?' if near else ''}")


def unsettled(runs: Sequence[Run]) -> dict[Identity, tuple[Run, Write]]:
    """Return what is still open, by resource: its last open write that no later run has told anything about.

    ``runs`` come newest first, as :func:`list_runs` gives them.
    """
    return {write.intent.identity: (run, write) for run in reversed(runs) for write in run.open}


def unseen(runs: Sequence[Run]) -> frozenset[Identity]:
    """Return what runs have created, or may have, and no run has seen since; ``runs`` come newest first.

    A platform may show late what it has created. Who does not find it must not take that for its absence yet.
    """
    found: frozenset[Identity] = frozenset()
    for run in reversed(runs):
        found = (found | {write.intent.identity for write in run.writes if write.creates}) - run.told
    return found


def sent_before(runs: Sequence[Run]) -> Memory:
    """Return what earlier runs sent and the platforms accepted; ``runs`` come newest first."""
    return remember(taken for run in reversed(runs) for taken in _taken(run))


def _taken(run: Run) -> Iterator[Taken]:
    ids = {write.intent.identity: write.intent.remote_id for write in run.writes if write.intent.remote_id}
    for outcome in run.outcomes:
        yield Taken(identity=outcome.identity, remote_id=ids.get(outcome.identity, ""), actions=outcome.done)


def _settled(runs: Iterable[Run]) -> Iterator[Run]:
    """Say of each run which later one settled what it left open; ``runs`` come newest first."""
    teller: dict[Identity, str] = {}
    for run in runs:
        left = (write.intent.identity for write in run.open)
        yield replace(run, settled={identity: teller[identity] for identity in left if identity in teller})
        teller |= dict.fromkeys(run.told, run.id)


def _read(file: Path) -> Run:
    lines = file.read_bytes().split(b"\n")
    # A line is written together with its end: what follows the last one was cut off by a kill.
    records, damage = _records(lines[:-1])
    return _run(file.stem, records, damage)


def _records(lines: Iterable[bytes]) -> tuple[list[Record], str]:
    records: list[Record] = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(record_from_json(json.loads(line)))
        except (ValueError, Unexpected) as error:
            return records, f"line {number}: {error}"
    return records, ""


def _run(name: str, records: Sequence[Record], damage: str) -> Run:
    run = Run(id=name, started="", statuses={}, damaged=damage)
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
                run = replace(run, outcomes=(*run.outcomes, record))
            case EndRecord():
                run = replace(run, ended=record.at, statuses=record.statuses)
    return replace(run, writes=tuple(writes.values()))
