import httpx
import pytest

from trueup.errors import Busy, Conflict, NoBody, NotFound, OutcomeUnknown, PlatformError, Rejected, Unavailable
from trueup.model.action import AddMember, Delete, FieldAction, Publish, SetValue
from trueup.model.live import Live
from unit.platforms.doubles import Network, connector, draft, html, in_turn, refusal

WANTED = connector("tax")
LIVE = Live(fields={}, remote_id="id-tax-0", version=3)
GONE = Delete(reason="no longer used")
AFTER = httpx.Response(201, json=draft("tax", version=4))


def update(network: Network) -> Live | None:
    actions: list[FieldAction] = [SetValue("name", "New"), AddMember("privateProjects", "europe-west1.gcp:shop")]
    return network.writing(lambda writer: writer.update(WANTED, LIVE, actions))


def delete(network: Network) -> Live | None:
    return network.writing(lambda writer: writer.process(WANTED, LIVE, GONE))


def test_an_update_is_sent_by_id_with_the_version_and_all_actions() -> None:
    network = Network(in_turn(AFTER))
    live = update(network)
    assert network.paths[1:] == ["POST /connectors/drafts/id-tax-0"]
    assert network.bodies() == [
        {
            "version": 3,
            "actions": [
                {"action": "setName", "name": "New"},
                {"action": "addPrivateProject", "privateProject": "europe-west1.gcp:shop"},
            ],
        }
    ]
    assert live is not None
    assert live.version == 4


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_2xx_with_an_object_is_success(status: int) -> None:
    live = update(Network(in_turn(httpx.Response(status, json=draft("tax", version=4)))))
    assert live is not None
    assert live.version == 4


def test_a_2xx_without_a_draft_must_be_read_back() -> None:
    assert update(Network(in_turn(httpx.Response(200, json={"done": True})))) is None


@pytest.mark.parametrize("key", [None, "other"])
def test_a_2xx_with_another_draft_must_be_read_back(key: str | None) -> None:
    shown = httpx.Response(201, json=draft(key))
    assert update(Network(in_turn(shown))) is None
    assert Network(in_turn(shown)).writing(lambda writer: writer.create(WANTED, {"name": "Tax"})) is None


@pytest.mark.parametrize("answer", [httpx.Response(204), httpx.Response(200, json=[]), html(200)])
def test_a_2xx_without_an_object_is_unknown(answer: httpx.Response) -> None:
    with pytest.raises(OutcomeUnknown):
        update(Network(in_turn(answer)))


def test_a_creation_carries_the_draft() -> None:
    network = Network(in_turn(AFTER))
    fields = {"name": "Tax", "creator.email": "a@b.example"}
    assert network.writing(lambda writer: writer.create(WANTED, fields)) is not None
    assert network.paths[1:] == ["POST /connectors/drafts"]
    assert network.bodies() == [{"key": "tax", "name": "Tax", "creator": {"email": "a@b.example"}}]


def test_a_key_that_was_taken_in_the_meantime_is_a_conflict() -> None:
    taken = refusal(400, "DuplicateField", field="key", duplicateValue="tax")
    with pytest.raises(Conflict):
        Network(in_turn(taken)).writing(lambda writer: writer.create(WANTED, {"name": "Tax"}))


def test_a_process_action_is_sent_alone_with_the_version() -> None:
    network = Network(in_turn(AFTER))
    network.writing(lambda writer: writer.process(WANTED, LIVE, Publish(certification=True)))
    assert network.bodies() == [{"version": 3, "actions": [{"action": "publish", "certification": True}]}]


def test_a_deletion_compares_the_version_immediately_before() -> None:
    network = Network(in_turn(httpx.Response(200, json=draft("tax")), httpx.Response(200, json=draft("tax"))))
    assert delete(network) is None
    assert network.paths[1:] == ["GET /connectors/drafts/id-tax-0", "DELETE /connectors/drafts/id-tax-0"]


def test_a_deletion_without_a_body_must_be_read_back() -> None:
    with pytest.raises(NoBody):
        delete(Network(in_turn(httpx.Response(200, json=draft("tax")), httpx.Response(204))))


def test_a_draft_with_another_version_is_not_deleted() -> None:
    network = Network(in_turn(httpx.Response(200, json=draft("tax", version=4))))
    with pytest.raises(Conflict, match="now has version 4 instead of 3"):
        delete(network)
    assert "DELETE" not in " ".join(network.paths)


