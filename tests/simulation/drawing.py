"""Draw the manifests of a run and what is live at its beginning."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from simulation import certifications, connectors, deployments
from simulation.layout import Json
from simulation.places import CONNECT, ORIGIN, Slot, kind_of
from simulation.random_streams import Chance
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.position import Position, Step

_LOCALES: Final = ("en", "en", "en", "de")


@dataclass(frozen=True, slots=True)
class Somewhere:
    """Positions of a manifest that was never text."""

    file: str

    def at(self, path: Sequence[Step]) -> Position:
        """Return the start of the file."""
        return Position(self.file, 1, 1)


class Drawing:
    """The manifests and live resources that were drawn so far."""

    def __init__(self, chance: Chance, *, crowd: int) -> None:
        self._chance = chance
        self.manifests: list[Manifest] = []
        self.specs: dict[Slot, Json] = {}
        self.drafts: list[Json] = []
        self.certifications: list[Json] = []
        self.deployments: list[Json] = []
        self.fresh: dict[Slot, Json] = {}
        self.made: dict[Slot, deployments.Made] = {}
        self.applied: dict[Slot, Manifest] = {}
        shape = chance.choice(((1, 0), (0, 1), (1, 1), (2, 1), (1, 2), (3, 2), (0, 3)))
        shape = (0, crowd) if crowd else shape
        for number in range(shape[0]):
            self._connector(f"acme-{number}")
        for number in range(shape[1]):
            self._certification(f"ACME-{number}")

    def _connector(self, key: str) -> None:
        chance, spec = self._chance, connectors.draw_spec(self._chance)
        self.specs[CONNECT, key] = spec
        self.fresh[CONNECT, key] = connectors.draw_live(chance, key, spec)
        if chance.happens(0.75):
            self.drafts.append(connectors.draw_live(chance, key, spec))
        lifecycle = _lifecycle(chance)
        self.manifests.append(manifest_of(Identity(CONNECT, Kind.CONNECTOR, IdField.KEY, key), spec, lifecycle, None))

    def _certification(self, name: str) -> None:
        chance, spec = self._chance, certifications.draw_spec(self._chance)
        self.specs[ORIGIN, name] = spec
        identity = Identity(ORIGIN, Kind.CERTIFICATION, IdField.EXTERNAL_ID, name)
        if chance.happens(0.7):
            live = certifications.draw_live(chance, name, spec)
            if chance.happens(0.2):
                live["originId"] = f"00000000-0000-4000-8000-{len(self.certifications):012}"
                identity = Identity(ORIGIN, Kind.CERTIFICATION, IdField.ORIGIN_ID, live["originId"])
            self.certifications.append(live)
        if identity.field is IdField.EXTERNAL_ID:
            self.fresh[ORIGIN, name] = certifications.draw_live(chance, name, spec)
        self.manifests.append(manifest_of(identity, spec, existence(chance), chance.choice(_LOCALES)))


def draw_colleague(drawn: Drawing, chance: Chance) -> tuple[tuple[Manifest, ...], dict[Slot, Json]]:
    """Draw what a colleague wants of the same resources: most of it as before, and some of it new."""
    specs = {}
    for (world, name), spec in drawn.specs.items():
        if kind_of((world, name)) is Kind.DEPLOYMENT:
            specs[world, name] = {**spec, **deployments.draw_values(chance, drawn.made[world, name])}
            continue
        other = (connectors if world == CONNECT else certifications).draw_spec(chance)
        specs[world, name] = {path: other.get(path, value) for path, value in spec.items()} | (
            other if chance.happens(0.3) else {}
        )
    wanted = zip(drawn.manifests, specs.values(), strict=True)
    return tuple(replace(manifest, spec=spec) for manifest, spec in wanted), specs


def existence(chance: Chance) -> LifecycleSpec:
    """Draw whether a resource should exist, and whether it is protected."""
    if chance.happens(0.07):
        return LifecycleSpec(state=State.ABSENT, reason="No longer offered.")
    return LifecycleSpec(protect=chance.happens(0.05))


def _lifecycle(chance: Chance) -> LifecycleSpec:
    """Draw a connector's lifecycle: mostly nothing, as processes take long."""
    drawn = existence(chance)
    if drawn.state is State.ABSENT or chance.happens(0.6):
        return drawn
    publish = chance.choice((PublishTo.NONE, PublishTo.PRIVATE, PublishTo.CERTIFIED))
    return LifecycleSpec(
        previewable=chance.choice((None, True, True)),
        publish=publish,
        listed=False if publish is PublishTo.NONE and chance.happens(0.4) else None,
        certification_comments=tuple(chance.some(("Ready for review.", "See the changelog."), most=2))
        if chance.happens(0.4)
        else (),
        protect=drawn.protect,
    )


def manifest_of(identity: Identity, spec: Json, lifecycle: LifecycleSpec, locale: str | None) -> Manifest:
    return Manifest(
        identity=identity,
        spec=spec,
        lifecycle=lifecycle,
        labels={},
        positions=Somewhere(f"{identity.value}.yaml"),
        locale=locale,
    )
