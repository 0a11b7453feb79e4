"""Write manifests for what is live and has none."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import (
    FORMATS,
    Common,
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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trueup.cli.exit_codes import Exit
    from trueup.cli.import_scan import Asked, Finding
    from trueup.cli.output import Ending
    from trueup.edit.imports import Imports
    from trueup.manifest.load import Loaded
    from trueup.manifest.project import Project


@click.command(
    "import",
    epilog="""\b
Examples:
  trueup import --target connect-eu --dry-run      # all that is live there and in no manifest
  trueup import acme-tax acme-psp                  # these, wherever they are
  trueup import --target origin - < external-ids.txt
  trueup import --target origin --origin-id 13949a9b-ee17-4760-93e9-7749ff2faa79""",
)
@together(
    click.argument("names", metavar="[NAME]...", nargs=-1),
    project_option,
    target_option,
    allow_option,
    click.option(
        "--origin-id", is_flag=True, help="The NAMEs are Origin's own ids: for certifications without others."
    ),
    click.option(
        "--dir",
        "folder",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        help="The folder for the files. Default: connectors and certifications beside trueup.yaml.",
    ),
    click.option("--lifecycle", is_flag=True, help="Ask for the preview and the publication that live has reached."),
    click.option("--dry-run", is_flag=True, help="Show what would be written and write nothing."),
    sandbox_option,
    keep_going_option,
    no_cache_option,
    output_options(*FORMATS),
)
def command(
    *, names: tuple[str, ...], origin_id: bool, folder: Path | None, lifecycle: bool, dry_run: bool, **given: object
) -> "Ending":
    """Write manifests for what is live and in none yet.

    One file a resource, of which the first plan is empty.

    A NAME is a connector's key or a certification's externalId; - reads names from standard input, one a line. Without
    any, all connectors of the targets are taken. Origin has no known way to list one's certifications: name them.

    Each manifest is proven before it is written: it is valid, the project's globs find it, and it wants what live has.
    No file is overwritten. A preview and a publication are shown as a comment; --lifecycle asks for them.

    Status 0 when all was written, 5 when something was left to you, 1 when live could not be read, 3 when manifests
    that stand already are invalid.
    """
    from trueup.cli.event_loop import run_loop
    from trueup.cli.exit_codes import Exit, first, of_diagnostics
    from trueup.cli.import_scan import Asked
    from trueup.cli.output import ended
    from trueup.cli.session import read_project
    from trueup.report.imported import imported_to_json, imported_tree
    from trueup.report.result import Result

    common = Common(paths=(), select={}, **given)  # type: ignore[arg-type]  # click hands over what the options declare
    cwd = here()
    project = read_project(common, cwd)
    loaded = _described(project, cwd)
    status = of_diagnostics(loaded.diagnostics)
    if status is not Exit.DONE and not common.keep_going:
        return ended(common, Result(command="import", status=status, diagnostics=loaded.diagnostics))
    asked = Asked(names=_names(names), targets=common.targets, origin_ids=origin_id)
    finding = run_loop(_find(project, common, asked, loaded))
    from trueup.cli.placing import Places, write_imports

    imports = write_imports(finding, Places(project, cwd, folder), lifecycle=lifecycle, write=not dry_run)
    result = Result(
        command="import",
        status=first([import_status(imports), status]),
        diagnostics=loaded.diagnostics,
        tree=imported_tree(imports),
        also={"import": imported_to_json(imports)},
    )
    return ended(common, result)


def _names(given: "Sequence[str]") -> tuple[str, ...]:
    """Return the names, each once, with those of standard input in the place of ``-``."""
    from trueup.errors import UsageError

    names: list[str] = []
    for name in given:
        names += input_bytes().decode(errors="replace").splitlines() if name == "-" else [name]
    found = tuple(dict.fromkeys(stripped for name in names if (stripped := name.strip())))
    if given and not found:
        # An empty list must not be taken for no list, which means everything.
        message = "No NAME was given: standard input holds none."
        raise UsageError(message)
    return found


def _described(project: "Project", cwd: Path) -> "Loaded":
    """Load the manifests that stand already, if any; only what is wrong with them is told."""
    from dataclasses import replace

    from trueup.errors import Severity
    from trueup.manifest.load import Loaded, load

    if project.file is None:
        return Loaded(manifests=(), diagnostics=(), files=0, documents=0)
    loaded = load(project, (), cwd=cwd)
    wrong = [d for d in loaded.diagnostics if d.severity is Severity.ERROR and d.code != "no-manifests"]
    return replace(loaded, diagnostics=tuple(wrong))


async def _find(project: "Project", common: Common, asked: "Asked", loaded: "Loaded") -> "Finding":
    """Read what was asked for; shows progress on a terminal."""
    from trueup.cli.import_scan import find, targets_of
    from trueup.cli.progress import progress_for
    from trueup.cli.session import open_targets, permit_for

    used = targets_of(project, asked)
    with progress_for(common) as progress:
        async with open_targets(project, used, permit_for(common, {})) as platforms:
            return await find(platforms, used, asked, loaded.manifests, on_read=progress.read)


def import_status(imports: "Imports") -> "Exit":
    """Return the status of an import: failed before partly done."""
    from trueup.cli.exit_codes import Exit

    if any(left.failed for left in imports.not_imported):
        return Exit.FAILED
    left = imports.not_imported or any(imported.description.left for imported in imports.imported)
    return Exit.PARTLY if left else Exit.DONE
