"""Run the command line as people do: as a process of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
QUICKSTART = REPOSITORY / "examples" / "quickstart"
SECONDS = 60
"""How long a command may take before a test gives up on it."""


@dataclass(frozen=True)
class Done:
    """Hold how a command ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Return standard output as the one JSON document that it is."""
        return json.loads(self.out)


def trueup(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: str = "") -> Done:
    """Run one command in a folder, with nothing of the caller's credentials or colours."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CTP_", "ORIGIN_"))}
    done = subprocess.run(
        [sys.executable, "-m", "trueup", *arguments],
        cwd=cwd,
        env={**clean, "NO_COLOR": "1", "COLUMNS": "100", **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def quickstart(folder: Path) -> Path:
    """Copy the quickstart example into a folder and return its place."""
    place = folder / "quickstart"
    shutil.copytree(QUICKSTART, place, ignore=shutil.ignore_patterns(".trueup"))
    return place


@contextmanager
def served(*arguments: str, cwd: Path) -> Iterator[str]:
    """Serve the sandbox on a free port as a process of its own; yield its address."""
    command = [sys.executable, "-m", "trueup", "sandbox", "--port", "0", *arguments]
    with subprocess.Popen(command, cwd=cwd, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"http://[\d.]+:\d+", process.stderr.readline())
            assert found, "the sandbox did not say where it listens"
            yield found.group()
        finally:
            process.terminate()
            process.communicate(timeout=SECONDS)
