"""The effect of each request on the processes of a draft, in every live state: the documentation as one table.

``Page`` are headings of the documentation page of ConnectorStaged, "§" is a section of the digest of the
platform's pages. A row that no page decides says so, and names the switch that gives the other answers.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from connect_api import DRAFTS, ConnectApi, action, refusal
from trueup.sandbox.store import Document

Fields = Mapping[str, Any]

PUBLISHED: Final = {"status": "Published", "alreadyListed": True}
PUBLIC: Final = {**PUBLISHED, "private": False}

STATES: Final[Mapping[str, Fields]] = {
    "draft": {},
    "preview pending": {"isPreviewable": "pending"},
    "failed": {"status": "Failed"},
    "processing": {"status": "Processing"},
    "ready": {"status": "ReadyForCertification"},
    "in certification": {"status": "InCertification"},
    "private": PUBLISHED,
    "private, changed": {**PUBLISHED, "hasChanges": True},
    "public": PUBLIC,
    "public, changed": {**PUBLIC, "hasChanges": True},
    "public, unlisted": {**PUBLIC, "alreadyListed": False},
    "public, new repository": {**PUBLIC, "hasChanges": True, "status": "Draft"},
    "public, failed": {**PUBLIC, "hasChanges": True, "status": "Failed"},
}
"""Live states, as far as they differ from a new draft."""

NEW: Final[Fields] = {
    "status": "Draft",
    "private": True,
    "alreadyListed": False,
    "hasChanges": False,
    "isPreviewable": "none",
    "comments": 0,
}

PRIVATE, CERTIFIED = action("publish", certification=False), action("publish", certification=True)
REQUESTS: Final[Mapping[str, Mapping[str, object] | None]] = {
    "preview": action("updatePreviewable"),
    "publish private": PRIVATE,
    "publish certified": CERTIFIED,
    "unlist": action("unlist"),
    "comment": action("addCertificationComment", comment="Ready."),
    "set name": action("setName", name="New"),
    "set repository": action("setRepository", tag="v2"),
    "add project": action("addPrivateProject", privateProject="region:shop-1"),
    "delete": None,
}
"""Requests by name; None deletes."""

UNPUBLISHED: Final = ("draft", "preview pending", "failed")
IN_REVIEW: Final = ("ready", "in certification")
UNCHANGED: Final = ("private", "public", "public, unlisted")
CHANGED: Final = ("private, changed", "public, changed", "public, new repository", "public, failed")
LISTED: Final = ("public", "public, changed", "public, new repository", "public, failed")
SETTLED: Final = (*UNPUBLISHED, *UNCHANGED, *CHANGED)

IS_PRIVATE: Final = {**PUBLISHED, "hasChanges": False, "private": True}
IS_PUBLIC: Final = {**PUBLISHED, "hasChanges": False, "private": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The answer and the final state of a draft; fields that are not named do not change.

    ``refused`` is status and code of a refusal.
    """

    request: str
    states: tuple[str, ...]
    source: str
    at_once: Fields = field(default_factory=dict)
    later: Fields | None = None
    refused: tuple[int, str] | None = None


BUSY: Final = (409, "ConnectorStagedUnderProcess")
REVIEWED: Final = (400, "ConnectorStagedInCertification")

