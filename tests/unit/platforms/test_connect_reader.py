from collections.abc import Sequence
from dataclasses import replace

import httpx
import pytest

from trueup.errors import NotAuthorised, Unavailable, UnexpectedAnswer
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.reader import NamelessReader, ReadAll, Reader, Wanted
from unit.platforms.doubles import Network, Organization, connector, draft, granted, html, in_turn, refusal

PAGE, GET = "GET /connectors/drafts", "GET /connectors/drafts/key="


def organization(size: int) -> Organization:
    return Organization([draft(f"k{number}") for number in range(size)])


def read_all(network: Network, keys: Sequence[str]) -> ReadAll:
    return network.reading(lambda reader: reader.read_all([connector(key) for key in keys]))


def read(network: Network, key: str) -> Reading:
    return network.reading(lambda reader: reader.read(connector(key)))


def kinds(answer: ReadAll) -> dict[str, type[Reading]]:
    return {identity.value: type(reading) for identity, reading in answer.readings.items()}


@pytest.mark.parametrize(
    ("size", "requests"),
    [(499, 2), (500, 2), (501, 3), (1200, 4), (3000, 7), pytest.param(10_500, 22, marks=pytest.mark.slow)],
)
def test_planning_n_connectors_costs_a_token_and_the_pages(size: int, requests: int) -> None:
    network = Network(organization(size))
    answer = read_all(network, [f"k{number}" for number in range(size)])
    assert len(network.requests) == requests
    assert set(kinds(answer).values()) == {Live}
    assert answer.unmanaged == 0


def test_pages_are_asked_for_in_a_stable_order() -> None:
    network = Network(organization(1200))
    read_all(network, [f"k{number}" for number in range(1200)])
    queries = [dict(request.url.params) for request in network.requests[1:]]
    assert queries == [{"limit": "500", "offset": str(at), "sort": "createdAt asc"} for at in (0, 500, 1000)]


def test_one_wanted_connector_is_read_by_key() -> None:
    network = Network(organization(1200))
    answer = read_all(network, ["k1100"])
    assert network.paths == ["POST /oauth/token", f"{GET}k1100"]
    assert kinds(answer) == {"k1100": Live}
    assert answer.unmanaged is None


def test_fewer_missing_drafts_than_remaining_pages_are_read_by_key() -> None:
    network = Network(organization(2200))
    answer = read_all(network, ["k1", "k600", "k2199"])
    assert sorted(network.paths[1:]) == [PAGE, f"{GET}k2199", f"{GET}k600"]
    assert kinds(answer) == {"k1": Live, "k600": Live, "k2199": Live}
    assert answer.unmanaged == 2197


def test_drafts_on_the_first_page_need_no_more_requests() -> None:
    network = Network(organization(2200))
    assert kinds(read_all(network, ["k1", "k2"])) == {"k1": Live, "k2": Live}
    assert network.paths[1:] == [PAGE]


def test_no_wanted_drafts_need_no_request() -> None:
    network = Network(organization(5))
    assert read_all(network, []) == ReadAll(readings={})
    assert network.requests == []


def test_a_draft_on_no_page_is_missing() -> None:
    network = Network(organization(700))
    answer = read_all(network, ["k1", "k699", "none", "nor-this"])
    assert kinds(answer) == {"k1": Live, "k699": Live, "none": Missing, "nor-this": Missing}
    assert answer.unmanaged == 698
    assert network.paths[1:] == [PAGE, PAGE]


def test_an_empty_organization_has_no_drafts() -> None:
    assert kinds(read_all(Network(organization(0)), ["a", "b"])) == {"a": Missing, "b": Missing}


@pytest.mark.slow
def test_drafts_beyond_the_last_offset_are_read_in_descending_order() -> None:
    size = 12_300
    network = Network(organization(size))
    answer = read_all(network, [f"k{number}" for number in range(size)])
    assert set(kinds(answer).values()) == {Live}
    assert len(network.requests) == 1 + 25
    backwards = [dict(request.url.params) for request in network.requests if "desc" in str(request.url)]
    assert sorted(int(query["offset"]) for query in backwards) == [0, 500, 1000, 1500]


