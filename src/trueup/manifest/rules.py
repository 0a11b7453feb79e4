"""Check what a schema cannot say, as far as it needs no live state (``origin-api.md`` section 4.3)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from trueup.errors import Diagnostic
from trueup.kinds.certification.fields import FIELDS as CERTIFICATION
from trueup.kinds.connector.fields import FIELDS as CONNECTOR
from trueup.manifest.positions import dotted
from trueup.model.field import KeyedField
from trueup.model.identity import Kind
from trueup.model.position import Positions, Step
from trueup.model.userinfo import secrets_in

Path = tuple[Step, ...]

_DATES: Final = ("issueDate", "expiryDate")
_COLLECTIONS: Final[Mapping[Kind, Sequence[tuple[Path, KeyedField]]]] = {
    kind: [(tuple(field.path.split(".")), field) for field in fields if isinstance(field, KeyedField)]
    for kind, fields in ((Kind.CONNECTOR, CONNECTOR), (Kind.CERTIFICATION, CERTIFICATION))
}
"""A kind's collections, with their paths taken apart: this is asked for every document."""


def broken_rules(kind: Kind, document: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    """Give what is wrong with a document that its schema accepts."""
    spec = document.get("spec", {})
    match kind:
        case Kind.CONNECTOR:
            yield from _whole_number(spec, positions)
        case Kind.CERTIFICATION:
            yield from _dates(spec, positions)
    for path, collection in _COLLECTIONS[kind]:
        elements = at(spec, path)
        if elements and len(elements) > 1:
            yield from _repeated(elements, collection, path, positions)


def _whole_number(spec: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    # JSON Schema takes 5.0 for a whole number; on the wire it would not be one.
    path = ("spec", "creator", "noOfContributors")
    value = at(spec, path[1:])
    if isinstance(value, Decimal):
        message = f"noOfContributors must be a whole number, not the number {value}."
        yield Diagnostic(
            code="wrong-type",
            message=message,
            position=positions.at(path),
            path=dotted(path),
            allowed=f"The number without a point or an exponent: {int(value)}.",
        )


def _dates(spec: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    for name in _DATES:
        text = spec.get(name)
        if text and day_of(text) is None:
            yield Diagnostic(
                code="bad-date",
                message=f"{name} {text[:10]} is not in the calendar.",
                position=positions.at(("spec", name)),
                path=f"spec.{name}",
            )


def _repeated(
    elements: Sequence[Any], collection: KeyedField, path: Path, positions: Positions
) -> Iterator[Diagnostic]:
    first: dict[tuple[Any, ...], int] = {}
    for index, element in enumerate(elements):
        key = tuple(at(element, part.split(".")) for part in collection.key)
        earlier = first.setdefault(key, index)
        if earlier != index:
            here: Path = ("spec", *path, index)
            before = positions.at(("spec", *path, earlier))
            words = " and ".join(f"{part} {value!r}" for part, value in zip(collection.key, key, strict=True))
            yield Diagnostic(
                code="duplicate-element",
                message=f"Two elements have {words}; the other is at line {before.line}, column {before.column}.",
                position=positions.at(here),
                path=dotted(here),
                hint="This identifies an element; join the two into one.",
            )


def secrets_in_urls(document: object, positions: Positions) -> Iterator[Diagnostic]:
    """Give each text of a document that holds a URL with a password or a token, whatever the document is."""
    for path, text in _texts(document, ()):
        if any(True for _ in secrets_in(text)):
            yield Diagnostic(
                code="secret-in-url",
                message="This text has a URL that holds a password or a token.",
                position=positions.at(path),
                path=dotted(path),
                allowed="A URL without user and password, or git@host:owner/repository.git.",
                hint="Take it out here and revoke it: all who can read the repository's history know it.",
            )


def _texts(node: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Give each text of a document that may hold a user name, names of members too, with its path."""
    if isinstance(node, str):
        yield path, node
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in members:
        if isinstance(step, str) and "@" in step:
            yield (*path, step), step
        # Most values are texts without the sign: a generator for each would take three times as long.
        if isinstance(value, (dict, list)) or (isinstance(value, str) and "@" in value):
            yield from _texts(value, (*path, step))


def at(node: Any, path: Sequence[Step]) -> Any:
    """Return what a checked mapping holds at a path of names, or None."""
    for step in path:
        node = node.get(step)
        if node is None:
            return None
    return node


def day_of(text: str) -> date | None:
    """Return the day of an ISO 8601 date, with or without a time, or None when the calendar has no such day."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
