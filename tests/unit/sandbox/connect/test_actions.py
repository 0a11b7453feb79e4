import pytest

from connect_api import DRAFTS, REPOSITORY, ConnectApi, action, details, refusal, taken

SETTERS = [
    (action("setName", name="New"), "name", "New"),
    (action("setDescription", description="New"), "description", "New"),
    (action("setDescription", description=""), "description", ""),
    (
        action("setRepository", url="git@github.com:acme/vat.git", tag="v2"),
        "repository",
        {"url": "git@github.com:acme/vat.git", "tag": "v2"},
    ),
    (action("setRepository", tag="v2"), "repository", {**REPOSITORY, "tag": "v2"}),
    (action("setSupportedRegions", regions=["us-central1.gcp"]), "supportedRegions", ["us-central1.gcp"]),
    (action("setDocumentationUrl", documentationUrl="https://x.example"), "documentationUrl", "https://x.example"),
    (
        action("setIntegrationTypes", integrationTypes=["promotion", "other"]),
        "integrationTypes",
        ["promotion", "other"],
    ),
    (action("setCreatorName", creatorName="John"), "creator.name", "John"),
    (action("setCreatorTitle", creatorTitle="Mr"), "creator.title", "Mr"),
    (action("setCreatorEmail", creatorEmail="j@b.c"), "creator.email", "j@b.c"),
    (action("setCreatorCompany", creatorCompany="Acme"), "creator.company", "Acme"),
    (action("setCreatorNoOfContributors", creatorNoOfContributors=3), "creator.noOfContributors", 3),
    (action("setCreatorSupportUrl", creatorSupportUrl="https://x.example"), "creator.supportUrl", "https://x.example"),
    (action("setCreatorLogo", logoUrl="https://x.example/l.png"), "creator.logoUrl", "https://x.example/l.png"),
    (action("addPrivateProject", privateProject="r:shop-1"), "privateProjects", ["r:shop-1"]),
    (action("updatePreviewable"), "isPreviewable", "pending"),
    (action("publish", certification=False), "status", "Processing"),
    (action("publish", certification=True), "status", "Processing"),
]


def at(draft: dict[str, object], path: str) -> object:
    found: object = draft
    for name in path.split("."):
        assert isinstance(found, dict)
        found = found[name]
    return found


@pytest.mark.parametrize(("sent", "path", "value"), SETTERS)
def test_an_action_sets_its_field_and_nothing_else(sent: dict[str, object], path: str, value: object) -> None:
    api = ConnectApi()
    before = api.created(description="Old")
    after = api.acted(sent)
    assert at(after, path) == value
    assert api.get() == after
    volatile = {path.partition(".")[0], "version", "hasChanges", "configurations"}
    for name in volatile:
        assert (before.pop(name, None), after.pop(name, None)) != (None, None)
    assert before == after


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        (action("setName"), "name: Missing required value"),
        (action("setName", name=None), "name: Expected a string"),
        (action("setName", name=""), "name: Must not be empty"),
        (action("setDescription"), "description: Missing required value"),
        (action("setDescription", description=None), "description: Expected a string"),
        (action("setRepository", url=REPOSITORY["url"]), "tag: Missing required value"),
        (action("setRepository", url=None, tag="v2"), "url: Expected an https or ssh URL of a git repository"),
        (action("setSupportedRegions", regions=[]), "regions: Expected at least 1 element"),
        (action("setSupportedRegions", supportedRegions=["us-central1.gcp"]), "regions: Missing required value"),
        (action("setSupportedRegions", regions=["us"]), "regions: Unexpected value 'us', expected one of europe-west1"),
        (action("setIntegrationTypes", integrationTypes=None), "integrationTypes: Expected an array"),
        (action("setCreatorEmail", creatorEmail="nobody"), "creatorEmail: Expected an e-mail address"),
        (action("setCreatorEmail", email="a@b.c"), "creatorEmail: Missing required value"),
        (
            action("setCreatorNoOfContributors", creatorNoOfContributors=0),
            "creatorNoOfContributors: Must be at least 1",
        ),
        (action("setCreatorNoOfContributors", creatorNoOfContributors="3"), "creatorNoOfContributors: Expected an int"),
        (action("setCreatorLogo", creatorLogoUrl="https://x.example"), "logoUrl: Missing required value"),
        (action("addPrivateProject", privateProject="shop"), "privateProject: Expected region:projectKey"),
        (action("addPrivateProject", privateProjects=["r:shop"]), "privateProject: Missing required value"),
        (action("removePrivateProject"), "privateProject: Missing required value"),
        (action("publish"), "certification: Missing required value"),
        (action("publish", certification="true"), "certification: Expected a boolean"),
        (action("addCertificationComment"), "comment: Missing required value"),
        (action("setKey", key="other"), "Unknown action 'setKey'"),
        (action("setPrivate", private=False), "Unknown action 'setPrivate'"),
        (action("setCreatorNoOfDevelopers", n=1), "Unknown action 'setCreatorNoOfDevelopers'"),
        ({"name": "New"}, "Unknown action None"),
        (7, "Expected an object"),
    ],
)
def test_a_wrong_payload_is_named(sent: object, detail: str) -> None:
    api = ConnectApi()
    before = api.created()
    answer = api.act(sent)
    assert refusal(answer) == (400, ["InvalidJsonInput"])
    assert details(answer)[0].startswith(f"actions[0]: {detail}")
    assert api.get() == before


