"""Diagnostics of every command have one layout, and --quiet leaves warnings out of text."""

import json
from pathlib import Path

import pytest

from trueup.cli.main import run

PROJECT = """\
apiVersion: trueup/v1
kind: Project
targets:
  eu: {platform: connect, region: REGION}
"""
MANIFEST = """\
apiVersion: trueup/v1
kind: Connector
metadata: {key: acme-tax}
spec: {name: Acme Tax, documentationUrl: docs}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("NO_COLOR", "CTP_CLIENT_ID", "CTP_CLIENT_SECRET", "CTP_CLIENT_ID_FILE", "CTP_CLIENT_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    Path("trueup.yaml").write_text(PROJECT.replace("REGION", "eu-central-1.aws"))
    Path("a.yaml").write_text(MANIFEST)
    return tmp_path


@pytest.mark.parametrize(
    ("region", "problem"),
    [
        ("eu-west-9.aws", "\x1b[1mtrueup.yaml:4:27\x1b[0m: \x1b[1;31merror[wrong-value]\x1b[0m: targets.eu.region: "),
        ("eu-central-1.aws", "\x1b[1mtrueup.yaml:4:3\x1b[0m: \x1b[1;31merror[missing-credential]\x1b[0m: targets.eu: "),
    ],
)
def test_problems_of_the_project_and_of_credentials_have_colour_and_an_excerpt(
    place: Path, capsys: pytest.CaptureFixture[str], region: str, problem: str
) -> None:
    Path("trueup.yaml").write_text(PROJECT.replace("REGION", region))
    assert run(["plan", "--color", "always"]) == 3
    shown = capsys.readouterr().err
    assert problem in shown
    assert f"\x1b[2m4 | \x1b[0m  eu: {{platform: connect, region: {region}}}\n" in shown
    assert run(["plan", "--color", "never"]) == 3
    assert "\x1b" not in capsys.readouterr().err


def test_quiet_leaves_warnings_out_of_text_and_of_nothing_else(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate"]) == 0
    assert "warning[unusual-url]" in capsys.readouterr().out
    assert run(["validate", "-q"]) == 0
    assert capsys.readouterr() == ("1 of 1 manifest is valid.\n", "")
    assert run(["plan", "--sandbox", "--quiet"]) == 3  # a creation needs more fields
    assert capsys.readouterr().err == ""
    assert run(["validate", "-q", "--format", "json"]) == 0
    assert [found["code"] for found in json.loads(capsys.readouterr().out)["diagnostics"]] == ["unusual-url"]


def test_quiet_shows_errors(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yaml").write_text(MANIFEST + "lifecycle: {listed: 7}\n")
    Path("b.yaml").write_text(MANIFEST.replace("acme-tax", "acme-psp"))
    assert run(["validate", "-q"]) == 3
    shown = capsys.readouterr().out
    assert "error[wrong-type]" in shown
    assert "warning" not in shown
    assert "1 error in 1 file." in shown
