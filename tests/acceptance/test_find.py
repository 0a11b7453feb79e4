"""What the action's first step finds for a push to the default branch, in a real repository."""

import subprocess
from pathlib import Path

import pytest

from acceptance.find_team import PROJECT, Team
from repositories import ENVIRONMENT, git, new_repository
from trueup.cli.github.commits import MOST_COMMITS
from trueup.github.found import NoPlan
from unit.github.answers import REPO, Answer, pages, refuses

pytestmark = pytest.mark.slow


@pytest.fixture
def team(tmp_path: Path) -> Team:
    work = new_repository(tmp_path / "work")
    work.commit({"trueup.yaml": PROJECT})
    (tmp_path / "job").mkdir()
    return Team(work, tmp_path / "job")


def test_a_merge(team: Team) -> None:
    (before,) = team.commits()
    head = team.branch("a", "b")
    git(team.work.root, "merge", "--quiet", "--no-ff", "--message", "m", "change")
    merge = team.commits()[0]
    team.github.merge(7, head, merge)
    team.github.keep(9, head, plan=1)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [1], None)]
    assert team.found.pulls[0].commits == (merge,)
    # The commits of the branch are not first parents, so they are no direct pushes.
    assert (team.found.direct, team.found.complete) == ((), True)
    assert team.found.deployments == {"eu": 1}
    assert team.github.deployments[0]["ref"] == merge
    assert team.github.deployments[0]["payload"]["pulls"] == [7]
    assert team.records == {
        "formatVersion": 1,
        "targets": {},
        "pulls": {merge: {"number": 7, "url": "https://github.com/acme/connectors/pull/7"}},
    }


def test_a_squash(team: Team) -> None:
    (before,) = team.commits()
    head = team.branch("a", "b")
    git(team.work.root, "merge", "--quiet", "--squash", "change")
    team.github.merge(7, head, team.work.commit())
    team.github.keep(9, head, plan=1)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [1], None)]


def test_a_rebase(team: Team) -> None:
    (before,) = team.commits()
    head = "e" * 40
    one, two = team.commit("one"), team.commit("two")
    team.github.merge(7, head, one, two)
    team.github.keep(9, head, plan=1)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [1], None)]
    assert team.found.pulls[0].commits == (two, one)


def test_a_queue_of_three(team: Team) -> None:
    (before,) = team.commits()
    for number in (7, 8, 9):
        head = f"{number:040x}"
        team.github.merge(number, head, team.commit())
        team.github.keep(number, head, plan=number)
    # A merge queue pushes the three commits at once.
    assert team.begin(before=before) == 0
    assert team.shown() == [(9, [9], None), (8, [8], None), (7, [7], None)]


def test_the_newest_run_carries_what_a_dropped_run_had_approved(team: Team) -> None:
    team.github.deploy(team.commits()[0], "success")
    for number in (7, 8):
        head = f"{number:040x}"
        team.github.merge(number, head, team.commit())
        team.github.keep(number, head, plan=number)
    # The push of 7 was waiting and was cancelled by this one: `before` is only the commit of 7.
    assert team.begin(before=team.commits()[1]) == 0
    assert team.shown() == [(8, [8], None), (7, [7], None)]


def test_another_merge_in_between_that_was_applied_is_not_carried(team: Team) -> None:
    first = team.commit()
    team.github.merge(7, "7" * 40, first)
    team.github.deploy(first, "in_progress", "success")
    second = team.commit()
    team.github.merge(8, "8" * 40, second)
    team.github.keep(8, "8" * 40, plan=8)
    assert team.begin(before=first) == 0
    assert team.shown() == [(8, [8], None)]
    assert team.records["targets"]["eu"]["settled"] == first


def test_a_branch_that_was_pushed_twice_is_approved_by_its_last_head(team: Team) -> None:
    (before,) = team.commits()
    team.github.merge(7, "2" * 40, team.commit())
    team.github.keep(9, "1" * 40, plan=1)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [], NoPlan.NO_RUN)]
    team.github.keep(10, "2" * 40, plan=2)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [2], None)]


def test_what_a_killed_run_had_approved_is_carried(team: Team) -> None:
    killed = team.commit()
    team.github.merge(7, "7" * 40, killed)
    team.github.keep(7, "7" * 40, plan=7)
    team.github.deploy(killed, "in_progress")
    newest = team.commit()
    team.github.merge(8, "8" * 40, newest)
    team.github.keep(8, "8" * 40, plan=8)
    assert team.begin(before=killed) == 0
    assert team.shown() == [(8, [8], None), (7, [7], None)]
    assert team.records["targets"]["eu"]["attempts"] == [killed]


def test_a_run_that_is_repeated_carries_what_it_left(team: Team) -> None:
    older = team.commits()[0]
    for number in (7, 8):
        head = f"{number:040x}"
        team.github.merge(number, head, team.commit())
        team.github.keep(number, head, plan=number)
    settled, before = team.commits()[:2]
    team.github.deploy(settled, "failure")
    left = {"kind": "Connector", "field": "key", "value": "tax", "commit": older}
    team.github.deployments[0]["payload"]["left"] = [left]
    # The resource still holds what the commit before both merges wanted.
    assert team.begin(before=before) == 0
    assert team.shown() == [(8, [8], None), (7, [7], None)]


