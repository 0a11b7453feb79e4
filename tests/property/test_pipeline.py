"""A team that uses only the reusable workflow, whatever gets lost: random sequences of what people and runners do.

Pull requests are opened, pushed to, merged in four ways or bypassed; runs are dropped, cut off between two steps or
at a request to GitHub, and repeated; others edit live. Nothing is applied that no plan showed with the value that live
had; and after a last run by hand live is what the default branch wants.
"""

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from acceptance.commands import served, trueup
from acceptance.pipeline import STEPS, Pipeline
from acceptance.test_quickstart import CREDENTIALS, SERVED
from github import events
from github.events import Event
from github.faults import Faults, LostBefore
from github.git import is_ancestor, tip
from github.merging import How, Push, merged, opened, pushed, pushed_directly
from github.server import served as served_github
from github.state import Issue, Run, State
from repositories import git, new_repository

pytestmark = [pytest.mark.slow, pytest.mark.process]

KEYS = ("acme-psp", "acme-tax")
WAYS: tuple[How, ...] = ("merge", "squash", "rebase", "queue")
T = TypeVar("T")
WHICH = st.integers(min_value=0, max_value=99)
STEPS_RUN = st.sampled_from((1, 2, 3, *(len(STEPS),) * 4))
"""How many steps of a job are run before it is cancelled; mostly all of them."""


def manifest(key: str, name: str) -> str:
    return (
        f"apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: {key}}}\nspec:\n  name: {name}\n"
        f"  creator: {{email: a@b.example}}\n  repository: {{url: 'git@github.com:acme/{key}.git', tag: v1}}\n"
    )


