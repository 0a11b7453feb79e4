"""The command ``merge``: join the documents of the shards of one run."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import FORMATS, all_option, output_options

if TYPE_CHECKING:
    from trueup.cli.exit_codes import Exit
    from trueup.cli.output import CommandEnd
    from trueup.errors import Diagnostic
    from trueup.report.merge import Joined
    from trueup.report.result import Result


@click.command(
    "merge",
    epilog="""\b
Examples:
  trueup plan --shard 1/2 --format json > shard-1.json
  trueup plan --shard 2/2 --format json > shard-2.json
  trueup merge shard-1.json shard-2.json --format markdown""",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@all_option
@output_options(*FORMATS)
def command(  # noqa: PLR0913 - one keyword an option
    *, files: tuple[Path, ...], form: str, color: str, verbose: bool, quiet: bool, show_all: bool, **_: object
) -> "CommandEnd":
    """Join the JSON documents of all shards of one run.

    These are the documents that validate, plan, preview, drift or apply printed for each shard.
    The result and the status are those of one run over everything. Status 3 when a shard is missing or given twice, or
    when the files are not from one run.
    """
    import sys

    from trueup.cli.output import CommandEnd, style
    from trueup.errors import TrueupError
    from trueup.report.merge import join
    from trueup.report.result import Result

    reports = _read(files)
    joined = join(reports)
    result = Result(
        command=joined.command,
        status=_status(reports, joined),
        diagnostics=joined.diagnostics,
        plan=joined.plan,
        outcomes=joined.outcomes,
        drift=joined.drift,
        error=TrueupError("; ".join(joined.early)) if joined.early else None,
        summary=f"{len(reports)} shards joined." if joined.command == "validate" else "",
    )
    out, err = (
        replace(style(color, stream, verbose=verbose, quiet=quiet), show_all=show_all)
        for stream in (sys.stdout, sys.stderr)
    )
    return CommandEnd(result=result, form=form, out=out, err=err)


def _read(files: Sequence[Path]) -> "list[Result]":
    """Read every file; raise one InvalidInput with the problems of all files."""
    from trueup.cli.exit_codes import Exit
    from trueup.errors import InvalidInput, UsageError
    from trueup.regular_file import DOCUMENT_BYTES, read_named
    from trueup.report.document import read_report, refused

    reports: list[Result] = []
    wrong: list[Diagnostic] = []
    for file in files:
        try:
            report = read_report(read_named(file, DOCUMENT_BYTES).decode(errors="replace"), file=str(file))
            # The status of the merge is computed from those of the shards.
            if report.status not in set(Exit):
                message = f"The exit status {report.status} is not one of trueup's."
                raise refused(str(file), "shard-format", message)
            reports.append(report)
        except InvalidInput as error:
            wrong.extend(error.diagnostics)
        except OSError as error:
            message = f"{file} cannot be read: {error.strerror}. Create it with --shard and --format json."
            raise UsageError(message) from None
    if wrong:
        raise InvalidInput(wrong)
    return reports


def _status(reports: "Sequence[Result]", joined: "Joined") -> "Exit":
    """Return the status of the joined run; with outcomes, it is computed from those of all shards."""
    from trueup.cli.exit_codes import Exit, most_severe, status_of_outcomes

    statuses = {Exit(report.status) for report in reports}
    if joined.outcomes is None:
        return most_severe(statuses)
    of_all = status_of_outcomes(joined.outcomes)
    # A shard without outcomes has failed before it applied anything: the whole is then partly done, not failed.
    failed = any(report.outcomes is None and report.status == Exit.FAILED for report in reports)
    if failed and of_all is not Exit.FAILED:
        of_all = Exit.PARTLY
    # FAILED and PARTLY of a single shard say nothing about the whole: of_all replaces them.
    return most_severe({of_all, *statuses.difference({Exit.FAILED, Exit.PARTLY})})
