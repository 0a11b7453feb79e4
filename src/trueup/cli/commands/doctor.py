"""The command ``doctor``: check this machine and every target, without changing anything."""

from typing import TYPE_CHECKING

import click

from trueup.cli.options import FORMATS, allow_option, output_options, project_option, target_option, together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from trueup.cli.output import CommandEnd
    from trueup.errors import InvalidInput
    from trueup.manifest.project import Project
    from trueup.model.identity import Kind, Target


@click.command(
    "doctor",
    epilog="""\b
Examples:
  trueup doctor                            # this machine and every target of trueup.yaml
  trueup doctor --target connect-eu -v     # one target, with times and versions
  trueup doctor --base origin/main         # also: can git read this commit?
  trueup doctor --format json | jq '.checks[] | select(.state == "fail")'""",
)
@together(
    project_option,
    target_option,
    allow_option,
    click.option(
        "--base",
        metavar="REV",
        help="Check that git can read this commit, as --base and --changed-since need it. "
        "Default: the base of the pull request or merge request in which the job runs.",
    ),
)
@output_options(*FORMATS)
def command(  # noqa: PLR0913 - each is an option
    *,
    project: str | None,
    targets: tuple[str, ...],
    allow_targets: tuple[str, ...],
    base: str | None,
    form: str,
    color: str,
    verbose: bool,
    **_: object,
) -> "CommandEnd":
    """Check this machine and every target; change nothing.

    One table shows whether git, the project file and the folder .trueup can be used and, for each target, its address,
    proxy, name, TLS, clock, credentials, token and scopes, and whether it answers a read. Each failed check says what
    to do next. Status 0 without a failed check, 3 if only credentials or files are wrong, else 1.
    """
    import os
    import sys

    from trueup.cli.event_loop import run_loop
    from trueup.cli.exit_codes import status_of_checks
    from trueup.cli.files import RUNS
    from trueup.cli.output import CommandEnd, style
    from trueup.doctor.examination import Examination
    from trueup.doctor.machine import MachineSubject
    from trueup.errors import InvalidInput
    from trueup.manifest.project import Project
    from trueup.platforms.permissions import Permissions
    from trueup.report.checks import checks_to_json, rendered_checks
    from trueup.report.result import Result
    from trueup.state.folder import Folder

    file, root, read = _read_project(project, (*targets, *allow_targets))
    base = base or base_of_job(os.environ)
    machine = MachineSubject(
        environ=os.environ,
        project=read,
        file=file,
        base=base,
        folder=Folder(root),
        runs=RUNS,
    )
    known = read.targets.values() if isinstance(read, Project) else ()
    chosen = [target for target in known if not targets or target.name in targets]
    redefined = _redefined_since(base, read) if base and isinstance(read, Project) else None
    permit = Permissions.read(os.environ, allow_targets, redefined)
    kinds = _kinds_by_target(read, chosen) if isinstance(read, Project) else {}
    results = run_loop(Examination(machine=machine, targets=chosen, permit=permit, kinds=kinds).results())
    out = style(color, sys.stdout, verbose=verbose)
    shown = rendered_checks(results, markdown=form == "markdown", width=out.width, color=out.color, verbose=verbose)
    result = Result(
        command="doctor",
        status=status_of_checks(results),
        diagnostics=read.diagnostics if isinstance(read, InvalidInput) else (),
        # The document has the checks themselves.
        summary="" if form == "json" else shown,
        also={"checks": checks_to_json(results)},
    )
    return CommandEnd(result=result, form=form, out=out, err=style(color, sys.stderr, verbose=verbose))


def _read_project(named: str | None, targets: "Sequence[str]") -> "tuple[str, Path, Project | InvalidInput | None]":
    """Return the name of the project file, its folder, and the project; None without a file.

    Raises UsageError for a target that does not exist, and for a file that cannot be used.
    """
    from trueup.cli.session import check_targets, project_file
    from trueup.cli.working_directory import here
    from trueup.errors import InvalidInput
    from trueup.manifest.file_names import display
    from trueup.manifest.project import load_project

    cwd = here()
    file = project_file(named, (), cwd)
    if file is None:
        # Without a project there are no targets: one that is named is a mistake.
        check_targets(targets, load_project(None, sandbox=False, cwd=cwd))
        return "", cwd, None
    name, root = display(cwd / file, cwd), file.absolute().parent.resolve()
    try:
        project = load_project(file, sandbox=False, cwd=cwd)
    except InvalidInput as error:
        # Not the end: what is checked of this machine helps with an invalid file as well.
        return name, root, error
    check_targets(targets, project)
    return name, root, project


def _kinds_by_target(project: "Project", chosen: "Sequence[Target]") -> "Mapping[str, frozenset[Kind]]":
    """Return the kinds of the valid manifests for each target, as far as they decide what is checked."""
    from trueup.cli.working_directory import here
    from trueup.kinds.registry import KINDS
    from trueup.manifest.load import load

    # Only a kind that not every target can have has checks of its own. Others need no manifest to be read.
    if not any(spec.target_field for target in chosen if not target.sandbox for spec in KINDS.of(target)):
        return {}
    manifests = load(project, (), cwd=here()).manifests
    return {
        target.name: frozenset(one.identity.kind for one in manifests if one.identity.target == target.name)
        for target in chosen
    }


def _redefined_since(base: str, project: "Project") -> frozenset[str]:
    """Return the targets that get no credentials, as for a plan with this base; all if git cannot read the base."""
    from trueup.cli.working_directory import here
    from trueup.errors import TrueupError
    from trueup.history.base import look_back

    try:
        return look_back(base, project, (), cwd=here()).unproven
    except TrueupError:
        # The check of the base says why.
        return frozenset(project.targets)


def base_of_job(env: "Mapping[str, str]") -> str:
    """Return the base of the pull request or merge request that a job of GitHub or GitLab runs for, else ``""``."""
    # GitHub names the branch only; actions/checkout fetches it as a branch of the remote repository.
    branch = env.get("GITHUB_BASE_REF", "")
    return f"origin/{branch}" if branch else env.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
