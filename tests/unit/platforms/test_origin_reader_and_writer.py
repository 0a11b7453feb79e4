import json
from dataclasses import replace

import httpx
import pytest

from trueup.errors import (
    LimitReached,
    NotAuthorised,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    Unavailable,
    UnexpectedAnswer,
)
from trueup.model.action import AddElement, Delete, FieldAction, Publish, SetValue
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.reader import Wanted
from trueup.model.value import Known
from unit.platforms.doubles import ORIGIN, Network, certification, html, in_turn, origin_error, success

WANTED = certification("ACME-1")
UUID = "13949a9b-ee17-4760-93e9-7749ff2faa79"
HIT = {"originId": UUID, "externalId": "ACME-1", "certificateNumber": "ABC-1"}
LIVE = Live(fields={}, remote_id=UUID)
NOT_FOUND = success({"entityType": "CERTIFICATION", "searchInfo": {"numberOfElements": "0"}, "data": []})
DONE = success({"entityType": "CERTIFICATION", "result": "Update completed."})


def hits(*found: object, count: object = None) -> httpx.Response:
    info = {"numberOfElements": len(found) if count is None else count, "numberOfPages": "1"}
    return success({"entityType": "CERTIFICATION", "searchInfo": info, "data": list(found)})


def read(network: Network, wanted: Wanted = WANTED) -> Reading:
    return network.reading(lambda reader: reader.read(wanted), ORIGIN)


def error_of(reading: Reading) -> PlatformError:
    assert isinstance(reading, Unreadable)
    assert isinstance(reading.error, PlatformError)
    return reading.error


def by_origin_id(value: str) -> Wanted:
    return Wanted(Identity("origin", Kind.CERTIFICATION, IdField.ORIGIN_ID, value), "fr")


def test_a_certification_is_searched_for_by_its_id_in_its_locale() -> None:
    network = Network(in_turn(hits(HIT)))
    reading = read(network)
    assert isinstance(reading, Live)
    assert reading.remote_id == UUID
    assert reading.fields["certificateNumber"] == Known("ABC-1")
    assert network.paths == ["POST /equinox/connect/v1/certifications/search"]
    criteria = [{"name": "EXTERNALID", "value": "ACME-1"}]
    assert network.bodies() == [{"locale": "en", "pageNumber": 1, "pageSize": 2, "searchCriteria": criteria}]


def test_an_unusual_id_that_is_not_found_is_searched_in_its_plain_form() -> None:
    odd = certification("ACME\u20131")
    network = Network(in_turn(NOT_FOUND, hits(HIT)))
    assert read(network, odd) == Missing(alike="ACME-1")
    asked = [json.loads(request.content)["searchCriteria"][0]["value"] for request in network.requests]
    assert asked == ["ACME\u20131", "ACME-1"]
    assert read(Network(in_turn(NOT_FOUND, NOT_FOUND)), odd) == Missing()
    network = Network(in_turn(NOT_FOUND))
    assert read(network) == Missing()
    assert len(network.paths) == 1


def test_a_hit_that_only_looks_the_same_is_refused() -> None:
    error = error_of(read(Network(in_turn(hits({**HIT, "externalId": "acme\u20111"})))))
    assert "externalId 'acme\u20111 (U+2011 NON-BREAKING HYPHEN)', which looks the same but differs" in str(error)


def test_the_target_s_locale_is_the_default() -> None:
    network = Network(in_turn(NOT_FOUND))
    read(network, certification("ACME-1", locale=None))
    read(network, by_origin_id(UUID))
    first, second = network.bodies()
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert (first["locale"], second["locale"]) == ("en", "fr")
    assert second["searchCriteria"] == [{"name": "ORIGINID", "value": UUID}]


@pytest.mark.parametrize(
    "answer",
    [
        success({"entityType": "CERTIFICATION", "searchInfo": {"numberOfElements": 1}, "data": HIT}),
        success({"data": [HIT]}),
        hits(HIT, count="1"),
        httpx.Response(200, json={"status": [{"state": "SUCCESS"}], "result": {"data": [HIT]}}),
        httpx.Response(200, json={"status": {"state": "SUCCESS"}, "result": [{"data": HIT}]}),
    ],
)
def test_a_list_of_one_may_be_an_object_and_a_count_a_text(answer: httpx.Response) -> None:
    assert isinstance(read(Network(in_turn(answer))), Live)


