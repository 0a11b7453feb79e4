import asyncio
import base64

import httpx
import pytest

from trueup.errors import NotAuthorised, OutcomeUnknown, PlatformError, Unavailable, UnexpectedAnswer
from trueup.model.identity import ConnectTarget
from trueup.model.live import Unreadable
from trueup.model.reader import Reader
from unit.platforms.doubles import (
    AT,
    CONNECT,
    ENV,
    ORIGIN,
    Network,
    certification,
    connector,
    draft,
    granted,
    html,
    refusal,
)

OK = httpx.Response(200, json=draft("tax"))


def answering(*tokens: httpx.Response) -> Network:
    """Return a network that grants these tokens in turn, and then always the last one."""
    left = list(tokens)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/oauth/token":
            return OK
        return left.pop(0) if len(left) > 1 else left[0]

    return Network(answer)


def read_twice(network: Network, pause: float) -> list[str]:
    async def use(reader: Reader) -> None:
        await reader.read(connector("tax"))
        network.clock.time += pause
        await reader.read(connector("tax"))

    network.reading(use)
    return network.paths


TOKEN, READ = "POST /oauth/token", "GET /connectors/drafts/key=tax"


def test_a_token_serves_many_requests() -> None:
    assert read_twice(answering(granted()), 1000) == [TOKEN, READ, READ]


@pytest.mark.parametrize(("pause", "tokens"), [(80, 1), (91, 2), (200, 2)])
def test_a_token_is_renewed_ahead_of_its_end(pause: float, tokens: int) -> None:
    assert read_twice(answering(granted(expires_in=100)), pause).count(TOKEN) == tokens


def test_the_lead_of_a_long_token_is_five_minutes() -> None:
    assert read_twice(answering(granted()), 172_800 - 301).count(TOKEN) == 1
    assert read_twice(answering(granted()), 172_800 - 300).count(TOKEN) == 2


def test_concurrent_requests_share_one_token_request() -> None:
    async def use(reader: Reader) -> None:
        await asyncio.gather(*(reader.read(connector("tax")) for _ in range(8)))

    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return granted() if request.url.path == "/oauth/token" else OK

    network = Network(answer)
    network.reading(use)
    assert network.paths.count(TOKEN) == 1


def test_concurrent_refused_requests_share_one_new_token() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted(f"token-{network.paths.count(TOKEN)}")
        await asyncio.sleep(0)
        return OK if request.headers["authorization"] == "Bearer token-2" else httpx.Response(401)

    async def use(reader: Reader) -> None:
        await asyncio.gather(*(reader.read(connector("tax")) for _ in range(4)))

    network = Network(answer)
    network.reading(use)
    assert network.paths.count(TOKEN) == 2


def test_the_token_request_is_oauth_client_credentials() -> None:
    target = ConnectTarget(
        name="eu", api_url="https://c.test", auth_url="https://a.test/x", position=AT, scope="manage_connectors:acme"
    )
    network = answering(granted())
    network.reading(lambda reader: reader.read(connector("tax")), target)
    request = network.requests[0]
    assert str(request.url) == "https://a.test/x/oauth/token"
    pair = base64.b64encode(b"the-client:client-secret-value").decode()
    assert request.headers["authorization"] == f"Basic {pair}"
    assert request.content == b"grant_type=client_credentials&scope=manage_connectors%3Aacme"


def failure(network: Network) -> PlatformError:
    reading = network.reading(lambda reader: reader.read(connector("tax")))
    assert isinstance(reading, Unreadable)
    assert isinstance(reading.error, PlatformError)
    assert network.paths == [TOKEN] * len(network.paths)
    return reading.error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401, json={"error": "invalid_client", "error_description": "Wrong."}), NotAuthorised),
        (httpx.Response(400, json={"error": "invalid_scope"}), NotAuthorised),
        (httpx.Response(404, json={"error": "nothing here"}), UnexpectedAnswer),
        (html(401), UnexpectedAnswer),
        (html(200), UnexpectedAnswer),
        (httpx.Response(200, json={"access_token": "t"}), UnexpectedAnswer),
        (granted(token=""), UnexpectedAnswer),
        (granted(token="two words"), UnexpectedAnswer),
        (granted(token="line\nbreak"), UnexpectedAnswer),
        (granted(expires_in="100"), UnexpectedAnswer),
        (granted(expires_in=True), UnexpectedAnswer),
    ],
)
def test_no_token_means_no_request(answer: httpx.Response, error: type[PlatformError]) -> None:
    network = answering(answer)
    assert type(failure(network)) is error
    assert len(network.paths) == 1


@pytest.mark.parametrize("answer", [html(502), httpx.Response(503, json={}), httpx.Response(429)])
def test_a_token_request_is_retried_like_a_read(answer: httpx.Response) -> None:
    network = answering(answer)
    assert type(failure(network)) is Unavailable
    assert len(network.paths) == network.settings.read_attempts


def test_without_a_token_no_write_is_unknown() -> None:
    network = answering(html(502))
    with pytest.raises(Unavailable) as raised:
        network.writing(lambda writer: writer.create(connector("tax"), {"name": "Tax"}))
    assert not isinstance(raised.value, OutcomeUnknown)


def test_a_strange_answer_to_the_token_request_is_not_shown() -> None:
    network = answering(httpx.Response(200, json={"accessToken": "swordfish"}))
    assert "swordfish" not in str(failure(network))


def test_a_refused_client_secret_is_not_shown() -> None:
    words = f"no client {ENV['CTP_CLIENT_ID']} with {ENV['CTP_CLIENT_SECRET']}"
    error = failure(answering(httpx.Response(401, json={"error": "invalid_client", "error_description": words})))
    assert "no client *** with ***" in str(error)


def test_no_form_of_the_credentials_is_shown() -> None:
    pair = base64.b64encode(b"the-client:client-secret-value").decode()
    error = failure(answering(httpx.Response(401, json={"error": f"Basic {pair}", "message": f"got Basic {pair}"})))
    assert pair[:8] not in str(error) + error.code


def test_a_replaced_token_is_not_shown() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted(f"secret-token-{network.paths.count(TOKEN)}", expires_in=100)
        if network.paths.count(TOKEN) == 1:
            network.clock.time += 200
            await asyncio.sleep(0.01)
        return refusal(400, "InvalidPathParam", message=f"not with {request.headers['authorization']}")

    async def use(reader: Reader) -> list[str]:
        both = await asyncio.gather(reader.read(connector("tax")), late(reader))
        return [str(reading.error) for reading in both if isinstance(reading, Unreadable)]

    async def late(reader: Reader) -> object:
        await asyncio.sleep(0.001)
        return await reader.read(connector("tax"))

    network = Network(answer)
    texts = network.reading(use)
    assert network.paths.count(TOKEN) == 2
    assert ["secret-token" in text for text in texts] == [False, False]


def test_origin_receives_the_issued_token_which_is_never_renewed() -> None:
    network = Network(lambda request: httpx.Response(401, json={}))
    reading = network.reading(lambda reader: reader.read(certification("A")), ORIGIN)
    assert isinstance(reading, Unreadable)
    assert type(reading.error) is NotAuthorised
    assert [request.headers["authorization"] for request in network.requests] == ["Bearer origin-token"]


def test_each_host_gets_only_its_own_credentials() -> None:
    network = answering(granted())
    network.reading(lambda reader: reader.read(connector("tax")), CONNECT)
    sent = {request.url.host: request.headers["authorization"].split()[0] for request in network.requests}
    assert sent == {"auth.test": "Basic", "connect.test": "Bearer"}
