"""Change one JSON value of a saved plan at a time, as a forger would who can also compute its checksum and hash."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from trueup.plan.codec import checksum, unchecked_plan
from trueup.plan.digest import plan_digest
from trueup.plan.typed_json import Unexpected

Path = tuple[str | int, ...]


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the hash and the checksum that fit what it says."""
    try:
        plan = unchecked_plan(document)
    except Unexpected:
        return document | {"checksum": checksum(document)}
    forged = document
    with suppress(ValueError):  # no hash is that of half a character
        forged = document | {"digest": plan_digest(plan.resources, plan.places)}
    return forged | {"checksum": checksum(forged)}


def forgeries(document: dict[str, Any]) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Give every change of one value with its path, as what makes it; ``document`` is left as it is."""
    pool: dict[str, list[Any]] = {}
    for path, value in _nodes(document, ()):
        seen = pool.setdefault(_name(path), [])
        if value not in seen:
            seen.append(value)
    for path, value in _nodes(document, ()):
        for how, other in _others(value, pool[_name(path)]):
            if path and path[0] not in {"checksum", "digest"}:
                yield f"{'.'.join(map(str, path))} {how}", partial(_forged, document, path, other)


def _nodes(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, node
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in below:
        yield from _nodes(child, (*path, step))


def _name(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def _others(value: Any, pool: list[Any]) -> Iterator[tuple[str, Any]]:
    """Give other values: of the same type, of the same name elsewhere in the document, and of another shape."""
    yield from ((f"= {json.dumps(other)[:60]}", other) for other in pool[:6] if other != value)
    match value:
        case bool():
            yield "negated", not value
        case int() | float():
            yield "raised", value + 1
            yield "lowered", value - 1
        case str():
            yield "longer", f"{value}x"
            yield "with half a character", f"{value}\ud800"
            yield "emptied", ""
        case None:
            yield "given", "x"
        case list():
            yield "emptied", []
            yield "longer", [*value, "x"]
            if value:
                yield "without its first", value[1:]
                yield "with its first twice", [value[0], *value]
            if len(value) > 1:
                yield "swapped", [value[1], value[0], *value[2:]]
        case dict():
            yield "emptied", {}
            yield "longer", {**value, "x": "x"}
            for name in value:
                yield f"without {name}", {other: value[other] for other in value if other != name}
    yield "gone", None


def _forged(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    return sealed(_with(document, path, value))


def _with(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return the document with another value at a path; all that does not lead there is shared."""
    changed: Any = dict(document)
    node = changed
    for step in path[:-1]:
        node[step] = copy.copy(node[step])
        node = node[step]
    node[path[-1]] = value
    whole: dict[str, Any] = changed
    return whole


def by_resource(writes: list[tuple[str, Any]]) -> Mapping[str, list[Any]]:
    """Return what was written to each resource, in order."""
    found: dict[str, list[Any]] = {}
    for name, written in writes:
        found.setdefault(name, []).append(written)
    return found