@pytest.mark.slow
def test_drafts_that_no_offset_reaches_are_read_by_key() -> None:
    network = Network(organization(21_100))
    middle = [f"k{number}" for number in range(10_500, 10_600)]
    answer = read_all(network, [*(f"k{number}" for number in range(0, 10_500, 250)), *middle, "none"])
    assert set(kinds(answer).values()) == {Live, Missing}
    assert answer.readings[connector("none").identity] == Missing()
    by_key = [path.removeprefix(GET) for path in network.paths if path.startswith(GET)]
    assert sorted(by_key) == [*middle, "none"]
    assert network.paths.count(PAGE) == 42


def test_a_draft_that_moves_between_pages_is_not_missing() -> None:
    def delete_one(organization: Organization, number: int) -> None:
        if number == 2:
            del organization.drafts[0]

    network = Network(Organization([draft(f"k{number}") for number in range(1200)], on_page=delete_one))
    keys = [f"k{number}" for number in range(1, 1200)]
    answer = read_all(network, keys)
    assert set(kinds(answer).values()) == {Live}
    assert f"{GET}k500" in network.paths


def test_drafts_created_while_paging_are_counted_and_found() -> None:
    def create_many(organization: Organization, number: int) -> None:
        if number == 2:
            organization.drafts.extend(draft(f"new{n}") for n in range(400))

    network = Network(Organization([draft(f"k{number}") for number in range(900)], on_page=create_many))
    answer = read_all(network, [*(f"k{number}" for number in range(900)), "new399"])
    assert set(kinds(answer).values()) == {Live}
    assert answer.unmanaged == 399
    assert network.paths[1:] == [PAGE] * 3


def test_pages_shorter_than_the_limit_are_read_to_the_end() -> None:
    network = Network(Organization([draft(f"k{number}") for number in range(250)], page_cap=100))
    answer = read_all(network, [f"k{number}" for number in range(250)])
    assert set(kinds(answer).values()) == {Live}
    assert network.paths[1:] == [PAGE] * 3


def test_a_listing_that_keeps_changing_is_repeated_and_then_read_by_key() -> None:
    def churn(organization: Organization, number: int) -> None:
        if number in {2, 5}:
            del organization.drafts[:60]

    network = Network(Organization([draft(f"k{number}") for number in range(1200)], on_page=churn))
    answer = read_all(network, [f"k{number}" for number in range(1200)])
    assert network.paths.count(PAGE) == 6
    found = {key for key, kind in kinds(answer).items() if kind is Live}
    assert found >= {f"k{number}" for number in range(120, 1200)}
    assert Unreadable not in kinds(answer).values()


def test_a_refused_sort_expression_is_omitted() -> None:
    inner = organization(700)

    def answer(request: httpx.Request) -> httpx.Response:
        return refusal(400, "InvalidQueryParam") if "sort" in request.url.params else inner(request)

    network = Network(answer)
    assert set(kinds(read_all(network, [f"k{number}" for number in range(700)])).values()) == {Live}
    assert network.paths[1:] == [PAGE] * 3


def test_an_unsorted_listing_follows_a_growing_total_too() -> None:
    def create_many(organization: Organization, number: int) -> None:
        if number == 2:
            organization.drafts.extend(draft(f"new{n}") for n in range(400))

    inner = Organization([draft(f"k{number}") for number in range(900)], on_page=create_many)

    def answer(request: httpx.Request) -> httpx.Response:
        return refusal(400, "InvalidQueryParam") if "sort" in request.url.params else inner(request)

    network = Network(answer)
    read_all(network, [*(f"k{number}" for number in range(900)), "new399"])
    assert network.paths[1:] == [PAGE] * 4


