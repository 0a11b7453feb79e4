"""Which requests are sent again, and what each failure means."""

import asyncio
import re

import httpx
import pytest

from trueup.errors import (
    NotAuthorised,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    Unavailable,
    UnexpectedAnswer,
    explained,
)
from trueup.model.action import Delete
from trueup.model.live import Live, Missing, Unreadable
from trueup.model.reader import Reader
from unit.platforms.doubles import (
    ORIGIN,
    Network,
    certification,
    connector,
    draft,
    granted,
    html,
    in_turn,
    origin_error,
    refusal,
)

WANTED = connector("tax")
OK = httpx.Response(200, json=draft("tax"))
OVER_CAPACITY = refusal(503, "OverCapacity")
LOST = [httpx.ReadTimeout(""), httpx.ReadError(""), httpx.RemoteProtocolError("gone"), httpx.WriteError("")]
NOT_SENT = [httpx.ConnectError("refused"), httpx.ConnectTimeout(""), httpx.PoolTimeout(""), httpx.ProxyError("")]


def read_error(network: Network) -> PlatformError:
    reading = network.reading(lambda reader: reader.read(WANTED))
    assert isinstance(reading, Unreadable)
    assert isinstance(reading.error, PlatformError)
    return reading.error


def create(network: Network) -> object:
    return network.writing(lambda writer: writer.create(WANTED, {"name": "Tax"}))


def api_requests(network: Network) -> list[httpx.Request]:
    return [request for request in network.requests if request.url.path != "/oauth/token"]


@pytest.mark.parametrize(
    "trouble", [*LOST, *NOT_SENT, html(502), html(503), html(504), html(429), refusal(500, "General"), OVER_CAPACITY]
)
def test_a_read_is_repeated_until_it_succeeds(trouble: httpx.Response | Exception) -> None:
    network = Network(in_turn(trouble, trouble, OK))
    reading = network.reading(lambda reader: reader.read(WANTED))
    assert not isinstance(reading, Missing | Unreadable)
    assert network.clock.waits == [0.5, 1.0]


@pytest.mark.parametrize("trouble", [html(502), OVER_CAPACITY, httpx.ReadTimeout("")])
def test_a_read_that_never_succeeds_is_unavailable(trouble: httpx.Response | Exception) -> None:
    network = Network(in_turn(trouble))
    assert type(read_error(network)) is Unavailable
    assert len(api_requests(network)) == network.settings.read_attempts


@pytest.mark.parametrize(
    "answer",
    [html(404), html(400), html(200), httpx.Response(200, json=["a list"]), httpx.Response(404), httpx.Response(302)],
)
def test_a_foreign_answer_to_a_read_is_unexpected_and_not_retried(answer: httpx.Response) -> None:
    network = Network(in_turn(answer))
    assert type(read_error(network)) is UnexpectedAnswer
    assert len(api_requests(network)) == 1


def test_a_redirect_is_not_followed() -> None:
    away = httpx.Response(302, headers={"location": "https://evil.test/connectors"})
    network = Network(in_turn(away))
    read_error(network)
    assert {request.url.host for request in network.requests} == {"auth.test", "connect.test"}


def test_retry_after_is_honoured_by_reads() -> None:
    network = Network(in_turn(refusal(429, "TooManyRequests", headers={"Retry-After": "9"}), OK))
    network.reading(lambda reader: reader.read(WANTED))
    assert network.clock.waits == [9.0]


@pytest.mark.parametrize(
    "trouble", [*LOST, html(500), html(502), html(504), html(200), html(302), refusal(502, "BadGateway")]
)
def test_a_write_without_a_clear_answer_is_unknown_and_sent_once(trouble: httpx.Response | Exception) -> None:
    network = Network(in_turn(trouble))
    with pytest.raises(OutcomeUnknown):
        create(network)
    assert len(api_requests(network)) == 1


@pytest.mark.parametrize("code", ["General", "BadGateway", "NeverHeardOf"])
def test_a_server_error_of_the_platform_leaves_a_write_unknown(code: str) -> None:
    network = Network(in_turn(refusal(500, code)))
    with pytest.raises(OutcomeUnknown):
        create(network)
    assert len(api_requests(network)) == 1


