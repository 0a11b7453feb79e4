"""The command ``init``: write the files of a new project."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.completers import target_fields
from trueup.cli.options import FORMATS, RunOptions, output_options, together
from trueup.cli.working_directory import here
from trueup.model.identity import Platform

if TYPE_CHECKING:
    from trueup.cli.init_files import StartStep
    from trueup.cli.init_questions import Ask
    from trueup.cli.init_targets import FieldTexts
    from trueup.cli.output import CommandEnd
    from trueup.manifest.project import Project
    from trueup.model.identity import Target
    from trueup.report.result import Result

FIELD_OPTIONS = {
    "region": "Region of the Connect host, or a URL as for --api-url.",
    "projectKey": "Key of the commercetools project of the API client. Deployments need it.",
    "clientIdEnv": "Variable that holds the API client's ID. Default: CTP_CLIENT_ID.",
    "clientSecretEnv": "Variable that holds the API client's secret. Default: CTP_CLIENT_SECRET.",
    "apiUrl": "A Connect host of your own, instead of --region.",
    "authUrl": "The host that gives tokens for it. Default: that of --api-url.",
    "baseUrl": "Address of Origin. Default: https://origin.build/equinox.",
    "locale": "Language in which certifications are written and read. Default: en.",
    "accessTokenEnv": "Variable that holds Origin's access token. Default: ORIGIN_ACCESS_TOKEN.",
}
"""Fields of a target in trueup.yaml that an option gives, with the help of the option."""

EXTRAS = {
    "github": "Also write the workflow for pull requests on GitHub.",
    "gitlab": "Also write the pipeline for merge requests on GitLab.",
    "pre_commit": "Also write a hook of pre-commit that validates manifests.",
}
"""Options that add a file, with their help."""


_NOT_GIVEN = {"project": None, "sandbox": False, "keep_going": False}


def option_of(field: str) -> str:
    """Return the option of a field: ``--client-id-env`` for ``clientIdEnv``."""
    return "--" + "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in field)


@click.command(
    "init",
    epilog="""\b
Examples:
  trueup init                              # asks
  trueup init --yes --region europe-west1.gcp --project-key acme
  trueup init --yes --platform connect --platform origin --region us-east-2.aws
  trueup init --yes --region http://127.0.0.1:8700    # what trueup sandbox serves
  trueup init --github --pre-commit        # adds files to a project""",
)
@together(
    click.option(
        "--platform",
        "platforms",
        type=click.Choice([str(platform) for platform in Platform]),
        multiple=True,
        help="Platform that gets a target (repeatable). Default: those that the options below are for.",
    ),
    *(
        click.option(option_of(field), field, metavar="TEXT", shell_complete=target_fields, help=line)
        for field, line in FIELD_OPTIONS.items()
    ),
    click.option("--git", is_flag=True, help="Make the folder a git repository, unless it is in one."),
    *(click.option(f"--{name.replace('_', '-')}", name, is_flag=True, help=line) for name, line in EXTRAS.items()),
    click.option("-y", "--yes", is_flag=True, help="Ask nothing: take the defaults for what no option gives."),
    click.option("--dry-run", is_flag=True, help="Show what would be written and write nothing."),
    output_options(*FORMATS),
)
def command(*, platforms: tuple[str, ...], git: bool, yes: bool, dry_run: bool, **given: object) -> "CommandEnd | int":
    """Write trueup.yaml, examples and settings for a new project.

    On a terminal it asks for what no option gives. It writes trueup.yaml with a target for each platform, an example of
    a manifest for each kind, .gitignore, and settings for editors. Then it says how to import what is live, and imports
    it if you agree.

    Nothing is overwritten: files that exist are kept, lines are added only to .gitignore, and what belongs into another
    existing file is shown. All files are written, or none. Status 0 when the project is complete, 1 when a file cannot
    be written, 3 when an existing trueup.yaml is invalid, 5 when something was left to you, 64 when an option is
    missing or wrong.
    """
    from trueup.cli.init_questions import ask, chosen_targets
    from trueup.cli.init_targets import checked_project, project_text, target_block
    from trueup.cli.output import ended

    folder, extras = here(), [name for name in EXTRAS if given.pop(name)]
    fields = {field: str(text) for field in FIELD_OPTIONS if (text := given.pop(field))}
    # What init reads is the project file of the folder, so it has no options to choose manifests.
    common = RunOptions.of({**given, "paths": (), "targets": (), "select": {}, **_NOT_GIVEN})
    asked = ask if not yes and sys.stdin is not None and sys.stdin.isatty() else None
    existing = _existing_project(folder)
    targets = chosen_targets([Platform(name) for name in platforms], fields, asked, needed=existing is None)
    blocks = {platform: target_block(platform, values) for platform, values in targets.items()}
    project = existing or checked_project(project_text(blocks), folder)
    steps = _steps(existing, blocks, targets, extras)
    git = _creates_repository(folder, asked, wanted=git)
    if not dry_run:
        _write(folder, steps, git=git)
    following = [] if existing else list(_following(project))
    following += [file.following for file, _ in steps if file.following]
    end = replace(
        ended(common, _result(steps, following, git=git, written=not dry_run)), after=_by_hand(steps, common.form)
    )
    if existing or dry_run or asked is None or common.form != "text":
        return end
    return _imported(end, project, asked)


