"""Compare rows with manifests: what is new, what changes, and whether the result is valid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from trueup.diff.equality import same
from trueup.edit.set_values import FieldPath, tree_at, with_value, written_tree
from trueup.edit.yaml_style import compose
from trueup.errors import Diagnostic, InvalidInput, Severity
from trueup.kinds.registry import KINDS
from trueup.kinds.tree import Gap, put, spelled, value_at
from trueup.manifest.limits import limited
from trueup.manifest.load import load_texts
from trueup.manifest.positions import dotted
from trueup.manifest.project import Project
from trueup.manifest.settable import ManifestTree
from trueup.model.field import ChoiceField, KeyedField
from trueup.model.identity import Identity
from trueup.spreadsheet.cells import CellPlace, cell_problem
from trueup.spreadsheet.fields import ColumnField, fields_of
from trueup.spreadsheet.rows import Given, RowResource

_TEXT: Final = "manifest"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChange:
    """A resource's manifest after an import. ``values`` are what changes in an existing one, by path.

    ``text`` is the whole document, which is written if there is no manifest yet.
    """

    identity: Identity
    values: Mapping[FieldPath, ManifestTree]
    text: str


def changed_documents(
    project: Project, resources: Sequence[RowResource], documents: Mapping[Identity, ManifestTree]
) -> list[DocumentChange]:
    """Return the change of each resource; ``documents`` are the existing manifests' contents.

    Raises InvalidInput with the problems of all resulting manifests, each at the cell that it comes from.
    """
    made: list[DocumentChange] = []
    problems: list[Diagnostic] = []
    for resource in resources:
        before = documents.get(resource.identity) or _first_document(project, resource.identity)
        change, places = _change(resource, before)
        problems += _problems(project, resource, change.text, places)
        made.append(change)
    if problems:
        raise InvalidInput(limited(problems))
    return made


def _first_document(project: Project, identity: Identity) -> ManifestTree:
    kind = KINDS[identity.kind]
    metadata = {str(identity.field): identity.value}
    # The only target of a platform is found without a name.
    if identity.target and sum(target.platform is kind.platform for target in project.targets.values()) > 1:
        metadata["target"] = identity.target
    return {"apiVersion": "trueup/v1", "kind": str(identity.kind), "metadata": metadata, "spec": {}}


def _change(resource: RowResource, before: ManifestTree) -> tuple[DocumentChange, Mapping[str, CellPlace]]:
    """Return the change, and the places of cells by the dotted paths of their values."""
    order = {path: number for number, path in enumerate(fields_of(KINDS[resource.identity.kind]))}
    values: dict[FieldPath, ManifestTree] = {}
    places: dict[str, CellPlace] = {}
    for column, given in resource.values.items():
        places[dotted(column.steps)] = given.place
        if isinstance(column.row, ChoiceField):
            _choose(values, before, column, given)
        elif not _equal(column, tree_at(before, column.steps), given.value):
            values[column.steps] = given.value
    for steps, elements in resource.elements.items():
        found = tree_at(before, steps)
        old = found if isinstance(found, Sequence) and not isinstance(found, str) else ()
        values |= _list_changes(steps, old, list(elements.values()), places)
    values = dict(sorted(values.items(), key=lambda pair: _rank(order, pair[0])))
    after = before
    for path, value in values.items():
        after = with_value(after, path, value)
    text = compose(written_tree(after))
    return DocumentChange(identity=resource.identity, values=values, text=text), places


def _rank(order: Mapping[str, int], path: FieldPath) -> tuple[int, int]:
    """Return the place of a path in the field table, which is the order in which import writes fields.

    Values in a list come before the list as a whole.
    """
    name = ".".join(map(str, takewhile(lambda step: isinstance(step, str), path)))
    fields = (number for known, number in order.items() if known == name or known.startswith(f"{name}."))
    return next(fields, len(order)), -len(path)


def _choose(values: dict[FieldPath, ManifestTree], before: ManifestTree, column: ColumnField, given: Given) -> None:
    """Set one option of a choice; the manifest's other one goes."""
    *above, name = column.steps
    path, now = tuple(above), tree_at(before, tuple(above))
    old = now if isinstance(now, Mapping) else {}
    chosen = values.get(path)
    # Two options in the rows are kept both: the schema refuses them.
    new = {**(chosen if isinstance(chosen, Mapping) else {}), name: given.value}
    if len(new) == len(old) == 1 and name in old and _equal(column, old[name], given.value):
        return
    values[path] = new


