"""The JSON document of a command: writing it and reading it back.

The document has the same shape for every ending. Members can be added without a new format version, so unknown members
are ignored when reading. The plan inside is read strictly and its checksum is verified, like a saved plan.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any, Final

from trueup.bounded import json_fault
from trueup.errors import Diagnostic, InvalidInput, PlatformError, TrueupError, UsageError
from trueup.model.lookalikes import spelled_out
from trueup.model.plan import Drift
from trueup.model.position import Position
from trueup.model.run import Outcome
from trueup.plan.codec import CODEC, JsonObject, from_json, plan_to_json, to_json, version_of
from trueup.plan.saved import plan_from_json
from trueup.plan.shard import Shard
from trueup.plan.typed_json import JsonForm, Unexpected
from trueup.report.json_text import indented
from trueup.report.result import Provenance, Result
from trueup.report.runs import run_to_json
from trueup.report.tree import ReportTree
from trueup.report.tree_document import report_to_json

_FORMAT_VERSION: Final = 1

_FORMAT: Final = "document-format"
_CREATE: Final = "Create it with trueup plan --out FILE, or with --format json."

_NAMES: Final = frozenset({"value", "key", "member", "members", "known"})
"""Members of the document whose texts are identities, natural keys, members of sets or single values."""


def render_document(result: Result) -> str:
    """Return the document as JSON text with a final line break; ASCII only, so that it cannot control a terminal.

    ``plan``, ``outcomes`` and ``error`` are null when there is none. ``drift``, ``runs``, ``shard``, ``making``,
    ``report`` and ``summary`` are only present when the result has them. ``spelled`` is only present for texts with
    easily confused characters: it maps each of them to a spelling that names these characters.
    """
    document = {
        "formatVersion": _FORMAT_VERSION,
        "command": result.command,
        "exitStatus": int(result.status),
        "diagnostics": to_json(tuple(result.diagnostics)),
        "plan": None if result.plan is None else plan_to_json(result.plan),
        "outcomes": None if result.outcomes is None else to_json(tuple(result.outcomes)),
        "error": None if result.error is None else _error_to_json(result.error),
    }
    if result.drift is not None:
        document["drift"] = to_json(result.drift)
    if result.runs is not None:
        document["runs"] = [run_to_json(run) for run in result.runs]
    if result.shard is not None:
        # Only shards are merged, so only their documents need to say what they were made from.
        document |= {"shard": to_json(result.shard), "making": to_json(result.provenance)}
    if result.tree is not None:
        document["report"] = report_to_json(result.tree)
    if result.summary:
        document["summary"] = result.summary
    whole = {**document, **result.also}
    text = indented(whole)
    # Only texts beyond ASCII are spelled out. Searching for an escape is much faster than walking through the document.
    if "\\u" in text:
        # The texts themselves stay as they are: programs compare them with manifests.
        spelled: dict[str, str] = {}
        _spell_out(whole, "", spelled)
        if spelled:
            text = indented({**whole, "spelled": spelled})
    return f"{text}\n"


def read_document(text: str, *, file: str) -> Result:
    """Read one command's document.

    Raises :class:`~trueup.errors.InvalidInput` with the code ``document-format`` when the text is not such a document,
    and with the codes of ``plan_from_json`` when its plan was modified.
    """
    return result_of(parsed(text, file=file), file=file)


def parsed(text: str | bytes, *, file: str) -> object:
    """Return the JSON value of a text; raise InvalidInput with the code ``document-format`` and the position."""
    try:
        return json.loads(text)
    # RecursionError: JSON can be nested more deeply than Python can read.
    except (ValueError, RecursionError) as error:
        raise _unreadable(file, _FORMAT, error) from None


def result_of(document: object, *, file: str) -> Result:
    """Return the result of one command's document; raises as :func:`read_document` does."""
    try:
        return _result(document, _Document, file)
    except Unexpected as error:
        raise refused(file, _FORMAT, f"The file is not the JSON document of a command: {error}.") from None


