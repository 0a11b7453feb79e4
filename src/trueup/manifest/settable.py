"""The fields of a manifest that can be set from a command line, and the values that their schema allows there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final

from trueup.bounded import json_fault
from trueup.errors import UsageError
from trueup.manifest.schema import schema
from trueup.manifest.suggestions import did_you_mean
from trueup.manifest.variants import VARIANTS
from trueup.manifest.yaml_scalars import BadNumber, plain_value
from trueup.model.identity import IdField, Kind

_FIXED: Final = frozenset(
    {"apiVersion", "kind", "metadata.target", "metadata.targets", *(f"metadata.{name}" for name in IdField)}
)
"""What says which resource a manifest describes."""
_SHOWN: Final = 60
"""Characters of a wrong value that a message repeats."""
_WORDS: Final = {"true": True, "false": False}

ManifestTree = Mapping[str, "ManifestTree"] | Sequence["ManifestTree"] | str | int | Decimal | bool
"""A value as manifests are read: numbers with a point are decimals."""


def path_of(kind: Kind, path: str) -> tuple[str, ...]:
    """Return the names in a dotted path that can be set; raise UsageError for any other path, with suggestions."""
    if path in _FIXED:
        message = f"{path} says which resource the manifest describes, so it is not set. Edit the file instead."
        raise UsageError(message)
    steps, node = _found(kind, path)
    if node is None:
        raise UsageError(f"A {kind} has no field {path!r}. {_suggestion(kind, path)}")
    if _types(node) == {"object"}:
        inside = ", ".join(name for name in paths(kind) if name.startswith(f"{path}.")) or f"{path}.NAME"
        raise UsageError(f"{path} is a mapping. Set what is in it: {inside}.")
    return steps


def value_of(kind: Kind, path: str, text: str) -> ManifestTree:
    """Return the value that a text means for a path; raise UsageError for a text that is none of its type.

    A list is JSON. Whether the schema allows the value is for the check of the whole manifest.
    """
    types = _types(_found(kind, path)[1] or {})
    try:
        text.encode()
    except UnicodeEncodeError:
        message = f"The value of {path} is not UTF-8 text."
        raise UsageError(message) from None
    if "array" in types:
        return _list(path, text)
    # Some fields take both, for example true and "true". The plain form is written.
    if "boolean" in types and text in _WORDS:
        return _WORDS[text]
    if types & {"integer", "number"} and (number := _number(text)) is not None:
        return number
    if "string" in types:
        return text
    wanted = "true or false" if "boolean" in types else "a whole number" if "integer" in types else "a number"
    raise UsageError(f"{path} takes {wanted}, not {text[:_SHOWN]!r}.")


@cache
def paths(kind: Kind) -> Mapping[str, Sequence[str]]:
    """Return the dotted paths that can be set, each with the values to choose from; none for other values.

    A mapping with free names, such as the labels, is the path with a dot at its end.
    """
    return dict(_below(kind, _for_one_target(kind), ""))


def _for_one_target(kind: Kind) -> Mapping[str, Any]:
    """Return the schema of a manifest without variants."""
    whole = schema(kind)
    # What a manifest without variants is to obey is a condition of the schema.
    alone = whole.get("else", {}).get("properties", {})
    return {"properties": {n: alone.get(n, part) for n, part in whole["properties"].items() if n != VARIANTS}}


def _below(kind: Kind, node: Mapping[str, Any], above: str) -> Iterator[tuple[str, Sequence[str]]]:
    for name, inner in node.get("properties", {}).items():
        path, below = f"{above}{name}", _resolved(kind, inner)
        if "properties" in below:
            yield from _below(kind, below, f"{path}.")
        elif isinstance(below.get("additionalProperties"), dict):
            yield f"{path}.", ()
        elif path not in _FIXED:
            choices = [choice for choice in below.get("enum", ()) if isinstance(choice, str)]
            yield path, ("true", "false") if "boolean" in _types(below) else choices


def _found(kind: Kind, path: str) -> tuple[tuple[str, ...], Mapping[str, Any] | None]:
    """Return the names in a path and the schema at its end, None if there is none."""
    node: Mapping[str, Any] = _for_one_target(kind)
    names: list[str] = []
    rest = path
    while rest:
        name, _, below = rest.partition(".")
        inner = node.get("properties", {}).get(name)
        if inner is None:
            # The name of a label may have dots.
            free = node.get("additionalProperties")
            return (*names, rest), _resolved(kind, free) if isinstance(free, dict) else None
        node, rest = _resolved(kind, inner), below
        names.append(name)
    return tuple(names), node if names and not path.endswith(".") else None


def _resolved(kind: Kind, node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        found: Any = schema(kind)
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def _types(node: Mapping[str, Any]) -> frozenset[str]:
    given = node.get("type")
    if given is None:
        # An enumeration without a type is one of texts, unless it has true.
        return frozenset({"boolean", "string"} if True in node.get("enum", ()) else {"string"})
    return frozenset([given] if isinstance(given, str) else given)


def _list(path: str, text: str) -> ManifestTree:
    example = """Write JSON, for example '["a", "b"]'."""
    try:
        found: ManifestTree = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        message = f"{path} takes a list, and {text[:_SHOWN]!r} is none: {json_fault(error)}. {example}"
        raise UsageError(message) from None
    if not isinstance(found, list):
        message = f"{path} takes a list, not {text[:_SHOWN]!r}. {example}"
        raise UsageError(message)
    return found


def _no_number(text: str) -> ManifestTree:
    message = f"{text} is not JSON"
    raise ValueError(message)


def _number(text: str) -> int | Decimal | None:
    try:
        found = plain_value(text)
    except BadNumber:
        return None
    return found if isinstance(found, int | Decimal) and not isinstance(found, bool) else None


def _suggestion(kind: Kind, path: str) -> str:
    known = [name for name in paths(kind) if not name.endswith(".")]
    ends = [name for name in known if name.endswith(f".{path}")]
    if ends:
        return f"Did you mean {' or '.join(map(repr, ends))}?"
    above = path
    while above:
        above = above.rpartition(".")[0]
        inside = [name.removeprefix(f"{above}.") for name in paths(kind) if name.startswith(f"{above}.")]
        if inside:
            near = did_you_mean(path.removeprefix(f"{above}."), inside).replace("'", f"'{above}.", 1)
            return near or f"Fields of {above}: {', '.join(inside)}."
    return did_you_mean(path, known) or "A path begins with spec, lifecycle or metadata.labels."
