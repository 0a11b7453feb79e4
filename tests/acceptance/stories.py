"""A team that uses only the reusable workflow, and the words in which its stories are written."""

import os
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any, Final

from acceptance.commands import trueup
from acceptance.jobs import APP, Engine, Ran, Start
from acceptance.runner import SECRETS
from acceptance.test_saved_plan import control, writes
from github import events
from github.events import Event
from github.faults import Faults
from github.git import root_of, tip
from github.merging import (
    Files,
    How,
    Push,
    checked_out,
    landed,
    merged,
    opened,
    pushed,
    pushed_directly,
    pushed_head,
    queued,
)
from github.state import WORKFLOW, Issue, Run, State
from repositories import Work, new_repository

COMMANDS: Final = ".github/workflows/trueup-commands.yml"
BODIES: Final = os.environ.get("TRUEUP_STORY_BODIES", "")
"""A folder into which each comment and issue is written as it is at the end of a run; empty for none."""


SEED: Final = {
    "connectors": [
        {
            "key": key,
            "name": key,
            "description": "As before",
            "creator": {"email": "a@b.example"},
            "repository": {"url": f"git@github.com:acme/{key}.git", "tag": "v1"},
        }
        for key in ("tax", "psp")
    ],
    "certifications": [
        {
            "externalId": "EPD-1",
            "certificateNumber": "N-1",
            "url": "https://acme.example/epd.pdf",
            "standard": {"code": "EPD"},
            "reportingBody": {"name": "Veritas"},
        }
    ],
}
"""What is live when a story begins: the same as :func:`manifest` and :func:`certificate` want."""


def manifest(key: str, *, lifecycle: str = "", regions: str = "", **fields: str) -> dict[str, str]:
    """Return the file of a connector."""
    spec = {"name": key, "description": "As before", **fields}
    lines = [f"  {name}: {value}" for name, value in spec.items() if name != "tag"]
    lines += [f"  supportedRegions: {regions}"] if regions else []
    text = (
        f"apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: {key}, labels: {{team: {key}}}}}\nspec:\n"
        f"{chr(10).join(lines)}\n  creator: {{email: a@b.example}}\n"
        f"  repository: {{url: 'git@github.com:acme/{key}.git', tag: {spec.get('tag', 'v1')}}}\n"
        f"{f'lifecycle: {lifecycle}{chr(10)}' if lifecycle else ''}"
    )
    return {f"connectors/{key}.yaml": text}


def tombstone(key: str) -> dict[str, str]:
    text = (
        f"apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: {key}}}\nlifecycle: {{state: absent, reason: old}}\n"
    )
    return {f"connectors/{key}.yaml": text}


def certificate(number: str) -> dict[str, str]:
    text = (
        "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: EPD-1}\nspec:\n"
        f"  certificateNumber: {number}\n  url: https://acme.example/epd.pdf\n"
        "  standard: {code: EPD}\n  reportingBody: {name: Veritas}\n"
    )
    return {"certifications/epd.yaml": text}