class Team(RuleBasedStateMachine):
    """A repository at GitHub, a platform, and what plans have shown: key, name that was live, name that is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        self.shown: set[tuple[str, str, str]] = set()
        self.applies: list[tuple[Event, Run]] = []
        self.names = 0

    @initialize()
    def begin(self) -> None:
        """Apply two connectors for the first time, by hand."""
        self.live_url = self.open.enter_context(served(cwd=self.folder))
        work = new_repository(self.folder / "consumer")
        project = SERVED.format(url=self.live_url).replace(', "certifications/**/*.yaml"', "")
        names = {f"connectors/{key}.yaml": manifest(key, key) for key in KEYS}
        work.commit({"trueup.yaml": project, ".gitignore": ".trueup/\n", **names})
        self.state, self.faults = State(work=work), Faults()
        api = self.open.enter_context(served_github(self.state, self.faults))
        self.pipeline = Pipeline(self.state, api, self.folder, CREDENTIALS)
        assert trueup("apply", "--yes", cwd=work.root, env=CREDENTIALS).status == 0

    @rule(key=st.sampled_from(KEYS))
    def open_a_pull_request(self, key: str) -> None:
        if self.waiting(key) is None:
            self.plan(opened(self.state, self.changed(key), branch=f"{key}-{self.names}", title=key))

    @precondition(lambda self: self.state.pulls())
    @rule(which=WHICH)
    def push_again(self, which: int) -> None:
        thread = one_of(self.state.pulls(), which)
        pushed(self.state, thread, self.changed(thread.title))
        self.plan(thread)

    @precondition(lambda self: self.state.pulls())
    @rule(which=WHICH, how=st.sampled_from(WAYS), steps=STEPS_RUN, lost=st.sampled_from((0, 0, 0, 1, 3, 6)))
    def merge(self, which: int, how: How, steps: int, lost: int) -> None:
        self.apply_push(merged(self.state, one_of(self.state.pulls(), which), how=how), steps=steps, lost=lost)

    @precondition(lambda self: self.state.pulls())
    @rule()
    def merge_all_and_drop_the_runs(self) -> None:
        merged(self.state, *self.state.pulls(), how="queue")

    @rule(key=st.sampled_from(KEYS), steps=STEPS_RUN)
    def push_directly(self, key: str, steps: int) -> None:
        if self.waiting(key) is None:
            self.apply_push(pushed_directly(self.state, self.changed(key)), steps=steps)

    @rule(key=st.sampled_from(KEYS))
    def edit_live(self, key: str) -> None:
        self.names += 1
        edit = {"connector": key, "set": {"name": f"Edited {self.names}"}}
        httpx.post(f"{self.live_url}/_sandbox/edits", json=edit).raise_for_status()

    @precondition(lambda self: self.applies)
    @rule(which=WHICH, steps=STEPS_RUN)
    def repeat_an_apply(self, which: int, steps: int) -> None:
        event, run = one_of(self.applies, which)
        run.attempt += 1
        self.apply(event, run, steps=steps)

    @precondition(lambda self: self.state.artifacts)
    @rule(which=WHICH)
    def expire_a_plan(self, which: int) -> None:
        self.state.expire(one_of(list(self.state.artifacts.values()), which))

    @invariant()
    def no_record_is_newer_than_the_branch(self) -> None:
        newest = tip(self.state)
        assert all(is_ancestor(self.state, record.sha, newest) for record in self.state.deployments())

    def teardown(self) -> None:
        with self.open:
            if hasattr(self, "pipeline"):
                self.run_by_hand()

    def run_by_hand(self) -> None:
        """Plan and apply on the default branch, then look for drift."""
        event = events.workflow_dispatch(self.state)
        run = self.state.add_run(event.sha, event=event.name, head_branch="main")
        outputs = self.pipeline.job("plan", event, run)
        assert self.pipeline.kept(run, outputs), outputs["run-log"]
        outputs = self.pipeline.job("apply", event, run, approved=str(self.pipeline.downloaded(run)))
        assert self.live() == self.wanted(), outputs["run-log"]
        assert outputs["finish"] == "0", outputs
        after = self.state.add_run(event.sha, event="schedule")
        outputs = self.pipeline.job("drift", events.schedule(self.state), after)
        assert outputs["drifted"] == "0", outputs["run-log"]
        assert self.state.issues() == []

    def plan(self, thread: Issue) -> None:
        """Plan a pull request, and keep its plan and what it shows."""
        if thread.its_pull.merge_commit_sha is None:
            return
        run = self.state.add_run(thread.its_pull.head_sha, head_branch=thread.its_pull.head_ref)
        outputs = self.pipeline.job("plan", events.pull_request(self.state, thread), run)
        if self.pipeline.kept(run, outputs):
            self.shown |= transitions(json.loads(Path(outputs["document-path"]).read_text()))

    def apply_push(self, push: Push, *, steps: int, lost: int = 0) -> None:
        run = self.state.add_run(push.after, event="push", head_branch="main")
        self.applies.append((events.push(self.state, push), run))
        if lost:
            # From that request on the job reaches GitHub no more, as if its machine was lost.
            self.faults.add(LostBefore(), nth=lost, times=1_000_000)
        self.apply(*self.applies[-1], steps=steps)
        self.faults.switches.clear()

    def apply(self, event: Event, run: Run, *, steps: int) -> None:
        """Run an apply, and compare what it changed with what plans have shown."""
        before = self.live()
        self.pipeline.job("apply", event, run, steps=steps, approved="auto")
        changed = {(key, before[key], name) for key, name in self.live().items() if name != before[key]}
        assert changed <= self.shown

    def changed(self, key: str) -> dict[str, str | bytes | None]:
        self.names += 1
        return {f"connectors/{key}.yaml": manifest(key, f"Wanted {self.names}")}

    def waiting(self, key: str) -> Issue | None:
        return next((thread for thread in self.state.pulls() if thread.title == key), None)

    def wanted(self) -> dict[str, str]:
        assert self.state.work is not None
        texts = {key: git(self.state.work.root, "show", f"main:connectors/{key}.yaml") for key in KEYS}
        return {key: text.partition("  name: ")[2].partition("\n")[0] for key, text in texts.items()}

    def live(self) -> dict[str, str]:
        client = (CREDENTIALS["CTP_CLIENT_ID"], CREDENTIALS["CTP_CLIENT_SECRET"])
        token = httpx.post(f"{self.live_url}/oauth/token", data={"grant_type": "client_credentials"}, auth=client)
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        drafts = httpx.get(f"{self.live_url}/connectors/drafts", headers=headers).json()["results"]
        return {str(draft["key"]): str(draft["name"]) for draft in drafts}


def one_of(some: Sequence[T], which: int) -> T:
    return some[which % len(some)]


def transitions(document: Any) -> set[tuple[str, str, str]]:
    """Return what a plan would change: the key of a connector, the name that it has, and the one that it gets."""
    return {
        (resource["identity"]["value"], action["before"]["known"], action["after"]["known"])
        for resource in document["plan"]["resources"]
        for action in resource["actions"]
        if resource["verdict"] == "update"
    }


# A smaller example would take minutes to find, and eight steps can be read.
Team.TestCase.settings = settings(
    max_examples=settings().max_examples // 5, stateful_step_count=8, phases=(Phase.explicit, Phase.generate)
)
TestPipeline = Team.TestCase
