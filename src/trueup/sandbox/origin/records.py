"""Keep certifications in the store: staged until a request is known to be good, and seen late by a lagging search.

Besides the fields of an update, a document may hold three marks that a seed sets: ``attachedToOtherCompany`` (deleting
it archives it, section 3.3), ``otherCompany`` (it belongs to somebody else and takes no writes) and ``archived``.
"""

from collections.abc import Iterator

from trueup.sandbox.context import Sandbox
from trueup.sandbox.origin.items import Invalid, Item
from trueup.sandbox.store import Document, Store

KIND = "certification"
_PAST = "certification.past"


class Records:
    """Stage the changes of one request; nothing is stored before ``commit``."""

    def __init__(self, sandbox: Sandbox, world: str) -> None:
        self._store = sandbox.store
        self._world = world
        self._settings = sandbox.settings
        self._staged: dict[str, Document | None] = {}

    def select(self, item: Item) -> Document:
        """Return the certification that the item names and may write to; raises Invalid."""
        by_id = [] if item.origin_id is None else self._by_origin_id(item.origin_id)
        by_name = by_id if item.external_id is None else self.named(item.external_id)
        found = by_id if item.origin_id is not None else by_name
        writable = [document for document in found if self._takes_writes(document)]
        if not writable:
            raise Invalid(f"{item.where} refers to a certification that does not exist.")
        if len(writable) > 1:
            raise Invalid(f"{item.where} refers to more than one certification.")
        if writable[0] not in by_name:
            raise Invalid(f"{item.where} has originId and externalId of different certifications.")
        return writable[0]

    def named(self, external_id: str) -> list[Document]:
        """Return the certifications of this externalId that are not archived, oldest first."""
        stored = {document["originId"]: document for document in self._store.find(self._world, KIND, external_id)}
        staged = (document for document in self._staged.values() if document is not None)
        seen = {**stored, **{document["originId"]: document for document in staged}}
        return [
            document
            for origin_id, document in seen.items()
            if document.get("externalId") == external_id
            and not document.get("archived")
            and self._staged.get(origin_id, document) is not None
        ]

    def put(self, document: Document) -> None:
        """Stage a new or changed certification."""
        self._staged[document["originId"]] = document

    def delete(self, document: Document) -> None:
        """Stage that the certification is gone, or archived if another company's material has it."""
        archived = {**document, "archived": True} if document.get("attachedToOtherCompany") else None
        self._staged[document["originId"]] = archived

    def commit(self, now: float) -> None:
        """Store what was staged; call it within a transaction."""
        for origin_id, document in self._staged.items():
            if self._settings.origin_search_lag:
                self._remember(origin_id, now)
            if document is None:
                self._store.delete(self._world, KIND, origin_id)
            else:
                self._store.put(self._world, KIND, origin_id, document.get("externalId") or "", document)
        self._staged.clear()

    def _by_origin_id(self, origin_id: str) -> list[Document]:
        if origin_id in self._staged:
            document = self._staged[origin_id]
        else:
            document = self._store.get(self._world, KIND, origin_id)
        return [] if document is None else [document]

    def _takes_writes(self, document: Document) -> bool:
        hidden = document.get("archived") and self._settings.origin_archived == "hidden"
        return not hidden and not document.get("otherCompany")

    def _remember(self, origin_id: str, now: float) -> None:
        """Keep what a lagging search goes on to show, and forget what none shows any more."""
        past = self._store.get(self._world, _PAST, origin_id) or {"originId": origin_id, "versions": []}
        horizon = now - self._settings.origin_search_lag
        versions = [version for version in past["versions"] if version["replacedAt"] > horizon]
        versions.append({"replacedAt": now, "document": self._store.get(self._world, KIND, origin_id)})
        self._store.put(self._world, _PAST, origin_id, "", {"originId": origin_id, "versions": versions})


def searchable(sandbox: Sandbox, world: str) -> Iterator[Document]:
    """Yield the certifications as a search sees them now, oldest first; archived ones only where a switch says so."""
    current = {document["originId"]: document for document in sandbox.store.list(world, KIND)}
    seen: dict[str, Document | None] = {**current}
    if sandbox.settings.origin_search_lag:
        seen.update(_lagging(sandbox.store, world, sandbox.clock.now() - sandbox.settings.origin_search_lag))
    for document in seen.values():
        if document is not None and (not document.get("archived") or sandbox.settings.origin_archived == "found"):
            yield document


def _lagging(store: Store, world: str, moment: float) -> Iterator[tuple[str, Document | None]]:
    """Yield the documents that were replaced after the moment, as they were then."""
    for past in store.list(world, _PAST):
        shown = next((version for version in past["versions"] if version["replacedAt"] > moment), None)
        if shown is not None:
            yield past["originId"], shown["document"]
