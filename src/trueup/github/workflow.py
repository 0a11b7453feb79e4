"""Keep text that is not ours from issuing workflow commands.

A runner takes every line of a step's output that begins with ``::`` for a command. What platforms and manifests say is
therefore printed between two lines that turn commands off and on again; the word that turns them on cannot be known
before.
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
from trueup.report.diagnostics import diagnostics_github
from trueup.report.harmless import harmless
from trueup.report.result import Result
from trueup.report.safe_text import visible


@contextmanager
def without_commands(stream: TextIO, *, token: Callable[[], str] = secrets.token_hex) -> Iterator[None]:
    """Turn workflow commands off while the body prints."""
    word = f"trueup-{token()}"
    stream.write(f"::stop-commands::{word}\n")
    stream.flush()
    try:
        yield
    finally:
        stream.write(f"\n::{word}::\n")
        stream.flush()


def annotation(severity: str, message: str) -> str:
    """Return the command that shows a message on the run's page; ``severity`` is error, warning or notice."""
    text = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{severity} title=trueup::{text}\n"


def write_outputs(file: Path, values: Mapping[str, str], *, token: Callable[[], str] = secrets.token_hex) -> None:
    """Append the values to the file.

    Each stands between delimiters that nobody can know before, so that a value of several lines cannot end early and
    go on as an output of another name.
    """
    with file.open("a", encoding="utf-8") as stream:
        for name, value in values.items():
            stream.write(_block(name, value, token))


def _block(name: str, value: str, token: Callable[[], str]) -> str:
    delimiter = f"trueup_{token()}"
    while delimiter in value:
        delimiter = f"trueup_{token()}"
    # A lone surrogate can stand in a value and in no file.
    text = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return f"{name}<<{delimiter}\n{text}\n{delimiter}\n"


MOST_BYTES: Final = 900_000
"""Bytes that a step's summary gets; GitHub drops all of one that is over 1 MiB, and shows nothing in its place."""


def append_summary(file: Path, text: str) -> bool:
    """Append text to the summary, or nothing where it would not fit; return whether it was."""
    written = file.stat().st_size if file.exists() else 0
    encoded = text.encode("utf-8", "backslashreplace")
    if written + len(encoded) > MOST_BYTES:
        return False
    with file.open("ab") as stream:
        stream.write(encoded)
    return True


@dataclass(frozen=True, slots=True)
class WorkflowStep:
    """Hold one step's surroundings; ``out`` is the log, which a runner reads for commands.

    ``sleep`` waits for seconds.
    """

    env: Mapping[str, str]
    cwd: Path
    out: TextIO
    sleep: Callable[[float], None] = time.sleep

    def give(self, values: Mapping[str, str]) -> None:
        """Give values to the steps that follow."""
        if file := self.env.get("GITHUB_OUTPUT"):
            write_outputs(Path(file), values)

    def summarise(self, text: str) -> None:
        """Show text on the page of the run."""
        if file := self.env.get("GITHUB_STEP_SUMMARY"):
            append_summary(Path(file), text)

    def annotate(self, severity: str, message: str) -> None:
        """Show a message on the page of the run, as error, warning or notice."""
        self.out.write(annotation(severity, visible(message)))

    def say(self, text: str) -> None:
        """Write lines into the log, none of which is a command."""
        self.out.write(harmless(text, runner=True))


REST: Final = "the job's summary has them all"


def annotations(report: Result, context: Context) -> str:
    """Return workflow commands for what is wrong with files and for what a platform cannot do."""
    found = [*report.diagnostics, *_blocked(report)]
    return diagnostics_github([context.placed(diagnostic) for diagnostic in found], rest=REST)


def closing_line(report: Result, *, reason: str, error: str) -> str:
    """Return why the job fails where nothing else says it, empty otherwise; ``error`` is what ended it early."""
    said = any(problem.severity is Severity.ERROR for problem in (*report.diagnostics, *_blocked(report)))
    return error or (one_line(report) if reason and not said else "")


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
