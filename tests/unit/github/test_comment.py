from functools import partial

import httpx
import pytest

from trueup.github.api import Rest
from trueup.github.comment import (
    AUTHOR,
    FOLDED_MARKER,
    CommentPlace,
    Marker,
    NotPosted,
    Posted,
    Sticky,
    post_comment,
    post_issue,
)
from trueup.github.context import Context, RunId
from trueup.github.key import KeyScope, scope_key
from trueup.platforms.transport import SyncClient
from unit.github.contexts import context
from unit.github.fake import LONGEST, URL, GitHub, answers, drops, loses_the_answer, passes

KEY = scope_key("plan", KeyScope(project="trueup.yaml"))
ROOT = "/repos/acme/connectors/issues"


def marker(run: int = 10, attempt: int = 1, key: str = KEY, what: str = "comment") -> str:
    return str(Marker(what=what, key=key, run=RunId(number=run, attempt=attempt)))


def post(  # noqa: PLR0913 - one keyword a thing that differs between the tests
    github: GitHub,
    text: str = "the plan",
    *,
    at: Context | None = None,
    key: str = KEY,
    recreate: bool = False,
    length: int = 0,
    only_existing: bool = False,
) -> Posted | NotPosted | None:
    here = at or context()
    line = Marker(what="comment", key=key, run=here.run)
    with Rest(URL, "token-1", partial(SyncClient, transport=github.transport), sleep=github.slept.append) as rest:
        return post_comment(
            rest,
            here,
            pull=7,
            marker=line,
            author=AUTHOR,
            render=lambda budget: f"{line}\n{text}{'x' * (length if budget > 30_000 else 0)}",
            recreate=recreate,
            only_existing=only_existing,
        )


def test_the_first_run_creates_and_the_next_updates_the_same_comment() -> None:
    github = GitHub()
    first = post(github)
    second = post(github, "another plan", at=context(run=11))
    assert isinstance(first, Posted)
    assert isinstance(second, Posted)
    assert (first.how, second.how, first.id, second.id) == ("created", "updated", 1, 1)
    assert [comment["body"] for comment in github.comments] == [f"{marker(11)}\nanother plan"]
    assert github.writes == ["POST", "PATCH"]
    assert github.tokens == {"Bearer token-1"}


def test_an_equal_text_is_not_written_again() -> None:
    github = GitHub()
    post(github)
    github.comments[0]["body"] = github.comments[0]["body"].replace("\n", "\r\n") + "\r\n"
    again = post(github)
    assert isinstance(again, Posted)
    assert again.how == "unchanged"
    assert github.writes == ["POST"]


def test_our_comment_is_found_after_more_than_a_page_of_others() -> None:
    github = GitHub()
    for number in range(230):
        github.comment(f"comment {number}", author="someone")
    ours = github.comment(f"{marker(9)}\nold")
    posted = post(github)
    assert isinstance(posted, Posted)
    assert (posted.how, posted.id) == ("updated", ours["id"])
    assert len(github.comments) == 231


def test_a_marker_of_another_author_is_ignored() -> None:
    github = GitHub()
    planted = github.comment(f"{marker(9)}\nmine now", author="mallory")
    posted = post(github)
    assert isinstance(posted, Posted)
    assert posted.how == "created"
    assert planted["body"].endswith("mine now")


def test_a_quoted_marker_is_ignored() -> None:
    github = GitHub()
    github.comment(f"> {marker(9)}\nlook at this")
    posted = post(github)
    assert isinstance(posted, Posted)
    assert posted.how == "created"


def test_comments_with_other_keys_are_not_changed() -> None:
    github = GitHub()
    another = scope_key("plan", KeyScope(project="production/trueup.yaml"))
    other = github.comment(f"{marker(9, key=another)}\nproduction")
    posted = post(github)
    assert isinstance(posted, Posted)
    assert posted.how == "created"
    assert other["body"].endswith("production")


@pytest.mark.parametrize(("run", "attempt"), [(11, 1), (10, 2)])
def test_an_older_run_does_not_change_the_comment_of_a_newer_one(run: int, attempt: int) -> None:
    github = GitHub()
    newer = github.comment(f"{marker(run, attempt)}\nnewer")
    posted = post(github)
    assert posted == Posted("newer", newer["id"], newer["html_url"])
    assert github.writes == []


def test_of_two_own_comments_the_older_is_kept_and_the_other_folded() -> None:
    github = GitHub()
    for _ in range(2):
        github.comment(f"{marker(9)}\nold")
    post(github)
    assert github.comments[0]["body"] == f"{marker(10)}\nthe plan"
    assert github.comments[1]["body"].startswith(FOLDED_MARKER)
    assert github.comments[0]["html_url"] in github.comments[1]["body"]
    post(github, "again", at=context(run=11))
    assert github.writes == ["PATCH", "PATCH", "PATCH"]


