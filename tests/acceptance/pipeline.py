"""The jobs of the reusable workflow, step by step in processes of this machine: without act, and hence fast.

Inputs are read from the workflow itself: what it writes down, and the default where it passes an input of its own on.
"""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from acceptance.commands import REPOSITORY, trueup
from github.events import Event
from github.git import done
from github.state import TOKEN, Run, State
from unit.github.test_workflow import read_outputs

STEPS: Final = ("begin", "run", "end", "finish")
PASSED_ON: Final = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")


@cache
def inputs_of(job: str) -> Mapping[str, str]:
    """Return the inputs that a job of the workflow gives the action, for a caller who gives none."""
    workflow = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "trueup.yml").read_text())
    defaults = workflow[True]["workflow_call"]["inputs"]
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text())["inputs"]
    steps = workflow["jobs"][job]["steps"]
    (given,) = (step["with"] for step in steps if str(step.get("uses", "")).startswith("trueup/trueup@"))
    inputs = {name: str(about.get("default", "")) for name, about in action.items() if "token" not in name}
    for name, value in given.items():
        if passed := PASSED_ON.fullmatch(value):
            default = defaults[passed[1]]["default"]
            inputs[name] = json.dumps(default) if isinstance(default, bool) else str(default)
        elif "${{" not in value:
            inputs[name] = value
    return inputs


@dataclass
class Pipeline:
    """The runner of a team's workflow; ``environ`` are its secrets."""

    state: State
    url: str
    folder: Path
    environ: Mapping[str, str]
    jobs: int = 0

    def job(self, name: str, event: Event, run: Run, *, steps: int = len(STEPS), **given: str) -> dict[str, str]:
        """Run a job's steps, or only the first ones as if it was cancelled then; return the outputs of all.

        Secrets reach no step but the one that runs trueup, and the token reaches the others.
        """
        self.jobs += 1
        place = self.folder / f"job-{self.jobs}"
        place.mkdir()
        assert self.state.work is not None
        root = self.state.work.root
        done(self.state, "checkout", "--quiet", "--force", "--detach", event.sha)
        done(self.state, "update-ref", "refs/remotes/origin/main", "refs/heads/main")
        inputs = {**inputs_of(name), **{key.replace("_", "-"): value for key, value in given.items()}}
        env = {
            **event.variables(self.state, run, place),
            "GITHUB_API_URL": self.url,
            "GITHUB_STEP_SUMMARY": str(place / "summary"),
            "GITHUB_WORKSPACE": str(root),
            "RUNNER_TEMP": str(place),
        }
        outputs: dict[str, str] = {}
        for step in STEPS[:steps]:
            of_step = self._given(step, inputs, outputs)
            file = place / f"output-{step}"
            file.touch()
            ended = trueup("github", step, cwd=root, env={**env, **of_step, "GITHUB_OUTPUT": str(file)})
            outputs |= read_outputs(file.read_text()) | {step: str(ended.status), f"{step}-log": ended.out + ended.err}
            assert "Traceback" not in outputs[f"{step}-log"], outputs[f"{step}-log"]
        return outputs

    def kept(self, run: Run, outputs: Mapping[str, str]) -> bool:
        """Keep the plan that a job offers, as the step after the action does; return whether it offers one."""
        if not outputs.get("kept-path"):
            return False
        files = {f.name: f.read_bytes() for line in outputs["kept-path"].splitlines() for f in _files(Path(line))}
        self.state.keep_plan(run, outputs["kept-name"], files)
        return True

    def downloaded(self, run: Run) -> Path:
        """Return a folder with the artifacts of a run, each in a folder of its own."""
        folder = self.folder / f"shown-{run.id}-{self.jobs}"
        for artifact in self.state.artifacts.values():
            if artifact.run is run:
                archive = self.folder / "archive.zip"
                archive.write_bytes(artifact.content)
                shutil.unpack_archive(archive, folder / artifact.name)
        return folder

    def _given(self, step: str, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> dict[str, Any]:
        if step == "begin":
            named = {f"TRUEUP_INPUT_{name.upper().replace('-', '_')}": value for name, value in inputs.items()}
            return {**named, "GITHUB_TOKEN": TOKEN}
        folder = {"TRUEUP_FOLDER": outputs.get("folder", "")}
        if step == "run":
            return {**folder, **self.environ}
        ended = {
            "TRUEUP_DOCUMENT": outputs.get("document-path", ""),
            "TRUEUP_REASON": outputs.get("failure-reason", ""),
            "TRUEUP_STATUS": outputs.get("exit-code", ""),
            "TRUEUP_SUMMARY": outputs.get("summary", ""),
        }
        return {**folder, **ended, "GITHUB_TOKEN": TOKEN}


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [file for file in sorted(path.rglob("*")) if file.is_file()]
