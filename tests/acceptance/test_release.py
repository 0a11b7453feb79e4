"""The release workflow, run as a runner runs its scripts, and the rule for Renovate, on the quickstart."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from acceptance.commands import REPOSITORY, quickstart

WORKFLOW = REPOSITORY / "examples" / "workflows" / "release.yml"
RENOVATE = REPOSITORY / "examples" / "renovate.json"
GH = '#!/bin/sh\necho "$@" >> "$RUNNER_TEMP/asked"\n[ "$2" != view ]\n'


@dataclass(frozen=True)
class Repository:
    """A clone of the quickstart with a remote, and a ``gh`` that records what it is asked."""

    place: Path
    runner: Path

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=self.place, env=self.env(), capture_output=True, text=True, check=True
        ).stdout

    def env(self, **inputs: str) -> dict[str, str]:
        programs = f"{self.runner}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": programs, "HOME": str(self.runner), "RUNNER_TEMP": str(self.runner), "GH_TOKEN": "t", **inputs}

    def release(self, connector: str, tag: str) -> subprocess.CompletedProcess[str]:
        """Run the scripts of the workflow, except the installation, until one fails."""
        (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
        scripts = [step["run"] for step in job["steps"] if step.get("shell") == "bash"]
        assert len(scripts) == 2
        env = self.env(CONNECTOR=connector, TAG=tag)
        for script in scripts:
            # What GitHub runs for "shell: bash".
            words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
            done = subprocess.run(words, cwd=self.place, env=env, capture_output=True, text=True, check=False)
            if done.returncode:
                break
        return done

    @property
    def asked(self) -> list[str]:
        file = self.runner / "asked"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    runner = tmp_path / "runner"
    runner.mkdir()
    (runner / "gh").write_text(GH)
    (runner / "gh").chmod(0o700)
    found = Repository(quickstart(tmp_path), runner)
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "origin"], check=True)
    found.git("init", "--quiet", "--initial-branch", "main")
    found.git("add", ".")
    found.git("-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "--message", "Start")
    found.git("remote", "add", "origin", str(tmp_path / "origin"))
    return found


@pytest.mark.slow
@pytest.mark.process
def test_the_workflow_opens_a_pull_request_that_changes_one_line(repository: Repository) -> None:
    done = repository.release("acme-tax", "v1.5.0")
    assert done.returncode == 0, done.stderr
    changed = repository.git("diff", "main", "origin/release/acme-tax-v1.5.0", "--unified=0").splitlines()
    assert [line for line in changed if re.match(r"[-+] ", line)] == ["-    tag: v1.4.0", "+    tag: v1.5.0"]
    (created,) = [line for line in repository.asked if line.startswith("pr create")]
    assert "--head release/acme-tax-v1.5.0 --title Release acme-tax v1.5.0" in created
    assert "+     tag: v1.5.0" in (repository.runner / "body.md").read_text()


@pytest.mark.slow
@pytest.mark.process
def test_a_tag_that_is_there_opens_no_pull_request(repository: Repository) -> None:
    done = repository.release("acme-tax", "v1.4.0")
    assert (done.returncode, done.stdout) == (0, "The manifest already has this tag.\n")
    assert repository.asked == []


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize(
    ("connector", "tag"), [("acme-tax", ""), ("acme-none", "v2"), ("--help", "v2"), ("$(touch ran)", "v2")]
)
def test_a_wrong_input_ends_the_job_before_anything_is_pushed(repository: Repository, connector: str, tag: str) -> None:
    assert repository.release(connector, tag).returncode > 1
    assert repository.asked == []
    assert repository.git("status", "--porcelain") == ""


def found_by_renovate(text: str) -> list[tuple[str, str]]:
    """Return name and value of each dependency that the rule finds."""
    (manager,) = json.loads(RENOVATE.read_text())["customManagers"]
    # Named groups have another notation in Python.
    patterns = [re.compile(pattern.replace("(?<", "(?P<")) for pattern in manager["matchStrings"]]
    return [(found["depName"], found["currentValue"]) for pattern in patterns for found in pattern.finditer(text)]


def test_renovate_finds_the_tag_of_each_connector_of_the_quickstart() -> None:
    (manager,) = json.loads(RENOVATE.read_text())["customManagers"]
    (place,) = [re.compile(pattern.strip("/")) for pattern in manager["managerFilePatterns"]]
    tags = 0
    for file in sorted((REPOSITORY / "examples" / "quickstart").rglob("*.yaml")):
        documents = [document for document in yaml.safe_load_all(file.read_text()) if isinstance(document, dict)]
        repositories = [d["spec"]["repository"] for d in documents if "repository" in d.get("spec", {})]
        if place.search(str(file.relative_to(REPOSITORY / "examples" / "quickstart"))):
            wanted = {re.sub(r"^.*github.com[:/]|\.git$", "", one["url"]): one["tag"] for one in repositories}
            assert dict(found_by_renovate(file.read_text())) == wanted
            tags += len(wanted)
    assert tags > 3


@pytest.mark.parametrize(
    "text",
    [
        "  repository:\n    url: https://github.com/acme/tax\n    tag: v1.4.0\n",
        "  repository:\n    url: git@github.com:acme/tax.git # the code\n    tag:   'v1.4.0' # released\n",
        '  repository: {url: "git@github.com:acme/tax.git", tag: v1.4.0}\n',
        "  repository:\r\n    url: https://github.com/acme/tax.git\r\n    tag: v1.4.0\r\n",
    ],
)
def test_renovate_finds_the_tag_in_every_style(text: str) -> None:
    assert found_by_renovate(text) == [("acme/tax", "v1.4.0")]
