"""Every exception of httpx means one of our own failures, and none of its text is shown."""

import asyncio
import socket
import ssl

import httpcore
import httpx
import pytest

from trueup.platforms.failures import Destination, Failure, Lost, NotSent, failure_of, host_and_port, translated
from trueup.platforms.transport import Route, Sender
from unit.platforms.doubles import FakeClock, quick_settings

CANARY = "secret-canary"
DESTINATION = Destination("connect.test:443", "proxy.test:3128")


def exceptions(library: object) -> list[type[Exception]]:
    named = [getattr(library, name) for name in dir(library)]
    return [kind for kind in named if isinstance(kind, type) and issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", exceptions(httpx), ids=lambda kind: kind.__qualname__)
def test_no_text_of_a_library_exception_is_shown(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    error.args = (f"http://me:{CANARY}@proxy",)
    for begun in (True, False):
        assert CANARY not in str(translated(error, DESTINATION, begun=begun))


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (httpx.ConnectError, False),
        (httpx.ConnectTimeout, False),
        (httpx.PoolTimeout, False),
        (httpx.ProxyError, False),
        (httpx.UnsupportedProtocol, False),
        (httpx.ReadTimeout, True),
        (httpx.WriteTimeout, True),
        (httpx.ReadError, True),
        (httpx.WriteError, True),
        (httpx.CloseError, True),
        (httpx.RemoteProtocolError, True),
        (httpx.LocalProtocolError, True),
        (httpx.DecodingError, True),
        (ConnectionResetError, True),
        (RuntimeError, True),
    ],
)
def test_a_request_that_was_not_sent_is_distinguished_from_a_lost_one(kind: type[Exception], sent: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert isinstance(translated(kind.__new__(kind), DESTINATION), Lost if sent else NotSent)


def test_only_the_status_of_a_proxy_is_shown() -> None:
    expected = "no connection to connect.test:443 through the proxy proxy.test:3128: the proxy refused with HTTP 407"
    assert str(translated(httpx.ProxyError(f"407 {CANARY}"), DESTINATION)) == expected
    assert str(translated(httpx.ProxyError(CANARY), DESTINATION)).endswith(": the proxy refused")


def test_the_systems_reason_is_the_innermost() -> None:
    for cause, expected in (
        (ConnectionRefusedError(111, CANARY), "Connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "the name cannot be looked up (Name or service not known)"),
        (ssl.SSLError(1, f"[SSL] {CANARY}"), "TLS failed"),
        (ExceptionGroup(CANARY, [ConnectionRefusedError(111, CANARY)]), "Connection refused"),
        (ValueError(CANARY), "the connection failed"),
    ):
        error = httpx.ConnectError(CANARY)
        error.__cause__ = cause
        assert (
            str(translated(error, Destination("connect.test:443"))) == f"no connection to connect.test:443: {expected}"
        )
        error.__cause__ = httpcore.ConnectError(cause)
        assert (
            str(translated(error, Destination("connect.test:443"))) == f"no connection to connect.test:443: {expected}"
        )


def test_an_unknown_exception_may_have_been_sent() -> None:
    assert failure_of(KeyError(CANARY)) is Failure.OTHER
    assert str(translated(KeyError(CANARY), Destination("a:1"))) == "a:1: the HTTP library failed (KeyError)"


def test_host_and_port_contain_no_user_and_password() -> None:
    assert host_and_port("https://me:mine@origin.test/equinox") == "origin.test:443"
    assert host_and_port("http://[::1]:8080/") == "[::1]:8080"


class Hiding(httpx.AsyncBaseTransport):
    """A transport that ends a cancelled request with an error of its own, as libraries have been seen to do."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise RuntimeError("generator didn't stop after athrow()") from None
        raise AssertionError("nothing answers")


def test_a_cancellation_that_a_library_hides_is_not_lost() -> None:
    async def cancelled() -> None:
        route = Route(Hiding, None, (Exception,))
        sender = Sender(lambda _: route, FakeClock(), quick_settings())
        task = asyncio.create_task(sender.send("GET", "https://api.test/", ()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
