"""Keep every version of every resource with its author: the truth against which invariants are checked.

A *slot* is a name under which resources are on a platform, a key or an externalId. Mostly a slot holds one document;
none before creation and after deletion, several when a platform lets duplicates in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from simulation.facts import NOTHING, Facts, certification_facts, connector_facts, deployment_facts
from simulation.layout import Json
from simulation.places import Slot, collection_of
from simulation.simulated_time import SimulatedClock
from trueup.model.identity import Identity
from trueup.sandbox.connect.drafts import HIDDEN
from trueup.sandbox.store import Document, Store


class Who(StrEnum):
    """The author of a change."""

    SEED = "seed"
    TRUEUP = "trueup"
    OTHERS = "others"
    PLATFORM = "platform"


@dataclass(slots=True)
class Author:
    """Who acts now: the number of the request or of the foreign edit, and what it has changed so far."""

    who: Who
    number: int = 0
    commits: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One state of a slot: ``documents`` are those that count, by id, ``id`` is the one that changed.

    ``nameless`` are those of them that have lost the name of the slot, so that no request by name reaches them.
    """

    seq: int
    time: float
    author: Author
    id: str
    documents: Mapping[str, Facts]
    nameless: frozenset[str] = frozenset()

    @property
    def visible(self) -> Mapping[str, Facts]:
        """Return the documents that a request by name reaches."""
        return {id_: facts for id_, facts in self.documents.items() if id_ not in self.nameless}

    def of(self, document: str) -> Facts:
        """Return the facts of a document, or of the only other one when it was replaced in between."""
        if document in self.documents or len(self.documents) != 1:
            return self.documents.get(document, NOTHING)
        return next(iter(self.documents.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one write to the store did to one document."""

    world: str
    kind: str
    id: str
    name: str
    document: Document | None


author: ContextVar[Author] = ContextVar("author")

_FACTS: Final = {
    "connector": connector_facts,
    "deployment": deployment_facts,
    "certification": certification_facts,
}
_SUBMITTED: Final = "batch-pending"
_CARRIED_OUT: Final = "batch"


@contextmanager
def acting(who: Author) -> Iterator[Author]:
    """Attribute all changes inside to this author."""
    token = author.set(who)
    try:
        yield who
    finally:
        author.reset(token)


class History:
    """A numbering of all events, and the versions of every slot."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._seq = 0
        self._names: dict[tuple[str, str], str] = {}
        self._collections: dict[str, str] = {}
        self._submitters: dict[str, Author] = {}
        self.stored: dict[tuple[str, str], Document] = {}
        self.versions: defaultdict[Slot, list[Version]] = defaultdict(list)

    @property
    def now(self) -> float:
        """Return the time."""
        return self._clock.now()

    def tick(self) -> int:
        """Return the number of the next thing that happens."""
        self._seq += 1
        return self._seq

    def slot_of(self, collection: str, name: str) -> Slot:
        """Return the slot of a name or of a document's id."""
        return collection, self._names.get((collection, name), name)

    def slot_of_identity(self, identity: Identity) -> Slot:
        """Return the slot of a manifest's resource."""
        return self.slot_of(collection_of(identity), identity.value)

    def latest(self, slot: Slot) -> Version | None:
        """Return the present version, None when there never was one."""
        versions = self.versions.get(slot)
        return versions[-1] if versions else None

    def as_of(self, slot: Slot, *, seq: int, moment: float | None = None) -> Version | None:
        """Return the version that was current at ``seq``, or the older one that was current at ``moment``."""
        for version in reversed(self.versions.get(slot, [])):
            if version.seq <= seq and (moment is None or version.time <= moment or version.author.who is Who.SEED):
                return version
        return None

    def commit(self, changes: Iterable[Change]) -> None:
        """Add what one transaction changed."""
        changes = list(changes)
        batch = next((change for change in changes if change.kind == _CARRIED_OUT), None)
        who = author.get() if batch is None else self._submitters[batch.id]
        # A batch counts as carried out when it was due, although it is only seen to when the platform is asked next.
        time = self.now if batch is None or batch.document is None else float(batch.document["dueAt"])
        for change in changes:
            if change.kind == _SUBMITTED and change.document is not None:
                self._submitters[change.id] = who
            if change.kind in _FACTS:
                self._add(change, who, time)

    def _add(self, change: Change, who: Author, time: float) -> None:
        if change.document is not None:
            self._collections[change.id] = collection = _collection(change, change.document)
            # A draft that lost its key is still the one of its slot. The store has a deployment as PROJECT/KEY.
            name = _name(change) or self._names.get((collection, change.id), "")
            self._names[collection, change.id] = name
            self.stored[collection, change.id] = change.document
        slot = self.slot_of(self._collections[change.id], change.id)
        before = versions[-1].documents if (versions := self.versions[slot]) else {}
        documents = {key: facts for key, facts in before.items() if key != change.id}
        if change.document is not None and not _is_archived(change.document):
            documents[change.id] = _FACTS[change.kind](change.document)
        nameless = self._nameless(slot, documents)
        version = Version(seq=self.tick(), time=time, author=who, id=change.id, documents=documents, nameless=nameless)
        who.commits.append(version.seq)
        current = author.get()
        if current is not who:
            current.commits.append(version.seq)
        versions.append(version)

    def _nameless(self, slot: Slot, ids: Iterable[str]) -> frozenset[str]:
        """Return those of these documents that no request by name reaches."""
        there = {id_: self.stored[slot[0], id_] for id_ in ids}
        # The key of a deployment that is being removed may be given to another one.
        going = {id_ for id_, document in there.items() if document.get("status") == "Undeploying"}
        lost = {id_ for id_, document in there.items() if not document.get("key", True)}
        return frozenset(lost | going if going != there.keys() else lost)


class WatchedStore(Store):
    """The sandbox's store, which adds every committed change to the history."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._pending: list[Change] | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Add what was done inside once it is committed; see :meth:`Store.transaction`."""
        self._pending = []
        try:
            with super().transaction():
                yield
        except BaseException:
            self._pending = None
            raise
        done, self._pending = self._pending, None
        self._history.commit(done)

    def put(self, world: str, kind: str, id: str, name: str, document: Document) -> None:  # noqa: A002 - see Store
        """Store the document; see :meth:`Store.put`."""
        super().put(world, kind, id, name, document)
        self._add_change(Change(world=world, kind=kind, id=id, name=name, document=document))

    def delete(self, world: str, kind: str, id: str) -> None:  # noqa: A002 - see Store
        """Forget the document; see :meth:`Store.delete`."""
        super().delete(world, kind, id)
        self._add_change(Change(world=world, kind=kind, id=id, name="", document=None))

    def _add_change(self, change: Change) -> None:
        if self._pending is None:
            self._history.commit([change])
        else:
            self._pending.append(change)


def _name(change: Change) -> str:
    return change.name.rpartition("/")[2] if change.kind == "deployment" else change.name


def _collection(change: Change, document: Json) -> str:
    return str(document[HIDDEN]["project"]) if change.kind == "deployment" else change.world


def _is_archived(document: Json) -> bool:
    return str(document.get("archived")).lower() == "true"
