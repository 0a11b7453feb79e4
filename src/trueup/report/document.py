"""The one JSON document of a command, which is the same shape however it ended, both ways.

New members may come without a new format version, so members that are not known are passed over. The plan inside is
read strictly, with its checksum, as a saved plan is.
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
from trueup.report.provenance import Making
from trueup.report.result import Result
from trueup.report.runs import run_to_json

_FORMAT_VERSION: Final = 1

_NAMES: Final = frozenset({"value", "key", "member", "members", "known"})
"""Members of the document that hold identities, natural keys, members of sets and single values."""


def render_document(result: Result) -> str:
    """Return the document as JSON text with a line end; ASCII only, so that no terminal or log can be drawn on.

    ``plan``, ``outcomes`` and ``error`` are null where there is none: the shape is one for every ending. ``drift``,
    ``runs``, ``shard`` and ``making`` are only there where the result has them. ``spelled`` names the characters of
    texts that could be taken for others, by text, where there are such texts.
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
        document |= {"shard": to_json(result.shard), "making": to_json(result.making)}
    whole = {**document, **result.also}
    spelled: dict[str, str] = {}
    _spell_out(whole, "", spelled)
    if spelled:
        whole["spelled"] = spelled
    return f"{indented(whole)}\n"


def read_document(text: str, *, file: str) -> Result:
    """Read one command's document.

    Raises :class:`~trueup.errors.InvalidInput` with the code ``document-format`` when it is none, and with the codes of
    ``plan_from_json`` when its plan is not as it was written.
    """
    try:
        return _result(json.loads(text), _Document, file)
    except (ValueError, RecursionError) as error:
        raise _unreadable(file, "document-format", error) from None
    except Unexpected as error:
        raise refused(file, "document-format", f"The file is not what a command printed: {error}.") from None


def read_report(text: str, *, file: str) -> Result:
    """Read one shard's document.

    Raises :class:`~trueup.errors.InvalidInput` with the code ``shard-format`` when it is not the document of a shard,
    and with the codes of ``plan_from_json`` when its plan is not as it was written.
    """
    try:
        return _result(json.loads(text), _ShardDocument, file)
    except (ValueError, RecursionError) as error:
        raise _unreadable(file, "shard-format", error) from None
    except Unexpected as error:
        raise refused(file, "shard-format", f"The file is not what a shard printed: {error}.") from None
    except UsageError as error:
        raise refused(file, "shard-format", str(error)) from None


def refused(file: str, code: str, message: str, *, line: int = 1, column: int = 1) -> InvalidInput:
    """Return the error that a document's file cannot be used."""
    # The line of a file made by a program helps nobody.
    place = Position(file, line, column)
    return InvalidInput([Diagnostic(code=code, message=message, position=place, quotable=False)])


def _unreadable(file: str, code: str, error: ValueError | RecursionError) -> InvalidInput:
    line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
    return refused(file, code, f"The file cannot be read: {json_fault(error)}.", line=line, column=column)


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


CODEC.form(_Error, JsonForm(open=True, words=frozenset({"message"})))
CODEC.form(_Document, JsonForm(open=True, later=frozenset({"drift"})))
CODEC.form(_ShardDocument, JsonForm(open=True, later=frozenset({"drift", "making"})))
CODEC.form(Making, JsonForm(open=True, later=frozenset({"files"})))
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
        # Whether a line may hold a secret is not in the document, and the file may not be the same here.
        diagnostics=tuple(replace(diagnostic, quotable=False) for diagnostic in read.diagnostics),
        plan=None if read.plan is None else plan_from_json(read.plan, file=file),
        outcomes=read.outcomes,
        error=None if read.error is None else TrueupError(read.error.message),
        drift=read.drift,
        shard=None if shard is None else shard.shard,
        making=shard.making if shard else Making(),
    )


def _spell_out(node: object, name: str, found: dict[str, str]) -> None:
    """Add to ``found`` each identity, natural key, member or single value with odd characters, and their names."""
    if isinstance(node, str):
        if name in _NAMES and not node.isascii() and (spelled := spelled_out(node)) != node:
            found[node] = spelled
    elif isinstance(node, dict):
        for inner, value in node.items():
            if value.__class__ is not str or not value.isascii():
                _spell_out(value, inner, found)
    elif isinstance(node, list | tuple):
        for item in node:
            _spell_out(item, name, found)


def _error_to_json(error: TrueupError) -> JsonObject:
    """Return what ended the run: its class, its words, and what the platform said where one was involved."""
    told: JsonObject = {"type": type(error).__name__, "message": str(error)}
    match error:
        case PlatformError():
            return {**told, "status": error.status, "code": error.code, "messages": list(error.messages)}
        case _:
            return told