def _existing_project(folder: Path) -> "Project | None":
    """Return the project of a folder, None if it has none.

    Raises UsageError when the folder is inside of a project, InvalidInput when the project file is invalid.
    """
    from trueup.errors import UsageError
    from trueup.manifest.project import find_project, load_project

    file = find_project(folder)
    if file is not None and not os.path.samefile(file.parent, folder):  # noqa: PTH121 - the same function
        message = f"This folder is in the project of {file}. Change to its folder, or to one outside of the project."
        raise UsageError(message)
    return None if file is None else load_project(file, sandbox=False, cwd=folder)


def _steps(
    existing: "Project | None",
    blocks: "Mapping[Platform, str]",
    targets: "Mapping[Platform, FieldTexts]",
    extras: "Sequence[str]",
) -> "list[StartStep]":
    """Return what becomes of each file; for an existing project, the targets are left to the user."""
    from trueup.cli.init_files import start_files, start_steps
    from trueup.cli.init_targets import project_addition, project_text
    from trueup.manifest.file_names import PROJECT_FILE
    from trueup.report.start import FileFate, StartedFile

    if existing is None:
        return start_steps(start_files(project_text(blocks), targets, extras))
    kept = StartedFile(name=PROJECT_FILE, purpose="project", fate=FileFate.KEPT)
    if blocks:
        reason = "the file exists. Add those of the lines below that it lacks."
        kept = StartedFile(
            name=PROJECT_FILE, purpose="project", fate=FileFate.LEFT, text=project_addition(blocks), reason=reason
        )
    return [(kept, None), *start_steps(start_files("", targets, extras))]


def _creates_repository(folder: Path, asked: "Ask | None", *, wanted: bool) -> bool:
    """Return whether to make the folder a repository: it is in none, and the user wants it.

    Raises UsageError when the option asks for one and git is missing.
    """
    from trueup.cli.init_questions import agreed
    from trueup.errors import UsageError
    from trueup.git.create import NOT_FOUND, can_create
    from trueup.git.work_tree import find_work_tree

    if find_work_tree(folder) is not None:
        return False
    if wanted and not can_create():
        # Before anything is written: files without the repository would be half of what was asked for.
        raise UsageError(f"--git needs git, which {NOT_FOUND}. Nothing was written.")
    return wanted or (asked is not None and can_create() and agreed(asked, "Make this folder a git repository?"))


def _write(folder: Path, steps: "Sequence[StartStep]", *, git: bool) -> None:
    from trueup.cli.files import check_written
    from trueup.cli.write_all import write_all
    from trueup.git.create import create_repository

    writes = [write for _, write in steps if write is not None]
    check_written([write.file for write in writes], file=None, cwd=folder)
    write_all(writes)
    if git:
        create_repository(folder)


def _result(steps: "Sequence[StartStep]", following: "Sequence[str]", *, git: bool, written: bool) -> "Result":
    from trueup.cli.exit_codes import Exit
    from trueup.report.result import Result
    from trueup.report.start import FileFate, started_to_json, started_tree

    files = [file for file, _ in steps]
    return Result(
        command="init",
        status=Exit.PARTLY if any(file.fate is FileFate.LEFT for file in files) else Exit.DONE,
        tree=started_tree(files, following, git=git, written=written),
        also={"written": written, "git": git, "init": started_to_json(files, following)},
    )


def _by_hand(steps: "Sequence[StartStep]", form: str) -> str:
    """Return the texts that the user has to add, to be copied; other formats have them in the result."""
    left = [file for file, write in steps if write is None and file.text]
    return "\n".join(f"{file.name}:\n{file.text}" for file in left) if form == "text" else ""


def _following(project: "Project") -> "Iterator[str]":
    """Yield the next steps: variables to set, the import of each target, and the first plan."""
    from trueup.kinds.registry import KINDS

    for name, target in project.targets.items():
        yield from _missing_credentials(target)
        unlisted = next((spec.naming for spec in KINDS.on(target.platform) if spec.naming.unlisted), None)
        names = "" if unlisted is None else f" {option_of(unlisted.field).removeprefix('--').upper()}..."
        yield f"trueup import --target {name}{names}"
    yield "trueup plan"


def _missing_credentials(target: "Target") -> "list[str]":
    """Return what to do about credentials of a target that the environment lacks."""
    from trueup.errors import InvalidInput
    from trueup.platforms.credentials import resolve_credentials

    try:
        resolve_credentials({target.name: target}, os.environ)
    except InvalidInput as error:
        return [found.hint for found in error.diagnostics]
    return []


def _imported(end: "CommandEnd", project: "Project", asked: "Ask") -> "CommandEnd | int":
    """Print the result, and import from the targets that can be listed now, if the user agrees; return the status."""
    from trueup.cli.exit_codes import Exit
    from trueup.cli.init_questions import agreed
    from trueup.cli.main import run
    from trueup.cli.output import emit
    from trueup.kinds.registry import KINDS

    ready = [
        name
        for name, target in project.targets.items()
        if not _missing_credentials(target) and not all(spec.naming.unlisted for spec in KINDS.on(target.platform))
    ]
    if not ready or end.result.status != Exit.DONE:
        return end
    status = emit(end)
    if not agreed(asked, f"Import what is live on {' and '.join(ready)} now?"):
        return status
    return run(["import", *(word for name in ready for word in ("--target", name))])
