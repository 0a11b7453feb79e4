"""An expiry date that is near is a warning in every output, and changes neither the plan's hash nor a status."""

import io
import json
from datetime import date
from pathlib import Path

import pytest

from acceptance.github_server import served_github
from trueup.cli.github.end import perform
from trueup.cli.main import run
from trueup.cli.working_directory import today
from trueup.errors import UsageError
from trueup.github.workflow import WorkflowStep
from unit.cli.job import Job
from unit.github.fake import GitHub

NEAR, FAR = "2030-09-01", "2026-06-30"
PLACE = "certifications/epd.yaml:20:3"
WORDS = "The certification expires on 2030-09-15, in 14 days."
EPD = "certifications/epd.yaml"


def document(day: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> object:
    monkeypatch.setenv("TRUEUP_TODAY", day)
    status = run([*words, "--format", "json"])
    made = json.loads(capsys.readouterr().out)
    assert made["exitStatus"] == status
    return made


@pytest.mark.parametrize("words", [("validate",), ("plan", "--detailed-exitcode"), ("drift", "--detailed-exitcode")])
def test_the_warning_is_all_that_a_near_date_changes(
    words: tuple[str, ...], job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    far = document(FAR, monkeypatch, capsys, *words)
    near = document(NEAR, monkeypatch, capsys, *words)
    assert isinstance(far, dict)
    assert isinstance(near, dict)
    (found,) = [each for each in near["diagnostics"] if each not in far["diagnostics"]]
    assert (found["code"], found["severity"], found["message"]) == ("expires-soon", "warning", WORDS)
    assert {**near, "diagnostics": far["diagnostics"]} == far


def test_the_days_of_the_project_count(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Path("trueup.yaml")
    project.write_text(f"{project.read_text()}expiresSoonDays: 13\n")
    made = document(NEAR, monkeypatch, capsys, "validate")
    assert isinstance(made, dict)
    assert made["diagnostics"] == []


def test_a_resource_that_is_not_selected_gets_no_warning(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = document(NEAR, monkeypatch, capsys, "validate", "--target", "connect-eu")
    assert isinstance(made, dict)
    assert made["diagnostics"] == []


def test_pages_annotations_and_files_show_it(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRUEUP_TODAY", NEAR)
    assert (
        run(["validate", EPD, "--format", "github", "--report", "r.html", "--junit", "r.xml", "--sarif", "r.json"]) == 0
    )
    assert f"::warning file={EPD},line=20,col=3,title=expires-soon::" in capsys.readouterr().out
    assert all(WORDS in Path(file).read_text() for file in ("r.html", "r.xml", "r.json"))
    assert run(["plan", EPD]) == 0
    shown = capsys.readouterr().err
    assert f"{PLACE}: warning[expires-soon]: spec.expiryDate: {WORDS}" in shown
    assert "20 |   expiryDate: 2030-09-15" in shown


def test_the_page_of_a_drift_run_shows_it_with_and_without_drift(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUEUP_TODAY", NEAR)
    for _ in range(2):
        given, log, summary = job.run(command="drift", paths=EPD, fail_on_changes="true")
        assert WORDS in summary
        assert f"::warning file=quickstart/{EPD},line=20," in log
        job.run(command="apply", paths=EPD)
    assert (given["failure-reason"], given["exit-code"]) == ("", "0")


def test_the_issue_about_drift_shows_it_and_none_is_opened_for_it(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUEUP_TODAY", NEAR)
    github = GitHub()
    with served_github(github) as url:
        for state in ("open", "closed"):
            given, _, _ = job.run(command="drift", paths=EPD)
            asked = {"GITHUB_API_URL": url, "GITHUB_TOKEN": "t", "TRUEUP_DOCUMENT": given["document-path"]}
            perform(
                WorkflowStep(env={**job.env(command="drift", issue="true"), **asked}, cwd=job.place, out=io.StringIO())
            )
            (issue,) = github.issues
            assert issue["state"] == state
            assert WORDS in issue["body"]
            job.run(command="apply", paths=EPD)
        github.issues.clear()
        perform(WorkflowStep(env={**job.env(command="drift", issue="true"), **asked}, cwd=job.place, out=io.StringIO()))
        assert github.issues == []


@pytest.mark.parametrize("given", ["20261231", "2026-W01-1", "2026-12-31T00:00", " 2026-12-31"])
def test_only_the_documented_form_of_a_date_is_one(given: str) -> None:
    assert today({"TRUEUP_TODAY": "2026-12-31"}) == date(2026, 12, 31)
    with pytest.raises(UsageError, match="Write it as YYYY-MM-DD"):
        today({"TRUEUP_TODAY": given})
