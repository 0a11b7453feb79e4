"""Read the JSON documents of commands, and of shards, back: what :mod:`trueup.report.document` wrote.

New members may come without a new format version, so members that are not known are passed over here. The plan inside
is read strictly, with its checksum, as a saved plan is.
"""

import json
from dataclasses import dataclass, field, fields, replace
from typing import Any

from trueup.errors import Diagnostic, InvalidInput, UsageError
from trueup.model.drift import Drift
from trueup.model.outcome import Outcome
from trueup.model.plan import Plan
from trueup.model.position import Position
from trueup.plan.codec import CODEC, from_json, version_of
from trueup.plan.saved import plan_from_json
from trueup.plan.shard import Shard
from trueup.plan.strict import Form, Unexpected
from trueup.report.document import FORMAT_VERSION
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
        return _report(json.loads(text), file)
    except (ValueError, RecursionError) as error:
        raise refused(file, "document-format", f"The file is not JSON: {error}.") from None
    except Unexpected as error:
        raise refused(file, "document-format", f"The file is not what a command printed: {error}.") from None


def read_report(text: str, *, file: str) -> ShardReport:
    """Read one shard's document.

    Raises :class:`~trueup.errors.InvalidInput` with the code ``shard-format`` when it is not the document of a shard,
    and with the codes of ``plan_from_json`` when its plan is not as it was written.
    """
    try:
        return _shard_report(json.loads(text), file)
    except (ValueError, RecursionError) as error:
        raise refused(file, "shard-format", f"The file is not JSON: {error}.") from None
    except Unexpected as error:
        raise refused(file, "shard-format", f"The file is not what a shard printed: {error}.") from None
    except UsageError as error:
        raise refused(file, "shard-format", str(error)) from None


def refused(file: str, code: str, message: str) -> InvalidInput:
    """Return the error that a shard's file cannot be joined."""
    # The first line of a file made by a program helps nobody.
    return InvalidInput([Diagnostic(code=code, message=message, position=Position(file, 1, 1), quotable=False)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Error:
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """The members of a document that are read back; the plan is read with its checksum, as a saved one is."""

    plan: Any
    command: str
    exit_status: int
    diagnostics: tuple[Diagnostic, ...]
    outcomes: tuple[Outcome, ...] | None
    error: _Error | None
    drift: Drift | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShardDocument(_Document):
    shard: Shard
    making: Making = field(default_factory=Making)


CODEC.form(_Error, Form(open=True, words=frozenset({"message"})))
CODEC.form(_Document, Form(open=True, later=frozenset({"drift"})))
CODEC.form(_ShardDocument, Form(open=True, later=frozenset({"drift", "making"})))
CODEC.form(Making, Form(open=True, later=frozenset({"files"})))
CODEC.form(Shard, Form(open=True))


def _shard_report(document: object, file: str) -> ShardReport:
    whole = _report(document, file)
    read = from_json(document, _ShardDocument)
    return ShardReport(shard=read.shard, making=read.making, **{name: getattr(whole, name) for name in _MEMBERS})


_MEMBERS = tuple(member.name for member in fields(Report))


def _report(document: object, file: str) -> Report:
    version = version_of(document)
    if version != FORMAT_VERSION:
        raise Unexpected(f"it has format version {version}, and this trueup reads version {FORMAT_VERSION}")
    read = from_json(document, _Document)
    return Report(
        file=file,
        command=read.command,
        status=read.exit_status,
        # Whether a line may hold a secret is not in the document, and the file may not be the same here.
        diagnostics=tuple(replace(diagnostic, quotable=False) for diagnostic in read.diagnostics),
        plan=None if read.plan is None else plan_from_json(read.plan, file=file),
        outcomes=read.outcomes,
        error="" if read.error is None else read.error.message,
        drift=read.drift,
    )
