"""Run the action's steps that post the comment and the issue, on the quickstart."""

import io
import json

import pytest

from acceptance.github_server import served_github
from trueup.cli.github.end import NOTHING, issue_title, perform
from trueup.github.inputs import read_inputs
from trueup.github.workflow import WorkflowStep
from unit.cli.job import Job
from unit.github.fake import GitHub


def test_without_a_pull_request_no_comment_is_tried_and_without_the_input_no_issue(job: Job) -> None:
    log = io.StringIO()
    assert perform(WorkflowStep(env=job.env(), cwd=job.place, out=log)) == 0
    assert log.getvalue() == ""


def test_a_comment_that_cannot_be_made_is_a_notice_and_no_failure(job: Job) -> None:
    (job.folder / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
    log = io.StringIO()
    env = {**job.env(), "GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_TOKEN": "canary"}
    assert perform(WorkflowStep(env=env, cwd=job.place, out=log, sleep=lambda _: None)) == 0
    assert log.getvalue().startswith("::notice title=trueup::There is no comment: GitHub did not answer.")
    assert "canary" not in log.getvalue()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "socks5://me:canary@127.0.0.1:9"),
        ("HTTPS_PROXY", "http://me:canary@127.0.0.1:port"),
        ("HTTPS_PROXY", "http://me:canary@[::1"),
        ("ALL_PROXY", "ftp://me:canary@127.0.0.1:9"),
        ("GITHUB_TOKEN", "canary-\u00e9"),
        ("GITHUB_API_URL", "https://canary:port"),
        ("SSL_CERT_FILE", "/dev/null"),
        ("SSL_CERT_FILE", "/there/is/no/such/file"),
        ("SSL_CERT_FILE", "/"),
        ("SSL_CERT_DIR", "/there/is/no/such/folder"),
        ("HTTPS_PROXY", "socks5h://me:canary@127.0.0.1:9"),
        ("HTTPS_PROXY", "http://me:can#canary@127.0.0.1:9"),
        ("ALL_PROXY", "http://me:can/canary@127.0.0.1:9"),
        ("GITHUB_TOKEN", ""),
        ("GITHUB_TOKEN", " \n"),
        ("GITHUB_TOKEN", "canary\r\nX-Evil: 1"),
        ("GITHUB_API_URL", "canary"),
        ("GITHUB_API_URL", "https://"),
        ("TRUEUP_DOCUMENT", "/dev/null"),
        ("GITHUB_RUN_ID", "canary"),
        ("TRUEUP_INPUT_COMMENT", "canar"),
    ],
)
def test_an_unusable_address_or_token_is_a_notice_without_its_value(name: str, value: str, job: Job) -> None:
    (job.folder / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
    outputs, _, _ = job.run(command="drift")
    log = io.StringIO()
    env = {**job.env(issue="true"), "GITHUB_API_URL": "https://127.0.0.1:9", "GITHUB_TOKEN": "t", name: value}
    env["TRUEUP_DOCUMENT"] = outputs["document-path"]
    assert perform(WorkflowStep(env=env, cwd=job.place, out=log, sleep=lambda _: None)) == 0
    assert log.getvalue().startswith("::notice title=trueup::There is no ")
    assert "canary" not in log.getvalue()


@pytest.mark.parametrize("no_proxy", ["[::1]", "fe80::/10", "müller.example", "*.", "[", ":", ",, ,", "::1:9", "@"])
def test_an_odd_list_of_hosts_without_a_proxy_fails_no_job(no_proxy: str, job: Job) -> None:
    (job.folder / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
    log = io.StringIO()
    proxy = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": no_proxy}
    env = {**job.env(), "GITHUB_API_URL": "https://api.test", "GITHUB_TOKEN": "t", **proxy}
    assert perform(WorkflowStep(env=env, cwd=job.place, out=log, sleep=lambda _: None)) == 0
    assert log.getvalue().startswith("::notice title=trueup::There is no comment: GitHub did not answer.")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[]", b"{}", b"", b'{"formatVersion": 1, "plan": 7}'])
def test_a_document_that_cannot_be_read_fails_no_job(content: bytes, job: Job) -> None:
    (job.folder / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
    document = job.folder / "document.json"
    document.write_bytes(content)
    log = io.StringIO()
    env = {**job.env(), "GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_TOKEN": "t", "TRUEUP_DOCUMENT": str(document)}
    assert perform(WorkflowStep(env=env, cwd=job.place, out=log, sleep=lambda _: None)) == 0
    assert log.getvalue().startswith("::notice title=trueup::There is no comment: ")
    assert "A fault of trueup" not in log.getvalue()


def test_outputs_that_cannot_be_given_fail_no_job(job: Job) -> None:
    (job.folder / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
    log = io.StringIO()
    with served_github(GitHub()) as url:
        env = {**job.env(), "GITHUB_API_URL": url, "GITHUB_TOKEN": "t", "GITHUB_OUTPUT": "/there/is/no/file"}
        assert perform(WorkflowStep(env=env, cwd=job.place, out=log, sleep=lambda _: None)) == 0
    assert log.getvalue().startswith("The comment is created: ")


def test_an_issues_title_is_of_names_only() -> None:
    assert issue_title(read_inputs({})) == "Drift: live was changed outside of git"
    named = issue_title(read_inputs({"TRUEUP_INPUT_TARGET": "a\nb"}), "services/a")
    assert named == "Drift: live was changed outside of git (services/a, a, b)"
    assert NOTHING
