from typing import Any

import pytest

from trueup.manifest.positions import dotted
from trueup.manifest.project_urls import read_target, target_problems
from trueup.model.identity import ConnectTarget
from trueup.model.position import Position


class _PathAsPosition:
    def at(self, path: Any) -> Position:
        return Position(dotted(path), 1, 1)


def _problems(**block: object) -> list[tuple[str, str]]:
    found = list(target_problems("t", block, _PathAsPosition()))
    assert all(problem.position.file == problem.path or problem.code == "missing-field" for problem in found)
    return [(problem.code, problem.path) for problem in found]


@pytest.mark.parametrize(
    "url",
    [
        "https://origin.build/equinox",
        "https://example.com:8443",
        "HTTPS://example.com",
        "http://localhost:8080",
        "http://LOCALHOST",
        "http://127.0.0.1:80/x",
        "http://127.9.9.9",
        "http://[::1]:8080",
    ],
)
def test_https_and_this_machine_are_trusted(url: str) -> None:
    assert _problems(platform="origin", baseUrl=url) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://origin.build/equinox",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0:8080",
        "http://10.0.0.1",
        "http://[::2]",
        "http://2130706433",
    ],
)
def test_plain_http_to_another_machine_is_refused(url: str) -> None:
    assert _problems(platform="origin", baseUrl=url) == [("insecure-url", "targets.t.baseUrl")]


@pytest.mark.parametrize("url", ["https://a:99999", "https://a:x", "https://[::1", "https://:8080", "https://a:0"])
def test_a_text_that_is_not_a_url_is_refused(url: str) -> None:
    assert _problems(platform="origin", baseUrl=url) == [("bad-url", "targets.t.baseUrl")]


EU = "https://connect.europe-west1.gcp.commercetools.com"


@pytest.mark.parametrize(
    ("field", "url", "right"),
    [
        ("apiUrl", f"{EU}/connectors", EU),
        ("apiUrl", f"{EU}/connectors/drafts/", EU),
        ("apiUrl", f"{EU}/connectors/drafts/key=tax", EU),
        ("apiUrl", f"{EU}/my-project", EU),
        ("apiUrl", f"{EU}/my-project/deployments", EU),
        ("apiUrl", "http://127.0.0.1:8700/worlds/eu/connectors/drafts", "http://127.0.0.1:8700/worlds/eu"),
        ("apiUrl", "https://gateway.example/ct/some-key", "https://gateway.example/ct"),
        ("authUrl", "https://auth.europe-west1.gcp.commercetools.com/oauth/token", None),
        ("authUrl", "https://gateway.example/auth/oauth", "https://gateway.example/auth"),
        ("baseUrl", "https://origin.build/equinox/connect/v1", "https://origin.build/equinox"),
        ("baseUrl", "https://origin.build/equinox/connect", "https://origin.build/equinox"),
        ("baseUrl", "https://origin.build/equinox/connect/v1/certifications/search", "https://origin.build/equinox"),
        ("baseUrl", "http://localhost:8700/worlds/o/equinox/connect/v2", "http://localhost:8700/worlds/o/equinox"),
    ],
)
def test_a_url_that_ends_in_a_path_of_the_platform_is_refused_with_the_right_one(
    field: str, url: str, right: str | None
) -> None:
    block = {"platform": "origin" if field == "baseUrl" else "connect", "region": "us-east-2.aws", field: url}
    (problem,) = target_problems("t", {**block, "projectKey": "some-key"}, _PathAsPosition())
    assert (problem.code, problem.path) == ("url-path", f"targets.t.{field}")
    assert problem.allowed == f"{right or 'https://auth.europe-west1.gcp.commercetools.com'}."
    assert url.rstrip("/").endswith(problem.message.split()[3].rstrip(","))


@pytest.mark.parametrize(
    ("field", "url"),
    [
        ("apiUrl", EU),
        ("apiUrl", f"{EU}/"),
        ("apiUrl", "https://gateway.example/commercetools"),
        ("apiUrl", "https://connectors.example"),
        ("apiUrl", "http://127.0.0.1:8700/worlds/connectors-eu"),
        ("authUrl", "https://gateway.example/oauth2"),
        ("baseUrl", "https://gateway.example/connect-origin"),
        ("baseUrl", "http://127.0.0.1:8700/worlds/connect-eu/equinox"),
    ],
)
def test_a_path_before_that_of_the_platform_is_allowed(field: str, url: str) -> None:
    platform = "origin" if field == "baseUrl" else "connect"
    assert _problems(platform=platform, region="us-east-2.aws", **{field: url}) == []


def test_each_url_of_a_target_is_checked() -> None:
    assert _problems(platform="connect", apiUrl="http://a", authUrl="http://b") == [
        ("insecure-url", "targets.t.apiUrl"),
        ("insecure-url", "targets.t.authUrl"),
    ]


@pytest.mark.parametrize(
    "block",
    [
        {"region": "us-east-2.aws"},
        {"sandbox": True},
        {"apiUrl": "https://a", "authUrl": "https://b"},
        {"apiUrl": "https://a", "region": "us-east-2.aws"},
    ],
)
def test_a_connect_target_has_its_hosts_from_a_region_from_urls_or_none_in_the_sandbox(
    block: dict[str, object],
) -> None:
    assert _problems(platform="connect", **block) == []


@pytest.mark.parametrize("block", [{}, {"apiUrl": "https://a"}, {"authUrl": "https://a"}, {"sandbox": False}])
def test_a_connect_target_without_hosts_is_refused(block: dict[str, object]) -> None:
    assert _problems(platform="connect", **block) == [("missing-field", "targets.t.region")]


def test_a_url_takes_precedence_over_the_region() -> None:
    block = {"platform": "connect", "region": "us-east-2.aws", "apiUrl": "https://a/"}
    target = read_target("t", block, _PathAsPosition())
    assert isinstance(target, ConnectTarget)
    assert (target.api_url, target.auth_url) == ("https://a", "https://auth.us-east-2.aws.commercetools.com")


@pytest.mark.parametrize("name", ["TRUEUP_ALLOW_HOSTS", "TRUEUP_INPUT_PATHS", "TRUEUP_FOLLOW_UP_TOKEN"])
def test_a_variable_of_trueup_itself_holds_no_credential(name: str) -> None:
    assert _problems(platform="origin", accessTokenEnv=name) == [("control-variable", "targets.t.accessTokenEnv")]
