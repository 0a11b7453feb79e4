"""The command lines of trueup in the pipelines that init writes and the documentation shows."""

import re

import click
import pytest

from trueup.cli.main import trueup
from unit.docs.pages import ROOT

PIPELINES = sorted(path for path in (ROOT / "examples").rglob("*.y*ml") if path.parent.name in ("gitlab", "workflows"))
PIPELINES += [ROOT / "examples" / "start" / "pre-commit-config.yaml"]
CALLS = {
    (command, option)
    for file in PIPELINES
    # Options on further lines belong to the command before them.
    for command, rest in re.findall(
        r"(?m)(?:^|[-:] )[ ]*trueup ([a-z]+)\b([^|\n]*)", re.sub(r"\n +(?=--)", " ", file.read_text())
    )
    for option in re.findall(r"(?<= )--[a-z-]+", rest)
}


@pytest.mark.parametrize(("command", "option"), sorted(CALLS))
def test_each_option_in_a_pipeline_is_one_of_its_command(command: str, option: str) -> None:
    found = trueup.get_command(click.Context(trueup), command)
    assert found is not None
    assert option in {name for parameter in found.params for name in parameter.opts}


def test_the_pipelines_have_such_options() -> None:
    assert {("drift", "--report"), ("plan", "--junit"), ("apply", "--junit")} <= CALLS
