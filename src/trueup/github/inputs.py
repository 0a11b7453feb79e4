"""Read the action's inputs, which ``action.yml`` puts into the environment, and make command lines of them.

A list has one item in each line. A switch is ``true`` or ``false`` and nothing else: GitHub passes any text, and a
mistyped ``true`` must not count as false. No input is split into words, and none reaches a shell.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trueup.errors import UsageError
from trueup.github.context import Context

PREFIX: Final = "TRUEUP_INPUT_"

AUTO: Final = "auto"
"""The text of an input whose value follows from the event, or is looked up on GitHub."""

WHOLE: Final = "1/1"
"""The shard that is not a part."""

_COMMANDS: Final = ("validate", "preview", "plan", "apply", "drift", "merge", "comment")
CONFLICTS: Final = ("stop", "overwrite")
COMMENTS: Final = ("changes", "update", "recreate", "off")
ISSUES: Final = ("true", "update", "false")
UNAPPROVED: Final = ("stop", "apply")

_ONLY_FOR: Final[Mapping[str, frozenset[str]]] = {
    "base": frozenset({"preview", "plan", "apply", "drift", "comment"}),
    "changed-since": frozenset({"validate", "preview", "plan", "apply", "drift"}),
    "applied": frozenset({"preview", "plan", "apply", "drift", "comment"}),
    "plan": frozenset({"apply"}),
    "approved": frozenset({"apply"}),
    "digest": frozenset({"apply"}),
    "write-secured": frozenset({"plan", "apply"}),
}
"""The commands that an input can be used with, for inputs that others would ignore."""


_BETWEEN_NAMES: Final = re.compile(r"[\s,]+")
"""What separates names in a form of GitHub, whose fields have one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of the action; texts that were not given are empty.

    ``plan`` is a saved plan that is applied unchanged. ``approved`` is the plan that a pull request showed: a new plan
    is made, and only what the approved one shows is applied; ``unapproved`` says what happens with the rest. ``digest``
    is the hash of either, or of the new plan when neither is given. ``applied`` is a file with the records of applies.
    ``base``, ``approved`` and ``applied`` can be ``auto``: the first then follows from the event, the others are looked
    up on GitHub. ``record``: an apply is recorded there. ``approved_workflow`` is the name of the workflow file whose
    runs can have kept the approved plan, empty for any. ``workflow`` is the name of the file that a comment can start.
    ``comment_header`` and ``comment_footer`` are Markdown of the team. ``follow_up``: an apply that leaves something
    opens a pull request for it.
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
    unapproved: str = "stop"
    digest: str = ""
    on_conflict: str = "stop"
    allow_delete: str = ""
    allow_unknown: tuple[str, ...] = ()
    allow_targets: tuple[str, ...] = ()
    write_secured: tuple[str, ...] = ()
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
    workflow: str = ""

    @property
    def is_part(self) -> bool:
        """Return whether this run is one of several shards; the job that merges them speaks for all."""
        return self.command != "merge" and self.shard not in {"", WHOLE}


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
        unapproved=_one_of(env, "unapproved", UNAPPROVED, "stop"),
        digest=_text(env, "digest"),
        on_conflict=_one_of(env, "on-conflict", CONFLICTS, "stop"),
        allow_delete=_text(env, "allow-delete"),
        allow_unknown=_lines(env, "allow-unknown"),
        allow_targets=_lines(env, "allow-target"),
        write_secured=tuple(filter(None, _BETWEEN_NAMES.split(_text(env, "write-secured")))),
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
        workflow=_text(env, "workflow"),
    )
    for name, commands in _ONLY_FOR.items():
        if _text(env, name) and inputs.command not in commands:
            raise UsageError(f"The input {name} cannot be used with command: {inputs.command}.")
    _check(inputs)
    return inputs


def _check(inputs: Inputs) -> None:
    """Raise UsageError for inputs that exclude each other."""
    # The command line checks this too, but its messages name options that a workflow does not have.
    if inputs.command == "preview" and not inputs.base:
        raise UsageError("command: preview needs the input base, the commit to compare with: base: HEAD^1.")
    if inputs.plan and inputs.approved:
        raise UsageError(
            "Use either plan, to apply a saved plan unchanged, or approved, to apply what it shows of a new plan."
        )
    if inputs.plan and inputs.write_secured:
        raise UsageError("A saved plan keeps the rules that it was made with: give write-secured to command: plan.")
    if inputs.command == "merge" and not inputs.paths:
        raise UsageError("command: merge needs the input paths: the JSON documents of all shards, or their folder.")


