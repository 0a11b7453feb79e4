"""The command ``show``: show a saved plan, a JSON document or a run as when it was made."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from trueup.cli.completers import documents_and_runs, files
from trueup.cli.options import FORMATS, output_options

if TYPE_CHECKING:
    from trueup.cli.documents import ShownDocument
    from trueup.cli.output import CommandEnd, Style
    from trueup.report.result import Result

_Render = Callable[["Style", bool], str]
"""Render a table that was read, as Markdown or as text."""


def _codes(shown: "ShownDocument") -> _Render:
    from trueup.report.codes import codes_of, rendered_codes

    codes = codes_of(shown.document, file=shown.result.file)
    return lambda out, markdown: rendered_codes(codes, markdown=markdown, width=out.width, color=out.color).rstrip("\n")


def _checks(shown: "ShownDocument") -> _Render:
    from trueup.report.checks import checks_of, rendered_checks

    checks = checks_of(shown.document, file=shown.result.file)
    return lambda out, markdown: rendered_checks(
        checks, markdown=markdown, width=out.width, color=out.color, verbose=out.verbose
    )


def _overview(shown: "ShownDocument") -> _Render:
    from trueup.report.overview import overview_of, rendered_overview

    overview = overview_of(shown.document, file=shown.result.file)
    return lambda out, markdown: rendered_overview(
        overview, markdown=markdown, width=out.width, color=out.color, verbose=out.verbose
    )


_TABLES: "Final[Mapping[str, Callable[[ShownDocument], _Render]]]" = {
    "explain": _codes,
    "doctor": _checks,
    "status": _overview,
}
"""The readers of the documents of commands that print tables of their own."""


@click.command(
    "show",
    epilog="""\b
Examples:
  trueup show plan.json                    # what trueup plan --out plan.json saved
  trueup show plan.json --format html > plan.html
  trueup drift --format json | trueup show -
  trueup show 3fa2c1 --verbose             # a run of trueup apply, as in trueup runs show""",
)
@click.argument("document", metavar="FILE|RUN", shell_complete=documents_and_runs)
@click.option(
    "--project",
    metavar="FILE",
    shell_complete=files,
    help="Project file, for runs. Default: trueup.yaml in the working directory or above it.",
)
@output_options(*FORMATS, "html", "junit", "sarif")
def command(
    *, document: str, project: str | None, form: str, color: str, verbose: bool, **_: object
) -> "CommandEnd | int":
    """Show a saved plan, a JSON document or a run again.

    What is printed is what the command printed that made it. FILE is a plan that plan --out saved, the JSON document of
    any command, or a journal; - is standard input. RUN is the id of a run, or a beginning or an end of it. Nothing is
    sent, and no manifest is read.

    Status 0 when it could be shown, whatever it says; 3 when the file is damaged or is not one of trueup's; 64 when
    there is no such file and no such run.
    """
    import sys

    from trueup.cli.documents import read_shown
    from trueup.cli.exit_codes import Exit
    from trueup.cli.output import CommandEnd, style

    shown = read_shown(document, project)
    if form == "json":
        sys.stdout.write(shown.json)
        return Exit.DONE
    out, err = (style(color, stream, verbose=verbose) for stream in (sys.stdout, sys.stderr))
    if table := _table(shown, form=form, out=out):
        sys.stdout.write(table)
        return Exit.DONE
    # The document's own status is that of the command that wrote it: its failure is none of this command.
    return CommandEnd(result=replace(_with_report(shown.result), status=Exit.DONE), form=form, out=out, err=err)


def _with_report(result: "Result") -> "Result":
    """Return the result; raise InvalidInput when nothing of it can be shown."""
    from trueup.report.document import refused

    parts = (result.tree, result.plan, result.drift, result.error)
    if all(part is None for part in parts) and not (result.diagnostics or result.summary):
        message = f"This document of trueup {result.command} has data only, and no report to show."
        raise refused(result.file, "document-format", message)
    return result


def _table(shown: "ShownDocument", *, form: str, out: "Style") -> str:
    """Return the text of a document of a command that prints a table of its own, empty for any other."""
    from trueup.errors import UsageError

    command = shown.result.command
    if shown.result.error is not None or command not in _TABLES:
        return ""
    # Read first: a damaged document is refused in any format.
    render = _TABLES[command](shown)
    if form not in FORMATS:
        raise UsageError(f"The document of trueup {command} cannot be shown as {form}.")
    return f"{render(out, form == 'markdown')}\n"
