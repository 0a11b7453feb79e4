"""Say what changed since another commit, resource by resource: which want something else now, and which are gone."""

from collections.abc import Iterable, Mapping, Sequence

from trueup.history.base import BaseManifests, completed
from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest, State
from trueup.plan.digest import manifest_digest


def wanted_then(past: BaseManifests, now: Iterable[Manifest]) -> Mapping[Identity, Manifest]:
    """Return what was wanted of every resource; ``now`` are all manifests that lie here, or those of some files.

    A resource that was described twice is not in the answer: which of the two was meant cannot be known.
    """
    if past.files is None:
        return past.manifests
    same = {manifest.identity: manifest for manifest in now if _file(manifest) not in past.files}
    twice = same.keys() & past.manifests.keys()
    return {identity: m for identity, m in {**same, **past.manifests}.items() if identity not in twice}


def wherever(past: BaseManifests, now: Sequence[Manifest]) -> BaseManifests:
    """Return what was wanted with that of all of these resources, wherever the commit had their manifests.

    What is in the place where it is today needs no search.
    """
    return completed(past, frozenset(m.identity for m in now) - wanted_then(past, now).keys())


def changed_since(past: BaseManifests, now: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return the manifests that are new, want something else, or live on a target that is defined in another way."""
    return tuple(manifest for manifest in now if _changed(past, manifest))


def gone_since(past: BaseManifests, now: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return the manifests that stood there then and describe nothing now, sorted by identity; not the tombstones.

    ``now`` must be all manifests that lie here, or all of the files that differ.
    """
    here = {manifest.identity for manifest in now}
    gone = (past.manifests[identity] for identity in sorted(past.manifests.keys() - here))
    return tuple(manifest for manifest in gone if manifest.lifecycle.state is not State.ABSENT)


def _changed(past: BaseManifests, manifest: Manifest) -> bool:
    if manifest.identity.target in past.moved:
        return True
    if past.files is not None and _file(manifest) not in past.files:
        return False
    then = past.manifests.get(manifest.identity)
    return then is None or _digest(then) != _digest(manifest)


def _digest(manifest: Manifest) -> str:
    return manifest_digest(manifest, KINDS[manifest.identity.kind].desired(manifest.spec))


def _file(manifest: Manifest) -> str:
    return manifest.positions.at(()).file
