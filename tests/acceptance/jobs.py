"""Run workflows and the action as they are written, quickly: each step of trueup as a process of its own.

Unlike ``act`` it knows only what the files of this repository use. It also checks what ``act`` cannot: the token of a
job may do what the job's ``permissions`` say, and its checkout has the history that its ``fetch-depth`` asks for.
"""

import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import yaml

from acceptance.commands import REPOSITORY, trueup
from acceptance.expressions import filled, holds, text_of
from github.events import Event
from github.git import done, root_of
from github.state import TOKEN, Run, State
from repositories import ENVIRONMENT, git, new_repository
from unit.github.test_workflow import read_outputs

APP: Final = "canary-app"
"""The token of the team's GitHub App."""

_OWN: Final = frozenset({"begin", "run", "comment", "end", "finish"})


@dataclass
class Job:
    """A job that ran: how it ended, its log, its summary, and the outputs of the action."""

    name: str
    result: str = "success"
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Ran:
    """A run of a workflow: its jobs without those that were skipped, in their order."""

    run: Run
    jobs: list[Job]

    @property
    def ended(self) -> dict[str, str]:
        return {job.name: job.result for job in self.jobs}

    def given(self, *names: str) -> tuple[str, ...]:
        """Return outputs of the action in the last job that used it."""
        last = [job for job in self.jobs if job.outputs][-1]
        return tuple(last.outputs[name] for name in names)

    @property
    def log(self) -> str:
        return "".join(f"== {job.name} {job.result}\n{job.log}" for job in self.jobs)


@dataclass(frozen=True)
class Start:
    """What starts a run of a workflow.

    ``legs`` are the inputs that the team's file gives, for each leg of its matrix; ``lost_at`` is the step of the
    action at whose beginning the machine is lost. ``environments`` are further secrets, by environment.
    """

    event: Event
    run: Run
    workflow: str
    legs: Sequence[Mapping[str, str]]
    secrets: Mapping[str, str]
    lost_at: str = ""
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Engine(Protocol):
    """What runs a workflow, with ``act`` or in the interpreter of this module."""

    def ran(self, start: Start) -> list[Ran]:
        """Run a workflow to its end; return how each leg ended."""


@cache
def _read(name: str) -> Any:
    return yaml.safe_load((REPOSITORY / name).read_text())


@dataclass(frozen=True)
class Interpreter:
    """The engine that is quick."""

    state: State
    folder: Path
    api: str

    def ran(self, start: Start) -> list[Ran]:
        return [_Leg(self.state, self.folder, self.api, start).run(given) for given in start.legs]


