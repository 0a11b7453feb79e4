"""The fields of a manifest that can be set from a command line, and the values that their schema allows there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import zip_longest
from typing import Any, Final

from trueup.bounded import json_fault
from trueup.errors import UsageError
from trueup.manifest.schema import schema
from trueup.manifest.suggestions import did_you_mean
from trueup.manifest.variants import VARIANTS
from trueup.manifest.yaml_scalars import BadNumber, plain_value
from trueup.model.field import ANY
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
    if _is_mapping(node):
        inside = ", ".join(name for name in _named(kind, path) if name.startswith(f"{path}."))
        raise UsageError(f"{path} is a mapping. Set what is in it: {inside or f'{path}.NAME'}.")
    return steps


def types_of(kind: Kind, path: str) -> frozenset[str]:
    """Return the JSON types that the schema allows at a path, which can lead into the elements of a list."""
    return _types(_found(kind, path, lists=True)[1] or {})


def titles(kind: Kind, path: str) -> tuple[str, str]:
    """Return the title of a field in its schema, and the same after the title of what it is in."""
    node = _for_one_target(kind)
    above = title = ""
    for name in path.split("."):
        if "items" in node:
            node = _resolved(kind, node["items"])
            title = node.get("title", "")
        inner = node["properties"][name]
        node = _resolved(kind, inner)
        above, title = title, inner.get("title") or node.get("title", "")
    return title, f"{above} {title}"


def value_of(kind: Kind, path: str, text: str) -> ManifestTree:
    """Return the value that a text means for a path; raise UsageError for a text that is none of its type.

    A list is JSON. The path can lead into the elements of a list. Whether the schema allows the value is for the check
    of the whole manifest.
    """
    types = types_of(kind, path)
    _check_encodable(path, text)
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


def typed_paths(kind: Kind, typed: str) -> Mapping[str, Sequence[str]]:
    """Return the paths that can be set as far as ``typed`` determines them, each with the values to choose from.

    A path ends with a dot where a free name is to follow that was not typed.
    """
    steps = typed.split(".")
    return {_up_to_typed(path.split("."), steps): choices for path, choices in paths(kind).items()}


def _up_to_typed(path: Sequence[str], typed: Sequence[str]) -> str:
    steps: list[str] = []
    for number, step in enumerate(path):
        # The last word that was typed may be the beginning of a name.
        if step == ANY and number >= len(typed) - 1:
            return ".".join((*steps, ""))
        steps.append(typed[number] if step == ANY else step)
    return ".".join(steps)


@cache
def paths(kind: Kind) -> Mapping[str, Sequence[str]]:
    """Return the dotted paths that can be set, each with the values to choose from; none for other values.

    A mapping with free names, such as the labels, is the path with a dot at its end. Where a path goes on below a free
    name, that name is a ``*``.
    """
    return dict(_below(kind, _for_one_target(kind), ""))


def _for_one_target(kind: Kind) -> Mapping[str, Any]:
    """Return the schema of a manifest without variants."""
    whole = schema(kind)
    # What a manifest without variants is to obey is a condition of the schema.
    alone = whole.get("else", {}).get("properties", {})
    return {"properties": {n: alone.get(n, part) for n, part in whole["properties"].items() if n != VARIANTS}}


def _named(kind: Kind, like: str) -> list[str]:
    """Return the paths that can be set as a message about the path ``like`` shows them, with its free names."""
    typed = like.split(".")
    # A path without its first step is a usual mistake.
    typed = typed if typed[0] in schema(kind)["properties"] else ["spec", *typed]
    return [".".join(_filled(path.split("."), typed)) for path in paths(kind)]


def _filled(steps: Sequence[str], typed: Sequence[str]) -> Iterator[str]:
    """Yield the steps, with the typed ones in the place of free names, and NAME where none was typed."""
    for step, name in zip_longest(steps, typed[: len(steps)], fillvalue=""):
        yield (step if step != ANY else name) or "NAME"


def _is_mapping(node: Mapping[str, Any]) -> bool:
    return _types(node) == {"object"}


def _below(kind: Kind, node: Mapping[str, Any], above: str) -> Iterator[tuple[str, Sequence[str]]]:
    for name, inner in node.get("properties", {}).items():
        path, below = f"{above}{name}", _resolved(kind, inner)
        if "properties" in below:
            yield from _below(kind, below, f"{path}.")
        elif isinstance(free := below.get("additionalProperties"), dict):
            if _is_mapping(element := _resolved(kind, free)):
                yield from _below(kind, {"properties": {ANY: element}}, f"{path}.")
            else:
                yield f"{path}.", ()
        elif path not in _FIXED:
            choices = [choice for choice in below.get("enum", ()) if isinstance(choice, str)]
            yield path, ("true", "false") if "boolean" in _types(below) else choices


def _found(kind: Kind, path: str, *, lists: bool = False) -> tuple[tuple[str, ...], Mapping[str, Any] | None]:
    """Return the names in a path and the schema at its end, None if there is none.

    With ``lists``, a name after that of a list is one of its elements.
    """
    node: Mapping[str, Any] = _for_one_target(kind)
    names: list[str] = []
    rest = path
    while rest:
        if lists and "items" in node:
            node = _resolved(kind, node["items"])
        name, _, below = rest.partition(".")
        inner = node.get("properties", {}).get(name)
        free = node.get("additionalProperties")
        element = _resolved(kind, free) if isinstance(free, dict) else None
        is_nested = element is not None and _is_mapping(element)
        if inner is None and is_nested and name:
            inner = element
        if inner is None:
            # The name of a label may have dots.
            return (*names, rest), None if is_nested else element
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


def _check_encodable(path: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        message = f"The value of {path} is not UTF-8 text."
        raise UsageError(message) from None


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
    # JSON can have half of a surrogate pair as an escape, which is no text.
    _check_encodable(path, json.dumps(found, ensure_ascii=False, default=str))
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
    named = _named(kind, path)
    known = [name for name in named if not name.endswith(".NAME")]
    ends = [name for name in known if name.endswith(f".{path}")]
    if ends:
        return f"Did you mean {' or '.join(map(repr, ends))}?"
    above = path
    while above:
        above = above.rpartition(".")[0]
        inside = [name.removeprefix(f"{above}.") for name in named if name.startswith(f"{above}.")]
        if inside:
            near = did_you_mean(path.removeprefix(f"{above}."), inside).replace("'", f"'{above}.", 1)
            return near or f"Fields of {above}: {', '.join(inside)}."
    return did_you_mean(path, known) or "A path begins with spec, lifecycle or metadata.labels."
