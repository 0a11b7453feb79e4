"""The parts of a run: project, manifests, the manifests of other commits, platforms, embedded sandbox."""

import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Final

from trueup.cli.files import ProjectState
from trueup.cli.options import RunOptions
from trueup.cli.selection import chosen, left_out, load_changed, places_of
from trueup.cli.working_directory import here, input_bytes, today
from trueup.errors import Diagnostic, InvalidInput, Severity, UsageError
from trueup.manifest.project import Project, find_project, load_project
from trueup.manifest.project_urls import region_of
from trueup.manifest.rules import dated_warnings
from trueup.manifest.target_names import without_targets
from trueup.model.identity import ConnectTarget, Target
from trueup.model.manifest import Manifest
from trueup.platforms.permissions import Permissions, withheld, withheld_warning

if TYPE_CHECKING:
    from trueup.history.base import BaseManifests
    from trueup.manifest.load import Loaded
    from trueup.model.plan import Gone, Moved
    from trueup.plan.three_way import Since

    Load = Callable[[Sequence[str]], Loaded]
    Bases = Mapping[str, BaseManifests]
    from trueup.cli.progress import ProgressLine
    from trueup.cli.rules import Rules
    from trueup.model.plan import Plan
    from trueup.platforms.open import Platforms
    from trueup.platforms.settings import HttpSettings
    from trueup.sandbox.server import Embedded


_LOG: Final = logging.getLogger("trueup.cli")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadManifests:
    """The files and manifests that were read, and their state in the base.

    ``base`` is the commit of --base. ``gone`` are resources with a manifest in the commit of --changed-since or --base,
    and none now.
    """

    loaded: "Loaded"
    manifests: "tuple[Manifest, ...]"
    base: "BaseManifests | None" = None
    since: "Since | None" = None
    gone: "tuple[Gone, ...]" = ()
    warnings: tuple[Diagnostic, ...] = ()


def read_bases(project: "Project", common: RunOptions, cwd: Path) -> "Bases":
    """Return the manifests of the commits that the options name, by revision; raises what ``look_back`` raises."""
    # Read once if both options name the same revision.
    named = dict.fromkeys(revision for revision in (common.changed_since, common.base) if revision is not None)
    return {revision: _look_back(revision, project, common, cwd) for revision in named}


def redefined_since(bases: "Bases") -> frozenset[str] | None:
    """Return the targets that differ, or may differ, from one of the commits; None without commits."""
    return frozenset(name for base in bases.values() for name in base.unproven) if bases else None


def read_manifests(project: "Project", common: RunOptions, cwd: Path, bases: "Bases") -> ReadManifests:
    """Read the manifests that the options name; raises what ``load`` raises."""
    from trueup.manifest.load import load

    load_paths = partial(load, project, cwd=cwd, stdin=input_bytes)
    if bases:
        read = _read_since(load_paths, bases, project, common, cwd)
    else:
        loaded = load_paths(common.paths)
        read = ReadManifests(loaded=loaded, manifests=loaded.manifests)
    return read if common.applied is None else _with_applied(read, common.applied, project, common, cwd)


def _with_applied(read: ReadManifests, file: Path, project: "Project", common: RunOptions, cwd: Path) -> ReadManifests:
    from trueup.cli.files import read_records_file
    from trueup.history.applied import read_applied
    from trueup.plan.three_way import Since

    selected = chosen(common, project, read.manifests, read.loaded.manifests)
    applied = read_applied(
        read_records_file(file), selected, project, base=read.base, paths=common.paths, cwd=cwd, sandbox=common.sandbox
    )
    since = read.since or Since(base=None, manifests={})
    return replace(read, since=replace(since, applied=applied.wants), warnings=(*read.warnings, *applied.warnings))


