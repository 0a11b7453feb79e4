"""Hold a document against its schema: a fast gate for all, an explanation for those it refuses.

The gate (jsonschema-rs) is a hundred times faster than the explainer (jsonschema), so good documents, which are nearly
all, cost nearly nothing. Both get the same data and must give the same verdict; :mod:`~trueup.manifest.violations` says
where Python's own rules have to be bent for that.
"""

# jsonschema_rs imports decimal from Rust and panics when a signal interrupts that; here it is imported before.
import decimal  # noqa: F401
from collections.abc import Callable
from functools import cache

import jsonschema_rs

from trueup.errors import Diagnostic
from trueup.manifest.schema import schema
from trueup.model.position import Position, Positions


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
