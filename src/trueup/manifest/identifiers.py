"""Find identifiers with hidden characters, and identifiers that look like each other.

Identifiers are identities, natural keys and codes. As far as is known the platforms compare them byte by byte
(``origin-api.md`` section 4.2), so two spellings that look the same can become two resources.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from trueup.errors import Diagnostic, Severity
from trueup.kinds.base import KindSpec, at
from trueup.kinds.registry import KINDS
from trueup.manifest.positions import dotted
from trueup.manifest.written import write_hint
from trueup.model.field import KeyedField, MembersField, ScalarField, SetField
from trueup.model.identity import IdField, Kind
from trueup.model.lookalikes import (
    curly,
    distinguishable,
    is_invisible,
    named,
    plain_form,
    repaired,
    skeleton,
    spelled_out,
)
from trueup.model.manifest import Manifest
from trueup.model.position import Positions, Step

_Path = tuple[Step, ...]

ONE_OR_TWO: Final = "If both mean the same thing, keep one of them. If not, give them names that look different."


def alike_identities(manifests: Iterable[Manifest]) -> Iterator[Diagnostic]:
    """Yield a warning for each manifest whose identity looks like that of an earlier manifest, but differs."""
    first: dict[tuple[str, Kind, IdField, str], Manifest] = {}
    for manifest in manifests:
        identity = manifest.identity
        # One look-up for each identity: comparing all pairs would take quadratic time.
        looks = (identity.target, identity.kind, identity.field, skeleton(identity.value))
        earlier = first.setdefault(looks, manifest)
        if earlier.identity.value != identity.value:
            path = ("metadata", str(identity.field))
            message = f"{identity} looks like {earlier.identity} at {earlier.positions.at(path)}."
            yield _look_alike(message, path, manifest.positions, hint=ONE_OR_TWO)


def _look_alike(message: str, path: _Path, positions: Positions, *, hint: str) -> Diagnostic:
    """Return the warning about the text at ``path``."""
    return Diagnostic(
        code="look-alike",
        message=message,
        position=positions.at(path),
        path=dotted(path),
        severity=Severity.WARNING,
        hint=hint,
    )


_Key = tuple[str, ...]
"""The texts that together identify one element."""

_ID_NAMES: Final = tuple(map(str, IdField))


class _Row(NamedTuple):
    """A field of identifiers. ``parts`` are the paths of an element's key parts; none when an item is the key."""

    path: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...] = ()
    many: bool = True

    def keys(self, spec: Mapping[str, Any]) -> Sequence[_Key]:
        """Return the keys in a valid spec, in the order of the list. A missing part is empty."""
        found = at(spec, self.path)
        if not found:
            return ()
        if not self.many:
            return ((found,),)
        if not self.parts:
            return [(text,) for text in found]
        # The usual case is kept fast, because this runs for every element of every manifest.
        if len(self.parts) == 1 and len(self.parts[0]) == 1:
            name = self.parts[0][0]
            return [(element[name],) for element in found]
        return [tuple(at(element, part) or "" for part in self.parts) for element in found]

    def path_of(self, index: int, number: int) -> _Path:
        """Return the path of one part of one key."""
        return ("spec", *self.path, *((index,) if self.many else ()), *(self.parts[number] if self.parts else ()))


@cache
def _rows(kind: KindSpec) -> tuple[_Row, ...]:
    """Return the fields of a kind that have identifiers. Cached, because this is called for every document."""
    rows: list[_Row] = []
    for field in kind.fields:
        path = tuple(field.path.split("."))
        match field:
            # The schema restricts the names of other elements.
            case KeyedField(key=key, names=""):
                rows.append(_Row(path, tuple(tuple(part.split(".")) for part in key)))
            case SetField() | MembersField():
                rows.append(_Row(path))
            case ScalarField(identifies=True):
                rows.append(_Row(path, many=False))
            case _:
                pass
    return tuple(rows)


def identifier_problems(
    kind: Kind, document: Mapping[str, Any], positions: Positions
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Return errors about identifiers with hidden characters, and warnings about identifiers that look like others."""
    metadata = document["metadata"]
    errors: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    for name in _ID_NAMES:
        if (text := metadata.get(name)) is not None and (fixed := repaired(text)) != text:
            errors.append(_unclear(text, fixed, ("metadata", name), positions))
        elif text is not None and (plain := plain_form(text)) != text:
            message = f"{spelled_out(text)} looks like {plain}, but is a different {name}."
            warnings.append(
                _look_alike(message, ("metadata", name), positions, hint=f"Write {plain} if that is meant.")
            )
    spec = document.get("spec", {})
    for row in _rows(KINDS[kind]):
        keys = row.keys(spec)
        # In natural keys, a curly apostrophe between two letters is kept, because names are spelled with it.
        unclear = {
            (index, number): fixed
            for index, key in enumerate(keys)
            for number, text in enumerate(key)
            if (fixed := repaired(text, apostrophes=row.many)) != text
        }
        for (index, number), fixed in unclear.items():
            errors.append(_unclear(keys[index][number], fixed, row.path_of(index, number), positions, names=row.many))
        if len(keys) > 1:
            warnings += _alike(row, keys, {index for index, _ in unclear}, positions)
    return errors, warnings


def _unclear(text: str, fixed: str, path: _Path, positions: Positions, *, names: bool = False) -> Diagnostic:
    hidden = list(dict.fromkeys(filter(is_invisible, text)))
    quotes = curly(text, apostrophes=names)
    faults = ["a space at its start or end"] if text != text.strip(" ") else []
    faults += [f"hidden characters: {named(hidden)}"] if hidden else []
    faults += [f"curly quotes: {named(quotes)}"] if quotes else []
    name = next(step for step in reversed(path) if isinstance(step, str))
    return Diagnostic(
        code="unclear-identifier",
        message=f"{name} {text!r} has {', and '.join(faults)}.",
        position=positions.at(path),
        path=dotted(path),
        allowed=fixed or "Text with visible characters.",
        hint=write_hint(path, fixed) if fixed else "",
    )


def _alike(row: _Row, keys: Sequence[_Key], unclear: Collection[int], positions: Positions) -> Iterator[Diagnostic]:
    """Yield a warning for each element that looks like an earlier one, except the ``unclear``, which have an error."""
    first: dict[_Key, int] = {}
    for index, key in enumerate(keys):
        earlier = first.setdefault(tuple(map(skeleton, key)), index)
        if earlier == index or keys[earlier] == key or index in unclear:
            continue
        number = next(number for number, text in enumerate(key) if text != keys[earlier][number])
        other_at = positions.at(row.path_of(earlier, number))
        shown, other = distinguishable([" / ".join(each) for each in (key, keys[earlier])])
        message = f"{shown} looks like {other} at line {other_at.line}, column {other_at.column}."
        yield _look_alike(message, row.path_of(index, number), positions, hint=ONE_OR_TWO)
