"""Run workflows for real, on this machine, with ``act``: a consumer's repository that uses the action by its commit."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from acceptance.commands import QUICKSTART, REPOSITORY

ACT = shutil.which("act", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
COMMIT = "0" * 39 + "1"
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
"""Not run by act, which copies the repository instead; without it there are no files."""
PARTS = ("action.yml", "requirements-action.txt", "src", "schemas", "scripts")
SECONDS = 900
Workflow = Mapping[str, Any]
STUBS = {
    "actions/setup-python": "exit 1",
    "actions/upload-artifact": 'mkdir -p "KEPT/$NAME" && cp "$PATH_OF" "KEPT/$NAME/"',
    "actions/download-artifact": 'mkdir -p "$PATH_OF" && cp -r KEPT/${NAME:-$PATTERN}${NAME:+/*} "$PATH_OF/"',
}
"""What stands in for actions that cannot be fetched here; artifacts are folders."""


@dataclass
class Ran:
    """Hold what a run of a workflow recorded, job by job."""

    status: int
    records: list[dict[str, Any]]
    text: str
    outputs: dict[str, str] = field(default_factory=dict)

    def told(self, command: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record.get("command") == command]

    @property
    def summary(self) -> str:
        return "".join(record.get("content") or record.get("arg") or "" for record in self.told("summary"))

    @property
    def jobs(self) -> Counter[str]:
        return Counter(record["jobResult"] for record in self.records if "jobResult" in record)


class Consumer:
    """Hold a repository with the quickstart's files that uses the action."""

    def __init__(self, folder: Path, api_url: str) -> None:
        self.folder, self.api_url = folder, api_url
        self.place, self.action = folder / "consumer", folder / "action"
        shutil.copytree(QUICKSTART, self.place, ignore=shutil.ignore_patterns(".trueup"))
        self.action.mkdir()
        for part in PARTS:
            source = REPOSITORY / part
            if source.is_dir():
                shutil.copytree(source, self.action / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, self.action / part)
        (self.place / ".gitignore").write_text("kept/\n")
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("remote", "add", "origin", "https://github.com/acme/connectors.git")
        self.commit()

    def _stand_ins(self, workflow: Workflow) -> list[str]:
        """Map every action that is used, at the very commit that is named, to a folder of this machine."""
        action = yaml.safe_load((self.action / "action.yml").read_text())
        steps = [*action["runs"]["steps"], *(step for job in workflow["jobs"].values() for step in job["steps"])]
        used = {str(step["uses"]) for step in steps if "uses" in step} - {CHECKOUT}
        return [word for name in sorted(used) for word in ("--local-repository", f"{name}={self._place_of(name)}")]

    def _place_of(self, used: str) -> Path:
        name = used.partition("@")[0]
        if name == "trueup/trueup":
            return self.action
        place = self.folder / "stubs" / name
        place.mkdir(parents=True, exist_ok=True)
        script = STUBS[name].replace("KEPT", str(self.folder / "artifacts"))
        given = {"NAME": "name", "PATH_OF": "path", "PATTERN": "pattern"}
        env = {variable: f"${{{{ inputs.{word} }}}}" for variable, word in given.items()}
        step = {"run": script, "shell": "bash", "env": env}
        inputs = {word: {"default": ""} for word in given.values()}
        runs = {"using": "composite", "steps": [step]}
        (place / "action.yml").write_text(yaml.safe_dump({"name": name, "inputs": inputs, "runs": runs}))
        return place

    def _git(self, *words: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *identity, *words], cwd=self.place, check=True, capture_output=True)

    def commit(self) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", "x")

    def run(self, steps: list[dict[str, Any]], *, event: str = "pull_request", payload: Any = None) -> Ran:
        """Run one job of these steps; its outputs are those of the step with the id ``trueup``."""
        job = {"runs-on": "ubuntu-latest", "steps": [{"uses": CHECKOUT}, *steps, OUTPUTS]}
        return self.run_workflow({"on": event, "jobs": {"job": job}}, event=event, payload=payload)

    def run_workflow(self, workflow: Workflow, *, event: str, payload: Any = None) -> Ran:
        assert ACT is not None
        file = self.place / ".github" / "workflows" / "try.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(dict(workflow), sort_keys=False))
        told = self.folder / "event.json"
        told.write_text(json.dumps(payload or {}))
        self.commit()
        kept = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_", "REQUESTS_"))}
        done = subprocess.run(
            [
                *(ACT, event, "-P", "ubuntu-latest=-self-hosted", "--no-cache-server", "--json"),
                *("-e", str(told), "-W", str(file), "-s", "GITHUB_TOKEN=canary-github-token"),
                *("--env", f"GITHUB_API_URL={self.api_url}", "--action-cache-path", str(self.folder / "cache")),
                *self._stand_ins(workflow),
            ],
            cwd=self.place,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "LANG": "C.UTF-8",
                **kept,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        records = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        ran = Ran(done.returncode, records, done.stdout + done.stderr)
        for record in ran.told("set-output"):
            if "result" in record.get("stepID", []):
                ran.outputs = json.loads(record["arg"])
        return ran


OUTPUTS = {
    "id": "result",
    "if": "always()",
    "env": {"OUTPUTS": "${{ toJSON(steps.trueup.outputs) }}"},
    "run": 'printf "all<<end-of-it\\n%s\\nend-of-it\\n" "$OUTPUTS" >>"$GITHUB_OUTPUT"',
}


def use(env: Mapping[str, str] | None = None, **inputs: str) -> dict[str, Any]:
    """Return the step that uses the action with these inputs."""
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    return {"id": "trueup", "uses": f"trueup/trueup@{COMMIT}", "with": given, "env": dict(env or {})}
