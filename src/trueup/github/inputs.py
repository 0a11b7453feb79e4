"""Read the inputs of the action: texts in the environment, set by ``action.yml``.

A list has one item a line. A switch is ``true`` or ``false`` and nothing else: GitHub hands over any text, and a
mistyped switch must not read as off. No input is split into words, and none reaches a shell.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trueup.errors import UsageError

PREFIX: Final = "TRUEUP_INPUT_"

_COMMANDS: Final = ("validate", "preview", "plan", "apply", "drift", "merge")
CONFLICTS: Final = ("stop", "overwrite")
COMMENTS: Final = ("update", "recreate", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Hold what a workflow asked the action for; texts that were left out are empty.

    ``plan`` is a saved plan that is applied as it is, ``approved`` one that a pull request showed: a new plan is made,
    and applied only as far as that one covers it. ``digest`` is the hash of the one or the other, or of the new plan
    where neither is given.
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
    issue: bool = False

    @property
    def key_parts(self) -> tuple[str, ...]:
        """Return what tells this comment from the others of a pull request."""
        if self.comment_key:
            return (self.comment_key,)
        return ("", self.project, *(f"target {target}" for target in self.targets))


def read_inputs(env: Mapping[str, str]) -> Inputs:
    """Read the inputs; raises :class:`~trueup.errors.UsageError` with the name of the one that cannot be taken."""
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
        issue=_switch(env, "issue"),
    )
    _check(inputs)
    return inputs


def _check(inputs: Inputs) -> None:
    """Refuse inputs that do not go together, in the words of the action rather than of the command line."""
    if inputs.command != "apply" and (inputs.plan or inputs.approved or inputs.digest):
        raise UsageError("The inputs plan, approved and digest go with command: apply.")
    if inputs.command == "preview" and not inputs.base:
        raise UsageError("command: preview needs base: the commit to compare with, as in base: HEAD^1.")
    if inputs.command in {"validate", "merge"} and inputs.base:
        raise UsageError(f"The input base does not go with command: {inputs.command}.")
    if inputs.command == "merge" and inputs.changed_since:
        raise UsageError("The input changed-since does not go with command: merge.")
    if inputs.plan and inputs.approved:
        raise UsageError("Give plan, to apply a saved plan as it is, or approved, to plan anew within one; not both.")
    if inputs.command == "merge" and not inputs.paths:
        raise UsageError("command: merge needs paths: the JSON documents of all shards, or a folder of them.")


def selection(inputs: Inputs) -> list[str]:
    """Return the options that say which manifests are meant."""
    words = [f"--project={inputs.project}"] if inputs.project else []
    words += [f"--target={target}" for target in inputs.targets]
    words += [f"--select={label}" for label in inputs.select]
    words += [f"--shard={inputs.shard}"] if inputs.shard else []
    words += [f"--base={inputs.base}"] if inputs.base else []
    return [*words, f"--changed-since={inputs.changed_since}"] if inputs.changed_since else words


def switches(inputs: Inputs) -> list[str]:
    """Return the options that are either there or not."""
    words = ["--sandbox"] if inputs.sandbox else []
    return [*words, "--keep-going"] if inputs.keep_going else words


def allowances(inputs: Inputs) -> list[str]:
    """Return the options that say which targets get credentials although a change defined them anew."""
    return [f"--allow-target={target}" for target in inputs.allow_targets]


def limits(inputs: Inputs) -> list[str]:
    """Return the options that say how much may be changed."""
    words = [f"--allow-delete={inputs.allow_delete}"] if inputs.allow_delete else []
    words += [f"--allow-unknown={name}" for name in inputs.allow_unknown]
    return [*words, f"--max-changes={inputs.max_changes}"] if inputs.max_changes else words


def arguments(inputs: Inputs, *, out: str = "") -> list[str]:
    """Return the command line of the run; ``out`` is where a plan is saved.

    Paths stand behind ``--``, so that no file's name is taken for an option.
    """
    behind = ["--format=json", "--", *inputs.paths]
    match inputs.command:
        case "merge":
            return ["merge", *behind]
        case "validate":
            return ["validate", *selection(inputs), *switches(inputs), *behind]
        case "preview":
            return ["preview", "--detailed-exitcode", *selection(inputs), *switches(inputs), *behind]
        case "drift":
            chosen = [*selection(inputs), *switches(inputs), *allowances(inputs)]
            return ["drift", "--detailed-exitcode", *chosen, *behind]
        case "apply" if inputs.plan:
            return applying(inputs, inputs.plan)
        case "apply":
            chosen = [*selection(inputs), *switches(inputs), *allowances(inputs), *limits(inputs), *_digest(inputs)]
            return ["apply", "--yes", f"--on-conflict={inputs.on_conflict}", *chosen, *behind]
        case _:
            saved = [f"--out={out}"] if out else []
            chosen = [*selection(inputs), *switches(inputs), *allowances(inputs), *limits(inputs)]
            return ["plan", "--detailed-exitcode", *saved, *chosen, *behind]


def applying(inputs: Inputs, plan: str) -> list[str]:
    """Return the command line that applies a saved plan."""
    words = [f"--project={inputs.project}"] if inputs.project else []
    words += [f"--base={inputs.base}"] if inputs.base else []
    words += [f"--manifests={path}" for path in inputs.paths]
    words += [
        f"--on-conflict={inputs.on_conflict}",
        *switches(inputs),
        *allowances(inputs),
        *limits(inputs),
        *_digest(inputs),
    ]
    return ["apply", "--yes", f"--plan={plan}", *words, "--format=json"]


def _digest(inputs: Inputs) -> list[str]:
    return [f"--digest={inputs.digest}"] if inputs.digest else []


def repeated(inputs: Inputs) -> str:
    """Return the command that shows the same on somebody's own machine, and changes nothing."""
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
    text = _text(env, name) or default
    if text not in allowed:
        raise UsageError(f"The input {name} is {text!r}; it can be {', '.join(allowed)}.")
    return text
