"""What earlier runs leave is read from one small file, which agrees with their journals."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import BinaryIO

import pytest

from trueup.apply.history import list_runs
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import RUNS_KEPT, SUMMARY, JournalSummary, recall
from trueup.apply.seal import Journals
from trueup.model.action import Action, Create, Delete, SetValue
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Forecast, Plan
from trueup.model.position import Position
from trueup.model.run import Ended, Ending, FieldReport, Intent, Outcome, Status
from trueup.model.value import ABSENT, NOT_RETURNED, Known
from trueup.state.folder import Folder

DIGEST = f"sha256:{'0' * 64}"
ONE, TWO = (Identity("o", Kind.CERTIFICATION, IdField.EXTERNAL_ID, value) for value in ("one", "two"))
A, B = SetValue("url", "https://acme.example/a.pdf"), SetValue("url", "https://acme.example/b.pdf")
CREATE = Create({"url": "https://acme.example/a.pdf"})
MOMENTS = count()


@dataclass(frozen=True)
class Counted(Folder):
    """A folder that counts which of its files are read."""

    reads: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def reading(self, name: str, most: int) -> Iterator[BinaryIO]:
        self.reads[name] += 1
        with super().reading(name, most) as file:
            yield file


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(Counted(tmp_path, ("runs",)), key=b"k" * 32)


def reads(journals: Journals) -> Counter[str]:
    """Return which files were read since the last call."""
    assert isinstance(journals.folder, Counted)
    found = Counter(journals.folder.reads)
    journals.folder.reads.clear()
    return found


def now() -> datetime:
    return datetime(2026, 9, 24, tzinfo=UTC) + timedelta(seconds=next(MOMENTS))


Wrote = tuple[Identity, Action, Ending | None, Status | None]


def run(journals: Journals, *writes: Wrote, digest: str = DIGEST, ends: bool = True) -> str:
    """Record a run: what it sent, how that ended, and the outcome; return the run's name."""
    journal = FileJournal(journals, now=now, sync=lambda _: None)
    journal.begin(Plan(resources=(), digest=digest, forecast=Forecast(requests=0, seconds=0)))
    for identity, action, ending, status in writes:
        number = journal.intent(Intent(identity=identity, actions=(action,), remote_id="i"))
        if ending is not None:
            journal.ended(number, Ended(ending=ending))
        if status is not None:
            journal.outcome(outcome(identity, status, action))
    if ends:
        journal.finish()
    return journal.id


def outcome(identity: Identity, status: Status, action: Action) -> Outcome:
    not_returned = FieldReport(path="url", planned=ABSENT, now=NOT_RETURNED, wanted=Known("x"))
    applied = status is Status.APPLIED
    return Outcome(
        identity=identity,
        status=status,
        position=Position("a.yaml", 1, 1),
        done=(action,) if applied else (),
        fields=(not_returned,) if applied else (),
        remote_id="i",
    )


def good(identity: Identity, action: Action = A) -> Wrote:
    return identity, action, Ending.APPLIED, Status.APPLIED


LOST: Wrote = (ONE, B, Ending.UNKNOWN, Status.UNKNOWN)
KILLED: Wrote = (TWO, CREATE, None, None)
STORIES: Sequence[Sequence[tuple[Sequence[Wrote], bool]]] = [
    [],
    [([good(ONE)], True)],
    [([good(ONE)], True), ([LOST], True)],
    [([good(ONE)], True), ([LOST], True), ([good(ONE, B)], True)],
    [([good(ONE), KILLED], False), ([good(ONE, B)], True)],
    [([KILLED], False), ([(TWO, A, Ending.APPLIED, Status.STALE)], True)],
    [([good(TWO, CREATE)], True), ([good(TWO, Delete("old"))], True), ([good(ONE)], False)],
]


def by_journals(journals: Journals) -> JournalSummary:
    summary = JournalSummary()
    for each in reversed(list_runs(journals)):
        summary = summary.after(replace(each, settled={}))
    return summary


@pytest.mark.parametrize("story", STORIES)
def test_the_summary_agrees_with_the_journals(
    journals: Journals, story: Sequence[tuple[Sequence[Wrote], bool]]
) -> None:
    for writes, ends in story:
        run(journals, *writes, ends=ends)
        assert recall(journals) == by_journals(journals)
    (journals.folder.path / SUMMARY).unlink(missing_ok=True)
    assert recall(journals) == by_journals(journals)


def test_the_journals_of_runs_that_ended_are_not_read_again(journals: Journals) -> None:
    for _ in range(RUNS_KEPT + 5):
        run(journals, *[good(Identity("o", Kind.CERTIFICATION, IdField.EXTERNAL_ID, f"c{n}")) for n in range(20)])
    reads(journals)
    assert len(recall(journals).memory) == 20
    assert reads(journals) == {SUMMARY: 1}
    killed = run(journals, LOST, ends=False)
    assert reads(journals) == {SUMMARY: 1}
    for _ in range(2):
        assert recall(journals).open == {ONE: killed}
        assert reads(journals) == {SUMMARY: 1, f"{killed}.jsonl": 1}


def test_without_a_summary_each_journal_is_read_once(journals: Journals) -> None:
    names = {run(journals, good(ONE)) for _ in range(3)}
    (journals.folder.path / SUMMARY).unlink()
    reads(journals)
    recall(journals)
    assert {name: n for name, n in reads(journals).items() if name != SUMMARY} == {f"{n}.jsonl": 1 for n in names}


