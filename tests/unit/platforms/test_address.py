import pytest

from trueup.platforms.address import TargetUrl, is_safe_for_credentials, path_segment

BASE = TargetUrl("https://origin.build/equinox")


@pytest.mark.parametrize(
    "url",
    [
        "https://origin.build/equinox/connect/v1/result/certifications_update/batch/1c8a06b6",
        "https://origin.build:443/equinox/connect",
        "HTTPS://ORIGIN.BUILD/equinox/connect",
        "https://origin.build/equinox/connect?page=1",
    ],
)
def test_an_address_covers_the_urls_below_it(url: str) -> None:
    assert BASE.covers(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://origin.build/equinox/connect",
        "https://origin.build:8443/equinox/connect",
        "https://origin.build.evil.example/equinox/connect",
        "https://evil.example/equinox/connect",
        "https://origin.build@evil.example/equinox/connect",
        "https://user:pw@origin.build/equinox/connect",
        "https://@origin.build/equinox/connect",
        "https://origin.build/equinoxious/connect",
        "https://origin.build/equinox",
        "https://origin.build/other",
        "https://origin.build/equinox/../other",
        "https://origin.build/equinox/%2e%2e/other",
        "https://origin.build/equinox/%252e%252e/other",
        "https://origin.build/equinox/..%2fother",
        "https://origin.build/equinox/..%5cother",
        "https://origin.build/equinox\\..\\other",
        "https://origin.build/equinox/connect#fragment",
        "https://origin.build\t/equinox/connect",
        "https://origin.build:99999/equinox/connect",
        "//origin.build/equinox/connect",
        "/equinox/connect",
        "",
    ],
)
def test_an_address_covers_nothing_else(url: str) -> None:
    assert not BASE.covers(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://connect.example",
        "https://h.example:8443/x",
        "http://127.0.0.1:8080",
        "http://localhost/w",
        "http://[::1]:9",
    ],
)
def test_credentials_go_to_https_and_to_this_machine(url: str) -> None:
    assert is_safe_for_credentials(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://connect.example",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "ftp://connect.example",
        "https://user:pw@connect.example",
        "https://connect.example?x=1",
        "https://connect.example#x",
        "https://",
        "connect.example",
        "https://connect.example:port",
        "https://connect.example\n",
    ],
)
def test_credentials_are_sent_to_no_other_urls(url: str) -> None:
    assert not is_safe_for_credentials(url)


def test_a_segment_stays_one_segment() -> None:
    assert path_segment("a/b?c#d e") == "a%2Fb%3Fc%23d%20e"
