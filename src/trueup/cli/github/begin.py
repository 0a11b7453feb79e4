"""The first step of the action: ask GitHub for what the run needs, and record that an apply begins.

Only this step and the last ones have GitHub's token; the step that plans and applies has the platforms' credentials.
"""

from collections.abc import Callable
from dataclasses import replace

from trueup.cli.exit_codes import Exit
from trueup.cli.github.commits import MOST_COMMITS, BranchHistory, Carried
from trueup.cli.github.connection import open_rest
from trueup.cli.github.early import end_early
from trueup.cli.github.scope import project_scope, scope_and_folder
from trueup.errors import InvalidInput, TrueupError, UsageError
from trueup.git.repository import open_repository
from trueup.github.api import Rest
from trueup.github.artifacts import KeptNames, kept_plans
from trueup.github.comment import NotPosted
from trueup.github.context import Context, read_context
from trueup.github.deployments import ReadRecords, read_records, start
from trueup.github.endings import SUPERSEDED, announce, superseded_line
from trueup.github.folder import StepFolder
from trueup.github.found import Found, FoundPull, NoPlan
from trueup.github.inputs import AUTO, Inputs, read_inputs
from trueup.github.page import RECORD_FAILED
from trueup.github.pulls import MOST_PULLS, MergedPull, Pulls, pulls_of
from trueup.github.workflow import WorkflowStep
from trueup.model.position import COMMIT_DIGITS
from trueup.plan.records import PullRef, Records, records_to_json
from trueup.report.safe_text import visible


class NotRecorded(TrueupError):
    """An apply that cannot be recorded, so that it does not begin."""


Connect = Callable[[WorkflowStep, Context], Rest]
"""A function that opens the connection to GitHub's API."""


def perform(step: WorkflowStep, connect: Connect = open_rest) -> Exit:
    """Find what the run needs and write it to the step folder, whose path is the output ``folder``.

    Returns DONE, or the status of the error because of which the run must not begin.
    """
    try:
        folder = StepFolder.new(step.env)
        step.set_outputs({"folder": str(folder.path)})
        folder.write_inputs(step.env)
        inputs, context = read_inputs(step.env), read_context(step.env, step.cwd)
        _check(inputs)
        found = _begin(step, connect, folder, inputs, context) if _asks(inputs) else Found()
        folder.write_found(found)
    except NotRecorded as error:
        return end_early(step, error, RECORD_FAILED)
    except TrueupError as error:
        return end_early(step, error)
    except OSError as error:
        return end_early(step, UsageError(f"{error.filename or 'A file'} cannot be written: {error.strerror}."))
    for note in found.notes:
        step.annotate("notice", note)
    return Exit.DONE


def _asks(inputs: Inputs) -> bool:
    """Return whether the inputs ask for anything that only GitHub knows."""
    return AUTO in {inputs.approved, inputs.applied} or inputs.record


def _check(inputs: Inputs) -> None:
    """Raise UsageError for a record of something that is not a whole apply."""
    if not inputs.record:
        return
    if inputs.command != "apply":
        raise UsageError("The input record can only be used with command: apply.")
    # A record says that all selected resources of a target are as the commit wants them.
    parts = {"paths": inputs.paths, "changed-since": inputs.changed_since, "shard": inputs.shard.removeprefix("1/1")}
    for name, given in parts.items():
        if given:
            raise UsageError(f"The input record needs an apply of the whole project: it excludes the input {name}.")


