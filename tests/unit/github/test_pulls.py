"""Which merged pull requests commits come from."""

from typing import Any

import pytest

from trueup.github.found import NoPlan
from trueup.github.pulls import MOST_PULLS, Pulls, pulls_of
from unit.github.answers import REPO, Answer, Table, lost, refuses, says
from unit.github.contexts import pushed

ONE, TWO, THREE = ("1" * 40, "2" * 40, "3" * 40)


def pull(number: int = 7, **members: Any) -> dict[str, Any]:
    own = {"id": 5, "full_name": "acme/connectors"}
    return {
        "number": number,
        "html_url": "https://evil.example",
        "title": f"Change {number}",
        "merged_at": "2026-01-02T03:04:05Z",
        "head": {"sha": "e" * 40, "repo": own},
        "base": {"ref": "main", "repo": own},
        **members,
    }


def asked(answers: dict[str, Answer | list[Answer]], *commits: str) -> Pulls:
    table = Table({f"GET {REPO}/commits/{commit}/pulls": answer for commit, answer in answers.items()})
    with table.rest() as rest:
        return pulls_of(rest, pushed(), commits)


def test_commits_of_one_pull_request_belong_together_and_the_newest_comes_first() -> None:
    found = asked({THREE: says([pull(8)]), TWO: says([pull(7)]), ONE: says([pull(7)])}, THREE, TWO, ONE)
    assert [(one.number, one.commits) for one in found.pulls] == [(8, (THREE,)), (7, (TWO, ONE))]
    assert (found.direct, found.unasked) == ((), {})
    assert found.pulls[0].title == "Change 8"
    assert found.pulls[0].url == "https://github.example/acme/connectors/pull/8"
    assert found.pulls[0].head == "e" * 40


@pytest.mark.parametrize(
    "members",
    [
        {"merged_at": None},
        {"base": {"ref": "release", "repo": {"id": 5}}},
        {"head": {"sha": "x", "repo": {"id": 5}}},
        {"head": None},
        {"number": "7"},
        {"number": 0},
        {"number": True},
    ],
)
def test_only_what_was_merged_into_the_branch_counts(members: dict[str, Any]) -> None:
    found = asked({ONE: says([pull(**members)])}, ONE)
    assert (found.pulls, found.direct) == ((), (ONE,))


def test_a_commit_without_a_pull_request_is_a_direct_push() -> None:
    assert asked({ONE: says([])}, ONE).direct == (ONE,)


@pytest.mark.parametrize("repo", [{"id": 6, "full_name": "acme/connectors"}, None, {}])
def test_a_branch_in_another_or_in_a_deleted_repository_is_a_fork(repo: object) -> None:
    (found,) = asked({ONE: says([pull(head={"sha": "e" * 40, "repo": repo})])}, ONE).pulls
    assert found.fork
    (own,) = asked({ONE: says([pull()])}, ONE).pulls
    assert not own.fork


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refuses(403, "Resource not accessible by integration"), NoPlan.FORBIDDEN),
        (refuses(401), NoPlan.FORBIDDEN),
        (lost, NoPlan.UNREACHABLE),
        (refuses(502), NoPlan.UNREACHABLE),
        (refuses(429, retry_after="900"), NoPlan.UNREACHABLE),
        (refuses(403, "You have exceeded a secondary rate limit", retry_after="900"), NoPlan.UNREACHABLE),
        (says({"pulls": []}), NoPlan.UNREACHABLE),
    ],
)
def test_a_commit_that_cannot_be_asked_about_is_no_direct_push(answer: Answer, reason: NoPlan) -> None:
    table = Table({f"GET {REPO}/commits/{TWO}/pulls": answer})
    with table.rest() as rest:
        found = pulls_of(rest, pushed(), [TWO, ONE])
    assert (found.direct, found.unasked) == ((), {TWO: reason, ONE: reason})
    # The next commit would get the same answer, after as many tries.
    assert all(TWO in request.url.path for request in table.asked)


def test_a_commit_that_github_does_not_know_says_nothing_about_others() -> None:
    found = asked({TWO: refuses(422, "No commit found for SHA"), ONE: says([pull()])}, TWO, ONE)
    assert found.unasked == {TWO: NoPlan.UNREACHABLE}
    assert [one.number for one in found.pulls] == [7]


def test_commits_beyond_the_most_pull_requests_are_named() -> None:
    commits = [f"{number:040x}" for number in range(1, MOST_PULLS + 3)]
    found = asked({commit: says([pull(number)]) for number, commit in enumerate(commits, 1)}, *commits)
    assert len(found.pulls) == MOST_PULLS
    assert found.unasked == dict.fromkeys(commits[MOST_PULLS:], NoPlan.TOO_MANY)
