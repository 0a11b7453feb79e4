"""The JSON Schemas that trueup ships, and the check of a document against one of them."""

# jsonschema_rs imports decimal from Rust, and panics if a signal interrupts that import. So decimal is imported first.
import decimal  # noqa: F401
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from trueup.errors import UsageError
from trueup.kinds.registry import KINDS
from trueup.manifest.suggestions import did_you_mean, near_name
from trueup.model.identity import Kind

MAP_KIND: Final = "ColumnMap"
"""The kind of a document that maps the columns of a spreadsheet. It is no manifest."""

NAMES: Final = ("connector", "deployment", "certification", "project", MAP_KIND.lower())
"""The schemas of the files that users write."""

PRINTED: Final = (*NAMES, "plan", "journal")
"""All schemas, by their names in ``trueup schema``: those above, and those of the files that trueup writes."""

_GROUP: Final = "trueup"
_PACKAGE: Final = Path(__file__).parent.parent


def schema_text(kind: str) -> str:
    """Return the text of a schema's file; ``kind`` is a name in PRINTED, in any case.

    Raises UsageError for an unknown name.
    """
    name = kind.lower()
    if name not in PRINTED:
        hint = did_you_mean(name, PRINTED) or f"Kinds: {', '.join(PRINTED)}."
        raise UsageError(f"There is no schema {kind!r}. {hint}")
    return (_folder() / f"{name}.schema.json").read_text(encoding="utf-8")


def kind_of(root: object) -> Kind | None:
    """Return the kind of a document, which need not be valid, None if it has no known one or is not trueup's."""
    name = root.get("kind") if isinstance(root, dict) else None
    return KINDS[name].kind if isinstance(name, str) and name in KINDS and not foreign_version(root) else None


def foreign_version(root: object) -> str:
    """Return the ``apiVersion`` of a document of another program, such as ``apps/v1``; empty if it is not one."""
    version = root.get("apiVersion") if isinstance(root, dict) else None
    if not isinstance(version, str):
        return ""
    group, slash, _ = version.partition("/")
    # Other programs have kinds of the same names. A misspelled group is a mistake in a manifest.
    return version if slash and group != _GROUP and not near_name(group, (_GROUP,)) else ""


@cache
def schema(kind: str) -> dict[str, Any]:
    """Return a schema, which is read once; ``kind`` is a Kind or the name of another schema."""
    spec = KINDS.get(kind)
    if spec is not None and spec.schema is not None:
        return dict(spec.schema)
    loaded: dict[str, Any] = json.loads(schema_text(kind))
    return loaded


def _folder() -> Path:
    """Return the folder of the schemas: in the installed package, or at the root of a source tree."""
    installed = _PACKAGE / "schemas"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "schemas"


def accepts(kind: str, document: object) -> bool:
    """Return whether a document obeys the schema of its kind (a Kind, or "Project")."""
    return _gate(kind).is_valid(document)


@cache
def _gate(kind: str) -> jsonschema_rs.Validator:
    # The Rust validator decides, because it is much faster. The Python one explains what this one refuses.
    return jsonschema_rs.Draft202012Validator(schema(kind))
