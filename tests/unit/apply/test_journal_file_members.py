"""What a journal records of a run beyond its requests, and journals of an earlier version without that."""

from pathlib import Path

import pytest

from trueup.apply.history import list_runs, run_of, show_run
from trueup.apply.journal_file import FileJournal
from trueup.apply.record import record_from_json
from trueup.errors import Conflict, Rejected
from trueup.model.action import SetValue
from trueup.model.run import Ended, Ending, Invocation, Status
from trueup.model.value import Known
from trueup.plan.typed_json import Unexpected
from unit.apply.fakes import Target, kept, refusing
from unit.apply.test_journal_file import CALENDAR, EMPTY, TAX, run


def test_a_run_records_who_started_it_and_a_later_reader_finds_that(tmp_path: Path) -> None:
    invocation = Invocation(user="ada", host="build-7", command="trueup apply", version="1.0.0")
    begun = FileJournal(kept(tmp_path), now=CALENDAR, name=lambda: "00000a", invocation=invocation)
    begun.begin(EMPTY)
    assert show_run(kept(tmp_path), begun.id).invocation == invocation


def test_a_write_records_the_values_that_it_changes(tmp_path: Path) -> None:
    target = Target()
    target.hold(TAX, name="Old Tax")
    run(tmp_path, target)
    (write,) = list_runs(kept(tmp_path))[0].writes
    assert (write.intent.actions, write.intent.before) == ((SetValue("name", "Acme Tax"),), (Known("Old Tax"),))


def test_a_refused_write_records_the_correlation_id_of_its_request_and_of_its_outcome(tmp_path: Path) -> None:
    target = Target(faults=[refusing(Rejected("No.", status=400, correlation_id="trueup-1"))])
    target.hold(TAX, name="Old Tax")
    (ended,) = run(tmp_path, target)
    (found,) = list_runs(kept(tmp_path))
    assert (ended.status, ended.correlation_id) == (Status.FAILED, "trueup-1")
    assert found.outcomes[0].correlation_id == "trueup-1"
    assert found.writes[0].ended is not None
    assert (found.writes[0].ended.ending, found.writes[0].ended.correlation_id) == (Ending.FAILED, "trueup-1")


def test_an_outcome_that_needs_no_support_has_no_correlation_id(tmp_path: Path) -> None:
    target = Target(faults=[refusing(Conflict("Moved.", status=409, correlation_id="trueup-1"))])
    target.hold(TAX, name="Old Tax")
    (ended,) = run(tmp_path, target)
    assert (ended.status, ended.correlation_id) == (Status.APPLIED, "")


OLD = {
    "run": {
        "record": "run",
        "formatVersion": 4,
        "at": "2026-05-01T12:00:00.250+00:00",
        "run": "20260501T120000.250000Z-00000a",
        "plan": f"sha256:{'0' * 64}",
        "resources": 1,
        "pid": 7,
    },
    "intent": {
        "record": "intent",
        "at": "2026-05-01T12:00:00.250+00:00",
        "number": 1,
        "identity": {"target": "eu", "kind": "Connector", "field": "key", "value": "acme-tax"},
        "actions": [{"type": "set-value", "path": "name", "value": "Acme Tax"}],
        "remoteId": "id-1",
        "version": 7,
    },
    "ending": {
        "record": "ending",
        "at": "2026-05-01T12:00:00.250+00:00",
        "number": 1,
        "ending": "failed",
        "message": "No.",
        "version": None,
    },
}


def test_a_journal_of_the_version_before_is_read_with_nothing_known_of_the_new_members() -> None:
    found = run_of("old", [record_from_json(record) for record in OLD.values()])
    assert found.invocation == Invocation()
    assert found.writes[0].intent.before == ()
    assert found.writes[0].ended == Ended(ending=Ending.FAILED, message="No.")


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("run", {"invocation": {"user": "ada"}}),
        ("run", {"invocation": "ada"}),
        ("intent", {"before": ["unset"]}),
        ("ending", {"correlationId": 7}),
        ("run", {"formatVersion": 6}),
    ],
)
def test_a_new_member_of_another_shape_is_refused(name: str, members: dict[str, object]) -> None:
    with pytest.raises(Unexpected):
        record_from_json({**OLD[name], **members})
