"""Run workflows for real, on this machine, with ``act``: a consumer's repository that uses the action by its commit."""

import compileall
import json
import os
import py_compile
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from acceptance.commands import QUICKSTART, REPOSITORY


def program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))


ACT = program("act")
COMMIT = "0" * 39 + "1"
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
"""Not run by act, which copies the repository instead; without it there are no files."""
WITH_ACT = [
    pytest.mark.action,
    pytest.mark.slow,
    pytest.mark.process,
    pytest.mark.skipif(ACT is None, reason="NOT RUN: act is missing; pip install '.[action]' brings it"),
]
PARTS = ("action.yml", "requirements-action.txt", "scripts", ".github")
SOURCES = ("src", "schemas")
SECONDS = 900
TOKEN = "canary-github-token"
SECRETS: Mapping[str, str] = {
    "CTP_CLIENT_ID": "canary-client-id-7f3a",
    "CTP_CLIENT_SECRET": "canary-client-secret-91bd",
    "ORIGIN_ACCESS_TOKEN": "canary-access-token-c04e",
}
Workflow = Mapping[str, Any]
STUBS = {
    "actions/setup-python": "exit 1",
    "actions/cache": "exit 1",
    "actions/upload-artifact": 'mkdir -p "KEPT/$NAME" && [ -e "$PATH_OF" ] && '
    'cp -r "$PATH_OF$([ -d "$PATH_OF" ] && echo /.)" "KEPT/$NAME/"',
    "actions/download-artifact": 'set -- KEPT/${NAME:-$PATTERN}; mkdir -p "$PATH_OF"; '
    'if [ $# -eq 1 ]; then cp -r "$1/." "$PATH_OF"; else cp -r "$@" "$PATH_OF"; fi',
}
"""What stands in for actions that cannot be fetched here; artifacts are folders, and one alone has no folder of its own
where it is downloaded."""
LOSES = """\
#!/bin/sh
for script; do :; done
if grep -qs "github $LOST_AT\\$" "$script"; then kill -9 "$PPID"; exit 137; fi
exec {bash} "$@"
"""
"""The bash of a machine that is lost when a step of the action begins: it ends act, and does not run the step."""


@dataclass(frozen=True)
class Ran:
    """Hold what a run of a workflow recorded."""

    status: int
    records: Sequence[Mapping[str, Any]]
    text: str

    @property
    def log(self) -> str:
        """Return what the steps printed, and which of them failed."""
        shown = [r for r in self.records if r.get("raw_output") or r.get("command") == "error" or "Failure" in r["msg"]]
        return "".join(f"{r.get('jobID', '')}: {r['msg'].rstrip()}\n" for r in shown)

    def told(self, command: str, job: str = "") -> list[Mapping[str, Any]]:
        return [r for r in self.records if r.get("command") == command and job in ("", r["jobID"])]

    def outputs(self, step: str = "", job: str = "") -> dict[str, str]:
        """Return the outputs of the last use of the action, or of the one in the step and the job that are named."""
        whole = [r for r in self.told("set-output", job) if r["step"].startswith("trueup/") and len(r["stepID"]) == 1]
        uses = [(r["jobID"], r["stepID"][0]) for r in whole if step in ("", r["stepID"][0])]
        return {r["name"]: r["arg"] for r in whole if (r["jobID"], r["stepID"][0]) in uses[-1:]}

    def given(self, *names: str, step: str = "", job: str = "") -> tuple[str, ...]:
        """Return some of the outputs."""
        outputs = self.outputs(step, job)
        return tuple(outputs[name] for name in names)

    def annotations(self, severity: str = "error", job: str = "") -> list[str]:
        """Return what is shown on the run's page, as ``file:line: message`` where it has a place."""
        told = [(r.get("kvPairs") or {}, r["arg"]) for r in self.told(severity, job)]
        return [f"{at['file']}:{at['line']}: {text}" if "file" in at else text for at, text in told]

    def failed_steps(self, job: str) -> list[str]:
        """Return the names of the steps of a job that failed, for one without a name its script.

        act does not wait for the output of a step that fails, and can lose it on a busy machine.
        """
        return [r["step"] for r in self.records if r.get("stepResult") == "failure" and r["jobID"] == job]

    def summary(self, job: str = "") -> str:
        return "".join(record.get("content") or record.get("arg") or "" for record in self.told("summary", job))

    @property
    def ended(self) -> dict[str, str]:
        """Return how each job ended, by its id; a job that calls a workflow is none."""
        return {r["jobID"]: r["jobResult"] for r in self.records if "jobResult" in r}

    @property
    def jobs(self) -> Counter[str]:
        return Counter(record["jobResult"] for record in self.records if "jobResult" in record)