@pytest.mark.parametrize(
    "answer",
    [NOT_FOUND, success({"data": []}), success({"data": None}), success({"searchInfo": {"numberOfElements": 0}})],
)
def test_a_search_without_a_hit_means_missing(answer: httpx.Response) -> None:
    assert read(Network(in_turn(answer))) == Missing()


@pytest.mark.parametrize(
    "answer",
    [
        hits({**HIT, "externalId": "ACME-2"}),
        hits({**HIT, "externalId": "acme-1"}),
        hits({"originId": UUID}),
        hits({**HIT, "externalId": 7}),
        hits("ACME-1"),
        hits(HIT, {**HIT, "externalId": "ACME-10"}),
        hits(HIT, HIT),
        hits(HIT, count="217"),
        success({"searchInfo": {"numberOfElements": "3"}, "data": []}),
        success({}),
        success(None),
        success("none"),
    ],
)
def test_an_ambiguous_search_result_is_refused(answer: httpx.Response) -> None:
    assert type(error_of(read(Network(in_turn(answer))))) is UnexpectedAnswer


def test_origin_ids_are_the_same_in_either_case() -> None:
    assert isinstance(read(Network(in_turn(hits(HIT))), by_origin_id(UUID.upper())), Live)


def test_reading_many_takes_one_search_each() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)["searchCriteria"][0]["value"]
        return NOT_FOUND if asked == "ACME-9" else hits({**HIT, "externalId": asked})

    network = Network(answer)
    wanted = [certification(f"ACME-{number}") for number in range(10)]
    found = network.reading(lambda reader: reader.read_all(wanted), ORIGIN)
    assert len(network.requests) == 10
    assert [type(found.readings[item.identity]) for item in wanted] == [Live] * 9 + [Missing]
    assert found.unmanaged is None


def test_a_refused_search_does_not_affect_others() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return origin_error(400, "CE00001", "no") if b"BAD" in request.content else hits({**HIT, "externalId": "GOOD"})

    wanted = [certification("BAD"), certification("GOOD")]
    found = Network(answer).reading(lambda reader: reader.read_all(wanted), ORIGIN)
    assert [type(found.readings[item.identity]) for item in wanted] == [Unreadable, Live]


@pytest.mark.parametrize(
    ("answer", "error"),
    [(html(502), Unavailable), (origin_error(403, "CE00002"), NotAuthorised), (httpx.Response(401), NotAuthorised)],
)
def test_a_failure_of_the_target_ends_all_searches(answer: httpx.Response, error: type[PlatformError]) -> None:
    network = Network(in_turn(answer))
    wanted = [certification(f"ACME-{number}") for number in range(40)]
    found = network.reading(lambda reader: reader.read_all(wanted), ORIGIN)
    assert {type(error_of(reading)) for reading in found.readings.values()} == {error}
    assert len(found.readings) == 40
    assert not any("ACME" in str(error_of(reading)) for reading in found.readings.values())
    assert len(network.requests) <= network.settings.concurrency * network.settings.read_attempts


def test_a_failed_search_is_repeated_as_a_read() -> None:
    network = Network(in_turn(origin_error(500, "CE00000"), origin_error(429, ""), hits(HIT)))
    assert isinstance(read(network), Live)
    assert len(network.requests) == 3


def update(network: Network) -> Live | None:
    actions: list[FieldAction] = [
        SetValue("certificateNumber", "ABC-2"),
        AddElement("brands", ("ACME",), {"website": "acme.example"}),
    ]
    return network.writing(lambda writer: writer.update(WANTED, LIVE, actions), ORIGIN)


def test_an_update_carries_one_certification_and_must_be_read_back() -> None:
    network = Network(in_turn(DONE))
    assert update(network) is None
    assert network.paths == ["POST /equinox/connect/v1/certifications/update"]
    brands = [{"collectionBehavior": "ADD", "name": "ACME", "website": "acme.example"}]
    item = {"locale": "en", "originId": UUID, "certificateNumber": "ABC-2", "brands": brands}
    assert network.bodies() == [{"certifications": [item]}]


def test_a_creation_carries_no_collection_behavior() -> None:
    network = Network(in_turn(success({"correlations": [{"externalId": "ACME-1", "originId": UUID}]})))
    fields = {"standard.code": "EPD", "certificateNumber": "ABC-1"}
    assert network.writing(lambda writer: writer.create(WANTED, fields), ORIGIN) is None
    assert network.paths == ["POST /equinox/connect/v1/certifications/create"]
    item = {"locale": "en", "externalId": "ACME-1", "standard": {"code": "EPD"}, "certificateNumber": "ABC-1"}
    assert network.bodies() == [{"certifications": [item]}]


