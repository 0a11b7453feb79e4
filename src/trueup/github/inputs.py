"""Read the action's inputs, which ``action.yml`` puts into the environment, and make command lines of them.

A list has one item in each line. A switch is ``true`` or ``false`` and nothing else: GitHub passes any text, and a
mistyped ``true`` must not count as false. No input is split into words, and none reaches a shell.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trueup.errors import UsageError

PREFIX: Final = "TRUEUP_INPUT_"

_COMMANDS: Final = ("validate", "preview", "plan", "apply", "drift", "merge")
CONFLICTS: Final = ("stop", "overwrite")
COMMENTS: Final = ("changes", "update", "recreate", "off")
ISSUES: Final = ("true", "update", "false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of the action; texts that were not given are empty.

    ``plan`` is a saved plan that is applied unchanged. ``approved`` is the plan that a pull request showed: a new plan
    is made, and only what it shows is applied. ``digest`` is the hash of either, or of the new plan when neither is
    given. ``applied`` is a file with the records of applies. ``approved`` and ``applied`` can be ``auto``: then they
    are looked up on GitHub. ``record``: an apply is recorded there. ``approved_workflow`` is the name of the workflow
    file whose runs can have kept the approved plan, empty for any. ``comment_header`` and ``comment_footer`` are
    Markdown of the team. ``follow_up``: an apply that leaves something opens a pull request for it.
    """

    command: str
    paths: tuple[str, ...] = ()
    working_directory: str = "."
    project: str = ""
    targets: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    base: str = ""
    changed_since: str = ""
    plan: str = ""
    approved: str = ""
    digest: str = ""
    on_conflict: str = "stop"
    allow_delete: str = ""
    allow_unknown: tuple[str, ...] = ()
    allow_targets: tuple[str, ...] = ()
    max_changes: str = ""
    shard: str = ""
    sandbox: bool = False
    keep_going: bool = False
    fail_on_changes: bool = False
    comment: str = "update"
    comment_key: str = ""
    comment_author: str = ""
    comment_header: str = ""
    comment_footer: str = ""
    issue: str = "false"
    follow_up: bool = False
    applied: str = ""
    record: bool = False
    approved_workflow: str = ""

    @property
    def is_part(self) -> bool:
        """Return whether this run is one of several shards; the job that merges them speaks for all."""
        return self.command != "merge" and self.shard not in {"", "1/1"}


def addressing_inputs(env: Mapping[str, str]) -> Inputs:
    """Return only the inputs that say which texts a run has and where; an invalid one counts as not given.

    With them a comment can say that another input is invalid.
    """
    command, comment, issue = _text(env, "command"), _text(env, "comment"), _text(env, "issue")
    return Inputs(
        command=command if command in _COMMANDS else "plan",
        project=_text(env, "project"),
        targets=_lines(env, "target"),
        select=_lines(env, "select"),
        shard=_text(env, "shard"),
        comment=comment if comment in COMMENTS else "update",
        comment_key=_text(env, "comment-key"),
        comment_author=_text(env, "comment-author"),
        comment_header=_text(env, "comment-header"),
        comment_footer=_text(env, "comment-footer"),
        issue=issue if issue in ISSUES else "false",
    )


def read_inputs(env: Mapping[str, str]) -> Inputs:
    """Read the inputs; raises :class:`~trueup.errors.UsageError` with the name of an invalid one."""
    inputs = Inputs(
        command=_one_of(env, "command", _COMMANDS, "plan"),
        paths=_lines(env, "paths"),
        working_directory=_text(env, "working-directory") or ".",
        project=_text(env, "project"),
        targets=_lines(env, "target"),
        select=_lines(env, "select"),
        base=_text(env, "base"),
        changed_since=_text(env, "changed-since"),
        plan=_text(env, "plan"),
        approved=_text(env, "approved"),
        digest=_text(env, "digest"),
        on_conflict=_one_of(env, "on-conflict", CONFLICTS, "stop"),
        allow_delete=_text(env, "allow-delete"),
        allow_unknown=_lines(env, "allow-unknown"),
        allow_targets=_lines(env, "allow-target"),
        max_changes=_text(env, "max-changes"),
        shard=_text(env, "shard"),
        sandbox=_switch(env, "sandbox"),
        keep_going=_switch(env, "keep-going"),
        fail_on_changes=_switch(env, "fail-on-changes"),
        comment=_one_of(env, "comment", COMMENTS, "update"),
        comment_key=_text(env, "comment-key"),
        comment_author=_text(env, "comment-author"),
        comment_header=_text(env, "comment-header"),
        comment_footer=_text(env, "comment-footer"),
        issue=_one_of(env, "issue", ISSUES, "false"),
        follow_up=_switch(env, "follow-up"),
        applied=_text(env, "applied"),
        record=_switch(env, "record"),
        approved_workflow=_text(env, "approved-workflow"),
    )
    _check(inputs)
    return inputs


