"""Connectors: the table, reading of drafts, and request bodies."""

from decimal import Decimal

import pytest

from trueup.errors import UnexpectedAnswer
from trueup.kinds.connector import payloads
from trueup.kinds.connector.fields import FIELDS, ROWS
from trueup.kinds.connector.kind import CONNECTOR
from trueup.kinds.registry import platform_name
from trueup.model.action import (
    AddComment,
    AddElement,
    AddMember,
    Create,
    Delete,
    FieldAction,
    ProcessAction,
    Publish,
    RemoveElement,
    RemoveMember,
    RequestPreview,
    SetMembers,
    SetParts,
    SetValue,
    Unlist,
)
from trueup.model.field import SetField
from trueup.model.identity import Kind
from trueup.model.live import ReportEntry
from trueup.model.value import ABSENT, Known, Members, Parts

DRAFT = {
    "id": "5ab3edcd-9d23-4934-8f48-256805253119",
    "key": "acme-tax",
    "version": 7,
    "name": "Acme Tax",
    "creator": {"email": "dev@acme.example", "noOfContributors": 4},
    "repository": {"url": "git@github.com:acme/tax.git", "tag": "v1"},
    "supportedRegions": ["europe-west1.gcp"],
    "private": True,
    "alreadyListed": False,
    "hasChanges": True,
    "status": "Draft",
    "isPreviewable": "none",
}

EVERY_FIELD = {
    "name": "Acme Tax",
    "description": "Taxes",
    "integrationTypes": ["tax", "other"],
    "creator": {
        "email": "dev@acme.example",
        "name": "Jane",
        "title": "Ms",
        "company": "Acme",
        "logoUrl": "https://acme.example/logo.png",
        "noOfContributors": 4,
        "supportUrl": "https://acme.example/support",
    },
    "repository": {"url": "git@github.com:acme/tax.git", "tag": "v1"},
    "supportedRegions": ["europe-west1.gcp"],
    "privateProjects": ["europe-west1.gcp:shop"],
    "documentationUrl": "https://acme.example/docs",
}


def test_the_table_has_each_of_the_fifteen_field_actions_of_the_api() -> None:
    wires = [each for row in ROWS for each in (row.wire, row.remove) if each is not None]
    names = [(each.action, each.payload) for each in wires]
    assert sorted(names) == [
        ("addPrivateProject", "privateProject"),
        ("removePrivateProject", "privateProject"),
        ("setCreatorCompany", "creatorCompany"),
        ("setCreatorEmail", "creatorEmail"),
        ("setCreatorLogo", "logoUrl"),
        ("setCreatorName", "creatorName"),
        ("setCreatorNoOfContributors", "creatorNoOfContributors"),
        ("setCreatorSupportUrl", "creatorSupportUrl"),
        ("setCreatorTitle", "creatorTitle"),
        ("setDescription", "description"),
        ("setDocumentationUrl", "documentationUrl"),
        ("setIntegrationTypes", "integrationTypes"),
        ("setName", "name"),
        ("setRepository", ""),
        ("setSupportedRegions", "regions"),
    ]


def test_only_the_integration_types_can_be_emptied_and_no_regions_means_all() -> None:
    sets = {field.path: (field.clearable, field.unset) for field in FIELDS if isinstance(field, SetField)}
    assert sets == {"integrationTypes": (True, ""), "supportedRegions": (False, "all regions")}


def test_every_field_of_a_spec_is_managed() -> None:
    assert CONNECTOR.desired(EVERY_FIELD).keys() == CONNECTOR.by_path.keys()


def test_a_field_missing_in_a_spec_is_not_managed() -> None:
    assert CONNECTOR.desired({"creator": {"title": "Ms"}}) == {"creator.title": "Ms"}


def test_an_empty_field_of_a_spec_is_managed_and_empty() -> None:
    desired = CONNECTOR.desired({"description": "", "supportedRegions": [], "privateProjects": []})
    assert desired == {"description": "", "supportedRegions": Members(()), "privateProjects": Members(())}


def test_repeated_members_count_once_and_whole_numbers_stay_numbers() -> None:
    desired = CONNECTOR.desired({"integrationTypes": ["tax", "tax"], "creator": {"noOfContributors": Decimal("4.0")}})
    assert desired == {"integrationTypes": Members(("tax",)), "creator.noOfContributors": 4}


def test_a_draft_is_read() -> None:
    live = CONNECTOR.observe(DRAFT)
    assert (live.remote_id, live.version) == (DRAFT["id"], 7)
    assert live.fields.keys() == CONNECTOR.by_path.keys()
    assert live.fields["creator.noOfContributors"] == Known(4)
    assert live.fields["repository"] == Known(Parts({"url": "git@github.com:acme/tax.git", "tag": "v1"}))
    assert live.fields["supportedRegions"] == Known(Members(("europe-west1.gcp",)))
    assert live.fields["description"] == ABSENT


@pytest.mark.parametrize("empty", [None, "", []])
def test_absent_null_and_empty_are_one(empty: object) -> None:
    emptied = {**DRAFT, "description": empty, "privateProjects": empty, "repository": empty, "creator": empty}
    live = CONNECTOR.observe(emptied)
    for path in ("description", "privateProjects", "repository", "creator.email"):
        assert live.fields[path] == ABSENT


def test_a_repeated_live_member_counts_once() -> None:
    live = CONNECTOR.observe({**DRAFT, "privateProjects": ["a:bb", "a:bb"]})
    assert live.fields["privateProjects"] == Known(Members(("a:bb",)))