def read_report(text: str, *, file: str) -> Result:
    """Read one shard's document.

    Raises :class:`~trueup.errors.InvalidInput` with the code ``shard-format`` when the text is not the document of a
    shard, and with the codes of ``plan_from_json`` when its plan was modified.
    """
    try:
        return _result(json.loads(text), _ShardDocument, file)
    except (ValueError, RecursionError) as error:
        raise _unreadable(file, "shard-format", error) from None
    except Unexpected as error:
        raise refused(file, "shard-format", f"The file is not the JSON document of a shard: {error}.") from None
    # Raised by Shard for an index outside of its count.
    except UsageError as error:
        raise refused(file, "shard-format", str(error)) from None


def refused(file: str, code: str, message: str, *, line: int = 1, column: int = 1) -> InvalidInput:
    """Return the error for a document that cannot be used, at a position of its file."""
    # Not quotable: a source line of generated JSON does not help the reader.
    place = Position(file, line, column)
    hint = _CREATE if code == _FORMAT else ""
    return InvalidInput([Diagnostic(code=code, message=message, position=place, hint=hint, quotable=False)])


def _unreadable(file: str, code: str, error: ValueError | RecursionError) -> InvalidInput:
    line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
    return refused(file, code, f"The file cannot be read: {json_fault(error)}.", line=line, column=column)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Error:
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """The members of a document that are read back; ``plan`` is parsed separately, with its checksum."""

    plan: Any
    command: str
    exit_status: int
    diagnostics: tuple[Diagnostic, ...]
    outcomes: tuple[Outcome, ...] | None
    error: _Error | None
    drift: Drift | None = None
    report: ReportTree | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShardDocument(_Document):
    shard: Shard
    making: Provenance = field(default_factory=Provenance)


# open: another version may have written more members. later: earlier versions did not write these.
CODEC.form(_Error, JsonForm(open=True, words=frozenset({"message"})))
_LATER: Final = frozenset({"drift", "report", "summary"})
CODEC.form(_Document, JsonForm(open=True, later=_LATER))
CODEC.form(_ShardDocument, JsonForm(open=True, later=_LATER | {"making"}))
CODEC.form(Provenance, JsonForm(open=True, later=frozenset({"files"})))
CODEC.form(Shard, JsonForm(open=True))


def _result(document: object, kind: type[_Document], file: str) -> Result:
    version = version_of(document)
    if version != _FORMAT_VERSION:
        raise Unexpected(f"it has format version {version}, and this trueup reads version {_FORMAT_VERSION}")
    read = from_json(document, kind)
    shard = read if isinstance(read, _ShardDocument) else None
    return Result(
        file=file,
        command=read.command,
        status=read.exit_status,
        # The document does not say which lines hold secrets, and the file may differ on this machine.
        diagnostics=tuple(replace(diagnostic, quotable=False) for diagnostic in read.diagnostics),
        plan=None if read.plan is None else plan_from_json(read.plan, file=file),
        outcomes=read.outcomes,
        error=None if read.error is None else TrueupError(read.error.message),
        drift=read.drift,
        tree=read.report,
        summary=read.summary,
        shard=None if shard is None else shard.shard,
        provenance=shard.making if shard else Provenance(),
    )


def _spell_out(node: object, name: str, found: dict[str, str]) -> None:
    """Add to ``found`` each text of a member in :data:`_NAMES` that has odd characters, with its spelling."""
    if isinstance(node, str):
        if name in _NAMES and not node.isascii() and (spelled := spelled_out(node)) != node:
            found[node] = spelled
    elif isinstance(node, dict):
        for inner, value in node.items():
            # Most texts are ASCII: skipping them here saves a call for each.
            if value.__class__ is not str or not value.isascii():
                _spell_out(value, inner, found)
    elif isinstance(node, list | tuple):
        for item in node:
            _spell_out(item, name, found)


def _error_to_json(error: TrueupError) -> JsonObject:
    """Return an error as JSON: class, message, and for platform errors status, code and messages."""
    document: JsonObject = {"type": type(error).__name__, "message": str(error)}
    match error:
        case PlatformError():
            members = {"status": error.status, "code": error.code, "messages": list(error.messages)}
            return {**document, **members, "correlationId": error.correlation_id}
        case _:
            return document
