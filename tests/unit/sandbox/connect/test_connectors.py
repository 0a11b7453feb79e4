import pytest

from connect_api import DRAFTS, refusal, taken
from deployments_api import CONNECTOR, CONTRACT, DeploymentsApi
from trueup.sandbox.store import Document

PUBLISHED = "/connectors/key=acme-tax"


def read(api: DeploymentsApi, address: str = "key=acme-tax") -> Document:
    return taken(api.call("GET", f"/connectors/{address}"))


def test_a_published_connector_has_no_private_projects_and_no_state_of_its_draft() -> None:
    api = DeploymentsApi({"privateProjects": ["europe-west1.gcp:acme-shop"], "apiClient": {"scopes": ["x"]}})
    members = {*CONNECTOR, "certified", "private"} - {"status", "alreadyListed"}
    assert read(api).keys() == members
    assert read(api, CONNECTOR["id"]) == read(api)


@pytest.mark.parametrize("scope", ["manage_project", "manage_connectors", "view_connectors"])
def test_it_is_read_with_the_scopes_of_connectors(scope: str) -> None:
    assert DeploymentsApi(granted_scopes=[scope]).call("GET", PUBLISHED).status_code == 200
    without = DeploymentsApi(granted_scopes=["manage_connectors_deployments"])
    assert refusal(without.call("GET", PUBLISHED)) == (403, ["insufficient_scope"])


def test_a_draft_that_was_never_published_is_no_connector() -> None:
    api = DeploymentsApi({"status": "Draft", "alreadyListed": False})
    for address in ("key=acme-tax", CONNECTOR["id"], "key=nobody"):
        assert refusal(api.call("GET", f"/connectors/{address}")) == (404, ["ResourceNotFound"])
    assert refusal(api.call("GET", "/connectors/no-id")) == (400, ["InvalidPathParam"])


def test_a_publication_copies_the_content_of_its_request() -> None:
    api = DeploymentsApi()
    api.acted({"action": "setRepository", "tag": "v1.5.0"}, {"action": "publish", "certification": False})
    assert read(api)["repository"]["tag"] == "v1.4.0"
    api.clock.advance(60)
    connector, draft = read(api), api.get()
    assert (connector["repository"]["tag"], connector["version"], draft["version"]) == ("v1.5.0", 8, 9)
    api.acted({"action": "setName", "name": "New"})
    assert read(api) == connector


def test_a_publication_copies_the_contract_of_its_request() -> None:
    api = DeploymentsApi()
    api.acted({"action": "publish", "certification": False})
    api.edit({"connector": "acme-tax", "set": {"configurations": []}})
    api.clock.advance(60)
    assert (read(api)["configurations"], api.get()["configurations"]) == (CONTRACT["configurations"], [])


def test_a_failed_publication_leaves_the_connector_as_it_is() -> None:
    api = DeploymentsApi(publish_result="Failed")
    before = read(api)
    api.publish("v1.5.0")
    assert read(api) == before


def test_certification_is_shown_on_the_connector() -> None:
    api = DeploymentsApi()
    api.acted({"action": "publish", "certification": True})
    api.clock.advance(600)
    assert (read(api)["certified"], read(api)["private"]) == (True, False)


def test_deleting_the_draft_deletes_the_connector() -> None:
    api = DeploymentsApi()
    taken(api.call("DELETE", f"{DRAFTS}/key=acme-tax"))
    assert refusal(api.call("GET", PUBLISHED)) == (404, ["ResourceNotFound"])


def test_a_seed_can_give_the_connector_other_content_than_the_draft() -> None:
    repository = {"url": "git@github.com:acme/tax.git", "tag": "v1.3.0"}
    contracts: Document = {"v1.3.0": {"configurations": []}}
    api = DeploymentsApi({"sandbox": {"connector": {"version": 3, "repository": repository}, "contracts": contracts}})
    connector = read(api)
    assert (connector["version"], connector["repository"], connector.get("configurations")) == (3, repository, None)
    assert api.get()["configurations"] == CONTRACT["configurations"]


def test_a_contract_of_a_seed_is_that_of_every_tag() -> None:
    api = DeploymentsApi()
    api.acted({"action": "setRepository", "tag": "v9"})
    assert api.get()["globalConfiguration"] == CONTRACT["globalConfiguration"]


def test_a_seed_can_give_a_tag_a_contract_of_its_own() -> None:
    own = {"configurations": [], "apiClient": {"scopes": ["view_products"]}}
    api = DeploymentsApi({"sandbox": {"contracts": {"v9": own}}})
    api.acted({"action": "setRepository", "tag": "v9"})
    draft = api.get()
    assert (draft["configurations"], draft["apiClient"], draft.get("globalConfiguration")) == (
        [],
        own["apiClient"],
        None,
    )


@pytest.mark.parametrize("name", ["configurations", "globalConfiguration", "apiClient"])
def test_an_edit_gives_the_tag_that_the_draft_then_has_a_contract(name: str) -> None:
    api = DeploymentsApi()
    value = {"configurations": [], "globalConfiguration": {"standardConfiguration": []}, "apiClient": {"scopes": []}}
    assert api.edit({"connector": "acme-tax", "set": {"repository.tag": "v8", name: value[name]}}) == 1
    assert api.get()[name] == value[name]
    api.acted({"action": "setRepository", "tag": "v9"})
    assert api.get().get(name) == CONTRACT.get(name)
    api.acted({"action": "setRepository", "tag": "v8"})
    assert api.get()[name] == value[name]


def test_an_edit_can_give_another_tag_a_contract() -> None:
    api = DeploymentsApi()
    api.edit({"connector": "acme-tax", "set": {"_sandbox.contracts": {"v9": {"configurations": []}}}})
    assert api.get()["configurations"]
    api.acted({"action": "setRepository", "tag": "v9"})
    assert api.get()["configurations"] == []


@pytest.mark.parametrize(
    ("form", "shown"),
    [("sample", {"integrationTypes": []}), ("omit", {}), ("null", {"integrationTypes": None, "configurations": None})],
)
def test_unset_members_have_the_form_of_the_switch(form: str, shown: Document) -> None:
    unset: Document = {
        "integrationTypes": [],
        "configurations": [],
        "globalConfiguration": None,
        "supportedRegions": [],
    }
    connector = read(DeploymentsApi(unset, empty_values=form))
    names = ("integrationTypes", "configurations")
    assert {name: connector[name] for name in names if name in connector} == shown
    assert ("globalConfiguration" in connector) == (form == "null")