@pytest.mark.parametrize("trouble", NOT_SENT)
def test_a_write_that_was_not_sent_is_unavailable(trouble: Exception) -> None:
    network = Network(in_turn(trouble))
    with pytest.raises(Unavailable):
        create(network)
    assert len(api_requests(network)) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        OVER_CAPACITY,
        refusal(429, "TooManyRequests"),
        refusal(503, "NeverHeardOf"),
        refusal(503, "General"),
        html(429),
        html(503),
        httpx.Response(503),
    ],
)
def test_a_throttled_write_is_sent_again(trouble: httpx.Response) -> None:
    network = Network(in_turn(trouble, trouble, OK))
    assert create(network) is not None
    assert len(api_requests(network)) == 3


def test_retry_after_of_a_gateway_is_honoured() -> None:
    later = {"Retry-After": "Thu, 01 Jan 1970 00:00:40 GMT", "Date": "Thu, 01 Jan 1970 00:00:10 GMT"}
    network = Network(in_turn(html(503, headers=later), html(503, headers={"Retry-After": "86400"}), OK))
    assert create(network) is not None
    assert network.clock.waits == [30.0, network.settings.wait_cap]


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (html(400), Rejected),
        (html(401), NotAuthorised),
        (html(403), NotAuthorised),
        (html(404), NotFound),
        (html(405), Rejected),
        (html(413), Rejected),
        (html(501), Rejected),
        (httpx.Response(404, json={"error": "not found"}), NotFound),
    ],
)
def test_a_write_that_a_gateway_refuses_was_not_executed(trouble: httpx.Response, error: type[PlatformError]) -> None:
    network = Network(in_turn(trouble))
    with pytest.raises(PlatformError) as raised:
        create(network)
    assert type(raised.value) is error
    assert network.paths.count("POST /connectors/drafts") == (2 if trouble.status_code == 401 else 1)


def test_a_throttled_deletion_is_not_repeated_here() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted()
        return html(503, headers={"Retry-After": "7"}) if request.method == "DELETE" else OK

    network = Network(answer)
    live = Live(fields={}, remote_id="id-tax-0", version=3)
    with pytest.raises(Unavailable) as raised:
        network.writing(lambda writer: writer.process(WANTED, live, Delete(reason="gone")))
    assert raised.value.after == 7.0
    assert network.paths[-1].startswith("DELETE ")
    assert sum(path.startswith("DELETE ") for path in network.paths) == 1


def test_a_write_that_is_always_throttled_is_unavailable_in_the_end() -> None:
    network = Network(in_turn(refusal(429, "TooManyRequests", headers={"Retry-After": "3"})))
    with pytest.raises(Unavailable):
        create(network)
    assert network.clock.waits == [3.0] * (network.settings.write_attempts - 1)


def test_a_refused_write_is_not_repeated() -> None:
    network = Network(in_turn(refusal(400, "InvalidJsonInput")))
    with pytest.raises(Rejected):
        create(network)
    assert len(api_requests(network)) == 1


def test_an_expired_token_costs_one_new_token_even_for_a_write() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted(f"token-{network.paths.count('POST /oauth/token')}")
        return OK if request.headers["authorization"] == "Bearer token-2" else refusal(401, "invalid_token")

    network = Network(answer)
    assert create(network) is not None
    assert network.paths == ["POST /oauth/token", "POST /connectors/drafts"] * 2


def test_a_second_401_stops_the_target() -> None:
    network = Network(in_turn(refusal(401, "invalid_token")))
    with pytest.raises(NotAuthorised):
        create(network)
    assert network.paths == ["POST /oauth/token", "POST /connectors/drafts"] * 2


def test_the_new_attempt_after_a_401_can_be_lost_too() -> None:
    network = Network(in_turn(refusal(401, "invalid_token"), httpx.ReadTimeout("")))
    with pytest.raises(OutcomeUnknown):
        create(network)


def test_an_endless_answer_is_cut_off() -> None:
    endless = httpx.Response(200, content=b"x" * 2000)
    reading = Network(in_turn(endless)).with_settings(body_limit=1000)
    error = read_error(reading)
    assert type(error) is UnexpectedAnswer
    assert re.search(r"the answer of [\w.]+:443 is larger than 1,000 bytes", str(error))
    assert len(api_requests(reading)) == 1
    writing = Network(in_turn(endless)).with_settings(body_limit=1000)
    with pytest.raises(OutcomeUnknown):
        create(writing)


