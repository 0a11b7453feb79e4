from uuid import UUID

import pytest

from connect_api import DRAFTS, REPOSITORY, ConnectApi, details, refusal, taken

FULL = {
    "key": "k1",
    "name": "n",
    "description": "d",
    "integrationTypes": ["tax", "giftcard"],
    "creator": {
        "email": "a@b.c",
        "name": "",
        "title": "Mr",
        "company": "Acme",
        "logoUrl": "https://acme.example/logo.png",
        "noOfContributors": 0,
        "supportUrl": "https://acme.example/support",
    },
    "repository": {"url": "https://github.com/acme/tax.git", "tag": "v1"},
    "supportedRegions": ["us-east-2.aws", "europe-west1.gcp"],
    "privateProjects": ["europe-west1.gcp:shop-1"],
    "documentationUrl": "https://acme.example/docs",
}


def test_a_draft_holds_everything_that_its_creation_carried() -> None:
    assert FULL.items() <= ConnectApi().created(**FULL).items()


def test_a_new_draft_is_in_its_initial_state() -> None:
    draft = ConnectApi().created()
    start = {"version": 1, "private": True, "status": "Draft", "isPreviewable": "none", "alreadyListed": False}
    assert (start | {"hasChanges": False}).items() <= draft.items()
    assert str(UUID(draft["id"])) == draft["id"]


def test_a_new_draft_is_read_back_as_it_was_answered() -> None:
    api = ConnectApi()
    draft = api.created(**FULL)
    assert api.get("key=k1") == draft == api.get(draft["id"])


def test_a_draft_may_have_no_key() -> None:
    draft = ConnectApi().created(key=None)
    assert "key" not in draft


def test_read_only_and_unknown_fields_are_dropped_in_silence() -> None:
    sent = {"id": "1", "version": 9, "status": "Published", "isPreviewable": "true", "private": False, "colour": "red"}
    draft = ConnectApi().created(**sent, creator={"email": "a@b.c", "noOfDevelopers": 3})
    assert (draft["version"], draft["status"], draft["isPreviewable"], draft["private"]) == (1, "Draft", "none", True)
    assert draft["id"] != "1"
    assert "colour" not in draft
    assert draft["creator"] == {"email": "a@b.c"}


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"name": None}, "name: Missing required value"),
        ({"creator": None}, "creator: Missing required value"),
        ({"creator": {}}, "creator.email: Missing required value"),
        ({"creator": "Acme"}, "creator: Expected an object"),
        ({"creator": {"email": "nobody"}}, "creator.email: Expected an e-mail address"),
        ({"creator": {"email": "a@b.c", "noOfContributors": "4"}}, "creator.noOfContributors: Expected an integer"),
        ({"creator": {"email": "a@b.c", "noOfContributors": True}}, "creator.noOfContributors: Expected an integer"),
        ({"creator": {"email": "a@b.c", "name": None}}, "creator.name: Expected a string"),
        ({"repository": None}, "repository: Missing required value"),
        ({"repository": {"url": REPOSITORY["url"]}}, "repository.tag: Missing required value"),
        ({"repository": {"tag": "v1"}}, "repository.url: Missing required value"),
        ({"repository": {"url": "ftp://x/y", "tag": "v1"}}, "repository.url: Expected an https or ssh URL"),
        ({"repository": {**REPOSITORY, "tag": 1}}, "repository.tag: Expected a string"),
        ({"key": "a"}, "key: Expected a string matching"),
        ({"key": "a b"}, "key: Expected a string matching"),
        ({"key": "x" * 257}, "key: Expected a string matching"),
        ({"integrationTypes": "tax"}, "integrationTypes: Expected an array"),
        ({"integrationTypes": ["taxes"]}, "integrationTypes: Unexpected value 'taxes'"),
        ({"supportedRegions": ["moon.gcp"]}, "supportedRegions: Unexpected value 'moon.gcp'"),
        ({"privateProjects": ["shop-1"]}, "privateProjects: Expected region:projectKey"),
        ({"privateProjects": [7]}, "privateProjects: Expected region:projectKey"),
        ({"documentationUrl": 7}, "documentationUrl: Expected a string"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, object], detail: str) -> None:
    answer = ConnectApi().create(**fields)
    assert refusal(answer) == (400, ["InvalidJsonInput"])
    assert details(answer)[0].startswith(detail)


