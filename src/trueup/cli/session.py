"""Wire a run together: project, manifests, platforms, embedded sandbox."""

import logging
import os
import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Final

from trueup.cli.options import Common
from trueup.cli.read import anew_since, is_chosen, read_manifests, read_pasts
from trueup.cli.state import Kept
from trueup.cli.working_directory import here
from trueup.errors import Diagnostic, InvalidInput, Severity, UsageError
from trueup.manifest.project import Project, find_project, load_project
from trueup.manifest.target_names import without_targets
from trueup.model.manifest import Manifest
from trueup.platforms.permissions import Permit, withheld, withheld_warning

if TYPE_CHECKING:
    from trueup.cli.progress import Progress
    from trueup.cli.read import Pasts
    from trueup.cli.rules import Rules
    from trueup.model.plan import Gone, Plan
    from trueup.model.target import Place
    from trueup.plan.three_way import Since
    from trueup.platforms.open import Platforms
    from trueup.platforms.settings import HttpSettings
    from trueup.sandbox.embedded import Embedded


_LOG: Final = logging.getLogger("trueup.cli")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Hold what a command is about: the project, the selected manifests, and what is wrong with the files.

    ``manifests`` are only the valid ones. ``documents`` counts all documents read, before any selection. ``since`` is
    what the base wanted, ``gone`` what stood in the other commit and is in no manifest now. ``permit`` says which
    targets get credentials.
    """

    project: Project
    kept: Kept
    manifests: tuple[Manifest, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: int
    documents: int
    permit: Permit
    since: "Since | None" = None
    gone: "tuple[Gone, ...]" = ()

    @property
    def valid(self) -> bool:
        """Return whether no diagnostic is an error."""
        return all(diagnostic.severity is not Severity.ERROR for diagnostic in self.diagnostics)


def read_scope(common: Common, *, live: bool = True, warn_withheld: bool = True) -> Scope:
    """Read the project file and the manifests that the options name.

    ``live``: the command asks platforms, so that a manifest without a target is wrong. ``warn_withheld``: the command
    could use credentials, so that each target that gets none is a warning.

    Raises InvalidInput when the project file is wrong, UsageError when a selection matches nothing. What is wrong
    with manifests is in the answer.
    """
    cwd = here()
    project = read_project(common, cwd)
    pasts = read_pasts(project, common, cwd)
    permit = permit_for(common, pasts)
    read = read_manifests(project, common, cwd, pasts)
    loaded = read.loaded
    manifests = tuple(manifest for manifest in read.manifests if is_chosen(common, manifest))
    # A shard may well have nothing to do: what a selection leaves may all be in the others.
    if common.shard is None and read.manifests and not manifests:
        raise UsageError(_nothing_selected(common, loaded.manifests))
    counts = "Files read: %d; documents: %d; manifests selected: %d."
    _LOG.info(counts, loaded.files, loaded.documents, len(manifests))
    lost = without_targets(manifests, project.targets, project.positions) if live else ()
    return Scope(
        project=project,
        kept=Kept(project.root),
        manifests=() if lost else manifests,
        diagnostics=(
            *loaded.diagnostics,
            *read.warnings,
            *lost,
            *(_withheld(project, manifests, permit) if warn_withheld else ()),
        ),
        files=loaded.files,
        documents=loaded.documents,
        permit=permit,
        since=read.since,
        gone=read.gone,
    )


def permit_for(common: Common, pasts: "Pasts") -> Permit:
    """Return which targets the options, the environment and the base give credentials to; raises as Permit.read."""
    return Permit.read(os.environ, common.allow_targets, anew_since(pasts))


def _withheld(project: Project, manifests: Collection[Manifest], permit: Permit) -> list[Diagnostic]:
    used = {manifest.identity.target for manifest in manifests}
    return [withheld_warning(t) for name, t in project.targets.items() if name in used and permit.withholds(t)]


def read_project(common: Common, cwd: Path) -> Project:
    """Read the project file that the options name, and check the targets that they name.

    Raises InvalidInput when the file is wrong, UsageError when there is no such file or no such target, or when a file
    that the run is to write lies behind a link that leads out.
    """
    if common.no_cache and not common.quiet:
        sys.stderr.write("--no-cache has no effect: there is no cache any more. The next release refuses it.\n")
    file = _project_file(common.project, common.paths, cwd)
    if common.written:
        from trueup.cli.writing import check_written

        check_written(common.written, file=file, cwd=cwd)
    _LOG.info("Project file: %s.", "none, all settings have their defaults" if file is None else file)
    project = load_project(file, sandbox=common.sandbox, cwd=cwd)
    _check_targets((*common.targets, *common.allow_targets), project)
    return project


def find_root(project: str | None) -> Path:
    """Return the project's folder, which is the working directory where there is no project file."""
    cwd = here()
    file = _project_file(project, (), cwd)
    return cwd if file is None else file.absolute().parent.resolve()


