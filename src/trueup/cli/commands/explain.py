"""The command ``explain``: what diagnostics, findings, verdicts, outcomes and exit statuses mean."""

from typing import TYPE_CHECKING, Final

import click

from trueup.cli.completers import codes
from trueup.cli.options import FORMATS, output_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trueup.cli.output import CommandEnd
    from trueup.model.codes import Code

_SHOWN: Final = 60
"""Columns of an unknown code that the error message repeats."""


@click.command(
    "explain",
    epilog="""\b
Examples:
  trueup explain                           # all codes
  trueup explain not-private               # a diagnostic or a finding, as in blocked[not-private]
  trueup explain stale                     # a verdict or an outcome
  trueup explain 4                         # an exit status
  trueup explain missing-target --format json""",
)
@click.argument("code", required=False, shell_complete=codes)
@output_options(*FORMATS)
def command(*, code: str | None, form: str, color: str, **_: object) -> "CommandEnd | int":
    """Explain a code: what it means, why, and what to do.

    CODE is a diagnostic, a finding, a verdict, an outcome or an exit status. Without CODE, all are listed.
    """
    import sys

    from trueup.cli.exit_codes import Exit
    from trueup.cli.output import CommandEnd, style
    from trueup.model.codes import CODES
    from trueup.report.codes import code_to_json, rendered_codes
    from trueup.report.result import Result

    codes = CODES if code is None else _found(code)
    if form == "json":
        result = Result(command="explain", status=Exit.DONE, also={"codes": [code_to_json(entry) for entry in codes]})
        return CommandEnd(result=result, form=form)
    look = style(color, sys.stdout, verbose=False)
    sys.stdout.write(rendered_codes(codes, markdown=form == "markdown", width=look.width, color=look.color))
    return Exit.DONE


def _found(name: str) -> "Sequence[Code]":
    """Return the codes of this name, also given as printed: ``error[bad-date]``; raise UsageError for none."""
    from trueup.errors import UsageError
    from trueup.manifest.suggestions import did_you_mean
    from trueup.model.codes import CODES, codes_named
    from trueup.report.safe_text import shorten, visible

    # People copy what is printed, with the level in front.
    bare = name.strip().rpartition("[")[2].removesuffix("]").lower()
    found = codes_named(bare)
    if not found:
        near = (
            did_you_mean(bare, dict.fromkeys(code.name for code in CODES)) or "Without CODE, trueup explain lists all."
        )
        raise UsageError(f"There is no code {shorten(visible(name), _SHOWN)!r}. {near}")
    return found
