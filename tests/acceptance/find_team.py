"""A repository with merged pull requests, and GitHub as a table of answers, for the action's first step."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from repositories import ENVIRONMENT, Work, git
from trueup.cli.github.begin import perform
from trueup.github.artifacts import KeptNames
from trueup.github.deployments import record_key
from trueup.github.folder import VARIABLE, StepFolder
from trueup.github.found import Found, NoPlan
from trueup.github.key import KeyScope, kept_name
from trueup.github.workflow import WorkflowStep
from unit.github.answers import REPO, STORE, Answer, Table, document, holds, moves, pages, says
from unit.github.test_artifacts import zipped
from unit.github.test_workflow import read_outputs

PROJECT = """apiVersion: trueup/v1
kind: Project
targets:
  eu: {platform: connect, region: europe-west1.gcp}
"""
SCOPE = KeyScope(project="trueup.yaml")
APPLY = {"command": "apply", "approved": "auto", "applied": "auto", "record": "true"}


@dataclass
class GitHub:
    """GitHub with what this file needs: merged pull requests, their runs, and deployments that are kept."""

    table: Table = field(default_factory=lambda: Table({}))
    runs: list[dict[str, Any]] = field(default_factory=list)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[str, int] = field(default_factory=dict)
    """The numbers of merged pull requests by the last commit of their branches."""

    def __post_init__(self) -> None:
        self.table.answers |= {
            f"GET {REPO}/actions/runs": self._runs,
            f"GET {REPO}/deployments": pages(self.deployments),
            f"POST {REPO}/deployments": self._create,
        }

    def _runs(self, request: httpx.Request) -> httpx.Response:
        wanted = request.url.params["head_sha"]
        return pages([run for run in self.runs if run["head_sha"] == wanted], "workflow_runs")(request)

    def _create(self, request: httpx.Request) -> httpx.Response:
        self.deploy(**json.loads(request.content))
        return httpx.Response(201, json=self.deployments[-1])

    def deploy(self, ref: str, *states: str, **members: Any) -> None:
        number = len(self.deployments) + 1
        payload = {"formatVersion": 1, "key": record_key(SCOPE, "eu"), "project": "trueup.yaml", "target": "eu"}
        payload |= {"run": f"{number}.1", "digest": "", "pulls": [], "left": None}
        self.deployments.append({"id": number, "ref": ref, "sha": ref, "payload": payload, **members})
        statuses = [{"id": place, "state": state} for place, state in enumerate(states)]
        self.table.answers[f"GET {REPO}/deployments/{number}/statuses"] = pages(statuses)
        self.table.answers[f"POST {REPO}/deployments/{number}/statuses"] = says({"id": 1}, 201)

    def merge(self, number: int, head: str, *commits: str, source: int = 5) -> None:
        """Merge a pull request into commits of the default branch."""
        self.pulls[head] = number
        base = {"ref": "main", "repo": {"id": 5}}
        pull: dict[str, Any] = {"number": number, "title": "T"}
        pull |= {"merged_at": "2026-01-02T03:04:05Z", "head": {"sha": head, "repo": {"id": source}}, "base": base}
        for commit in commits:
            self.table.answers[f"GET {REPO}/commits/{commit}/pulls"] = pages([pull])

    def keep(self, number: int, head: str, *, plan: int = 0, source: int = 5, **members: Any) -> None:
        """Let a run of a pull request keep a plan; run and artifact have this number."""
        run = {"id": number, "event": "pull_request", "status": "completed", "head_sha": head, "path": "x"}
        self.runs.append({**run, "repository": {"id": 5}, "head_repository": {"id": source}})
        kept = {"id": number, "name": kept_name(SCOPE, shard="1/1", attempt=1), "expired": False, **members}
        content = zipped(plan=document(plan), key=KeptNames.of(SCOPE).key, head=head, pull=self.pulls.get(head))
        self.table.answers |= {
            f"GET {REPO}/actions/runs/{number}/artifacts": pages([kept], "artifacts"),
            f"GET {REPO}/actions/artifacts/{number}/zip": moves(f"{STORE}/{number}"),
            f"GET {STORE}/{number}": holds(content),
        }

    def answer(self, path: str, answer: Answer | list[Answer]) -> None:
        self.table.answers[path] = answer


@dataclass
class Team:
    """A repository of a team, and the first step of its action."""

    work: Work
    folder: Path
    github: GitHub = field(default_factory=GitHub)
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def commit(self, text: str = "") -> str:
        return self.work.commit({"note": text or str(len(self.commits()))})

    def commits(self) -> list[str]:
        return git(self.work.root, "rev-list", "HEAD").split()

    def branch(self, *texts: str) -> str:
        """Commit to the branch of a pull request and return its last commit; the default branch stays."""
        git(self.work.root, "checkout", "--quiet", "-B", "change")
        for text in texts:
            self.work.commit({f"{text}.txt": text})
        head = git(self.work.root, "rev-parse", "HEAD")
        git(self.work.root, "checkout", "--quiet", "main")
        return head

    def begin(self, *, before: str = "", event: str = "push", **inputs: str) -> int:
        """Run the first step for the commit of the work tree."""
        git(self.work.root, "update-ref", "refs/remotes/origin/main", "main")
        payload = {"before": before, "repository": {"default_branch": "main"}}
        (self.folder / "event.json").write_text(json.dumps(payload))
        (self.folder / "output").write_text("")
        out = io.StringIO()
        env = {
            **ENVIRONMENT,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": "acme/connectors",
            "GITHUB_RUN_ID": "50",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SHA": git(self.work.root, "rev-parse", "HEAD"),
            "GITHUB_TOKEN": "canary",
            "RUNNER_TEMP": str(self.folder),
            **{f"TRUEUP_INPUT_{name.upper()}": value for name, value in (inputs or APPLY).items()},
        }
        status = perform(
            WorkflowStep(env=env, cwd=self.work.root, out=out, sleep=lambda _: None),
            connect=lambda _, __: self.github.table.rest(),
        )
        self.log, self.outputs = out.getvalue(), read_outputs((self.folder / "output").read_text())
        for file in self.step_folder.path.iterdir():
            assert b"canary" not in file.read_bytes()
        assert "canary" not in self.log
        return status

    @property
    def step_folder(self) -> StepFolder:
        return StepFolder.of({VARIABLE: self.outputs["folder"]})

    @property
    def found(self) -> Found:
        return self.step_folder.read_found()

    @property
    def records(self) -> Any:
        return self.step_folder.read(self.step_folder.records)

    def shown(self) -> list[tuple[int, list[int | None], NoPlan | None]]:
        """Return number, plans and reason of the pull requests that were found."""
        folder = self.step_folder.path
        return [
            (pull.number, [_number(json.loads((folder / name).read_text())) for name in pull.files], pull.reason)
            for pull in self.found.pulls
        ]


def _number(plan: Any) -> int:
    number: int = plan["plan"]["unmanaged"]["eu"]
    return number
