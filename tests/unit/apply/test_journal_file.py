"""A run is recorded in a file, and can be read back however it ended."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from trueup.apply.context import ApplyOptions
from trueup.apply.history import FILE_BYTES, JOURNALS_READ, LINE_BYTES, list_runs, show_run
from trueup.apply.journal import JournalFailed
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import JournalSummary, recall
from trueup.apply.run import apply_plan
from trueup.apply.seal import Journals
from trueup.errors import Refused, UsageError
from trueup.model.action import Create, SetValue
from trueup.model.live import Live
from trueup.model.plan import Forecast, Plan
from trueup.model.run import Ended, Ending, Intent, Outcome, Status
from trueup.plan.build import build_plan
from trueup.state.folder import Folder
from unit.apply.fakes import Clock, Target, certification, connector, kept, lost_before

SCHEMA = Path(__file__).parents[3] / "schemas" / "journal.schema.json"
TAX = connector("acme-tax")
EPD = certification("ACME-EPD-001")
EMPTY = Plan(resources=(), digest=f"sha256:{'0' * 64}", forecast=Forecast(requests=0, seconds=0))
NAME = Intent(identity=TAX.identity, actions=(SetValue("name", "Acme Tax"),), remote_id="i", version=1)


class Calendar:
    """A clock that is one second later at each reading."""

    def __init__(self) -> None:
        self.time = datetime(2026, 9, 24, 10, 15, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


CALENDAR = Calendar()


def journal(folder: Path, name: str = "00000a") -> FileJournal:
    return FileJournal(kept(folder), now=CALENDAR, name=lambda: name)


def outcome(status: Status) -> Outcome:
    return Outcome(identity=TAX.identity, status=status, position=TAX.positions.at(()))


def lines(folder: Path) -> list[dict[str, Any]]:
    (file,) = folder.glob("*.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


def run(folder: Path, target: Target, name: str = "00000a") -> tuple[Outcome, ...]:
    async def story() -> tuple[Outcome, ...]:
        sides = {"eu": target, "origin": target}
        plan = await build_plan([TAX if target.versioned else EPD], sides)
        return await apply_plan(
            plan,
            readers=sides,
            writers=sides,
            journal=journal(folder, name),
            clock=Clock(),
            options=ApplyOptions(readback_seconds=2),
        )

    return asyncio.run(story())


def test_a_run_is_recorded_from_start_to_end(tmp_path: Path) -> None:
    eu = Target()
    eu.hold(TAX, name="Old")
    run(tmp_path, eu)
    assert [line["record"] for line in lines(tmp_path)] == ["run", "intent", "ending", "outcome", "end"]
    (found,) = list_runs(kept(tmp_path))
    assert (found.open, found.damaged, found.statuses) == ((), "", {Status.APPLIED: 1})
    assert found.ended > found.started
    assert found.writes[0].ended == Ended(ending=Ending.APPLIED, version=2)
    assert found.writes[0].intent.actions == (SetValue("name", "Acme Tax"),)


def test_every_record_matches_the_published_schema(tmp_path: Path) -> None:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    run(tmp_path, Target(faults=[lost_before]))
    found = lines(tmp_path)
    assert {line["record"] for line in found} == {"run", "intent", "ending", "outcome", "end"}
    for line in found:
        Draft202012Validator(schema).validate(line)
        assert not Draft202012Validator(schema).is_valid(line | {"more": 1})


def test_the_intent_is_in_the_file_before_the_request_is_sent(tmp_path: Path) -> None:
    seen: list[str] = []

    def look(_: Target, commit: Callable[[], Live | None]) -> Live | None:
        seen.extend(line["record"] for line in lines(tmp_path))
        return commit()

    run(tmp_path, Target(faults=[look]))
    assert seen == ["run", "intent"]


def test_a_killed_run_shows_its_intent_without_an_ending(tmp_path: Path) -> None:
    killed = journal(tmp_path)
    killed.begin(EMPTY)
    killed.intent(NAME)
    (found,) = list_runs(kept(tmp_path))
    assert (found.ended, [write.intent for write in found.open]) == ("", [NAME])
    assert list(JournalSummary().after(found).open) == [TAX.identity]


def test_a_cut_off_last_line_is_a_kill_and_not_damage(tmp_path: Path) -> None:
    killed = journal(tmp_path)
    killed.begin(EMPTY)
    killed.intent(NAME)
    (file,) = tmp_path.glob("*.jsonl")
    file.write_bytes(file.read_bytes() + b'{"record":"ending","at":"2026')
    (found,) = list_runs(kept(tmp_path))
    assert (found.damaged, len(found.open)) == ("", 1)


@pytest.mark.parametrize("line", [b"not json", b"[]", b'{"record":"song","at":"x"}', b'{"record":"end","at":"x"}'])
def test_a_damaged_line_is_reported_and_hides_nothing_before_it(tmp_path: Path, line: bytes) -> None:
    broken = journal(tmp_path)
    broken.begin(EMPTY)
    broken.intent(NAME)
    (file,) = tmp_path.glob("*.jsonl")
    file.write_bytes(file.read_bytes() + line + b"\n")
    (found,) = list_runs(kept(tmp_path))
    assert found.damaged.startswith("line 3: ")
    assert len(found.open) == 1


def test_a_second_ending_settles_an_unknown_one(tmp_path: Path) -> None:
    record = journal(tmp_path)
    record.begin(EMPTY)
    number = record.intent(NAME)
    record.ended(number, Ended(ending=Ending.UNKNOWN, message="Connection reset."))
    assert len(list_runs(kept(tmp_path))[0].open) == 1
    record.ended(number, Ended(ending=Ending.APPLIED, message="A reading shows it."))
    assert list_runs(kept(tmp_path))[0].open == ()


@pytest.mark.parametrize(
    ("status", "settles"),
    [
        (Status.UNCHANGED, True),
        (Status.APPLIED, True),
        (Status.STALE, True),
        (Status.FAILED, False),
        (Status.UNKNOWN, False),
        (Status.SKIPPED, False),
    ],
)
def test_a_later_run_settles_what_it_has_seen(tmp_path: Path, status: Status, settles: bool) -> None:  # noqa: FBT001 - a row
    killed = journal(tmp_path)
    killed.begin(EMPTY)
    killed.intent(NAME)
    later = journal(tmp_path, "00000b")
    assert later.unsettled(TAX.identity)
    later.begin(EMPTY)
    later.outcome(outcome(status))
    later.finish()
    assert (TAX.identity not in recall(kept(tmp_path)).open) is settles
    settled, first = list_runs(kept(tmp_path))
    assert first.settled == ({TAX.identity: settled.id} if settles else {})
    assert (first.open == ()) is settles
    assert show_run(kept(tmp_path), "00000a") == first


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.DEFERRED, Status.STALE, Status.UNAPPROVED])
@pytest.mark.parametrize("left", [(), (Create({"name": "Acme Tax"}),)], ids=["there", "not there"])
@pytest.mark.parametrize("sent", [False, True])
def test_a_creation_that_is_held_back_does_not_settle_an_earlier_one(
    tmp_path: Path,
    status: Status,
    left: tuple[Create, ...],
    sent: bool,  # noqa: FBT001 - a row
) -> None:
    """The earlier request may still arrive: only an apply that creates waits for that."""
    killed = journal(tmp_path)
    killed.begin(EMPTY)
    killed.intent(NAME)
    later = journal(tmp_path, "00000b")
    later.begin(EMPTY)
    if sent:
        later.ended(later.intent(NAME), Ended(ending=Ending.APPLIED))
    later.outcome(replace(outcome(status), left=left))
    later.finish()
    assert (TAX.identity not in recall(kept(tmp_path)).open) is (sent or not left)


def test_the_first_later_run_with_an_outcome_settles_a_write(tmp_path: Path) -> None:
    killed = journal(tmp_path)
    killed.begin(EMPTY)
    killed.intent(NAME)
    for name, status in (("00000b", Status.FAILED), ("00000c", Status.UNCHANGED), ("00000d", Status.APPLIED)):
        later = journal(tmp_path, name)
        later.begin(EMPTY)
        later.outcome(replace(outcome(status), requests=1))
    assert show_run(kept(tmp_path), "00000a").settled[TAX.identity].endswith("00000c")


@pytest.mark.parametrize(("status", "settled"), [(Status.APPLIED, True), (Status.STALE, True), (Status.UNKNOWN, False)])
def test_a_run_with_an_outcome_of_a_resource_settles_its_own_lost_write(
    tmp_path: Path,
    status: Status,
    settled: bool,  # noqa: FBT001 - a row
) -> None:
    """Whether its first write was applied is irrelevant after the second one and a reading."""
    record = journal(tmp_path)
    record.begin(EMPTY)
    record.ended(record.intent(NAME), Ended(ending=Ending.UNKNOWN, message="Connection reset."))
    record.ended(record.intent(NAME), Ended(ending=Ending.APPLIED))
    record.outcome(outcome(status))
    record.finish()
    (run,) = list_runs(kept(tmp_path))
    assert [write.open for write in run.writes] == [True, False]
    assert (run.open == ()) is settled
    assert (JournalSummary().after(run).open == {}) is settled


@pytest.mark.parametrize(
    ("ending", "seen", "waits"),
    [
        (Ending.APPLIED, None, True),
        (Ending.UNKNOWN, None, True),
        (Ending.FAILED, None, False),
        (Ending.APPLIED, Status.UNKNOWN, True),
        (Ending.APPLIED, Status.APPLIED, False),
    ],
)
def test_a_creation_that_no_run_has_seen_is_searched_for(
    tmp_path: Path,
    ending: Ending,
    seen: Status | None,
    waits: bool,  # noqa: FBT001 - a row
) -> None:
    """The run died, or gave up, before the platform showed what it had created."""
    record = journal(tmp_path)
    record.begin(EMPTY)
    creation = Intent(identity=TAX.identity, actions=(Create({"name": "Acme Tax"}),))
    record.ended(record.intent(creation), Ended(ending=ending))
    if seen is not None:
        record.outcome(outcome(seen))
    assert journal(tmp_path, "00000b").unsettled(TAX.identity) is waits


def test_unchanged_resources_are_not_recorded(tmp_path: Path) -> None:
    record = journal(tmp_path)
    record.begin(EMPTY)
    record.outcome(Outcome(identity=TAX.identity, status=Status.UNCHANGED, position=TAX.positions.at(())))
    record.finish()
    assert [line["record"] for line in lines(tmp_path)] == ["run", "end"]
    assert list_runs(kept(tmp_path))[0].statuses == {Status.UNCHANGED: 1}


def test_an_unchanged_resource_that_took_a_request_is_recorded(tmp_path: Path) -> None:
    record = journal(tmp_path)
    record.begin(EMPTY)
    record.outcome(replace(outcome(Status.UNCHANGED), requests=1))
    record.finish()
    assert [line["record"] for line in lines(tmp_path)] == ["run", "outcome", "end"]


def test_a_record_that_does_not_reach_the_disk_stops_the_run(tmp_path: Path) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(JournalFailed, match="No space left"):
        FileJournal(kept(tmp_path), now=CALENDAR, name=lambda: "00000a", sync=full).begin(EMPTY)


def test_the_newest_run_comes_first_and_a_part_of_its_name_is_enough(tmp_path: Path) -> None:
    for name in ("00000a", "00000b", "10000b"):
        record = journal(tmp_path, name)
        record.begin(EMPTY)
        record.finish()
    assert [found.id[-6:] for found in list_runs(kept(tmp_path))] == ["10000b", "00000b", "00000a"]
    assert show_run(kept(tmp_path), "00000a").id.endswith("-00000a")
    with pytest.raises(UsageError, match="several"):
        show_run(kept(tmp_path), "0000b")
    with pytest.raises(UsageError, match="Did you mean"):
        show_run(kept(tmp_path), show_run(kept(tmp_path), "00000a").id.replace("-", "_"))


def test_runs_of_one_second_keep_their_order_whatever_their_names(tmp_path: Path) -> None:
    begun = datetime(2026, 9, 24, 10, 15, 30, tzinfo=UTC)
    for milliseconds, name in ((1, "ffffff"), (2, "000000"), (3, "aaaaaa")):
        now = begun + timedelta(milliseconds=milliseconds)
        FileJournal(kept(tmp_path), now=lambda now=now: now, name=lambda name=name: name).begin(EMPTY)  # type: ignore[misc]
    assert [run.id[-6:] for run in list_runs(kept(tmp_path))] == ["aaaaaa", "000000", "ffffff"]


def test_a_folder_without_runs_has_none(tmp_path: Path) -> None:
    assert list_runs(kept(tmp_path / "nothing")) == ()


def test_a_run_that_cannot_be_recorded_sends_nothing(tmp_path: Path) -> None:
    eu = Target()
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(Refused, match="is not a folder"):
        run(tmp_path / "taken", eu)
    assert eu.writes == []


def test_a_creation_after_a_killed_one_waits_for_what_may_show_late(tmp_path: Path) -> None:
    """The killed run's creation took effect; the platform shows it only at the fourth reading."""
    killed = journal(tmp_path)
    killed.begin(EMPTY)
    killed.intent(Intent(identity=EPD.identity, actions=(Create({}),)))
    origin = Target(versioned=False)
    origin.hold(EPD)
    shown = dict(origin.live)
    origin.live.clear()

    def appear(target: Target) -> None:
        if target.reads == 4:
            target.live.update(shown)

    origin.on_read = appear
    (ended,) = run(tmp_path, origin, "00000b")
    assert (ended.status, origin.writes) == (Status.UNCHANGED, [])
    assert recall(kept(tmp_path)).open == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"no json", "it is not JSON"),
        (b"9" * 5000, "it has a number of too many digits"),
        (b'"\x9d"', "it is not UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
    ],
)
def test_a_damaged_line_is_described_without_the_parsers_text(tmp_path: Path, line: bytes, why: str) -> None:
    journals = replace(kept(tmp_path), key=None)
    (tmp_path / "20260101T000000.000000Z-00000a.jsonl").write_bytes(line + b"\n")
    (found,) = list_runs(journals)
    assert found.damaged == f"line 1: {why}"


