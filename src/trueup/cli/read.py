"""Read the manifests that the options name, here and in other commits."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trueup.cli.options import Common
from trueup.cli.working_directory import input_bytes
from trueup.errors import Diagnostic, Severity

if TYPE_CHECKING:
    from trueup.history.base import Past
    from trueup.manifest.load import Loaded
    from trueup.manifest.project import Project
    from trueup.model.manifest import Manifest
    from trueup.model.plan import Gone, Moved
    from trueup.plan.three_way import Since

    Load = Callable[[Sequence[str]], Loaded]
    Pasts = Mapping[str, Past]


_LOG: Final = logging.getLogger("trueup.cli")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadManifests:
    """Hold what was read: the files, the manifests in question, and what other commits wanted of them.

    ``gone`` stood in the commit that was asked about and describes nothing now.
    """

    loaded: "Loaded"
    manifests: "tuple[Manifest, ...]"
    since: "Since | None" = None
    gone: "tuple[Gone, ...]" = ()
    warnings: tuple[Diagnostic, ...] = ()


def read_pasts(project: "Project", common: Common, cwd: Path) -> "Pasts":
    """Return what the commits wanted that the options name, by revision. Raises as ``look_back`` does."""
    named = dict.fromkeys(revision for revision in (common.changed_since, common.base) if revision is not None)
    return {revision: _look_back(revision, project, common, cwd) for revision in named}


def anew_since(pasts: "Pasts") -> frozenset[str] | None:
    """Return the targets that one of the commits does not prove to be the same, None when there is no commit."""
    return frozenset(name for past in pasts.values() for name in past.unproven) if pasts else None


def read_manifests(project: "Project", common: Common, cwd: Path, pasts: "Pasts") -> ReadManifests:
    """Read the manifests that the options name. Raises as ``load`` does."""
    from trueup.manifest.load import load

    load_paths = partial(load, project, cwd=cwd, stdin=input_bytes)
    if not pasts:
        loaded = load_paths(common.paths)
        return ReadManifests(loaded=loaded, manifests=loaded.manifests)
    return _read_since(load_paths, pasts, project, common, cwd)


def _read_since(load_paths: "Load", pasts: "Pasts", project: "Project", common: Common, cwd: Path) -> ReadManifests:
    from trueup.history.changed_since import changed_since, wherever

    changed = None if common.changed_since is None else pasts[common.changed_since]
    loaded = load_paths(common.paths) if changed is None else _changed(load_paths, common, changed, cwd)
    pasts = {revision: wherever(past, loaded.manifests) for revision, past in pasts.items()}
    changed = None if common.changed_since is None else pasts[common.changed_since]
    asked = changed or pasts[common.base or ""]
    return ReadManifests(
        loaded=loaded,
        manifests=loaded.manifests if changed is None else changed_since(changed, loaded.manifests),
        since=None if common.base is None else _since(pasts[common.base], loaded, project),
        gone=_gone(asked, loaded, common),
        warnings=tuple(dict.fromkeys(problem for past in pasts.values() for problem in past.diagnostics)),
    )


def is_chosen(common: Common, manifest: "Manifest") -> bool:
    """Say whether the options choose a manifest: by its labels, its target and its shard."""
    from trueup.manifest.load import is_selected

    return is_selected(manifest, labels=common.select, targets=common.targets) and (
        common.shard is None or common.shard.has(manifest.identity)
    )


def _look_back(revision: str, project: "Project", common: Common, cwd: Path) -> "Past":
    from trueup.history.base import look_back

    past = look_back(revision, project, common.paths, cwd=cwd, sandbox=common.sandbox)
    changed = "all files count as changed" if past.files is None else f"{len(past.files)} files differ"
    _LOG.info("Compared with %s, commit %s: %s.", revision, past.commit, changed)
    return past


def _changed(load_paths: "Load", common: Common, past: "Past", cwd: Path) -> "Loaded":
    """Load the files that differ from the commit, and no others."""
    from trueup.manifest.load import Loaded

    if past.files is None:
        return load_paths(common.paths)
    # A path that does not exist is a mistake all the same.
    lost = [path for path in common.paths if not (cwd / path).exists()]
    # A link that leads nowhere is there too: without it, its resource would look as if it had been deleted.
    files = [*lost, *sorted(file for file in past.files if os.path.lexists(cwd / file))]
    return load_paths(files) if files else Loaded(manifests=(), diagnostics=(), files=0, documents=0)


def _since(past: "Past", loaded: "Loaded", project: "Project") -> "Since":
    from trueup.history.changed_since import wanted_then
    from trueup.model.plan import Base
    from trueup.plan.three_way import Since

    base = Base(revision=past.revision, commit=past.commit)
    return Since(
        base=base,
        manifests=wanted_then(past, loaded.manifests),
        unknown=past.unknown,
        moved=tuple(_moved(name, past, project) for name in sorted(past.anew & project.targets.keys())),
    )


def _moved(name: str, past: "Past", project: "Project") -> "Moved":
    from trueup.model.plan import Moved

    then = past.targets.get(name)
    return Moved(target=name, then=None if then is None else then.place, now=project.targets[name].place)


def _gone(past: "Past", loaded: "Loaded", common: Common) -> "tuple[Gone, ...]":
    """Return what stood there then and is nowhere now.

    With PATHs it may well stand in another file, and a file that is invalid may still want it: nothing is said then.
    """
    from trueup.history.changed_since import gone_since
    from trueup.model.plan import Gone

    if common.paths or any(problem.severity is Severity.ERROR for problem in loaded.diagnostics):
        return ()
    gone = [manifest for manifest in gone_since(past, loaded.manifests) if is_chosen(common, manifest)]
    return tuple(Gone(identity=manifest.identity, position=manifest.positions.at(())) for manifest in gone)
