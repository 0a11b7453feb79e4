"""Read the JSON documents of commands, and of shards, back: what :mod:`trueup.report.document` wrote.

New members may come without a new format version, so members that are not known are passed over here. The plan inside
is read strictly, with its checksum, as a saved plan is.
"""

import json
from dataclasses import dataclass, field, fields

from trueup.bounded import json_fault
from trueup.errors import Diagnostic, InvalidInput, Severity, UsageError
from trueup.model.drift import Drift
from trueup.model.outcome import FieldReport, Outcome, Status
from trueup.model.plan import Plan
from trueup.model.position import Position
from trueup.plan.revive import action_from_json, identity_from_json, live_from_json, position_from_json
from trueup.plan.saved import plan_from_json
from trueup.plan.shard import Shard
from trueup.plan.strict import Node, Unexpected
from trueup.report.document import FORMAT_VERSION
from trueup.report.drift_json import drift_from_json
from trueup.report.making import Making


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Hold what one run printed; ``file`` is the name that people know it by, ``error`` what ended it early.

    ``drift`` is None where the command did not look for any, or came to none.
    """

    file: str
    command: str
    status: int
    diagnostics: tuple[Diagnostic, ...]
    plan: Plan | None
    outcomes: tuple[Outcome, ...] | None
    error: str
    drift: Drift | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardReport(Report):
    """Hold what the run of one shard printed."""

    shard: Shard
    making: Making = field(default_factory=Making)


def read_document(text: str, *, file: str) -> Report:
    """Read one command's document.

    Raises :class:`~trueup.errors.InvalidInput` with the code ``document-format`` when it is none, and with the codes of
    ``plan_from_json`` when its plan is not as it was written.
    """
    try:
        return _report(Node(json.loads(text)), file)
    except (ValueError, RecursionError) as error:
        raise _unreadable(file, "document-format", error) from None
    except Unexpected as error:
        raise refused(file, "document-format", f"The file is not what a command printed: {error}.") from None


def read_report(text: str, *, file: str) -> ShardReport:
    """Read one shard's document.

    Raises :class:`~trueup.errors.InvalidInput` with the code ``shard-format`` when it is not the document of a shard,
    and with the codes of ``plan_from_json`` when its plan is not as it was written.
    """
    try:
        return _shard_report(Node(json.loads(text)), file)
    except (ValueError, RecursionError) as error:
        raise _unreadable(file, "shard-format", error) from None
    except Unexpected as error:
        raise refused(file, "shard-format", f"The file is not what a shard printed: {error}.") from None
    except UsageError as error:
        raise refused(file, "shard-format", str(error)) from None


def refused(file: str, code: str, message: str, *, line: int = 1, column: int = 1) -> InvalidInput:
    """Return the error that a shard's file cannot be joined."""
    # The line of a file made by a program helps nobody.
    place = Position(file, line, column)
    return InvalidInput([Diagnostic(code=code, message=message, position=place, quotable=False)])


def _unreadable(file: str, code: str, error: ValueError | RecursionError) -> InvalidInput:
    line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
    return refused(file, code, f"The file cannot be read: {json_fault(error)}.", line=line, column=column)


def _shard_report(node: Node, file: str) -> ShardReport:
    whole = _report(node, file)
    shard = Shard(node["shard"]["index"].integer(), node["shard"]["count"].integer())
    making = Making()
    if "making" in node:
        made = node["making"]
        files = made["files"].text() if "files" in made else ""
        making = Making(commit=made["commit"].text(), run=made["run"].text(), files=files)
    return ShardReport(shard=shard, making=making, **{name: getattr(whole, name) for name in _MEMBERS})


_MEMBERS = tuple(member.name for member in fields(Report))


def _report(node: Node, file: str) -> Report:
    version = node["formatVersion"].integer()
    if version != FORMAT_VERSION:
        raise Unexpected(f"it has format version {version}, and this trueup reads version {FORMAT_VERSION}")
    plan = node["plan"].value
    return Report(
        file=file,
        command=node["command"].text(),
        status=node["exitStatus"].integer(),
        diagnostics=tuple(_diagnostic(item) for item in node["diagnostics"].items()),
        plan=None if plan is None else plan_from_json(plan, file=file),
        outcomes=node["outcomes"].optional(_outcomes),
        error=node["error"].optional(lambda error: error["message"].words()) or "",
        drift=node["drift"].optional(drift_from_json) if "drift" in node else None,
    )


def _diagnostic(node: Node) -> Diagnostic:
    return Diagnostic(
        code=node["code"].text(),
        message=node["message"].words(),
        position=position_from_json(node["position"]),
        severity=node["severity"].one_of(Severity),
        path=node["path"].text(),
        allowed=node["allowed"].words(),
        hint=node["hint"].words(),
        # Whether its line may hold a secret is not in the document, and the file may not be the same here.
        quotable=False,
    )


def _outcomes(node: Node) -> tuple[Outcome, ...]:
    return tuple(_outcome(item) for item in node.items())


def _outcome(node: Node) -> Outcome:
    return Outcome(
        identity=identity_from_json(node["identity"]),
        status=node["status"].one_of(Status),
        position=position_from_json(node["position"]),
        message=node["message"].words(),
        details=tuple(detail.words() for detail in node["details"].items()),
        done=tuple(action_from_json(action) for action in node["done"].items()),
        left=tuple(action_from_json(action) for action in node["left"].items()),
        fields=tuple(_field(field) for field in node["fields"].items()),
        requests=node["requests"].integer(),
    )


def _field(node: Node) -> FieldReport:
    return FieldReport(
        path=node["path"].text(),
        planned=live_from_json(node["planned"]),
        now=live_from_json(node["now"]),
        wanted=live_from_json(node["wanted"]),
        note=node["note"].words(),
    )
