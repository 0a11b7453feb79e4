"""The part of a repository that the inputs of the action are about."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from trueup.errors import GitFailed, UsageError
from trueup.git.objects import tracked_named
from trueup.git.repository import Repository, open_repository
from trueup.github.inputs import Inputs
from trueup.github.key import KeyScope
from trueup.manifest.file_names import PROJECT_FILE
from trueup.manifest.project import find_project, load_project


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectScope:
    """The scope of keys, and the names of the selected targets in the order of the project file."""

    scope: KeyScope
    targets: tuple[str, ...]


def project_scope(inputs: Inputs, cwd: Path, repository: Repository) -> ProjectScope:
    """Find the project file, and return its scope and targets.

    Raises :class:`~trueup.errors.InvalidInput` for a project file that is wrong, and what ``find_project`` raises.
    """
    file = _project_file(inputs, cwd)
    project = load_project(file, sandbox=inputs.sandbox, cwd=cwd)
    scope = _key_scope(inputs, repository.name_of((project.file or project.root / PROJECT_FILE).absolute()))
    return ProjectScope(scope=scope, targets=_selected(project.targets, inputs.targets))


def scope_and_folder(inputs: Inputs, cwd: Path, environ: Mapping[str, str]) -> tuple[KeyScope, str]:
    """Return the scope of a project whose file may be wrong, and the name of its folder.

    The name is empty unless git tracks several project files, or the project's file has another name. Raises what
    ``find_project`` raises.
    """
    # Without a project file its folder counts, under the name that the file would have.
    file = _project_file(inputs, cwd) or cwd / PROJECT_FILE
    try:
        with open_repository(cwd, environ) as repository:
            scope = _key_scope(inputs, repository.name_of(file.absolute()))
            several = len(list(islice(tracked_named(repository, PROJECT_FILE.encode()), 2))) > 1
    except (UsageError, GitFailed):
        # Comments are possible without git too; the workspace is then the top folder.
        top = environ.get("GITHUB_WORKSPACE") or cwd
        scope, several = _key_scope(inputs, os.fsencode(os.path.relpath(file.absolute(), top))), False
    folder, _, name = scope.project.rpartition("/")
    if name != PROJECT_FILE:
        return scope, scope.project
    return scope, (folder or ".") if several else ""


def _project_file(inputs: Inputs, cwd: Path) -> Path | None:
    # The paths of merge are documents, which need not be near the project.
    paths = () if inputs.command == "merge" else inputs.paths
    return cwd / inputs.project if inputs.project else find_project(cwd, paths)


def _key_scope(inputs: Inputs, named: bytes | None) -> KeyScope:
    return KeyScope(
        project="" if named is None else named.decode("utf-8", "surrogateescape"),
        targets=inputs.targets,
        select=inputs.select,
        comment_key=inputs.comment_key,
    )


def _selected(known: Collection[str], asked: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in known if not asked or name in asked)
