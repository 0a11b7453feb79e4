"""``import --from``: write manifests from the rows of a spreadsheet."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trueup.cli.edit_files import documents_of, edited_file
from trueup.cli.write_all import FileWrite, write_all
from trueup.edit.describe import Described, Description, Imported, Imports
from trueup.errors import TrueupError, UsageError
from trueup.manifest.file_names import display
from trueup.regular_file import TEXT_BYTES, read_named
from trueup.report.result import Result
from trueup.spreadsheet.changed_documents import DocumentChange, changed_documents
from trueup.spreadsheet.column_map import read_map
from trueup.spreadsheet.csv_text import read_csv
from trueup.spreadsheet.exported_rows import known_texts, spreadsheet_kinds
from trueup.spreadsheet.map_example import map_example
from trueup.spreadsheet.rows import read_rows
from trueup.spreadsheet.xlsx import read_xlsx

if TYPE_CHECKING:
    from trueup.cli.commands.import_ import Places
    from trueup.edit.set_values import FieldPath, ManifestEdit
    from trueup.manifest.load import Loaded
    from trueup.manifest.settable import ManifestTree
    from trueup.model.identity import Identity
    from trueup.spreadsheet.cells import Table

_READERS: Final[Mapping[str, "Callable[[bytes, str, str], Table]"]] = {
    ".csv": lambda content, name, _: read_csv(content, name),
    ".xlsx": read_xlsx,
}
"""By the ending of a file's name, the function that reads its content; the third argument is the sheet."""


_FIRST_MAP: Final = "Print a first map with: trueup import --from FILE --map-example"


@dataclass(frozen=True, slots=True)
class SpreadsheetFiles:
    """The files of an import; ``sheet`` is empty if the map or the file decides."""

    source: Path
    map_file: Path | None
    sheet: str


def print_map(chosen: SpreadsheetFiles, cwd: Path) -> int:
    """Print a first map for a spreadsheet; return the exit status."""
    if chosen.map_file is not None:
        raise UsageError("--map-example prints a new map, so it takes no --map.")
    table = _table(chosen, chosen.sheet, cwd)
    sys.stdout.write(map_example(table, spreadsheet_kinds()[0], chosen.sheet))
    return 0


def import_spreadsheet(chosen: SpreadsheetFiles, loaded: "Loaded", places: "Places", *, write: bool) -> Result:
    """Write the manifests of all rows, or none; return the result.

    Raises InvalidInput for the map and the rows, UsageError for files that cannot be read, TrueupError for files that
    cannot be written.
    """
    from trueup.report.spreadsheet import spreadsheet_to_json, spreadsheet_tree

    cwd = places.cwd
    if chosen.map_file is None:
        raise UsageError(f"--from needs --map FILE. {_FIRST_MAP}")
    columns = read_map(_content(chosen.map_file, "map", _FIRST_MAP), display(chosen.map_file, cwd))
    table = _table(chosen, chosen.sheet or columns.sheet, cwd)
    documents = documents_of([m for m in loaded.manifests if m.identity.kind is columns.kind])
    resources = read_rows(table, columns, places.project.targets, known_texts(documents))
    changes = changed_documents(places.project, resources, documents)

    positions = {manifest.identity: manifest.positions.at(()) for manifest in loaded.manifests}
    new = [_new(change, places) for change in changes if change.identity not in documents]
    edited = _edits([change for change in changes if change.identity in documents], loaded, places)
    if write:
        files = [FileWrite(cwd / one.file, None, one.description.text.encode()) for one in new]
        write_all([*files, *(change for change, _ in edited if change.after != change.before)])
    edits = sorted((edit for _, made in edited for edit in made), key=lambda edit: edit.identity)
    imports = Imports(
        imported=tuple(new),
        not_imported=(),
        described=tuple(Described(identity=e.identity, position=positions[e.identity]) for e in edits if not e.changes),
        written=write,
    )
    mapped = {column.header for column in columns.columns}
    ignored = [header for header in table.headers.values() if header not in mapped]
    made = [edit for edit in edits if edit.changes]
    return Result(
        command="import",
        status=0,
        diagnostics=loaded.diagnostics,
        tree=spreadsheet_tree(imports, made, positions, ignored),
        also={"import": spreadsheet_to_json(imports, made, positions, ignored)},
    )


def _table(chosen: SpreadsheetFiles, sheet: str, cwd: Path) -> "Table":
    source = chosen.source
    reader = _READERS.get(source.suffix.lower())
    if reader is None:
        raise UsageError(f"{source} is not read: the name of a spreadsheet ends in {' or '.join(_READERS)}.")
    # A map that names a sheet can be used for both formats; the option would be a mistake.
    if chosen.sheet and reader is not read_xlsx:
        raise UsageError(f"--sheet names a sheet of an xlsx file, and {source} is none.")
    return reader(_content(source, "spreadsheet"), display(source, cwd), sheet)


def _content(file: Path, what: str, hint: str = "") -> bytes:
    try:
        return read_named(file, TEXT_BYTES)
    except OSError as error:
        message = f"The {what} {file} cannot be read: {error.strerror}. {hint}".rstrip()
        raise UsageError(message) from None


def _new(change: DocumentChange, places: "Places") -> Imported:
    """Return a new manifest with its file; raise TrueupError if the file cannot be one."""
    file = places.file(change.identity)
    reason = places.unfound(file)
    if os.path.lexists(file):
        unread = "without trueup.yaml, no manifest is read; start a project with trueup init"
        why = unread if places.project.file is None else "does not describe it"
        reason = f"{places.shown(file)} already exists, and {why}"
    if reason:
        raise TrueupError(f"{change.identity} cannot be written: {reason}. Nothing was written.")
    return Imported(identity=change.identity, file=places.shown(file), description=Description(text=change.text))


def _edits(
    changes: Sequence[DocumentChange], loaded: "Loaded", places: "Places"
) -> "list[tuple[FileWrite, list[ManifestEdit]]]":
    files = {manifest.identity: manifest.positions.at(()).file for manifest in loaded.manifests}
    by_file: dict[str, dict[Identity, Mapping[FieldPath, ManifestTree]]] = {}
    for change in changes:
        by_file.setdefault(files[change.identity], {})[change.identity] = change.values
    return [edited_file(places.project, name, wanted) for name, wanted in by_file.items()]
