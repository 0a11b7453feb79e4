"""A team whose repository has only the workflow of the documentation, and the GitHub on which it is."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from acceptance.commands import REPOSITORY
from acceptance.runner import SECRETS, Consumer, Ran
from github.events import Event
from github.state import TOKEN, Run, State

CALLER: Final = REPOSITORY / "examples" / "workflows" / "trueup.yml"


@dataclass
class Team:
    """Runs of the team's workflow; each test looks at ``state`` afterwards."""

    consumer: Consumer
    state: State
    live: str
    secrets: Mapping[str, str] = field(default_factory=lambda: dict(SECRETS))

    @property
    def place(self) -> Path:
        return self.consumer.place

    @property
    def workflow(self) -> Path:
        return self.place / ".github" / "workflows" / "trueup.yml"

    def run(self, event: Event, *, secrets: Mapping[str, str] | None = None, again: Run | None = None) -> Ran:
        """Run the workflow as GitHub does for an event; with ``again``, repeat a run."""
        head = event.payload["pull_request"]["head"]["sha"] if "pull_request" in event.payload else event.sha
        run = again or self.state.add_run(head, event=event.name, status="in_progress")
        run.attempt += 1 if again else 0
        env = event.variables(self.state, run, self.consumer.folder)
        told = Path(env.pop("GITHUB_EVENT_PATH"))
        file = self.consumer.folder / "caller.yml"
        shutil.copy(self.workflow, file)
        hidden = {"GITHUB_TOKEN": TOKEN, **(self.secrets if secrets is None else secrets)}
        ran = self.consumer.act(file, event.name, told, secrets=hidden, env=env)
        self._keep(run)
        run.status, run.conclusion = "completed", "failure" if ran.status else "success"
        for canary in hidden.values():
            assert canary not in ran.text
            assert canary.encode() not in b"".join(artifact.content for artifact in self.state.artifacts.values())
        return ran

    def _keep(self, run: Run) -> None:
        """Give GitHub what the run has uploaded."""
        for folder in sorted(self.consumer.artifacts.glob("*")):
            files = {file.name: file.read_bytes() for file in folder.iterdir()}
            self.state.keep_plan(run, folder.name, files)
        shutil.rmtree(self.consumer.artifacts, ignore_errors=True)