def test_of_two_first_runs_at_once_the_older_comment_is_kept() -> None:
    github = GitHub()

    def another_run_comments(_: httpx.Request) -> None:
        github.comment(f"{marker(9)}\nthe other run's")

    github.faults = [passes, another_run_comments]
    posted = post(github)
    assert isinstance(posted, Posted)
    assert posted.id == 1
    assert github.comments[0]["body"] == f"{marker(10)}\nthe plan"
    assert github.comments[1]["body"].startswith(FOLDED_MARKER)


def test_recreate_creates_a_comment_and_folds_the_old_one() -> None:
    github = GitHub()
    post(github)
    posted = post(github, "new", at=context(run=11), recreate=True)
    assert isinstance(posted, Posted)
    assert (posted.how, posted.id) == ("created", 2)
    assert github.comments[0]["body"].startswith(FOLDED_MARKER)


def test_a_comment_deleted_in_the_meantime_is_created_again() -> None:
    github = GitHub()
    github.comment(f"{marker(9)}\nold")
    github.faults = [passes, answers(404)]
    posted = post(github)
    assert isinstance(posted, Posted)
    assert posted.how == "created"


@pytest.mark.parametrize("status", [401, 403, 404, 410, 418])
def test_a_refusal_of_github_is_reported_and_not_raised(status: int) -> None:
    github = GitHub(faults=[passes, answers(status)])
    posted = post(github)
    assert isinstance(posted, NotPosted)
    assert posted.reason
    assert github.comments == []
    assert github.slept == []


def test_an_unreadable_list_is_not_an_empty_list() -> None:
    github = GitHub(faults=[answers(403)])
    assert isinstance(post(github), NotPosted)
    assert github.writes == []
    github.faults = [lambda _: httpx.Response(200, text="<html>")]
    assert isinstance(post(github), NotPosted)
    assert github.writes == []


def test_a_text_that_is_too_long_is_shortened() -> None:
    github = GitHub()
    posted = post(github, length=LONGEST + 1)
    assert isinstance(posted, Posted)
    assert github.comments[0]["body"] == f"{marker(10)}\nthe plan"
    assert github.writes == ["POST", "POST"]


def test_after_a_lost_answer_the_comment_is_searched_for_before_a_second_post() -> None:
    github = GitHub()
    github.faults = [passes, loses_the_answer(github)]
    posted = post(github)
    assert isinstance(posted, Posted)
    assert posted.id == 1
    assert len(github.comments) == 1
    assert github.writes == ["POST"]


def test_a_post_that_never_arrived_is_sent_again() -> None:
    github = GitHub(faults=[passes, drops])
    posted = post(github)
    assert isinstance(posted, Posted)
    assert len(github.comments) == 1
    assert github.writes == ["POST", "POST"]


def test_when_github_is_down_nothing_is_posted() -> None:
    github = GitHub(faults=[drops] * 20)
    assert post(github) == NotPosted("GitHub did not answer.")
    assert len(github.requests) == 3


@pytest.mark.parametrize(("what", "text"), [("comment", "older"), ("issue", "older"), ("issue", None)])
def test_a_run_that_waited_does_not_change_what_a_newer_one_wrote(what: str, text: str | None) -> None:
    github = GitHub()
    ours = (github.comment if what == "comment" else github.issue)(f"{marker(9, what=what)}\nold")
    github.faults = [passes, answers(429, retry_after="7")]

    def a_newer_run_writes(_: float) -> None:
        ours["body"] = f"{marker(11, what=what)}\nnewer"

    with Rest(URL, "t", partial(SyncClient, transport=github.transport), sleep=a_newer_run_writes) as rest:
        place = CommentPlace(texts=f"{ROOT}/7/comments", text=f"{ROOT}/comments/{{id}}")
        if what == "issue":
            place = CommentPlace(texts=ROOT, text=f"{ROOT}/{{id}}", extra={"title": "Drift"})
        sticky = Sticky(rest, place, author=AUTHOR, marker=Marker(what=what, key=KEY, run=RunId(number=10, attempt=1)))
        posted = sticky.close() if text is None else sticky.post(lambda _: f"{marker(10, what=what)}\n{text}")
    assert isinstance(posted, Posted)
    assert posted.how == "newer"
    assert ours["body"].endswith("newer")
    assert ours.get("state", "open") == "open"