def test_an_empty_set_of_types_is_taken() -> None:
    api = ConnectApi()
    api.created(integrationTypes=["tax"])
    assert api.acted(action("setIntegrationTypes", integrationTypes=[]))["integrationTypes"] == []


def test_actions_apply_in_order() -> None:
    api = ConnectApi()
    api.created()
    assert api.acted(action("setName", name="First"), action("setName", name="Last"))["name"] == "Last"


def test_an_update_is_applied_completely_or_not_at_all() -> None:
    api = ConnectApi(repositories={"gone": "unreachable"})
    before = api.created()
    answer = api.act(action("setName", name="New"), action("setRepository", tag="gone"))
    assert refusal(answer) == (422, ["GitRepositoryNotReachable"])
    assert api.get() == before


def test_switch_partial_updates_keeps_what_came_before_the_failure() -> None:
    api = ConnectApi(repositories={"gone": "unreachable"}, partial_updates=True)
    api.created()
    answer = api.act(action("setName", name="New"), action("setRepository", tag="gone"), action("setName", name="No"))
    assert answer.status_code == 422
    assert (api.get()["name"], api.get()["version"]) == ("New", 2)


def test_switch_partial_updates_does_not_change_a_draft_whose_first_action_fails() -> None:
    api = ConnectApi(repositories={"gone": "unreachable"}, partial_updates=True)
    before = api.created()
    assert api.act(action("setRepository", tag="gone")).status_code == 422
    assert api.get() == before


def test_configurations_follow_the_repository() -> None:
    api = ConnectApi()
    before = api.created()
    assert api.acted(action("setRepository", tag="v2"))["configurations"] != before["configurations"]


def test_private_projects_are_added_and_removed_one_by_one() -> None:
    api = ConnectApi()
    api.created(privateProjects=["r:shop-1", "r:shop-2"])
    draft = api.acted(
        action("addPrivateProject", privateProject="r:shop-3"),
        action("removePrivateProject", privateProject="r:shop-1"),
    )
    assert draft["privateProjects"] == ["r:shop-2", "r:shop-3"]


