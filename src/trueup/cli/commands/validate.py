"""The command ``validate``: check manifests without contacting a platform."""

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

    PATHs are files or folders, or - for standard input; the default is the project's globs. One run shows all problems
    of all files, each with file, line and column. Status 0 when all manifests are valid, 3 when not.
    """
    from trueup.cli.exit_codes import status_of_diagnostics
    from trueup.cli.output import ended
    from trueup.cli.session import read_scope
    from trueup.report.result import Result

    common = RunOptions(**given)  # type: ignore[arg-type]  # click hands over what the options declare
    scope = read_scope(common, live=False, warn_withheld=False)
    valid, read = len(scope.manifests), scope.documents
    verb = "is" if 1 in {valid, read} else "are"
    chosen = " and selected" if common.select or common.targets or common.shard or common.changed_since else ""
    counts = f"{valid} of {_count(read, 'manifest')} in {_count(scope.files, 'file')}"
    return ended(
        common,
        Result(
            command="validate",
            status=status_of_diagnostics(scope.diagnostics),
            diagnostics=scope.diagnostics,
            summary=f"{counts} {verb} valid{chosen}.",
        ),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