def test_a_recreated_comment_is_posted_once_even_if_folding_has_to_wait() -> None:
    github = GitHub()
    post(github)
    github.faults = [passes, passes, answers(429, retry_after="7")]
    post(github, "new", at=context(run=11), recreate=True)
    assert [comment["body"].partition("\n")[0] for comment in github.comments] == [FOLDED_MARKER, marker(11)]
    assert github.slept == [7.0]


@pytest.mark.parametrize("status", [429, 403])
def test_the_comment_is_posted_after_the_wait_for_a_rate_limit(status: int) -> None:
    github = GitHub(faults=[passes, answers(status, retry_after="7")])
    assert isinstance(post(github), Posted)
    assert github.slept == [7.0]


def test_a_rate_limit_without_a_time_means_a_wait_of_a_minute() -> None:
    github = GitHub(faults=[answers(403, x_ratelimit_remaining="0")])
    assert isinstance(post(github), Posted)
    assert github.slept == [60.0]


def test_a_long_rate_limit_is_not_waited_for() -> None:
    github = GitHub(faults=[passes, answers(429, retry_after="3600")])
    assert isinstance(post(github), NotPosted)
    assert github.slept == []
    github.faults = [answers(429, retry_after="0")] * 1000
    assert isinstance(post(github), NotPosted)
    assert sum(github.slept) <= 120


def drift(github: GitHub, text: str | None, run: int = 10, *, only_existing: bool = False) -> Posted | NotPosted | None:
    at = context(run=run, pull=None)
    line = Marker(what="issue", key=KEY, run=at.run)
    with Rest(URL, "t", partial(SyncClient, transport=github.transport), sleep=github.slept.append) as rest:
        return post_issue(
            rest,
            at,
            marker=line,
            author=AUTHOR,
            title="Drift",
            render=None if text is None else lambda _: f"{line}\n{text}",
            only_existing=only_existing,
        )


def test_drift_has_one_issue_that_is_opened_updated_and_closed() -> None:
    github = GitHub()
    github.issue("another's", author="someone", title="Bug")
    github.issue(f"{marker(9, what='issue')}\nnot an issue", pull=True)
    for run, text in enumerate(["one", "two", None, None], start=10):
        drift(github, text, run)
    assert [(i["title"], i["state"]) for i in github.issues] == [("Bug", "open"), ("", "open"), ("Drift", "closed")]
    assert github.issues[2]["body"].endswith("two")
    assert github.writes == ["POST", "PATCH", "PATCH"]


def test_drift_after_a_closed_issue_opens_another() -> None:
    github = GitHub()
    for run, text in enumerate(["one", None, "again"], start=10):
        drift(github, text, run)
    assert [issue["state"] for issue in github.issues] == ["closed", "open"]


def test_an_older_run_neither_writes_nor_closes_a_newer_runs_issue() -> None:
    github = GitHub()
    drift(github, "newer", 12)
    for text in ("older", None):
        posted = drift(github, text, 11)
        assert isinstance(posted, Posted)
        assert posted.how == "newer"
    assert github.issues[0]["body"].endswith("newer")
    assert github.issues[0]["state"] == "open"
    assert github.writes == ["POST"]


def test_without_drift_and_without_an_issue_nothing_is_written() -> None:
    github = GitHub()
    assert drift(github, None) is None
    assert github.writes == []


def test_an_existing_text_is_updated_and_a_missing_one_not_created() -> None:
    github = GitHub()
    assert post(github, only_existing=True) is None
    assert drift(github, "one", only_existing=True) is None
    assert github.writes == []
    post(github)
    posted = post(github, "applied", at=context(run=11), only_existing=True)
    assert isinstance(posted, Posted)
    assert posted.how == "updated"
    assert github.comments[0]["body"].endswith("applied")


def test_a_text_of_the_first_version_is_left_as_it_is() -> None:
    github = GitHub()
    old = github.comment(f"{marker(9).replace('v2', 'v1')}\nold")
    posted = post(github)
    assert isinstance(posted, Posted)
    assert posted.how == "created"
    assert old["body"].endswith("old")


def test_a_token_of_another_author_is_named_and_still_keeps_one_comment() -> None:
    github = GitHub(writer="acme-app[bot]")
    first = post(github)
    assert isinstance(first, Posted)
    assert "acme-app[bot]" in first.note
    assert AUTHOR in first.note
    assert "comment-author" in first.note
    second = post(github, "another plan", at=context(run=11))
    assert isinstance(second, Posted)
    assert second.id == first.id
    assert [comment["body"].partition("\n")[0] for comment in github.comments] == [marker(11), FOLDED_MARKER]
