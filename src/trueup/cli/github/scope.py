"""The part of a repository that the inputs of the action are about."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from trueup.git.repository import Repository
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
    file = cwd / inputs.project if inputs.project else find_project(cwd, inputs.paths)
    project = load_project(file, sandbox=inputs.sandbox, cwd=cwd)
    # Without a project file its folder counts, under the name that the file would have.
    named = repository.name_of((project.file or project.root / PROJECT_FILE).absolute())
    scope = KeyScope(
        project="" if named is None else named.decode("utf-8", "surrogateescape"),
        targets=inputs.targets,
        select=inputs.select,
        comment_key=inputs.comment_key,
    )
    return ProjectScope(scope=scope, targets=_selected(project.targets, inputs.targets))


def _selected(known: Collection[str], asked: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in known if not asked or name in asked)
