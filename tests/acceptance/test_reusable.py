"""Run the 16 lines of a team for each event, without Docker, against platforms and a GitHub that keep their state."""

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance.commands import served
from acceptance.runner import ACT, SECRETS, Consumer
from acceptance.team import CALLER, Team
from acceptance.test_quickstart import SERVED
from github import events
from github.git import done
from github.merging import How, checked_out, landed, merged, opened, pushed_directly, queued
from github.server import served as served_github
from github.state import TOKEN, Artifact, Issue, State
from repositories import Work

pytestmark = [
    pytest.mark.slow,
    pytest.mark.process,
    pytest.mark.skipif(ACT is None, reason="NOT RUN: act is missing; pip install '.[action]' brings it"),
]

TAX = "connectors/tax.yaml"
CREDENTIALS = (SECRETS["CTP_CLIENT_ID"], SECRETS["CTP_CLIENT_SECRET"])
WITH_FOLDER = '    with: {working-directory: "${{ matrix.working-directory }}"}\n'
WITH_TARGET = '    with: {target: "${{ matrix.target }}"}\n'


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(work=Work(tmp_path / "consumer"))


@pytest.fixture
def team(tmp_path: Path, state: State, environments: Path) -> Iterator[Team]:
    """Give a team a repository on whose default branch everything can be applied."""
    with served_github(state) as api:
        consumer = Consumer(tmp_path, api, environments)
        consumer.begin()
        (consumer.place / "connectors" / "erp.yaml").unlink()
        workflow = consumer.place / ".github" / "workflows" / "trueup.yml"
        workflow.parent.mkdir(parents=True)
        shutil.copy(CALLER, workflow)
        with served("--seed", "live.yaml", cwd=consumer.place) as url:
            (consumer.place / "trueup.yaml").write_text(SERVED.format(url=url))
            checked_out(state, consumer.commit())
            yield Team(consumer, state, url)


def edited(team: Team, old: str, new: str, file: str = TAX) -> dict[str, str]:
    """Return a change of one file on the default branch."""
    text = (team.place / file).read_text()
    assert old in text
    return {file: text.replace(old, new, 1)}


def calling(team: Team, before: str, after: str) -> None:
    """Give the calling job of the team's workflow more lines, around the one that names the workflow."""
    lines = team.workflow.read_text().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if line.startswith("    uses: "))
    team.workflow.write_text("".join([*lines[:number], before, lines[number], after, *lines[number + 1 :]]))


def pushed_all(state: State) -> None:
    """Push the work tree as it is to the default branch, before the story begins."""
    assert state.work is not None
    commit = state.work.commit()
    done(state, "update-ref", f"refs/heads/{state.repository.default_branch}", commit)


