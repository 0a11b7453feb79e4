"""The commands that follow a plan on a terminal, until something was applied here or a pipeline does it."""

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Final

from trueup.cli.files import RUNS
from trueup.git.create import BRANCH
from trueup.git.work_tree import WorkTree, find_work_tree
from trueup.kinds.registry import KINDS
from trueup.model.plan import Plan, ResourcePlan, Verdict
from trueup.regular_file import read_regular
from trueup.state.folder import STATE

_HEAD: Final = "ref: refs/heads/"
"""The start of the file HEAD while a branch is checked out."""
_HEAD_BYTES: Final = 1_000
_CHANGES: Final = {Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE}
_PIPELINES: Final = (".github/workflows", ".gitlab-ci.yml")
"""Files of a repository whose pipeline plans and applies."""


def steps_after(plan: Plan, root: Path) -> str:
    """Return the commands that come next in a project without an earlier apply; empty if there was one.

    ``root`` is the folder of the project. Nothing but names of files and of the checked out branch is read.
    """
    changed = [resource for resource in plan.resources if resource.verdict in _CHANGES]
    unchanged = [resource for resource in plan.resources if resource.verdict is Verdict.UNCHANGED]
    # What cannot be applied has its own next step.
    if os.path.lexists(root / STATE / RUNS) or len(changed) + len(unchanged) != len(plan.resources):
        return ""
    tree = find_work_tree(root)
    if changed:
        pipeline = tree is not None and any(os.path.lexists(tree.top / name) for name in _PIPELINES)
        return "" if pipeline else _text(_merge(changed[0], tree))
    if not unchanged or (tree is not None and _has_commit(tree)):
        return ""
    return _text(_first(unchanged[0], tree))


def _text(commands: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in ("Next:", *(f"  {command}" for command in commands)))


def _first(unchanged: ResourcePlan, tree: WorkTree | None) -> list[str]:
    """Return the commands from new manifests to a first change on a branch."""
    field = KINDS[unchanged.identity.kind].summary[0]
    return [
        *([f"git init --initial-branch {BRANCH}"] if tree is None else []),
        "git add --all",
        "git commit --quiet --message 'Describe what is live'",
        "git switch --create first-change",
        f"trueup set {quote(unchanged.identity.value)} spec.{field}='NEW VALUE'",
    ]


def _merge(changed: ResourcePlan, tree: WorkTree | None) -> list[str]:
    """Return the commands from a changed manifest to the apply; without a branch of the change, nothing is merged."""
    commands = ["trueup apply"]
    if tree is not None:
        branch = _branch(tree)
        if branch not in {"", BRANCH} and _is_branch(tree, BRANCH):
            commands = [f"git switch {BRANCH}", f"git merge {quote(branch)}", *commands]
        commands = [f"git commit --quiet --all --message {quote(f'Change {changed.identity.value}')}", *commands]
    return commands


def _has_commit(tree: WorkTree) -> bool:
    branch = _branch(tree)
    return not branch or _is_branch(tree, branch)


def _branch(tree: WorkTree) -> str:
    """Return the branch that is checked out, empty for none and for a repository that cannot be read."""
    try:
        text = read_regular(str(tree.git_dir / "HEAD"), _HEAD_BYTES).decode(errors="replace")
    except OSError:
        return ""
    return text.removeprefix(_HEAD).rstrip("\n") if text.startswith(_HEAD) else ""


def _is_branch(tree: WorkTree, name: str) -> bool:
    """Return whether a branch has a commit; with packed branches, which are not read, each counts as one that has."""
    try:
        return (tree.shared / "refs" / "heads" / name).is_file() or (tree.shared / "packed-refs").is_file()
    except OSError:
        return False