def test_a_journal_that_cannot_be_created_names_the_folder_that_denied_it(tmp_path: Path) -> None:
    journals = Journals(Folder(tmp_path / "gone", (".trueup", "runs")), key=None)
    with pytest.raises(JournalFailed) as raised:
        FileJournal(journals, summary=JournalSummary()).begin(EMPTY)
    assert str(raised.value) == (
        f"The journal in {tmp_path}/gone/.trueup/runs cannot be written, so nothing more is sent: No such file or "
        f"directory. Make room, or make {tmp_path}/gone writable, and plan again."
    )


def test_a_journal_that_is_refused_says_once_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ".trueup").symlink_to(tmp_path)
    journals = Journals(Folder(tmp_path, (".trueup", "runs")), key=None)
    with pytest.raises(JournalFailed) as raised:
        FileJournal(journals, summary=JournalSummary()).begin(EMPTY)
    assert str(raised.value).endswith("find out where it came from and remove it. Do that, and plan again.")


def test_a_journal_that_is_too_large_is_named_and_not_read(tmp_path: Path) -> None:
    record = journal(tmp_path)
    record.begin(EMPTY)
    record.intent(NAME)
    (file,) = tmp_path.glob("*.jsonl")
    os.truncate(file, FILE_BYTES + 1)
    (found,) = list_runs(kept(tmp_path))
    assert "larger than" in found.damaged
    assert found.distrusted
    assert found.writes == ()


def test_a_line_that_is_too_long_is_damage(tmp_path: Path) -> None:
    record = journal(tmp_path)
    record.begin(EMPTY)
    record.intent(NAME)
    (file,) = tmp_path.glob("*.jsonl")
    file.write_bytes(file.read_bytes() + b"x" * (LINE_BYTES + 1))
    (found,) = list_runs(kept(tmp_path))
    assert (found.damaged, len(found.open)) == ("line 3: its seal is wrong", 1)


@pytest.mark.slow
def test_of_very_many_journals_the_newest_are_read(tmp_path: Path) -> None:
    for number in range(JOURNALS_READ + 5):
        (tmp_path / f"{number:05}.jsonl").touch()
    assert [run.id for run in list_runs(kept(tmp_path))] == [f"{n:05}" for n in range(JOURNALS_READ + 4, 4, -1)]