def _begin(step: WorkflowStep, connect: Connect, folder: StepFolder, inputs: Inputs, context: Context) -> Found:
    """Ask GitHub and git, write the records and approved plans, and return what was found."""
    with open_repository(step.cwd, step.env) as repository, connect(step, context) as rest:
        branch = BranchHistory(repository, context)
        try:
            project = project_scope(inputs, step.cwd, repository)
        except InvalidInput:
            found = _without_project(rest, context, inputs, branch, folder)
            if not inputs.record:
                # The run itself finds the same errors, and shows each at its line.
                return found
            folder.write_found(found)
            raise
        read = ReadRecords()
        if inputs.applied == AUTO or inputs.record:
            read = read_records(rest, context, project.scope, project.targets, branch.has)
        if inputs.record and read.failed:
            # An older run that is repeated could not know that a newer commit was applied.
            raise _not_recorded(next(iter(read.failed.values())))
        found, pulls, applies = Found(notes=_notes(read)), Pulls(), inputs.command == "apply"
        # What a newer commit brought would be drift to a run that began before it, or that is repeated after it.
        if inputs.command in SUPERSEDED and (later := branch.newest_after(read.targets.values())):
            found = _superseded(found, inputs, *later)
        elif applies or read.targets:
            carried = branch.carried([read.targets.get(name) for name in project.targets])
            pulls = pulls_of(rest, context, carried.commits)
            if applies:
                names = KeptNames.of(project.scope, inputs.approved_workflow) if inputs.approved == AUTO else None
                shown = tuple(_shown(rest, context, pull, names, folder) for pull in pulls.pulls)
                found = _with_pulls(found, shown, pulls, carried)
        folder.write(folder.records, records_to_json(Records(targets=read.targets, pulls=_references(pulls))))
        # Written before the records are opened: if that fails, the last step still reports on the pull requests.
        folder.write_found(found)
        if inputs.record and not found.superseded:
            numbers = [pull.number for pull in found.pulls]
            applied = replace(context, head=branch.head)
            opened = start(rest, applied, project.scope, project.targets, pulls=numbers, digest=inputs.digest)
            if isinstance(opened, NotPosted):
                raise _not_recorded(opened.reason)
            found = replace(found, deployments=opened)
        _announce(rest, context, inputs, found, step)
        return found


def _without_project(rest: Rest, context: Context, inputs: Inputs, branch: BranchHistory, folder: StepFolder) -> Found:
    """Return the pull requests of a push that made the project file invalid: their comments say that nothing is done.

    The targets are not known, and so neither is what was applied.
    """
    if inputs.command != "apply":
        return Found()
    pulls = pulls_of(rest, context, branch.carried([None]).commits)
    return Found(pulls=tuple(_shown(rest, context, pull, None, folder) for pull in pulls.pulls))


def _announce(rest: Rest, context: Context, inputs: Inputs, found: Found, step: WorkflowStep) -> None:
    """Say on the pull requests that the apply begins."""
    if found.pulls and inputs.command == "apply":
        scope, folder = scope_and_folder(inputs, step.cwd, step.env)
        announce(rest, context, inputs, found, scope=scope, folder=folder)


def _not_recorded(reason: str) -> NotRecorded:
    return NotRecorded(f"The apply cannot be recorded, so it did not begin and nothing was sent. {reason}")


def _notes(read: ReadRecords) -> tuple[str, ...]:
    failed = (f"What was applied to {visible(name)} is not known. {why}" for name, why in read.failed.items())
    return (*failed, *read.notes)


def _superseded(found: Found, inputs: Inputs, commit: str, url: str) -> Found:
    page = f" See {url}" if url else ""
    note = f"{superseded_line(inputs.command, commit)}{page}"
    return replace(found, superseded=commit, notes=(*found.notes, note))


def _shown(rest: Rest, context: Context, pull: MergedPull, names: KeptNames | None, folder: StepFolder) -> FoundPull:
    """Return a pull request with the plans that it showed; ``names`` is None when they are not asked for."""
    kept = () if names is None else kept_plans(rest, context, pull, names, folder)
    return FoundPull(
        number=pull.number,
        url=pull.url,
        title=pull.title,
        commits=pull.commits,
        files=() if isinstance(kept, NoPlan) else tuple(file.name for file in kept),
        reason=kept if isinstance(kept, NoPlan) else None,
    )


def _with_pulls(found: Found, shown: tuple[FoundPull, ...], pulls: Pulls, carried: Carried) -> Found:
    unasked = dict(pulls.unasked)
    if carried.beyond:
        unasked[carried.beyond] = NoPlan.TOO_MANY
    beyond = [commit for commit, reason in unasked.items() if reason is NoPlan.TOO_MANY]
    limits = f"at most {MOST_COMMITS} commits and {MOST_PULLS} pull requests of one run are looked up"
    older = (
        f"The pull requests of commit {beyond[0][:COMMIT_DIGITS]} and older ones are not known: {limits}."
        if beyond
        else ""
    )
    return replace(
        found,
        commits=carried.commits,
        pulls=shown,
        direct=pulls.direct,
        unasked=unasked,
        notes=(*found.notes, older) if older else found.notes,
    )


def _references(pulls: Pulls) -> dict[str, PullRef]:
    return {commit: PullRef(number=pull.number, url=pull.url) for pull in pulls.pulls for commit in pull.commits}
