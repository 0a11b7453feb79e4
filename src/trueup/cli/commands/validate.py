"""Check manifests without asking any platform."""

from typing import TYPE_CHECKING

import click

from trueup.cli.options import (
    FORMATS,
    RunOptions,
    changed_option,
    file_options,
    manifest_options,
    output_options,
    sarif_option,
)

if TYPE_CHECKING:
    from trueup.cli.output import CommandEnd


@click.command(
    "validate",
    epilog="""\b
Examples:
  trueup validate                          # everything that trueup.yaml names
  trueup validate connectors/ --format github
  trueup validate --changed-since origin/main
  kustomize build . | trueup validate -""",
)
@manifest_options()
@changed_option
@file_options()
@sarif_option
@output_options(*FORMATS, "github")
def command(**given: object) -> "CommandEnd":
    """Check manifests offline: syntax, schema, identities, rules.

    PATHs are files or folders, or - for standard input; without any, the project's globs. All problems of all files
    are shown in one run, each with file, line and column. Status 0 when all is well, 3 when not.
    """
    from trueup.cli.exit_codes import of_diagnostics
    from trueup.cli.output import ended
    from trueup.cli.session import read_scope
    from trueup.report.result import Result

    common = RunOptions(**given)  # type: ignore[arg-type]  # click hands over what the options declare
    scope = read_scope(common, live=False, warn_withheld=False)
    verdict = f"{len(scope.manifests)} of {_count(scope.documents, 'document')} in {_count(scope.files, 'file')}"
    return ended(
        common,
        Result(
            command="validate",
            status=of_diagnostics(scope.diagnostics),
            diagnostics=scope.diagnostics,
            summary=f"{verdict} valid and selected.",
        ),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
