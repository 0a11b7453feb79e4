"""A sealed journal that anybody edited says nothing that its run did not put on record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.apply.history import list_runs
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import JournalSummary
from trueup.apply.seal import Journals
from trueup.model.action import Create, SetValue
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Forecast, Plan
from trueup.model.position import Position
from trueup.model.run import Ended, Ending, FieldReport, Intent, Outcome, Run, Status
from trueup.model.value import ABSENT, NOT_RETURNED, Known
from trueup.state.folder import Folder

pytestmark = pytest.mark.slow

PLAN = Plan(resources=(), digest=f"sha256:{'0' * 64}", forecast=Forecast(requests=0, seconds=0))
ONE, TWO = (Identity("o", Kind.CERTIFICATION, IdField.EXTERNAL_ID, value) for value in ("one", "two"))
SET = SetValue("url", "https://acme.example/1.pdf")
AT = datetime(2026, 9, 24, tzinfo=UTC)


def record(journals: Journals, name: str) -> Path:
    """Put a run on record, with two writes of which one has no ending."""
    journal = FileJournal(journals, now=lambda: AT, name=lambda: name, sync=lambda _: None)
    journal.begin(PLAN)
    number = journal.intent(Intent(identity=ONE, actions=(SET,), remote_id="i"))
    journal.ended(number, Ended(ending=Ending.APPLIED))
    unseen = FieldReport(path=SET.path, planned=ABSENT, now=NOT_RETURNED, wanted=Known(SET.value))
    journal.outcome(
        Outcome(identity=ONE, status=Status.APPLIED, position=Position("a.yaml", 1, 1), done=(SET,), fields=(unseen,))
    )
    journal.intent(Intent(identity=TWO, actions=(Create({"name": "Two"}),)))
    journal.finish()
    return journals.folder.path / f"{journal.id}.jsonl"


@dataclass
class Kept:
    """A journal, what it holds, and what is read of each number of its lines."""

    journals: Journals
    file: Path
    lines: list[bytes]
    others: list[bytes]
    prefixes: list[Run]

    def read(self, content: bytes) -> Run:
        self.file.write_bytes(content)
        (run,) = list_runs(self.journals)
        return run


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    journals = Journals(Folder(tmp_path_factory.mktemp("project"), ("runs",)), key=b"k" * 32)
    other = record(journals, "00000b")
    others = other.read_bytes().splitlines(keepends=True)
    other.unlink()
    file = record(journals, "00000a")
    made = Kept(journals, file, file.read_bytes().splitlines(keepends=True), others, [])
    made.prefixes = [made.read(b"".join(made.lines[:length])) for length in range(len(made.lines) + 1)]
    return made


def assert_adds_nothing(kept: Kept, edited: bytes) -> None:
    run = kept.read(edited)
    if run.distrusted:
        left = JournalSummary().after(run)
        assert (left.open, left.unconfirmed, left.memory, left.plans) == ({}, frozenset(), {}, {})
        return
    assert replace(run, damaged="") in kept.prefixes
    if not run.damaged:
        whole = [line for line in edited.splitlines(keepends=True) if line.endswith(b"\n")]
        assert whole == kept.lines[: len(whole)], "an edit that is not noticed is a cut"


def test_what_the_run_put_on_record_is_evidence(kept: Kept) -> None:
    run = kept.read(b"".join(kept.lines))
    assert (run.distrusted, run.damaged) == ("", "")
    left = JournalSummary().after(run)
    assert (set(left.open), set(left.unconfirmed), set(left.memory)) == ({TWO}, {TWO}, {ONE})


def test_the_change_of_any_byte_is_noticed_or_cuts_the_last_line_off(kept: Kept) -> None:
    content = b"".join(kept.lines)
    for place in range(len(content)):
        edited = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        assert_adds_nothing(kept, edited)
        run = kept.read(edited)
        assert run.distrusted or run.damaged or place >= len(content) - 1


def test_a_journal_under_another_name_with_another_key_or_elsewhere_is_no_evidence(kept: Kept, tmp_path: Path) -> None:
    content = b"".join(kept.lines)
    assert kept.read(b"".join(kept.others)).distrusted
    assert list_runs(replace(kept.journals, key=b"x" * 32))[0].distrusted
    assert list_runs(replace(kept.journals, key=None))[0].distrusted
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / kept.file.name).write_bytes(content)
    assert list_runs(Journals(Folder(tmp_path, ("runs",)), key=kept.journals.key))[0].distrusted


EDITS: dict[str, Callable[[list[bytes], int, int], list[bytes]]] = {
    "take out": lambda lines, one, _: lines[:one] + lines[one + 1 :],
    "repeat": lambda lines, one, other: [*lines[:one], lines[other], *lines[one:]],
    "move": lambda lines, one, other: [
        lines[other] if n == one else lines[one] if n == other else line for n, line in enumerate(lines)
    ],
    "join": lambda lines, one, _: [line[:-1] if n == one else line for n, line in enumerate(lines)],
    "unseal": lambda lines, one, _: [line[:-76] + b"}\n" if n == one else line for n, line in enumerate(lines)],
}


@given(st.sampled_from(sorted(EDITS)), st.integers(0, 5), st.integers(0, 5))
def test_lines_that_were_taken_out_repeated_or_moved_add_nothing(kept: Kept, edit: str, one: int, other: int) -> None:
    assert_adds_nothing(kept, b"".join(EDITS[edit](kept.lines, one, other)))


@given(st.integers(0, 5), st.integers(0, 5))
def test_a_line_of_another_run_adds_nothing(kept: Kept, one: int, other: int) -> None:
    assert_adds_nothing(kept, b"".join([*kept.lines[:one], kept.others[other], *kept.lines[one:]]))


@given(st.data(), st.binary(max_size=40))
def test_bytes_that_were_put_in_or_cut_out_add_nothing(kept: Kept, data: st.DataObject, put: bytes) -> None:
    content = b"".join(kept.lines)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    assert_adds_nothing(kept, content[:start] + put + content[end:])