@pytest.mark.parametrize("name", ["addPrivateProject", "removePrivateProject"])
def test_a_public_connector_has_no_private_projects(name: str) -> None:
    api = ConnectApi()
    api.plant(private=False, privateProjects=["r:shop-1"])
    answer = api.act(action(name, privateProject="r:shop-1"))
    assert refusal(answer) == (400, ["ConnectorStagedNotPrivate"])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (action("addPrivateProject", privateProject="r:shop-1"), "DuplicateField"),
        (action("removePrivateProject", privateProject="r:shop-2"), "FieldValueNotFound"),
    ],
)
def test_switch_noop_project(sent: dict[str, object], code: str) -> None:
    api = ConnectApi()
    api.created(privateProjects=["r:shop-1"])
    assert api.acted(sent)["privateProjects"] == ["r:shop-1"]
    api.switch(noop_project="refuse")
    assert refusal(api.act(sent)) == (400, [code])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (action("setIntegrationTypes", integrationTypes=["psp", "tax"]), 400),
        (action("setIntegrationTypes", integrationTypes=["tax", "psp", "tax"]), 400),
        (action("setIntegrationTypes", integrationTypes=["tax", "psp"]), 201),
        (action("setIntegrationTypes", integrationTypes=["psp"]), 201),
        (action("setSupportedRegions", regions=["us-central1.gcp", "europe-west1.gcp"]), 400),
    ],
)
def test_switch_reordered_set(sent: dict[str, object], status: int) -> None:
    api = ConnectApi()
    api.created(integrationTypes=["tax", "psp"], supportedRegions=["europe-west1.gcp", "us-central1.gcp"])
    assert api.act(sent).status_code == status
    api.switch(reordered_set="accept")
    assert api.act(sent).status_code == 201


def test_switch_empty_text_in_an_action() -> None:
    api = ConnectApi(empty_text="refuse")
    api.created()
    answer = api.act(action("setDescription", description=""))
    assert details(answer) == ["actions[0]: description: Must not be empty"]


def test_switch_git_suffix_in_an_action() -> None:
    api = ConnectApi(git_suffix="required")
    api.created()
    assert refusal(api.act(action("setRepository", url="https://x.example/y", tag="v1"))) == (400, ["InvalidJsonInput"])


def test_switch_update_status() -> None:
    api = ConnectApi(update_status=200)
    api.created()
    assert api.act(action("setName", name="New")).status_code == 200


def test_a_comment_is_appended_with_its_time() -> None:
    api = ConnectApi(project_key="acme")
    api.created()
    api.acted(action("addCertificationComment", comment="One"))
    comments = api.acted(action("addCertificationComment", comment="Two"))["certificationInfo"]["comments"]
    assert [entry["comment"] for entry in comments] == ["One", "Two"]
    assert comments[0] == {"userId": "acme", "datetime": "2023-11-14T22:13:20.000Z", "comment": "One"}


def test_switch_comment_outside_certification() -> None:
    api = ConnectApi(comment_outside_certification="refuse")
    api.plant(status="InCertification")
    api.plant(key="draft")
    sent = action("addCertificationComment", comment="One")
    assert api.act(sent).status_code == 201
    assert refusal(api.act(sent, address="key=draft")) == (400, ["InvalidJsonInput"])


def test_a_draft_is_updated_by_id_too() -> None:
    api = ConnectApi()
    draft = api.created()
    taken(api.act(action("setName", name="New"), address=draft["id"]), 201)
    assert api.get()["name"] == "New"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"actions": []}, "version: Missing required value"),
        ({"version": "1", "actions": []}, "version: Expected an integer"),
        ({"version": True, "actions": []}, "version: Expected an integer"),
        ({"version": 1}, "actions: Missing required value"),
        ({"version": 1, "actions": {}}, "actions: Expected an array"),
        ([], "Expected an object"),
    ],
)
def test_an_update_needs_version_and_actions(body: object, detail: str) -> None:
    api = ConnectApi()
    api.created()
    assert details(api.call("POST", f"{DRAFTS}/key=acme-tax", json=body)) == [detail]
