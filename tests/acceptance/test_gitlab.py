"""Run the scripts of the GitLab example in bash, against a small stand-in for GitLab's API on loopback."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from acceptance.commands import REPOSITORY, quickstart, trueup
from loopback import Quiet, listening
from repositories import ENVIRONMENT, Work, clone, git, new_repository

pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="NOT RUN: curl is missing"),
]

FILE = REPOSITORY / "examples" / "gitlab" / ".gitlab-ci.yml"
TOKEN = "glpat-canary"
OURS = 5
TAX = "connectors/tax.yaml"
PIPELINE: dict[str, Any] = yaml.safe_load(FILE.read_text())


@dataclass
class GitLab:
    """The answers of GitLab, by the path below the project, and the notes of its one merge request."""

    notes: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    stored: bytes = b""
    tokens: dict[str, set[str]] = field(default_factory=dict)

    def note(self, body: str, author: int = OURS) -> None:
        self.notes.append({"id": len(self.notes) + 1, "body": body, "author": {"id": author}})

    def bodies(self) -> list[str]:
        return [note["body"] for note in self.notes]

    def answer(self, method: str, path: str, body: str) -> Any:
        """Return the JSON of an answer, None for 404."""
        name = path.removeprefix("/projects/1/")
        self.requests.append(f"{method} {name}")
        text = parse_qs(body).get("body", [""])[0]
        match method, name.split("/"):
            case "GET", ["", "user"]:
                return {"id": OURS}
            case "GET", ["merge_requests", "7", "notes"]:
                return self.notes
            case "POST", ["merge_requests", "7", "notes"]:
                self.note(text)
                return self.notes[-1]
            case "PUT", ["merge_requests", "7", "notes", number]:
                self.notes[int(number) - 1]["body"] = text
                return self.notes[int(number) - 1]
            case _:
                return self.answers.get(name)


@contextmanager
def served(gitlab: GitLab) -> Iterator[str]:
    """Serve it; an artifact is a redirect to the name localhost, which is another host than 127.0.0.1."""

    class Handler(Quiet):
        def _do(self) -> None:
            path = urlsplit(self.path).path
            host, _, port = self.headers["host"].partition(":")
            gitlab.tokens.setdefault(host, set()).add(self.headers.get("authorization", ""))
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            if path == "/stored":
                self._send(200, gitlab.stored)
            elif (found := gitlab.answer(self.command, path, body)) == "redirect":
                self._send(302, b"", location=f"http://localhost:{port}/stored")
            else:
                self._send(404 if found is None else 200, json.dumps(found).encode())

        def _send(self, status: int, content: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"content-length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _do  # noqa: N815 - the names are the base class's

    with listening(Handler) as url:
        yield url


@dataclass(frozen=True)
class Ran:
    status: int
    text: str


def run(name: str, work: Work, gitlab: GitLab, **variables: str) -> Ran:
    """Run the lines of one job as a runner does: joined in one bash that ends at the first error."""
    tools = work.root.parent / "tools"
    tools.mkdir(exist_ok=True)
    for tool, line in {"pip": "exit 0", "trueup": f'exec "{sys.executable}" -m trueup "$@"'}.items():
        (tools / tool).write_text(f"#!/bin/sh\n{line}\n")
        (tools / tool).chmod(0o755)
    lines = ["set -eo pipefail", *PIPELINE[".trueup"]["before_script"], *PIPELINE[name]["script"]]
    with served(gitlab) as url:
        env = {
            **ENVIRONMENT,
            "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY / "src"),
            "NO_COLOR": "1",
            "TRUEUP": str(PIPELINE["variables"]["TRUEUP"]),
            "GITLAB_TRUEUP_TOKEN": TOKEN,
            "CI_API_V4_URL": url,
            "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_URL": "https://gitlab.example/acme/connectors/-/jobs/4",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_PROJECT_ID": "1",
            **variables,
        }
        done = subprocess.run(
            ["bash", "-c", "\n".join(lines)], cwd=work.root, env=env, text=True, capture_output=True, check=False
        )
    assert TOKEN not in done.stdout + done.stderr
    return Ran(done.returncode, done.stdout + done.stderr)


@dataclass(frozen=True)
class Team:
    """A repository, and the checkout of its jobs."""

    origin: Work
    job: Work

    def branch(self, old: str, new: str) -> None:
        """Check out a branch of main that changes the manifest of acme-tax."""
        git(self.job.root, "checkout", "--quiet", "-B", "topic", "origin/main")
        text = (self.job.root / TAX).read_text()
        assert old in text
        self.job.commit({TAX: text.replace(old, new)})

    def merge(self) -> str:
        """Push the branch to main and return the commit that main had."""
        before = git(self.origin.root, "rev-parse", "main")
        git(self.job.root, "push", "--quiet", "origin", "HEAD:main")
        return before


@pytest.fixture
def team(tmp_path: Path) -> Team:
    origin = new_repository(quickstart(tmp_path / "origin"))
    origin.commit({".gitignore": ".trueup/\nplan.*\napply.*\napproved-*\nnote.md\n"})
    git(origin.root, "checkout", "--quiet", "--detach")
    return Team(origin, clone(origin.root, tmp_path / "job"))


def test_each_plan_changes_the_same_note(team: Team) -> None:
    gitlab = GitLab()
    gitlab.note("Looks good.", author=9)
    gitlab.note("<!-- trueup -->\nforged", author=9)
    gitlab.note("Something else of the same user.")
    team.branch("tag: v1.4.0", "tag: v9.0.0")
    first = run("plan", team.job, gitlab)
    assert first.status == 3, first.text
    assert "v9.0.0" in gitlab.bodies()[3]
    team.branch("tag: v1.4.0", "tag: v9.0.1 # ) & /close")
    run("plan", team.job, gitlab)
    assert gitlab.bodies()[:3] == ["Looks good.", "<!-- trueup -->\nforged", "Something else of the same user."]
    (body,) = gitlab.bodies()[3:]
    assert body.startswith("<!-- trueup -->\n## Plan\n")
    assert "v9.0.1" in body
    assert {"plan.json", "plan.html", "plan.xml"} <= {file.name for file in team.job.root.iterdir()}
    assert gitlab.tokens == {"127.0.0.1": {f"Bearer {TOKEN}"}}


def test_no_line_of_a_note_is_a_quick_action(team: Team) -> None:
    gitlab = GitLab()
    text = (team.job.root / TAX).read_text()
    team.job.commit({TAX: text.replace("description: ", "description: |\n    /close\n\n    /merge\n  # ", 1)})
    assert run("plan", team.job, gitlab).status in {0, 3}
    (body,) = gitlab.bodies()
    assert "/close" in body
    assert not [line for line in body.splitlines() if line.lstrip().startswith("/")]


def test_a_plan_does_not_take_back_what_others_have_merged_since(team: Team) -> None:
    team.branch("tag: v1.4.0", "tag: v9.0.0")
    text = (team.origin.root / "connectors/psp.yaml").read_text()
    git(team.origin.root, "checkout", "--quiet", "main")
    team.origin.commit({"connectors/psp.yaml": text.replace("name: Acme PSP", "name: Acme Payments")})
    gitlab = GitLab()
    run("plan", team.job, gitlab)
    assert "Acme Payments" in gitlab.bodies()[0]


def test_invalid_manifests_are_shown_in_the_note(team: Team) -> None:
    gitlab = GitLab()
    team.job.commit({"connectors/bad.yaml": "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: x y}\nspec: {}\n"})
    assert run("plan", team.job, gitlab).status == 3
    assert "`connectors/bad.yaml:3:12`" in gitlab.bodies()[0]


def test_a_note_that_cannot_be_written_does_not_change_the_status_of_the_plan(team: Team) -> None:
    gitlab = GitLab()
    ran = run("plan", team.job, gitlab, CI_PROJECT_ID="2")
    assert ran.status == 3
    assert "There is no note; the plan is in the artifacts of this job." in ran.text
    assert gitlab.notes == []


def merged(gitlab: GitLab, commit: str, **other: Any) -> None:
    request = {"iid": 7, "state": "merged", "target_branch": "main", "source_project_id": 1, "project_id": 1, **other}
    gitlab.answers |= {
        f"repository/commits/{commit}/merge_requests": [request],
        "merge_requests/7/pipelines": [{"id": 8}, {"id": 9}],
        "pipelines/9/jobs": [{"id": 3, "name": "lint"}, {"id": 4, "name": "plan"}],
        "jobs/4/artifacts/plan.json": "redirect",
    }


def apply(team: Team, gitlab: GitLab, before: str) -> Ran:
    commit = git(team.origin.root, "rev-parse", "main")
    return run("apply", team.job, gitlab, CI_COMMIT_SHA=commit, CI_COMMIT_BEFORE_SHA=before)


@pytest.mark.parametrize(
    "other",
    [
        {"state": "opened"},
        {"target_branch": "next"},
        {"source_project_id": 2},
        {"iid": 6},
    ],
    ids=["open", "another branch", "a fork", "no pipeline"],
)
def test_a_commit_without_a_shown_plan_applies_nothing(team: Team, other: dict[str, Any]) -> None:
    gitlab = GitLab()
    team.branch("tag: v1.4.0", "tag: v9.0.0")
    before = team.merge()
    merged(gitlab, git(team.origin.root, "rev-parse", "main"), **other)
    ran = apply(team, gitlab, before)
    assert ran.status == 4, ran.text
    assert "Run a pipeline by hand" in ran.text
    assert not (team.job.root / "apply.md").exists()


def planned(team: Team, old: str, new: str) -> tuple[GitLab, str]:
    """Plan a branch, merge it, and return GitLab with the kept plan, and the commit that main had."""
    trueup("apply", "--yes", cwd=team.job.root)
    gitlab = GitLab()
    team.branch(old, new)
    run("plan", team.job, gitlab)
    gitlab.stored = (team.job.root / "plan.json").read_bytes()
    git(team.job.root, "checkout", "--quiet", "topic")
    before = team.merge()
    merged(gitlab, git(team.origin.root, "rev-parse", "main"))
    return gitlab, before


def test_what_the_merge_request_showed_is_applied_and_its_note_says_so(team: Team) -> None:
    gitlab, before = planned(team, "tag: v1.4.0", "tag: v9.0.0")
    gitlab.tokens.clear()
    ran = apply(team, gitlab, before)
    # The quickstart has a resource that is blocked.
    assert ran.status == 3, ran.text
    (body,) = gitlab.bodies()
    assert body.startswith("<!-- trueup -->\n## Apply\n\n**Applied 1, ")
    assert "v9.0.0" in body
    assert gitlab.tokens == {"127.0.0.1": {f"Bearer {TOKEN}"}, "localhost": {""}}


def test_what_it_did_not_show_is_not_applied(team: Team) -> None:
    gitlab, before = planned(team, "tag: v1.4.0", "tag: v9.0.0")
    text = (team.job.root / TAX).read_text()
    team.job.commit({TAX: text.replace("tag: v9.0.0", "tag: v9.9.9")})
    team.merge()
    merged(gitlab, git(team.origin.root, "rev-parse", "main"))
    ran = apply(team, gitlab, before)
    assert ran.status == 4, ran.text
    (body,) = gitlab.bodies()
    assert "applied 1" not in body.lower()
    assert "v9.9.9" in body
