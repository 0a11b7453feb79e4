"""The log on standard error: which options show what, and that it changes no other output."""

import ast
import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import pytest

import trueup
from acceptance.commands import quickstart
from repositories import Work, new_repository
from trueup.cli.exit_codes import Exit
from trueup.cli.logs import LOG, logging_run, show_log
from trueup.cli.main import run
from trueup.faults import fault_text

ROOT = Path(trueup.__file__).parent


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = quickstart(tmp_path)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    return folder


def ended(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    return run(words), *capsys.readouterr()


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_only_the_command_line_has_a_handler() -> None:
    names = {"addHandler", "basicConfig", "StreamHandler", "Handler", "setLevel", "dictConfig"}
    found = {
        file
        for file, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in names
    }
    assert found == {"cli/logs.py"}


def test_each_package_has_one_logger_of_its_own_name() -> None:
    found = {
        (file.partition("/")[0], call.args[0].value)
        for file, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "getLogger"
        if isinstance(call.args[0], ast.Constant)
    }
    # The command logs the decisions of the planner, which has no logger.
    assert found - {("cli", "trueup"), ("cli", "trueup.plan")} == {
        (package, f"trueup.{package}") for package in ("apply", "cli", "git", "github", "platforms")
    }


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize("words", [("plan",), ("drift",), ("validate",), ("plan", "--select", "team=none")])
def test_debug_changes_neither_the_result_nor_the_status(
    words: tuple[str, ...], form: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.is_dir()
    status, out, err = ended(capsys, *words, "--format", form)
    debugged = ended(capsys, *words, "--format", form, "--debug")
    assert debugged[:2] == (status, out)
    assert "cli: Project file: " in debugged[2]
    assert "cli: Project file: " not in err
    assert debugged[2].endswith(err)


def test_the_log_leaves_json_one_document(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.is_dir()
    _, out, err = ended(capsys, "plan", "-v", "--debug", "--format", "json")
    assert json.loads(out)["command"] == "plan"
    assert "plan: Connector acme-erp: blocked." in err
    assert "blocked[cannot-clear]: " in err
    assert "plan: Connector acme-search: unchanged. Live matches all fields" in err


@pytest.mark.parametrize(
    ("words", "decisions", "requests"),
    [
        ((), False, False),
        (("-q",), False, False),
        (("-v",), True, False),
        (("-v", "-q"), False, False),
        (("--debug",), True, True),
        (("--debug", "-q"), True, True),
        (("-v", "--debug"), True, True),
    ],
)
def test_verbose_shows_decisions_and_debug_also_requests(
    words: tuple[str, ...], place: Path, capsys: pytest.CaptureFixture[str], *, decisions: bool, requests: bool
) -> None:
    assert place.is_dir()
    err = ended(capsys, "plan", *words)[2]
    assert ("plan: Connector acme-tax: update. Live has version 7. Differences: " in err) is decisions
    assert (": HTTP 200 in " in err) is requests


def test_results_of_git_are_decisions_and_calls_of_git_are_debug_output(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new_repository(place)
    Work(place).commit()
    err = ended(capsys, "validate", "--changed-since", "HEAD", "-v")[2]
    assert re.search(r"^cli: Compared with HEAD, commit [0-9a-f]{40}: 0 files differ[.]$", err, re.MULTILINE)
    assert "git: git " not in err
    assert "git: git " in ended(capsys, "validate", "--changed-since", "HEAD", "--debug")[2]


def test_the_log_of_a_run_ends_with_it(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.is_dir()
    assert "cli: " in ended(capsys, "plan", "--debug")[2]
    assert LOG.getEffectiveLevel() == logging.WARNING
    assert "cli: " not in ended(capsys, "plan")[2]


@pytest.mark.slow
def test_the_demo_gives_its_options_to_each_command(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = ended(capsys, "demo", "--color", "never", "--debug")
    assert status == Exit.DONE
    assert out.count(" --debug\n") == 4
    assert err.count("cli: Project file: ") == 4
    assert "cli: " not in ended(capsys, "demo")[2]


def test_the_log_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_run(debug=True):
        LOG.getChild("apply").info("a\x1b[2J\u202eb https://me:canary@host/\nsecond\x07")
    assert capsys.readouterr().err == "apply: a\\x1b[2J\\u202eb https://me:***@host/\nsecond\\x07\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_lines_keep_to_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with logging_run(debug=True), redirect_stderr(Terminal()) as shown:
        LOG.getChild("apply").info("word " * 60)
    lines = shown.getvalue().splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 80
    assert all(line.startswith("  ") for line in lines[1:])


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(text)


def test_a_log_that_cannot_be_written_changes_nothing() -> None:
    with logging_run(debug=True):
        with redirect_stderr(Closed()):
            LOG.getChild("apply").info("lost")
        with redirect_stderr(io.StringIO()) as shown:
            LOG.getChild("apply").info("written")
    assert "written" in shown.getvalue()
    assert "lost" not in shown.getvalue()


def test_a_fault_is_shown_once_and_without_the_secret_of_a_url(capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError("https://me:canary@host/")
    fault_text(error, "testing")
    assert capsys.readouterr().err == ""
    with logging_run(debug=False):
        show_log(debug=False)
        fault_text(error, "testing")
        assert capsys.readouterr().err == ""
        show_log(debug=True)
        show_log(debug=True)
        fault_text(error, "testing")
    assert capsys.readouterr().err == "trueup: Traceback of a fault:\nValueError: https://me:***@host/\n"