def test_old_journals_are_removed_and_their_content_is_kept(journals: Journals) -> None:
    (journals.folder.path).mkdir()
    (journals.folder.path / "20200101T000000.000000Z-foreign.jsonl").write_text("not ours\n")
    first = run(journals, good(ONE))
    for _ in range(RUNS_KEPT):
        run(journals, good(TWO), digest=f"sha256:{'1' * 64}")
    names = sorted(file.stem for file in journals.folder.path.glob("*.jsonl"))
    assert (len(names), names[0], first in names) == (RUNS_KEPT + 1, "20200101T000000.000000Z-foreign", False)
    summary = recall(journals)
    assert set(summary.memory) == {ONE, TWO}
    assert [name for name, _ in summary.plans[DIGEST].runs] == [first]
    assert "not sealed" in summary.journals["20200101T000000.000000Z-foreign"][0]


@pytest.mark.parametrize("harm", ["{}", "", "[" * 100_000, "null"])
def test_a_damaged_summary_is_made_again_from_the_journals(journals: Journals, harm: str) -> None:
    run(journals, good(ONE))
    run(journals, LOST)
    before = recall(journals)
    summary = journals.folder.path / SUMMARY
    for content in (harm, summary.read_text().replace("one", "two"), summary.read_text()[:-9]):
        summary.write_text(content)
        assert recall(journals) == before


def test_a_restored_old_summary_is_ignored_once_its_journals_are_gone(journals: Journals) -> None:
    run(journals, good(ONE))
    summary = journals.folder.path / SUMMARY
    earlier = summary.read_text()
    run(journals, LOST)
    for _ in range(RUNS_KEPT):
        run(journals, good(TWO))
    summary.write_text(earlier)
    assert ONE not in recall(journals).memory


def test_an_unreadable_journal_clears_the_memory(journals: Journals) -> None:
    run(journals, good(ONE))
    (journals.folder.path / "99990101T000000.000000Z-folder.jsonl").mkdir()
    summary = recall(journals)
    assert summary.memory == {}
    assert "is not a regular file" in summary.journals["99990101T000000.000000Z-folder"][0]


def test_a_damaged_journal_clears_the_memory(journals: Journals) -> None:
    run(journals, good(ONE))
    killed = journals.folder.path / f"{run(journals, good(TWO), ends=False)}.jsonl"
    killed.write_bytes(killed.read_bytes() + b'{"record":"intent"}\n')
    assert recall(journals).memory == {}


def test_a_run_with_the_clock_set_back_clears_the_memory_of_what_it_wrote(journals: Journals) -> None:
    run(journals, good(ONE), good(TWO))
    early = FileJournal(journals, now=lambda: datetime(2020, 1, 1, tzinfo=UTC), sync=lambda _: None)
    early.begin(Plan(resources=(), digest=DIGEST, forecast=Forecast(requests=0, seconds=0)))
    early.intent(Intent(identity=ONE, actions=(B,), remote_id="i"))
    summary = recall(journals)
    assert (set(summary.memory), summary.open) == ({TWO}, {ONE: early.id})


def test_more_new_journals_than_are_read_clear_the_memory(journals: Journals) -> None:
    run(journals, good(ONE))
    run(journals, LOST, ends=False)
    for _ in range(RUNS_KEPT):
        run(journals, good(TWO), ends=False)
    assert ONE not in recall(journals).memory


def test_without_a_key_no_journal_is_read_and_all_are_named(journals: Journals) -> None:
    name = run(journals, good(ONE))
    reads(journals)
    summary = recall(replace(journals, key=None))
    assert (summary.memory, list(summary.journals), reads(journals)) == ({}, [name], {})


def test_a_summary_that_cannot_be_written_is_skipped(journals: Journals) -> None:
    run(journals, good(ONE))
    (journals.folder.path / SUMMARY).unlink()
    (journals.folder.path / SUMMARY).mkdir()
    run(journals, LOST)
    assert (set(recall(journals).open), recall(journals).memory) == ({ONE}, {})


def test_a_plan_is_known_to_be_applied_except_for_what_no_run_applied(journals: Journals) -> None:
    first = run(journals, good(ONE), (TWO, A, Ending.FAILED, Status.FAILED))
    applied = recall(journals).plans[DIGEST]
    assert ([name for name, _ in applied.runs], set(applied.remaining)) == ([first], {TWO})
    again = FileJournal(journals, now=now)
    again.begin(Plan(resources=(), digest=DIGEST, forecast=Forecast(requests=0, seconds=0)))
    assert again.applied_before(TWO) == ""
    assert again.applied_before(ONE).startswith(f"run {first} on 2026-09-24T")
    second = run(journals, good(TWO))
    applied = recall(journals).plans[DIGEST]
    assert ([name for name, _ in applied.runs], len(applied.remaining)) == ([first, second], 0)


def test_a_run_that_was_killed_or_did_nothing_did_not_apply_its_plan(journals: Journals) -> None:
    run(journals, good(ONE), ends=False)
    run(journals, LOST)
    assert recall(journals).plans == {}


def test_the_summary_is_one_line_of_json_with_a_seal(journals: Journals) -> None:
    run(journals, good(ONE))
    (line,) = (journals.folder.path / SUMMARY).read_text().splitlines()
    assert list(json.loads(line))[-1] == "seal"