def test_null_is_not_a_value() -> None:
    body = {"name": "n", "description": None, "creator": {"email": "a@b.c"}, "repository": REPOSITORY}
    answer = ConnectApi().call("POST", DRAFTS, json=body)
    assert details(answer) == ["description: Expected a string"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    answer = ConnectApi().create(name=None, key="a", creator={})
    assert refusal(answer) == (400, ["InvalidJsonInput"] * 3)


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '"text"', "null", '{"name": NaN}', '{"name": "\\ud800"}', "[" * 100_000, b"\xff"]
)
def test_a_body_that_is_not_an_object_is_refused_and_logged(body: str | bytes) -> None:
    api = ConnectApi()
    assert refusal(api.call("POST", DRAFTS, content=body)) == (400, ["InvalidJsonInput"])
    assert api.send("GET", "/_sandbox/requests").status_code == 200


def test_a_key_can_be_used_once() -> None:
    api = ConnectApi()
    api.created()
    answer = api.create(name="Another")
    assert refusal(answer) == (400, ["DuplicateField"])
    assert {"field": "key", "duplicateValue": "acme-tax"}.items() <= answer.json()["errors"][0].items()
    assert len(api.stored()) == 1


def test_drafts_without_key_are_all_different() -> None:
    api = ConnectApi()
    assert api.created(key=None)["id"] != api.created(key=None)["id"]


def test_configurations_are_those_of_repository_and_tag() -> None:
    api = ConnectApi()
    first, second = api.created(key="k1"), api.created(key="k2")
    other = api.created(key="k3", repository={**REPOSITORY, "tag": "v2"})
    assert first["configurations"] == second["configurations"] != other["configurations"]
    assert first["configurations"][0]["applicationName"] == "tax"


def test_the_same_requests_give_the_same_ids_in_every_run() -> None:
    assert ConnectApi().created() == ConnectApi().created()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("unreachable", "GitRepositoryNotReachable"),
        ("no-specification", "ConnectorSpecificationFileNotFound"),
        ("invalid-specification", "ConnectorSpecificationFileNotValid"),
    ],
)
def test_a_repository_that_cannot_be_used_is_refused(fault: str, code: str) -> None:
    api = ConnectApi(repositories={"tax.git@v9": fault})
    assert refusal(api.create(repository={**REPOSITORY, "tag": "v9"})) == (422, [code])
    assert api.stored() == []
    taken(api.create(), 201)


def test_switch_git_suffix_asks_for_dot_git() -> None:
    bare = {"url": "https://github.com/acme/tax", "tag": "v1"}
    assert ConnectApi().create(repository=bare).status_code == 201
    assert refusal(ConnectApi(git_suffix="required").create(repository=bare)) == (400, ["InvalidJsonInput"])


def test_switch_empty_text_refuses_it_at_any_depth() -> None:
    api = ConnectApi(empty_text="refuse")
    answer = api.create(description="", creator={"email": "a@b.c", "title": ""})
    assert sorted(details(answer)) == ["creator.title: Must not be empty", "description: Must not be empty"]


def test_switch_empty_text_lets_unknown_fields_be() -> None:
    assert ConnectApi(empty_text="refuse").create(colour="").status_code == 201


def test_switch_duplicate_keys_accepts_two_drafts_and_addresses_the_older() -> None:
    api = ConnectApi(duplicate_keys="accept")
    first, second = api.created(), api.created(name="Second")
    assert first["id"] != second["id"]
    assert api.get()["id"] == first["id"]
