"""Find the resources whose manifests changed since another commit, and those whose manifests are gone."""

from collections.abc import Iterable, Mapping, Sequence

from trueup.history.base import BaseManifests, completed
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest, State
from trueup.plan.digest import same_wants


def wanted_then(past: BaseManifests, now: Iterable[Manifest]) -> Mapping[Identity, Manifest]:
    """Return the manifest that every resource had; ``now`` are all present manifests, or those of some files.

    A resource with two manifests is left out, because it is not known which of them applied.
    """
    if past.files is None:
        return past.manifests
    same = {manifest.identity: manifest for manifest in now if _file(manifest) not in past.files}
    # One manifest in an unchanged file and one in a file that differs: both were in the commit.
    twice = same.keys() & past.manifests.keys()
    return {identity: m for identity, m in {**same, **past.manifests}.items() if identity not in twice}


def find_moved(past: BaseManifests, now: Sequence[Manifest]) -> BaseManifests:
    """Return ``past`` with the manifests of all resources in ``now``, wherever the commit had them.

    Only resources that are not in the same file as today are searched for.
    """
    return completed(past, frozenset(m.identity for m in now) - wanted_then(past, now).keys())


def changed_since(past: BaseManifests, now: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return the manifests that are new, differ in content, or are on a target whose definition changed."""
    return tuple(manifest for manifest in now if _changed(past, manifest))


def gone_since(past: BaseManifests, now: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return the manifests of the commit whose resources have none now, sorted by identity, without tombstones.

    ``now`` must be all present manifests, or all of the files that differ.
    """
    present = {manifest.identity for manifest in now}
    gone = (past.manifests[identity] for identity in sorted(past.manifests.keys() - present))
    return tuple(manifest for manifest in gone if manifest.lifecycle.state is not State.ABSENT)


def _changed(past: BaseManifests, manifest: Manifest) -> bool:
    if manifest.identity.target in past.moved:
        return True
    # An unchanged file holds unchanged manifests, which need not be compared.
    if past.files is not None and _file(manifest) not in past.files:
        return False
    then = past.manifests.get(manifest.identity)
    # Digests, not texts: a change of formatting is no change of the manifest.
    return then is None or not same_wants(then, manifest)


def _file(manifest: Manifest) -> str:
    return manifest.positions.at(()).file
