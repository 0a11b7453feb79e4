"""What a step of the action writes to its log, in which the runner executes commands."""

import io
from pathlib import Path

import pytest

from trueup.github.workflow import WorkflowStep

HOSTILE = "x\n::set-output name=a::b\n  ::error::c ##[group]d\r\x1b[2J"


def written(method: str, *arguments: str) -> list[str]:
    out = io.StringIO()
    getattr(WorkflowStep(env={}, cwd=Path(), out=out), method)(*arguments)
    return out.getvalue().splitlines()


def test_a_logged_text_is_not_a_command() -> None:
    shown = ["x", r"\u003a:set-output name=a::b", r"  \u003a:error::c \u0023#[group]d\r\x1b[2J"]
    assert written("log", f"{HOSTILE}\n") == shown


@pytest.mark.parametrize("severity", ["error", "warning", "notice"])
def test_an_annotation_is_one_command_for_any_text(severity: str) -> None:
    (line,) = written("annotate", severity, HOSTILE)
    assert line.startswith(f"::{severity} title=trueup::x")
    assert not set(line) & {"\x1b", "\r"}