TABLE: Final = (
    *(
        Row(
            request=request,
            states=("processing",),
            source="Page, Publish: no update until the process completes; code and status: §5, unknown (busy_*)",
            refused=BUSY,
        )
        for request in REQUESTS
        if request != "delete"
    ),
    Row(
        request="preview",
        states=tuple(state for state in (*SETTLED, *IN_REVIEW) if state != "preview pending"),
        source="Page, Preview Connector: changes to pending, then true or false; from every status: §5",
        at_once={"isPreviewable": "pending"},
        later={"isPreviewable": "true"},
    ),
    Row(
        request="preview",
        states=("preview pending",),
        source="Page, Preview Connector: ConnectorStagedPreviewRequestUnderProcess",
        refused=(400, "ConnectorStagedPreviewRequestUnderProcess"),
    ),
    Row(
        request="publish private",
        states=SETTLED,
        source="Page, Publish: if false, the published Connector becomes private; §5; when: unknown (private_flip)",
        at_once={"status": "Processing"},
        later=IS_PRIVATE,
    ),
    Row(
        request="publish private",
        states=IN_REVIEW,
        source="§5 states the refusal for certification true; for false it is unknown, the stricter is taken",
        refused=REVIEWED,
    ),
    Row(
        request="publish certified",
        states=(*UNPUBLISHED, "private", *CHANGED),
        source="Page, Publish: publicly available after certification; ConnectorStatus: the states; §5",
        at_once={"status": "Processing"},
        later=IS_PUBLIC,
    ),
    Row(
        request="publish certified",
        states=("public", "public, unlisted"),
        source="§5: already certified and unchanged: ConnectorAlreadyCertified",
        refused=(400, "ConnectorAlreadyCertified"),
    ),
    Row(
        request="publish certified",
        states=IN_REVIEW,
        source="§5: ConnectorStagedInCertification",
        refused=REVIEWED,
    ),
    Row(
        request="unlist",
        states=LISTED,
        source="Page, Unlist: removed from listings; §3, alreadyListed; the status after it: unknown (unlist_status)",
        at_once={"alreadyListed": False},
    ),
    Row(
        request="unlist",
        states=("private", "private, changed"),
        source="Page, Unlist names certified connectors alone; for others it is unknown (unlist_uncertified)",
        at_once={"alreadyListed": False},
    ),
    Row(
        request="unlist",
        states=(*UNPUBLISHED, *IN_REVIEW, "public, unlisted"),
        source="Page, Unlist names listed connectors alone; for others it is unknown (unlist_unlisted)",
    ),
    Row(
        request="comment",
        states=(*SETTLED, *IN_REVIEW),
        source="Page, Add Certification Comment; outside certification it is unknown (comment_outside_certification)",
        at_once={"comments": 1},
    ),
    Row(
        request="set name",
        states=UNCHANGED,
        source="Page, hasChanges: differs from the production Connector; §5: the status is unknown (edit_status)",
        at_once={"hasChanges": True},
    ),
    Row(
        request="set name",
        states=(*UNPUBLISHED, *IN_REVIEW, *CHANGED),
        source="§3: hasChanges while never published: samples false, unknown (unpublished_has_changes)",
    ),
    Row(
        request="set repository",
        states=(*UNPUBLISHED, *CHANGED),
        source="§4: back to Draft, the preview to be requested again (repository_resets_status)",
        at_once={"status": "Draft", "isPreviewable": "none"},
    ),
    Row(
        request="set repository",
        states=UNCHANGED,
        source="§4, and Page, hasChanges",
        at_once={"status": "Draft", "isPreviewable": "none", "hasChanges": True},
    ),
    Row(
        request="set repository",
        states=IN_REVIEW,
        source="§5: do not move the tag; what is locked is unknown (certification_lock)",
        refused=REVIEWED,
    ),
    Row(
        request="add project",
        states=("private",),
        source="Page, Add Project to Private Connector; hasChanges",
        at_once={"hasChanges": True},
    ),
    Row(
        request="add project",
        states=(*UNPUBLISHED, *IN_REVIEW, "private, changed"),
        source="Page, Add Project to Private Connector; hasChanges as for set name",
    ),
    Row(
        request="add project",
        states=(*LISTED, "public, unlisted"),
        source="Page, Add Project to Private Connector: ConnectorStagedNotPrivate",
        refused=(400, "ConnectorStagedNotPrivate"),
    ),
    Row(
        request="delete",
        states=tuple(STATES),
        source="§2: 200, with the published Connector; when it is refused: unknown (delete_while_processing)",
    ),
)

CELLS: Final = [(row, state) for row in TABLE for state in row.states]


def processes(draft: Document) -> Fields:
    comments = draft.get("certificationInfo", {"comments": []})["comments"]
    return {name: draft[name] for name in NEW if name != "comments"} | {"comments": len(comments)}


@pytest.mark.parametrize(("row", "state"), CELLS, ids=[f"{row.request} when {state}" for row, state in CELLS])
def test_a_request_changes_each_live_state_as_documented(row: Row, state: str) -> None:
    api = ConnectApi()
    api.plant(**STATES[state])
    live = processes(api.get())
    assert live == {**NEW, **STATES[state]}, row.source
    sent = REQUESTS[row.request]
    if sent is None:
        assert processes(api.call("DELETE", f"{DRAFTS}/key=acme-tax").json()) == live
        assert api.call("GET", f"{DRAFTS}/key=acme-tax").status_code == 404
        return
    answer = api.act(sent)
    if row.refused:
        assert refusal(answer) == (row.refused[0], [row.refused[1]]), row.source
        assert processes(api.get()) == live
        return
    assert answer.status_code == 201, row.source
    assert processes(answer.json()) == {**live, **row.at_once}, row.source
    api.clock.advance(600)
    end = row.at_once if row.later is None else row.later
    assert processes(api.get()) == {**live, **end}, row.source


def test_every_request_has_one_row_for_each_live_state() -> None:
    counted = Counter((row.request, state) for row, state in CELLS)
    assert counted == {(request, state): 1 for request in REQUESTS for state in STATES}
    assert all(row.source for row in TABLE)


