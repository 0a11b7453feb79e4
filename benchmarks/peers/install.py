"""The environments of the peers, each installed once, and why one is missing."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
PLACE: Final = HERE / ".environments"
"""Where peers are installed; git ignores it."""
SECONDS: Final = 600


@dataclass(slots=True)
class Peers:
    """The programs of the peers, installed at their first use."""

    wanted: bool = True
    missing: dict[str, str] = field(default_factory=dict)
    """Why an environment cannot be used, by its name."""

    def python(self, program: str) -> str | None:
        """Return the path of a program of the Python environment; None after noting why it is missing."""
        return self._found("python", PLACE / "python" / "bin" / program, _install_python)

    def node(self, module: str) -> str | None:
        """Return the folder of a module of the Node environment; None after noting why it is missing."""
        return self._found("node", PLACE / "node" / "node_modules" / module, _install_node)

    def _found(self, environment: str, path: Path, install: Callable[[], str]) -> str | None:
        if not self.wanted:
            self.missing[environment] = "peers are left out"
        if environment not in self.missing and not path.exists():
            problem = install()
            if problem or not path.exists():
                self.missing[environment] = problem or f"{path.name} is not where it should be"
                sys.stderr.write(f"PEERS SKIPPED: the {environment} environment cannot be used: {problem}\n")
        return None if environment in self.missing else str(path)


def _install_python() -> str:
    place = PLACE / "python"
    steps = [
        [sys.executable, "-m", "venv", "--clear", str(place)],
        [str(place / "bin" / "pip"), "install", "--quiet", "-r", str(HERE / "requirements.txt")],
    ]
    return next((problem for step in steps if (problem := _problem(step, HERE))), "")


def _install_node() -> str:
    place = PLACE / "node"
    if shutil.which("npm") is None:
        return "npm is not installed"
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", place)
    return _problem(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"], place)


def _problem(command: list[str], cwd: Path) -> str:
    """Run a step; return its error, or an empty text."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stderr[-300:].strip() or f"status {done.returncode}" if done.returncode else ""


def versions() -> dict[str, str]:
    """Return the pinned versions of the peers."""
    lines = (HERE / "requirements.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    node: dict[str, str] = json.loads((HERE / "package.json").read_text())["dependencies"]
    return {**pinned, **node}
