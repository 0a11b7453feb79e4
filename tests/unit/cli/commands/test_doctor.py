import json
from pathlib import Path
from typing import Any

import pytest

from repositories import new_repository
from trueup.cli.commands.doctor import base_of_job
from trueup.cli.main import run

HEAD = "apiVersion: trueup/v1\nkind: Project\n"
SANDBOX = f"{HEAD}targets:\n  a: {{platform: connect, sandbox: true}}\n  b: {{platform: origin, sandbox: true}}\n"
# Nothing listens on port 9, and plain http to this machine uses no proxy.
NOWHERE = f"{HEAD}targets:\n  a: {{platform: origin, baseUrl: 'http://127.0.0.1:9'}}\n"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("ORIGIN_ACCESS_TOKEN", "GITHUB_BASE_REF", "CI_MERGE_REQUEST_DIFF_BASE_SHA"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def document(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    status = run(["doctor", *words, "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert found["exitStatus"] == status
    return found


def names(found: Any, target: str | None) -> list[str]:
    return [check["name"] for check in found["checks"] if check["target"] == target]


def test_without_a_project_only_this_machine_is_checked(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    found = document(capsys)
    assert (found["exitStatus"], found["error"]) == (0, None)
    assert [check["name"] for check in found["checks"]] == ["versions", "git", "base", "project"]
    assert found["checks"][-1]["state"] == "missing"
    assert found["checks"][-1]["next"].startswith("Run trueup init")
    assert list(place.iterdir()) == []


def test_an_invalid_project_shows_its_problems_and_the_machine_is_checked(
    capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    (place / "trueup.yaml").write_text(f"{HEAD}targets: 7\n")
    assert run(["doctor"]) == 3
    out, err = capsys.readouterr()
    assert "trueup.yaml:3:" in err
    assert "fail     project      trueup.yaml has 1 problem\n" in out
    assert "  ok       lock " in out
    assert "Target" not in out


def test_every_target_is_checked_or_the_one_that_is_named(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    (place / "trueup.yaml").write_text(SANDBOX)
    found = document(capsys)
    assert (found["exitStatus"], names(found, "a"), names(found, "b")) == (0, ["address"], ["address"])
    found = document(capsys, "--target", "b")
    assert (names(found, "a"), names(found, "b")) == ([], ["address"])


def test_a_target_that_does_not_exist_is_wrong_usage(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    assert run(["doctor", "--target", "a"]) == 64
    (place / "trueup.yaml").write_text(SANDBOX)
    assert run(["doctor", "--target", "aa"]) == 64
    assert "There is no target 'aa'. Did you mean 'a'?" in capsys.readouterr().err


def test_missing_credentials_alone_have_the_status_of_wrong_input(
    capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    (place / "trueup.yaml").write_text(NOWHERE)
    found = document(capsys)
    failed = {check["name"]: check for check in found["checks"] if check["state"] == "fail"}
    # The connection fails as well, which is more severe.
    assert (found["exitStatus"], set(failed)) == (1, {"connection", "credentials"})
    assert "ORIGIN_ACCESS_TOKEN is not set" in failed["credentials"]["seen"]
    (place / "trueup.yaml").write_text(NOWHERE.replace("http://127.0.0.1:9", "https://elsewhere.example"))
    found = document(capsys)
    assert (found["exitStatus"], found["diagnostics"]) == (3, [])


def test_markdown_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("### This machine\n\n| state | check | seen | next |\n")


def test_verbose_adds_times_and_versions_and_quiet_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "-v", "-q"]) == 0
    assert "httpx" in capsys.readouterr().out
    assert run(["doctor", "-q"]) == 0
    assert "httpx" not in capsys.readouterr().out


def test_a_named_project_that_is_not_there_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--project", "none.yaml"]) == 64
    assert "The project file none.yaml cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("env", "base"),
    [
        ({}, ""),
        ({"GITHUB_BASE_REF": ""}, ""),
        ({"GITHUB_BASE_REF": "main"}, "origin/main"),
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc"}, "abc"),
    ],
)
def test_the_base_of_a_job_is_found_in_its_environment(env: dict[str, str], base: str) -> None:
    assert base_of_job(env) == base


@pytest.mark.process
@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (["--base", "HEAD~1"], "gets no credentials"),
        (["--base", "no-such"], "gets no credentials"),
        (["--base", "HEAD"], "from ORIGIN_ACCESS_TOKEN"),
        (["--base", "HEAD~1", "--allow-target", "a"], "from ORIGIN_ACCESS_TOKEN"),
        ([], "from ORIGIN_ACCESS_TOKEN"),
    ],
)
def test_a_target_that_is_new_since_the_base_gets_no_credentials_as_in_a_plan(
    words: list[str],
    seen: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    place: Path,
) -> None:
    monkeypatch.setenv("ORIGIN_ACCESS_TOKEN", "token")
    work = new_repository(place / "work")
    monkeypatch.chdir(work.root)
    for text in (SANDBOX, NOWHERE):
        work.commit({"trueup.yaml": text})
    checks = document(capsys, *words)["checks"]
    assert [seen in check["seen"] for check in checks if check["name"] == "credentials"] == [True]