def test_an_answer_that_never_comes_times_out() -> None:
    async def silent(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/oauth/token":
            await asyncio.Event().wait()
        return granted()

    with pytest.raises(OutcomeUnknown, match="no complete answer within"):
        create(Network(silent).with_settings(exchange_timeout=0.05))


def test_every_request_has_a_user_agent_and_a_unique_id() -> None:
    network = Network(in_turn(OVER_CAPACITY, OK))
    network.reading(lambda reader: reader.read(WANTED))
    ids = [request.headers["x-correlation-id"] for request in network.requests]
    assert ids == ["trueup-1", "trueup-2", "trueup-3"]
    assert all(request.headers["user-agent"].startswith("trueup/") for request in network.requests)
    assert [request.headers["authorization"] for request in network.requests[1:]] == ["Bearer granted-token-1"] * 2


def test_no_cookie_is_kept() -> None:
    network = Network(in_turn(httpx.Response(503, headers={"set-cookie": "sticky=1"}), OK))
    network.reading(lambda reader: reader.read(WANTED))
    assert not any("cookie" in request.headers for request in network.requests)


def test_concurrent_requests_are_bounded() -> None:
    inside: set[str] = set()
    counts = []

    async def slow(request: httpx.Request) -> httpx.Response:
        inside.add(request.headers["x-correlation-id"])
        counts.append(len(inside))
        await asyncio.sleep(0.001)
        inside.remove(request.headers["x-correlation-id"])
        return granted() if request.url.path == "/oauth/token" else OK

    async def use(reader: Reader) -> None:
        await asyncio.gather(*(reader.read(WANTED) for _ in range(20)))

    network = Network(slow)
    network.reading(use)
    assert max(counts) == network.settings.concurrency


@pytest.mark.parametrize("status", [429, 503])
def test_fewer_requests_run_concurrently_while_the_platform_throttles(status: int) -> None:
    inside: set[str] = set()
    counts = []

    async def throttling(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted()
        inside.add(request.headers["x-correlation-id"])
        counts.append(len(inside))
        await asyncio.sleep(0.001)
        inside.remove(request.headers["x-correlation-id"])
        return refusal(status, "OverCapacity") if len(counts) <= 4 else OK

    async def use(reader: Reader) -> None:
        await asyncio.gather(*(reader.read(WANTED) for _ in range(8)))

    Network(throttling).reading(use)
    assert counts[3] == 4
    assert max(counts[5:8]) == 2


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, "InvalidJsonInput", message="bad " * 60 + "granted-token-1 client-secret-value the-client"),
        refusal(400, "granted-token-1", message="Bearer granted-token-1" * 40),
        html(200),
        httpx.Response(200, content=b"x" * 190 + b"granted-token-1" * 500),
        httpx.Response(400, content=b" " * 700 + b"granted-token-1" * 500),
    ],
)
def test_no_part_of_an_echoed_secret_is_shown(answer: httpx.Response) -> None:
    network = Network(in_turn(answer))
    error = read_error(network)
    shown = " ".join([str(error), repr(error), error.code, *error.messages])
    for secret in ("granted-token-1", "client-secret-value", "the-client"):
        assert not any(secret[:length] in shown for length in range(6, len(secret) + 1))


@pytest.mark.parametrize("answer", [refusal(400, "InvalidJsonInput"), refusal(500, "General"), httpx.ReadTimeout("")])
def test_the_error_of_a_write_has_the_correlation_id_of_its_request(answer: httpx.Response | Exception) -> None:
    network = Network(in_turn(answer))
    with pytest.raises(PlatformError) as failed:
        create(network)
    assert failed.value.correlation_id == api_requests(network)[-1].headers["X-Correlation-ID"]
    assert explained(failed.value).endswith(
        f"For the platform's support: correlation id {failed.value.correlation_id}."
    )


def test_the_error_of_a_read_has_the_correlation_id_of_the_last_attempt() -> None:
    network = Network(in_turn(OVER_CAPACITY))
    assert read_error(network).correlation_id == api_requests(network)[-1].headers["X-Correlation-ID"]


def test_an_error_without_a_request_has_no_correlation_id() -> None:
    error = read_error(Network(in_turn(httpx.ConnectError("refused"))))
    assert (error.correlation_id, explained(error)) == ("", str(error))


def test_the_error_of_a_rejected_certification_keeps_its_correlation_id() -> None:
    network = Network(in_turn(origin_error(400, "CE00001", "No.")))
    with pytest.raises(Rejected) as failed:
        network.writing(lambda writer: writer.create(certification("epd"), {"url": "https://a.example"}), ORIGIN)
    assert failed.value.correlation_id == network.requests[-1].headers["X-Correlation-ID"]


def test_the_error_of_a_token_request_has_its_correlation_id() -> None:
    network = Network(lambda _: httpx.Response(401, json={"error": "invalid_client"}))
    error = read_error(network)
    assert error.correlation_id == network.requests[-1].headers["X-Correlation-ID"]
