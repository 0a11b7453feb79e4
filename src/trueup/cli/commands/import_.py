"""The command ``import``: write manifests for live resources that have none."""

import os
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.completers import files
from trueup.cli.files import create_file
from trueup.cli.import_scan import ImportScan
from trueup.cli.options import (
    FORMATS,
    RunOptions,
    all_option,
    allow_option,
    keep_going_option,
    no_cache_option,
    output_options,
    project_option,
    sandbox_option,
    target_option,
    together,
)
from trueup.cli.working_directory import here, input_bytes
from trueup.edit.describe import FileNames, Imported, Imports, describe, safe_file_name
from trueup.faults import fault_text
from trueup.history.globs import ManifestMatcher
from trueup.kinds.registry import KINDS
from trueup.manifest.discovery import Limits, absolute
from trueup.manifest.file_names import display
from trueup.manifest.project import Project
from trueup.model.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trueup.cli.exit_codes import Exit
    from trueup.cli.import_scan import ImportRequest
    from trueup.cli.import_spreadsheet import SpreadsheetFiles
    from trueup.cli.output import CommandEnd
    from trueup.manifest.load import Loaded


def write_imports(found: ImportScan, places: "Places", *, lifecycle: bool, write: bool) -> Imports:
    """Write one file for each resource found; resources that cannot be written are kept with the reason."""
    imported: list[Imported] = []
    for identity, live in sorted(found.live, key=itemgetter(0)):
        try:
            description = describe(places.project, identity, live, lifecycle=lifecycle)
        except Exception as error:  # noqa: BLE001 - the outermost boundary of a resource: the others must be written
            found.add_not_imported(identity, fault_text(error, "describing a resource").removesuffix("."), failed=True)
            continue
        file = places.file(identity)
        name = places.shown(file)
        reason = description.reason or places.unfound(file)
        if not reason:
            reason = _put(file, name, description.text, write=write)
        if reason:
            found.add_not_imported(identity, reason)
        else:
            imported.append(Imported(identity=identity, file=name, description=description))
    return Imports(
        imported=tuple(imported),
        not_imported=tuple(found.not_imported),
        described=tuple(found.described),
        written=write,
    )


class Places:
    """Paths of new manifests. ``folder`` is the one that the user chose, None for the default folders."""

    def __init__(self, project: Project, cwd: Path, folder: Path | None) -> None:
        self.project, self.cwd, self._folder = project, cwd, folder
        self._names = FileNames()
        self._limits = Limits(project)
        self._reach = ManifestMatcher(project, (), cwd=cwd)

    def file(self, identity: Identity) -> Path:
        """Return the path of a resource's new file; each resource gets a different one."""
        kind = KINDS[identity.kind]
        above = self.project.root / kind.plural if self._folder is None else self.cwd / self._folder
        # The same key can exist on several targets of a platform: each target then has a folder.
        if sum(target.platform is kind.platform for target in self.project.targets.values()) > 1:
            above /= safe_file_name(identity.target) or "target"
        # Two spellings of one folder would give the same file name twice.
        above = Path(os.path.normpath(above))
        return above / self._names.name(str(above), identity)

    def shown(self, file: Path) -> str:
        """Return a file's name as messages show it."""
        return display(file, self.cwd)

    def unfound(self, file: Path) -> str:
        """Return why the project would not find the file, empty when it does."""
        if self._limits.crossed(absolute(file)):
            return f"a symbolic link on the way to {self.shown(file)} leads out: choose a folder with --dir"
        # Without a project file there are no globs that could miss the file.
        if self.project.file is None:
            return ""
        relative = os.path.relpath(file, self.project.root.absolute()).replace(os.sep, "/")
        if self._reach.wants(relative):
            return ""
        globs = ", ".join(self.project.manifests)
        return f"the globs of trueup.yaml ({globs}) do not find {self.shown(file)}: choose a folder with --dir"


def _put(file: Path, name: str, text: str, *, write: bool) -> str:
    """Write a file, or check that it could be; return the reason when it cannot, else an empty text."""
    taken = f"{name} already exists and does not describe it"
    if not write:
        return taken if os.path.lexists(file) else ""
    try:
        # Never overwrites, even if the file was created since the check.
        create_file(file, text.encode())
    except FileExistsError:
        return taken
    except OSError as error:
        return f"{name} cannot be written: {error.strerror}"
    return ""


