from uuid import uuid4

import pytest

from connect_api import DRAFTS, ConnectApi, action, details, refusal


def many(api: ConnectApi, count: int) -> None:
    for number in range(count):
        api.plant(key=f"k-{number:04}", name=f"N {number}", integrationTypes=["tax" if number % 2 else "psp"])


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("key=nobody", "The Resource with key 'nobody' was not found."),
        ("00000000-0000-4000-8000-000000000000", "The Resource with ID '00000000-0000-4000-8000-000000000000'"),
    ],
)
def test_an_absent_draft_is_not_found(method: str, address: str, message: str) -> None:
    more = {"json": {"version": 1, "actions": []}} if method == "POST" else {}
    answer = ConnectApi().call(method, f"{DRAFTS}/{address}", **more)
    assert refusal(answer) == (404, ["ResourceNotFound"])
    assert answer.json()["message"].startswith(message)


@pytest.mark.parametrize("address", ["key=a", "key=a.b", "acme-tax", "7"])
def test_an_address_that_can_be_none_is_refused(address: str) -> None:
    assert refusal(ConnectApi().call("GET", f"{DRAFTS}/{address}")) == (400, ["InvalidPathParam"])


def test_a_key_may_look_like_an_id() -> None:
    api, key = ConnectApi(), str(uuid4())
    draft = api.created(key=key)
    assert api.get(f"key={key}") == draft
    assert api.call("GET", f"{DRAFTS}/{key}").status_code == 404


def test_an_unknown_path_is_not_found_in_the_same_shape() -> None:
    assert refusal(ConnectApi().call("GET", "/connectors/drafts/key=acme-tax/nothing")) == (404, ["ResourceNotFound"])


def test_a_page_has_limit_offset_count_and_total() -> None:
    api = ConnectApi()
    many(api, 25)
    page = api.page(offset=20)
    assert (page["limit"], page["offset"], page["count"], page["total"]) == (20, 20, 5, 25)
    assert len(page["results"]) == 5


def test_limit_0_only_counts() -> None:
    api = ConnectApi()
    many(api, 3)
    assert api.page(limit=0) == {"limit": 0, "offset": 0, "count": 0, "total": 3, "results": []}


def test_an_offset_behind_the_end_is_an_empty_page() -> None:
    api = ConnectApi()
    many(api, 3)
    assert (api.page(offset=10_000)["count"], api.page(offset=10_000)["total"]) == (0, 3)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 501},
        {"limit": -1},
        {"limit": "many"},
        {"limit": "9" * 5_000},
        {"offset": 10_001},
        {"offset": -1},
        {"offset": ""},
        {"integrationTypes": "taxes"},
        {"isPrivate": "yes"},
        {"sort": "name asc"},
        {"sort": "createdAt down"},
        {"sort": "createdAt  asc"},
    ],
)
def test_a_parameter_out_of_bounds_is_refused(query: dict[str, object]) -> None:
    answer = ConnectApi().call("GET", DRAFTS, params=query)
    assert refusal(answer) == (400, ["InvalidQueryParam"])
    assert details(answer)[0].startswith(f"{next(iter(query))}: ")


def test_every_wrong_parameter_is_named() -> None:
    answer = ConnectApi().call("GET", DRAFTS, params={"limit": 501, "offset": 10_001})
    assert [detail.partition(":")[0] for detail in details(answer)] == ["limit", "offset"]


@pytest.mark.parametrize("query", [{"where": 'name="x"'}, {"expand": "creator"}, {"withTotal": "false"}])
def test_parameters_of_other_apis_are_ignored(query: dict[str, object]) -> None:
    api = ConnectApi()
    many(api, 2)
    assert api.page(**query)["total"] == 2


def test_a_list_is_sorted_by_creation_and_in_reverse() -> None:
    api = ConnectApi()
    many(api, 3)
    keys = ["k-0000", "k-0001", "k-0002"]
    assert api.keys() == api.keys(sort="createdAt") == api.keys(sort="createdAt asc") == keys
    assert api.keys(sort="createdAt desc") == keys[::-1]
    assert api.keys(sort="createdAt desc", limit=1, offset=1) == ["k-0001"]