def _list_changes(
    steps: FieldPath,
    old: Sequence[ManifestTree],
    wanted: Sequence[Mapping[ColumnField, Given]],
    places: dict[str, CellPlace],
) -> dict[FieldPath, ManifestTree]:
    """Return the changes of a list that make it have exactly the wanted elements.

    Attributes that no column has stay. An element with the same key is changed in place.
    """
    values: dict[FieldPath, ManifestTree] = {}
    by_key = {_key(item, wanted[0]): index for index, item in enumerate(old)}
    kept: dict[int, ManifestTree] = {}
    new: list[ManifestTree] = []
    for element in wanted:
        tree = _element(element)
        index = by_key.get(_key(tree, element))
        if index is None:
            new.append(tree)
        else:
            kept[index] = old[index]
        for column, given in element.items():
            inner = tuple(column.within.split(".")) if column.within else ()
            if index is not None and not _equal(column, tree_at(old[index], inner), given.value):
                values[*steps, index, *inner] = given.value
                kept[index] = with_value(kept[index], inner, given.value)
    after = [kept[index] for index in sorted(kept)] + new
    if new or len(kept) < len(old):
        values[steps] = after
    numbers = {_key(item, wanted[0]): index for index, item in enumerate(after)}
    for element in wanted:
        number = numbers[_key(_element(element), element)]
        for column, given in element.items():
            inner = tuple(column.within.split(".")) if column.within else ()
            places[dotted((*steps, number, *inner))] = given.place
            places.setdefault(dotted((*steps, number)), given.place)
    return values


def _element(element: Mapping[ColumnField, Given]) -> ManifestTree:
    made: dict[str, object] = {}
    for column, given in element.items():
        if not column.within:
            return given.value
        put(made, column.within, given.value)
    return made  # type: ignore[return-value]  # put makes trees


def _key(item: ManifestTree, like: Mapping[ColumnField, Given]) -> tuple[str, ...]:
    row = next(iter(like)).row
    if not isinstance(row, KeyedField) or not isinstance(item, dict):
        return (spelled(item) or "",)
    found = [value_at(item, name) for name in row.key]
    return tuple("" if isinstance(value, Gap) else spelled(value) or "" for value in found)


def _equal(column: ColumnField, old: ManifestTree | None, new: ManifestTree) -> bool:
    """Return whether the manifest has the value already, in any spelling."""
    one, other = spelled(old), spelled(new)
    return one is not None and other is not None and same(column.compare, one, other)


def _problems(
    project: Project, resource: RowResource, text: str, places: Mapping[str, CellPlace]
) -> Iterator[Diagnostic]:
    """Yield the errors of a resulting manifest, each at the nearest cell."""
    loaded = load_texts(project, [(_TEXT, text.encode())])
    for problem in loaded.diagnostics:
        if problem.severity is Severity.ERROR:
            place = _nearest(problem.path, places) or resource.place
            found = cell_problem(place, problem.code, problem.message, problem.hint)
            yield replace(found, allowed=problem.allowed)


def _nearest(path: str, places: Mapping[str, CellPlace]) -> CellPlace | None:
    """Return the cell of a path, of the nearest one above it, or of the first one below it."""
    above = path
    while above:
        if above in places:
            return places[above]
        above = above.rpartition(".")[0]
    return next((place for name, place in places.items() if path and name.startswith(f"{path}.")), None)
