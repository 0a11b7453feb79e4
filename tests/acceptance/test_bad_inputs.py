"""Run the command line on every folder of ``bad_inputs`` and hold it to what the folder expects.

A case is a folder with

``input/``       what lies in the working directory
``case.json``    what else does: ``make`` (long files, by repeating a part), ``links``, ``folders``, ``modes``
``expect.json``  ``args`` of the command, ``stdin`` and ``env`` if any, and what must come of it: the exit ``status``,
                 ``at`` (file:line:column), ``code`` and ``severity`` of the one diagnostic, or, for wrong usage,
                 what it ``says``, which a diagnostic may name too; ``never`` is a text that no output may hold

A new case is a new folder.
"""

import io
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trueup.cli.main import run
from trueup.manifest.codes import CODES

FOLDER = Path(__file__).with_name("bad_inputs")
CASES = sorted(path.name for path in FOLDER.iterdir())
SECONDS_AT_MOST = 20


@dataclass(frozen=True)
class Case:
    """Hold one case, laid out in a folder of its own."""

    name: str
    expect: dict[str, Any]

    def run(self, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
        """Run the case's command with more arguments; return the exit status."""
        stdin = io.TextIOWrapper(io.BytesIO(self.expect.get("stdin", "").encode()))
        monkeypatch.setattr(sys, "stdin", stdin)
        return run([*self.expect["args"], *arguments])


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """Lay a case out, and make it the working directory with nothing of the caller's credentials."""
    source = FOLDER / request.param
    if (source / "input").is_dir():
        shutil.copytree(source / "input", tmp_path, dirs_exist_ok=True)
    made = json.loads((source / "case.json").read_text()) if (source / "case.json").is_file() else {}
    if made.get("modes") and os.geteuid() == 0:
        pytest.skip("to the superuser nothing is unreadable")
    expect = json.loads((source / "expect.json").read_text())
    for name in [name for name in os.environ if name.startswith(("CTP_", "ORIGIN_", "ACME_", "TRUEUP_"))]:
        monkeypatch.delenv(name)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "200", **expect.get("env", {})}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    _make(tmp_path, made)
    yield Case(request.param, expect)
    for name in made.get("modes", {}):
        (tmp_path / name).chmod(0o700)


def _make(root: Path, made: dict[str, Any]) -> None:
    for name, parts in made.get("make", {}).items():
        (root / name).write_text(parts.get("before", "") + parts["repeat"] * parts["times"] + parts.get("after", ""))
    for name in made.get("folders", ()):
        (root / name).mkdir(parents=True)
    for name, goal in made.get("links", {}).items():
        (root / name).symlink_to(goal)
    for name, mode in made.get("modes", {}).items():
        (root / name).chmod(mode)


def test_people_get_one_clear_message(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = case.run(monkeypatch)
    shown = "".join(capsys.readouterr())
    expect = case.expect
    assert status == expect["status"], shown
    assert "Traceback" not in shown
    assert "fault of trueup" not in shown
    assert expect.get("never", "Traceback") not in shown
    if expect.get("code") is None:
        assert expect["says"] in shown
        assert shown.count("trueup:") == 1
        return
    assert shown.count("error[") + shown.count("warning[") == 1, shown
    assert f"{expect['at']}: {expect.get('severity', 'error')}[{expect['code']}]: " in shown
    assert expect.get("says", "") in shown


def test_programs_get_one_document_that_says_the_same(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if "--format" in case.expect["args"] or case.expect["args"][0] == "schema":
        pytest.skip("the command takes no --format json")
    status = case.run(monkeypatch, "--format", "json")
    document = json.loads(capsys.readouterr().out)
    assert status == document["exitStatus"] == case.expect["status"]
    assert case.expect.get("never", "Traceback") not in json.dumps(document)
    if case.expect.get("code") is None:
        assert case.expect["says"] in document["error"]["message"]
        return
    (said,) = document["diagnostics"]
    position = said["position"]
    assert f"{position['file']}:{position['line']}:{position['column']}" == case.expect["at"]
    assert said["code"] == case.expect["code"]
    assert said["message"]


def test_there_are_cases_for_nearly_every_diagnostic() -> None:
    expected = {json.loads((FOLDER / name / "expect.json").read_text()).get("code") for name in CASES}
    # The advice of these is tested beside its rules; nothing is wrong with the input.
    advice = {code for code, meaning in CODES.items() if "(warning)" in meaning} - {"byte-order-mark"}
    # The catch-all is for rules that a later schema may have; more than are listed come with a hundred others.
    assert CODES.keys() - expected - advice == {"schema", "more-problems"}
    assert len(CASES) > 100