def _project_file(named: str | None, paths: Sequence[str], cwd: Path) -> Path | None:
    if named is None:
        return find_project(cwd, paths)
    file = Path(named)
    try:
        found = S_ISREG(file.stat().st_mode)
    except OSError as error:
        raise UsageError(f"The project file {named} cannot be used: {error.strerror}.") from None
    if not found:
        raise UsageError(f"The project file {named} cannot be used: it is no regular file.")
    return file


def _check_targets(asked: Collection[str], project: Project) -> None:
    for name in asked:
        if name not in project.targets:
            from trueup.manifest.suggestions import did_you_mean
            from trueup.model.lookalikes import note

            hint = did_you_mean(name, project.targets) or f"Targets: {', '.join(sorted(project.targets)) or 'none'}."
            message = f"There is no target {name!r}{note(name)}. {hint}"
            raise UsageError(message)


def _nothing_selected(common: Common, manifests: Collection[Manifest]) -> str:
    asked = [f"{name}={value}" for name, value in common.select.items()]
    asked += [f"--target {name}" for name in common.targets]
    known = sorted({f"{name}={value}" for m in manifests for name, value in m.labels.items()})
    labels = f" Labels in use: {', '.join(known[:20])}." if known else " No manifest has labels."
    return f"None of {len(manifests)} manifests matches {' and '.join(asked)}.{labels}"


@asynccontextmanager
async def open_world(scope: Scope, http: "HttpSettings | None" = None) -> AsyncIterator["Platforms"]:
    """Open the targets that the selected manifests use; raises as ``open_targets`` does."""
    used = {manifest.identity.target for manifest in scope.manifests}
    async with open_targets(scope.project, used, scope.permit, http) as platforms:
        yield platforms


@asynccontextmanager
async def open_targets(
    project: Project, used: Collection[str], permit: Permit, http: "HttpSettings | None" = None
) -> AsyncIterator["Platforms"]:
    """Open these targets, and the embedded sandbox if one of them lives there.

    A target from which ``permit`` withholds credentials is not reached, and nothing of it can be read. Raises
    InvalidInput when credentials are missing or the project file sends them where it must not; nothing is sent before.
    """
    from trueup.platforms.clock import SystemClock
    from trueup.platforms.open import open_platforms
    from trueup.platforms.refusals import closed_platforms

    closed = {name: withheld(t) for name, t in project.targets.items() if name in used and permit.withholds(t)}
    targets = {name: target for name, target in project.targets.items() if name in used and name not in closed}
    if faults := permit.faults(targets, project.positions):
        raise InvalidInput(faults)
    sandboxed = [name for name, target in targets.items() if target.sandbox]
    sandbox = _open_sandbox(project, sandboxed) if sandboxed else None
    try:
        async with open_platforms(
            targets, env=os.environ, clock=SystemClock(), sandbox=sandbox, settings=http
        ) as platforms:
            yield platforms.joined(closed_platforms(closed))
    finally:
        if sandbox is not None:
            sandbox.close()


def _open_sandbox(project: Project, worlds: list[str]) -> "Embedded":
    from trueup.cli.sandbox_files import read_seed
    from trueup.sandbox.embedded import open_embedded

    return open_embedded(Kept(project.root).sandbox_file(), read_seed(project.seed) if project.seed else None, worlds)


def places_of(project: Project) -> "Mapping[str, Place]":
    """Return where the targets of a project lead, by their names."""
    return {name: target.place for name, target in project.targets.items()}


async def plan_scope(
    scope: Scope, common: Common, rules: "Rules", platforms: "Platforms", progress: "Progress"
) -> "Plan":
    """Plan the selected manifests with open platforms.

    What is live and in no manifest is told only when all of the project's manifests were read: with a selection, most
    of it would be what was not selected.
    """
    from trueup.cli.decisions import log_plan
    from trueup.plan.build import build_plan
    from trueup.plan.safety import hold_deletions
    from trueup.plan.three_way import hold_unknown

    made = await build_plan(
        scope.manifests,
        platforms.readers,
        on_read=progress.read,
        rules=rules.of_plan(),
        memory=scope.kept.left.memory,
        since=scope.since,
        places=places_of(scope.project),
    )
    safety = rules.of_safety(all_valid=scope.valid)
    held = hold_unknown(hold_deletions(made, safety), scope.since, safety.allow_unknown)
    plan = replace(held, gone=scope.gone)
    log_plan(plan)
    chosen = common.paths or common.select or common.targets or common.shard or common.changed_since
    return replace(plan, unmanaged={}) if chosen else plan