@pytest.mark.parametrize(
    ("before", "error"),
    [
        (refusal(404, "ResourceNotFound"), NotFound),
        (httpx.Response(200, json=draft("other")), PlatformError),
        (html(502), Unavailable),
    ],
)
def test_an_unreadable_draft_is_not_deleted(before: httpx.Response, error: type[PlatformError]) -> None:
    network = Network(in_turn(before))
    with pytest.raises(error):
        delete(network)
    assert "DELETE" not in " ".join(network.paths)


def test_a_deletion_without_an_answer_is_unknown_and_sent_once() -> None:
    network = Network(in_turn(httpx.Response(200, json=draft("tax")), httpx.ReadError("reset")))
    with pytest.raises(OutcomeUnknown):
        delete(network)
    assert sum(path.startswith("DELETE") for path in network.paths) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(409, "ConcurrentModification", currentVersion=5), Conflict),
        (refusal(400, "ConcurrentModification"), Conflict),
        (refusal(409, "ConnectorStagedUnderProcess"), Busy),
        (refusal(409, ""), Conflict),
        (refusal(400, "ConnectorStagedPreviewRequestUnderProcess"), Busy),
        (refusal(409, "ConnectorStagedInCertification"), Busy),
        (refusal(422, "GitRepositoryNotReachable"), Rejected),
        (refusal(500, "GitRepositoryNotReachable"), Rejected),
        (refusal(400, "ConnectorAlreadyCertified"), Rejected),
        (refusal(400, "NeverHeardOf"), Rejected),
        (refusal(418, "NeverHeardOf"), Rejected),
        (refusal(404, "ResourceNotFound"), NotFound),
        (refusal(400, "DuplicateField", field="name"), Rejected),
    ],
)
def test_the_code_decides_and_then_the_status(answer: httpx.Response, error: type[PlatformError]) -> None:
    with pytest.raises(PlatformError) as raised:
        update(Network(in_turn(answer)))
    assert type(raised.value) is error
    assert raised.value.status == answer.status_code


def test_nothing_depends_on_the_message() -> None:
    misleading = refusal(400, "InvalidJsonInput", message="ConcurrentModification: version mismatch, 409")
    with pytest.raises(Rejected):
        update(Network(in_turn(misleading)))


def test_the_platforms_messages_are_shown() -> None:
    errors = [
        {"code": "InvalidJsonInput", "message": "Not valid", "detailedErrorMessage": "name: too\nlong"},
        {"code": "InvalidJsonInput", "message": "Not valid", "detailedErrorMessage": ""},
    ]
    body = {"statusCode": 400, "message": "Not valid", "errors": errors}
    with pytest.raises(Rejected) as raised:
        update(Network(in_turn(httpx.Response(400, json=body))))
    assert raised.value.messages == ("Not valid - name: too long", "Not valid")
    assert str(raised.value) == "eu: update Connector tax: Not valid - name: too long (HTTP 400 InvalidJsonInput)"
    assert raised.value.code == "InvalidJsonInput"


def test_an_error_body_may_come_without_errors() -> None:
    body = {"statusCode": 409, "message": "Conflict"}
    with pytest.raises(Conflict):
        update(Network(in_turn(httpx.Response(409, json=body))))


def test_a_long_foreign_body_is_shown_shortened() -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        update(Network(in_turn(httpx.Response(500, text="panic " * 1000))))
    assert len(str(raised.value)) < 400
    assert "HTTP 500, not an answer of the platform: panic panic" in str(raised.value)


def lost(version: int) -> httpx.Response:
    return httpx.Response(200, json={**draft(None, version=version), "id": LIVE.remote_id})


def test_an_answer_without_the_key_shows_the_draft_that_was_written_to() -> None:
    live = update(Network(in_turn(lost(4))))
    assert live is not None
    assert (live.version, live.lost_key) == (4, True)


def test_a_draft_that_lost_its_key_is_deleted_by_its_id() -> None:
    network = Network(in_turn(lost(3), lost(3)))
    delete(network)
    assert network.paths[-2:] == ["GET /connectors/drafts/id-tax-0", "DELETE /connectors/drafts/id-tax-0"]
