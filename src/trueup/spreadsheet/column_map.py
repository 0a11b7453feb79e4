"""Read and check a column map, which says which field each column of a spreadsheet has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from trueup.errors import Diagnostic, InvalidInput, Severity
from trueup.kinds.registry import KINDS
from trueup.manifest.limits import limited
from trueup.manifest.positions import dotted
from trueup.manifest.schema import MAP_KIND, accepts
from trueup.manifest.suggestions import did_you_mean
from trueup.manifest.yaml_file import read_yaml
from trueup.model.field import KeyedField
from trueup.model.identity import Kind
from trueup.model.position import Position, Positions
from trueup.spreadsheet.cells import Table
from trueup.spreadsheet.fields import ColumnField, fields_of, find_field
from trueup.spreadsheet.typed_values import DateOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedColumn:
    """A column of a map: its header, its field, and how its cells are read."""

    header: str
    field: ColumnField
    position: Position
    order: DateOrder | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """A checked map. ``sheet`` and ``target`` are empty if it names none."""

    kind: Kind
    columns: tuple[MappedColumn, ...]
    sheet: str = ""
    target: str = ""

    def numbered(self, table: Table) -> Mapping[int, MappedColumn]:
        """Return the map's columns by their numbers in a table; raise InvalidInput for headers that it lacks."""
        numbers = {header: number for number, header in table.headers.items()}
        lacking = [
            Diagnostic(
                code="column-not-found",
                message=f"{table.file} has no column {column.header!r}.",
                position=column.position,
                path=dotted(("columns", column.header)),
                allowed=f"One of {', '.join(numbers)}.",
                hint=did_you_mean(column.header, numbers),
            )
            for column in self.columns
            if column.header not in numbers
        ]
        if lacking:
            raise InvalidInput(limited(lacking))
        return {numbers[column.header]: column for column in self.columns}


def read_map(content: bytes, name: str) -> ColumnMap:
    """Return the map of a file; ``name`` is its name in positions. Raises InvalidInput with all problems."""
    document, positions = _valid(content, name)
    kind = KINDS[document["manifests"]].kind
    columns, problems = [], []
    for header, given in document["columns"].items():
        column: dict[str, Any] = {"field": given} if isinstance(given, str) else given
        field = find_field(kind, column["field"])
        path = ("columns", header) if isinstance(given, str) else ("columns", header, "field")
        if field is None:
            problems.append(_unknown(kind, column["field"], path, positions))
            continue
        columns.append(
            MappedColumn(
                header=" ".join(header.split()),
                field=field,
                position=positions.at(path),
                order=DateOrder(column["dates"]) if "dates" in column else None,
                exact=column.get("exact", False),
            )
        )
    problems += _contradictions(kind, columns, positions)
    if problems:
        raise InvalidInput(limited(problems))
    sheet, target = document.get("sheet", ""), document.get("target", "")
    return ColumnMap(kind=kind, columns=tuple(columns), sheet=sheet, target=target)


def _valid(content: bytes, name: str) -> tuple[Mapping[str, Any], Positions]:
    """Return the document, which obeys the schema. Raises InvalidInput."""
    read = read_yaml(content, name)
    problems = [problem for problem in read.diagnostics if problem.severity is Severity.ERROR]
    start = Position(name, 1, 1)
    if not problems and not read.documents:
        hint = "trueup import --from FILE --map-example writes a first one."
        problems = [Diagnostic(code="empty-file", message="The map is empty.", position=start, hint=hint)]
    if len(read.documents) > 1:
        second = read.documents[1].positions.at(())
        message = "The map has more than one document."
        problems.append(Diagnostic(code="too-many-documents", message=message, position=second))
    if problems:
        raise InvalidInput(limited(problems))
    root: Any = read.documents[0].root
    positions = read.documents[0].positions
    if not accepts(MAP_KIND, root):
        from trueup.manifest.violations import explain  # noqa: PLC0415 - needed for refused documents only

        raise InvalidInput(limited(explain(MAP_KIND, root, positions)))
    return root, positions


def _unknown(kind: Kind, path: str, steps: tuple[str, ...], positions: Positions) -> Diagnostic:
    known = fields_of(KINDS[kind])
    below = [name for name in known if name.startswith(f"{path}.") or name == f"spec.{path}"]
    hint = f"Did you mean {' or '.join(map(repr, below))}?" if below else did_you_mean(path, known)
    return Diagnostic(
        code="unknown-column-field",
        message=f"A column cannot have the field {path!r} of a {kind}.",
        position=positions.at(steps),
        path=dotted(steps),
        hint=hint or "trueup import --from FILE --map-example lists all fields.",
    )


def _contradictions(kind: Kind, columns: list[MappedColumn], positions: Positions) -> Iterator[Diagnostic]:
    def problem(message: str, position: Position, hint: str = "") -> Diagnostic:
        return Diagnostic(code="column-map", message=message, position=position, hint=hint)

    place = positions.at(("columns",))
    for name, same in groupby(sorted(columns, key=lambda c: c.field.path), key=lambda c: c.field.path):
        for again in [*same][1:]:
            yield problem(f"Two columns have the field {name}.", again.position)
    for name, same in groupby(sorted(columns, key=lambda c: c.header), key=lambda c: c.header):
        for again in [*same][1:]:
            yield problem(f"The column {name!r} is in the map twice.", again.position)
    paths = {column.field.path for column in columns}
    ids = [field.path for field in fields_of(KINDS[kind]).values() if field.is_id]
    if not paths & set(ids):
        yield problem(f"No column identifies the rows. One must have {' or '.join(ids)}.", place)
    for column in columns:
        match column.field.row:
            case KeyedField(key=(first, *_)) if (needed := f"{'.'.join(column.field.steps)}.{first}") not in paths:
                yield problem(
                    f"{column.field.path} needs a column with {needed}, which identifies it.", column.position
                )
