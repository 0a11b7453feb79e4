r"""The validator that finds all violations of a schema, and of any part of it.

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

from trueup.manifest.schema import schema

SubSchema = Mapping[str, Any]
"""A schema within a schema."""


@cache
def explainer(kind: str) -> Any:
    """Return the validator of a kind's schema."""
    return _Explainer(schema(kind))


def obeys(kind: str, part: SubSchema, value: object) -> bool:
    """Return whether a value obeys a part of a kind's schema."""
    return bool(explainer(kind).evolve(schema=part).is_valid(value))


def resolved(kind: str, part: SubSchema) -> SubSchema:
    """Return a part of a kind's schema without a reference at its top."""
    while "$ref" in part:
        node: Any = schema(kind)
        for step in part["$ref"].removeprefix("#/").split("/"):
            node = node[step]
        part = node
    return part


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
