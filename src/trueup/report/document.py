"""Write the one JSON document of a command: the same shape however the command ended."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from trueup.errors import Diagnostic, PlatformError, TrueupError
from trueup.model.drift import Drift
from trueup.model.looks import spelled_out
from trueup.model.outcome import Outcome
from trueup.model.plan import Plan
from trueup.model.run import Run
from trueup.plan.codec import JsonObject, plan_to_json, to_json
from trueup.plan.shard import Shard
from trueup.report.indented import indented
from trueup.report.making import Making
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
    runs: Sequence[Run] | None = None,
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
        "diagnostics": to_json(tuple(diagnostics)),
        "plan": None if plan is None else plan_to_json(plan),
        "outcomes": None if outcomes is None else to_json(tuple(outcomes)),
        "error": None if error is None else error_to_json(error),
    }
    if drift is not None:
        document["drift"] = to_json(drift)
    if runs is not None:
        document["runs"] = [run_to_json(run) for run in runs]
    if shard is not None:
        document["shard"] = to_json(shard)
    if making is not None:
        document["making"] = to_json(making)
    whole = {**document, **also}
    if found := dict(_spelled(whole)):
        whole["spelled"] = found
    return f"{indented(whole)}\n"


def _spelled(node: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Give each identity, natural key, member or single value that has odd characters, with their names."""
    match node:
        case str():
            if name in _NAMES and not node.isascii() and (spelled := spelled_out(node)) != node:
                yield node, spelled
        case dict():
            for inner, value in node.items():
                yield from _spelled(value, inner)
        case list() | tuple():
            for item in node:
                yield from _spelled(item, name)


def error_to_json(error: TrueupError) -> JsonObject:
    """Return what ended the run: its class, its words, and what the platform said where one was involved."""
    told: JsonObject = {"type": type(error).__name__, "message": str(error)}
    match error:
        case PlatformError():
            return {**told, "status": error.status, "code": error.code, "messages": list(error.messages)}
        case _:
            return told
