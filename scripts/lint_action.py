"""Check the GitHub Action, the example workflows and those of this repository with their linters.

Each linter is a package of the extra ``action``. A missing one is reported on standard error, and is a failure only
with ``--all``.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted(file for place in ("examples", ".github") for file in ROOT.glob(f"{place}/workflows/*.yml"))
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")

COMMANDS: tuple[tuple[str, ...], ...] = (
    (
        *("zizmor", "--offline", "--no-progress", "--persona=auditor", "--strict-collection"),
        *(str(ACTION), *map(str, WORKFLOWS)),
    ),
    ("check-jsonschema", "--builtin-schema", "vendor.github-actions", str(ACTION)),
    ("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)),
    ("check-jsonschema", "--builtin-schema", "custom.github-workflows-require-timeout", *map(str, WORKFLOWS)),
    ("actionlint", "-no-color", *map(str, WORKFLOWS)),
    ("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(ROOT / "examples" / "gitlab" / ".gitlab-ci.yml")),
)


Workflow = Mapping[str, Any]

_LEVELS = {"none": 0, "read": 1, "write": 2}


def steps() -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield every step of the action and of the workflows; a job that calls a workflow has none."""
    yield from ((ACTION, step) for step in yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"])
    for file in WORKFLOWS:
        for job in workflow(file)["jobs"].values():
            yield from ((file, step) for step in job.get("steps", ()))


def workflow(file: Path) -> Workflow:
    """Return a workflow."""
    found: Workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def own_findings() -> Iterator[str]:
    """Yield what no linter checks: what is not pinned, expressions in scripts, permissions that callers do not grant.

    GitHub refuses a whole run at its start if a called job asks for more than the calling job has, even if that called
    job would be skipped.
    """
    callers = [(file, job) for file in WORKFLOWS for job in workflow(file)["jobs"].values() if "uses" in job]
    for file, used in (*steps(), *callers):
        if "uses" in used and not PINNED.match(used["uses"]):
            yield f"{file.name}: {used['uses']} is not pinned by a full commit hash"
        if "${{" in used.get("run", ""):
            yield f"{file.name}: a script contains an expression: {used['run'][:60]!r}"
    for file, job in callers:
        called = ROOT / ".github" / "workflows" / job["uses"].partition("@")[0].rpartition("/")[2]
        if not called.is_file():
            yield f"{file.name}: {job['uses']} calls a workflow that is not here"
        else:
            yield from (f"{file.name}: {line}" for line in ungranted(job, workflow(called)))


def ungranted(caller: Mapping[str, Any], called: Workflow) -> Iterator[str]:
    """Yield the permissions that jobs of a called workflow ask for, and that the calling job does not have."""
    granted = caller.get("permissions", {})
    for name, job in called["jobs"].items():
        for permission, level in job.get("permissions", called.get("permissions", {})).items():
            if _LEVELS[level] > _LEVELS[granted.get(permission, "none")]:
                yield f"the called job {name} asks for {permission}: {level}, which the caller does not grant"


def program(name: str) -> str | None:
    """Return the path of a linter, preferably that of this environment."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def passes(words: tuple[str, ...], *, script: str | None = None) -> bool | None:
    """Run a linter; return whether it passes, None when it is missing."""
    found = program(words[0])
    if found is None:
        return None
    done = subprocess.run(  # noqa: S603 - a linter, found by its name, on our own files
        [found, *words[1:]], input=script, text=True, capture_output=True, check=False
    )
    if done.returncode:
        sys.stderr.write(f"{words[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}\n")
    return not done.returncode


def verdicts() -> Iterator[tuple[str, bool | None]]:
    """Yield each linter with whether it passes, None when it is missing."""
    for words in COMMANDS:
        yield words[0], passes(words)
    for _, step in steps():
        if "run" in step:
            yield "shellcheck", passes(("shellcheck", "--shell=bash", "-"), script=step["run"])


def main(arguments: list[str]) -> int:
    """Run every linter and the rules of this script; return 1 when one finds something."""
    found = list(own_findings())
    sys.stderr.writelines(f"{line}\n" for line in found)
    results = list(verdicts())
    missing = sorted({name for name, verdict in results if verdict is None})
    sys.stderr.writelines(f"NOT CHECKED: {name} is missing; pip install '.[action]' brings it\n" for name in missing)
    bad = found or False in {verdict for _, verdict in results} or (missing and arguments == ["--all"])
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
