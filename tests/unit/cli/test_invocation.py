import os
import pwd
import time
from pathlib import Path

import pytest

from trueup import __version__
from trueup.cli.invocation import LONGEST, command_line, find_invocation
from trueup.model.identity import ConnectTarget
from trueup.model.position import Position
from trueup.model.run import Invocation

TARGETS = {
    "eu": ConnectTarget(
        name="eu",
        api_url="https://connect.test",
        auth_url="https://auth.test",
        client_id_env="ACME_ID",
        client_secret_env="ACME_PAIR",
        position=Position("trueup.yaml", 1, 1),
    )
}

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "ada[bot]",
    "GITHUB_JOB": "apply",
    "GITHUB_REPOSITORY": "acme/tax",
    "GITHUB_RUN_ID": "4711",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_SERVER_URL": "https://github.example:8443",
    "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
}

GITLAB = {
    "GITLAB_CI": "true",
    "GITLAB_USER_LOGIN": "ada",
    "CI_PROJECT_PATH": "acme/shop/tax",
    "CI_JOB_NAME": "deploy: [eu, us]",
    "CI_JOB_ID": "99",
    "CI_JOB_URL": "https://gitlab.example/acme/shop/tax/-/jobs/99",
}

HOSTILE = ["", "\x1b[2Jx", "a\nb", "x" * 1_000_000, "https://user:token@evil.example/x?token=1", "\udce9", "<b>", "{0}"]


def found(env: dict[str, str], folder: Path, *arguments: str) -> Invocation:
    return find_invocation(env, folder, arguments, TARGETS)


def test_a_run_on_a_machine_has_user_host_and_version(tmp_path: Path) -> None:
    run = found({"USER": "forged", "LOGNAME": "forged"}, tmp_path, "apply", "--yes")
    assert run == Invocation(
        user=pwd.getpwuid(os.getuid()).pw_name,
        host=os.uname().nodename,
        command="trueup apply --yes",
        version=__version__,
    )


def test_a_run_in_a_job_of_github_has_actor_job_page_and_commit(tmp_path: Path) -> None:
    run = found(GITHUB, tmp_path)
    assert (run.actor, run.job) == ("ada[bot]", "GitHub Actions, acme/tax, job apply, run 4711, attempt 2")
    assert run.url == "https://github.example:8443/acme/tax/actions/runs/4711/attempts/2"
    assert run.commit == GITHUB["GITHUB_SHA"]


def test_a_run_in_a_job_of_gitlab_has_actor_job_and_page(tmp_path: Path) -> None:
    run = found({**GITLAB, "CI_JOB_NAME": "deploy: eu"}, tmp_path)
    assert (run.actor, run.job, run.url) == (
        "ada",
        "GitLab CI, acme/shop/tax, job deploy: eu, number 99",
        "https://gitlab.example/acme/shop/tax/-/jobs/99",
    )


@pytest.mark.parametrize("value", HOSTILE, ids=[ascii(value[:12]) for value in HOSTILE])
@pytest.mark.parametrize("env", [GITHUB, GITLAB], ids=["GitHub", "GitLab"])
def test_a_variable_of_another_form_is_left_out(tmp_path: Path, env: dict[str, str], value: str) -> None:
    hostile = {name: "true" if name in {"GITHUB_ACTIONS", "GITLAB_CI"} else value for name in env}
    began = time.perf_counter()
    run = found(hostile, tmp_path)
    # A limit that only a wrong expression exceeds: one that takes exponential time.
    assert time.perf_counter() - began < 10
    assert (run.actor, run.url, run.commit) == ("", "", "")
    assert run.job in {"GitHub Actions", "GitLab CI"}


def test_no_other_variable_enters_a_journal(tmp_path: Path) -> None:
    names = ("GITHUB_TOKEN", "CI_JOB_TOKEN", "CTP_CLIENT_SECRET", "HOSTNAME", "USER", "GITHUB_WORKFLOW", "GITHUB_REF")
    run = found({**GITHUB, **dict.fromkeys(names, "canary-4f1b")}, tmp_path, "apply")
    assert "canary" not in str(run)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("apply", "a file.yaml"), "trueup apply 'a file.yaml'"),
        (("apply", "--access-token", "abc", "--yes"), "trueup apply --access-token '***' --yes"),
        (("apply", "--client-secret=abc"), "trueup apply '--client-secret=***'"),
        (("apply", "--PASSWORD", "--yes"), "trueup apply --PASSWORD '***'"),
        (("apply", "https://ada:hunter2@host.test/x"), "trueup apply https://host.test/x"),
        (("apply", "https://ada@host.test/x"), "trueup apply https://host.test/x"),
        (("apply", "https://a:b@c:d/e@host.test/x"), "trueup apply https://host.test/x"),
    ],
)
def test_a_command_line_is_kept_without_secrets(arguments: tuple[str, ...], shown: str) -> None:
    assert command_line(arguments) == shown


@pytest.mark.parametrize("name", ["ACME_ID", "ACME_PAIR", "GITHUB_TOKEN", "MY_API_KEY", "DB_PASSWORD"])
def test_the_value_of_a_secret_variable_is_masked_wherever_it_is(tmp_path: Path, name: str) -> None:
    run = found({name: "canary/value 1"}, tmp_path, "apply", "x=canary/value 1", "canary%2Fvalue%201")
    assert "canary" not in run.command
    assert run.command.count("***") == 2


def test_a_short_value_takes_nothing_out_of_a_command_line(tmp_path: Path) -> None:
    assert found({"ACME_PAIR": "apply"}, tmp_path, "apply").command == "trueup apply"


def test_a_hostile_command_line_is_printable_and_bounded(tmp_path: Path) -> None:
    line = found({"A_TOKEN": "t" * 1_000_000}, tmp_path, "\x1b[2J\n\udce9\u202e", "x" * 100_000).command
    assert line.isprintable()
    line.encode()
    assert len(line) <= LONGEST