def test_two_drafts_with_one_key_are_an_error_for_that_key_only() -> None:
    network = Network(Organization([draft("twin", 1), draft("single"), draft("twin", 2)]))
    answer = read_all(network, ["twin", "single"])
    assert kinds(answer) == {"twin": Unreadable, "single": Live}
    twin = answer.readings[connector("twin").identity]
    assert isinstance(twin, Unreadable)
    assert "id-twin-1, id-twin-2" in str(twin.error)


def test_unwanted_drafts_with_one_key_do_not_matter() -> None:
    network = Network(Organization([draft("twin", 1), draft(None, 1), draft(None, 2), draft("twin", 2), draft("a")]))
    answer = read_all(network, ["a", "b"])
    assert kinds(answer) == {"a": Live, "b": Missing}
    assert answer.unmanaged == 4


def test_a_draft_listed_on_two_pages_is_one_draft() -> None:
    def create_in_front(organization: Organization, number: int) -> None:
        if number == 2:
            organization.drafts.insert(0, draft("newest"))

    network = Network(Organization([draft(f"k{number}") for number in range(600)], on_page=create_in_front))
    assert set(kinds(read_all(network, [f"k{number}" for number in range(600)])).values()) == {Live}


def test_an_unreadable_draft_does_not_affect_others() -> None:
    network = Network(Organization([draft("odd", version="three"), draft("fine")]))
    assert kinds(read_all(network, ["odd", "fine"])) == {"odd": Unreadable, "fine": Live}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (html(502), Unavailable),
        (refusal(403, "insufficient_scope"), NotAuthorised),
        (refusal(401, "invalid_token"), NotAuthorised),
        (html(404), UnexpectedAnswer),
        (httpx.Response(200, json={"results": []}), UnexpectedAnswer),
        (httpx.Response(200, json={"results": {}, "total": 0}), UnexpectedAnswer),
        (httpx.Response(200, json={"results": ["x"], "total": 1}), UnexpectedAnswer),
        (httpx.Response(200, json={"results": [{"key": "a"}], "total": 1}), UnexpectedAnswer),
    ],
)
def test_a_listing_that_fails_makes_the_whole_target_unreadable(answer: httpx.Response, error: type) -> None:
    readings = read_all(Network(in_turn(answer)), ["a", "b"]).readings
    assert {type(reading.error) for reading in readings.values() if isinstance(reading, Unreadable)} == {error}
    assert len(readings) == 2


def test_a_later_page_that_fails_makes_the_whole_target_unreadable() -> None:
    inner = organization(1200)

    def answer(request: httpx.Request) -> httpx.Response:
        return html(502) if request.url.params.get("offset") == "1000" else inner(request)

    readings = read_all(Network(answer), [f"k{number}" for number in range(1200)]).readings
    assert {type(reading) for reading in readings.values()} == {Unreadable}


def test_a_failure_of_the_target_names_no_single_connector() -> None:
    inner = organization(2200)

    def answer(request: httpx.Request) -> httpx.Response:
        return html(502) if "key=" in request.url.path else inner(request)

    reading = read_all(Network(answer), ["k1", "k2199"]).readings[connector("k1").identity]
    assert isinstance(reading, Unreadable)
    assert "k2199" not in str(reading.error)


def test_only_the_platforms_own_404_means_missing() -> None:
    assert read(Network(in_turn(refusal(404, "ResourceNotFound"))), "a") == Missing()
    assert isinstance(read(Network(in_turn(html(404))), "a"), Unreadable)
    elsewhere = httpx.Response(404, json={"statusCode": 1404, "message": "Not found"})
    assert isinstance(read(Network(in_turn(elsewhere)), "a"), Unreadable)
    assert isinstance(read(Network(in_turn(refusal(400, "InvalidPathParam"))), "a"), Unreadable)
    assert isinstance(read(Network(in_turn(refusal(403, "insufficient_scope"))), "a"), Unreadable)