@dataclass(frozen=True)
class Consumer:
    """Hold a repository that uses the action.

    ``machine`` is the folder of what outlives a job on a runner of one's own: see :func:`new_machine`.
    """

    folder: Path
    api_url: str
    machine: Path

    @property
    def place(self) -> Path:
        return self.folder / "consumer"

    @property
    def action(self) -> Path:
        return self.machine / "action"

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    def begin(self) -> None:
        """Make the repository, with the quickstart's files."""
        shutil.copytree(QUICKSTART, self.place, ignore=shutil.ignore_patterns(".trueup"))
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("remote", "add", "origin", "https://github.com/acme/connectors.git")
        self.commit()

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.place / file).read_text()
        assert old in text
        (self.place / file).write_text(text.replace(old, new, 1))

    def commit(self) -> str:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", "x")
        return self._git("rev-parse", "HEAD")

    def run(
        self, *steps: Mapping[str, Any], event: str = "pull_request", payload: Any = None, cold: bool = False
    ) -> Ran:
        """Run one job of these steps."""
        job = {"runs-on": "ubuntu-latest", "steps": [{"uses": CHECKOUT}, *steps]}
        return self.run_workflow({"on": event, "jobs": {"job": job}}, event=event, payload=payload, cold=cold)

    def run_workflow(
        self,
        workflow: Workflow,
        *,
        event: str,
        payload: Any = None,
        secrets: Mapping[str, str] | None = None,
        cold: bool = False,
    ) -> Ran:
        """Run a workflow on what lies in the repository; ``cold`` has the action install what it needs anew."""
        file = self.place / ".github" / "workflows" / "try.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(dict(workflow), sort_keys=False))
        told = self.folder / "event.json"
        told.write_text(json.dumps(payload or {}))
        self.commit()
        return self.act(file, event, told, secrets={"GITHUB_TOKEN": TOKEN, **(secrets or {})}, cold=cold)

    def act(  # noqa: PLR0913 - one keyword for each thing that a runner gives
        self,
        file: Path,
        event: str,
        told: Path,
        *,
        secrets: Mapping[str, str],
        env: Mapping[str, str] | None = None,
        cold: bool = False,
        lost_at: str = "",
    ) -> Ran:
        """Run the workflow in ``file`` for an event whose payload is in ``told``.

        The machine is lost when the step ``lost_at`` of the action begins.
        """
        assert ACT is not None
        workflow = yaml.safe_load(file.read_text())
        given = {"GITHUB_API_URL": self.api_url, "TRUEUP_TODAY": os.environ["TRUEUP_TODAY"], **(env or {})}
        given |= {} if cold else {"TRUEUP_ACTION_CACHE": str(self.machine)}
        done = subprocess.run(
            [
                *(ACT, event, "-P", "ubuntu-latest=-self-hosted", "--no-cache-server", "--json"),
                *("-e", str(told), "-W", str(file), "--action-cache-path", str(self.folder / "cache")),
                *(word for pair in given.items() for word in ("--env", "=".join(pair))),
                *(word for pair in secrets.items() for word in ("-s", "=".join(pair))),
                *self._stand_ins(workflow),
            ],
            cwd=self.place,
            env=self._surroundings(lost_at),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        records = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return Ran(done.returncode, records, done.stdout + done.stderr)

    def _surroundings(self, lost_at: str) -> dict[str, str]:
        """Return what a runner's machine has: little."""
        kept = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_", "REQUESTS_"))}
        path = os.environ["PATH"]
        if lost_at:
            path = f"{self.machine / 'losing'}{os.pathsep}{path}"
            kept["LOST_AT"] = lost_at
        return {"PATH": path, "HOME": str(self.folder), "LANG": "C.UTF-8", **kept}

    def _stand_ins(self, workflow: Workflow) -> list[str]:
        """Map every action that is used, at the very commit that is named, to a folder of this machine."""
        used = set(self._uses(workflow)) - {CHECKOUT}
        return [word for name in sorted(used) for word in ("--local-repository", f"{name}={self._place_of(name)}")]

    def _uses(self, workflow: Workflow) -> Iterator[str]:
        action = yaml.safe_load((self.action / "action.yml").read_text())
        jobs = workflow["jobs"].values()
        for step in (*action["runs"]["steps"], *(step for job in jobs for step in job.get("steps", ()))):
            if "uses" in step:
                yield str(step["uses"])
        for path, _, commit in (job["uses"].partition("@") for job in jobs if "uses" in job):
            repository, file = path.split("/.github/")
            yield f"{repository}@{commit}"
            yield from self._uses(yaml.safe_load((self.action / ".github" / file).read_text()))

    def _place_of(self, used: str) -> Path:
        name = used.partition("@")[0]
        if name == "trueup/trueup":
            return self.action
        place = self.folder / "stubs" / name
        place.mkdir(parents=True, exist_ok=True)
        script = STUBS[name].replace("KEPT", str(self.artifacts))
        given = {"NAME": "name", "PATH_OF": "path", "PATTERN": "pattern", "RUN": "run-id"}
        env = {variable: f"${{{{ inputs.{word} }}}}" for variable, word in given.items()}
        step = {"run": script, "shell": "bash", "env": env}
        inputs = {word: {"default": ""} for word in given.values()}
        runs = {"using": "composite", "steps": [step]}
        (place / "action.yml").write_text(yaml.safe_dump({"name": name, "inputs": inputs, "runs": runs}))
        return place

    def _git(self, *words: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        done = subprocess.run(["git", *identity, *words], cwd=self.place, check=True, capture_output=True, text=True)
        return done.stdout.strip()


def new_machine(folder: Path) -> Path:
    """Make what outlives a job: the action as a runner downloads it; the action keeps there what it installs.

    act copies the action's folder twice for each use, and Python compiles what was copied. The sources are linked, and
    compiled once: this saves a third of the time of a run.
    """
    (folder / "action").mkdir()
    (folder / "losing").mkdir()
    for part in (*PARTS, *SOURCES):
        source, place = REPOSITORY / part, folder / ("action" if part in PARTS else "") / part
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place)
    for part in SOURCES:
        (folder / "action" / part).symlink_to(folder / part)
    compileall.compile_dir(folder / "src", quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    bash = folder / "losing" / "bash"
    bash.write_text(LOSES.format(bash=shutil.which("bash")))
    bash.chmod(0o755)
    return folder


def use(step: str = "trueup", **inputs: str) -> dict[str, Any]:
    """Return the step that uses the action with these inputs."""
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    return {"id": step, "uses": f"trueup/trueup@{COMMIT}", "with": given}


def example(name: str) -> Any:
    """Return an example workflow; ``on`` is a word for true in the YAML that tests read with."""
    workflow = yaml.safe_load((REPOSITORY / "examples" / "workflows" / f"{name}.yml").read_text())
    return {"on": workflow.pop(True), **workflow}


def pull_request(*, of: str = "acme/connectors", sha: str = "a" * 40) -> dict[str, Any]:
    """Return the event of a pull request from a repository."""
    head = {"sha": sha, "ref": "x", "repo": {"full_name": of}}
    return {"pull_request": {"number": 7, "head": head, "base": {"sha": "b" * 40, "ref": "main"}}}
