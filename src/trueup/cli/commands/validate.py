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
    from collections.abc import Sequence

    from trueup.cli.output import CommandEnd
    from trueup.model.manifest import Manifest


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

    common = RunOptions.of(given)
    # No platform is contacted, so neither missing targets nor withheld credentials matter.
    scope = read_scope(common, live=False, warn_withheld=False)
    return ended(
        common,
        Result(
            command="validate",
            status=status_of_diagnostics(scope.diagnostics),
            diagnostics=scope.diagnostics,
            summary=_summary(scope.manifests, scope.documents, selects=common.selects),
        ),
    )


def _summary(manifests: "Sequence[Manifest]", documents: int, *, selects: bool) -> str:
    """Return how many documents are valid manifests, and selected if the options select a part of them."""
    verdict, good = "valid and selected" if selects else "valid", len(manifests)
    # A document for several targets has several manifests, so neither number is a part of the other.
    if any(manifest.targets for manifest in manifests):
        from trueup.report.values import counted

        return f"{counted(good, f'{verdict} manifest')} in {counted(documents, 'document')}."
    return f"{good} of {documents} {'manifest is' if documents == 1 else 'manifests are'} {verdict}."
