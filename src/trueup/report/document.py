"""Write the one JSON document of a command: the same shape however the command ended."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Final

from trueup.errors import Diagnostic, PlatformError, TrueupError
from trueup.model.drift import Drift
from trueup.model.looks import spelled_out
from trueup.model.outcome import FieldReport, Outcome
from trueup.model.plan import Plan
from trueup.plan.jsonable import (
    JsonObject,
    action_to_json,
    identity_to_json,
    live_to_json,
    plan_to_json,
    position_to_json,
)
from trueup.plan.shard import Shard
from trueup.report.diagnostics import diagnostic_to_json
from trueup.report.drift_json import drift_to_json
from trueup.report.indented import indented
from trueup.report.making import Making
from trueup.report.recorded import RecordedRun
from trueup.report.runs import run_to_json

FORMAT_VERSION = 1

_NAMES: Final = frozenset({"value", "key", "member", "members", "known"})
"""Members of the document that hold identities, natural keys, members of sets and single values."""


def render_document(  # noqa: PLR0913 - one keyword a part of the document
    *,
    command: str,
    exit_status: int,
    diagnostics: Sequence[Diagnostic] = (),
    plan: Plan | None = None,
    outcomes: Sequence[Outcome] | None = None,
    drift: Drift | None = None,
    error: TrueupError | None = None,
    runs: Sequence[RecordedRun] | None = None,
    shard: Shard | None = None,
    making: Making | None = None,
    also: Mapping[str, object] = MappingProxyType({}),
) -> str:
    """Return the document as JSON text with a line end; ASCII only, so that no terminal or log can be drawn on.

    ``plan``, ``outcomes`` and ``error`` are null where there is none: the shape is one for every ending. ``runs`` is
    there only for commands that are about runs on record, ``drift`` only where live was compared for it, ``shard`` and
    ``making`` only for a part of an estate, ``also`` holds members of a command's own. ``spelled`` names the characters
    of texts that could be taken for others, by text, where there are such texts.
    """
    document = {
        "formatVersion": FORMAT_VERSION,
        "command": command,
        "exitStatus": int(exit_status),
        "diagnostics": [diagnostic_to_json(diagnostic) for diagnostic in diagnostics],
        "plan": None if plan is None else plan_to_json(plan),
        "outcomes": None if outcomes is None else [outcome_to_json(outcome) for outcome in outcomes],
        "error": None if error is None else error_to_json(error),
    }
    if drift is not None:
        document["drift"] = drift_to_json(drift)
    if runs is not None:
        document["runs"] = [run_to_json(run) for run in runs]
    if shard is not None:
        document["shard"] = {"index": shard.index, "count": shard.count}
    if making is not None:
        document["making"] = asdict(making)
    whole = {**document, **also}
    spelled: dict[str, str] = {}
    _spell_out(whole, "", spelled)
    if spelled:
        whole["spelled"] = spelled
    return f"{indented(whole)}\n"


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


def outcome_to_json(outcome: Outcome) -> JsonObject:
    """Return how one resource ended."""
    return {
        "identity": identity_to_json(outcome.identity),
        "status": outcome.status.value,
        "position": position_to_json(outcome.position),
        "message": outcome.message,
        "details": list(outcome.details),
        "done": [action_to_json(action) for action in outcome.done],
        "left": [action_to_json(action) for action in outcome.left],
        "fields": [_field_to_json(field) for field in outcome.fields],
        "requests": outcome.requests,
    }


def _field_to_json(field: FieldReport) -> JsonObject:
    return {
        "path": field.path,
        "planned": live_to_json(field.planned),
        "now": live_to_json(field.now),
        "wanted": live_to_json(field.wanted),
        "note": field.note,
    }


def error_to_json(error: TrueupError) -> JsonObject:
    """Return what ended the run: its class, its words, and what the platform said where one was involved."""
    told: JsonObject = {"type": type(error).__name__, "message": str(error)}
    match error:
        case PlatformError():
            return {**told, "status": error.status, "code": error.code, "messages": list(error.messages)}
        case _:
            return told
