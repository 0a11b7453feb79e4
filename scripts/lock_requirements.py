"""Write the file from which the GitHub Action installs what trueup needs: every version and every hash.

It needs ``pip-tools`` and is run with the oldest Python that trueup supports, as what that needs is all that newer
ones need. Jobs that pin the action by its commit thereby pin all of its dependencies.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-action.txt"
HEAD = "# Written by scripts/lock_requirements.py; the action installs from this and from nothing else.\n"


def main(arguments: list[str]) -> int:
    """Write the file, or with ``--check`` say which dependencies of pyproject.toml it lacks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if arguments == ["--check"]:
        missing = lacking(project["dependencies"], LOCK.read_text(encoding="utf-8"))
        sys.stderr.writelines(
            f"{LOCK.name} lacks {name}: run python scripts/lock_requirements.py\n" for name in missing
        )
        return int(bool(missing))
    with TemporaryDirectory() as folder:
        wanted, locked = Path(folder) / "requirements.in", Path(folder) / "requirements.txt"
        wanted.write_text("\n".join(project["dependencies"]) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--strip-extras"]
        command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
        subprocess.run([*command, "--output-file", str(locked), str(wanted)], check=True)  # noqa: S603 - our own words
        LOCK.write_text(HEAD + locked.read_text(encoding="utf-8"), encoding="utf-8")
    return 0


def lacking(dependencies: list[str], locked: str) -> list[str]:
    """Return the names of dependencies that are not locked with a version and a hash."""
    names = [re.split(r"[^A-Za-z0-9._-]", dependency)[0].lower() for dependency in dependencies]
    return [
        name for name in names if not re.search(rf"^{re.escape(name)}==\S+ \\\n +--hash=sha256:", locked, re.MULTILINE)
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
