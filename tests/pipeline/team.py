"""What people and GitHub do in a team's repository, and the jobs that follow from it."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from github import events
from github.events import Event
from github.git import asked, done, root_of, tip
from github.merging import How, checked_out, landed, merged, opened, pushed, pushed_directly, queued
from github.server import served
from github.state import Artifact, Issue, Run, State
from pipeline.jobs import Ended, Jobs, Trouble
from pipeline.platform import FIELDS, Platform, Slot, Values, serving
from pipeline.processes import Crash, Dying
from repositories import Work, new_repository

KEYS: Final = ("tax", "psp")
PROJECT: Final = """apiVersion: trueup/v1
kind: Project
targets:
  eu: {{platform: connect, apiUrl: "{url}", authUrl: "{url}"}}
"""


@dataclass(frozen=True)
class Shown:
    """A plan that a run kept: its pull request, None for a run by hand, and the changes of fields that it shows."""

    artifact: Artifact
    pull: int | None
    head: str
    changes: Mapping[Slot, tuple[str, str]]
    text: str


@dataclass
class Team:
    """A repository, its runs, and a platform. ``events`` are those of all runs, by the number of the run."""

    state: State
    platform: Platform
    jobs: Jobs
    shown: list[Shown] = field(default_factory=list)
    events: dict[int, Event] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    _wanted: dict[str, Values] = field(default_factory=dict)

    def wanted(self, commit: str) -> Values:
        """Return the values that a commit wants."""
        if commit not in self._wanted:
            self._wanted[commit] = _values({key: yaml.safe_load(self._text(commit, key)) for key in KEYS})
        return self._wanted[commit]

    def _text(self, commit: str, key: str) -> str:
        return done(self.state, "show", f"{commit}:{key}.yaml")

    def files(self, commit: str, changes: Values) -> dict[str, str | bytes | None]:
        """Return the files of a commit with other values."""
        values = {**self.wanted(commit), **changes}
        return {f"{key}.yaml": manifest(key, values) for key in KEYS if any(slot[0] == key for slot in changes)}

    def open(self, changes: Values, trouble: Trouble | None) -> Issue:
        thread = opened(self.state, self.files(tip(self.state), changes), branch=f"topic-{len(self.state.threads)}")
        self._planned(thread, "", trouble)
        return thread

    def push(self, thread: Issue, changes: Values, trouble: Trouble | None) -> None:
        before = thread.its_pull.head_sha
        pushed(self.state, thread, self.files(before, changes))
        self._planned(thread, before, trouble)

    def merge(self, threads: list[Issue], how: How) -> tuple[Run, Event] | None:
        """Merge pull requests; return the run that follows, or None where they conflict."""
        try:
            if how == "queue":
                group = queued(self.state, *threads)
                event = events.merge_group(self.state, group)
                self.job("plan", event, self._run(event))
                push = landed(self.state, group)
            else:
                push = merged(self.state, *threads, how=how)
        except AssertionError:
            asked(self.state, "cherry-pick", "--abort")
            checked_out(self.state, tip(self.state))
            return None
        event = events.push(self.state, push)
        return self._run(event), event

    def push_directly(self, changes: Values) -> tuple[Run, Event]:
        event = events.push(self.state, pushed_directly(self.state, self.files(tip(self.state), changes)))
        return self._run(event), event

    def again(self, run: Run, trouble: Trouble | None) -> Ended | None:
        """Repeat all jobs of a run; return how its apply ended, if it has one."""
        run.attempt += 1
        return self.follow(run, self.events[run.id], trouble)

    def dispatch(self, trouble: Trouble | None, meanwhile: Callable[[], None] = lambda: None) -> Ended | None:
        """Run the workflow by hand; ``meanwhile`` happens while the apply waits for its reviewers."""
        event = events.workflow_dispatch(self.state)
        return self.follow(self._run(event), event, trouble, meanwhile)

    def schedule(self, trouble: Trouble | None) -> Ended | None:
        event = events.schedule(self.state)
        return self.follow(self._run(event), event, trouble)

    def follow(
        self, run: Run, event: Event, trouble: Trouble | None, meanwhile: Callable[[], None] = lambda: None
    ) -> Ended | None:
        """Run the jobs of an event; the trouble is that of the last one."""
        match event.name:
            case "push":
                return self.job("apply", event, run, trouble=trouble)
            case "workflow_dispatch":
                plan = self.job("plan", event, run)
                meanwhile()
                if not plan.outputs.get("kept-path"):
                    return None
                return self.job("apply", event, run, trouble=trouble, shown=plan.folder / "shown")
            case "schedule":
                return self.job("drift", event, run, trouble=trouble)
            case _:
                return self.job("plan", event, run, trouble=trouble)

    def job(
        self, name: str, event: Event, run: Run, *, trouble: Trouble | None = None, shown: Path | None = None
    ) -> Ended:
        ended = self.jobs.run(name, event, run, trouble=trouble, shown=shown)
        gone = ended.status is None and trouble is not None and trouble.runner
        if not gone and (path := ended.outputs.get("kept-path")):
            self._keep(run, event, ended, Path(path))
        run.status, run.conclusion = "completed", "success" if ended.status == 0 else "failure"
        self.told |= {ended.summary, *(c.body for c in self.state.comments.values())}
        self.told |= {thread.body for thread in self.state.threads.values()}
        return ended

    def _planned(self, thread: Issue, before: str, trouble: Trouble | None) -> None:
        if thread.its_pull.merge_commit_sha is None:
            return
        event = events.pull_request(self.state, thread, before=before)
        self.follow(self._run(event, thread.its_pull.head_sha), event, trouble)

    def _run(self, event: Event, head: str = "") -> Run:
        run = self.state.add_run(head or event.sha, event=event.name, status="in_progress")
        self.events[run.id] = event
        return run

    def _keep(self, run: Run, event: Event, ended: Ended, folder: Path) -> None:
        """Upload what a plan kept, and download it for a job of the same run as the workflow does."""
        files: dict[str, str | bytes] = {file.name: file.read_bytes() for file in folder.iterdir()}
        artifact = self.state.keep_plan(run, ended.outputs["kept-name"], files)
        there = ended.folder / "shown" / artifact.name
        there.mkdir(parents=True)
        for name, content in files.items():
            (there / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        document = json.loads(files["document.json"])
        pull = event.payload.get("pull_request", {}).get("number")
        changes = dict(_changes(document["plan"]))
        self.shown.append(Shown(artifact, pull, run.head_sha, changes, json.dumps(document)))


def manifest(key: str, values: Values) -> str:
    """Return a manifest; its fields are so far apart that changes of two merge without a conflict."""
    return f"""apiVersion: trueup/v1
