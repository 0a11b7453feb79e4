"""Every answer has the required fields of its representation, for all endpoints of both platforms.

The tables are written from the pages: for Connect the representations of ConnectorStaged and sections 1, 2, 3 and 7
of the digest, for Origin the response tables of CertificationsUpdate and sections 2 and 3. A name with a question
mark may be absent or null; every other member must be there, with a value of its kind.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import httpx
import pytest

from connect_api import DRAFTS, REPOSITORY, ConnectApi, action
from origin_api import CREATION, EXTERNAL_ID, ORIGIN_ID, OriginApi, ready
from trueup.sandbox.connect.shapes import ACTIONS
from trueup.sandbox.faults import faults_from_json

Kind = Callable[[object], bool] | Mapping[str, Any] | tuple[Any, ...]
"""A check of a value, the table of an object, or a tuple of one kind: a list of values of that kind."""


def text(value: object) -> bool:
    return isinstance(value, str)


def filled(value: object) -> bool:
    return isinstance(value, str) and value != ""


def truth(value: object) -> bool:
    return isinstance(value, bool)


def whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def anything(value: object) -> bool:
    return True


def one_of(*choices: str) -> Kind:
    return lambda value: value in choices


CREATOR: Final = {
    "email": filled,
    "name?": text,
    "title?": text,
    "company?": text,
    "logoUrl?": text,
    "noOfContributors?": whole,
    "supportUrl?": text,
}
STANDARD_KEY: Final = {"key": filled, "description": text, "default?": text, "required?": truth}
SECURED_KEY: Final = {"key": filled, "description": text, "required?": truth}
APPLICATION: Final = {
    "applicationName": filled,
    "applicationType": one_of(
        "service", "event", "job", "merchant-center-custom-application", "merchant-center-custom-view", "assets"
    ),
    "standardConfiguration": (STANDARD_KEY,),
    "securedConfiguration": (SECURED_KEY,),
}
REPORT: Final = {
    "entries": (
        {
            "type": one_of("Information", "Warning", "Error"),
            "title": filled,
            "message?": text,
            "createdAt": filled,
            "application?": text,
        },
    )
}
CONNECTOR_STAGED: Final = {
    "id": filled,
    "version": whole,
    "key?": filled,
    "name": filled,
    "description": text,
    "integrationTypes": (filled,),
    "creator": CREATOR,
    "repository": {"url": filled, "tag": filled},
    "configurations": (APPLICATION,),
    "globalConfiguration?": {"standardConfiguration?": (STANDARD_KEY,), "securedConfiguration?": (SECURED_KEY,)},
    "apiClient?": {"scopes": (filled,)},
    "private": truth,
    "privateProjects": (filled,),
    "supportedRegions": (filled,),
    "documentationUrl?": text,
    "certificationInfo?": {"comments": ({"userId": filled, "datetime": filled, "comment": filled},)},
    "status": one_of("Draft", "Processing", "ReadyForCertification", "InCertification", "Published", "Failed"),
    "publishingReport?": REPORT,
    "alreadyListed": truth,
    "hasChanges": truth,
    "isPreviewable": one_of("true", "false", "pending", "none"),
    "previewableReport?": REPORT,
}
PAGE: Final = {"limit": whole, "offset": whole, "count": whole, "total": whole, "results": (CONNECTOR_STAGED,)}
CONNECT_ERROR: Final = {
    "statusCode": whole,
    "message": filled,
    "errors": (
        {
            "code": filled,
            "message": filled,
            "detailedErrorMessage?": text,
            "field?": filled,
            "duplicateValue?": filled,
            "value?": filled,
            "expectedVersion?": whole,
            "currentVersion?": whole,
        },
    ),
    "error?": filled,
    "error_description?": text,
}
TOKEN: Final = {"access_token": filled, "token_type": filled, "expires_in": whole, "scope": filled}

SUCCESS: Final = {"state": one_of("SUCCESS")}
FAILURE: Final = {"state": one_of("ERROR"), "code": filled, "messages": (filled,)}
ENTITY: Final = one_of("CERTIFICATION")
CREATED: Final = {"entityType": ENTITY, "correlations": ({"externalId": filled, "originId": filled},)}
COMPLETED: Final = {"entityType": ENTITY, "result": one_of("Update completed.", "Delete completed.")}
FOUND: Final = {
    "entityType": ENTITY,
    "searchInfo": {"numberOfElements": text, "numberOfPages": text},
    # What an element holds beyond its ids is on no page that is known.
    "data": (anything,),
}
SUBMITTED: Final = {"poolingCallback": filled}
PENDING: Final = {"executionStatus": one_of("PENDING"), "batchId": filled}
ORIGIN_ERROR: Final = {"status": FAILURE, "connectRequest": anything}


def envelope(result: Kind) -> Kind:
    return {"status": SUCCESS, "result": result, "connectRequest": anything}


def problems(value: object, kind: Kind, path: str = "") -> Iterator[str]:
    """Yield the parts of a value that do not match its kind."""
    if isinstance(kind, tuple):
        if not isinstance(value, list):
            yield f"{path} is no list: {value!r}"
            return
        for number, element in enumerate(value):
            yield from problems(element, kind[0], f"{path}[{number}]")
    elif isinstance(kind, Mapping):
        if not isinstance(value, dict):
            yield f"{path} is no object: {value!r}"
            return
        names = {name.rstrip("?") for name in kind}
        yield from (f"{path}.{name} is on no page" for name in value if name not in names)
        for name, inner in kind.items():
            if not name.endswith("?") and name not in value:
                yield f"{path}.{name} is missing"
            elif value.get(name.rstrip("?")) is not None or not name.endswith("?"):
                yield from problems(value[name.rstrip("?")], inner, f"{path}.{name}")
    elif not kind(value):
        yield f"{path} cannot be {value!r}"


def assert_shape(answer: httpx.Response, kind: Kind, status: int) -> Any:
    body = answer.json()
    assert (answer.status_code, list(problems(body, kind))) == (status, []), body
    return body


PAYLOADS: Final[Mapping[str, object]] = {
    "name": "New",
    "description": "d",
    "tag": "v2",
    "regions": ["europe-west1.gcp"],
    "documentationUrl": "https://x.example",
    "integrationTypes": ["tax"],
    "creatorName": "J",
    "creatorTitle": "Mr",
    "creatorEmail": "j@b.c",
    "creatorCompany": "Acme",
    "creatorNoOfContributors": 3,
    "creatorSupportUrl": "https://x.example",
    "logoUrl": "https://x.example/l.png",
    "privateProject": "region:shop-1",
    "certification": True,
    "comment": "Ready.",
}


def test_every_representation_of_connect_has_its_required_members() -> None:
    api = ConnectApi()
    assert_shape(api.token(), TOKEN, 200)
    assert_shape(api.create(), CONNECTOR_STAGED, 201)
    for name, shape in ACTIONS.items():
        payload = {member: PAYLOADS[member] for member, rule in shape.items() if rule.required}
        assert_shape(api.act(action(name, **payload)), CONNECTOR_STAGED, 201)
        for _ in range(3):  # the states of the pipelines that the action began
            draft = assert_shape(api.call("GET", f"{DRAFTS}/key=acme-tax"), CONNECTOR_STAGED, 200)
            assert_shape(api.call("GET", DRAFTS), PAGE, 200)
            api.clock.advance(2)
    assert_shape(api.call("GET", f"{DRAFTS}/{draft['id']}"), CONNECTOR_STAGED, 200)
    assert_shape(api.call("DELETE", f"{DRAFTS}/key=acme-tax"), CONNECTOR_STAGED, 200)
    assert_shape(api.call("GET", DRAFTS), PAGE, 200)


@pytest.mark.parametrize("result", ["true", "false", "none"])
@pytest.mark.parametrize("end", ["Published", "Failed"])
def test_every_end_of_a_pipeline_has_its_required_members(result: str, end: str) -> None:
    api = ConnectApi(preview_result=result, publish_result=end)
    api.created()
    api.acted("updatePreviewable", action("publish", certification=False))
    api.clock.advance(60)
    assert_shape(api.call("GET", f"{DRAFTS}/key=acme-tax"), CONNECTOR_STAGED, 200)


@pytest.mark.parametrize(
    ("status", "method", "path", "more"),
    [
        (404, "GET", f"{DRAFTS}/key=nobody", {}),
        (404, "GET", "/connectors/drafts/key=acme-tax/nothing", {}),
        (405, "PUT", DRAFTS, {}),
        (400, "GET", f"{DRAFTS}?limit=501", {}),
        (400, "GET", f"{DRAFTS}/7", {}),
        (400, "POST", DRAFTS, {"json": {}}),
        (400, "POST", DRAFTS, {"content": "{"}),
        (
            400,
            "POST",
            DRAFTS,
            {"json": {"key": "acme-tax", "name": "n", "creator": {"email": "a@b.c"}} | {"repository": REPOSITORY}},
        ),
        (409, "POST", f"{DRAFTS}/key=acme-tax", {"json": {"version": 9, "actions": []}}),
        (400, "POST", f"{DRAFTS}/key=acme-tax", {"json": {"version": 1, "actions": [{"action": "setKey"}]}}),
        (401, "GET", DRAFTS, {"headers": {"authorization": "Bearer unknown"}}),
    ],
)
def test_every_refusal_of_connect_has_its_required_members(
    status: int, method: str, path: str, more: dict[str, Any]
) -> None:
    api = ConnectApi()
    api.created()
    assert_shape(api.call(method, path, **more), CONNECT_ERROR, status)


@pytest.mark.parametrize(
    ("effect", "status"), [("general-error", 500), ("reject", 400), ("unavailable", 503), ("too-many-requests", 429)]
)
def test_every_fault_that_connect_words_itself_has_its_required_members(effect: str, status: int) -> None:
    api = ConnectApi()
    api.created()
    api.sandbox.faults = faults_from_json({"faults": [{"effect": effect}]}, "test")
    assert_shape(api.call("GET", f"{DRAFTS}/key=acme-tax"), CONNECT_ERROR, status)


def test_a_refused_token_has_its_required_members() -> None:
    assert_shape(ConnectApi().token(auth=("", "")), CONNECT_ERROR, 401)


def test_every_answer_of_origin_has_its_required_members() -> None:
    api = OriginApi.seeded(origin_async_seconds=1.0)
    change = {"certifications": [{"locale": "en", "originId": ORIGIN_ID, "certificateNumber": "7"}]}
    gone = {"certifications": [{"externalId": "ACME-2"}]}
    assert_shape(api.create(), envelope(CREATED), 200)
    assert_shape(api.post("certifications/update", change), envelope(COMPLETED), 200)
    assert_shape(api.search(), envelope(FOUND), 200)
    assert_shape(api.delete({"externalId": "ACME-2"}), envelope(COMPLETED), 200)
    assert_shape(api.request("GET", "/connect/v1/check"), {"status": SUCCESS, "result": anything}, 200)
    creation = {"certifications": [CREATION]}
    for service, body, end in (
        ("create", creation, CREATED),
        ("update", change, COMPLETED),
        ("delete", gone, COMPLETED),
    ):
        answer = api.post(f"async/certifications/{service}", body)
        assert_shape(answer, envelope(SUBMITTED), 200)
        # The samples of ResultGet repeat no request.
        assert_shape(api.request("GET", ready(answer)), {"status": SUCCESS, "result": PENDING}, 200)
        api.clock.advance(2)
        assert_shape(api.request("GET", ready(answer)), {"status": SUCCESS, "result": end}, 200)


@pytest.mark.parametrize("service", ["create", "update", "delete", "search"])
@pytest.mark.parametrize("mode", ["", "async/"])
def test_every_refusal_of_origin_has_its_required_members(service: str, mode: str) -> None:
    api = OriginApi.seeded()
    path = f"{'' if service == 'search' else mode}certifications/{service}"
    assert_shape(api.post(path, {}), ORIGIN_ERROR, 400)
    assert_shape(api.request("POST", f"/connect/v1/{path}", content="{"), ORIGIN_ERROR, 400)
    assert_shape(api.request("POST", f"/connect/v1/{path}", json={}, headers={}), ORIGIN_ERROR, 401)


def test_a_certification_is_found_with_both_ids() -> None:
    (found,) = OriginApi.seeded().found()
    assert (found["originId"], found["externalId"]) == (ORIGIN_ID, EXTERNAL_ID)
