"""Write a command's result into files besides: an HTML page, JUnit XML, SARIF."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from trueup.cli.exits import Exit, first
from trueup.cli.options import Common
from trueup.cli.output import Result, trees
from trueup.cli.sound import rendered
from trueup.cli.writing import put_file


def write_files(common: Common, result: Result) -> Result:
    """Write the files that were asked for; what cannot be written fails the run and hides nothing of its result."""
    renderings: tuple[tuple[Path | None, Callable[[Result], str]], ...] = (
        (common.report, _html),
        (common.junit, _junit),
        (common.sarif, _sarif),
    )
    for file, render in renderings:
        if file is None:
            continue
        result, text = rendered(result, render)
        try:
            put_file(file, text.encode(errors="backslashreplace"))
        except OSError as error:
            sys.stderr.write(f"trueup: {file} cannot be written: {error.strerror}.\n")
            result = replace(result, status=first([result.status, Exit.FAILED]))
    return result


def _html(result: Result) -> str:
    from trueup.report.html import render_html

    return render_html(
        next(iter(trees(result)), None),
        command=result.command,
        diagnostics=result.diagnostics,
        error=_error(result),
        digest=result.plan.digest if result.plan is not None else "",
        closing=result.summary,
    )


def _junit(result: Result) -> str:
    from trueup.report.junit import render_junit

    tree = next(iter(trees(result)), None)
    return render_junit(tree, result.diagnostics, command=result.command, error=_error(result))


def _sarif(result: Result) -> str:
    from trueup.report.sarif import render_sarif

    return render_sarif(result.diagnostics)


def _error(result: Result) -> str:
    return "" if result.error is None else str(result.error)
