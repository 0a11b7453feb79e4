"""The checks of a target, against the served sandbox and its faults."""

import asyncio
import socket
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import pytest

from acceptance.proxy import proxying, refuses
from trueup.doctor.checks import run_checks
from trueup.doctor.examination import ONCE, TARGETS_AT_ONCE, Examination
from trueup.doctor.machine import MachineSubject
from trueup.doctor.targets import TARGET_CHECKS, Lookup, TargetSubject, look_up
from trueup.model.checkup import CheckResult, CheckState
from trueup.model.identity import ConnectTarget, Kind, OriginTarget
from trueup.platforms.permissions import HostRule, Permissions
from trueup.state.folder import Folder
from unit.doctor.serving import CERTIFICATE, Doctor, states
from unit.platforms.doubles import AT, ENV, FakeClock

pytestmark = [pytest.mark.process, pytest.mark.slow]

REMOTE = ConnectTarget(
    name="eu",
    api_url="https://connect.europe-west1.gcp.commercetools.com",
    auth_url="https://auth.europe-west1.gcp.commercetools.com",
    position=AT,
)
TRUSTED = {**ENV, "SSL_CERT_FILE": str(CERTIFICATE)}
AFTER_CONNECTION = ("token", "scopes", "read")


def unknown(host: str, port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_target_that_works_passes_every_check() -> None:
    doctor = Doctor(tls=True, environ=TRUSTED)
    found = doctor.connect()
    assert states(found) == {check.name: "ok" for check in TARGET_CHECKS} | {"dns": "skipped"}
    assert ": verified, TLSv1.3, certificate until 2126-" in found["tls"].seen
    assert found["tls"].seen.endswith(f"trusted: SSL_CERT_FILE ({CERTIFICATE})")
    assert found["credentials"].seen == "from CTP_CLIENT_ID and CTP_CLIENT_SECRET"
    assert "(48 h)" in found["token"].seen
    assert found["scopes"].seen == (
        "read (plan, apply, drift, adopt, import): manage_project:sandbox; write (apply): manage_project:sandbox"
    )
    assert found["read"].seen.startswith("0 connector drafts in ")
    # One request without credentials, one for a token, one read.
    assert doctor.requests == ["GET /", "POST /oauth/token", "GET /connectors/drafts"]


def test_origin_is_asked_for_nothing_that_it_does_not_document() -> None:
    doctor = Doctor()
    found = doctor.origin()
    assert states(found) == {check.name: "ok" for check in TARGET_CHECKS} | {
        "dns": "skipped",
        "tls": "skipped",
        "scopes": "skipped",
    }
    assert found["token"].seen == "as given; the platform names no end of it"
    assert doctor.requests == ["GET /equinox", "POST /equinox/connect/v1/certifications/search"]


def test_nothing_is_sent_to_a_refused_connection() -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    found = Doctor().alone(OriginTarget(name="origin", base_url=url, position=AT))
    assert found["connection"].state is CheckState.FAIL
    assert found["connection"].seen.endswith(": Connection refused")
    assert "HTTPS_PROXY" in found["connection"].advice
    assert states(found)["credentials"] == "ok"
    assert {found[name].seen for name in ("tls", "clock", *AFTER_CONNECTION)} == {"needs connection"}


def test_a_name_that_nobody_knows_ends_the_way() -> None:
    found = Doctor(lookup=unknown).alone(REMOTE)
    assert found["dns"].state is CheckState.FAIL
    assert "auth.europe-west1.gcp.commercetools.com: the name cannot be looked up (Name or service not known)" in (
        found["dns"].seen
    )
    assert found["connection"].seen == "needs dns"


def looked_up(lookup: Lookup) -> CheckResult:
    """Return what is found of the names of a target; nothing is sent to them."""

    async def run() -> CheckResult:
        async with AsyncExitStack() as stack:
            subject = TargetSubject(
                target=REMOTE,
                environ=ENV,
                permit=Permissions(),
                positions=None,
                clock=FakeClock(),
                settings=ONCE,
                stack=stack,
                lookup=lookup,
            )
            *_, dns = await run_checks(TARGET_CHECKS[:3], subject, clock=FakeClock())
            return dns

    return asyncio.run(run())


def test_each_name_has_its_addresses() -> None:
    found = looked_up(lambda host, _: ["10.0.0.1", "10.0.0.2"] if host.startswith("auth") else ["fd00::1"])
    assert (found.name, found.state) == ("dns", CheckState.OK)
    assert found.seen == (
        "auth.europe-west1.gcp.commercetools.com is 10.0.0.1 and 1 more; "
        "connect.europe-west1.gcp.commercetools.com is fd00::1"
    )
    assert found.details == ("auth.europe-west1.gcp.commercetools.com is 10.0.0.2",)


def test_of_two_names_the_one_that_fails_is_named_first() -> None:
    found = looked_up(lambda host, port: unknown(host, port) if host.startswith("connect") else ["10.0.0.1"])
    assert found.state is CheckState.FAIL
    assert found.seen.startswith("connect.europe-west1.gcp.commercetools.com: the name cannot be looked up")
    assert found.seen.endswith("; auth.europe-west1.gcp.commercetools.com is 10.0.0.1")


def test_this_machine_has_a_name_that_can_be_looked_up() -> None:
    assert "127.0.0.1" in look_up("localhost", 80)


def test_an_untrusted_certificate_is_a_failure_of_tls_and_not_of_the_connection() -> None:
    doctor = Doctor(tls=True)
    found = doctor.connect()
    assert (found["connection"].state, found["tls"].state) == (CheckState.OK, CheckState.FAIL)
    assert "the certificate is not accepted (self-signed certificate); trusted: certifi's bundle" in found["tls"].seen
    assert "SSL_CERT_FILE" in found["tls"].advice
    # The token is not sent to a server that has not proved who it is.
    assert [found[name].seen for name in AFTER_CONNECTION] == ["needs tls"] * 3
    assert doctor.requests == []


@pytest.mark.parametrize(("days", "state"), [(15, "ok"), (13, "warn")])
def test_a_certificate_that_ends_within_two_weeks_is_a_warning(days: int, state: str) -> None:
    found = Doctor(tls=True, environ=TRUSTED).connect()
    until = datetime.strptime(found["tls"].seen.partition("until ")[2][:10], "%Y-%m-%d").replace(tzinfo=UTC)
    # The clock of the client is moved to some days before the end; the library's own stays, so TLS still works.
    now = until.timestamp() - days * 86_400
    found = Doctor(tls=True, environ=TRUSTED, settings=replace(ONCE, wall_clock=lambda: now)).connect()
    assert found["tls"].state.value == state
    assert bool(found["tls"].advice) is (state == "warn")


def test_an_unreadable_bundle_is_what_the_user_has_to_correct() -> None:
    found = Doctor(environ={**ENV, "SSL_CERT_FILE": "/no/such.pem"}).connect()
    assert found["connection"].seen.startswith("SSL_CERT_FILE is /no/such.pem, but it cannot be read")
    assert found["connection"].invalid


@pytest.mark.parametrize(("ahead", "shown"), [(3600, "ahead of"), (-3600, "behind")])
def test_a_wrong_clock_is_a_warning_with_its_direction(ahead: int, shown: str) -> None:
    found = Doctor(settings=replace(ONCE, wall_clock=lambda: time.time() + ahead)).connect()
    assert found["clock"].state is CheckState.WARN
    assert f" s {shown} 127.0.0.1:" in found["clock"].seen
    seconds = int(found["clock"].seen.split()[3].replace(",", ""))
    assert 3500 < seconds < 3700
    assert found["read"].state is CheckState.OK


@pytest.mark.parametrize(
    ("granted", "state", "read", "text"),
    [
        (["view_connectors"], "warn", "ok", "missing to write (apply)"),
        (["manage_connectors"], "ok", "ok", "write (apply): manage_connectors:sandbox"),
        (["view_products"], "fail", "fail", "missing to read (plan, apply, drift, adopt, import)"),
    ],
)
def test_the_scopes_say_which_commands_will_be_refused(granted: list[str], state: str, read: str, text: str) -> None:
    found = Doctor(switches={"granted_scopes": granted}).connect()
    assert (found["scopes"].state.value, found["read"].state.value) == (state, read)
    assert text in found["scopes"].seen
    if state != "ok":
        assert found["scopes"].advice == "To allow it, give the API client manage_connectors or manage_project."


@pytest.mark.parametrize(
    ("granted", "state", "advice"),
    [
        (["manage_project"], "ok", ""),
        (
            ["manage_connectors", "view_connectors_deployments"],
            "warn",
            "To allow it, give the API client manage_connectors_deployments:sandbox or manage_project:sandbox.",
        ),
        (
            ["view_connectors"],
            "fail",
            (
                "To allow it, give the API client manage_connectors or manage_project, and "
                "manage_connectors_deployments:sandbox or manage_project:sandbox."
            ),
        ),
    ],
)
def test_manifests_of_deployments_need_scopes_and_a_read_of_their_own(
    granted: list[str], state: str, advice: str
) -> None:
    doctor = Doctor(switches={"granted_scopes": granted}, kinds={Kind.DEPLOYMENT})
    found = doctor.connect(project_key="sandbox")
    assert (found["scopes"].state.value, found["scopes"].advice) == (state, advice)
    assert " deployments (" in found["scopes"].seen
    assert found["scopes"].details[0].startswith("manage_api_clients:sandbox is missing")
    assert doctor.requests[-2:] == ["GET /connectors/drafts", "GET /sandbox/deployments"]
    if state == "fail":
        assert "HTTP 403" in found["read"].seen
    else:
        assert found["read"].seen.startswith("0 connector drafts and 0 deployments in ")


def test_of_many_scopes_the_first_are_named_and_the_others_counted() -> None:
    # The sandbox adds its own project to each.
    granted = ["manage_project", *(f"view_connectors:p{number}" for number in range(2000))]
    found = Doctor(switches={"granted_scopes": granted}).connect()["scopes"]
    assert found.seen == (
        "read (plan, apply, drift, adopt, import): manage_project:sandbox, view_connectors:p0:sandbox, "
        "view_connectors:p1:sandbox and 1,998 more; write (apply): manage_project:sandbox"
    )


def test_an_api_client_of_another_project_is_a_warning() -> None:
    found = Doctor().connect(project_key="acme")
    assert found["scopes"].state is CheckState.WARN
    assert found["scopes"].seen == "the API client is of the project sandbox, and trueup.yaml names acme"


def test_a_refused_client_gets_no_token() -> None:
    found = Doctor(switches={"refused_clients": [ENV["CTP_CLIENT_ID"]]}).connect()
    assert found["token"].state is CheckState.FAIL
    assert "The client id or its secret is wrong" in found["token"].seen
    assert found["token"].advice == "Check the values of the variables that credentials names."
    assert found["read"].seen == "needs token"


@pytest.mark.parametrize("effect", [{"effect": "too-many-requests"}, {"effect": "html", "status": 502}])
def test_a_busy_token_server_says_nothing_of_the_credentials(effect: Mapping[str, object]) -> None:
    found = Doctor(faults=[{**effect, "path": "^/oauth"}]).connect()["token"]
    assert (found.state, found.advice) == (CheckState.FAIL, "Wait a little, then run trueup doctor again.")
    assert "For the platform's support: correlation id trueup-" in found.seen


def test_a_token_that_expires_at_once_is_a_failed_read() -> None:
    found = Doctor(faults=[{"effect": "expire-tokens", "path": "^/connectors"}]).connect()
    assert (found["token"].state, found["read"].state) == (CheckState.OK, CheckState.FAIL)
    assert "HTTP 401" in found["read"].seen


def test_an_invalid_token_of_origin_is_a_failed_read() -> None:
    found = Doctor(switches={"origin_tokens": ["another"]}).origin()
    assert found["read"].state is CheckState.FAIL
    assert "CE00002" in found["read"].seen


def test_a_gateway_s_page_is_a_failed_read_and_not_tried_again() -> None:
    doctor = Doctor(faults=[{"effect": "html", "path": "^/connectors"}])
    assert doctor.connect()["read"].state is CheckState.FAIL
    assert doctor.requests.count("GET /connectors/drafts") == 1


@pytest.mark.slow
def test_a_slow_answer_ends_with_its_time() -> None:
    doctor = Doctor(
        faults=[{"effect": "slow", "seconds": 600, "path": "^/connectors"}], settings=replace(ONCE, read_timeout=2.0)
    )
    found = doctor.connect()
    assert found["read"].state is CheckState.FAIL
    assert "timed out waiting for the answer" in found["read"].seen


def test_a_proxy_that_refuses_is_named_and_its_password_is_not() -> None:
    with proxying(refuses(407)) as (place, heads):
        found = Doctor(environ={**ENV, "HTTPS_PROXY": f"http://me:secret-canary@{place}"}, lookup=unknown).alone(REMOTE)
    assert found["proxy"].seen == (
        f"{place} for auth.europe-west1.gcp.commercetools.com:443, "
        f"{place} for connect.europe-west1.gcp.commercetools.com:443"
    )
    # Only the proxy looks up the names.
    assert found["dns"].state is CheckState.SKIPPED
    assert f"through the proxy {place}: the proxy refused with HTTP 407" in found["connection"].seen
    assert found["connection"].advice.startswith("Check the proxy in the environment (HTTPS_PROXY")
    assert "canary" not in str(found)
    assert len(heads) == 2


def test_an_unusable_proxy_is_what_the_user_has_to_correct() -> None:
    found = Doctor(environ={**ENV, "HTTPS_PROXY": "socks5://proxy.test:1080"}).alone(REMOTE)
    assert found["proxy"].seen.startswith("The proxy in HTTPS_PROXY cannot be used: it is a SOCKS proxy")
    assert found["proxy"].invalid
    assert found["dns"].seen == "needs proxy"


def test_missing_credentials_name_their_variable_and_the_way_is_checked_all_the_same() -> None:
    doctor = Doctor(environ={"CTP_CLIENT_ID": ENV["CTP_CLIENT_ID"]})
    found = doctor.connect()
    assert "The environment variable CTP_CLIENT_SECRET is not set" in found["credentials"].seen
    assert found["credentials"].advice.startswith("Set CTP_CLIENT_SECRET, or CTP_CLIENT_SECRET_FILE")
    assert found["credentials"].invalid
    assert found["connection"].state is CheckState.OK
    assert doctor.requests == ["GET /"]


def test_a_target_that_a_change_redefines_gets_no_credentials() -> None:
    doctor = Doctor(permit=Permissions(redefined=frozenset({"eu"})))
    found = doctor.connect()
    assert (found["credentials"].state, found["credentials"].invalid) == (CheckState.FAIL, True)
    assert "--allow-target eu" in found["credentials"].seen
    assert doctor.requests == ["GET /"]
    allowed = Doctor(permit=Permissions(redefined=frozenset({"eu"}), targets=frozenset({"eu"})))
    assert allowed.connect()["read"].state is CheckState.OK


def test_nothing_is_sent_to_a_host_that_credentials_must_not_reach() -> None:
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    elsewhere = OriginTarget(name="origin", base_url="https://origin.evil.example", position=AT)
    found = Doctor(lookup=lookup).alone(elsewhere)
    assert found["address"].invalid
    assert "origin.evil.example, which is not one of the platform's own hosts" in found["address"].seen
    assert {result.seen for name, result in found.items() if name != "address"} == {"needs address"}
    assert asked == []
    allowed = Permissions(hosts=(HostRule.parse("origin.evil.example"),))
    assert Doctor(lookup=unknown, permit=allowed).alone(elsewhere)["address"].state is CheckState.OK
    assert asked == []


def test_a_target_in_the_embedded_sandbox_needs_no_network() -> None:
    inside = ConnectTarget(name="eu", api_url="", auth_url="", position=AT, sandbox=True)
    assert states(Doctor(environ={}, lookup=unknown).alone(inside)) == {"address": "ok"}


def test_of_hundreds_of_targets_a_few_are_examined_at_the_same_time() -> None:
    changes: list[int] = []

    def lookup(host: str, port: int) -> list[str]:
        changes.append(1)
        # Long enough for all that begin together.
        time.sleep(0.02)
        changes.append(-1)
        return unknown(host, port)

    targets = [OriginTarget(name=f"o{n}", base_url="https://origin.build/equinox", position=AT) for n in range(50)]
    machine = MachineSubject(environ=ENV, project=None, file="", base="", folder=Folder(Path("/")), runs="runs")
    examination = Examination(machine=machine, targets=targets, permit=Permissions(), lookup=lookup)
    results = asyncio.run(examination.results())
    assert {result.target for result in results} == {"", *(target.name for target in targets)}
    assert max(accumulate(changes)) <= TARGETS_AT_ONCE
