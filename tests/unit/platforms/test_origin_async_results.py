"""Asynchronous writes: how they end, and which callbacks are followed."""

import httpx
import pytest

from trueup.errors import LimitReached, NotAuthorised, OutcomeUnknown, PlatformError, Rejected
from trueup.model.action import Delete, SetValue
from trueup.model.live import Live
from trueup.model.writer import Writer
from unit.platforms.doubles import ORIGIN, Network, certification, html, in_turn, origin_error, success

BATCH = "1c8a06b6-45be-4e68-9e2d-5c1f075e6ca2"
RESULT = f"/connect/v1/result/certifications_update/batch/{BATCH}"
CALLBACK = f"https://origin.test/equinox{RESULT}"
ASKED = f"GET /equinox{RESULT}"
SUBMIT = "POST /equinox/connect/v1/async/certifications/update"
WANTED = certification("ACME-1")
LIVE = Live(fields={}, remote_id="13949a9b-ee17-4760-93e9-7749ff2faa79")

SUBMITTED = success({"poolingCallback": CALLBACK})
PENDING = success({"executionStatus": "PENDING", "batchId": BATCH})
DONE = success({"entityType": "CERTIFICATION", "result": "Update completed."})


def failed(**status: object) -> httpx.Response:
    return success({"executionStatus": "ERROR", "batchId": BATCH, **status})


def network(*answers: httpx.Response | Exception) -> Network:
    return Network(in_turn(*answers)).with_settings(origin_async=True)


def update(platform: Network) -> Live | None:
    async def use(writer: Writer) -> Live | None:
        return await writer.update(WANTED, LIVE, [SetValue("certificateNumber", "ABC-2")])

    return platform.writing(use, ORIGIN)


def error_of(platform: Network) -> PlatformError:
    with pytest.raises(PlatformError) as raised:
        update(platform)
    return raised.value


def test_the_result_of_a_submitted_write_is_polled_until_it_is_done() -> None:
    platform = network(SUBMITTED, PENDING, PENDING, PENDING, DONE)
    assert update(platform) is None
    assert platform.paths == [SUBMIT, *[ASKED] * 4]
    assert platform.clock.waits == [0.5, 1.0, 2.0]
    assert {request.headers["authorization"] for request in platform.requests} == {"Bearer origin-token"}


def test_every_write_has_its_asynchronous_form() -> None:
    platform = network(SUBMITTED, DONE, SUBMITTED, DONE)
    platform.writing(lambda writer: writer.create(WANTED, {"standard.code": "EPD"}), ORIGIN)
    platform.writing(lambda writer: writer.process(WANTED, LIVE, Delete("old")), ORIGIN)
    assert [path.rpartition("/")[2] for path in platform.paths[::2]] == ["create", "delete"]
    assert all("/async/" in path for path in platform.paths[::2])


def test_both_spellings_of_the_callback_are_understood() -> None:
    platform = network(success({"pollingCallback": CALLBACK}), DONE)
    assert update(platform) is None
    assert platform.paths[1:] == [ASKED]


def test_an_answer_that_is_the_result_needs_no_polling() -> None:
    platform = network(DONE)
    assert update(platform) is None
    assert platform.paths == [SUBMIT]


def test_a_synchronous_write_that_is_answered_with_a_callback_is_followed() -> None:
    platform = Network(in_turn(SUBMITTED, DONE))
    assert update(platform) is None
    assert platform.paths == ["POST /equinox/connect/v1/certifications/update", ASKED]


