"""Edit, delete and create resources as other users, while trueup works."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from simulation import certifications, connectors, vocabulary
from simulation.disruptions import NONE, Disruptions
from simulation.event_log import Edit, EventLog
from simulation.foreign_deployments import change_deployment
from simulation.history import Author, Who, acting
from simulation.layout import Json
from simulation.places import CONNECT, ORIGIN, Slot, is_deployment, kind_of, world_of
from simulation.random_streams import Chance
from simulation.world import World
from trueup.errors import InvalidInput
from trueup.model.plan import Plan
from trueup.plan.digest import SENT
from trueup.sandbox.connect.drafts import HIDDEN
from trueup.sandbox.connect.errors import Failure
from trueup.sandbox.connect.writes import update
from trueup.sandbox.effects import Edit as Change
from trueup.sandbox.foreign_edits import edit_resource
from trueup.sandbox.seed import apply_seed
from trueup.sandbox.store import Document

_PROCESSES: Final = (
    {"action": "updatePreviewable"},
    {"action": "publish", "certification": False},
    {"action": "publish", "certification": True},
    {"action": "unlist"},
    {"action": "addCertificationComment", "comment": "Please hurry."},
)
_OF_ONE_ONLY: Final = frozenset({"id", "originId", HIDDEN})
"""Members that differ when a resource is created again."""
_DRAW: Final = {CONNECT: connectors.draw_change}


@dataclass(slots=True, kw_only=True)
class ForeignWriters:
    """Other users, who act now and then, at most ``left`` times; ``specs`` is what the manifests want, by slot.

    ``aims`` are the paths that a plan is about to change: there they are more eager, and often touch just these.
    """

    world: World
    event_log: EventLog
    chance: Chance
    specs: Mapping[Slot, Json]
    eagerness: float
    left: int
    disruptions: Disruptions = NONE
    fresh: Mapping[Slot, Json] = field(default_factory=dict)
    """What they would create in a slot that is empty."""

    aims: dict[Slot, list[str]] = field(default_factory=dict)

    def act(self, about: tuple[Slot, ...]) -> None:
        """Do something or nothing, preferably to the resources of the request in progress."""
        eagerness = self.eagerness if self.aims else self.eagerness / 5
        if self.left > 0 and self.chance.happens(eagerness):
            self.left -= 1
            near = about or tuple(self.aims)
            self.edit(self.chance.choice(near if near and self.chance.happens(0.7) else tuple(self.specs)))

    def aim(self, plan: Plan) -> None:
        """Take note of what a plan is about to change."""
        self.aims.clear()
        for planned in plan.resources:
            paths = [path for step in planned.actions if (path := getattr(step.action, "path", ""))]
            if planned.verdict in SENT:
                self.aims[self.world.history.slot_of_identity(planned.identity)] = paths

    def edit(self, slot: Slot) -> None:
        """Change the resource in a slot, or create one."""
        number = len(self.event_log.edits) + 1
        self.world.catch_up(world_of(slot))
        seq = self.world.history.tick()
        with acting(Author(Who.OTHERS, number)):
            kind = self._change(slot)
        if kind:
            self.event_log.edits.append(Edit(number=number, seq=seq, slot=slot, kind=kind))

    def _change(self, slot: Slot) -> str:
        world, kind = slot[0], kind_of(slot).lower()
        found = self.world.sandbox.store.find(world_of(slot), kind, _stored_name(slot))
        if not found:
            return self._create(slot)
        if is_deployment(slot):
            return self._change_deployment(slot, found[0])
        if self.chance.happens(0.06):
            return self._delete(slot, kind)
        if self.chance.happens(self.disruptions.recreating):
            return self._recreate(slot, kind, found[0])
        if kind == "connector" and self.chance.happens(self.disruptions.losing_keys):
            return self._lose_key(slot)
        spec = self.specs.get(slot, {})
        if kind == "connector" and self.chance.happens(0.1):
            return self._touch(slot, found[0])
        if kind == "connector" and self.chance.happens(0.15):
            return self._set_going(slot, found[0])
        draw = _DRAW.get(world, certifications.draw_change)
        aims = self.aims.get(slot) if self.chance.happens(0.5) else None
        what, changes = draw(self.chance, found[0], spec, aims or ())
        comparison = self.world.sandbox.settings.origin_key_comparison
        self._apply(slot, kind, changes if world == CONNECT else certifications.as_kept(changes, comparison))
        return f"{kind}: {what}"

    def _create(self, slot: Slot) -> str:
        # A seed is seen at once, which a lagging search must not do.
        if slot not in self.fresh or (slot[0] == ORIGIN and self.world.lag):
            return ""
        kind = kind_of(slot).lower()
        try:
            seed = {f"{kind}s": [self.fresh[slot]]}
            apply_seed(self.world.sandbox.store, world_of(slot), seed, clock=self.world.clock)
        except InvalidInput:
            return ""  # its connector is not there
        return f"{kind}: created"

    def _change_deployment(self, slot: Slot, deployment: Document) -> str:
        """Change a deployment, delete it, or give its connector a new release."""
        world, name = world_of(slot), _stored_name(slot)
        chance, sandbox = self.chance, self.world.sandbox
        draft = sandbox.store.get(world, "connector", deployment["connector"]["id"])
        if draft is not None and chance.happens(0.2):
            connector = self.world.history.slot_of(CONNECT, draft["id"])
            if chance.happens(0.5):
                self._apply(connector, "connector", {"repository.tag": chance.choice(vocabulary.TAGS)})
                return "connector of a deployment: got another tag"
            return self._set_going(connector, draft)
        if chance.happens(0.06):
            edit_resource(sandbox, world, Change(kind="deployment", name=name, changes=None))
            again = chance.happens(0.5) and self._create(slot)
            return f"deployment: deleted{' and created again' if again else ''}"
        return change_deployment(sandbox, world, name, deployment, chance)

    def _recreate(self, slot: Slot, kind: str, document: Document) -> str:
        """Delete it and create one of the same name: different, or the same except for its id."""
        world, name = slot
        part = "connectors" if world == CONNECT else "certifications"
        if slot not in self.fresh or (world != CONNECT and self.world.lag):
            return ""  # as for a creation
        alike = self.chance.happens(0.6)
        same = {path: value for path, value in document.items() if path not in _OF_ONE_ONLY}
        edit_resource(self.world.sandbox, world, Change(kind=kind, name=name, changes=None))
        seed = {part: [same if alike else self.fresh[slot]]}
        apply_seed(self.world.sandbox.store, world, seed, clock=self.world.clock)
        return f"{kind}: deleted and created again, {'alike' if alike else 'different'}"

    def _lose_key(self, slot: Slot) -> str:
        """Remove the draft's key, as was seen on the platform (``connect-api.md`` section 12)."""
        self._apply(slot, "connector", {"key": None})
        return "connector: lost its key"

    def _delete(self, slot: Slot, kind: str) -> str:
        world, name = slot
        edit_resource(self.world.sandbox, world, Change(kind=kind, name=name, changes=None))
        return f"{kind}: deleted"

    def _touch(self, slot: Slot, draft: Document) -> str:
        """Raise the version without changing a managed field."""
        self._apply(slot, "connector", {"name": draft["name"]})
        return "connector: touched"

    def _set_going(self, slot: Slot, draft: Document) -> str:
        """Start one of the draft's processes, if the platform allows it."""
        action = self.chance.choice(_PROCESSES)
        body = {"version": draft["version"], "actions": [action]}
        try:
            with self.world.sandbox.store.transaction():
                update(self.world.sandbox, slot[0], draft["id"], body)
        except Failure:
            return ""
        return f"connector: asked to {action['action']}"

    def _apply(self, slot: Slot, kind: str, changes: Mapping[str, Json]) -> None:
        world, name = slot
        edit_resource(self.world.sandbox, world, Change(kind=kind, name=name, changes=changes))


def _stored_name(slot: Slot) -> str:
    """Return the name of a slot's resources in the store."""
    return "/".join(slot) if is_deployment(slot) else slot[1]
