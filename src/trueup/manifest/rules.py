"""Check what a schema cannot express and what needs no live state (``origin-api.md`` section 4.3).

A broken rule is an error. Advice is a warning about what is probably a mistake, although no platform is documented to
refuse it; each kind has its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple

from trueup.errors import Diagnostic, Severity
from trueup.kinds.base import Advice, KindSpec, at, day_of
from trueup.kinds.registry import KINDS
from trueup.kinds.values import named_elements, root_path
from trueup.manifest.positions import dotted
from trueup.model.field import Compare, KeyedField, ScalarField
from trueup.model.identity import Kind
from trueup.model.manifest import Manifest, State
from trueup.model.position import Positions, Step
from trueup.model.secret import RESERVED_STARTS, SecretReference
from trueup.model.url_secrets import holds_secret, secrets_in

_Path = tuple[Step, ...]


class _Fields(NamedTuple):
    """The fields of a kind that have rules, each with its path as steps."""

    integers: tuple[_Path, ...]
    dates: tuple[_Path, ...]
    collections: tuple[tuple[_Path, KeyedField], ...]
    masked: tuple[tuple[_Path, KeyedField], ...]


@cache
def _fields(kind: KindSpec) -> _Fields:
    """Return the fields with rules. Cached, because this is called for every document."""
    scalars = [(tuple(f.path.split(".")), f.compare) for f in kind.fields if isinstance(f, ScalarField)]
    return _Fields(
        integers=tuple(path for path, compare in scalars if compare is Compare.INTEGER),
        dates=tuple(path for path, compare in scalars if compare is Compare.DATE),
        # The names in a mapping differ: the reader refuses a repeated one.
        collections=tuple(
            (tuple(f.path.split(".")), f) for f in kind.fields if isinstance(f, KeyedField) and not f.names
        ),
        masked=tuple(
            (tuple(root_path(f).split(".")), f) for f in kind.fields if isinstance(f, KeyedField) and f.masked
        ),
    )


def broken_rules(kind: Kind, document: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    """Yield an error for each rule that a document breaks; its schema accepts it."""
    spec, fields = document.get("spec", {}), _fields(KINDS[kind])
    for path in fields.integers:
        yield from _whole_number(at(spec, path), path, positions)
    for path in fields.dates:
        yield from _date(at(spec, path), path, positions)
    for path, collection in fields.collections:
        elements = at(spec, path)
        if elements and len(elements) > 1:
            yield from _repeated(elements, collection, path, positions)
    for path, collection in fields.masked:
        yield from _secrets(at(spec, path), collection, positions)


def _whole_number(value: object, path: _Path, positions: Positions) -> Iterator[Diagnostic]:
    # JSON Schema accepts 5.0 as an integer, but on the wire 5.0 is not one.
    if isinstance(value, Decimal):
        full_path = ("spec", *path)
        yield Diagnostic(
            code="wrong-type",
            message=f"{path[-1]} must be a whole number, not the number {value}.",
            position=positions.at(full_path),
            path=dotted(full_path),
            allowed=f"The number without a point or an exponent: {int(value)}.",
        )


def _date(text: str | None, path: _Path, positions: Positions) -> Iterator[Diagnostic]:
    # The schema checks only the form: a pattern cannot exclude 30 February.
    if text and day_of(text) is None:
        full_path = ("spec", *path)
        yield Diagnostic(
            code="bad-date",
            message=f"{path[-1]} {text[:10]} does not exist in the calendar.",
            position=positions.at(full_path),
            path=dotted(full_path),
        )


def _repeated(
    elements: Sequence[Any], collection: KeyedField, path: _Path, positions: Positions
) -> Iterator[Diagnostic]:
    first: dict[tuple[Any, ...], int] = {}
    for index, element in enumerate(elements):
        key = tuple(at(element, part.split(".")) for part in collection.key)
        earlier = first.setdefault(key, index)
        if earlier != index:
            full_path: _Path = ("spec", *path, index)
            before = positions.at(("spec", *path, earlier))
            words = " and ".join(f"{part} {value!r}" for part, value in zip(collection.key, key, strict=True))
            yield Diagnostic(
                code="duplicate-element",
                message=f"Two elements have {words}; the other is at line {before.line}, column {before.column}.",
                position=positions.at(full_path),
                path=dotted(full_path),
                hint="These values identify an element. Merge the two elements into one.",
            )


def _secrets(node: object, collection: KeyedField, positions: Positions) -> Iterator[Diagnostic]:
    """Yield an error for each secret whose place a manifest must not name."""
    for key, element in named_elements(collection, node):
        if isinstance(element, Mapping) and (reason := SecretReference.of(element).misuse):
            member = "fromEnv" if "fromEnv" in element else "fromFile"
            full_path = ("spec", *collection.place(key), member)
            yield Diagnostic(
                code="secret-not-allowed",
                message=f"{key[-1]} cannot be read: {reason}.",
                position=positions.at(full_path),
                path=dotted(full_path),
                allowed=_SECRETS_ALLOWED[member],
            )


_SECRETS_ALLOWED: Final = {
    "fromEnv": "A variable whose name does not start with one of "
    f"{', '.join(RESERVED_STARTS)}, for example ACME_API_TOKEN.",
    "fromFile": "A path from the folder of trueup.yaml to a file in it, for example secrets/api-token.",
}


def warnings_for(kind: Kind, document: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    """Yield the warnings about a document that its schema accepts."""
    yield from _warnings(KINDS[kind].advice(document.get("spec", {})), positions)


def dated_warnings(manifests: Iterable[Manifest], today: date, days: int) -> Iterator[Diagnostic]:
    """Yield a warning for each resource that expires within this many days of ``today``, or has expired.

    A tombstone has none: its resource is to be deleted. A date that several targets share has one warning.
    """
    found = (
        warning
        for manifest in manifests
        if manifest.lifecycle.state is not State.ABSENT
        for warning in _warnings(
            KINDS[manifest.identity.kind].dated_advice(manifest.spec, today, days), manifest.positions
        )
    )
    yield from dict.fromkeys(found)


def _warnings(found: Iterable[Advice], positions: Positions) -> Iterator[Diagnostic]:
    for code, path, message in found:
        full_path = ("spec", *path)
        yield Diagnostic(
            code=code,
            message=message,
            position=positions.at(full_path),
            path=dotted(full_path),
            severity=Severity.WARNING,
        )


def secrets_in_urls(document: object, positions: Positions) -> Iterator[Diagnostic]:
    """Yield an error for each text that has a URL with a password or a token. The document need not be valid."""
    if not holds_secret(document):
        # Nearly all documents end here, so their paths need not be built.
        return
    for path, text in _texts(document, ()):
        if any(True for _ in secrets_in(text)):
            yield Diagnostic(
                code="secret-in-url",
                message="This text has a URL that holds a password or a token.",
                position=positions.at(path),
                path=dotted(path),
                allowed="A URL without user and password, or git@host:owner/repository.git.",
                hint="Remove it and revoke it: everyone who can read the repository's history can read it.",
            )


def _texts(node: object, path: _Path) -> Iterator[tuple[_Path, str]]:
    """Yield each text with an @, the names of members included, with its path. A URL with a user name has an @."""
    if isinstance(node, str):
        yield path, node
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in members:
        if isinstance(step, str) and "@" in step:
            yield (*path, step), step
        # Most values are texts without an @. A generator for each of them would take three times as long.
        if isinstance(value, (dict, list)) or (isinstance(value, str) and "@" in value):
            yield from _texts(value, (*path, step))
