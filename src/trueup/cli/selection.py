"""The manifests of a run: those that the options select, and what moves with them."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.cli.options import RunOptions
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trueup.history.base import BaseManifests
    from trueup.manifest.load import Loaded
    from trueup.manifest.project import Project
    from trueup.model.identity import TargetAddress

    Load = Callable[..., Loaded]


def places_of(project: "Project") -> "Mapping[str, TargetAddress]":
    """Return the addresses of a project's targets, by name."""
    return {name: target.place for name, target in project.targets.items()}


def chosen(
    common: RunOptions, project: "Project", manifests: Iterable[Manifest], among: Iterable[Manifest]
) -> tuple[Manifest, ...]:
    """Return the manifests that the options select by labels, target and shard; ``among`` are all that were read.

    A resource is in the shard of the one that it refers to, so that both are applied in their order.
    """
    from trueup.manifest.load import is_selected
    from trueup.plan.left_out import leaders

    selected = [m for m in manifests if is_selected(m, labels=common.select, targets=common.targets)]
    if common.shard is None:
        return tuple(selected)
    homes = {identity: leader.identity for identity, leader in leaders(among, places_of(project)).items()}
    return tuple(m for m in selected if common.shard.has(homes.get(m.identity, m.identity)))


def left_out(project: "Project", manifests: Sequence[Manifest], among: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return what follows the manifests of a run, or refers to what it deletes, and is not part of the run."""
    from trueup.plan.left_out import affected

    part: frozenset[Identity] = frozenset(manifest.identity for manifest in manifests)
    others = [manifest for manifest in among if manifest.identity not in part]
    return affected(manifests, others, places_of(project)) if others else ()


def load_changed(load: "Load", common: RunOptions, base: "BaseManifests", cwd: Path) -> "Loaded":
    """Load the files that differ from the commit, and those that may refer to a resource in one of these."""
    from trueup.kinds.registry import KINDS
    from trueup.manifest.load import Loaded

    if base.files is None:
        return load(common.paths)
    # A path that does not exist is still an error, which loading it reports.
    missing = [path for path in common.paths if not (cwd / path).exists()]
    # lexists includes dangling symlinks: if they were left out, their resources would look as if they were deleted.
    files = [*missing, *sorted(file for file in base.files if os.path.lexists(cwd / file))]
    loaded = load(files) if files else Loaded(manifests=(), diagnostics=(), files=0, documents=0)
    referring = {kind.platform for kind in KINDS.values() if kind.dependencies.refers is not None}
    values = [
        manifest.identity.value.encode()
        for manifest in loaded.manifests
        if KINDS[manifest.identity.kind].platform in referring
    ]
    if not values or missing:
        return loaded
    names = frozenset(files)
    # A backslash may be part of an escaped name.
    return load(
        common.paths, only=lambda name, text: name in names or b"\\" in text or any(value in text for value in values)
    )
