"""See on a terminal of 60 columns what people see: no word is broken, and no line is longer than the terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from acceptance.commands import SECONDS, quickstart, trueup

pytestmark = [pytest.mark.process, pytest.mark.slow]

COLUMNS = 60

BAD = """\
apiVersion: trueup/v1
kind: Connector
metadata: {key: acme-bad}
spec:
  nmae: Acme
  supportedRegions: [europe-west.gcp]
"""


def on_a_terminal(*arguments: str, cwd: Path) -> str:
    """Run a command with a terminal for everything, and return what it shows, without colour."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    clean = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(
        [sys.executable, "-m", "trueup", *arguments],
        cwd=cwd,
        env={**clean, "NO_COLOR": "1", "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
        process.wait(timeout=SECONDS)
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux reports that no process holds the other side any more
        return b""


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate",),
        ("runs", "show", "no-run-of-this-name-is-on-record-here-or-anywhere"),
        ("plan", "--no-such-option"),
    ],
)
def test_a_terminal_shows_the_same_words_in_lines_that_fit(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    place = quickstart(tmp_path)
    (place / "connectors" / "bad.yaml").write_text(BAD)
    shown = on_a_terminal(*arguments, cwd=place)
    piped = trueup(*arguments, cwd=place)
    assert max(map(len, shown.splitlines())) <= COLUMNS
    assert shown.split() == (piped.out + piped.err).split()
    assert "\x1b" not in shown


def test_a_plan_names_the_next_commands_only_on_a_terminal_and_until_something_was_applied(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    plan = ("plan", "connectors/psp.yaml")
    assert "Next:" in on_a_terminal(*plan, cwd=place)
    for silent in (("--quiet",), ("--format", "markdown"), ("--out", "plan.json")):
        assert "Next:" not in on_a_terminal(*plan, *silent, cwd=place)
    piped = trueup(*plan, cwd=place)
    assert "Next:" not in piped.out + piped.err
    assert trueup("apply", "connectors/tax.yaml", "--yes", cwd=place).status == 0
    assert "Next:" not in on_a_terminal(*plan, cwd=place)
