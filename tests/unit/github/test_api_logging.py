import logging
from functools import partial

import pytest

from trueup.github.api import Rest
from trueup.platforms.transport import SyncClient
from unit.github.fake import URL, GitHub, answers


def test_each_request_to_github_is_logged_without_token_and_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "trueup")
    github = GitHub(faults=[answers(404, "Not Found")])
    with Rest(
        URL, "canary", partial(SyncClient, transport=github.transport), sleep=github.slept.append, now=lambda: 0.0
    ) as rest:
        rest.read("/repos/acme/x/issues", state="closed")
    assert github.slept == []
    lines = [record.getMessage() for record in caplog.records if record.name == "trueup.github"]
    assert lines == ["GET /repos/acme/x/issues: HTTP 404 in 0 ms"]
