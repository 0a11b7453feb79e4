"""On a terminal, init asks for what no option gives, and writes nothing when a question has no answer."""

import os
import pty
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trueup.cli.main import run
from trueup.manifest.project import load_project


@pytest.fixture
def terminal(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Make standard input a terminal; yield the descriptor on which a person types."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        yield ours
    os.close(ours)


def typed(terminal: int, *answers: str) -> None:
    os.write(terminal, "".join(f"{answer}\n" for answer in answers).encode())


def test_on_a_terminal_each_question_is_asked_until_the_answer_is_valid(
    place: Path, terminal: int, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(terminal, "maybe", "y", "n", "mars", "", "us-east-2.aws", "", "CTP_MINE", "", "n")
    assert run(["init"]) == 0
    err = capsys.readouterr().err
    assert err.count("Manage connectors and deployments on connect? [Y/n]") == 2
    assert "'mars' is not a valid region." in err
    assert "The target connect lacks region." in err
    (target,) = load_project(place / "trueup.yaml", sandbox=False, cwd=place).targets.values()
    assert target.place.address == "https://connect.us-east-2.aws.commercetools.com"
    assert "clientIdEnv: CTP_MINE\n    clientSecretEnv: CTP_CLIENT_SECRET\n" in (place / "trueup.yaml").read_text()
    assert not (place / ".git").exists()


def test_what_an_option_gives_is_not_asked(place: Path, terminal: int, capsys: pytest.CaptureFixture[str]) -> None:
    typed(terminal, "acme", "", "", "n")
    assert run(["init", "--region", "http://127.0.0.1:9"]) == 0
    asked = re.findall(r"^(\w+)(?: \[\w+\])?: ", capsys.readouterr().err, re.MULTILINE)
    assert asked == ["projectKey", "clientIdEnv", "clientSecretEnv"]


def test_no_target_is_no_project(place: Path, terminal: int, capsys: pytest.CaptureFixture[str]) -> None:
    typed(terminal, "n", "n")
    assert run(["init"]) == 64
    assert "A project needs a target, and none was chosen. Nothing was written." in capsys.readouterr().err


def test_the_end_of_the_input_at_a_question_writes_nothing(
    place: Path, terminal: int, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(terminal, "y", "n")
    os.write(terminal, b"\x04")
    assert run(["init"]) == 130
    assert "Interrupted at a question. Nothing was written." in capsys.readouterr().err
    assert list(place.iterdir()) == []
