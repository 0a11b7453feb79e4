"""Find the JSON Schemas that trueup ships: of what people write, and of what it writes itself."""

# jsonschema_rs imports decimal from Rust and panics when a signal interrupts that; here it is imported before.
import decimal  # noqa: F401
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from trueup.errors import Diagnostic, UsageError
from trueup.kinds.registry import KINDS
from trueup.manifest.suggestions import did_you_mean
from trueup.model.position import Position, Positions

NAMES: Final = ("connector", "certification", "project")
"""The schemas of what people write."""

PRINTED: Final = (*NAMES, "plan", "journal")
"""Every schema, by the name that ``trueup schema`` takes: those above, and those of what trueup writes."""

_PACKAGE: Final = Path(__file__).parent.parent


def schema_text(kind: str) -> str:
    """Return a schema as it lies in its file; ``kind`` in any case.

    Raises UsageError when there is none of this name.
    """
    name = kind.lower()
    if name not in PRINTED:
        hint = did_you_mean(name, PRINTED) or f"Kinds: {', '.join(PRINTED)}."
        raise UsageError(f"There is no schema {kind!r}. {hint}")
    return (_folder() / f"{name}.schema.json").read_text(encoding="utf-8")


@cache
def schema(kind: str) -> dict[str, Any]:
    """Return a schema as data, read once; ``kind`` is a Kind, or the name of another schema."""
    spec = KINDS.get(kind)
    if spec is not None and spec.schema is not None:
        return dict(spec.schema)
    loaded: dict[str, Any] = json.loads(schema_text(kind))
    return loaded


def _folder() -> Path:
    """Return where the schemas lie: in the installed package, or, in a source tree, at its root."""
    installed = _PACKAGE / "schemas"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "schemas"


def accepts(kind: str, document: object) -> bool:
    """Return whether a document as read obeys the schema of its kind (a Kind, or "Project")."""
    return _gate(kind).is_valid(document)


def explain(
    kind: str, document: object, positions: Positions, omit: Callable[[Position], None] | None = None
) -> list[Diagnostic]:
    """Return everything that the schema of this kind finds wrong, in the order of the document.

    ``omit`` is called with a place if there are more problems than anybody can use.
    """
    from trueup.manifest.violations import explanations  # noqa: PLC0415 - only refused documents pay for it

    return explanations(kind, document, positions, omit)


@cache
def _gate(kind: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(schema(kind))