def test_a_public_connector_that_was_made_private_can_be_certified_again() -> None:
    api = ConnectApi()
    api.plant(**PUBLIC)
    api.acted(PRIVATE)
    api.clock.advance(600)
    assert api.acted(action("addPrivateProject", privateProject="region:shop-1"))["private"] is True
    api.acted(CERTIFIED)
    api.clock.advance(600)
    assert processes(api.get()) == {**NEW, **PUBLIC}


@pytest.mark.parametrize(("live", "sent"), [(PUBLIC, PRIVATE), ({}, CERTIFIED)])
def test_a_publication_that_fails_leaves_private_as_it_was(live: Fields, sent: object) -> None:
    api = ConnectApi(publish_result="Failed")
    api.plant(**live)
    private = api.get()["private"]
    api.acted(sent)
    api.clock.advance(600)
    assert (api.get()["status"], api.get()["private"]) == ("Failed", private)


@pytest.mark.parametrize(("live", "sent", "flipped"), [(PUBLIC, PRIVATE, True), ({}, CERTIFIED, False)])
def test_switch_private_flip(live: Fields, sent: object, flipped: object) -> None:
    api = ConnectApi(private_flip="requested")
    api.plant(**live)
    assert api.acted(sent)["private"] is flipped
    api.clock.advance(600)
    assert api.get()["private"] is flipped


@pytest.mark.parametrize(("status", "shown"), [("keep", "Published"), ("Draft", "Draft")])
@pytest.mark.parametrize("name", ["set name", "add project"])
def test_switch_edit_status(name: str, status: str, shown: str) -> None:
    api = ConnectApi(edit_status=status)
    api.plant(**PUBLISHED)
    assert api.acted(REQUESTS["comment"])["status"] == "Published"
    draft = api.acted(REQUESTS[name])
    assert (draft["status"], draft["alreadyListed"], draft["hasChanges"]) == (shown, True, True)


def test_switch_edit_status_does_not_change_drafts_that_are_not_published() -> None:
    api = ConnectApi(edit_status="Draft")
    api.plant(status="Failed")
    assert api.acted(REQUESTS["set name"])["status"] == "Failed"


@pytest.mark.parametrize(
    ("switch", "new", "edited"), [("false", False, False), ("edited", False, True), ("true", True, True)]
)
def test_switch_unpublished_has_changes(switch: str, new: object, edited: object) -> None:
    api = ConnectApi(unpublished_has_changes=switch)
    assert api.created()["hasChanges"] is new
    assert api.acted(REQUESTS["set name"])["hasChanges"] is edited
    api.acted(PRIVATE)
    api.clock.advance(600)
    assert api.get()["hasChanges"] is False


@pytest.mark.parametrize("name", ["preview", "unlist", "comment"])
def test_switch_process_has_changes(name: str) -> None:
    api = ConnectApi()
    api.plant(**PUBLIC)
    assert api.acted(REQUESTS[name])["hasChanges"] is False
    api.switch(process_has_changes=True)
    assert api.acted(REQUESTS["comment" if name == "preview" else name])["hasChanges"] is True


def test_equal_comments_are_kept_as_often_as_they_are_added() -> None:
    api = ConnectApi()
    api.plant(**PUBLISHED)
    api.acted(REQUESTS["comment"], REQUESTS["comment"])
    assert processes(api.acted(REQUESTS["comment"])) == {**NEW, **PUBLISHED, "comments": 3}


@pytest.mark.parametrize(("lost", "kept"), [("never", [1, 1, 1]), ("update", [1, 0, 0]), ("publish", [1, 1, 0])])
def test_switch_lost_key(lost: str, kept: list[int]) -> None:
    api = ConnectApi(lost_key=lost)
    address = api.created()["id"]
    seen = [len(api.keys())]
    api.act(PRIVATE, address=address)
    for seconds in (0, 60):
        api.clock.advance(seconds)
        seen.append([draft.get("key") for draft in api.page()["results"]].count("acme-tax"))
    assert seen == kept
    assert api.get(address)["status"] == "Published"


def test_switch_unlist_uncertified() -> None:
    api = ConnectApi(unlist_uncertified="ignore")
    api.plant(**PUBLISHED)
    assert api.acted("unlist")["alreadyListed"] is True
    api.switch(unlist_uncertified="refuse")
    assert refusal(api.act("unlist")) == (400, ["InvalidJsonInput"])
    api.plant(key="public", **PUBLIC)
    assert api.act("unlist", address="key=public").json()["alreadyListed"] is False
