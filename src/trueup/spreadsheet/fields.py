"""The fields of a kind that a column of a spreadsheet can have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.manifest.settable import paths, types_of
from trueup.model.field import ChoiceField, Compare, KeyedField, MembersField, ScalarField, SetField
from trueup.model.identity import IdField, Kind

TARGET = ("metadata", "target")
_LABELS = "metadata.labels."


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnField:
    """A field of a manifest, or an attribute of a collection's elements.

    ``path`` is the field as a map names it, ``steps`` the path of the value or of the collection in the manifest.
    ``within`` is the attribute's path in the element, empty for other fields. ``identifies``: its values are names or
    numbers in which each character counts.
    """

    path: str
    steps: tuple[str, ...]
    compare: Compare = Compare.TEXT
    within: str = ""
    row: KeyedField | SetField | MembersField | ChoiceField | None = None
    identifies: bool = False

    @property
    def is_member(self) -> bool:
        """Return whether the value is an item of a list of texts."""
        return isinstance(self.row, SetField | MembersField)

    @property
    def is_id(self) -> bool:
        """Return whether the value identifies the resource."""
        return self.path.removeprefix("metadata.") in tuple(IdField)


def find_field(kind: Kind, path: str) -> ColumnField | None:
    """Return the field of a path in a map, None if a column cannot have it."""
    name = path.removeprefix(_LABELS)
    if name and name != path:
        return ColumnField(path=path, steps=("metadata", "labels", name))
    return fields_of(KINDS[kind]).get(path)


@cache
def fields_of(spec: KindSpec) -> Mapping[str, ColumnField]:
    """Return the fields by path, first those that identify a resource; labels have free names and are left out."""
    return MappingProxyType({field.path: field for field in _fields(spec)})


def _fields(spec: KindSpec) -> Iterator[ColumnField]:
    for name in (spec.naming.field, spec.naming.own_id):
        if name is not None:
            yield ColumnField(path=f"metadata.{name}", steps=("metadata", name), identifies=True)
    yield ColumnField(path=".".join(TARGET), steps=TARGET)
    for path in sorted(paths(spec.kind), key=lambda path: _rank(spec, path)):
        if path.endswith("."):
            continue
        row = spec.by_path.get(path.removeprefix("spec."))
        match row:
            case KeyedField():
                yield from _attributes(path, row)
            case SetField() | MembersField():
                yield ColumnField(path=path, steps=tuple(path.split(".")), row=row, identifies=True)
            case _ if "array" not in types_of(spec.kind, path):
                yield _single(spec, path)


def _rank(spec: KindSpec, path: str) -> int:
    """Return the place of a path in the field table, which is the order of new manifests."""
    if path.startswith("metadata."):
        return -1
    rows = (n for n, row in enumerate(spec.fields) if f"{path}.".startswith(f"spec.{row.path}."))
    return next(rows, len(spec.fields))


def _attributes(path: str, row: KeyedField) -> Iterator[ColumnField]:
    compared = {attribute.path: attribute.compare for attribute in row.attributes}
    for name in (*row.key, *compared):
        yield ColumnField(
            path=f"{path}.{name}",
            steps=tuple(path.split(".")),
            compare=compared.get(name, Compare.TEXT),
            within=name,
            row=row,
            identifies=name in row.key,
        )


def _single(spec: KindSpec, path: str) -> ColumnField:
    steps, types = tuple(path.split(".")), types_of(spec.kind, path)
    row = spec.by_path.get(path.removeprefix("spec."))
    above = spec.by_path.get(path.removeprefix("spec.").rpartition(".")[0])
    compare = Compare.BOOLEAN if "boolean" in types else Compare.INTEGER if "integer" in types else Compare.TEXT
    if isinstance(row, ScalarField):
        compare = row.compare
    return ColumnField(
        path=path,
        steps=steps,
        compare=compare,
        row=above if isinstance(above, ChoiceField) else None,
        identifies=isinstance(row, ScalarField) and row.identifies,
    )