@dataclass
class _Leg:
    """A run of a workflow, which may be called by the one of a team."""

    state: State
    folder: Path
    api: str
    start: Start
    _numbers: list[int] = field(default_factory=list)

    def run(self, given: Mapping[str, Any]) -> Ran:
        """Run the jobs with these inputs."""
        workflow = _read(self.start.workflow)
        declared = (workflow[True].get("workflow_call") or {}).get("inputs", {})
        inputs = {name: about["default"] for name, about in declared.items()}
        known = {**self._known(), "inputs": {**inputs, **given}}
        jobs: list[Job] = []
        needs: dict[str, dict[str, Any]] = {}
        for name, job in workflow["jobs"].items():
            wanted = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            here = {**known, "needs": {of: needs[of] for of in wanted}}
            if not holds(job.get("if"), here, succeeded=all(needs[of]["result"] == "success" for of in wanted)):
                needs[name] = {"result": "skipped", "outputs": {}}
                continue
            ran = list(self._matrix(name, job, here))
            jobs += [one for one, _ in ran]
            results = {one.result for one, _ in ran}
            outputs = {key: value for _, given in ran for key, value in given.items() if value}
            needs[name] = {"result": "failure" if "failure" in results else "success", "outputs": outputs}
        return Ran(self.start.run, jobs)

    def _matrix(
        self, name: str, job: Mapping[str, Any], known: Mapping[str, Any]
    ) -> Iterator[tuple[Job, dict[str, str]]]:
        """Run each leg of a job's matrix, until one fails if this stops the others."""
        for leg in _legs(job, known):
            ran = self._job(name, job, {**known, "matrix": leg})
            yield ran
            if ran[0].result != "success" and job.get("strategy", {}).get("fail-fast", True):
                return

    def _known(self) -> dict[str, Any]:
        event = self.start.event
        return {
            "github": {
                "event_name": event.name,
                "event": event.payload,
                "ref": event.ref,
                "repository": self.state.full_name,
                "run_id": self.start.run.id,
            },
            "secrets": self.start.secrets,
            "vars": {},
        }

    def _job(self, name: str, job: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[Job, dict[str, str]]:
        """Run a job; return it and its outputs."""
        self._numbers.append(0)
        run = self.start.run
        place = self.folder / f"job-{run.id}-{run.attempt}-{len(self._numbers)}"
        temporary = place / "temp"
        temporary.mkdir(parents=True)
        token = f"canary-{name}"
        self.state.allow(token, **{key.replace("-", "_"): access for key, access in job["permissions"].items()})
        runner = {"temp": str(temporary), "environment": "self-hosted"}
        here: dict[str, Any] = {**known, "runner": runner, "steps": {}}
        here["github"] = {**known["github"], "token": token}
        secrets = {**self.start.secrets, **self.start.environments.get(filled(job.get("environment"), here) or "", {})}
        here["secrets"] = secrets
        made, machine = Job(name), _Machine(self, place, here)
        for step in job["steps"]:
            if not holds(step.get("if"), here, succeeded=made.result == "success"):
                continue
            outputs, outcome = machine.step(step, made)
            here["steps"][step.get("id", "")] = {"outputs": outputs, "outcome": outcome}
            made.result = made.result if outcome == "success" else "failure"
            if machine.lost:
                made.result = "failure"
                break
        for secret in (token, TOKEN, APP, *secrets.values()):
            assert secret not in made.log + made.summary
        shutil.rmtree(place)
        return made, {key: text_of(filled(text, here)) for key, text in job.get("outputs", {}).items()}


@dataclass
class _Machine:
    """A runner's machine during one job."""

    of: _Leg
    place: Path
    known: dict[str, Any]
    lost: bool = False

    @property
    def checkout(self) -> Path:
        return self.place / "checkout"

    def step(self, step: Mapping[str, Any], job: Job) -> tuple[dict[str, str], str]:
        """Do one step of a job; return its outputs and its outcome."""
        if "uses" not in step:
            return {}, self._script(step, job)
        given = {name: filled(value, self.known) for name, value in step.get("with", {}).items()}
        match step["uses"].partition("@")[0]:
            case "actions/checkout":
                check_out(self.of.state, self.of.start.event, self.checkout, given.get("fetch-depth", 1))
            case "actions/upload-artifact":
                files = {file.name: file.read_bytes() for file in Path(given["path"]).iterdir()}
                self.of.state.keep_plan(self.of.start.run, given["name"], files)
            case "actions/download-artifact":
                self._download(given["pattern"], Path(given["path"]))
            case "trueup/trueup":
                env = {name: text_of(filled(value, self.known)) for name, value in step.get("env", {}).items()}
                return self._action(given, env, job)
            case other:
                raise NotImplementedError(other)
        return {}, "success"

    def _script(self, step: Mapping[str, Any], job: Job) -> str:
        """Run a script with bash; return its outcome. What it installs is there already."""
        programs = self.place / "programs"
        programs.mkdir(exist_ok=True)
        (programs / "pip").write_text("#!/bin/sh\n")
        (programs / "pip").chmod(0o700)
        given = {name: text_of(filled(value, self.known)) for name, value in step.get("env", {}).items()}
        event = self.of.start.event.variables(self.of.state, self.of.start.run, self.place)
        path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), ENVIRONMENT["PATH"]])
        ended = subprocess.run(
            ["bash", "-e", "-c", step["run"]],  # what GitHub runs without "shell"
            cwd=self.checkout if self.checkout.is_dir() else self.place,
            env={**ENVIRONMENT, **event, **given, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        job.log += ended.stdout + ended.stderr
        return "failure" if ended.returncode else "success"

    def _download(self, pattern: str, into: Path) -> None:
        """Unpack the artifacts of this run; one that is found alone is unpacked without a folder of its name."""
        found = [a for a in self.of.state.artifacts.values() if a.run is self.of.start.run and fnmatch(a.name, pattern)]
        for artifact in found:
            with zipfile.ZipFile(io.BytesIO(artifact.content)) as archive:
                archive.extractall(into / artifact.name if len(found) > 1 else into)

    def _action(self, given: Mapping[str, Any], env: Mapping[str, str], job: Job) -> tuple[dict[str, str], str]:
        """Run the steps of the action that are trueup's own; return its outputs and its outcome."""
        action = _read("action.yml")
        inputs = {name: filled(about.get("default", ""), self.known) for name, about in action["inputs"].items()}
        assert set(given) <= set(inputs)
        python = {"outputs": {"python": "python"}, "outcome": "success"}
        here: dict[str, Any] = {**self.known, "inputs": {**inputs, **given}, "steps": {"install": python}}
        succeeded = True
        for step, name in _own_steps(action):
            if name == self.of.start.lost_at:
                self.lost = True
                break
            if not holds(step.get("if"), here, succeeded=succeeded):
                continue
            status, outputs = self._trueup(name, step, here, env, job)
            here["steps"][step.get("id", name)] = {"outputs": outputs, "outcome": "failure" if status else "success"}
            succeeded = succeeded and status == 0
        said = {name: text_of(filled(about["value"], here)) for name, about in action["outputs"].items()}
        job.outputs = said
        return said, "success" if succeeded else "failure"

    def _trueup(
        self, name: str, step: Mapping[str, Any], here: Mapping[str, Any], env: Mapping[str, str], job: Job
    ) -> tuple[int, dict[str, str]]:
        output, summary = self.place / "output", self.place / "summary"
        output.write_text("")
        summary.write_text("")
        given = {key: text_of(filled(value, here)) for key, value in step["env"].items()}
        of = self.of
        event = of.start.event.variables(of.state, of.start.run, self.place)
        runner = {
            **{key: ENVIRONMENT[key] for key in ("PATH", "HOME", "GIT_CONFIG_NOSYSTEM")},
            "GITHUB_HEAD_REF": "",
            "GITHUB_BASE_REF": "",
            **event,
            "GITHUB_API_URL": of.api,
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(self.checkout),
            "RUNNER_TEMP": here["runner"]["temp"],
        }
        folder = self.checkout / text_of(filled(step.get("working-directory", "."), here))
        ended = trueup("github", name, cwd=folder, env={**runner, **env, **given})
        assert "Traceback" not in ended.out + ended.err, ended.err
        job.log += ended.out + ended.err
        job.summary += summary.read_text()
        return ended.status, read_outputs(output.read_text())


def check_out(state: State, event: Event, into: Path, depth: int) -> None:
    """Clone as actions/checkout does: all branches, or the last commits of the branch that the run is about."""
    new_repository(into)
    source = f"file://{root_of(state)}"
    what = [f"--depth={depth}", source] if depth else [source, "+refs/heads/*:refs/remotes/origin/*"]
    done(state, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(into, "fetch", "--quiet", "--no-tags", *what, event.sha)
    git(into, "checkout", "--quiet", "--detach", event.sha)


def _own_steps(action: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield the steps of the action that run trueup, each with the name of the subcommand of ``trueup github``."""
    for step in action["runs"]["steps"]:
        name = str(step.get("run", "")).rpartition(" ")[2]
        if name in _OWN and "run_action.py" in step["run"]:
            yield step, name


def _legs(job: Mapping[str, Any], known: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the legs of a matrix of at most one variable."""
    matrix = job.get("strategy", {}).get("matrix", {})
    return [{name: value} for name, values in matrix.items() for value in filled(values, known)] or [{}]
