"""Find identities, natural keys and codes that do not look like what they are, and those that look like each other.

The platforms are not known to compare keys in any other way than byte for byte (``origin-api.md`` section 4.2), so that
two spellings of one look can become two resources.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from trueup.errors import Diagnostic
from trueup.kinds.certification.fields import FIELDS as CERTIFICATION
from trueup.kinds.connector.fields import FIELDS as CONNECTOR
from trueup.manifest.alike import ONE_OR_TWO, Path, look_alike
from trueup.manifest.positions import dotted
from trueup.manifest.rules import at
from trueup.model.field import Field, KeyedField, MembersField, ScalarField, SetField
from trueup.model.identity import IdField, Kind
from trueup.model.looks import curly, named, plain_form, repaired, skeleton, spelled_out, told_apart, unseen
from trueup.model.position import Positions


class _Row(NamedTuple):
    """A field that holds identifiers; ``key`` is the way to each part of an element's key, None for a set of texts."""

    path: tuple[str, ...]
    key: tuple[tuple[str, ...], ...] | None = None
    many: bool = True


def _rows(fields: Iterable[Field]) -> tuple[_Row, ...]:
    rows: list[_Row] = []
    for field in fields:
        path = tuple(field.path.split("."))
        match field:
            case KeyedField(key=key):
                rows.append(_Row(path, tuple(tuple(part.split(".")) for part in key)))
            case SetField() | MembersField():
                rows.append(_Row(path))
            case ScalarField(identifies=True):
                rows.append(_Row(path, many=False))
            case _:
                pass
    return tuple(rows)


_ROWS: Final[Mapping[Kind, tuple[_Row, ...]]] = {
    Kind.CONNECTOR: _rows(CONNECTOR),
    Kind.CERTIFICATION: _rows(CERTIFICATION),
}

_Names = tuple[tuple[Path, str], ...]
"""The texts that together name one thing, with their paths in the document."""


def unclear_identifiers(kind: Kind, document: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    """Give an error for each identifier with a blank at an end, something that cannot be seen, or curly quotes.

    A curly apostrophe between two letters of a natural key is none: names of others are spelled so.
    """
    metadata = document["metadata"]
    texts: list[tuple[Path, str, bool]] = [
        (("metadata", str(name)), metadata[name], False) for name in IdField if name in metadata
    ]
    spec = document.get("spec", {})
    for row in _ROWS[kind]:
        texts += [(path, text, row.many) for names in _names(spec, row) for path, text in names]
    for path, text, apostrophes in texts:
        fixed = repaired(text, apostrophes=apostrophes)
        if fixed != text:
            name = next(step for step in reversed(path) if isinstance(step, str))
            yield Diagnostic(
                code="unclear-identifier",
                message=f"{name} {text!r} has {_faults(text, apostrophes=apostrophes)}.",
                position=positions.at(path),
                path=dotted(path),
                allowed=fixed or "A text that can be seen.",
                hint="This identifies something, and what looks the same would be another one.",
            )


def _faults(text: str, *, apostrophes: bool) -> str:
    hidden = list(dict.fromkeys(filter(unseen, text)))
    quotes = curly(text, apostrophes=apostrophes)
    faults = ["a blank at an end"] if text != text.strip(" ") else []
    faults += [f"hidden characters: {named(hidden)}"] if hidden else []
    faults += [f"curly quotes: {named(quotes)}"] if quotes else []
    return ", and ".join(faults)


def look_alikes(kind: Kind, document: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    """Give a warning for each element that looks like an earlier one of its list, and for an identity that looks odd.

    Errors say enough about what is equal or has something that cannot be seen.
    """
    for field in IdField:
        text = document["metadata"].get(field, "")
        plain = plain_form(text)
        if plain != text == repaired(text):
            message = f"{spelled_out(text)} looks like {plain}, and is another {field}."
            yield look_alike(message, ("metadata", str(field)), positions, hint=f"Write {plain} if that is meant.")
    spec = document.get("spec", {})
    for row in _ROWS[kind]:
        first: dict[tuple[str, ...], _Names] = {}
        for names in _names(spec, row) if row.many else ():
            earlier = first.setdefault(tuple(skeleton(text) for _, text in names), names)
            here = next((path for (path, text), (_, other) in zip(names, earlier, strict=True) if text != other), None)
            if here is not None and all(text == repaired(text, apostrophes=True) for _, text in names):
                place = positions.at(earlier[0][0])
                shown, other = told_apart([" / ".join(text for _, text in each) for each in (names, earlier)])
                message = f"{shown} looks like {other} at line {place.line}, column {place.column}."
                yield look_alike(message, here, positions, hint=ONE_OR_TWO)


def _names(spec: Mapping[str, Any], row: _Row) -> Iterator[_Names]:
    found = at(spec, row.path)
    path: Path = ("spec", *row.path)
    if not row.many:
        if isinstance(found, str):
            yield ((path, found),)
        return
    for index, item in enumerate(found or ()):
        if row.key is None:
            yield (((*path, index), item),)
        else:
            parts = (((*path, index, *part), at(item, part)) for part in row.key)
            yield tuple((place, text) for place, text in parts if isinstance(text, str))
