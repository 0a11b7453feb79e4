"""Records of a run's journal as its file has them (``schemas/journal.schema.json``), but for their seals.

One record is one line of JSON. Its ``record`` member names its kind: ``run`` opens the file, ``intent`` and
``ending`` stand around every write, ``outcome`` tells how a resource ended, ``end`` closes the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trueup.apply.journal import Ended, Ending, Intent
from trueup.model.action import Action, FieldAction
from trueup.model.identity import Identity
from trueup.model.outcome import Outcome, Status
from trueup.model.value import NotReturned
from trueup.plan.jsonable import JsonObject, action_to_json, identity_to_json
from trueup.plan.revive import action_from_json, field_action_from_json, identity_from_json
from trueup.plan.strict import Node, Unexpected

FORMAT_VERSION: Final = 4
"""Version 1 had no seals (:mod:`trueup.apply.seal`); up to version 2 an outcome had no ``remoteId`` and ``unseen``,
up to version 3 no ``kept`` and ``settled``.
"""

_READ: Final = (1, 2, 3, FORMAT_VERSION)
_SINCE_3: Final = ("remoteId", "unseen")
_SINCE_4: Final = ("kept", "settled")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """Open a run: its name, the plan's hash, how many resources it has, and the process that applies it."""

    run: str
    at: str
    plan: str
    resources: int
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRecord:
    """Announce a write, before it is sent."""

    at: str
    number: int
    intent: Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingRecord:
    """Tell how the write of this number ended; a later one of the same number settles an unknown ending."""

    at: str
    number: int
    ended: Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecord:
    """Tell how a resource ended; ``unseen`` are the paths that were sent and that the platform does not return.

    ``kept`` and ``settled`` are as in :class:`~trueup.model.outcome.Outcome`.
    """

    at: str
    identity: Identity
    status: Status
    message: str
    done: tuple[Action, ...]
    left: tuple[Action, ...]
    remote_id: str = ""
    unseen: tuple[str, ...] = ()
    kept: tuple[FieldAction, ...] = ()
    settled: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRecord:
    """Close a run with the number of resources of each status."""

    at: str
    statuses: Mapping[Status, int]


Record = RunRecord | IntentRecord | EndingRecord | OutcomeRecord | EndRecord


def outcome_record(at: str, outcome: Outcome) -> OutcomeRecord:
    """Return what the journal keeps of an outcome."""
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
    )


def record_to_json(record: Record) -> JsonObject:
    """Return a record as its line holds it."""
    match record:
        case RunRecord():
            return {
                "record": "run",
                "formatVersion": FORMAT_VERSION,
                "at": record.at,
                "run": record.run,
                "plan": record.plan,
                "resources": record.resources,
                "pid": record.pid,
            }
        case IntentRecord():
            return {"record": "intent", "at": record.at, "number": record.number, **_intent(record.intent)}
        case EndingRecord():
            return {"record": "ending", "at": record.at, "number": record.number, **_ended(record.ended)}
        case OutcomeRecord():
            return {
                "record": "outcome",
                "at": record.at,
                "identity": identity_to_json(record.identity),
                "status": str(record.status),
                "message": record.message,
                "done": [action_to_json(action) for action in record.done],
                "left": [action_to_json(action) for action in record.left],
                "remoteId": record.remote_id,
                "unseen": list(record.unseen),
                "kept": [action_to_json(action) for action in record.kept],
                "settled": record.settled,
            }
        case EndRecord():
            return {"record": "end", "at": record.at, "statuses": {str(s): n for s, n in record.statuses.items()}}


def record_from_json(document: object) -> Record:
    """Read a record back; raises :class:`~trueup.plan.strict.Unexpected`."""
    node = Node(document)
    at = node["at"].text()
    match node["record"].text():
        case "run":
            return _run(node, at)
        case "intent":
            node.only("record", "at", "number", "identity", "actions", "remoteId", "version")
            return IntentRecord(at=at, number=node["number"].integer(), intent=_read_intent(node))
        case "ending":
            node.only("record", "at", "number", "ending", "message", "version")
            ended = Ended(
                ending=node["ending"].one_of(Ending),
                message=node["message"].words(),
                version=node["version"].optional(Node.integer),
            )
            return EndingRecord(at=at, number=node["number"].integer(), ended=ended)
        case "outcome":
            return _outcome(node, at)
        case "end":
            node.only("record", "at", "statuses")
            counts = node["statuses"].members(Node.integer)
            return EndRecord(at=at, statuses={Node(name).one_of(Status): count for name, count in counts.items()})
        case other:
            raise Unexpected(f"there is no record {other}")


def _run(node: Node, at: str) -> RunRecord:
    node.only("record", "formatVersion", "at", "run", "plan", "resources", "pid")
    version = node["formatVersion"].integer()
    if version not in _READ:
        raise Unexpected(f"the journal has format version {version}, this trueup reads up to version {FORMAT_VERSION}")
    return RunRecord(
        run=node["run"].text(),
        at=at,
        plan=node["plan"].text(),
        resources=node["resources"].integer(),
        pid=node["pid"].integer(),
    )


def _outcome(node: Node, at: str) -> OutcomeRecord:
    earlier, third = (not any(name in node for name in names) for names in (_SINCE_3, _SINCE_4))
    since = (*(() if earlier else _SINCE_3), *(() if third else _SINCE_4))
    node.only("record", "at", "identity", "status", "message", "done", "left", *since)
    return OutcomeRecord(
        at=at,
        identity=identity_from_json(node["identity"]),
        status=node["status"].one_of(Status),
        message=node["message"].words(),
        done=tuple(action_from_json(action) for action in node["done"].items()),
        left=tuple(action_from_json(action) for action in node["left"].items()),
        remote_id="" if earlier else node["remoteId"].text(),
        unseen=() if earlier else node["unseen"].texts(),
        kept=() if third else tuple(field_action_from_json(action) for action in node["kept"].items()),
        settled=None if third else node["settled"].optional(Node.integer),
    )


def _intent(intent: Intent) -> JsonObject:
    return {
        "identity": identity_to_json(intent.identity),
        "actions": [action_to_json(action) for action in intent.actions],
        "remoteId": intent.remote_id,
        "version": intent.version,
    }


def _read_intent(node: Node) -> Intent:
    return Intent(
        identity=identity_from_json(node["identity"]),
        actions=tuple(action_from_json(action) for action in node["actions"].items()),
        remote_id=node["remoteId"].text(),
        version=node["version"].optional(Node.integer),
    )


def _ended(ended: Ended) -> JsonObject:
    return {"ending": str(ended.ending), "message": ended.message, "version": ended.version}