@click.command(
    "import",
    epilog="""\b
Examples:
  trueup import --target connect-eu --dry-run      # everything there that has no manifest
  trueup import acme-tax acme-psp                  # these, on any target
  trueup import --target origin - < external-ids.txt
  trueup import --target origin --origin-id 13949a9b-ee17-4760-93e9-7749ff2faa79
  trueup import --from certificates.xlsx --map-example > columns.yaml
  trueup import --from certificates.xlsx --map columns.yaml --dry-run""",
)
@together(
    click.argument("names", metavar="[NAME]...", nargs=-1),
    project_option,
    target_option,
    allow_option,
    click.option(
        "--origin-id",
        is_flag=True,
        help="The NAMEs are Origin's ids (originId), for certifications without an externalId.",
    ),
    click.option(
        "--dir",
        "folder",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for the files. Default: the folder of each kind, such as connectors, next to trueup.yaml.",
    ),
    click.option(
        "--from",
        "source",
        metavar="FILE",
        type=click.Path(path_type=Path),
        shell_complete=files,
        help="A spreadsheet (.csv or .xlsx) to write manifests from, instead of live resources. Needs --map.",
    ),
    click.option(
        "--map",
        "map_file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        shell_complete=files,
        help="Which field each column of the spreadsheet has.",
    ),
    click.option("--map-example", is_flag=True, help="Print a first map, made from the headers of the spreadsheet."),
    click.option("--sheet", metavar="NAME", default="", help="Sheet of an xlsx file; only needed if it has several."),
    click.option(
        "--lifecycle", is_flag=True, help="Also write the lifecycle state (preview, published) that live has reached."
    ),
    click.option("--dry-run", is_flag=True, help="Show what would be written and write nothing."),
    sandbox_option,
    keep_going_option,
    all_option,
    no_cache_option,
    output_options(*FORMATS),
)
def command(  # noqa: PLR0913 - the options of the command
    *,
    names: tuple[str, ...],
    origin_id: bool,
    folder: Path | None,
    lifecycle: bool,
    dry_run: bool,
    source: Path | None,
    map_file: Path | None,
    map_example: bool,
    sheet: str,
    **given: object,
) -> "CommandEnd | int":
    """Write manifests for live resources that have none.

    Each resource gets one file, and its first plan changes no value.

    A NAME is the key of a connector or a deployment, or a certification's externalId; - reads names from standard
    input, one per line. Without a NAME, all connectors and deployments of the targets are imported. Origin has no known
    way to list your certifications: name them.

    Each manifest is checked before it is written: it is valid, the project's globs find it, and it matches live. No
    file is overwritten. The lifecycle is only written as a comment, unless --lifecycle is given. The platform does not
    return the secured values of deployments: the references in their places are proposals to correct.

    With --from, manifests are written from a spreadsheet, and nothing is read from a platform. Each row is a
    certification, or one element of its lists: rows with the same id belong together. Existing manifests are edited in
    place. A cell that a spreadsheet program may have changed is refused. All rows are checked first, and nothing is
    written unless all of them can be.

    Status 0 when everything was written, 5 when something was left to you, 1 when live could not be read or a file
    cannot be written, 3 when existing manifests or the spreadsheet are invalid.
    """
    from trueup.errors import UsageError

    common = RunOptions.of({"paths": (), "select": {}, **given})
    if source is not None:
        from trueup.cli.import_spreadsheet import SpreadsheetFiles, print_map

        options = {
            "--origin-id": origin_id,
            "--lifecycle": lifecycle,
            "--target": bool(common.targets),
            "--keep-going": common.keep_going,
        }
        _only_spreadsheet(names=names, **options)
        chosen = SpreadsheetFiles(source, map_file, sheet)
        if map_example:
            return print_map(chosen, here())
        return _import_rows(common, chosen, folder, write=not dry_run)
    if map_file or map_example or sheet:
        raise UsageError("--map, --map-example and --sheet need --from FILE.")
    return _import_live(common, names, folder, origin_ids=origin_id, lifecycle=lifecycle, write=not dry_run)


def _import_rows(common: RunOptions, chosen: "SpreadsheetFiles", folder: Path | None, *, write: bool) -> "CommandEnd":
    from trueup.cli.import_spreadsheet import import_spreadsheet
    from trueup.cli.output import ended
    from trueup.cli.session import find_and_read_project
    from trueup.errors import InvalidInput

    cwd = here()
    project = find_and_read_project(common, cwd)
    loaded = _described(project, cwd)
    # An invalid manifest can be that of a row, which would then get a second one.
    if loaded.diagnostics:
        raise InvalidInput(loaded.diagnostics)
    return ended(common, import_spreadsheet(chosen, loaded, Places(project, cwd, folder), write=write))


