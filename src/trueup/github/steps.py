"""Hold what a step of the action has in hand: the environment, the folder, the log."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from trueup.github.outputs import write_outputs
from trueup.github.summary import append_summary
from trueup.github.workflow import annotation
from trueup.report.harmless import harmless
from trueup.report.safe_text import visible


@dataclass(frozen=True, slots=True)
class Step:
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
