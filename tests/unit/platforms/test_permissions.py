from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.errors import UsageError
from trueup.manifest.project_urls import OWN_URLS, REGIONS, read_target
from trueup.manifest.schema import schema
from trueup.model.identity import ConnectTarget, OriginTarget, Target
from trueup.model.position import Position
from trueup.platforms.permissions import HostRule, Permissions, withheld_warning

HERE = Position("trueup.yaml", 4, 3)
EU = ConnectTarget(
    name="eu",
    api_url="https://connect.europe-west1.gcp.commercetools.com",
    auth_url="https://auth.europe-west1.gcp.commercetools.com",
    position=HERE,
)
ORIGIN = OriginTarget(name="origin", base_url="https://origin.build/equinox", position=HERE)


def codes(target: Target, permit: Permissions | None = None) -> list[str]:
    return [fault.code for fault in (permit or Permissions()).faults({target.name: target}, None)]


def at(url: str) -> OriginTarget:
    return replace(ORIGIN, base_url=url)


def test_the_platforms_own_hosts_are_those_of_all_regions_of_the_schema() -> None:
    assert set(schema("Project")["$defs"]["connectTarget"]["properties"]["region"]["enum"]) == set(REGIONS)
    assert {field: len(urls) for field, urls in OWN_URLS.items()} == {"apiUrl": 5, "authUrl": 5, "baseUrl": 1}


@pytest.mark.parametrize("region", REGIONS)
def test_a_target_of_a_region_needs_no_allowance(region: str) -> None:
    class Nowhere:
        def at(self, path: object) -> Position:
            return HERE

    positions: Any = Nowhere()
    assert codes(read_target("eu", {"platform": "connect", "region": region}, positions)) == []
    assert codes(read_target("origin", {"platform": "origin"}, positions)) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://origin.build/equinox",
        "https://origin.build",
        "https://origin.build/elsewhere",
        "https://ORIGIN.build/equinox",
        "https://origin.build:443/equinox",
        "https://origin.build:0443/equinox",
        "HTTPS://origin.build/equinox",
        "http://127.0.0.1:8080",
        "http://127.8.9.1",
        "http://localhost:1/x",
        "http://LOCALHOST",
        "http://[::1]:9",
        "https://[0:0:0:0:0:0:0:1]:9",
        "https://127.0.0.1",
    ],
)
def test_own_hosts_and_this_machine_need_no_allowance(url: str) -> None:
    assert codes(at(url)) == []


FOREIGN = [
    "https://evil.example",
    "https://origin.build.evil.example",
    "https://evil-origin.build",
    "https://evil.origin.build",
    "https://evilorigin.build",
    "https://origin.build.",
    "https://origin.build:8443",
    "https://origin.build:",
    "https://origin.build@evil.example",
    "https://evil.example@origin.build",
    "https://user:pw@origin.build",
    "https://@origin.build",
    "https://origin.build%2eevil.example",
    "https://origin.build%00.evil.example",
    "https://evil.example%2f@origin.build",
    "https://evil.example\\@origin.build",
    "https://origin.build\\.evil.example",
    "https://evil.example#@origin.build",
    "https://evil.example?@origin.build",
    "https://evil.example/@origin.build",
    "https:/origin.build",
    "https:///origin.build",
    "https:origin.build",
    "//origin.build",
    "origin.build",
    "https://origin\u3002build",
    "https://\u043erigin.build",
    "https://xn--rigin-yed.build",
    "https://origin.bu\u0131ld",
    "https://origin.build\u2100evil.example",
    "https://origin.build\n.evil.example",
    "https://origin\t.build",
    "https://connect.europe-west1.gcp.commercetools.com",
    "http://origin.build",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://localhost@evil.example",
    "https://2130706433",
    "https://0x7f.1",
    "https://0177.0.0.1",
    "https://127.1",
    "https://127.0.0.1.",
    "https://0.0.0.0",
    "https://[::]",
    "https://[::1%25eth0]",
    "https://[::ffff:10.0.0.1]",
    "https://[::1",
    "https://::1",
    "https://169.254.169.254",
    "",
]


