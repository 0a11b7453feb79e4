"""What a step writes for the runner: workflow commands, annotations, outputs and the job's summary.

A runner executes every line of a step's output that begins with ``::`` as a command. Texts of platforms and manifests
are therefore printed between two lines that turn commands off and on again. The word that turns them on is random, so
that no text can contain it.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from trueup.errors import Diagnostic, Severity
from trueup.github.context import Context
from trueup.github.page import one_line
from trueup.model.action import Level
from trueup.model.plan import PlannedFinding, ResourcePlan, Verdict
from trueup.report.diagnostics import command_text, diagnostics_github
from trueup.report.harmless import harmless
from trueup.report.result import Result
from trueup.report.safe_text import visible


@contextmanager
def stop_workflow_commands(stream: TextIO, *, token: Callable[[], str] = secrets.token_hex) -> Iterator[None]:
    """Turn workflow commands off during the body."""
    word = f"trueup-{token()}"
    stream.write(f"::stop-commands::{word}\n")
    stream.flush()
    try:
        yield
    finally:
        # A line break first: the body may end in the middle of a line, and a command must start one.
        stream.write(f"\n::{word}::\n")
        stream.flush()


def annotation(severity: str, message: str) -> str:
    """Return the command that shows a message on the run's page; ``severity`` is error, warning or notice."""
    return f"::{severity} title=trueup::{command_text(message)}\n"


def write_outputs(file: Path, values: Mapping[str, str], *, token: Callable[[], str] = secrets.token_hex) -> None:
    """Append values to a file of outputs, by name."""
    with file.open("a", encoding="utf-8") as stream:
        for name, value in values.items():
            stream.write(_block(name, value, token))


def _block(name: str, value: str, token: Callable[[], str]) -> str:
    # Random, so that no value can contain the delimiter, end early and continue as an output of another name.
    delimiter = f"trueup_{token()}"
    while delimiter in value:
        delimiter = f"trueup_{token()}"
    # A lone surrogate can be in a text, but not in a UTF-8 file.
    text = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return f"{name}<<{delimiter}\n{text}\n{delimiter}\n"


MOST_BYTES: Final = 900_000
"""Bytes of a step's summary. GitHub drops a summary of more than 1 MiB completely."""


def append_summary(file: Path, text: str) -> bool:
    """Append a text to the summary if it fits, and return whether it did."""
    written = file.stat().st_size if file.exists() else 0
    encoded = text.encode("utf-8", "backslashreplace")
    if written + len(encoded) > MOST_BYTES:
        # Not cut: half a page could end inside a folded block, which would then swallow what later steps append.
        return False
    with file.open("ab") as stream:
        stream.write(encoded)
    return True


@dataclass(frozen=True, slots=True)
class WorkflowStep:
    """A step of a job: its environment, working directory and log.

    ``out`` is the log, in which the runner executes workflow commands. ``sleep`` waits for seconds.
    """

    env: Mapping[str, str]
    cwd: Path
    out: TextIO
    sleep: Callable[[float], None] = time.sleep

    def set_outputs(self, values: Mapping[str, str]) -> None:
        """Set outputs, by name, for the steps that follow."""
        if file := self.env.get("GITHUB_OUTPUT"):
            write_outputs(Path(file), values)

    def summarise(self, text: str) -> None:
        """Append a text to the summary on the run's page."""
        if file := self.env.get("GITHUB_STEP_SUMMARY"):
            append_summary(Path(file), text)

    def annotate(self, severity: str, message: str) -> None:
        """Show a message on the run's page; ``severity`` is error, warning or notice."""
        self.out.write(annotation(severity, visible(message)))

    def mask(self, value: str) -> None:
        """Replace a secret by asterisks in everything that this job logs from now on."""
        self.out.write(f"::add-mask::{value.replace('%', '%25')}\n")

    def log(self, text: str) -> None:
        """Write lines to the log, with commands in them made harmless."""
        self.out.write(harmless(text, runner=True))


WHERE_ALL_ARE: Final = "the job's summary has them all"


def annotations(report: Result, context: Context) -> str:
    """Return workflow commands that annotate files with diagnostics and with blocked resources."""
    found = [*report.diagnostics, *_blocked(report)]
    return diagnostics_github([context.placed(diagnostic) for diagnostic in found], rest=WHERE_ALL_ARE)


def closing_line(report: Result, *, reason: str, error: str) -> str:
    """Return why the job fails if no annotation says so, else ``""``; ``error`` is the reason why it ended early."""
    annotated = any(problem.severity is Severity.ERROR for problem in (*report.diagnostics, *_blocked(report)))
    return error or (one_line(report) if reason and not annotated else "")


def _blocked(report: Result) -> Iterator[Diagnostic]:
    for resource in report.plan.resources if report.plan is not None else ():
        if resource.verdict is Verdict.BLOCKED:
            yield from (_diagnostic(f, resource) for f in resource.findings if f.finding.level is Level.BLOCKED)


def _diagnostic(planned: PlannedFinding, resource: ResourcePlan) -> Diagnostic:
    finding = planned.finding
    return Diagnostic(
        code=finding.code,
        message=f"{resource.identity}: {finding.message}",
        position=planned.position or resource.position,
        path="" if finding.path in finding.message else finding.path,
    )
