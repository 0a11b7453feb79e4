"""Write the requirements of the GitHub Action and of the tools that test it, with every version and hash.

The script needs ``pip-tools`` and the oldest Python that trueup supports: its requirements include those of newer ones.
A job that pins the action by commit thereby pins all dependencies.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-action.txt"
HEADS = {
    LOCK: "the action installs from this and from nothing else",
    ROOT / ".ci" / "requirements-tools.txt": "what checks the action and runs it in tests is installed from this",
}
"""Every file that is written, with its first line."""


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` report which dependencies of pyproject.toml they lack."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tools = project["optional-dependencies"]["action"]
    status = 0
    for file, head in HEADS.items():
        wanted = project["dependencies"] if file == LOCK else tools
        if arguments != ["--check"]:
            file.write_text(f"# Written by scripts/lock_requirements.py; {head}.\n{locked(wanted)}", encoding="utf-8")
        for name in lacking(wanted, file.read_text(encoding="utf-8")):
            sys.stderr.write(f"{file.name} lacks {name}: run python scripts/lock_requirements.py\n")
            status = 1
    return status


def locked(dependencies: list[str]) -> str:
    """Return the lines that pin these and their dependencies, with versions and hashes."""
    with TemporaryDirectory() as folder:
        wanted, made = Path(folder) / "requirements.in", Path(folder) / "requirements.txt"
        wanted.write_text("\n".join(dependencies) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--strip-extras"]
        command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
        subprocess.run([*command, "--output-file", str(made), str(wanted)], check=True)  # noqa: S603 - our own words
        return made.read_text(encoding="utf-8")


def lacking(dependencies: list[str], locked: str) -> list[str]:
    """Return the names of dependencies that are not locked with a version and a hash."""
    names = [re.split(r"[^A-Za-z0-9._-]", dependency)[0].lower() for dependency in dependencies]
    return [
        name for name in names if not re.search(rf"^{re.escape(name)}==\S+ \\\n +--hash=sha256:", locked, re.MULTILINE)
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
