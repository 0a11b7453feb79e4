"""Find the JSON Schemas that trueup ships: of what people write, and of what it writes itself."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from trueup.errors import UsageError
from trueup.kinds.registry import KINDS
from trueup.manifest.suggestions import did_you_mean

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
