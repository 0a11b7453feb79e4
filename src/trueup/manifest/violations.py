"""Find all violations of a schema in a document; :mod:`~trueup.manifest.schema_errors` words them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from jsonschema import ValidationError

from trueup.errors import Diagnostic
from trueup.manifest.explainer import explainer, resolved
from trueup.manifest.limits import PROBLEMS_AT_MOST
from trueup.manifest.schema import schema
from trueup.manifest.schema_errors import diagnostics_of
from trueup.manifest.violation import Violation
from trueup.model.position import Position, Positions

EXPLAINED_AT_MOST: Final = 1_000
"""Problems of a document after which the search ends. A hundred are listed, the others are counted."""


def explain(
    kind: str, document: object, positions: Positions, omit: Callable[[Position], None] | None = None
) -> list[Diagnostic]:
    """Return a diagnostic for each violation, in the order of the document.

    ``omit`` is called with a position if there are more than EXPLAINED_AT_MOST.
    """
    found: list[Diagnostic] = []
    # A generator: a hostile document can have any number of violations.
    problems = (
        diagnostic
        for error in explainer(kind).iter_errors(document)
        for diagnostic in diagnostics_of(
            _violation(kind, document, error, room=PROBLEMS_AT_MOST - len(found)), positions
        )
    )
    for diagnostic in problems:
        if len(found) == EXPLAINED_AT_MOST:
            if omit is not None:
                omit(diagnostic.position)
            break
        found.append(diagnostic)
    # Several branches of a schema may report the same violation.
    return sorted(dict.fromkeys(found), key=lambda diagnostic: diagnostic.position)


def _violation(kind: str, document: object, error: ValidationError, *, room: int) -> Violation:
    described, parent, names, secret = _described(kind, error)
    path = tuple(error.absolute_path)
    above: Any = document
    for step in path[:-1]:
        above = above[step]
    return Violation(
        kind=kind,
        path=path,
        value=error.instance,
        keyword=str(error.validator),
        limit=error.validator_value,
        part=error.schema if isinstance(error.schema, dict) else {},
        examples=tuple(described.get("examples", ())),
        of_name=names,
        secret=secret,
        siblings=parent.get("properties", {}),
        optional=bool(path) and path[-1] in parent.get("properties", {}) and path[-1] not in parent.get("required", ()),
        alone=isinstance(above, dict) and len(above) == 1,
        room=room,
    )


def _described(kind: str, error: ValidationError) -> tuple[Mapping[str, Any], Mapping[str, Any], bool, bool]:
    """Return the innermost schemas with examples and with fields on an error's path.

    Also returns whether the error is about a name, and whether it is in what is written only.
    """
    node: Any = schema(kind)
    described: Mapping[str, Any] = node
    parent: Mapping[str, Any] = node
    names = secret = False
    steps = list(error.absolute_schema_path)
    for number, step in enumerate(steps):
        is_field = number > 1 and steps[number - 2] == "properties"
        is_field = is_field or (number > 0 and steps[number - 1] == "additionalProperties")
        names = names or step == "propertyNames"
        # The library's schema path leaves out "$ref", so references are resolved here.
        while isinstance(node, dict) and step not in node:
            node = resolved(kind, {"$ref": node["$ref"]})
            # A field of a variant refers to the field of spec, which has the example, and so does a free name.
            if is_field and "examples" in node:
                described = node
        secret = secret or (isinstance(node, dict) and node.get("writeOnly", False))
        if step == "properties":
            parent = node
        node = node[step]
        if isinstance(node, dict) and isinstance(node.get("examples"), list):
            described = node
    return described, parent, names, secret
