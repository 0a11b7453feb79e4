"""Asynchronous requests: submission, the callback, and the four outcomes of a poll."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from manual_clock import ManualClock
from origin_api import CREATION, ORIGIN_ID, OriginApi, messages, ready, result
from trueup.sandbox.store import Document, Store

CHANGE: Document = {"certifications": [{"locale": "en", "originId": ORIGIN_ID, "certificateNumber": "7"}]}
BAD: Document = {"certifications": [{"locale": "en", "originId": ORIGIN_ID, "url": "x"}]}


def slow(**more: Any) -> OriginApi:
    """Return an API whose batches take ten seconds, with one certification."""
    api = OriginApi(origin_async_seconds=10.0, **more)
    api.seed()
    return api


def poll(api: OriginApi, url: str) -> httpx.Response:
    return api.request("GET", url)


def submit(api: OriginApi, body: Document = CHANGE, service: str = "update") -> str:
    return ready(api.post(f"async/certifications/{service}", body))


@pytest.mark.parametrize("service", ["create", "update", "delete"])
def test_the_callback_names_command_and_batch(service: str) -> None:
    items = {"create": CREATION, "update": CHANGE["certifications"][0], "delete": {"originId": ORIGIN_ID}}
    url = httpx.URL(submit(slow(), {"certifications": [items[service]]}, service))
    start, _, batch = url.path.rpartition("/")
    assert start == f"/connect/v1/result/certifications_{service}/batch"
    assert len(batch) == 36


@pytest.mark.parametrize("prefix", ["", "/equinox", "/worlds/one", "/worlds/one/equinox"])
def test_the_callback_keeps_scheme_host_and_prefix_of_the_request(prefix: str) -> None:
    api = slow()
    base = f"https://origin.example:8443{prefix}/connect/v1"
    answer = api.request("POST", f"{base}/async/certifications/create?x=1", json={"certifications": [CREATION]})
    url = ready(answer)
    assert url.startswith(f"{base}/result/certifications_create/batch/")
    assert "?" not in url
    assert result(poll(api, url))["executionStatus"] == "PENDING"


def test_a_submission_answers_nothing_but_the_callback() -> None:
    answer = slow().post("async/certifications/update", CHANGE)
    assert list(result(answer)) == ["poolingCallback"]
    assert answer.json()["connectRequest"] == CHANGE


def test_a_batch_is_pending_until_its_time_has_come() -> None:
    api = slow()
    url = submit(api)
    api.clock.advance(9.9)
    assert result(poll(api, url)) == {"executionStatus": "PENDING", "batchId": url.rpartition("/")[2]}


def test_a_pending_batch_has_changed_nothing() -> None:
    api = slow()
    submit(api)
    assert api.live()["certificateNumber"] is None


def test_a_batch_takes_effect_without_being_polled() -> None:
    api = slow()
    submit(api)
    api.clock.advance(10)
    assert api.live()["certificateNumber"] == "7"


def test_a_finished_update_answers_like_a_synchronous_one() -> None:
    api = slow()
    url = submit(api)
    api.clock.advance(10)
    answer = poll(api, url)
    assert answer.json() == {
        "status": {"state": "SUCCESS"},
        "result": {"entityType": "CERTIFICATION", "result": "Update completed."},
    }


def test_a_finished_creation_answers_with_both_ids() -> None:
    api = slow()
    url = submit(api, {"certifications": [CREATION]}, "create")
    api.clock.advance(10)
    (correlation,) = result(poll(api, url))["correlations"]
    assert api.found("EXTERNALID", "ACME-2")[0]["originId"] == correlation["originId"]


def test_a_finished_deletion_has_deleted() -> None:
    api = slow()
    url = submit(api, {"certifications": [{"originId": ORIGIN_ID}]}, "delete")
    api.clock.advance(10)
    assert result(poll(api, url))["result"] == "Delete completed."
    assert api.found() == []


def test_a_batch_is_carried_out_once() -> None:
    api = slow()
    url = submit(api)
    api.clock.advance(10)
    first = result(poll(api, url))
    result(api.update({"certificateNumber": "8"}))
    assert result(poll(api, url)) == first
    assert api.live()["certificateNumber"] == "8"


def test_batches_run_in_the_order_of_submission() -> None:
    api = slow()
    for number in ("8", "9"):
        submit(api, {"certifications": [{"locale": "en", "originId": ORIGIN_ID, "certificateNumber": number}]})
    api.clock.advance(10)
    assert api.live()["certificateNumber"] == "9"


def test_a_batch_without_duration_is_done_at_once() -> None:
    api = OriginApi()
    api.seed()
    url = submit(api)
    stored = api.store.get("default", "certification", ORIGIN_ID)
    assert stored is not None
    assert stored["certificateNumber"] == "7"
    assert result(poll(api, url))["result"] == "Update completed."


def test_a_bad_request_is_refused_at_submission() -> None:
    assert messages(slow().post("async/certifications/update", BAD))


def test_a_refused_submission_leaves_no_batch() -> None:
    api = slow()
    api.post("async/certifications/update", BAD)
    assert api.store.kinds("default") == ("certification",)


def test_a_batch_that_fails_later_is_a_poll_that_succeeds() -> None:
    api = slow()
    url = submit(api)
    result(api.delete({"originId": ORIGIN_ID}))
    api.clock.advance(10)
    answer = poll(api, url)
    failed = result(answer)
    assert failed["executionStatus"] == "ERROR"
    assert failed["batchId"] == url.rpartition("/")[2]
    assert failed["code"].startswith("CE00001 - ")
    assert failed["messages"] == ["certifications[1] refers to a certification that does not exist."]


def test_of_two_batches_that_create_one_certification_the_second_fails() -> None:
    api = slow()
    first, second = (submit(api, {"certifications": [CREATION]}, "create") for _ in range(2))
    api.clock.advance(10)
    assert "correlations" in result(poll(api, first))
    assert result(poll(api, second))["executionStatus"] == "ERROR"


@pytest.mark.parametrize(
    "path",
    [
        "result/certifications_update/batch/unknown",
        "result/certifications_create/batch/{batch}",
        "result/nonsense/batch/{batch}",
    ],
)
def test_an_unknown_batch_is_a_poll_that_fails(path: str) -> None:
    api = slow()
    batch = submit(api).rpartition("/")[2]
    assert messages(poll(api, "/connect/v1/" + path.format(batch=batch)))


def test_a_batch_is_known_only_in_its_world() -> None:
    api = slow()
    path = httpx.URL(submit(api)).path
    assert messages(poll(api, f"/worlds/two{path}"))


def test_batches_outlive_a_restart(tmp_path: Path) -> None:
    clock, path = ManualClock(), str(tmp_path / "sandbox.db")
    store = Store(path)
    api = OriginApi(store=store, clock=clock, origin_async_seconds=10.0)
    api.seed()
    pending, finished = submit(api), submit(api)
    clock.advance(10)
    done = result(poll(api, finished))
    store.close()
    again = OriginApi(store=Store(path), clock=clock)
    assert result(poll(again, finished)) == done
    assert result(poll(again, pending))["result"] == "Update completed."
    again.store.close()


def test_an_asynchronous_batch_can_be_applied_in_part() -> None:
    api = OriginApi.seeded(origin_batch="prefix", origin_async_validation="batch")
    items = [{"locale": "en", "originId": ORIGIN_ID, "certificateNumber": "8"}, {}]
    url = ready(api.post("async/certifications/update", {"certifications": items}))
    failed = result(api.request("GET", url))
    assert failed["executionStatus"] == "ERROR"
    assert failed["code"].startswith("CE00000")
    assert api.live()["certificateNumber"] == "8"


@pytest.mark.parametrize("validation", ["submit", "batch"])
def test_a_request_can_be_judged_in_the_batch(validation: str) -> None:
    api = OriginApi.seeded(origin_async_validation=validation)
    answer = api.post("async/certifications/update", {"certifications": [{"originId": ORIGIN_ID}]})
    if validation == "submit":
        assert messages(answer) == ["certifications[1] require one locale."]
    else:
        failed = result(api.request("GET", ready(answer)))
        assert failed["executionStatus"] == "ERROR"
        assert failed["messages"] == ["certifications[1] require one locale."]


def test_a_failed_batch_can_be_silent() -> None:
    api = OriginApi.seeded(origin_async_validation="batch", origin_async_messages="none")
    url = ready(api.post("async/certifications/update", {"certifications": [{}]}))
    assert result(api.request("GET", url)) == {"executionStatus": "ERROR", "batchId": url.rpartition("/")[2]}


def test_results_can_be_forgotten() -> None:
    api = OriginApi.seeded(origin_result_retention=60.0)
    url = ready(api.post("async/certifications/delete", {"certifications": [{"originId": ORIGIN_ID}]}))
    api.clock.advance(60)
    assert result(api.request("GET", url))
    api.clock.advance(1)
    assert messages(api.request("GET", url))
