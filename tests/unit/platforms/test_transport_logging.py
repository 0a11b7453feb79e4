"""What is logged of requests and of decisions about them: enough to follow a run, and no secret."""

import logging

import httpx
import pytest

from trueup.platforms.credentials import resolve_credentials
from unit.platforms.doubles import CONNECT, ENV, Network, connector, draft, granted, in_turn, refusal

WANTED = connector("tax")
OK = httpx.Response(200, json=draft("tax"))
REFUSED = httpx.Response(401, json={"statusCode": 401, "message": "invalid_token"})


def logged(caplog: pytest.LogCaptureFixture, network: Network, level: int = logging.DEBUG) -> list[str]:
    caplog.set_level(level, "trueup")
    network.reading(lambda reader: reader.read(WANTED))
    assert {record.name for record in caplog.records if record.name.startswith("trueup")} == {"trueup.platforms"}
    return [record.getMessage() for record in caplog.records if record.name.startswith("trueup")]


def test_each_request_is_logged_with_status_time_and_correlation_id(caplog: pytest.LogCaptureFixture) -> None:
    network = Network(in_turn(OK))
    requests = [line for line in logged(caplog, network) if " ms" in line]
    assert len(requests) == len(network.requests) == 2
    for line, request in zip(requests, network.requests, strict=True):
        assert line.startswith(f"{request.method} {str(request.url).partition('?')[0]}: HTTP 200 in ")
        assert line.endswith(request.headers["X-Correlation-ID"])


def test_a_request_that_is_lost_is_logged_as_one_without_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    lines = logged(caplog, Network(in_turn(httpx.ReadTimeout(""), OK)))
    assert sum(": no answer in " in line for line in lines) == 1


def test_a_retry_and_a_throttle_are_decisions(caplog: pytest.LogCaptureFixture) -> None:
    lines = logged(caplog, Network(in_turn(refusal(503, "OverCapacity"), OK)), logging.INFO)
    assert any("throttles: at most 2 requests at a time now." in line for line in lines)
    assert any(line.endswith("; attempt 2 follows in 0.5 s.") for line in lines)
    assert not any(" ms" in line for line in lines)


def test_a_refused_token_is_a_decision(caplog: pytest.LogCaptureFixture) -> None:
    lines = logged(caplog, Network(in_turn(REFUSED, OK)), logging.INFO)
    assert any(line.endswith("refused the token; retrying with a new one.") for line in lines)


def test_no_credential_token_header_or_body_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    network = Network(in_turn(REFUSED, refusal(503, "OverCapacity"), OK))
    text = "\n".join(logged(caplog, network))
    assert granted().json()["access_token"] not in text
    assert not [value for value in ENV.values() if value in text]
    assert "Bearer" not in text
    assert "Basic" not in text


@pytest.mark.parametrize("given", ["", "_FILE"])
def test_where_credentials_come_from_is_logged_and_not_what_they_are(
    given: str, caplog: pytest.LogCaptureFixture, tmp_path_factory: pytest.TempPathFactory
) -> None:
    caplog.set_level(logging.INFO, "trueup")
    env = {}
    for name, value in ENV.items():
        file = tmp_path_factory.mktemp("secrets") / "value"
        file.write_text(value)
        env[f"{name}{given}"] = str(file) if given else value
    resolve_credentials({CONNECT.name: CONNECT}, env)
    names = f"{CONNECT.client_id_env}{given} and {CONNECT.client_secret_env}{given}"
    assert caplog.messages == [f"Target {CONNECT.name}: credentials from {names}."]
