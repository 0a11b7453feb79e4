"""Commands in comments: what counts as one, who may give it, and what it starts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from trueup.github.commands import Acting, Answered, Command, answer_refusal, is_from_a_person, may, parse
from trueup.github.comment import AUTHOR, Marker, NotPosted, Posted
from trueup.github.context import CommentEvent, RunId
from unit.github.contexts import HEAD, context
from unit.github.table import DENIED, MISSING, Reply, Table

PAGE = "https://github.example/acme/connectors"
KEY = "0123456789abcdef"
MERGED = "2026-01-02T03:04:05Z"
LATER = "2026-01-02T03:04:06Z"

PULL: dict[str, Any] = {"state": "open", "head": {"sha": HEAD}, "base": {"ref": "main"}, "merged_at": None}
CLOSED = PULL | {"state": "closed"}
DONE = CLOSED | {"merged_at": MERGED}

Replies = dict[str, Reply | list[Reply]]


def run(number: int, **other: Any) -> dict[str, Any]:
    usual = {"status": "completed", "conclusion": "success", "run_attempt": 1, "created_at": LATER}
    return {"id": number, "path": ".github/workflows/trueup.yml", **usual, **other}


def runs(*listed: Mapping[str, Any]) -> Reply:
    return 200, {"total_count": len(listed), "workflow_runs": list(listed)}


def kept(**other: Any) -> Reply:
    return 200, {"artifacts": [{"name": "log"}, {"name": f"trueup-plan-{KEY}-1-of-1-1", "expired": False, **other}]}


def issue(*, what: str = "issue", author: str = AUTHOR, quoted: str = "") -> Reply:
    marker = Marker(what=what, key=KEY, run=RunId(number=3, attempt=1))
    return 200, {"body": f"{quoted}{marker}\nDrift", "user": {"login": author}}


def comment(body: str = "/trueup plan", **other: Any) -> CommentEvent:
    usual: dict[str, Any] = {"action": "created", "id": 5, "login": "ada", "kind": "User", "number": 7, "on_pull": True}
    return CommentEvent(body=body, **(usual | other))


def acted(
    table: Table, command: Command, *, on_pull: bool = True, adopted: Posted | NotPosted | None = None
) -> Answered:
    with table.rest() as rest:
        return Acting(
            rest=rest,
            context=replace(context(pull=None), default_branch="main"),
            workflow="trueup.yml",
            author=AUTHOR,
            adopt=lambda _: adopted or Posted("created", 12, f"{PAGE}/pull/12"),
        ).act(command, comment(on_pull=on_pull))


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("/trueup plan", Command.PLAN),
        ("/trueup apply\r\n\r\nLive is as it was.", Command.APPLY),
        ("/trueup  adopt \nplease", Command.ADOPT),
    ],
)
def test_the_first_line_of_a_comment_is_a_command(body: str, command: Command) -> None:
    assert parse(body) is command


@pytest.mark.parametrize(
    "body",
    [
        "> /trueup apply",
        "    /trueup apply",
        " /trueup apply",
        "`/trueup apply`",
        "\n/trueup apply",
        "Please\n/trueup apply",
        "/trueup apply --yes",
        "/trueup apply now",
        "/trueup applyx",
        "/trueup Apply",
        "/trueupapply",
        "/trueup",
        "/trueup destroy",
        "/trueup apply\x0b",
        "/trueup apply\u2028rm",
        "",
    ],
)
def test_anything_else_is_no_command(body: str) -> None:
    assert parse(body) is None


@pytest.mark.parametrize(
    ("event", "counts"),
    [
        (comment(), True),
        (comment(action="edited"), False),
        (comment(action="deleted"), False),
        (comment(kind="Bot"), False),
        (comment(kind=""), False),
    ],
)
def test_only_a_new_comment_of_a_person_counts(event: CommentEvent, *, counts: bool) -> None:
    assert is_from_a_person(event) is counts


@pytest.mark.parametrize(
    ("permission", "allowed"), [("admin", True), ("write", True), ("read", False), ("none", False), ("", False)]
)
def test_github_decides_who_may_push(permission: str, *, allowed: bool) -> None:
    table = Table({"GET collaborators/ada/permission": (200, {"permission": permission})})
    with table.rest() as rest:
        assert may(rest, context(), "ada") is allowed


@pytest.mark.parametrize("login", ["", "ada/../bob", "ada?x", "dependabot[bot]", "a b", "\u00e4da"])
def test_a_login_that_is_none_is_not_asked_about(login: str) -> None:
    table = Table({})
    with table.rest() as rest:
        assert may(rest, context(), login) is False
    assert table.requests == []


@pytest.mark.parametrize("reply", [(500, {}), DENIED, None])
def test_no_permission_is_assumed_while_github_does_not_say(reply: Reply) -> None:
    table = Table({"GET collaborators/ada/permission": reply})
    with table.rest() as rest:
        assert isinstance(may(rest, context(), "ada"), NotPosted)


def test_someone_who_is_no_collaborator_may_not_push() -> None:
    with Table({}).rest() as rest:
        assert may(rest, context(), "ada") is False


def test_plan_repeats_the_newest_run_of_the_last_commit() -> None:
    elsewhere = run(99, path=".github/workflows/lint.yml")
    table = Table(
        {
            "GET pulls/7": (200, PULL),
            "GET actions/runs": runs(elsewhere, run(21), run(23, path=".github/workflows/trueup.yml@main"), run(22)),
            "POST actions/runs/23/rerun": (201, {}),
        }
    )
    assert acted(table, Command.PLAN) == Answered(url=f"{PAGE}/actions/runs/23")
    assert table.queries[1] == {"per_page": "100", "event": "pull_request", "head_sha": HEAD}
    assert table.writes == [("actions/runs/23/rerun", {})]


def test_a_run_that_started_again_although_the_answer_is_lost_is_not_started_twice() -> None:
    table = Table(
        {
            "GET pulls/7": (200, PULL),
            "GET actions/runs": runs(run(23)),
            "GET actions/runs/23": [(200, run(23)), (200, run(23, run_attempt=2))],
            "POST actions/runs/23/rerun": None,
        }
    )
    assert acted(table, Command.PLAN) == Answered(url=f"{PAGE}/actions/runs/23")
    assert len(table.writes) == 2


def apply_of_a_merged_pull(**other: Reply) -> Table:
    usual: Replies = {
        "GET pulls/7": (200, DONE),
        "GET actions/runs": [runs(run(23)), runs(run(31), run(30))],
        "GET actions/runs/23/artifacts": kept(),
        "POST actions/runs/31/rerun": (201, {}),
    }
    return Table(usual | other)


def test_apply_on_a_merged_pull_request_repeats_the_newest_push_run() -> None:
    table = apply_of_a_merged_pull()
    assert acted(table, Command.APPLY) == Answered(url=f"{PAGE}/actions/runs/31")
    assert table.queries[3] == {"per_page": "100", "event": "push", "branch": "main"}


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"GET pulls/7": (200, PULL)}, "is open. Merging it applies its plan."),
        ({"GET pulls/7": (200, CLOSED)}, "closed without a merge"),
        ({"GET pulls/7": (200, DONE | {"base": {"ref": "next"}})}, "was not merged into main"),
        ({"GET pulls/7": MISSING}, "does not find it"),
        ({"GET actions/runs": runs()}, "There is no run of trueup.yml for the last commit"),
        ({"GET actions/runs": runs(run(23, conclusion="failure"))}, "is not green"),
        ({"GET actions/runs": runs(run(23, conclusion=None, status="in_progress"))}, "is not green"),
        ({"GET actions/runs/23/artifacts": kept(expired=True)}, "is not kept anymore"),
        ({"GET actions/runs/23/artifacts": (200, {"artifacts": []})}, "is not kept anymore"),
        ({"GET actions/runs": [runs(run(23)), runs()]}, "no run of trueup.yml for main since the merge"),
        ({"GET actions/runs": [runs(run(23)), runs(run(31, created_at="2026-01-02T03:04:04Z"))]}, "since the merge"),
        ({"GET actions/runs": [runs(run(23)), runs(run(31, status="waiting"))]}, "This run has not ended."),
        ({"POST actions/runs/31/rerun": DENIED}, "needs the permission actions: write"),
        ({"POST actions/runs/31/rerun": (403, {"message": "created over a month ago"})}, "created over a month ago"),
    ],
)
def test_apply_says_what_is_in_its_way(other: dict[str, Any], reason: str) -> None:
    table = apply_of_a_merged_pull(**other)
    refused = acted(table, Command.APPLY)
    assert reason in refused.refusal
    assert {name for name, _ in table.writes} <= {"actions/runs/31/rerun"}


def test_plan_of_a_closed_pull_request_is_refused() -> None:
    assert acted(Table({"GET pulls/7": (200, DONE)}), Command.PLAN).refusal.startswith("This pull request is closed.")


def test_apply_in_the_issue_about_drift_starts_the_workflow_on_the_default_branch() -> None:
    table = Table({"GET issues/7": issue(), "POST actions/workflows/trueup.yml/dispatches": (204, None)})
    assert acted(table, Command.APPLY, on_pull=False) == Answered(url=f"{PAGE}/actions/workflows/trueup.yml")
    assert table.writes == [("actions/workflows/trueup.yml/dispatches", {"ref": "main"})]


def test_a_start_whose_answer_is_lost_is_not_repeated() -> None:
    table = Table({"GET issues/7": issue(), "POST actions/workflows/trueup.yml/dispatches": None})
    assert acted(table, Command.APPLY, on_pull=False).refusal == "GitHub did not answer."
    assert len(table.writes) == 1


def test_adopt_in_the_issue_about_drift_leads_to_its_pull_request() -> None:
    table = Table({"GET issues/7": issue()})
    assert acted(table, Command.ADOPT, on_pull=False) == Answered(url=f"{PAGE}/pull/12")
    refused = acted(table, Command.ADOPT, on_pull=False, adopted=NotPosted("There is nothing to adopt."))
    assert refused == Answered(refusal="There is nothing to adopt.", url=f"{PAGE}/actions/runs/10/attempts/1")


@pytest.mark.parametrize("found", [issue(author="mallory"), issue(what="comment"), issue(quoted="> "), (200, {})])
@pytest.mark.parametrize("command", Command)
def test_any_other_issue_is_no_place_for_a_command(command: Command, found: Reply) -> None:
    table = Table({"GET issues/7": found})
    assert acted(table, command, on_pull=False).refusal.startswith(f"/trueup {command} is a command for")
    assert table.writes == []


def test_adopt_in_a_pull_request_is_refused() -> None:
    assert acted(Table({}), Command.ADOPT).refusal == "/trueup adopt is a command for the issue about drift."


def test_an_answer_shows_texts_of_github_as_plain_text() -> None:
    table = Table({"POST issues/7/comments": (201, {})})
    with table.rest() as rest:
        answer_refusal(
            rest, context(), comment(), Command.APPLY, Answered(refusal="GitHub says: @all [x](y)", url=f"{PAGE}/z")
        )
    ((name, body),) = table.writes
    assert name == "issues/7/comments"
    assert body["body"].startswith(
        "`/trueup apply` was not done. GitHub says: @&#8203;all \\[x\\](y) https://github.ex"
    )


@pytest.mark.parametrize("command", Command)
@pytest.mark.parametrize("shape", [[], {}, "x", None, {"workflow_runs": [1, {"id": "x"}]}])
def test_answers_of_any_shape_are_refusals(command: Command, shape: Any) -> None:
    table = Table({"GET pulls/7": (200, shape), "GET issues/7": (200, shape), "GET actions/runs": (200, shape)})
    assert acted(table, command).refusal
    assert acted(table, command, on_pull=False).refusal
