"""Run the action's steps as a runner does, on a copy of the quickstart."""

import io
import shutil
from pathlib import Path

import pytest

from trueup.cli.github.run import perform
from trueup.github.folder import StepFolder
from trueup.github.found import Found
from trueup.github.workflow import WorkflowStep
from unit.docs.pages import ROOT
from unit.github.test_workflow import read_outputs


class Job:
    """The folders of one job, and what its steps wrote."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.place = folder / "quickstart"
        shutil.copytree(ROOT / "examples" / "quickstart", self.place, ignore=shutil.ignore_patterns(".trueup"))
        (folder / "event.json").write_text("{}")
        monkeypatch.chdir(self.place)

    def run(self, *, found: Found | None = None, **inputs: str) -> tuple[dict[str, str], str, str]:
        """Return outputs, log and summary of the step that runs trueup; ``found`` is what the step before found."""
        for name in ("output", "summary"):
            (self.folder / name).write_text("")
        log = io.StringIO()
        env = self.env(**inputs)
        folder = StepFolder.new(env)
        folder.write_found(found or Found())
        env["TRUEUP_FOLDER"] = str(folder.path)
        assert perform(WorkflowStep(env=env, cwd=self.place, out=log)) == 0
        summary = (self.folder / "summary").read_text()
        return read_outputs((self.folder / "output").read_text()), log.getvalue(), summary

    def env(self, **inputs: str) -> dict[str, str]:
        return {
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_REPOSITORY": "acme/connectors",
            "GITHUB_SHA": "a" * 40,
            "GITHUB_RUN_ID": "5",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_WORKSPACE": str(self.folder),
            "RUNNER_TEMP": str(self.folder),
            **{name if name.isupper() else f"TRUEUP_INPUT_{name.upper()}": text for name, text in inputs.items()},
        }
