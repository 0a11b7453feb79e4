"""The jobs of the reusable workflow, with the inputs that its file gives to the action."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final

import certifi
import yaml

from github.events import Event
from github.git import done, root_of
from github.merging import checked_out
from github.state import TOKEN, Run, State
from pipeline.processes import Crash, run_step
from repositories import ENVIRONMENT
from unit.docs.pages import ROOT
from unit.github.test_workflow import read_outputs

SECRETS: Final = {"CTP_CLIENT_ID": "canary-id", "CTP_CLIENT_SECRET": "canary-secret"}

_UNUSED: Final = frozenset({"github-token", "python-version", "follow-up-token"})
"""Inputs of the action that no step reads as an input."""


@dataclass(frozen=True)
class Trouble:
    """How a job is lost: its step ``step`` is killed at a request, and with ``runner`` the machine is gone too."""

    step: str
    at: int
    performed: bool
    runner: bool


@dataclass(frozen=True)
class Ended:
    """A job that has ended; ``status`` is None if one of its steps was killed."""

    status: int | None
    outputs: Mapping[str, str]
    folder: Path
    summary: str


@dataclass
class Jobs:
    """Runs jobs one after the other, as one runner does."""

    state: State
    api: str
    folder: Path
    crash: Crash
    summaries: list[str] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    def run(
        self, job: str, event: Event, run: Run, *, trouble: Trouble | None = None, shown: Path | None = None
    ) -> Ended:
        """Run a job of the workflow for an event; ``shown`` is the folder with what a job before has kept."""
        folder = self.folder / f"job-{next(self._numbers)}"
        folder.mkdir()
        for name in ("output", "summary", "log"):
            (folder / name).touch()
        root = root_of(self.state)
        checked_out(self.state, event.sha)
        done(self.state, "update-ref", "refs/remotes/origin/main", "refs/heads/main")
        # Nothing but the checkout is there at the start of a job.
        shutil.rmtree(root / ".trueup", ignore_errors=True)
        env = {
            **ENVIRONMENT,
            **event.variables(self.state, run, folder),
            "GITHUB_API_URL": self.api,
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_WORKSPACE": str(root),
            "RUNNER_TEMP": str(folder),
            "SSL_CERT_FILE": str(_certificate(self.folder)),
        }
        status = self._steps(inputs_of(job, event.name, str(shown)), env, folder, trouble)
        summary = (folder / "summary").read_text()
        self.summaries.append(summary)
        return Ended(status, self._outputs(folder), folder, summary)

    def _steps(
        self, inputs: Mapping[str, str], env: Mapping[str, str], folder: Path, trouble: Trouble | None
    ) -> int | None:
        """Run the steps under the conditions of action.yml; return the status of the job."""
        whole, killed = True, False
        for name in ("begin", "run", "end", "finish"):
            outputs = self._outputs(folder)
            of_step = {"begin": {**inputs, "GITHUB_TOKEN": TOKEN}, "run": SECRETS, "end": {"GITHUB_TOKEN": TOKEN}}
            given = {**env, **of_step.get(name, {})}
            if name != "begin":
                given["TRUEUP_FOLDER"] = outputs.get("folder", "")
            if name in {"end", "finish"}:
                given |= {
                    "TRUEUP_DOCUMENT": outputs.get("document-path", ""),
                    "TRUEUP_REASON": outputs.get("failure-reason", ""),
                    "TRUEUP_STATUS": outputs.get("exit-code", ""),
                    "TRUEUP_SUMMARY": outputs.get("summary", ""),
                }
            # The steps end and finish have the condition always().
            if (name == "run" and not whole) or (name == "end" and not outputs.get("folder")):
                continue
            due = trouble is not None and trouble.step == name
            self.crash.at = trouble.at if trouble is not None and due else 0
            self.crash.performed = trouble is not None and trouble.performed
            status = run_step(name, given, root_of(self.state), self.crash, folder / "log")
            killed = killed or status is None
            whole = whole and status == 0
            if killed and trouble is not None and trouble.runner:
                return None
        return None if killed else status

    def _outputs(self, folder: Path) -> dict[str, str]:
        return read_outputs((folder / "output").read_text())


def _certificate(folder: Path) -> Path:
    """Return a file with one certificate of an authority: to read all of them takes most of a step's time."""
    file = folder / "authority.pem"
    if not file.exists():
        end = "-----END CERTIFICATE-----\n"
        file.write_text(Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0] + end)
    return file


@cache
def _read(file: str) -> Any:
    # PyYAML reads the key `on` as a truth value.
    return yaml.safe_load((ROOT / file).read_text())


def inputs_of(job: str, event: str, shown: str) -> dict[str, str]:
    """Return the variables of the inputs that a job of the reusable workflow gives to the action."""
    workflow = _read(".github/workflows/trueup.yml")
    defaults = {name: given.get("default", "") for name, given in workflow[True]["workflow_call"]["inputs"].items()}
    (step,) = (step for step in workflow["jobs"][job]["steps"] if "trueup/trueup@" in step.get("uses", ""))
    push, by_hand = event == "push", event == "workflow_dispatch"
    known = {f"inputs.{name}": value for name, value in defaults.items()} | {
        "matrix.shard": "1/1",
        "secrets.TRUEUP_TOKEN": "",
        "github.event_name == 'workflow_dispatch' && 'overwrite' || inputs.on-conflict": (
            "overwrite" if by_hand else defaults["on-conflict"]
        ),
        "github.event_name == 'workflow_dispatch' && inputs.write-secured || ''": "",
        "github.event_name == 'push' && 'auto' || format('{0}/shown', runner.temp)": "auto" if push else shown,
        "github.event_name == 'push' && inputs.unapproved || 'stop'": defaults["unapproved"] if push else "stop",
    }
    inputs = {name: given.get("default", "") for name, given in _read("action.yml")["inputs"].items()}
    inputs |= {name: _resolved(value, known) for name, value in step["with"].items()}
    return {
        f"TRUEUP_INPUT_{name.upper().replace('-', '_')}": str(value)
        for name, value in inputs.items()
        if name not in _UNUSED
    }


def _resolved(value: object, known: Mapping[str, object]) -> str:
    """Return an input with the values of its expression; raise KeyError for one that is not known here."""

    def text(found: object) -> str:
        return str(found).lower() if isinstance(found, bool) else str(found)

    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: text(known[found[1]]), text(value))