def test_a_bare_member_is_a_set_of_one() -> None:
    assert CONNECTOR.observe({**DRAFT, "integrationTypes": "tax"}).fields["integrationTypes"] == Known(
        Members(("tax",))
    )


@pytest.mark.parametrize(
    ("raw", "read"),
    [("true", "true"), ("false", "false"), ("pending", "pending"), (True, "true"), (False, "false"), (None, "none")],
)
def test_previewable_is_always_text(raw: object, read: str) -> None:
    lifecycle = CONNECTOR.observe({**DRAFT, "isPreviewable": raw}).lifecycle
    assert lifecycle is not None
    assert lifecycle.previewable == read


def test_the_lifecycle_is_read_with_every_report_entry() -> None:
    entry = {"type": "Error", "title": "No file", "createdAt": "2023-08-08T12:20:31.143Z", "application": "app-1"}
    lifecycle = CONNECTOR.observe(
        {
            **DRAFT,
            "private": False,
            "alreadyListed": True,
            "hasChanges": "false",
            "status": "Archived",
            "certificationInfo": {"comments": [{"userId": "acme", "comment": "Ready."}]},
            "previewableReport": {"entries": [entry, {"type": "Warning", "title": "Slow", "message": None}]},
            "publishingReport": None,
        }
    ).lifecycle
    assert lifecycle is not None
    assert (lifecycle.private, lifecycle.listed, lifecycle.has_changes, lifecycle.status) == (
        False,
        True,
        False,
        "Archived",
    )
    assert lifecycle.comments == ("Ready.",)
    assert lifecycle.preview_report == (
        ReportEntry(kind="Error", title="No file", application="app-1", created_at="2023-08-08T12:20:31.143Z"),
        ReportEntry(kind="Warning", title="Slow"),
    )
    assert lifecycle.publish_report == ()


@pytest.mark.parametrize(
    "broken",
    [
        {"version": None},
        {"version": True},
        {"version": "7"},
        {"id": None},
        {"name": {"en": "Tax"}},
        {"creator": "Jane"},
        {"creator": {"noOfContributors": "many"}},
        {"repository": "git@github.com:acme/tax.git"},
        {"supportedRegions": [{}]},
        {"certificationInfo": {"comments": ["Ready."]}},
    ],
)
def test_a_draft_of_another_shape_is_not_guessed_at(broken: dict[str, object]) -> None:
    with pytest.raises(UnexpectedAnswer):
        CONNECTOR.observe({**DRAFT, **broken})


def test_creation_carries_every_field_and_nothing_follows() -> None:
    desired = CONNECTOR.desired(EVERY_FIELD)
    assert CONNECTOR.creation(desired) == (desired, {})
    assert payloads.draft("acme-tax", desired) == {"key": "acme-tax", **EVERY_FIELD}


def test_a_draft_carries_nothing_empty() -> None:
    desired = CONNECTOR.desired({"name": "Tax", "description": "", "supportedRegions": [], "privateProjects": []})
    assert payloads.draft("acme-tax", desired) == {"key": "acme-tax", "name": "Tax"}


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        (SetValue("creator.logoUrl", "u"), {"action": "setCreatorLogo", "logoUrl": "u"}),
        (SetMembers("supportedRegions", ("a", "b")), {"action": "setSupportedRegions", "regions": ["a", "b"]}),
        (AddMember("privateProjects", "a:b"), {"action": "addPrivateProject", "privateProject": "a:b"}),
        (RemoveMember("privateProjects", "a:b"), {"action": "removePrivateProject", "privateProject": "a:b"}),
        (SetParts("repository", {"url": "u", "tag": "t"}), {"action": "setRepository", "url": "u", "tag": "t"}),
        (RequestPreview(), {"action": "updatePreviewable"}),
        (Publish(certification=False), {"action": "publish", "certification": False}),
        (Unlist(), {"action": "unlist"}),
        (AddComment("Ready."), {"action": "addCertificationComment", "comment": "Ready."}),
    ],
)
def test_actions_are_spelled_as_the_api_does(action: FieldAction | ProcessAction, sent: dict[str, object]) -> None:
    assert payloads.actions([action]) == [sent]
    assert platform_name(Kind.CONNECTOR, action) == sent["action"]


def test_a_creation_and_a_deletion_have_no_name_of_connect() -> None:
    assert [platform_name(Kind.CONNECTOR, action) for action in (Create({}), Delete("over"))] == ["", ""]


@pytest.mark.parametrize(
    "action",
    [
        AddElement("brands", ("a",), {}),
        RemoveElement("brands", ("a",)),
        Delete("over"),
        SetValue("privateProjects", "a"),
        AddMember("name", "a"),
    ],
)
def test_an_action_that_connectors_lack_is_never_sent(action: FieldAction | ProcessAction) -> None:
    with pytest.raises(TypeError):
        payloads.actions([action])


@pytest.mark.parametrize(
    ("action", "members", "result"),
    [
        (Publish(certification=False), {"status": "Published"}, "Tag v1 is published."),
        # A certification has reached its goal when the review begins.
        (Publish(certification=True), {"status": "InCertification"}, ""),
        (RequestPreview(), {"isPreviewable": "true"}, "Tag v1 has a preview build."),
        (Unlist(), {"status": "Published"}, ""),
    ],
)
def test_the_result_of_a_process_names_the_tag(action: ProcessAction, members: dict[str, object], result: str) -> None:
    assert CONNECTOR.lifecycle.results([action], CONNECTOR.observe({**DRAFT, **members})) == result
