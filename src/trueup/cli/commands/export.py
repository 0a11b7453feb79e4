"""The command ``export``: print manifests as a table, for spreadsheet programs."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.completers import files
from trueup.cli.options import FILE, RunOptions, output_options, project_option, select_option, target_option

if TYPE_CHECKING:
    from trueup.cli.output import CommandEnd

_MARK = "\ufeff"
"""Without a byte order mark, Excel reads a CSV file in the encoding of the system."""


@click.command(
    "export",
    epilog="""\b
Examples:
  trueup export --csv > certifications.csv
  trueup export --csv --out certifications.csv --select line=flooring
  trueup export --csv certifications/epd.yaml""",
)
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=files)
@click.option(
    "--csv", is_flag=True, required=True, expose_value=False, help="Write CSV: UTF-8, commas, all cells in quotes."
)
@click.option("--out", metavar="FILE", type=FILE, help="Write to this file instead of standard output.")
@project_option
@select_option
@target_option
@output_options("text", "json")
def command(**given: object) -> "CommandEnd | int":
    """Print manifests as a table, for spreadsheets.

    PATH is a file or a folder; without it, the manifests of trueup.yaml are read. Nothing is read from a platform.
    Each row is a certification with one element of each of its lists; further elements are in further rows. The headers
    are the fields. Manifests of kinds that have no table are left out.

    A cell that a spreadsheet program could run as a formula begins with an apostrophe, which trueup import --from
    removes. With --format json, the rows are in the document, as they are. Status 0 when the table was written, 1 when
    the file cannot be written, 3 when manifests are invalid.
    """
    from trueup.cli.edit_files import documents_of
    from trueup.cli.output import ended
    from trueup.cli.session import read_scope
    from trueup.errors import InvalidInput, UsageError
    from trueup.report.result import Result
    from trueup.spreadsheet.csv_text import write_csv
    from trueup.spreadsheet.exported_rows import sheet_of, spreadsheet_kinds

    common = RunOptions.of({**given, "sandbox": False, "keep_going": False})
    if "-" in common.paths:
        raise UsageError("Manifests from standard input are not exported. Name files.")
    scope = read_scope(common, live=False, warn_withheld=False)
    if not scope.valid:
        raise InvalidInput(scope.diagnostics)
    kinds = [spec.kind for spec in spreadsheet_kinds()]
    chosen = [manifest for manifest in scope.manifests if manifest.identity.kind in kinds]
    sheet = sheet_of(documents_of(sorted(chosen, key=lambda manifest: manifest.identity)))
    left = len(scope.manifests) - len(chosen)
    if left and not common.quiet:
        sys.stderr.write(f"Left out: {left} of {len(scope.manifests)} manifests, as their kind has no table.\n")
    _write(write_csv(sheet), common.out, printed=common.form != "json")
    if common.form != "json":
        return 0
    members = {"headers": sheet[0], "rows": sheet[1:], "leftOut": left}
    return ended(common, Result(command="export", status=0, diagnostics=scope.diagnostics, also={"export": members}))


def _write(text: str, out: Path | None, *, printed: bool) -> None:
    """Write the table to a file or, if it is ``printed``, to standard output. Raises TrueupError."""
    from trueup.cli.files import put_file
    from trueup.cli.streams import bare
    from trueup.errors import TrueupError, UsageError

    if out is not None:
        try:
            put_file(out, (_MARK + text).encode())
        except OSError as error:
            message = f"{out} cannot be written: {error.strerror}."
            raise TrueupError(message) from None
    elif printed and os.environ.get("GITHUB_ACTIONS"):
        # The runner would act on workflow commands in cells, and escaping them would change the cells.
        raise UsageError("In a GitHub workflow, write the table to a file with --out FILE.")
    elif printed:
        # A terminal gets the text through the guard, which escapes control characters. A file gets all characters.
        stream = sys.stdout if sys.stdout.isatty() else bare(sys.stdout)
        stream.write(text.replace("\r\n", "\n") if stream is sys.stdout else _MARK + text)
