"""The step ``comment``: do what a comment on a pull request or on the issue about drift asks for."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from trueup.cli.exit_codes import Exit
from trueup.cli.github.connection import NO_PUSHING_TOKEN, PUSHING_TOKEN, TOKEN, open_rest
from trueup.cli.github.credentials import further_variables
from trueup.cli.github.early import end_early
from trueup.cli.github.run import captured, log_result
from trueup.cli.github.scope import project_scope
from trueup.errors import Severity, TrueupError, UsageError
from trueup.git.objects import TreeNode, changes, open_objects
from trueup.git.repository import Repository, open_repository
from trueup.github.api import Rest
from trueup.github.budget import COMMENT_BYTES, size_in_bytes
from trueup.github.commands import Acting, Answered, Command, answer_refusal, is_from_a_person, may_push, parse, react
from trueup.github.comment import AUTHOR, NotPosted, Posted
from trueup.github.context import CommentEvent, Context, read_context
from trueup.github.folder import StepFolder
from trueup.github.inputs import AUTO, Inputs, arguments, read_inputs
from trueup.github.key import scope_key
from trueup.github.repository_writes import open_pull
from trueup.github.workflow import WorkflowStep
from trueup.report.diagnostics import summary
from trueup.report.markdown import head_markdown, render_markdown
from trueup.report.result import Result
from trueup.report.safe_text import visible

_WORKFLOW: Final = re.compile(r"[A-Za-z0-9_.-]+\.ya?ml")

_ELSEWHERE: Final = (
    "This issue is about another project or selection than this workflow's. Give both workflows the same inputs."
)
_NOT_ALLOWED: Final = "Only people who may push to this repository can give commands."


def perform(step: WorkflowStep) -> int:
    """Do what the comment of the event asks for, and return the exit status.

    A refusal is an answer, not a failure of the job.
    """
    try:
        _answer(step)
    except TrueupError as error:
        return end_early(step, error)
    return Exit.DONE


def _answer(step: WorkflowStep) -> None:
    context = read_context(step.env, step.cwd)
    event = context.comment
    command = parse(event.body) if event is not None and is_from_a_person(event) else None
    if event is None or command is None:
        step.log("This comment is no command.\n")
        return
    inputs = read_inputs(step.env)
    with open_rest(step, context) as rest:
        react(rest, context, event, "eyes")
        answered = _allowed(rest, context, event) or _acting(rest, step, context, inputs).act(command, event)
        react(rest, context, event, "confused" if answered.refusal else "+1")
        if answered.refusal:
            answer_refusal(rest, context, event, command, answered)
    _log(step, command, answered)


def _allowed(rest: Rest, context: Context, event: CommentEvent) -> Answered | None:
    """Return the refusal for someone who may not push, None for everyone else."""
    match may_push(rest, context, event.login):
        case True:
            return None
        case False:
            return Answered(refusal=_NOT_ALLOWED)
        case NotPosted(reason):
            return Answered(refusal=reason)


def _acting(rest: Rest, step: WorkflowStep, context: Context, inputs: Inputs) -> Acting:
    workflow = inputs.workflow or "trueup.yml"
    if not _WORKFLOW.fullmatch(workflow):
        raise UsageError(f"The input workflow is {workflow!r}; it must be the name of a file in .github/workflows.")
    return Acting(
        rest=rest,
        context=context,
        workflow=workflow,
        author=inputs.comment_author or AUTHOR,
        adopt=partial(_adopt, step, context, inputs),
    )


def _log(step: WorkflowStep, command: Command, answered: Answered) -> None:
    if answered.refusal:
        step.annotate("notice", f"/trueup {command} was not done. {answered.refusal}")
    else:
        step.log(f"/trueup {command}: {answered.url}\n")


def _adopt(step: WorkflowStep, context: Context, inputs: Inputs, key: str) -> Posted | NotPosted:
    """Write what was changed live into the checked-out manifests, and open a pull request with the changed files.

    ``key`` is that of the issue in which the command was given.
    """
    if not step.env.get(PUSHING_TOKEN, "").strip():
        return NotPosted(NO_PUSHING_TOKEN)
    folder = StepFolder.of(step.env)
    if inputs.applied == AUTO:
        inputs = replace(inputs, applied=str(folder.records))
    try:
        with open_repository(step.cwd, step.env) as repository:
            if key != scope_key("drift", project_scope(inputs, step.cwd, repository).scope):
                return NotPosted(_ELSEWHERE)
            commit = repository.git.run("rev-parse", "HEAD").decode("ascii").strip()
            with further_variables(step, applies=False), _without_tokens():
                result = captured(arguments(inputs), folder.document, step)
            files, executable = _changed(repository, commit)
    except TrueupError as error:
        return NotPosted(f"The changed files cannot be read: {visible(str(error))}")
    except OSError as error:
        return NotPosted(f"The changed files cannot be read: {error.strerror}.")
    except UnicodeError:
        return NotPosted("The changed files cannot be read: they are not UTF-8.")
    log_result(result, context, step)
    if not files:
        return NotPosted(_why(result) or "There is nothing to adopt.")
    with open_rest(step, context, token=PUSHING_TOKEN) as rest:
        return open_pull(
            rest,
            # The commit is made on the one that was checked out, which may not be the newest anymore.
            replace(context, head=commit),
            branch=f"trueup/adopt-{key}",
            title="Adopt what was changed live",
            body=_body(result, context),
            files=files,
            executable=executable,
        )


def _changed(repository: Repository, commit: str) -> tuple[dict[str, bytes], set[str]]:
    """Return the tracked files that differ from a commit, by their paths in it, and which of them are executable."""
    files: dict[str, bytes] = {}
    executable: set[str] = set()
    found = [(change.path, change.before) for change in changes(repository, commit)]
    regular = [(path, before) for path, before in found if before is not None and before.node is TreeNode.FILE]
    with open_objects(repository) as objects:
        originals = objects.contents(before.id for _, before in regular)
        for (path, _), original in zip(regular, originals, strict=True):
            file, name = Path(repository.tree.top, path.decode()), path.decode()
            content = file.read_bytes()
            # A checkout can have other line ends than the commit (.gitattributes): the commit's are kept.
            content = content if b"\r\n" in original else content.replace(b"\r\n", b"\n")
            if content != original:
                files[name] = content
                if file.stat().st_mode & stat.S_IXUSR:
                    executable.add(name)
    return files, executable


def _why(result: Result) -> str:
    """Return why an adoption changed no file, empty if it does not say."""
    if result.error is not None:
        return visible(result.error_text)
    if any(found.severity is Severity.ERROR for found in result.diagnostics):
        return summary(result.diagnostics)
    return "".join(span.text for span in result.tree.total).strip() if result.tree is not None else ""


def _body(result: Result, context: Context) -> str:
    about = f"#{context.comment.number}" if context.comment is not None else ""
    head = f"[This run]({context.run_url}) wrote what was changed live into the manifests, as asked for in {about}.\n\n"
    if result.tree is None:
        return head
    whole = render_markdown(result.tree)
    room = COMMENT_BYTES - size_in_bytes(head)
    return head + (whole if size_in_bytes(whole) <= room else head_markdown(result.tree))


@contextmanager
def _without_tokens() -> Iterator[None]:
    """Take the tokens out of the environment of this process during the body: a project file may name variables."""
    kept = {name: os.environ.pop(name) for name in (TOKEN, PUSHING_TOKEN) if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