def _import_live(  # noqa: PLR0913 - the options of the command
    common: RunOptions,
    names: "Sequence[str]",
    folder: Path | None,
    *,
    origin_ids: bool,
    lifecycle: bool,
    write: bool,
) -> "CommandEnd":
    from trueup.cli.event_loop import run_loop
    from trueup.cli.exit_codes import Exit, most_severe, status_of_diagnostics
    from trueup.cli.import_scan import ImportRequest
    from trueup.cli.output import ended
    from trueup.cli.session import find_and_read_project
    from trueup.report.result import Result
    from trueup.report.writeback import imported_to_json, imported_tree

    cwd = here()
    project = find_and_read_project(common, cwd)
    loaded = _described(project, cwd)
    status = status_of_diagnostics(loaded.diagnostics)
    if status is not Exit.DONE and not common.keep_going:
        return ended(common, Result(command="import", status=status, diagnostics=loaded.diagnostics))
    request = ImportRequest(names=_names(names), targets=common.targets, origin_ids=origin_ids)
    found = run_loop(_find(project, common, request, loaded))

    imports = write_imports(found, Places(project, cwd, folder), lifecycle=lifecycle, write=write)
    result = Result(
        command="import",
        status=most_severe([import_status(imports), status]),
        diagnostics=loaded.diagnostics,
        tree=imported_tree(imports),
        also={"import": imported_to_json(imports)},
    )
    return ended(common, result)


def _only_spreadsheet(*, names: "Sequence[str]", **options: bool) -> None:
    """Raise UsageError for what a spreadsheet cannot be read with."""
    from trueup.errors import UsageError

    given = [*(["NAME"] if names else []), *(name for name, used in options.items() if used)]
    if given:
        raise UsageError(f"--from reads a spreadsheet and no platform, so it takes no {' and no '.join(given)}.")


def _names(given: "Sequence[str]") -> tuple[str, ...]:
    """Return the names without duplicates; ``-`` is replaced by the names from standard input."""
    from trueup.errors import UsageError

    names: list[str] = []
    for name in given:
        # A name with an invalid byte is not found, which the report says.
        names += input_bytes().decode(errors="replace").splitlines() if name == "-" else [name]
    found = tuple(dict.fromkeys(stripped for name in names if (stripped := name.strip())))
    if given and not found:
        # No names at all would mean everything. An empty list must not have that effect.
        message = "No NAME was given: standard input contains none."
        raise UsageError(message)
    return found


def _described(project: Project, cwd: Path) -> "Loaded":
    """Load the existing manifests, with their errors but without warnings."""
    from dataclasses import replace

    from trueup.errors import Severity
    from trueup.manifest.load import Loaded, load

    if project.file is None:
        return Loaded(manifests=(), diagnostics=(), files=0, documents=0)
    loaded = load(project, (), cwd=cwd)
    # Before the first import there may be no manifests: that is no error here.
    wrong = [d for d in loaded.diagnostics if d.severity is Severity.ERROR and d.code != "no-manifests"]
    return replace(loaded, diagnostics=tuple(wrong))


async def _find(project: Project, common: RunOptions, request: "ImportRequest", loaded: "Loaded") -> ImportScan:
    """Read the requested resources; show progress."""
    from trueup.cli.import_scan import scan, targets_of
    from trueup.cli.progress import progress_for
    from trueup.cli.session import open_targets, permit_for
    from trueup.platforms.settings import SystemClock

    used = targets_of(project, request)
    progress = progress_for(common, SystemClock())
    async with progress.shown(), open_targets(project, used, permit_for(common, {}), progress.watched()) as platforms:
        return await scan(platforms, used, request, loaded.manifests, on_read=progress.read)


def import_status(imports: Imports) -> "Exit":
    """Return the status of an import; a failure takes precedence over a partial import."""
    from trueup.cli.exit_codes import Exit

    if any(resource.failed for resource in imports.not_imported):
        return Exit.FAILED
    incomplete = imports.not_imported or any(imported.description.omitted for imported in imports.imported)
    return Exit.PARTLY if incomplete else Exit.DONE
