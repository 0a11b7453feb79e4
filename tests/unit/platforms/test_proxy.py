"""One set of proxy rules for everything that goes over HTTP."""

import asyncio
import base64

import httpx
import pytest

from trueup.errors import UsageError
from trueup.platforms.certificates import ssl_context
from trueup.platforms.credentials import masked
from trueup.platforms.proxy import Proxy, is_direct, proxy_for, proxy_to
from trueup.platforms.transport import Network, sync_transport

PROXY = "http://proxy.test:3128"


def through(text: str) -> Proxy:
    proxy = proxy_for("https", "origin.test", environ={"HTTPS_PROXY": text})
    assert proxy is not None
    return proxy


@pytest.mark.parametrize(
    ("no_proxy", "host"),
    [
        ("*", "origin.test"),
        (" * ", "origin.test"),
        ("a.test, *", "origin.test"),
        ("origin.test", "origin.test"),
        ("ORIGIN.test", "origin.TEST"),
        ("origin.test.", "origin.test"),
        ("origin.test", "origin.test."),
        ("test", "origin.test"),
        (".test", "origin.test"),
        (".origin.test", "origin.test"),
        ("*.test", "origin.test"),
        ("*.origin.test", "origin.test"),
        ("or*.test", "origin.test"),
        ("origin.test:443", "origin.test"),
        ("https://origin.test/", "origin.test"),
        ("a.test  origin.test", "origin.test"),
        (",, ,origin.test,", "origin.test"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("[::1]:443", "::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("fe80::/10", "fe80::1"),
        ("fe80::/10", "fe80::1%eth0"),
        ("[fe80::]/10", "febf::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("10.0.0.0/8", "10.1.2.3"),
        ("10.0.0.7/8", "10.1.2.3"),
        ("10.1.2.3", "::ffff:10.1.2.3"),
        ("10.*", "10.1.2.3"),
        ("127.0.0.1", "127.0.0.1"),
        ("müller.example", "xn--mller-kva.example"),
        ("müller.example", "shop.müller.example"),
        (".MÜLLER.example", "müller.example"),
    ],
)
def test_a_host_that_is_named_is_reached_directly(no_proxy: str, host: str) -> None:
    assert is_direct(no_proxy, host, 443)


@pytest.mark.parametrize(
    ("no_proxy", "host"),
    [
        ("", "origin.test"),
        (" , ", "origin.test"),
        (".", "origin.test"),
        ("*.", "origin.test"),
        ("gin.test", "origin.test"),
        ("origin.test.evil", "origin.test"),
        ("origin.test:8443", "origin.test"),
        ("[::1]:80", "::1"),
        ("[::2]", "::1"),
        ("1", "::1"),
        ("[", "::1"),
        ("]", "origin.test"),
        ("fe80::/10", "fec0::1"),
        ("fe80::/10", "origin.test"),
        ("fe80::/x", "fe80::1"),
        ("10.0.0.0/33", "10.0.0.1"),
        ("10.0.0.0/8", "11.0.0.1"),
        ("2.3", "10.1.2.3"),
        ("ü" * 80, "origin.test"),
        ("a..b", "origin.test"),
        ("\x00", "origin.test"),
        ("origin.test:99999", "origin.test"),
        ("://", "origin.test"),
    ],
)
def test_a_host_that_is_not_named_goes_through_the_proxy(no_proxy: str, host: str) -> None:
    assert not is_direct(no_proxy, host, 443)


def test_no_entry_and_no_host_raises() -> None:
    odd = ["", "*", ".", "[", "]", "[]", "[]:", ":", "::", ":1", "/", "//", "a/b", "ü", "\ud800", "%", "a%", "@", "#"]
    for entry in odd:
        for host in [*odd, "origin.test", "::1", "fe80::1%eth0", "10.0.0.1"]:
            assert is_direct(entry, host, None) in {True, False}


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"HTTPS_PROXY": PROXY}, "proxy.test:3128"),
        ({"https_proxy": PROXY}, "proxy.test:3128"),
        ({"ALL_PROXY": PROXY}, "proxy.test:3128"),
        ({"HTTPS_PROXY": "proxy.test"}, "proxy.test:80"),
        ({"HTTPS_PROXY": "https://proxy.test"}, "proxy.test:443"),
        ({"HTTPS_PROXY": "HTTP://PROXY.test:1/"}, "proxy.test:1"),
        ({"HTTPS_PROXY": "http://[::1]:3128"}, "[::1]:3128"),
        ({"HTTPS_PROXY": f" {PROXY} "}, "proxy.test:3128"),
        ({"HTTPS_PROXY": PROXY, "https_proxy": ""}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTP_PROXY": PROXY}, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "origin.test"}, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "origin.test", "no_proxy": "other.test"}, "proxy.test:3128"),
        ({"HTTPS_PROXY": "socks5://proxy.test", "no_proxy": "*"}, None),
    ],
)
def test_the_environment_names_the_proxy(environ: dict[str, str], place: str | None) -> None:
    proxy = proxy_to("https://origin.test/equinox", environ=environ)
    assert (None if proxy is None else proxy.place) == place


