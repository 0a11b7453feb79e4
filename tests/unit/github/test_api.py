"""Pages of lists, and files that another host stores."""

import pytest

from trueup.github.api import ApiAnswer
from unit.github.answers import REPO, STORE, Table, holds, lost, moves, pages, refuses, says

ZIP = f"GET {REPO}/actions/artifacts/1/zip"
STORED = f"GET {STORE}/a%2Fb"


def download(table: Table, limit: int = 1000) -> bytes | ApiAnswer:
    with table.rest() as rest:
        return rest.download(f"{REPO}/actions/artifacts/1/zip", limit=limit)


def test_a_list_inside_an_object_ends_where_its_count_says() -> None:
    table = Table({f"GET {REPO}/actions/runs": pages([{"id": n} for n in range(200)], "workflow_runs")})
    with table.rest() as rest:
        found = rest.items_of(f"{REPO}/actions/runs", member="workflow_runs", most=1000)
    assert isinstance(found, list)
    assert [item["id"] for item in found] == list(range(200))
    assert [request.url.params["page"] for request in table.asked] == ["1", "2"]


def test_no_more_pages_are_read_than_are_needed() -> None:
    table = Table({f"GET {REPO}/deployments": pages(range(1000))})
    with table.rest() as rest:
        assert rest.items_of(f"{REPO}/deployments", most=150) == list(range(200))


@pytest.mark.parametrize("answer", [{"workflow_runs": {}}, {"total_count": 3}, [], "x", None])
def test_an_answer_without_the_list_is_no_page(answer: object) -> None:
    table = Table({f"GET {REPO}/actions/runs": says(answer)})
    with table.rest() as rest:
        assert isinstance(rest.items_of(f"{REPO}/actions/runs", member="workflow_runs", most=1), ApiAnswer)


def test_the_host_that_stores_a_file_gets_no_token() -> None:
    table = Table({ZIP: moves(f"{STORE}/a%2Fb?sig=x%2By"), f"GET {STORE}/a/b": holds(b"zip")})
    assert download(table) == b"zip"
    first, second = table.asked
    assert first.headers["authorization"] == "Bearer canary"
    assert "authorization" not in second.headers
    assert "canary" not in str(second.headers)
    # The signature of the address covers it byte for byte.
    assert str(second.url) == f"{STORE}/a%2Fb?sig=x%2By"


@pytest.mark.parametrize(
    "location",
    [
        "",
        "/elsewhere",
        "http://store.example/a",
        "http://127.0.0.1:1/a",
        "ftp://store.example/a",
        "https:///a",
        "https://canary@store.example/a",
        "https://store.example:port/a",
        "https://store.example:0/a",
        "https://[::1/a",
        "//store.example/a",
    ],
)
def test_a_redirect_that_does_not_lead_to_https_is_not_followed(location: str) -> None:
    table = Table({ZIP: moves(location)})
    answer = download(table)
    assert isinstance(answer, ApiAnswer)
    assert not answer.good
    assert {request.url.host for request in table.asked} == {"api.github.example"}


def test_a_redirect_to_this_machine_is_followed_when_the_api_is_on_it() -> None:
    store = "http://127.0.0.1:2"
    table = Table({ZIP: moves(f"{store}/a"), f"GET {store}/a": holds(b"zip")}, api="http://localhost:1")
    assert download(table) == b"zip"
    assert isinstance(download(Table({ZIP: moves("http://store.example/a")}, api="http://localhost:1")), ApiAnswer)


def test_a_second_redirect_is_not_followed() -> None:
    table = Table({ZIP: moves(f"{STORE}/a"), f"GET {STORE}/a": moves(f"{STORE}/b"), f"GET {STORE}/b": holds(b"zip")})
    answer = download(table)
    assert isinstance(answer, ApiAnswer)
    assert answer.status == 302


def test_a_file_that_got_lost_is_asked_for_again_from_the_start() -> None:
    # The address of the stored file is valid for one minute only.
    table = Table({ZIP: moves(f"{STORE}/a"), f"GET {STORE}/a": [lost, refuses(502), holds(b"zip")]})
    assert download(table) == b"zip"
    assert [request.url.host for request in table.asked] == ["api.github.example", "store.example"] * 3


def test_a_file_that_is_too_large_is_not_returned() -> None:
    table = Table({ZIP: moves(f"{STORE}/a"), f"GET {STORE}/a": holds(b"x" * 1001)})
    assert download(table) == ApiAnswer(None)


def test_a_file_that_the_api_sends_itself_is_returned() -> None:
    assert download(Table({ZIP: holds(b"zip")})) == b"zip"


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_refusal_of_either_host_is_returned(status: int) -> None:
    for table in (Table({ZIP: refuses(status)}), Table({ZIP: moves(f"{STORE}/a"), f"GET {STORE}/a": refuses(status)})):
        answer = download(table)
        assert isinstance(answer, ApiAnswer)
        assert answer.status == status


def test_a_download_waits_for_a_rate_limit() -> None:
    table = Table({ZIP: [refuses(429, retry_after="7"), holds(b"zip")]})
    assert download(table) == b"zip"
    assert table.slept == [7.0]


def test_the_address_of_a_stored_file_is_logged_without_its_signature(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "trueup.github")
    download(Table({ZIP: moves(f"{STORE}/a?sig=canary"), f"GET {STORE}/a": holds(b"zip")}))
    assert "canary" not in caplog.text
    assert len(caplog.records) == 2


def test_a_path_on_a_server_of_an_enterprise_keeps_its_prefix() -> None:
    api = "https://github.example.com/api/v3"
    table = Table({}, api=api)
    with table.rest() as rest:
        rest.read(f"{REPO}/deployments")
    assert [str(request.url) for request in table.asked] == [f"{api}{REPO}/deployments"]