def _read_since(load_paths: "Load", bases: "Bases", project: "Project", common: RunOptions, cwd: Path) -> ReadManifests:
    from trueup.history.changed_since import find_moved

    changed = None if common.changed_since is None else bases[common.changed_since]
    loaded = load_paths(common.paths) if changed is None else load_changed(load_paths, common, changed, cwd)
    # A manifest that has moved to another file is found by its identity.
    bases = {revision: find_moved(base, loaded.manifests) for revision, base in bases.items()}
    changed = None if common.changed_since is None else bases[common.changed_since]
    # With both options, gone counts from the commit that selects the manifests.
    compared = changed or bases[common.base or ""]
    return ReadManifests(
        loaded=loaded,
        manifests=loaded.manifests if changed is None else _with_affected(changed, loaded, project),
        base=None if common.base is None else bases[common.base],
        since=None if common.base is None else _since(bases[common.base], loaded, project),
        gone=_gone(compared, loaded, common, project),
        warnings=tuple(dict.fromkeys(problem for base in bases.values() for problem in base.diagnostics)),
    )


def _with_affected(base: "BaseManifests", loaded: "Loaded", project: "Project") -> "tuple[Manifest, ...]":
    """Return the manifests that changed, and those of resources that move with these or would keep them."""
    from trueup.history.changed_since import changed_since

    changed = changed_since(base, loaded.manifests)
    return (*changed, *left_out(project, changed, loaded.manifests))


def _look_back(revision: str, project: "Project", common: RunOptions, cwd: Path) -> "BaseManifests":
    from trueup.history.base import look_back

    base = look_back(revision, project, common.paths, cwd=cwd, sandbox=common.sandbox)
    changed = "all files count as changed" if base.files is None else f"{len(base.files)} files differ"
    _LOG.info("Compared with %s, commit %s: %s.", revision, base.commit, changed)
    return base


def _since(base: "BaseManifests", loaded: "Loaded", project: "Project") -> "Since":
    from trueup.history.changed_since import wanted_then
    from trueup.model.plan import Base
    from trueup.plan.three_way import Since

    return Since(
        base=Base(revision=base.revision, commit=base.commit),
        manifests=wanted_then(base, loaded.manifests),
        unknown=base.unknown,
        moved=tuple(_moved(name, base, project) for name in sorted(base.redefined & project.targets.keys())),
    )


def _moved(name: str, base: "BaseManifests", project: "Project") -> "Moved":
    from trueup.model.plan import Moved

    then = base.targets.get(name)
    return Moved(target=name, then=None if then is None else then.place, now=project.targets[name].place)


