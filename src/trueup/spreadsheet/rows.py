"""Read the rows of a table: rows with the same id are one resource."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from trueup.errors import Diagnostic, InvalidInput, UsageError
from trueup.kinds.registry import KINDS
from trueup.manifest.limits import limited
from trueup.manifest.settable import ManifestTree, value_of
from trueup.manifest.violation import shown
from trueup.model.field import KeyedField
from trueup.model.identity import Identity, IdField, Targets
from trueup.model.value import ElementKey
from trueup.spreadsheet.cells import CellFault, CellPlace, CellValue, Table, cell_problem, is_blank_cell
from trueup.spreadsheet.column_map import ColumnMap, MappedColumn
from trueup.spreadsheet.fields import TARGET, ColumnField
from trueup.spreadsheet.typed_values import ColumnReading, read_cell, zero_led

_ALLOW = "If the cell is right, allow it in the map: {{field: {path}, exact: true}}."

KnownTexts = Mapping[str, Collection[str]]
"""By a field's path, the texts that manifests have for it."""


@dataclass(frozen=True, slots=True)
class Given:
    """The value of a cell, and its place."""

    value: ManifestTree
    place: CellPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResource:
    """What the rows of one resource say. ``place`` is its id in the first of them.

    ``values`` are those of single fields. ``elements`` maps the path of a collection to its elements by key, each with
    its attributes, the key among them.
    """

    identity: Identity
    place: CellPlace
    values: dict[ColumnField, Given] = field(default_factory=dict)
    elements: dict[tuple[str, ...], dict[ElementKey, dict[ColumnField, Given]]] = field(default_factory=dict)


def read_rows(table: Table, columns: ColumnMap, targets: Targets, known: KnownTexts) -> list[RowResource]:
    """Return the resources in the order of their first rows. Raises InvalidInput with the problems of all cells."""
    reader = _Rows(table, columns, targets, known)
    for row, cells in table.rows.items():
        reader.add(row, cells)
    if reader.problems:
        raise InvalidInput(limited(reader.problems))
    return list(reader.resources.values())


class _Rows:
    """The resources of the rows so far, and the problems."""

    def __init__(self, table: Table, columns: ColumnMap, targets: Targets, known: KnownTexts) -> None:
        self._table, self._map = table, columns
        self._columns = columns.numbered(table)
        platform = KINDS[columns.kind].platform
        of_platform = [name for name, target in targets.items() if target.platform is platform]
        # A target that is not given and not known is reported with the manifest.
        self._target = columns.target or (of_platform[0] if len(of_platform) == 1 else "")
        self._readings = {number: self._reading(number, column, known) for number, column in self._columns.items()}
        self.resources: dict[Identity, RowResource] = {}
        self.problems: list[Diagnostic] = []

    def _reading(self, number: int, column: MappedColumn, known: KnownTexts) -> ColumnReading:
        texts = known.get(column.field.path, frozenset())
        digits = max(zero_led(texts), zero_led(self._table.column(number)))
        return ColumnReading(field=column.field, order=column.order, exact=column.exact, known=texts, digits=digits)

    def add(self, row: int, cells: Sequence[CellValue]) -> None:
        """Add the values of one row."""
        given: dict[ColumnField, Given] = {}
        for number in self._columns:
            value = cells[number - 1]
            if not is_blank_cell(value):
                self._add_cell(given, number, self._table.place(row, number), value)
        # Before the id is looked at, so that all cells of a row without one are checked.
        resource = self._resource(row, given)
        if resource is not None:
            self._join(resource, given)

    def _add_cell(self, given: dict[ColumnField, Given], number: int, place: CellPlace, value: CellValue) -> None:
        column = self._columns[number].field
        read = read_cell(value, self._readings[number])
        if isinstance(read, CellFault):
            hint = f"{read.hint} {_ALLOW.format(path=column.path)}" if read.suspected else read.hint
            self.problems.append(cell_problem(place, read.code, read.message, hint))
            return
        try:
            # The schema of a list of texts has no path for its items.
            found = read if column.is_member else value_of(self._map.kind, column.path, read)
        except UsageError as error:
            self.problems.append(cell_problem(place, "cell-type", str(error)))
            return
        given[column] = Given(found, place)

    def _resource(self, row: int, given: dict[ColumnField, Given]) -> RowResource | None:
        """Return the resource of a row, None if the row does not say which one it is."""
        ids = [column for column in given if column.is_id]
        target = next((given.pop(column) for column in [*given] if column.steps == TARGET), None)
        if len(ids) != 1:
            columns = [number for number, column in self._columns.items() if column.field.is_id]
            place = given[ids[1]].place if ids else self._table.place(row, columns[0])
            named = [problem.position for problem in self.problems]
            # An id that could not be read has a problem of its own.
            if not any(self._table.place(row, number).position in named for number in columns):
                why = "the row has two ids." if ids else "the row has no id, so it is not known what it describes."
                self.problems.append(cell_problem(place, "row-without-id", why))
            return None
        id_cell = given.pop(ids[0])
        name = self._target if target is None else str(target.value)
        identity = Identity(name, self._map.kind, IdField(ids[0].steps[-1]), str(id_cell.value))
        return self.resources.setdefault(identity, RowResource(identity=identity, place=id_cell.place))

    def _join(self, resource: RowResource, given: Mapping[ColumnField, Given]) -> None:
        """Add the values of a row to those of the resource's earlier rows."""
        self._agree(resource.values, {c: v for c, v in given.items() if not (c.within or c.is_member)})
        by_list: dict[tuple[str, ...], dict[ColumnField, Given]] = {}
        for column, value in given.items():
            if column.within or column.is_member:
                by_list.setdefault(column.steps, {})[column] = value
        for steps, element in by_list.items():
            key = _key_of(element)
            if not key[0]:
                first = next(iter(element.values()))
                why = f"the row has no {'.'.join(steps)}.{_keyed(element).key[0]}, which identifies the element."
                self.problems.append(cell_problem(first.place, "row-without-id", why))
                continue
            self._agree(resource.elements.setdefault(steps, {}).setdefault(key, {}), element)

    def _agree(self, earlier: dict[ColumnField, Given], now: Mapping[ColumnField, Given]) -> None:
        for column, value in now.items():
            first = earlier.setdefault(column, value)
            if first.value != value.value:
                rows = f"row {first.place.row} has {shown(first.value)!r} in {first.place}"
                why = f"{shown(value.value)!r} differs from another row of the same id: {rows}."
                self.problems.append(cell_problem(value.place, "rows-disagree", why))


def _keyed(element: Mapping[ColumnField, Given]) -> KeyedField:
    row = next(iter(element)).row
    assert isinstance(row, KeyedField)
    return row


def _key_of(element: Mapping[ColumnField, Given]) -> ElementKey:
    column, value = next(iter(element.items()))
    if not isinstance(column.row, KeyedField):
        return (str(value.value),)
    texts = {column.within: str(given.value) for column, given in element.items()}
    return tuple(texts.get(name, "") for name in column.row.key)
