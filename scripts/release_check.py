"""Check that the workflows name the action by a commit that has the code of the current one.

A called workflow cannot name its own commit, so a release has two: the first has the code, the second sets the hash of
the first in workflows, examples and documentation (docs/adr/0028). Nothing that the action runs may differ between
them. The script needs the history of the repository; it is run before a release is tagged.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ("action.yml", "src", "schemas", "scripts/run_action.py", "requirements-action.txt")
"""What the action runs."""

NAMING = (".github/workflows/*.yml", "examples/workflows/*.yml", "README.md", "docs/**/*.md")
PIN = re.compile(r"trueup/trueup(?:/[\w./-]+)?@(?P<commit>[0-9a-f]{40})(?: # v(?P<version>\S+))?")


def main() -> int:
    """Write what is wrong to standard error; return 1 if anything is."""
    found = list(findings(ROOT))
    sys.stderr.writelines(f"{line}\n" for line in found)
    return int(bool(found))


def findings(root: Path) -> Iterator[str]:
    """Yield what is wrong with the names of the action in the repository at ``root``."""
    version = re.search(r'__version__ = "(.+)"', (root / "src/trueup/__init__.py").read_text(encoding="utf-8"))
    assert version is not None, "the package has a version"
    commits: set[str] = set()
    for file in sorted(file for pattern in NAMING for file in root.glob(pattern)):
        for line, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for pin in PIN.finditer(text):
                commits.add(pin["commit"])
                if pin["version"] not in (None, version[1]):
                    yield f"{file.relative_to(root)}:{line}: the version is {version[1]}, not {pin['version']}"
    if len(commits) != 1:
        yield f"the action is named by {len(commits)} commits: {', '.join(sorted(commits))}"
    for commit in sorted(commits):
        yield from _differences(root, commit)


def _differences(root: Path, commit: str) -> Iterator[str]:
    command = ["git", "-C", str(root), "diff", "--name-only", commit, "--", *RUN]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - git, on our own files
    differing = done.stdout.splitlines()
    if done.returncode:
        yield f"commit {commit} is not in this repository"
    elif differing:
        more = f" and {len(differing) - 1:,} more" if len(differing) > 1 else ""
        yield f"{differing[0]}{more} differs from commit {commit}, by which the workflows name the action"


if __name__ == "__main__":
    sys.exit(main())