def with_base(inputs: Inputs, context: Context) -> Inputs:
    """Return the inputs with the commit that ``base: auto`` means for this event, empty if there is none.

    A run by hand or on a schedule compares with nothing. Raises UsageError for a preview without a commit.
    """
    if inputs.base != AUTO:
        return inputs
    # GitHub checks out the test merge of a pull request; its first parent is the target branch.
    known = {"pull_request": "HEAD^1", "merge_group": context.merge_group_base, "push": context.before}
    resolved = replace(inputs, base=known.get(context.event, ""))
    _check(resolved)
    return resolved


def selection(inputs: Inputs) -> list[str]:
    """Return the options that select manifests and what they are compared with."""
    words = [f"--project={inputs.project}"] if inputs.project else []
    words += [f"--target={target}" for target in inputs.targets]
    words += [f"--select={label}" for label in inputs.select]
    words += [f"--shard={inputs.shard}"] if inputs.shard not in {"", WHOLE} else []
    words += [f"--base={inputs.base}"] if inputs.base not in {"", AUTO} else []
    return [*words, f"--changed-since={inputs.changed_since}"] if inputs.changed_since else words


def switches(inputs: Inputs) -> list[str]:
    """Return the options without a value."""
    words = ["--sandbox"] if inputs.sandbox else []
    return [*words, "--keep-going"] if inputs.keep_going else words


def arguments(inputs: Inputs, *, out: str = "", approved: Sequence[str] = ()) -> list[str]:
    """Return the command line of the run.

    ``out`` is the path for a saved plan. ``approved`` are the files of the approved plans; with the input ``approved``
    and no file, nothing is approved.
    """
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
            return ["preview", "--detailed-exitcode", *chosen, *_applied(inputs), *behind]
        case "drift":
            return ["drift", "--detailed-exitcode", *chosen, *_applied(inputs), *_allowances(inputs), *behind]
        case "comment":  # what a comment can ask for beside a run of the workflow
            return ["adopt", *chosen, *_applied(inputs), *_allowances(inputs), *behind]
        case "apply" if inputs.plan:
            return saved_plan_arguments(inputs, inputs.plan)
        case "apply":
            words = [*chosen, *_applied(inputs), *_allowances(inputs), *_limits(inputs), *_digest(inputs)]
            words += _write_secured(inputs)
            if inputs.approved:
                words += [f"--approved={file}" for file in approved]
                words += [f"--unapproved={inputs.unapproved}"]
            return ["apply", "--yes", f"--on-conflict={inputs.on_conflict}", *words, *behind]
        case _:
            saved = [f"--out={out}"] if out else []
            words = [*chosen, *_applied(inputs), *_allowances(inputs), *_limits(inputs), *_write_secured(inputs)]
            return ["plan", "--detailed-exitcode", *saved, *words, *behind]


def saved_plan_arguments(inputs: Inputs, plan: str) -> list[str]:
    """Return the command line that applies a saved plan."""
    words = [f"--project={inputs.project}"] if inputs.project else []
    words += [f"--base={inputs.base}"] if inputs.base not in {"", AUTO} else []
    words += [f"--manifests={path}" for path in inputs.paths]
    words += [
        f"--on-conflict={inputs.on_conflict}",
        *switches(inputs),
        *_applied(inputs),
        *_allowances(inputs),
        *_limits(inputs),
        *_digest(inputs),
    ]
    return ["apply", "--yes", f"--plan={plan}", *words, "--format=json"]


def _applied(inputs: Inputs) -> list[str]:
    return [f"--applied={inputs.applied}"] if inputs.applied not in {"", AUTO} else []


def _allowances(inputs: Inputs) -> list[str]:
    """Return the options for targets that get credentials although this change adds or redefines them."""
    return [f"--allow-target={target}" for target in inputs.allow_targets]


def _limits(inputs: Inputs) -> list[str]:
    """Return the options that limit what may be changed."""
    words = [f"--allow-delete={inputs.allow_delete}"] if inputs.allow_delete else []
    words += [f"--allow-unknown={name}" for name in inputs.allow_unknown]
    return [*words, f"--max-changes={inputs.max_changes}"] if inputs.max_changes else words


def _write_secured(inputs: Inputs) -> list[str]:
    return [f"--write-secured={name}" for name in inputs.write_secured]


def _digest(inputs: Inputs) -> list[str]:
    return [f"--digest={inputs.digest}"] if inputs.digest else []


def local_command(inputs: Inputs) -> str:
    """Return the command that shows the same on a developer's machine and changes nothing."""
    command = "plan" if inputs.command in {"apply", "merge"} else inputs.command
    words = [*selection(inputs), *switches(inputs), *_write_secured(inputs), *inputs.paths]
    words = [] if inputs.command == "merge" else words
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