def _gone(base: "BaseManifests", loaded: "Loaded", common: RunOptions, project: "Project") -> "tuple[Gone, ...]":
    """Return the resources that have a manifest in the commit and none now.

    Empty with PATHs, as the manifest may be in another file, and with invalid files, as one may contain it.
    """
    from trueup.history.changed_since import gone_since
    from trueup.model.plan import Gone

    if common.paths or any(problem.severity is Severity.ERROR for problem in loaded.diagnostics):
        return ()
    gone = gone_since(base, loaded.manifests)
    shown = chosen(common, project, gone, (*loaded.manifests, *gone))
    return tuple(Gone(identity=manifest.identity, position=manifest.positions.at(())) for manifest in shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The input of a command: the project, the selected manifests, and the diagnostics of all files.

    ``manifests`` are only the valid ones. ``documents`` counts all documents read, before any selection. ``since`` are
    the manifests of the base; ``gone`` are resources that have a manifest only in the other commit. ``permit`` decides
    which targets get credentials. ``left_out`` are manifests that were read and not selected, whose resources follow a
    selected one or refer to one that is to be deleted.
    """

    project: Project
    state: ProjectState
    manifests: tuple[Manifest, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: int
    documents: int
    permit: Permissions
    since: "Since | None" = None
    gone: "tuple[Gone, ...]" = ()
    left_out: tuple[Manifest, ...] = ()

    @property
    def valid(self) -> bool:
        """Return whether no diagnostic is an error."""
        return all(diagnostic.severity is not Severity.ERROR for diagnostic in self.diagnostics)


def read_scope(common: RunOptions, *, live: bool = True, warn_withheld: bool = True) -> Scope:
    """Read the project file and the manifests that the options name.

    ``live``: the command contacts platforms, so a manifest without a target is an error. ``warn_withheld``: the command
    can use credentials, so each target that gets none is a warning.

    Raises InvalidInput when the project file is invalid, UsageError when a selection matches nothing. Errors in
    manifests are diagnostics of the result.
    """
    cwd = here()
    project = find_and_read_project(common, cwd)
    bases = read_bases(project, common, cwd)
    permit = permit_for(common, bases)
    read = read_manifests(project, common, cwd, bases)
    loaded = read.loaded
    manifests = chosen(common, project, read.manifests, loaded.manifests)
    # An empty shard is no error: all selected resources may be in the other shards.
    if common.shard is None and read.manifests and not manifests:
        raise UsageError(_nothing_selected(common, loaded.manifests))
    counts = "Files read: %d; documents: %d; manifests selected: %d."
    _LOG.info(counts, loaded.files, loaded.documents, len(manifests))
    # Offline commands need no target: a manifest can be checked before its target exists.
    untargeted = without_targets(manifests, project.targets, project.positions) if live else ()
    return Scope(
        project=project,
        state=ProjectState(project.root),
        manifests=() if untargeted else manifests,
        diagnostics=(
            *loaded.diagnostics,
            *read.warnings,
            *untargeted,
            *(_withheld(project, manifests, permit) if warn_withheld else ()),
            *dated_warnings(manifests, today(os.environ), project.expires_soon_days),
        ),
        files=loaded.files,
        documents=loaded.documents,
        permit=permit,
        since=read.since,
        gone=read.gone,
        left_out=left_out(project, manifests, loaded.manifests),
    )


def permit_for(common: RunOptions, bases: "Bases") -> Permissions:
    """Return which targets get credentials, by options, environment and base; raises what Permissions.read raises."""
    return Permissions.read(os.environ, common.allow_targets, redefined_since(bases))


def _withheld(project: Project, manifests: Collection[Manifest], permit: Permissions) -> list[Diagnostic]:
    used = {manifest.identity.target for manifest in manifests}
    return [withheld_warning(t) for name, t in project.targets.items() if name in used and permit.withholds(t)]


def find_and_read_project(common: RunOptions, cwd: Path) -> Project:
    """Read the project file, and check the targets and output files that the options name.

    Raises InvalidInput, UsageError when the file or a target does not exist, and what ``check_outputs`` raises.
    """
    if common.no_cache and not common.quiet:
        sys.stderr.write("--no-cache has no effect: trueup has no cache anymore. The next release will reject it.\n")
    file = project_file(common.project, common.paths, cwd)
    _LOG.info("Project file: %s.", "none, all settings have their defaults" if file is None else file)
    project = load_project(file, sandbox=common.sandbox, cwd=cwd)
    if common.written:
        from trueup.cli.output_paths import check_outputs

        check_outputs(common, project, cwd)
    check_targets((*common.targets, *common.allow_targets), project)
    return project


def find_root(project: str | None) -> Path:
    """Return the project's folder; without a project file, the working directory."""
    cwd = here()
    file = project_file(project, (), cwd)
    return cwd if file is None else file.absolute().parent.resolve()


def project_file(named: str | None, paths: Sequence[str], cwd: Path) -> Path | None:
    """Return the project file, named or found, None without one. Raises UsageError for a file that cannot be used."""
    if named is None:
        return find_project(cwd, paths)
    file = Path(named)
    try:
        # Checked before it is opened: opening a pipe would wait for its writer.
        found = S_ISREG(file.stat().st_mode)
    except OSError as error:
        raise UsageError(f"The project file {named} cannot be used: {error.strerror}.") from None
    if not found:
        raise UsageError(f"The project file {named} cannot be used: it is not a regular file.")
    return file


def check_targets(names: Collection[str], project: Project) -> None:
    """Raise UsageError, with a similar name, for the first target that the project does not have."""
    for name in names:
        if name not in project.targets:
            from trueup.manifest.suggestions import did_you_mean
            from trueup.model.lookalikes import note

            hint = did_you_mean(name, project.targets) or f"Targets: {', '.join(sorted(project.targets)) or 'none'}."
            message = f"There is no target {name!r}{note(name)}. {hint}"
            raise UsageError(message)


def _nothing_selected(common: RunOptions, manifests: Collection[Manifest]) -> str:
    selectors = [f"{name}={value}" for name, value in common.select.items()]
    selectors += [f"--target {name}" for name in common.targets]
    known = sorted({f"{name}={value}" for m in manifests for name, value in m.labels.items()})
    # Twenty labels are enough to find a typo.
    labels = f" Labels in use: {', '.join(known[:20])}." if known else " No manifest has labels."
    return f"None of {len(manifests)} manifests matches {' and '.join(selectors)}.{labels}"


@asynccontextmanager
async def open_used_targets(scope: Scope, http: "HttpSettings | None" = None) -> AsyncIterator["Platforms"]:
    """Open the targets that the selected manifests use; raises what ``open_targets`` raises."""
    used = {manifest.identity.target for manifest in scope.manifests}
    async with open_targets(scope.project, used, scope.permit, http) as platforms:
        yield platforms


@asynccontextmanager
async def open_targets(
    project: Project, used: Collection[str], permit: Permissions, http: "HttpSettings | None" = None
) -> AsyncIterator["Platforms"]:
    """Open these targets, and the embedded sandbox if one of them uses it.

    A target without permission to get credentials is not contacted; reading from it fails. Raises InvalidInput, before
    anything is sent, when credentials are missing or the project file sends them to a host that must not get them.
    """
    from trueup.platforms.open import closed_platforms, open_platforms
    from trueup.platforms.settings import SystemClock

    # Not left out: its resources are reported as unreadable, with the reason.
    closed = {name: withheld(t) for name, t in project.targets.items() if name in used and permit.withholds(t)}
    targets = {name: target for name, target in project.targets.items() if name in used and name not in closed}
    # Before any client is opened: a credential must not be sent to a host that the project file has redirected.
    if faults := permit.faults(targets, project.positions):
        raise InvalidInput(faults)
    # One sandbox for all of them, in which each target has a world of its own.
    sandboxed = {name: target for name, target in targets.items() if target.sandbox}
    with closing(_open_sandbox(project, sandboxed)) if sandboxed else nullcontext() as sandbox:
        async with open_platforms(
            targets, env=os.environ, clock=SystemClock(), sandbox=sandbox, settings=http, folder=project.root
        ) as platforms:
            yield platforms.joined(closed_platforms(closed))


def _open_sandbox(project: Project, targets: Mapping[str, Target]) -> "Embedded":
    from trueup.cli.files import read_seed
    from trueup.sandbox.server import open_embedded
    from trueup.sandbox.settings import Settings

    projects = [target for target in targets.values() if isinstance(target, ConnectTarget)]
    settings = Settings(
        # A token of the sandbox is for one project, as one of the platform is, and deployments are read with it.
        projects={target.name: target.project_key for target in projects},
        project_regions={target.name: region for target in projects if (region := region_of(target))},
    )
    seed = read_seed(project.seed) if project.seed else None
    db = ProjectState(project.root).sandbox_file()
    return open_embedded(db, seed, list(targets), settings=settings)


async def plan_scope(
    scope: Scope, common: RunOptions, rules: "Rules", platforms: "Platforms", progress: "ProgressLine"
) -> "Plan":
    """Plan the selected manifests with open platforms.

    Live resources without a manifest are counted only when all of the project's manifests were read. With a selection,
    most of them would be resources that were not selected. Raises what ``of_plan`` raises.
    """
    from trueup.cli.logs import log_plan
    from trueup.plan.build import build_plan
    from trueup.plan.left_out import hold_left_out
    from trueup.plan.safety import hold_deletions
    from trueup.plan.three_way import hold_unknown

    made = await build_plan(
        scope.manifests,
        platforms.readers,
        on_read=progress.read,
        rules=rules.of_plan(scope.manifests if common.shard is None else None),
        memory=scope.state.left_over.memory,
        since=scope.since,
        places=places_of(scope.project),
    )
    safety = rules.of_safety(all_valid=scope.valid)
    made = hold_left_out(made, scope.left_out, scope.manifests, places_of(scope.project))
    held = hold_unknown(hold_deletions(made, safety), scope.since, safety.allow_unknown)
    plan = replace(held, gone=scope.gone)
    log_plan(plan)
    return replace(plan, unmanaged={}) if common.paths or common.selects else plan
