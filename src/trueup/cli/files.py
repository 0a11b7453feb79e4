"""Write a command's result into files besides: an HTML page, JUnit XML, SARIF."""

import sys
from dataclasses import replace
from functools import partial

from trueup.cli.exit_codes import Exit, first
from trueup.cli.faults import rendered
from trueup.cli.options import Common
from trueup.cli.writing import put_file
from trueup.report.renderers import RENDERERS, Look
from trueup.report.result import Result


def write_files(common: Common, result: Result) -> Result:
    """Write the files that were asked for; what cannot be written fails the run and hides nothing of its result."""
    for file, form in ((common.report, "html"), (common.junit, "junit"), (common.sarif, "sarif")):
        if file is None:
            continue
        result, made = rendered(result, partial(RENDERERS[form], look=Look()))
        try:
            put_file(file, made.text.encode(errors="backslashreplace"))
        except OSError as error:
            sys.stderr.write(f"trueup: {file} cannot be written: {error.strerror}.\n")
            result = replace(result, status=first([Exit(result.status), Exit.FAILED]))
    return result