def within(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


@dataclass
class Team:
    """A repository at GitHub whose pushes and pull requests run the workflow, and two platforms.

    ``given`` are the inputs of the calling job, ``legs`` those of its matrix; ``seed`` is what is live at first.
    """

    state: State
    folder: Path
    faults: Faults
    platforms: str
    engine: Engine
    given: dict[str, str] = field(default_factory=dict)
    legs: list[dict[str, str]] = field(default_factory=lambda: [{}])
    last: list[Ran] = field(default_factory=list)
    events: dict[int, Event] = field(default_factory=dict)
    name: str = ""
    first: int = 0
    seed: Mapping[str, Any] = field(default_factory=lambda: SEED)

    def project(self) -> str:
        url = self.platforms
        return (
            "apiVersion: trueup/v1\nkind: Project\n"
            "manifests: ['connectors/*.yaml', 'certifications/*.yaml']\ntargets:\n"
            f"  eu: {{platform: connect, apiUrl: '{url}', authUrl: '{url}'}}\n"
            f"  origin: {{platform: origin, baseUrl: '{url}/equinox'}}\n"
        )

    def starts(self, files: Mapping[str, str]) -> None:
        """Commit the first files to an empty repository, and bring them live with a run by hand."""
        self.state.work = new_repository(self.folder / f"consumer-{next(self.state.ids)}")
        checked_out(self.state, self.state.work.commit(files))
        self.lives(self.dispatched())
        self.first = len(self.state.deployed)
        self.state.requests.clear()
        self.sent()

    def starts_as(self, other: "Team") -> None:
        """Begin with what another team has in its repository, live and in its records."""
        assert other.state.work is not None
        root = self.folder / "consumer"
        copytree(other.state.work.root, root, symlinks=True)
        self.state.work = Work(root)
        self.state.deployed = deepcopy(other.state.deployed)
        self.first = len(self.state.deployed)
        control(self.platforms, "state", method="DELETE")
        control(self.platforms, "seed", self.seed)
        self.sent()

    def lives(self, *runs: Ran) -> None:
        for ran in runs:
            assert set(ran.ended.values()) == {"success"}, ran.log

    # What people do.

    def opens(self, files: Files, **about: Any) -> Issue:
        """Open a pull request; its run is the last one."""
        pull = opened(self.state, files, **about)
        self.planned(pull)
        return pull

    def planned(self, pull: Issue) -> list[Ran]:
        """Run what a pull request starts that was opened, also by trueup."""
        pushed_head(self.state, pull)
        return self.run(events.pull_request(self.state, pull), pull.its_pull.head_sha)

    def shows(self, files: Files, **about: Any) -> Issue:
        """Open a pull request whose plan is complete and whose check is green."""
        pull = self.opens(files, **about)
        self.lives(*self.last)
        return pull

    def pushes(self, pull: Issue, files: Files) -> list[Ran]:
        before = pull.its_pull.head_sha
        pushed(self.state, pull, files)
        return self.run(events.pull_request(self.state, pull, before=before), pull.its_pull.head_sha)

    def merges(self, *pulls: Issue, how: How = "merge", drop: bool = False, lost_at: str = "") -> Ran:
        """Merge, and run what the push starts unless GitHub drops it from the queue."""
        push = merged(self.state, *pulls, how=how)
        return self.pushed(push, drop=drop, lost_at=lost_at)

    def pushed(self, push: Push, *, drop: bool = False, lost_at: str = "") -> Ran:
        event = events.push(self.state, push)
        if drop:
            run = self._new(event, event.sha, "completed")
            run.conclusion = "cancelled"
            return Ran(run, [])
        return self.run(event, event.sha, lost_at=lost_at)[-1]

    def pushes_directly(self, files: Files) -> Ran:
        return self.pushed(pushed_directly(self.state, files))

    def queues(self, *pulls: Issue) -> tuple[Ran, Ran]:
        """Plan a group of the merge queue, and land it."""
        group = queued(self.state, *pulls)
        shown = self.run(events.merge_group(self.state, group), group.head_sha)[-1]
        return shown, self.pushed(landed(self.state, group))

    def dispatched(self, run: Run | None = None, *, branch: str = "") -> Ran:
        event = events.workflow_dispatch(self.state, branch=branch)
        return self.run(event, event.sha, run=run)[-1]

    def drifts(self) -> Ran:
        event = events.schedule(self.state)
        return self.run(event, event.sha)[-1]

    def again(self, of: Ran) -> Ran:
        """Repeat a run, by hand or as a command of a comment asked for."""
        of.run.attempt += of.run.status == "completed"
        return self.run(self.events[of.run.id], of.run.head_sha, run=of.run)[-1]

    def says(self, number: int, body: str, *, by: str = "ann") -> tuple[list[str], list[str]]:
        """Write a comment, and run what it starts; return the reactions and the answers."""
        comment = self.state.add_comment(number, body, author=by)
        event = events.issue_comment(self.state, comment)
        run = self._new(event, event.sha, "in_progress", COMMANDS)
        (ran,) = self.engine.ran(Start(event, run, COMMANDS, [{}], self._secrets(event)))
        run.status = "completed"
        assert "failure" not in ran.ended.values(), ran.log
        answers = [other.body for other in self.state.comments_of(number) if other.id > comment.id]
        return [content for _, _, content in comment.reactions], answers

    def adopts(self, file: str) -> dict[str, str]:
        """Return a file of the default branch after ``trueup adopt`` on a developer's machine."""
        checked_out(self.state, tip(self.state))
        root = root_of(self.state)
        done = trueup("adopt", file, cwd=root, env=SECRETS)
        assert done.status == 0, done.err
        return {file: (root / file).read_text()}

    def edits(self, key: str, **fields: object) -> None:
        """Change a connector outside of git."""
        control(self.platforms, "edits", {"connector": key, "set": fields})

    def breaks(self, *keys: str) -> None:
        """Let the platform fail at each change of these connectors, of none at all if none is named."""
        faults = [
            {"effect": "general-error", "method": "POST", "path": f"^/connectors/drafts/{self.live(key, 'id')}"}
            for key in keys
        ]
        control(self.platforms, "faults", {"faults": faults})

    # What is to be seen afterwards.

    def live(self, key: str, name: str = "description") -> Any:
        """Return what a connector has live, None where it does not exist."""
        found = control(self.platforms, "state").get("connector", [])
        return next((draft.get(name) for draft in found if draft["key"] == key), None)

    def sent(self) -> list[str]:
        """Return the requests that changed something since this was asked last."""
        found = [f"{entry['method']} {entry['path']}" for entry in writes(self.platforms)]
        control(self.platforms, "requests", method="DELETE")
        return found

    def comment(self, pull: Issue) -> str:
        """Return the text of the one comment of trueup on a pull request, without its marker."""
        (body,) = self.comments(pull)
        return body

    def comments(self, pull: Issue) -> list[str]:
        bodies = [c.body for c in self.state.comments_of(pull.number) if c.body.startswith("<!-- trueup")]
        return [re.sub(r"<!--.*?-->", "", body).strip() for body in bodies]

    def issue(self) -> str:
        """Return the text of the one open issue, empty without one."""
        return "".join(issue.body for issue in self.state.issues())

    def records(self, environment: str = "trueup/eu") -> list[str]:
        """Return the states of the applies that were recorded since the story began."""
        later = list(self.state.deployed.values())[self.first :]
        return [deployment.state for deployment in later if deployment.environment == environment]

    # How it runs.

    def run(self, event: Event, head: str, *, run: Run | None = None, lost_at: str = "") -> list[Ran]:
        run = run or self._new(event, head, "in_progress")
        run.status, run.conclusion = "in_progress", None
        self.events[run.id] = event
        legs = [{**self.given, **leg} for leg in self.legs]
        self.last = self.engine.ran(Start(event, run, WORKFLOW, legs, self._secrets(event), lost_at))
        ended = {result for ran in self.last for result in ran.ended.values()}
        run.status, run.conclusion = "completed", "failure" if "failure" in ended else "success"
        self._keep_bodies()
        return self.last

    def _new(self, event: Event, head: str, status: str, path: str = WORKFLOW) -> Run:
        branch = event.ref.removeprefix("refs/heads/")
        pull = event.payload.get("pull_request")
        branch, source = (pull["head"]["ref"], pull["head"]["repo"]["full_name"]) if pull else (branch, "")
        fork = self.state.fork(source.partition("/")[0]) if source not in {"", self.state.full_name} else None
        return self.state.add_run(
            head, event=event.name, head_branch=branch, path=path, source=fork, status=status, actor=event.actor
        )

    def _secrets(self, event: Event) -> dict[str, str]:
        return {} if event.is_foreign(self.state) else {**SECRETS, "TRUEUP_TOKEN": APP}

    def _keep_bodies(self) -> None:
        if not BODIES:
            return
        folder = Path(BODIES)
        folder.mkdir(parents=True, exist_ok=True)
        texts = {f"comment-{one.number}-{one.id}": one.body for one in self.state.comments.values()}
        texts |= {f"issue-{one.number}": one.body for one in self.state.issues("all")}
        for name, text in texts.items():
            known = sorted(folder.glob(f"{self.name}-{name}-*.md"))
            if not known or known[-1].read_text() != text:
                (folder / f"{self.name}-{name}-{len(known):02}.md").write_text(text)