kind: Connector
metadata: {{key: {key}}}
spec:
  name: {json.dumps(values[key, "name"])}
  creator: {{email: dev@acme.example}}
  repository: {{url: "git@github.com:acme/{key}.git", tag: v1}}
  description: {json.dumps(values[key, "description"])}
"""


def _values(documents: Mapping[str, Any]) -> Values:
    return {(key, name): document["spec"][name] for key, document in documents.items() for name in FIELDS}


def _changes(plan: Any) -> Iterator[tuple[Slot, tuple[str, str]]]:
    """Yield the changes of fields that a plan shows; all values here are texts."""
    for resource in plan["resources"]:
        for planned in resource["actions"]:
            action = planned["action"]
            if action["type"] == "set-value":
                yield (resource["identity"]["value"], action["path"]), (planned["before"]["known"], action["value"])


@contextmanager
def founded(folder: Path, values: Values) -> Iterator[Team]:
    """Found a team whose first commit was applied by hand, in this process."""
    crash = Crash()
    with serving(crash) as platform:
        work = new_repository(folder / "work")
        shutil.rmtree(work.root / ".git" / "hooks")
        files = {f"{key}.yaml": manifest(key, values) for key in KEYS}
        work.commit({"trueup.yaml": PROJECT.format(url=platform.url), ".gitignore": ".trueup\n", **files})
        with _at_github(State(work=work), platform, folder, crash) as team:
            ended = team.dispatch(None)
            assert ended is not None
            assert ended.status == 0, (ended.folder / "log").read_text()
            assert platform.live() == values
            yield team


@contextmanager
def another(team: Team, folder: Path, values: Values) -> Iterator[Team]:
    """Begin where a team was when it was founded; its platform is used again."""
    work = Work(Path(shutil.copytree(root_of(team.state), folder / "work")))
    team.platform.restore(values)
    state = deepcopy(team.state)
    state.work = work
    with _at_github(state, team.platform, folder, team.jobs.crash) as made:
        made.events.update(team.events)
        yield made


@contextmanager
def _at_github(state: State, platform: Platform, folder: Path, crash: Crash) -> Iterator[Team]:
    with served(state, Dying(crash=crash)) as api:
        yield Team(state, platform, Jobs(state, api, folder, crash))
