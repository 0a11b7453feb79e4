"""The lines of a run's journal (``schemas/journal.schema.json``), without their seals.

One record is one line of JSON. Its ``record`` member names its type: ``run`` is the first record, ``intent`` precedes
and ``ending`` follows every write, ``outcome`` says how a resource ended, and ``end`` is the last record.
"""

from collections.abc import Mapping
from typing import Final

from trueup.model.run import JOURNAL_VERSION, UNKNOWN_INVOCATION, Outcome, OutcomeRecord, Record, RunRecord
from trueup.model.value import NotReturned
from trueup.plan.codec import RECORDS, from_json, to_json
from trueup.plan.typed_json import Unexpected, is_valid_unicode

_READ: Final = range(1, JOURNAL_VERSION + 1)

_SINCE: Final[Mapping[str, tuple[Mapping[str, object], ...]]] = {
    "run": ({"invocation": to_json(UNKNOWN_INVOCATION)},),
    "intent": ({"before": []},),
    "ending": ({"correlationId": ""},),
    "outcome": ({"remoteId": "", "unseen": []}, {"kept": [], "settled": None}, {"correlationId": ""}),
}
"""Members that later versions have added to a record, version by version, with their values for older records."""


def outcome_record(at: str, outcome: Outcome) -> OutcomeRecord:
    """Return the journal's record of an outcome."""
    return OutcomeRecord(
        at=at,
        identity=outcome.identity,
        status=outcome.status,
        message=outcome.message,
        done=outcome.done,
        left=outcome.left,
        remote_id=outcome.remote_id,
        unseen=tuple(report.path for report in outcome.fields if isinstance(report.now, NotReturned)),
        kept=outcome.kept,
        settled=outcome.settled,
        correlation_id=outcome.correlation_id,
    )


def record_from_json(document: object) -> Record:
    """Return a record of any supported version; raises :class:`~trueup.plan.typed_json.Unexpected` for others."""
    if isinstance(document, dict):
        tag = document.get("record")
        # A newer version may have other records: this message is clearer than that of a union that does not match.
        if isinstance(tag, str) and is_valid_unicode(tag) and tag not in RECORDS:
            raise Unexpected(f"there is no record {tag}")
        for members in _SINCE.get(tag, ()) if isinstance(tag, str) else ():
            document = document if members.keys() & document.keys() else {**document, **members}
    record: Record = from_json(document, Record)
    if isinstance(record, RunRecord) and record.format_version not in _READ:
        version = record.format_version
        raise Unexpected(f"the journal has format version {version}, this trueup reads up to version {JOURNAL_VERSION}")
    return record
