r"""Find all violations of a schema in a document; :mod:`~trueup.manifest.schema_errors` words them.

Two rules of Python's jsonschema differ from JSON Schema and from the Rust validator, and are corrected here: a Decimal
without a fraction is an integer, and ``$`` in a pattern matches only at the end, not before a final line break as well.
The schemas' patterns use only what means the same in every dialect (no ``\d``, ``\w``, ``\s``); a test checks that.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend

from trueup.errors import Diagnostic
from trueup.manifest.limits import PROBLEMS_AT_MOST
from trueup.manifest.schema import schema
from trueup.manifest.schema_errors import Violation, diagnostics_of
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
        for error in _explainer(kind).iter_errors(document)
        for diagnostic in diagnostics_of(_violation(kind, error, room=PROBLEMS_AT_MOST - len(found)), positions)
    )
    for diagnostic in problems:
        if len(found) == EXPLAINED_AT_MOST:
            if omit is not None:
                omit(diagnostic.position)
            break
        found.append(diagnostic)
    # Several branches of a schema may report the same violation.
    return sorted(dict.fromkeys(found), key=lambda diagnostic: diagnostic.position)


@cache
def _explainer(kind: str) -> Any:
    return _Explainer(schema(kind))


def _is_integer(_checker: TypeChecker, instance: object) -> bool:
    if isinstance(instance, Decimal):
        return instance == instance.to_integral_value()
    return bool(Draft202012Validator.TYPE_CHECKER.is_type(instance, "integer"))


def _pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    # The $ of Python also matches before a final line break.
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError("does not match")


def _required(_validator: object, names: Sequence[str], instance: object, _schema: object) -> Iterator[ValidationError]:
    # The library's check reports each missing name as an error, but names it only in the error's text.
    if isinstance(instance, dict) and any(name not in instance for name in names):
        yield ValidationError("lacks something")


def _bounded(keyword: str) -> Callable[..., Iterator[ValidationError]]:
    """Return the library's check of a keyword, limited to collections that are not too large."""
    # A collection with too many items is one error. Checking all its items would take too long.
    check = Draft202012Validator.VALIDATORS[keyword]

    def bounded(validator: object, value: object, instance: object, part: Mapping[str, Any]) -> Iterator[Any]:
        most = part.get("maxItems" if isinstance(instance, list) else "maxProperties")
        if most is None or not isinstance(instance, list | dict) or len(instance) <= most:
            yield from check(validator, value, instance, part) or ()

    return bounded


_Explainer: Final = extend(  # type: ignore[no-untyped-call]  # the stubs leave it untyped
    Draft202012Validator,
    validators={
        "pattern": _pattern,
        "required": _required,
        **{keyword: _bounded(keyword) for keyword in ("items", "additionalProperties", "propertyNames")},
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


def _violation(kind: str, error: ValidationError, *, room: int) -> Violation:
    where, names = _described(kind, error)
    return Violation(
        kind=kind,
        path=tuple(error.absolute_path),
        value=error.instance,
        keyword=str(error.validator),
        limit=error.validator_value,
        members=tuple(error.schema.get("properties", ())) if isinstance(error.schema, dict) else (),
        examples=tuple(where.get("examples", ())),
        of_name=names,
        room=room,
    )


def _described(kind: str, error: ValidationError) -> tuple[Mapping[str, Any], bool]:
    """Return the innermost schema with examples on the error's path, and whether the error is about a name."""
    node: Any = schema(kind)
    described: Mapping[str, Any] = node
    names = False
    for step in error.absolute_schema_path:
        names = names or step == "propertyNames"
        # The library's schema path leaves out "$ref", so references are resolved here.
        while isinstance(node, dict) and step not in node:
            node = _at(schema(kind), node["$ref"])
        node = node[step]
        if isinstance(node, dict) and isinstance(node.get("examples"), list):
            described = node
    return described, names


def _at(root: Mapping[str, Any], reference: str) -> Any:
    node: Any = root
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node
