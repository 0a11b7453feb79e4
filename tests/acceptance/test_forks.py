"""A command that is forked ends as one does that is started afresh, where nothing was imported before it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from acceptance.commands import SECONDS, Done, quickstart, trueup

pytestmark = pytest.mark.slow


def fresh(*arguments: str, cwd: Path, stdin: str = "") -> Done:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CTP_", "ORIGIN_"))}
    done = subprocess.run(
        [sys.executable, "-m", "trueup", *arguments],
        cwd=cwd,
        env={**clean, "NO_COLOR": "1", "COLUMNS": "100"},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--format", "json", "--detailed-exitcode"),
        ("apply", "--select", "demo=ok", "--format", "json"),
        ("validate", "nowhere.yaml"),
        ("explain-nothing",),
        ("plan", "-"),
    ],
    ids=" ".join,
)
def test_a_forked_command_ends_as_a_fresh_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    place = quickstart(tmp_path)
    manifest = (place / "connectors" / "psp.yaml").read_text()
    assert trueup(*arguments, cwd=place, stdin=manifest) == fresh(*arguments, cwd=place, stdin=manifest)


def test_a_forked_command_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    one = trueup("plan", cwd=place, env={"TRUEUP_ALLOW_HOSTS": "x", "COLUMNS": "60"})
    assert trueup("plan", cwd=place) == fresh("plan", cwd=place) != one
