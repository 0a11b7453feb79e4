"""Write manifests as rows: one for each resource, and further ones for the elements of its collections."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import zip_longest

from trueup.edit.set_values import tree_at
from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.kinds.tree import spelled
from trueup.manifest.settable import ManifestTree
from trueup.model.identity import Identity
from trueup.spreadsheet.fields import ColumnField, fields_of

_LABELS = ("metadata", "labels")
ExportedRow = Mapping[str, str]
"""The texts of one row, by the paths of their fields."""


def spreadsheet_kinds() -> list[KindSpec]:
    """Return the kinds whose manifests can be rows of a spreadsheet."""
    return [spec for spec in KINDS.values() if spec.headers is not None]


def rows_of(documents: Mapping[Identity, ManifestTree]) -> Iterator[ExportedRow]:
    """Yield the rows of manifests; what is empty or left out has no text.

    The elements of all collections are side by side, and each row has the single fields of its resource.
    """
    for identity, tree in documents.items():
        single: dict[str, str] = {}
        lists: dict[str, list[dict[str, str]]] = {}
        for field in _fields_with_labels(KINDS[identity.kind], tree):
            found = tree_at(tree, field.steps)
            if isinstance(found, Sequence) and not isinstance(found, str):
                items = lists.setdefault(".".join(field.steps), [{} for _ in found])
                for item, row in zip(found, items, strict=True):
                    _put(row, field.path, tree_at(item, tuple(field.within.split("."))) if field.within else item)
            else:
                _put(single, field.path, found)
        for elements in zip_longest(*lists.values(), fillvalue={}) if any(lists.values()) else [()]:
            yield single | {path: text for element in elements for path, text in element.items()}


def known_texts(documents: Mapping[Identity, ManifestTree]) -> Mapping[str, Collection[str]]:
    """Return the texts that manifests have for each field, by its path."""
    known: dict[str, set[str]] = {}
    for row in rows_of(documents):
        for path, text in row.items():
            known.setdefault(path, set()).add(text)
    return known


def sheet_of(documents: Mapping[Identity, ManifestTree]) -> list[list[str]]:
    """Return the header and the rows of manifests, with a column for each field that one of them has."""
    rows = list(rows_of(documents))
    known = [path for spec in spreadsheet_kinds() for path in fields_of(spec)]
    order = {path: number for number, path in enumerate(dict.fromkeys(known))}
    used = sorted({path for row in rows for path in row}, key=lambda path: (order.get(path, len(order)), path))
    return [used, *([row.get(path, "") for path in used] for row in rows)]


def _fields_with_labels(spec: KindSpec, tree: ManifestTree) -> Iterator[ColumnField]:
    yield from fields_of(spec).values()
    labels = tree_at(tree, _LABELS)
    for name in labels if isinstance(labels, Mapping) else ():
        yield ColumnField(path=".".join((*_LABELS, name)), steps=(*_LABELS, name))


def _put(row: dict[str, str], path: str, value: ManifestTree | None) -> None:
    text = spelled(value)
    if text:
        row[path] = text