def test_a_list_is_sorted_by_the_last_change() -> None:
    api = ConnectApi()
    many(api, 3)
    api.clock.advance(1)
    api.act(action("setName", name="New"), address="key=k-0000")
    assert api.keys(sort="lastModifiedAt desc") == ["k-0000", "k-0002", "k-0001"]
    assert api.keys(sort="lastModifiedAt asc") == ["k-0001", "k-0002", "k-0000"]


def test_switch_sort_fields() -> None:
    api = ConnectApi(sort_fields=["lastModifiedAt", "name"])
    for key, name in (("k1", "B"), ("k2", "A")):
        api.created(key=key, name=name)
    assert refusal(api.call("GET", f"{DRAFTS}?sort=createdAt+asc")) == (400, ["InvalidQueryParam"])
    assert api.keys(sort="name asc") == ["k2", "k1"]
    assert api.keys() == ["k1", "k2"]


def test_sorts_are_applied_one_after_the_other() -> None:
    api = ConnectApi()
    many(api, 3)
    api.clock.advance(1)
    api.act(action("setName", name="New"), address="key=k-0001")
    assert api.keys(sort=["lastModifiedAt asc", "createdAt desc"]) == ["k-0002", "k-0000", "k-0001"]


@pytest.mark.parametrize("query", [{}, {"integrationTypes": ["tax", "psp"]}])
@pytest.mark.parametrize("sort", ["createdAt asc", "createdAt desc", "lastModifiedAt desc"])
def test_pages_fit_together(query: dict[str, object], sort: str) -> None:
    api = ConnectApi()
    many(api, 7)
    whole = api.keys(limit=500, sort=sort, **query)
    assert len(whole) == 7
    assert [key for offset in (0, 3, 6) for key in api.keys(limit=3, offset=offset, sort=sort, **query)] == whole


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"integrationTypes": "tax"}, ["k-0001"]),
        ({"integrationTypes": ["tax", "psp"]}, ["k-0000", "k-0001"]),
        ({"integrationTypes": "erp"}, []),
        ({"isPrivate": "false"}, ["public"]),
        ({"isPrivate": "true"}, ["k-0000", "k-0001"]),
        ({"isPrivate": "true", "integrationTypes": "psp"}, ["k-0000"]),
    ],
)
def test_a_list_is_filtered(query: dict[str, object], keys: list[str]) -> None:
    api = ConnectApi()
    many(api, 2)
    api.plant(key="public", private=False)
    page = api.page(**query)
    assert [draft["key"] for draft in page["results"]] == keys
    assert page["total"] == len(keys)


def test_switch_sort_ignores_or_refuses_sorting() -> None:
    api = ConnectApi(sort="ignore")
    many(api, 2)
    assert api.keys(sort="createdAt desc") == ["k-0000", "k-0001"]
    api.switch(sort="refuse")
    assert api.call("GET", DRAFTS, params={"sort": "createdAt asc"}).status_code == 400
    assert api.keys() == ["k-0000", "k-0001"]


def test_switch_insert_while_paging_adds_a_draft_between_pages() -> None:
    api = ConnectApi(insert_while_paging=True)
    many(api, 3)
    assert api.page(limit=2)["total"] == 3
    assert (api.page(limit=2, offset=2)["total"], api.page(limit=2, offset=4)["total"]) == (4, 5)


def test_a_deleted_draft_is_answered_once_more_and_then_gone() -> None:
    api = ConnectApi()
    draft = api.created()
    assert api.call("DELETE", f"{DRAFTS}/key=acme-tax").json() == draft
    assert api.call("GET", f"{DRAFTS}/{draft['id']}").status_code == 404
    assert api.created()["id"] != draft["id"]


def test_a_draft_of_any_version_is_deleted_by_id() -> None:
    api = ConnectApi()
    draft = api.created()
    api.acted(action("setName", name="New"))
    assert api.call("DELETE", f"{DRAFTS}/{draft['id']}", params={"version": 1}).status_code == 200
    assert api.stored() == []


def test_worlds_know_nothing_of_each_other() -> None:
    api = ConnectApi()
    api.created()
    token = api.token(world="other").json()["access_token"]
    answer = api.send("GET", DRAFTS, world="other", headers={"authorization": f"Bearer {token}"})
    assert answer.json()["total"] == 0
