"""The stored certifications: changes are staged until the request is valid, and a search may lag behind.

In addition to the fields of an update, a document may have three marks that a seed sets: ``attachedToOtherCompany``
(deletion archives it, ``origin-api.md`` section 3.3), ``otherCompany`` (it accepts no writes) and ``archived``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trueup.sandbox.origin.items import Invalid, Item
from trueup.sandbox.store import Document
from trueup.sandbox.world import Sandbox

KIND = "certification"
ARCHIVED = "archived"
OTHER_COMPANY = "otherCompany"
ATTACHED = "attachedToOtherCompany"
_PAST = "certification.past"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedIds:
    """The ids that a search asks for, None for one that it does not ask for."""

    origin_id: str | None = None
    external_id: str | None = None


class Records:
    """The certifications as one request sees them, with its staged changes; ``commit`` stores these."""

    def __init__(self, sandbox: Sandbox, world: str) -> None:
        self._store = sandbox.store
        self._world = world
        self._settings = sandbox.settings
        self._staged: dict[str, Document | None] = {}

    def select(self, item: Item) -> Document:
        """Return the certification that the item names, if it accepts writes; raises Invalid."""
        by_id = [] if item.origin_id is None else self._by_origin_id(item.origin_id)
        by_name = by_id if item.external_id is None else self.named(item.external_id)
        # No page says which id decides if they differ (origin-api.md section 4.1), so both must name one certification.
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
        """Return the certifications with this externalId that are not archived, oldest first."""
        stored = {document["originId"]: document for document in self._store.find(self._world, KIND, external_id)}
        staged = (document for document in self._staged.values() if document is not None)
        # Staged after stored: an item meets the effects of the items before it.
        seen = {**stored, **{document["originId"]: document for document in staged}}
        return [
            document
            for origin_id, document in seen.items()
            if document.get("externalId") == external_id
            and not is_marked(document, ARCHIVED)
            and self._staged.get(origin_id, document) is not None
        ]

    def put(self, document: Document) -> None:
        """Stage a new or changed certification."""
        self._staged[document["originId"]] = document

    def delete(self, document: Document) -> None:
        """Stage the deletion of the certification, or its archiving if a material of another company uses it."""
        archived = {**document, ARCHIVED: True} if is_marked(document, ATTACHED) else None
        self._staged[document["originId"]] = archived

    def commit(self, now: float) -> None:
        """Store the staged changes; must be called within a transaction."""
        for origin_id, document in self._staged.items():
            if self._settings.origin_search_lag:
                # Before the change, while the store has the version that a search shows for some time yet.
                self._remember(origin_id, document, now)
            if document is None:
                self._store.delete(self._world, KIND, origin_id)
            else:
                self._store.put(self._world, KIND, origin_id, document.get("externalId") or "", document)

    def _by_origin_id(self, origin_id: str) -> list[Document]:
        if origin_id in self._staged:
            document = self._staged[origin_id]
        else:
            document = self._store.get(self._world, KIND, origin_id)
        return [] if document is None else [document]

    def _takes_writes(self, document: Document) -> bool:
        hidden = is_marked(document, ARCHIVED) and self._settings.origin_archived == "hidden"
        return not hidden and not is_marked(document, OTHER_COMPANY)

    def _remember(self, origin_id: str, document: Document | None, now: float) -> None:
        """Store the version that a lagging search still shows, and drop those that it no longer shows."""
        past = self._store.get(self._world, _PAST, origin_id) or {"originId": origin_id, "versions": []}
        before = self._store.get(self._world, KIND, origin_id)
        horizon = now - self._settings.origin_search_lag
        versions = [version for version in past["versions"] if version["replacedAt"] > horizon]
        versions.append({"replacedAt": now, "document": before})
        name = (before or document or {}).get("externalId") or ""
        self._store.put(self._world, _PAST, origin_id, name, {"originId": origin_id, "versions": versions})


def searchable(sandbox: Sandbox, world: str, ids: SearchedIds) -> Iterator[Document]:
    """Yield the certifications that a search for these ids may find now, oldest first.

    Others may be among them. Archived ones are yielded only with ``origin_archived: found``.
    """
    seen: dict[str, Document | None] = {found["originId"]: found for found in _candidates(sandbox, world, KIND, ids)}
    if sandbox.settings.origin_search_lag:
        moment = sandbox.clock.now() - sandbox.settings.origin_search_lag
        seen.update(_lagging(_candidates(sandbox, world, _PAST, ids), moment))
    with_archived = sandbox.settings.origin_archived == "found"
    for document in seen.values():
        if document is not None and (with_archived or not is_marked(document, ARCHIVED)):
            yield document


def is_marked(document: Document, mark: str) -> bool:
    """Return whether a mark is set; a seed may have it as text."""
    return str(document.get(mark)).lower() == "true"


def _candidates(sandbox: Sandbox, world: str, kind: str, ids: SearchedIds) -> list[Document]:
    """Return the documents that may match the ids."""
    # By index where an id is known: a client sends one search for each certification.
    if ids.origin_id is not None:
        found = sandbox.store.get(world, kind, ids.origin_id)
        return [] if found is None else [found]
    if ids.external_id is not None:
        return sandbox.store.find(world, kind, ids.external_id)
    return sandbox.store.list(world, kind)


def _lagging(pasts: Iterable[Document], moment: float) -> Iterator[tuple[str, Document | None]]:
    """Yield origin id and document of what was replaced after ``moment``, as it was then."""
    for past in pasts:
        # Versions are in order of time: the first that was replaced after the moment was valid at it.
        shown = next((version for version in past["versions"] if version["replacedAt"] > moment), None)
        if shown is not None:
            yield past["originId"], shown["document"]
