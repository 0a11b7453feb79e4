"""Refusals and rate limits of GitHub: its message is shown, and waits are bounded."""

from functools import partial

import httpx
import pytest

from trueup.errors import UsageError
from trueup.github.api import PATIENCE, Rest
from trueup.github.comment import AUTHOR, Marker, NotPosted, Posted, post_comment
from trueup.github.key import KeyScope, scope_key
from trueup.platforms.transport import SyncClient
from unit.github.contexts import context
from unit.github.fake import URL, GitHub, answers, passes

KEY = scope_key("plan", KeyScope(project="trueup.yaml"))
NOW = 1_700_000_000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
"""NOW as a header gives it."""

LOCKED = "Unable to create comment because issue is locked."
ARCHIVED = "Repository was archived so is read-only."
DISABLED = "Issues are disabled for this repo"
FORK = "Resource not accessible by integration"
PRIMARY = "API rate limit exceeded for installation ID 7."
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def post(github: GitHub, token: str = "t", now: float = NOW) -> Posted | NotPosted | None:
    here = context()
    line = Marker(what="comment", key=KEY, run=here.run)
    with Rest(
        URL, token, partial(SyncClient, transport=github.transport), sleep=github.slept.append, now=lambda: now
    ) as rest:
        return post_comment(rest, here, pull=7, marker=line, author=AUTHOR, render=lambda _: f"{line}\nthe plan")


def refused(github: GitHub, now: float = NOW) -> str:
    posted = post(github, now=now)
    assert isinstance(posted, NotPosted)
    return posted.reason


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, LOCKED), (403, ARCHIVED), (410, DISABLED), (404, "Not Found"), (401, "Bad credentials"), (422, "Too long")],
)
def test_a_refusal_quotes_githubs_message(status: int, words: str) -> None:
    github = GitHub(faults=[passes, *[answers(status, words)] * 9])
    assert refused(github).endswith(f" GitHub says: {words}")
    assert github.slept == []


def test_a_locked_pull_request_is_not_a_missing_permission() -> None:
    assert (
        refused(GitHub(faults=[passes, answers(403, LOCKED)])) == f"GitHub refuses the request. GitHub says: {LOCKED}"
    )
    reason = refused(GitHub(faults=[passes, answers(403, FORK)]))
    assert "pull-requests: write" in reason
    assert reason.endswith(f"GitHub says: {FORK}")


def test_githubs_message_is_made_safe_and_shortened() -> None:
    reason = refused(GitHub(faults=[passes, answers(403, f"\x1b[31m\n::error::{'x' * 5000}")]))
    assert "\x1b" not in reason
    assert "\n" not in reason
    assert len(reason) < 500


@pytest.mark.parametrize("status", [403, 429])
def test_a_used_up_rate_limit_is_waited_for_until_its_reset(status: int) -> None:
    limit = answers(status, PRIMARY, x_ratelimit_remaining="0", x_ratelimit_reset=str(NOW + 40))
    github = GitHub(faults=[passes, limit])
    assert isinstance(post(github), Posted)
    assert github.slept == [41.0]


def test_the_reset_is_measured_with_the_date_of_the_answer() -> None:
    limit = answers(403, PRIMARY, x_ratelimit_remaining="0", x_ratelimit_reset=str(NOW + 40), date=DATE)
    github = GitHub(faults=[passes, limit])
    assert isinstance(post(github, now=NOW - 5000), Posted)
    assert github.slept == [41.0]


@pytest.mark.parametrize("reset", [str(NOW + 3000), "9" * 17])
def test_a_rate_limit_that_lasts_too_long_is_reported_at_once(reset: str) -> None:
    limit = answers(403, PRIMARY, x_ratelimit_remaining="0", x_ratelimit_reset=reset)
    github = GitHub(faults=[passes, limit])
    reason = refused(github)
    assert "asks to wait " in reason
    assert reason.endswith(f"GitHub says: {PRIMARY}")
    assert (github.slept, len(github.requests)) == ([], 2)


@pytest.mark.parametrize("reset", ["", "soon", "-1", "9" * 400])
def test_a_rate_limit_without_a_usable_time_means_a_wait_of_a_minute(reset: str) -> None:
    github = GitHub(faults=[passes, answers(403, PRIMARY, x_ratelimit_remaining="0", x_ratelimit_reset=reset)])
    assert isinstance(post(github), Posted)
    assert github.slept == [60.0]


def test_a_secondary_limit_that_only_the_message_names_is_waited_for() -> None:
    github = GitHub(faults=[passes, answers(403, SECONDARY)])
    assert isinstance(post(github), Posted)
    assert github.slept == [60.0]


@pytest.mark.parametrize("after", ["7", "Tue, 14 Nov 2023 22:13:27 GMT"])
def test_a_secondary_limit_says_when_in_seconds_or_as_a_date(after: str) -> None:
    github = GitHub(faults=[passes, answers(429, SECONDARY, retry_after=after)])
    assert isinstance(post(github), Posted)
    assert github.slept == [7.0]


def test_a_recurring_rate_limit_is_waited_for_within_the_bound_and_then_reported() -> None:
    github = GitHub(faults=[passes, *[answers(403, SECONDARY)] * 99])
    assert refused(github).endswith(f"GitHub says: {SECONDARY}")
    assert sum(github.slept) <= PATIENCE


def test_a_rate_limit_while_listing_counts_too() -> None:
    github = GitHub(faults=[answers(429, SECONDARY, retry_after="4000")])
    assert refused(github).endswith(f"GitHub says: {SECONDARY}")
    assert len(github.requests) == 1


def test_an_empty_token_is_named_before_anything_is_sent() -> None:
    github = GitHub()
    with pytest.raises(UsageError, match="GITHUB_TOKEN is empty"):
        post(github, token="")
    assert github.requests == []


def test_a_page_of_another_server_has_no_message() -> None:
    github = GitHub(faults=[passes, lambda _: httpx.Response(403, html="<h1>403</h1>")])
    assert "GitHub says" not in refused(github)