def test_http_proxy_is_ignored_in_a_cgi_process() -> None:
    environ = {"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}
    assert proxy_to("http://origin.test", environ=environ) is None
    assert proxy_to("http://origin.test", environ={"HTTP_PROXY": PROXY}) is not None


def test_plain_http_to_this_machine_goes_directly() -> None:
    environ = {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY}
    assert proxy_to("http://[::1]:8700", environ=environ) is None
    assert proxy_to("https://[::1]:8700", environ=environ) is not None
    assert proxy_to("https://[::1]:8700", environ={**environ, "NO_PROXY": "[::1]"}) is None


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "SOCKS"])
def test_a_socks_proxy_is_named_as_one_that_cannot_be_used(scheme: str) -> None:
    with pytest.raises(UsageError) as raised:
        proxy_to("https://origin.test", environ={"ALL_PROXY": f"{scheme}://me:mine@proxy.test:1080"})
    assert "ALL_PROXY cannot be used: it is a SOCKS proxy" in str(raised.value)
    assert "mine" not in str(raised.value)


@pytest.mark.parametrize(
    "password", ["pa#ss", "pa/ss", "pa?ss", "p@ss", "p:ss", "p%23ss", "100%", "a%20b", "%C3%BC", "x&y=z"]
)
def test_a_password_may_contain_any_ascii_character(password: str) -> None:
    proxy = through(f"http://me:{password}@proxy.test:3128")
    assert proxy.place == "proxy.test:3128"
    url = httpx.URL(proxy.url.reveal())
    assert (url.username, url.host) == ("me", "proxy.test")
    sent = base64.b64encode(f"me:{url.password}".encode()).decode()
    assert masked(f"{password} {sent}", proxy.secrets) == "*** ***"


@pytest.mark.parametrize(("typed", "sent"), [("mi ne", "mi%20ne"), ("mîné§", "m%C3%AEn%C3%A9%C2%A7")])
def test_a_password_may_contain_spaces_and_accented_letters(typed: str, sent: str) -> None:
    proxy = through(f"http://me:{typed}@proxy.test:1")
    assert (proxy.place, proxy.url.reveal()) == ("proxy.test:1", f"http://me:{sent}@proxy.test:1")


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "http://me:mine@",
        "http://me:mine@proxy.test:port",
        "http://me:mine@proxy.test:99999",
        "http://me:mine@[::1",
        "http://me:mine@pro xy.test",
        "http://me:mine@pröxy.test",
        "http://me:%0Amine@proxy.test",
        "http://me:%E2%82%ACmine@proxy.test",
        "ftp://me:mine@proxy.test",
        "://me:mine@proxy.test",
    ],
)
def test_an_unusable_proxy_is_a_usage_error_and_not_shown(text: str) -> None:
    with pytest.raises(UsageError, match=r"^The proxy in HTTPS_PROXY cannot be used: ") as raised:
        through(text)
    assert "mine" not in str(raised.value)


def test_a_wrong_port_in_a_url_is_left_to_the_caller() -> None:
    assert proxy_to("https://origin.test:port", environ={"HTTPS_PROXY": PROXY}) is None


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_both_clients_take_the_proxy(scheme: str) -> None:
    async def run() -> None:
        environ = {"HTTPS_PROXY": f"{scheme}://me:pa#s@s/w?rd@proxy.test:3128", "NO_PROXY": "direct.test"}
        proxy, certificates = proxy_to("https://origin.test", environ=environ), ssl_context({})
        sync_transport(proxy, certificates).close()
        async with Network(certificates, environ) as network:
            routes = [network.route(f"https://{host}/equinox") for host in ("origin.test", "direct.test")]
            assert [route.proxy for route in routes] == [proxy, None]
            for route in routes:
                route.open()

    asyncio.run(run())
