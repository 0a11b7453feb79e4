import logging

import pytest

from trueup.request_log import log_request

LOG = logging.getLogger("trueup.platforms")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://connect.example/acme/drafts", "https://connect.example/acme/drafts"),
        ("https://user:canary@connect.example:8443/drafts?where=canary#canary", "https://connect.example:8443/drafts"),
        ("https://canary@[::1]:80/drafts", "https://[::1]:80/drafts"),
        ("/repos/acme/x/issues?state=canary", "/repos/acme/x/issues"),
        ("https://canary:canary@[broken/", "(an invalid address)"),
        ("https://canary@host:port/", "(an invalid address)"),
    ],
)
def test_a_request_is_logged_without_possible_secrets(url: str, shown: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "trueup")
    log_request(LOG, "GET", url, status=200, seconds=0.0126, correlation_id="trueup-1")
    assert caplog.messages == [f"GET {shown}: HTTP 200 in 13 ms, trueup-1"]


def test_a_request_without_an_answer_or_an_id_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "trueup")
    log_request(LOG, "POST", "https://host/x", status=None, seconds=60)
    assert caplog.messages == ["POST https://host/x: no answer in 60000 ms"]


def test_requests_are_logged_only_at_level_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "trueup")
    log_request(LOG, "GET", "https://host/x", status=200, seconds=0)
    assert caplog.messages == []