def test_an_answer_with_another_key_is_refused() -> None:
    reading = read(Network(in_turn(httpx.Response(200, json=draft(None)))), "a")
    assert isinstance(reading, Unreadable)
    assert "asked for the connector draft 'a'" in str(reading.error)


def test_a_draft_whose_id_is_known_is_found_without_its_key() -> None:
    not_found = refusal(404, "ResourceNotFound")
    lost = httpx.Response(200, json={**draft(None), "id": "id-7"})
    network = Network(in_turn(not_found, lost))
    reading = network.reading(lambda reader: reader.read(replace(connector("tax"), remote_id="id-7")))
    assert network.paths[1:] == [f"{GET}tax", f"{PAGE}/id-7"]
    assert isinstance(reading, Live)
    assert (reading.remote_id, reading.lost_key) == ("id-7", True)


@pytest.mark.parametrize(("answer", "kind"), [(refusal(404, "ResourceNotFound"), Missing), (html(404), Unreadable)])
def test_a_draft_found_by_neither_key_nor_id_is_missing(answer: httpx.Response, kind: type) -> None:
    network = Network(in_turn(refusal(404, "ResourceNotFound"), answer))
    reading = network.reading(lambda reader: reader.read(replace(connector("tax"), remote_id="id-7")))
    assert isinstance(reading, kind)


def test_a_read_is_always_fresh() -> None:
    network = Network(in_turn(httpx.Response(200, json=draft("a")), httpx.Response(200, json=draft("a", version=9))))

    async def twice(reader: object) -> list[object]:
        wanted: Wanted = connector("a")
        return [await reader.read(wanted), await reader.read(wanted)]  # type: ignore[attr-defined]

    first, second = network.reading(twice)
    assert isinstance(first, Live)
    assert isinstance(second, Live)
    assert (first.version, second.version) == (3, 9)


def test_all_pages_use_one_token() -> None:
    calls = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            calls.append(request)
            return granted()
        return inner(request)

    inner = organization(3000)
    read_all(Network(answer), [f"k{number}" for number in range(3000)])
    assert len(calls) == 1


def test_a_missing_key_names_an_existing_one_that_looks_the_same() -> None:
    answer = read_all(Network(organization(5)), ["K1", "k2", "other"])
    found = {identity.value: reading for identity, reading in answer.readings.items()}
    assert found["K1"] == Missing(alike="k1")
    assert isinstance(found["k2"], Live)
    assert found["other"] == Missing()


def test_a_single_missing_key_is_compared_with_keys_that_look_the_same() -> None:
    network = Network(organization(1200))
    assert read_all(network, ["K700"]).readings == {connector("K700").identity: Missing(alike="k700")}
    assert network.paths == ["POST /oauth/token", f"{GET}K700", *["GET /connectors/drafts"] * 3]


def test_creating_a_single_connector_lists_drafts_once() -> None:
    network = Network(organization(3))

    async def use(reader: Reader) -> None:
        await reader.read_all([connector("new")])
        assert isinstance(reader, NamelessReader)
        assert (await reader.nameless()).names == frozenset()

    network.reading(use)
    assert network.paths.count("GET /connectors/drafts") == 1


def test_a_single_missing_key_stays_missing_when_the_listing_fails() -> None:
    network = Network(in_turn(refusal(404, "ResourceNotFound"), refusal(403, "insufficient_scope")))
    assert read_all(network, ["k1"]).readings == {connector("k1").identity: Missing()}


def test_a_draft_created_between_the_two_reads_is_live() -> None:
    inner, first = organization(5), [refusal(404, "ResourceNotFound")]

    def answer(request: httpx.Request) -> httpx.Response:
        return first.pop() if first and request.url.path.endswith("key=k1") else inner(request)

    assert kinds(read_all(Network(answer), ["k1"])) == {"k1": Live}


def test_a_wanted_key_is_not_reported_as_a_look_alike() -> None:
    answer = read_all(Network(organization(5)), ["K1", "k1"])
    assert {identity.value: reading for identity, reading in answer.readings.items()}["K1"] == Missing()
