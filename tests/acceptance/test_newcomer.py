"""A newcomer goes from an empty folder to a merged first change, and from a new tag to running code, on a terminal."""

import re
import shutil

import pytest

from acceptance.commands import REPOSITORY
from unit.docs.test_generated import GENERATE, script

NEWCOMER = script("newcomer")

pytestmark = [pytest.mark.slow, pytest.mark.process]


@pytest.mark.skipif(shutil.which("tmux") is None, reason="NOT RUN: tmux is missing; apt-get install tmux brings it")
@pytest.mark.parametrize("way", ["start", "release"])
def test_the_tutorial_shows_what_a_newcomer_sees(way: str) -> None:
    page = (REPOSITORY / "docs" / "tutorial.md").read_text()
    blocks = {
        found["argument"]: found["body"] for found in GENERATE.BLOCK.finditer(page) if found["name"] == "newcomer"
    }
    assert blocks.keys() == NEWCOMER.WAYS.keys()
    assert steady(blocks[way]) == steady(GENERATE.newcomer(way))


def steady(text: str) -> str:
    """Return a text without what a busy machine changes: the number of readings while something is awaited, and the
    commits, whose files name another port if that of the tutorial is taken.
    """
    text = re.sub(r"\d+ requests", "some requests", text)
    return " ".join(re.sub(r"\b[0-9a-f]{7}\.\.[0-9a-f]{7}\b", "some commits", text).split())


def test_a_merged_first_change_takes_at_most_ten_commands() -> None:
    assert len(NEWCOMER.STEPS) <= 10
    assert NEWCOMER.STEPS[0].command == "trueup init"
    assert NEWCOMER.STEPS[-1].command.startswith("git merge")
    assert not any(sign in step.command for step in NEWCOMER.STEPS for sign in (";", "&", "|"))


@pytest.mark.parametrize(
    ("named", "broken"),
    [
        ("$ trueup\n  trueup init", "'trueup plan' is not shown"),
        ("$ trueup\nStart with trueup\n  init", "'trueup plan' is not shown"),
        ("$ trueup\nStart", "'trueup init' is not named by"),
    ],
)
def test_a_command_that_nothing_names_breaks_the_chain(named: str, broken: str) -> None:
    class Spoken:
        def run(self, step: object) -> str:
            return named

    with pytest.raises(NEWCOMER.Unnamed, match=broken):
        next(NEWCOMER.shown_steps(Spoken(), NEWCOMER.PORT))