def _check(inputs: Inputs) -> None:
    """Raise UsageError for inputs that exclude each other."""
    # The command line checks this too, but its messages name options that a workflow does not have.
    if inputs.command != "apply" and (inputs.plan or inputs.approved or inputs.digest):
        raise UsageError("The inputs plan, approved and digest can only be used with command: apply.")
    if inputs.command == "preview" and not inputs.base:
        raise UsageError("command: preview needs the input base, the commit to compare with: base: HEAD^1.")
    if inputs.command in {"validate", "merge"} and inputs.base:
        raise UsageError(f"The input base cannot be used with command: {inputs.command}.")
    if inputs.command == "merge" and inputs.changed_since:
        raise UsageError("The input changed-since cannot be used with command: merge.")
    if inputs.plan and inputs.approved:
        raise UsageError(
            "Use either plan, to apply a saved plan unchanged, or approved, to apply what it shows of a new plan."
        )
    if inputs.command == "merge" and not inputs.paths:
        raise UsageError("command: merge needs the input paths: the JSON documents of all shards, or their folder.")


def selection(inputs: Inputs) -> list[str]:
    """Return the options that select manifests and what they are compared with."""
    words = [f"--project={inputs.project}"] if inputs.project else []
    words += [f"--target={target}" for target in inputs.targets]
    words += [f"--select={label}" for label in inputs.select]
    words += [f"--shard={inputs.shard}"] if inputs.shard else []
    words += [f"--base={inputs.base}"] if inputs.base else []
    return [*words, f"--changed-since={inputs.changed_since}"] if inputs.changed_since else words


def switches(inputs: Inputs) -> list[str]:
    """Return the options without a value."""
    words = ["--sandbox"] if inputs.sandbox else []
    return [*words, "--keep-going"] if inputs.keep_going else words


def _allowances(inputs: Inputs) -> list[str]:
    """Return the options for targets that get credentials although this change adds or redefines them."""
    return [f"--allow-target={target}" for target in inputs.allow_targets]


def limits(inputs: Inputs) -> list[str]:
    """Return the options that limit what may be changed."""
    words = [f"--allow-delete={inputs.allow_delete}"] if inputs.allow_delete else []
    words += [f"--allow-unknown={name}" for name in inputs.allow_unknown]
    return [*words, f"--max-changes={inputs.max_changes}"] if inputs.max_changes else words


def arguments(inputs: Inputs, *, out: str = "") -> list[str]:
    """Return the command line of the run; ``out`` is the path for a saved plan."""
    # Paths follow `--`, so that no file name is taken for an option. With --detailed-exitcode, status 2 means pending
    # changes; trueup.github.page.failure_reason decides whether they fail the job.
    behind = ["--format=json", "--", *inputs.paths]
    chosen = [*selection(inputs), *switches(inputs)]
    match inputs.command:
        case "merge":
            return ["merge", *behind]
        case "validate":
            return ["validate", *chosen, *behind]
        case "preview":
            return ["preview", "--detailed-exitcode", *chosen, *behind]
        case "drift":
            return ["drift", "--detailed-exitcode", *chosen, *_allowances(inputs), *behind]
        case "apply" if inputs.plan:
            return saved_plan_arguments(inputs, inputs.plan)
        case "apply":
            limited = [*chosen, *_allowances(inputs), *limits(inputs), *_digest(inputs)]
            approved = [f"--approved={inputs.approved}"] if inputs.approved else []
            return ["apply", "--yes", f"--on-conflict={inputs.on_conflict}", *approved, *limited, *behind]
        case _:
            saved = [f"--out={out}"] if out else []
            limited = [*chosen, *_allowances(inputs), *limits(inputs)]
            return ["plan", "--detailed-exitcode", *saved, *limited, *behind]


def saved_plan_arguments(inputs: Inputs, plan: str) -> list[str]:
    """Return the command line that applies a saved plan."""
    words = [f"--project={inputs.project}"] if inputs.project else []
    words += [f"--base={inputs.base}"] if inputs.base else []
    words += [f"--manifests={path}" for path in inputs.paths]
    words += [
        f"--on-conflict={inputs.on_conflict}",
        *switches(inputs),
        *_allowances(inputs),
        *limits(inputs),
        *_digest(inputs),
    ]
    return ["apply", "--yes", f"--plan={plan}", *words, "--format=json"]


def _digest(inputs: Inputs) -> list[str]:
    return [f"--digest={inputs.digest}"] if inputs.digest else []


def local_command(inputs: Inputs) -> str:
    """Return the command that shows the same on a developer's machine and changes nothing."""
    command = "plan" if inputs.command in {"apply", "merge"} else inputs.command
    words = [*selection(inputs), *switches(inputs), *inputs.paths] if inputs.command != "merge" else []
    return shlex.join(["trueup", command, *words])


def _text(env: Mapping[str, str], name: str) -> str:
    return env.get(PREFIX + name.upper().replace("-", "_"), "").strip()


def _lines(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in _text(env, name).splitlines() if line.strip())


def _switch(env: Mapping[str, str], name: str) -> bool:
    return _one_of(env, name, ("true", "false"), "false") == "true"


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    # GitHub passes an empty text for an input that is an expression without a value, so empty means the default.
    text = _text(env, name) or default
    if text not in allowed:
        raise UsageError(f"The input {name} is {text!r}; it must be one of {', '.join(allowed)}.")
    return text
