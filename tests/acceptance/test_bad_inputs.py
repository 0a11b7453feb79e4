"""Run the command line on every case of ``bad_inputs`` and compare with what the case expects.

A case is a TOML file:

``args``, ``stdin``, ``env``                 of the command
``status``                                   the exit status
``at``, ``code``, ``severity``               of the one diagnostic: file:line:column, its code, ``error`` if left out
``says``                                     a part of the message; required for wrong usage, which has no code
``never``                                    what no output may hold
``absent``                                   files that must not be made
``[files]``                                  texts in the working directory; ``trueup.yaml`` is ``PROJECT`` if left out
``[bytes]``                                  files that are not UTF-8: each character is one byte
``[make]``                                   long files: ``before``, ``repeat`` as often as ``times`` says, ``after``
``folders``, ``links``, ``modes``            empty folders, symlinks, permissions
``project = false``                          there is no ``trueup.yaml``
"""

import io
import json
import os
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trueup.cli.main import run
from trueup.model.codes import CODES, Group

FOLDER = Path(__file__).with_name("bad_inputs")
CASES = sorted(path.stem for path in FOLDER.iterdir())
PROJECT = """\
apiVersion: trueup/v1
kind: Project
targets:
  connect-eu: {platform: connect, sandbox: true}
  origin: {platform: origin, sandbox: true}
"""


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
    expect = _case(request.param)
    if expect.get("modes") and os.geteuid() == 0:
        pytest.skip("to the superuser nothing is unreadable")
    for name in [name for name in os.environ if name.startswith(("CTP_", "ORIGIN_", "ACME_", "TRUEUP_"))]:
        monkeypatch.delenv(name)
    for name, value in {
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "TRUEUP_TODAY": "2026-06-30",
        **expect.get("env", {}),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    _make(tmp_path, expect)
    yield Case(request.param, expect)
    for name in expect.get("modes", {}):
        (tmp_path / name).chmod(0o700)


def _case(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def _make(root: Path, made: dict[str, Any]) -> None:
    project = {"trueup.yaml": PROJECT} if made.get("project", True) else {}
    texts = {name: text.encode() for name, text in (project | made.get("files", {})).items()}
    for name, data in (texts | {name: text.encode("latin-1") for name, text in made.get("bytes", {}).items()}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
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
    assert not [name for name in expect.get("absent", ()) if Path(name).exists()]
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
    if "--format" in case.expect["args"] or case.expect["args"][0] in {"schema", "sandbox"}:
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
    expected = {_case(name).get("code") for name in CASES}
    wrong = {code.name for code in CODES if code.level == "error" and code.group in {Group.FILE, Group.MANIFEST}}
    # The catch-all is for rules that a later schema may have; more than are listed come with a hundred others.
    assert wrong - expected == {"schema", "more-problems"}
    assert len(CASES) > 100


@pytest.mark.parametrize(
    "command", ["plan", "apply --yes", "drift", "import", "import acme-tax-live", "adopt", "set acme-tax-live spec.a=b"]
)
def test_every_command_says_which_field_of_a_target_a_deployment_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    expect = _case("target-without-project-key")
    _make(tmp_path, expect)
    monkeypatch.chdir(tmp_path)
    assert run([*command.split(), "--format", "json"]) == expect["status"]
    (said,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert (said["code"], said["message"]) == (expect["code"], expect["says"])