def test_a_deletion_names_the_certification_and_nothing_else() -> None:
    network = Network(in_turn(DONE))
    assert network.writing(lambda writer: writer.process(WANTED, LIVE, Delete("old")), ORIGIN) is None
    assert network.paths == ["POST /equinox/connect/v1/certifications/delete"]
    assert network.bodies() == [{"certifications": [{"originId": UUID}]}]


def test_a_certification_without_a_known_origin_id_is_named_by_its_external_id() -> None:
    network = Network(in_turn(DONE))
    unnamed = replace(LIVE, remote_id="")
    assert network.writing(lambda writer: writer.process(WANTED, unnamed, Delete("old")), ORIGIN) is None
    assert network.bodies() == [{"certifications": [{"externalId": "ACME-1"}]}]


def test_an_action_of_connectors_raises_a_type_error() -> None:
    network = Network(in_turn(DONE))
    with pytest.raises(TypeError):
        network.writing(lambda writer: writer.process(WANTED, LIVE, Publish(certification=False)), ORIGIN)
    assert network.requests == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (origin_error(400, "CE00001", "certifications[1] require one locale."), Rejected),
        (origin_error(500, "CE00001"), Rejected),
        (origin_error(200, "CE00001"), Rejected),
        (origin_error(500, "CE00000"), OutcomeUnknown),
        (origin_error(400, "CE00000"), OutcomeUnknown),
        (origin_error(400, "CE00002"), NotAuthorised),
        (origin_error(403, "CE00002"), NotAuthorised),
        (origin_error(400, "CE00003"), LimitReached),
        (origin_error(400, "CE00004"), Rejected),
        (origin_error(500, "CE00004"), OutcomeUnknown),
        (origin_error(200, "CE00004"), OutcomeUnknown),
        (httpx.Response(401, text="who are you"), NotAuthorised),
        (html(403), NotAuthorised),
        (html(400), Rejected),
        (html(404), NotFound),
        (httpx.Response(405, json={"message": "Method Not Allowed"}), Rejected),
        (origin_error(503, "CE00001"), Rejected),
        (html(502), OutcomeUnknown),
        (html(200), OutcomeUnknown),
        (httpx.Response(200, json={"result": {}}), OutcomeUnknown),
        (httpx.Response(200, json={"status": {"state": "MAYBE"}}), OutcomeUnknown),
        (httpx.ReadTimeout(""), OutcomeUnknown),
        (httpx.ConnectError(""), Unavailable),
    ],
)
def test_the_code_decides_and_then_the_status(answer: httpx.Response | Exception, error: type[PlatformError]) -> None:
    network = Network(in_turn(answer))
    with pytest.raises(PlatformError) as raised:
        update(network)
    assert type(raised.value) is error
    assert len(network.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("of_the_platform", [True, False])
@pytest.mark.parametrize("code", ["", "CE00000"])
def test_a_throttled_unguarded_write_is_not_repeated_here(status: int, code: str, *, of_the_platform: bool) -> None:
    answer = origin_error(status, code) if of_the_platform else html(status)
    answer.headers["Retry-After"] = "12"
    network = Network(in_turn(answer, DONE))
    with pytest.raises(Unavailable) as raised:
        update(network)
    assert (raised.value.after, len(network.requests)) == (12.0, 1)
    assert of_the_platform or f"HTTP {status}, not an answer of the platform: " in str(raised.value)


def test_the_platforms_messages_are_shown() -> None:
    words = ("certifications[1] require one locale.", "certifications[1] has invalid value ''ADD ITEM''")
    with pytest.raises(Rejected) as raised:
        update(Network(in_turn(origin_error(400, "CE00001", *words))))
    assert raised.value.messages == words
    assert (raised.value.code, raised.value.status) == ("CE00001", 400)


def test_an_echoed_secret_is_not_shown() -> None:
    body = {"status": {"state": "ERROR", "code": "CE00001 - no"}, "connectRequest": {"phone": "+49 30 1234567"}}
    with pytest.raises(Rejected) as raised:
        update(Network(in_turn(httpx.Response(400, json=body))))
    assert "1234567" not in str(raised.value) + repr(raised.value.messages)