def kept_files(artifact: Artifact) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(artifact.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def live_name(team: Team, key: str = "acme-tax") -> str:
    """Return the name that a connector has on the platform."""
    token = httpx.post(f"{team.live}/oauth/token", data={"grant_type": "client_credentials"}, auth=CREDENTIALS)
    headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
    drafts = httpx.get(f"{team.live}/connectors/drafts", headers=headers).json()["results"]
    return str(next(draft["name"] for draft in drafts if draft["key"] == key))


def edit_live(team: Team, **fields: str) -> None:
    httpx.post(f"{team.live}/_sandbox/edits", json={"connector": "acme-tax", "set": fields}).raise_for_status()


def planned(team: Team, state: State, new: str = "Acme Taxes", **given: Any) -> Issue:
    """Open a pull request that changes a name, and plan it."""
    pull = opened(state, edited(team, "name: Acme Tax\n", f"name: {new}\n"), **given)
    ran = team.run(events.pull_request(state, pull))
    assert ran.status == 0, ran.log
    return pull


def test_a_pull_request_is_planned_and_its_plan_kept(team: Team, state: State) -> None:
    pull = opened(state, edited(team, "name: Acme Tax\n", "name: Acme Taxes\n"))
    ran = team.run(events.pull_request(state, pull))
    assert ran.status == 0, ran.log
    assert ran.ended == {"plan": "success", "check": "success"}
    assert ran.given("changes", "create", "update", job="plan") == ("true", "2", "4")
    (kept,) = state.artifacts.values()
    assert kept.name == ran.outputs(job="plan")["kept-name"]
    said = json.loads(kept_files(kept)["kept.json"])
    assert (said["pull"], said["head"], said["complete"]) == (pull.number, pull.its_pull.head_sha, True)
    (comment,) = state.comments_of(pull.number)
    assert ran.outputs(job="plan")["comment-url"].endswith(f"#issuecomment-{comment.id}")
    assert "Acme Taxes" in comment.body
    assert state.deployments() == []


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_what_a_pull_request_showed_is_applied_when_it_is_merged(team: Team, state: State, how: How) -> None:
    pull = planned(team, state)
    ran = team.run(events.push(state, merged(state, pull, how=how)))
    assert ran.status == 0, ran.log
    assert ran.ended == {"apply": "success"}
    assert ran.given("applied", "failed", "unapproved", "exit-code", job="apply") == ("6", "0", "0", "0")
    assert ran.given("pull-requests", job="apply") == (f"[{pull.number}]",)
    assert live_name(team) == "Acme Taxes"
    assert {deployment.environment for deployment in state.deployments()} == {"trueup/connect-eu", "trueup/origin"}
    assert {deployment.state for deployment in state.deployments()} == {"success"}
    assert len(state.comments_of(pull.number)) == 1


def test_a_pull_request_from_a_fork_is_previewed_without_a_token_or_a_secret(team: Team, state: State) -> None:
    pull = opened(state, edited(team, "name: Acme Tax\n", "name: Acme Taxes\n"), author="mallory", fork=True)
    ran = team.run(events.pull_request(state, pull), secrets={})
    assert ran.status == 0, ran.log
    assert ran.ended == {"preview": "success", "check": "success"}
    assert ran.given("changes", "update", "unchanged", job="preview") == ("true", "1", "7")
    assert "Live was not read" in ran.summary("preview")
    assert (state.requests, state.artifacts, state.comments) == ([], {}, {})


def test_a_pull_request_of_dependabot_is_previewed_and_green(team: Team, state: State) -> None:
    pull = opened(state, {"README.md": "newer"}, author="dependabot[bot]")
    ran = team.run(events.pull_request(state, pull), secrets={})
    assert ran.status == 0, ran.log
    assert ran.ended == {"preview": "success", "check": "success"}
    assert ran.given("changes", job="preview") == ("false",)
    assert state.requests == []


def test_a_push_that_nobody_saw_is_left_until_someone_runs_the_workflow_by_hand(team: Team, state: State) -> None:
    push = pushed_directly(state, edited(team, "name: Acme Tax\n", "name: Acme Taxes\n"))
    ran = team.run(events.push(state, push))
    assert ran.ended == {"apply": "failure"}
    assert ran.given("applied", "unapproved", "exit-code", "failure-reason") == ("0", "6", "4", "unapproved")
    assert live_name(team) == "Acme Tax"

    ran = team.run(events.workflow_dispatch(state))
    assert ran.status == 0, ran.log
    assert ran.ended == {"plan": "success", "apply": "success"}
    assert ran.given("applied", "unapproved", "exit-code", job="apply") == ("6", "0", "0")
    assert live_name(team) == "Acme Taxes"
    assert [deployment.state for deployment in state.deployments("trueup/connect-eu")][-1] == "success"


def test_a_run_by_hand_on_another_branch_plans_and_applies_nothing(team: Team, state: State) -> None:
    opened(state, edited(team, "name: Acme Tax\n", "name: Acme Taxes\n"), branch="topic")
    checked_out(state, "topic")
    ran = team.run(events.workflow_dispatch(state, branch="topic"))
    assert ran.status == 0, ran.log
    assert ran.ended == {"plan": "success"}
    assert live_name(team) == "Acme Tax"
    assert state.writes == []


def test_a_group_of_the_merge_queue_is_planned_and_says_nothing(team: Team, state: State) -> None:
    pull = planned(team, state)
    before = len(state.writes)
    group = queued(state, pull)
    ran = team.run(events.merge_group(state, group))
    assert ran.status == 0, ran.log
    assert ran.ended == {"plan": "success", "check": "success"}
    assert len(state.writes) == before
    ran = team.run(events.push(state, landed(state, group)))
    assert ran.status == 0, ran.log
    assert live_name(team) == "Acme Taxes"


def test_drift_opens_an_issue_on_schedule_and_closes_it(team: Team, state: State) -> None:
    pull = planned(team, state)
    assert team.run(events.push(state, merged(state, pull))).status == 0
    edit_live(team, name="Theirs")
    ran = team.run(events.schedule(state))
    assert ran.ended == {"drift": "failure"}
    assert ran.given("drifted", "pending", "failure-reason") == ("1", "0", "changes")
    (issue,) = state.issues()
    assert "Theirs" in issue.body
    edit_live(team, name="Acme Taxes")
    ran = team.run(events.schedule(state))
    assert ran.status == 0, ran.log
    assert state.issues() == []
    assert len(state.comments_of(pull.number)) == 1


def test_what_is_merged_and_not_applied_is_no_drift(team: Team, state: State) -> None:
    pull = planned(team, state)
    assert team.run(events.push(state, merged(state, pull))).status == 0
    pushed_directly(state, edited(team, "name: Acme Taxes\n", "name: Not applied\n"))
    ran = team.run(events.schedule(state))
    assert ran.given("drifted", "pending", job="drift") == ("0", "1")


def test_two_projects_of_one_repository_keep_apart(team: Team, state: State) -> None:
    work = state.work
    assert work is not None
    for folder in ("shop", "partners"):
        (team.place / folder).mkdir()
        for part in ("trueup.yaml", "connectors", "certifications"):
            copied = shutil.copytree if (team.place / part).is_dir() else shutil.copy
            copied(team.place / part, team.place / folder / part)
    for part in ("connectors", "certifications"):
        shutil.rmtree(team.place / part)
    (team.place / "trueup.yaml").unlink()
    calling(team, "    strategy: {matrix: {working-directory: [shop, partners]}}\n", WITH_FOLDER)
    pushed_all(state)
    pull = opened(state, edited(team, "name: Acme Tax\n", "name: Acme Taxes\n", f"shop/{TAX}"))
    ran = team.run(events.pull_request(state, pull))
    assert ran.status == 0, ran.log
    bodies = [comment.body for comment in state.comments_of(pull.number)]
    assert len(bodies) == len({artifact.name for artifact in state.artifacts.values()}) == 2
    assert [("Acme Taxes" in body) for body in bodies].count(True) == 1


def test_each_target_of_a_matrix_is_applied_and_recorded_for_itself(team: Team, state: State) -> None:
    calling(team, "    strategy: {matrix: {target: [connect-eu, origin]}}\n", WITH_TARGET)
    pushed_all(state)
    pull = planned(team, state)
    assert len(state.artifacts) == 2
    ran = team.run(events.push(state, merged(state, pull)))
    assert ran.status == 0, ran.log
    assert [deployment.environment for deployment in state.deployments()].count("trueup/origin") == 1
    assert live_name(team) == "Acme Taxes"


def test_shards_are_planned_apart_joined_in_one_comment_and_applied_together(team: Team, state: State) -> None:
    calling(team, "", '    with: {shards: \'["1/4", "2/4", "3/4", "4/4"]\'}\n')
    pushed_all(state)
    pull = planned(team, state)
    assert sorted(artifact.name[-8:-2] for artifact in state.artifacts.values()) == [f"{n}-of-4" for n in (1, 2, 3, 4)]
    assert len(state.comments_of(pull.number)) == 1
    ran = team.run(events.push(state, merged(state, pull)))
    assert ran.status == 0, ran.log
    assert ran.given("applied", "unapproved", job="apply") == ("6", "0")


def test_an_invalid_manifest_makes_the_check_red_and_keeps_no_plan(team: Team, state: State) -> None:
    pull = opened(state, {TAX: "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: x y}\nspec: {}\n"})
    ran = team.run(events.pull_request(state, pull))
    assert ran.ended == {"plan": "failure", "check": "failure"}
    assert ran.given("failure-reason", "exit-code", "kept-path", job="plan") == ("invalid", "3", "")
    assert any(text.startswith(f"{TAX}:3: ") for text in ran.annotations(job="plan"))
    assert "A job before this one failed. See its page." in ran.annotations(job="check")
    assert state.artifacts == {}


def test_no_file_that_a_run_leaves_holds_a_secret(team: Team, state: State) -> None:
    pull = planned(team, state)
    team.secrets = {**team.secrets, "APPLY_CREDENTIALS": "CTP_OTHER=canary-other-5d1e\nORIGIN_OTHER=canary-more-77aa"}
    ran = team.run(events.push(state, merged(state, pull)))
    assert ran.status == 0, ran.log
    for canary in (*team.secrets.values(), TOKEN, "canary-other-5d1e", "canary-more-77aa"):
        left = [file for file in team.consumer.folder.rglob("*") if file.is_file() and not file.is_symlink()]
        assert [file for file in left if canary.encode() in file.read_bytes()] == []
        assert canary not in ran.text


def test_a_comment_starts_the_workflow_of_the_commands(team: Team) -> None:
    state = team.state
    # act does not know the line that GitHub Enterprise Server does not know either.
    team.workflow.write_text(CALLER.with_name("commands.yml").read_text().replace("    cache-mode: none\n", ""))
    pushed_all(state)
    permissions: dict[str, Any] = dict.fromkeys(("actions", "issues", "pull_requests"), "write")
    state.allow(TOKEN, contents="read", deployments="read", **permissions)
    pull = opened(state, edited(team, "tag: v1.4.0", "tag: v9.0.0"))
    planned = state.add_run(pull.its_pull.head_sha)
    comment = state.add_comment(pull.number, "/trueup plan\n\nLive is right again.", author="ann")
    ran = team.run(events.issue_comment(state, comment))
    assert ran.status == 0, ran.text
    assert (planned.status, planned.attempt) == ("queued", 2)
    assert [content for _, _, content in comment.reactions] == ["eyes", "+1"]
    other = state.add_comment(pull.number, "Is /trueup plan needed?", author="ann")
    assert team.run(events.issue_comment(state, other)).status == 0
    assert other.reactions == []