@pytest.mark.parametrize("url", FOREIGN)
def test_every_other_host_is_foreign(url: str) -> None:
    assert codes(at(url)) == ["foreign-host"]


def test_each_address_of_a_target_is_judged_by_its_own_list() -> None:
    swapped = replace(EU, api_url=EU.auth_url, auth_url=EU.api_url)
    assert codes(EU) == []
    assert codes(swapped) == ["foreign-host", "foreign-host"]
    assert codes(replace(EU, auth_url="https://origin.build")) == ["foreign-host"]


@pytest.mark.parametrize(
    ("rules", "url"),
    [
        ("gw.corp.example", "https://gw.corp.example/x"),
        ("GW.corp.example", "https://gw.CORP.example"),
        ("a.example, gw.corp.example ,", "https://gw.corp.example"),
        ("gw.corp.example:443", "https://gw.corp.example"),
        ("gw.corp.example", "https://gw.corp.example:443"),
        ("gw.corp.example:8443", "https://gw.corp.example:8443"),
        ("*.corp.example", "https://gw.corp.example"),
        ("*.corp.example", "https://a.b.corp.example"),
        ("*.corp.example:8443", "https://gw.corp.example:8443"),
        ("gateway", "https://gateway"),
        ("10.0.0.5", "https://10.0.0.5"),
        ("[fd00::0005]:8443", "https://[FD00:0::5]:8443"),
        ("xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
    ],
)
def test_the_environment_allows_hosts(rules: str, url: str) -> None:
    assert codes(at(url), Permissions.read({"TRUEUP_ALLOW_HOSTS": rules})) == []


@pytest.mark.parametrize(
    ("rules", "url"),
    [
        ("corp.example", "https://gw.corp.example"),
        ("*.corp.example", "https://corp.example"),
        ("*.corp.example", "https://evilcorp.example"),
        ("*.corp.example", "https://corp.example.evil.example"),
        ("gw.corp.example", "https://gw.corp.example:8443"),
        ("gw.corp.example:8443", "https://gw.corp.example"),
        ("gw.corp.example", "http://gw.corp.example"),
        ("gw.corp.example", "http://gw.corp.example:443"),
        ("gw.corp.example", "https://gw.corp.example."),
        ("gw.corp.example", "https://x@gw.corp.example"),
        ("", "https://gw.corp.example"),
    ],
)
def test_the_environment_allows_no_other_hosts(rules: str, url: str) -> None:
    assert codes(at(url), Permissions.read({"TRUEUP_ALLOW_HOSTS": rules})) == ["foreign-host"]


@given(st.text(alphabet="abe.-*:/@%\\[]#?1 \t", min_size=1, max_size=12), st.booleans())
def test_a_host_that_contains_the_name_of_an_own_host_is_foreign(text: str, front: bool) -> None:  # noqa: FBT001 - drawn
    url = f"https://{text}origin.build" if front else f"https://origin.build{text}"
    # A path, a query or a fragment behind the whole name leave the host as it is.
    ours = not front and text[0] in "/?#" and not set(text) & set(" \\\t")
    assert codes(at(url)) == ([] if ours else ["foreign-host"])


@pytest.mark.parametrize(
    "rule",
    [
        "*",
        "*.com",
        "*.*.example",
        "https://gw.example",
        "gw.example/x",
        "a b",
        "gw.example:",
        "gw.example:x",
        "u@h.example",
        "*.10.0.0.1",
        "*.[::1]",
        "[::g]",
        "gw.example.",
        "g\u00fcnter.example",
        "gw*.example",
        ".",
    ],
)
def test_a_rule_that_is_not_a_host_name_is_refused(rule: str) -> None:
    with pytest.raises(UsageError, match="TRUEUP_ALLOW_HOSTS contains"):
        Permissions.read({"TRUEUP_ALLOW_HOSTS": rule})


@pytest.mark.parametrize("url", ["https://gw.corp.example", "https://gw.corp.example:8443", "https://[fd00::5]:1"])
def test_the_export_line_that_is_shown_allows_it(url: str) -> None:
    before = Permissions.read({"TRUEUP_ALLOW_HOSTS": "*.old.example:99"})
    targets: dict[str, Target] = {"origin": at(url), "eu": replace(EU, api_url="https://other.example")}
    faults = before.faults(targets, None)
    assert [fault.code for fault in faults] == ["foreign-host"] * 2
    line = faults[0].hint.split("export ")[1]
    variable, _, value = line.partition("=")
    after = Permissions.read({variable: value})
    assert after.faults(targets, None) == []
    assert HostRule.parse("*.old.example:99") in after.hosts


@pytest.mark.parametrize("variable", ["CTP_X", "ORIGIN_X", "TRUEUP_X"])
def test_variables_of_the_platforms_and_our_own_need_no_allowance(variable: str) -> None:
    assert codes(replace(ORIGIN, access_token_env=variable)) == []
    assert codes(replace(EU, client_id_env=variable, client_secret_env=variable)) == []


@pytest.mark.parametrize("variable", ["GITHUB_TOKEN", "XCTP_X", "ctp_x", "CTP", "PATH", "ORIGINX"])
def test_other_variables_need_the_allowance_of_their_target(variable: str) -> None:
    target = replace(ORIGIN, access_token_env=variable)
    assert codes(target) == ["foreign-variable"]
    assert codes(replace(EU, client_id_env=variable, client_secret_env=variable)) == ["foreign-variable"] * 2
    assert codes(target, Permissions.read({"TRUEUP_ALLOW_TARGETS": "eu"})) == ["foreign-variable"]
    assert codes(target, Permissions.read({"TRUEUP_ALLOW_TARGETS": "eu,origin"})) == []
    assert codes(target, Permissions.read({}, ["origin"])) == []


def test_an_allowed_target_is_not_allowed_another_host() -> None:
    assert codes(at("https://evil.example"), Permissions.read({}, ["origin"])) == ["foreign-host"]


def test_a_target_that_the_base_defines_identically_needs_no_allowance() -> None:
    target = replace(at("https://gw.corp.example"), access_token_env="MY_TOKEN")
    assert codes(target, Permissions(redefined=frozenset())) == []
    assert codes(target, Permissions(redefined=frozenset({"origin"}))) == ["foreign-host", "foreign-variable"]


def test_credentials_are_withheld_only_from_targets_redefined_since_the_base() -> None:
    new = Permissions(redefined=frozenset({"origin"}))
    assert (new.withholds(ORIGIN), new.withholds(EU), Permissions().withholds(ORIGIN)) == (True, False, False)
    assert not Permissions.read({}, ["origin"], new.redefined).withholds(ORIGIN)
    assert not new.withholds(replace(ORIGIN, sandbox=True))
    assert codes(replace(at("https://evil.example"), sandbox=True)) == []


def test_what_a_hint_says_allows_a_target() -> None:
    named = replace(EU, client_secret_env="AWS_SECRET_ACCESS_KEY")
    (fault,) = Permissions().faults({"eu": named}, None)
    anew = Permissions(redefined=frozenset({"eu"}))
    assert anew.withholds(EU)
    for hint in (fault.hint, withheld_warning(EU).hint):
        assert hint.endswith("--allow-target eu, or export TRUEUP_ALLOW_TARGETS=eu")
    for permit in (Permissions.read({}, ["eu"]), Permissions.read({"TRUEUP_ALLOW_TARGETS": "eu"})):
        assert codes(named, permit) == []
        assert not replace(permit, redefined=frozenset({"eu"})).withholds(EU)