@pytest.mark.parametrize("sync", [True, False])
@pytest.mark.parametrize(
    ("status", "error"),
    [
        ({}, Rejected),
        ({"code": "CE00001 - words", "messages": ["certifications[1] require one locale."]}, Rejected),
        ({"code": "CE00003 - words"}, LimitReached),
        ({"code": "CE00002 - words"}, NotAuthorised),
        ({"code": "CE00000 - words"}, OutcomeUnknown),
        ({"status": {"state": "ERROR", "code": "CE00000 - words"}}, OutcomeUnknown),
        ({"status": [{"code": "CE00003 - words"}]}, LimitReached),
    ],
)
def test_success_around_a_failed_batch_is_a_failure(sync: bool, status: dict[str, object], error: type) -> None:  # noqa: FBT001 - a parameter of the test
    platform = Network(in_turn(failed(**status))) if sync else network(SUBMITTED, PENDING, failed(**status))
    assert type(error_of(platform)) is error


def test_the_messages_of_a_failed_batch_are_shown() -> None:
    words = ["certifications[1] require one locale.", "token origin-token"]
    error = error_of(network(SUBMITTED, failed(code="CE00001 - no", messages=words)))
    assert error.messages == ("certifications[1] require one locale.", "token ***")
    assert str(error).startswith(
        "origin: update Certification ACME-1: it failed: certifications[1] require one locale."
    )


def test_a_batch_that_stays_pending_is_unknown_when_patience_ends() -> None:
    platform = network(SUBMITTED, PENDING).with_settings(result_patience=100.0)
    assert type(error_of(platform)) is OutcomeUnknown
    assert platform.clock.waits == [0.5, 1.0, 2.0, 4.0, 8.0, *[15.0] * 5]
    assert platform.paths.count(SUBMIT) == 1


def test_an_unknown_state_means_pending() -> None:
    platform = network(SUBMITTED, success({"executionStatus": "QUEUED"}), DONE)
    assert update(platform) is None
    assert platform.paths[1:] == [ASKED] * 2


@pytest.mark.parametrize(
    "poll",
    [
        origin_error(400, "CE00001", "batch does not exist"),
        origin_error(403, "CE00002"),
        html(404),
        html(502),
        httpx.ReadTimeout(""),
        httpx.Response(200, json={"result": {}}),
    ],
)
def test_an_unreadable_result_leaves_the_write_unknown(poll: httpx.Response | Exception) -> None:
    platform = network(SUBMITTED, poll)
    assert type(error_of(platform)) is OutcomeUnknown
    assert platform.paths.count(SUBMIT) == 1


def test_a_refused_submission_is_refused() -> None:
    platform = network(origin_error(400, "CE00001", "no"))
    assert type(error_of(platform)) is Rejected
    assert platform.paths == [SUBMIT]


@pytest.mark.parametrize(
    "callback",
    [
        f"https://evil.test/equinox{RESULT}",
        f"http://origin.test/equinox{RESULT}",
        f"https://origin.test:444/equinox{RESULT}",
        f"https://origin.test@evil.test/equinox{RESULT}",
        f"https://origin.test{RESULT}",
        f"https://origin.test/equinox/../elsewhere{RESULT}",
        f"//evil.test/equinox{RESULT}?x=y",
    ],
)
def test_a_callback_to_another_host_is_not_followed(callback: str) -> None:
    platform = network(success({"poolingCallback": callback}), DONE)
    assert update(platform) is None
    assert platform.paths[1:] == [ASKED]
    assert {(request.url.scheme, request.url.netloc) for request in platform.requests} == {("https", b"origin.test")}


def test_a_callback_to_another_host_without_a_batch_id_leaves_the_write_unknown() -> None:
    platform = network(success({"poolingCallback": "https://evil.test/result/../../token"}), DONE)
    assert type(error_of(platform)) is OutcomeUnknown
    assert platform.paths == [SUBMIT]


def test_a_callback_is_followed_with_its_query() -> None:
    platform = network(success({"poolingCallback": f"HTTPS://ORIGIN.TEST:443/equinox{RESULT}?wait=1"}), DONE)
    assert update(platform) is None
    assert str(platform.requests[1].url) == f"{CALLBACK}?wait=1"


def test_a_pending_write_without_a_callback_is_unknown() -> None:
    assert type(error_of(network(PENDING))) is OutcomeUnknown
