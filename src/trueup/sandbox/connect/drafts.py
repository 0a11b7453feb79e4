"""The drafts of a world, and their representation in answers.

A stored draft is a complete ConnectorStaged (unset members are None or empty) with an additional member ``_sandbox``,
which holds what the platform knows and does not show.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from trueup.sandbox.connect.connectors import CONTRACT, contract
from trueup.sandbox.connect.errors import Failure, error, invalid
from trueup.sandbox.connect.shapes import KEY
from trueup.sandbox.order import ordered
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document, Store

KIND = "connector"
TIMERS = "connector-timer"
"""The kind of a small document for each draft with a running pipeline, so that requests need not read all drafts."""

HIDDEN = "_sandbox"
_CONTENT = (
    "name",
    "description",
    "integrationTypes",
    "creator",
    "repository",
    "privateProjects",
    "supportedRegions",
    "documentationUrl",
)


def new_draft(body: Mapping[str, Any], *, id: str, now: float) -> Document:  # noqa: A002 - the word of the platform
    """Return a new draft from the body of a create request or a partial ConnectorStaged; ``now`` is in seconds."""
    repository = body["repository"]
    declared = contract(repository)
    return {
        "id": id,
        "version": 1,
        "key": body.get("key"),
        "name": body["name"],
        "description": body.get("description"),
        "integrationTypes": list(body.get("integrationTypes") or ()),
        "creator": dict(body["creator"]),
        "repository": {"url": repository["url"], "tag": repository["tag"]},
        **{name: declared[name] for name in CONTRACT},
        # The sample of the documentation that shows false is outdated (connect-api.md section 3).
        "private": True,
        "privateProjects": list(body.get("privateProjects") or ()),
        "supportedRegions": list(body.get("supportedRegions") or ()),
        "documentationUrl": body.get("documentationUrl"),
        "certificationInfo": {"comments": []},
        "status": "Draft",
        "publishingReport": None,
        "alreadyListed": False,
        "hasChanges": False,
        "isPreviewable": "none",
        "previewableReport": None,
        HIDDEN: {
            "createdAt": now,
            "lastModifiedAt": now,
            "certified": False,
            "published": None,
            # The published Connector, which has the id and the key of the draft.
            "connector": None,
            "contracts": {},
            "timers": {},
        },
    }


def content(draft: Document) -> Document:
    """Return the members of a draft that users edit and that publishing copies."""
    return {name: draft[name] for name in _CONTENT}


def has_changes(draft: Document, settings: Settings) -> bool:
    """Return ``hasChanges`` after an edit: whether the draft differs from what was published."""
    published = draft[HIDDEN]["published"]
    # No page says what hasChanges means before the first publication: a switch decides.
    return settings.unpublished_has_changes != "false" if published is None else content(draft) != published


def find_addressed(
    address: str, *, by_id: Callable[[str], Document | None], by_key: Callable[[str], Document | None]
) -> Document | None:
    """Return the resource at ``{id}`` or ``key={key}``, None if there is none.

    Raises Failure (InvalidPathParam) when the address is neither a UUID nor a valid key.
    """
    if address.startswith("key="):
        key = address.removeprefix("key=")
        if not KEY.fullmatch(key):
            raise invalid("InvalidPathParam", [f"key: Expected a string matching ^{KEY.pattern}$"])
        return by_key(key)
    found = by_id(address)
    # Looked up first: a seed may hold ids that are no UUIDs.
    if found is None and not _is_uuid(address):
        raise invalid("InvalidPathParam", ["id: Expected a UUID"])
    return found


class Drafts:
    """The stored drafts of one world."""

    def __init__(self, store: Store, world: str) -> None:
        self._store = store
        self._world = world

    def addressed(self, address: str) -> Document:
        """Return the draft at ``{id}`` or ``key={key}``; of several with the same key, the oldest.

        Raises Failure: ResourceNotFound, or InvalidPathParam when the address is neither a UUID nor a valid key.
        """
        found = find_addressed(address, by_id=self.by_id, by_key=self.by_key)
        if found is None:
            key = address.removeprefix("key=")
            named = f"ID '{address}'" if key == address else f"key '{key}'"
            raise Failure(error("ResourceNotFound", f"The Resource with {named} was not found."))
        return found

    def by_id(self, id: str) -> Document | None:  # noqa: A002 - the word of the platform
        """Return the draft of this id, or None."""
        return self._store.get(self._world, KIND, id)

    def by_key(self, key: str) -> Document | None:
        """Return the oldest draft of this key, or None."""
        found = self._store.find(self._world, KIND, key)
        return found[0] if found else None

    def all(self) -> list[Document]:
        """Return all drafts, oldest first."""
        return self._store.list(self._world, KIND)

    def page(self, *, limit: int, offset: int, newest_first: bool) -> list[Document]:
        """Return one page of all drafts, oldest or newest first."""
        return self._store.page(self._world, KIND, limit=limit, offset=offset, newest_first=newest_first)

    def count(self) -> int:
        """Return the number of drafts."""
        return self._store.count(self._world, KIND)

    def save(self, draft: Document) -> None:
        """Store the draft, and the time of the next step of its pipelines."""
        # No key can equal the empty name: keys have at least two characters.
        self._store.put(self._world, KIND, draft["id"], draft["key"] or "", draft)
        timers = draft[HIDDEN]["timers"]
        if timers:
            due = min(timer["at"] for timer in timers.values())
            self._store.put(self._world, TIMERS, draft["id"], "", {"id": draft["id"], "at": due})
        else:
            self._store.delete(self._world, TIMERS, draft["id"])

    def remove(self, draft: Document) -> None:
        """Delete the draft and with it its published connector."""
        self._store.delete(self._world, KIND, draft["id"])
        self._store.delete(self._world, TIMERS, draft["id"])

    def due(self, now: float) -> list[str]:
        """Return the ids of the drafts with a pipeline step that is due."""
        return [timer["id"] for timer in self._store.list(self._world, TIMERS) if timer["at"] <= now]


def _is_uuid(address: str) -> bool:
    try:
        UUID(address)
    except ValueError:
        return False
    return True


_LISTS = ("integrationTypes", "configurations", "privateProjects", "supportedRegions")
_SETS = ("integrationTypes", "privateProjects", "supportedRegions")
"""Lists whose order is not documented to mean anything."""
_OPTIONAL = (
    "key",
    "description",
    "globalConfiguration",
    "apiClient",
    "documentationUrl",
    "certificationInfo",
    "publishingReport",
    "previewableReport",
)
_CREATOR = ("name", "title", "company", "logoUrl", "noOfContributors", "supportUrl")
# Not a documented status: a client must survive values that a platform adds later (connect-api.md section 11).
_ODD_STATUS = "Suspended"
_SAMPLES: Mapping[str, Any] = {
    **{name: [] for name in _LISTS},
    "description": "",
    "publishingReport": None,
    "previewableReport": None,
}
"""Unset members as the samples and required fields of the documentation show them; others are absent."""


def represent(draft: Document, settings: Settings) -> dict[str, Any]:
    """Return the ConnectorStaged of a stored draft, in the form that the switches select."""
    shown = {name: value for name, value in draft.items() if name != HIDDEN}
    shown["creator"] = dict(draft["creator"])
    if not draft["certificationInfo"]["comments"] and settings.empty_values != "empty":
        shown["certificationInfo"] = None
    for name in _SETS:
        shown[name] = ordered(draft[name], settings)
    for name in (*_LISTS, *_OPTIONAL):
        _show(shown, name, settings)
    for name in _CREATOR:
        _show(shown["creator"], name, settings)
    if settings.previewable_form == "boolean":
        # The documentation has texts. Clients that compare with booleans have been seen (connect-api.md section 12).
        shown["isPreviewable"] = {"true": True, "false": False}.get(draft["isPreviewable"], draft["isPreviewable"])
    if settings.extra_field:
        shown["sandboxRevision"] = {"number": draft["version"]}
        # The former name of noOfContributors (connect-api.md section 4.2).
        shown["creator"]["noOfDevelopers"] = 1
    if settings.odd_enum and draft["status"] == "Draft":
        shown["status"] = _ODD_STATUS
    return shown


def _show(shown: dict[str, Any], name: str, settings: Settings) -> None:
    """Omit, null or empty an unset member. A text that was set to "" is a value and stays."""
    if shown.get(name) not in (None, []):
        return
    # Real answers have unset members in all three forms: absent, null and [] (connect-api.md section 11).
    forms = {
        "sample": _SAMPLES,
        "omit": {},
        "null": {name: None},
        "empty": {name: [] for name in _LISTS},
    }[settings.empty_values]
    shown.pop(name, None)
    if name in forms:
        shown[name] = forms[name]
