"""Add deployments to the manifests and the live resources of a run."""

from dataclasses import replace
from typing import Final

from simulation import connectors, deployments, vocabulary
from simulation.deployments import Made
from simulation.disruptions import Disruptions
from simulation.drawing import Drawing, existence, manifest_of
from simulation.layout import Json
from simulation.places import CONNECT, OUTLET, PROJECTS
from simulation.random_streams import Chance
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.manifest import LifecycleSpec, PublishTo, State

_MOST: Final = 3
_UNMANAGED: Final = "acme-9"
_ALLOWED: Final = [f"europe-west1.gcp:{project}" for project in PROJECTS.values()]


def install(drawn: Drawing, chance: Chance, disruptions: Disruptions) -> None:
    """Add deployments of the connectors that were drawn, or of one without a manifest."""
    if disruptions.crowd:
        return
    keys = [name for collection, name in drawn.specs if collection == CONNECT]
    if not chance.happens(0.65 if keys else 0.4):
        return
    if not keys:
        keys = [_UNMANAGED]
        drawn.drafts.append(connectors.draw_live(chance, _UNMANAGED, {}))
    for key in keys:
        rich = chance.happens(0.6)
        _prepare(drawn, chance, key, rich=rich)
        for number in range(chance.choice((0, 1, 1, 2)) if len(keys) > 1 else chance.randint(1, 2)):
            if len(drawn.made) < _MOST:
                _deployment(drawn, chance, key, number, rich=rich)


def _prepare(drawn: Drawing, chance: Chance, key: str, *, rich: bool) -> None:
    """Bring a connector into a state in which it can be deployed, mostly."""
    seeds = [*(draft for draft in drawn.drafts if draft["key"] == key)]
    seeds += [drawn.fresh[CONNECT, key]] if (CONNECT, key) in drawn.fresh else []
    identifier = f"00000000-0000-4000-9000-00000000000{key[-1]}"
    identified = chance.happens(0.5)
    for seed in seeds:
        seed["sandbox"] = {"contracts": deployments.CONTRACTS} if rich else {}
        if chance.happens(0.75):
            seed |= {"status": "Published", "alreadyListed": True, "private": True, "hasChanges": chance.happens(0.4)}
            if chance.happens(0.4):
                published = {**seed["repository"], "tag": chance.choice(vocabulary.TAGS)}
                seed["sandbox"]["connector"] = {"repository": published}
        if chance.happens(0.5):
            seed["isPreviewable"] = "true"
        _allow(seed, chance)
    for seed in seeds[:1] if identified else []:
        seed["id"] = identifier
    _allow(drawn.specs.get((CONNECT, key), {}), chance)
    for index, manifest in enumerate(drawn.manifests):
        wanted = manifest.lifecycle
        same = manifest.identity.kind is Kind.CONNECTOR and manifest.identity.value == key
        if same and wanted.state is State.PRESENT and chance.happens(0.5):
            asked = replace(wanted, previewable=True, publish=PublishTo.PRIVATE, listed=None)
            drawn.manifests[index] = replace(manifest, lifecycle=asked)


def _allow(node: Json, chance: Chance) -> None:
    if node.get("privateProjects") and chance.happens(0.9):
        node["privateProjects"] = [*node["privateProjects"], *_ALLOWED]


def _deployment(drawn: Drawing, chance: Chance, connector: str, number: int, *, rich: bool) -> None:
    draft = next((draft for draft in drawn.drafts if draft["key"] == connector), None)
    made = Made(
        key=f"{connector}-{('live', 'test')[number]}",
        target=OUTLET if chance.happens(0.3) else CONNECT,
        connector=connector,
        draft=draft,
        staged=chance.happens(0.25),
        rich=rich,
    )
    slot = PROJECTS[made.target], made.key
    regions = (drawn.specs.get((CONNECT, connector)) or draft or {}).get("supportedRegions") or ()
    spec = deployments.draw_spec(chance, made, regions)
    identity = Identity(made.target, Kind.DEPLOYMENT, IdField.KEY, made.key)
    manifest = manifest_of(identity, spec, _lifecycle(chance), None)
    before = replace(manifest, spec=deployments.with_revisions(chance, spec))
    drawn.manifests.append(manifest)
    drawn.specs[slot], drawn.made[slot] = spec, made
    if chance.happens(0.5):
        drawn.applied[slot] = before
    if draft is None:
        return
    drawn.fresh[slot] = deployments.draw_live(chance, made, dict(before.spec))
    if (made.staged or draft.get("status") == "Published") and chance.happens(0.65):
        drawn.deployments.append(deployments.draw_live(chance, made, dict(before.spec)))


def _lifecycle(chance: Chance) -> LifecycleSpec:
    wanted = existence(chance)
    if wanted.state is State.ABSENT:
        return wanted
    return replace(wanted, follow=chance.happens(0.5), run_scripts=chance.happens(0.9))