def test_a_run_that_is_repeated_after_its_success_still_finds_its_pull_request(team: Team) -> None:
    head = team.commit()
    team.github.merge(7, "7" * 40, head)
    team.github.keep(7, "7" * 40, plan=7)
    team.github.deploy(head, "success")
    assert team.begin(before=team.commits()[1]) == 0
    assert team.shown() == [(7, [7], None)]


def test_a_fork(team: Team) -> None:
    (before,) = team.commits()
    team.github.merge(7, "7" * 40, team.commit(), source=6)
    team.github.keep(7, "7" * 40)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [], NoPlan.FORK)]
    assert not team.found.complete


def test_a_plan_that_a_forks_run_kept_for_the_same_commit_is_not_used(team: Team) -> None:
    (before,) = team.commits()
    team.github.merge(7, "7" * 40, team.commit())
    team.github.keep(7, "7" * 40, plan=7)
    team.github.keep(99, "7" * 40, plan=99, source=6)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [7], None)]


def test_an_expired_and_a_deleted_plan(team: Team) -> None:
    (before,) = team.commits()
    team.github.merge(7, "7" * 40, team.commit())
    team.github.keep(7, "7" * 40, expired=True)
    team.github.merge(8, "8" * 40, team.commit())
    team.github.keep(8, "8" * 40)
    team.github.answer(f"GET {REPO}/actions/artifacts/8/zip", refuses(404))
    assert team.begin(before=before) == 0
    assert team.shown() == [(8, [], NoPlan.DELETED), (7, [], NoPlan.EXPIRED)]


def test_a_direct_push(team: Team) -> None:
    (before,) = team.commits()
    pushed = team.commit()
    team.github.answer(f"GET {REPO}/commits/{pushed}/pulls", pages([]))
    assert team.begin(before=before) == 0
    assert (team.found.pulls, team.found.direct, team.found.complete) == ((), (pushed,), False)
    assert team.found.deployments == {"eu": 1}


def test_an_apply_by_hand_is_recorded_and_knows_its_pull_requests_without_their_plans(team: Team) -> None:
    team.github.deploy(team.commits()[0], "success")
    team.github.merge(7, "7" * 40, team.commit())
    team.github.keep(7, "7" * 40)
    assert team.begin(event="workflow_dispatch", command="apply", record="true", digest="sha256:x") == 0
    assert team.shown() == [(7, [], None)]
    assert team.github.deployments[1]["payload"]["digest"] == "sha256:x"
    assert not any("/actions/" in path for path in team.github.table.paths)


def test_without_any_record_and_without_a_push_only_the_newest_commit_is_carried(team: Team) -> None:
    team.commit()
    assert team.begin(event="workflow_dispatch") == 0
    assert team.found.commits == (team.commits()[0],)


def test_a_commit_before_the_push_that_is_not_here_is_no_start(team: Team) -> None:
    # After a force push the old commit is gone.
    team.commit()
    assert team.begin(before="f" * 40) == 0
    assert team.found.commits == (team.commits()[0],)


LIMITS = {
    "primary": refuses(403, "API rate limit exceeded", x_ratelimit_remaining="0", x_ratelimit_reset="9"),
    "secondary": refuses(403, "You have exceeded a secondary rate limit"),
    "without words": refuses(429),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_rate_limit_that_ends_soon_changes_nothing(team: Team, limit: Answer) -> None:
    (before,) = team.commits()
    pushed = team.commit()
    team.github.merge(7, "7" * 40, pushed)
    team.github.keep(7, "7" * 40, plan=7)
    found = team.github.table.answers[f"GET {REPO}/commits/{pushed}/pulls"]
    assert not isinstance(found, list)
    team.github.answer(f"GET {REPO}/commits/{pushed}/pulls", [limit, found])
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [7], None)]


def test_a_rate_limit_that_lasts_is_named(team: Team) -> None:
    (before,) = team.commits()
    pushed = team.commit()
    team.github.answer(f"GET {REPO}/commits/{pushed}/pulls", refuses(429, retry_after="3000"))
    assert team.begin(before=before) == 0
    assert team.found.unasked == {pushed: NoPlan.UNREACHABLE}
    assert not team.found.complete


def test_more_commits_than_are_looked_up_are_named(team: Team) -> None:
    (before,) = team.commits()
    made = "commit refs/heads/main\ncommitter A <a@acme.example> 1800000000 +0000\ndata 0\n"
    stream = f"{made}from {before}\n{made * MOST_COMMITS}".encode()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=team.work.root, env=ENVIRONMENT, input=stream, check=True)
    for commit in team.commits():
        team.github.answer(f"GET {REPO}/commits/{commit}/pulls", pages([]))
    assert team.begin(before=before) == 0
    oldest = team.commits()[MOST_COMMITS]
    assert len(team.found.direct) == MOST_COMMITS
    assert team.found.unasked == {oldest: NoPlan.TOO_MANY}
    assert "at most 100 commits and 25 pull requests" in team.log
