from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest

from trueup.errors import NoBody, OutcomeUnknown, Unavailable
from trueup.model.action import Delete, Rollout
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.reader import Reader, RelatedReader, Wanted
from unit.platforms.doubles import CONNECT, Network, copied, granted, html, in_turn

SHOP = replace(CONNECT, project_key="shop")
LIVE = Identity("eu", Kind.DEPLOYMENT, IdField.KEY, "acme-tax-live")
REFERENCE = {"key": "acme-tax", "staged": True}
DEPLOYMENT = {
    "id": "d1",
    "key": "acme-tax-live",
    "version": 3,
    "type": "sandbox",
    "connector": {"id": "c1", "key": "acme-tax", "version": 7, "repository": {"url": "u", "tag": "v1"}},
    "deployedRegion": "europe-west1.gcp",
    "applications": [],
    "status": "Deployed",
}


NONE = httpx.Response(
    404,
    json={"statusCode": 404, "message": "Gone", "errors": [{"code": "ResourceNotFound", "message": "Gone"}]},
)


def network(connector: httpx.Response, deployment: httpx.Response | None = None) -> Network:
    """Return a project with one deployment, whose connector is answered with this."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted()
        if request.url.path.startswith("/connectors/"):
            return copied(connector)
        return httpx.Response(200, json=DEPLOYMENT) if deployment is None else copied(deployment)

    return Network(answer)


def test_a_deployment_whose_connector_cannot_be_read_is_unreadable() -> None:
    down = network(html(503))
    answer = down.reading(lambda reader: reader.read_all([Wanted(LIVE, source=REFERENCE)]), SHOP)
    reading = answer.readings[LIVE]
    assert isinstance(reading, Unreadable)
    assert isinstance(reading.error, Unavailable)


def test_a_deployment_whose_connector_cannot_be_read_again_is_unreadable() -> None:
    assert isinstance(network(html(503)).reading(lambda reader: reader.read(Wanted(LIVE)), SHOP), Unreadable)


def test_a_deployment_whose_connector_is_gone_is_read() -> None:
    assert isinstance(network(NONE).reading(lambda reader: reader.read(Wanted(LIVE)), SHOP), Live)


def test_what_is_known_about_a_deployment_is_of_the_connector_that_it_has() -> None:
    connector = {"id": "c1", "isPreviewable": "true", "repository": {"url": "u", "tag": "v1"}}

    def answer(request: httpx.Request) -> httpx.Response:
        if "/connectors/" in request.url.path and request.url.path.endswith("/key=acme-tax"):
            return httpx.Response(404, json={"statusCode": 404, "message": "Gone", "errors": []})
        if request.url.path.startswith("/connectors/"):
            return httpx.Response(200, json=connector)
        return granted() if request.url.path == "/oauth/token" else httpx.Response(200, json=DEPLOYMENT)

    found = Network(answer).reading(lambda reader: reader.read_all([Wanted(LIVE, source=REFERENCE)]), SHOP)
    assert found.related[LIVE]["connector"] == connector


@pytest.mark.parametrize("answer", [httpx.Response(204), httpx.Response(202)])
def test_success_without_a_body_must_be_read_back(answer: httpx.Response) -> None:
    """A missing body is no failure (``deployment-api.md`` section 13), and no proof either."""
    wanted, live = Wanted(LIVE), Live(fields={}, remote_id="d1", version=3)
    shown = httpx.Response(200, json=DEPLOYMENT)
    with pytest.raises(NoBody):
        Network(in_turn(answer)).writing(lambda writer: writer.update(wanted, live, [Rollout()]), SHOP)
    with pytest.raises(NoBody):
        Network(in_turn(shown, answer)).writing(lambda writer: writer.process(wanted, live, Delete("")), SHOP)


def test_a_page_that_answers_a_write_tells_nothing() -> None:
    wanted, live = Wanted(LIVE), Live(fields={}, remote_id="d1", version=3)
    with pytest.raises(OutcomeUnknown, match="not a JSON object"):
        Network(in_turn(html(200))).writing(lambda writer: writer.update(wanted, live, [Rollout()]), SHOP)


CONNECTOR = {"id": "c1", "key": "acme-tax", "version": 7, "private": True, "repository": {"url": "u", "tag": "v1"}}


def asked(*paths: str) -> list[str]:
    """Return the paths about connectors."""
    return [path for path in paths if path.startswith("/connectors")]


async def read_related(reader: Reader) -> tuple[Reading, Mapping[str, object]]:
    assert isinstance(reader, RelatedReader)
    return await reader.read_related(Wanted(LIVE, source={"key": "acme-tax"}))


def test_a_connector_that_deployments_run_is_read_once_for_all_of_them() -> None:
    project = network(httpx.Response(200, json=CONNECTOR))
    wanted = [Wanted(LIVE, source={"key": "acme-tax"})]
    answer = project.reading(lambda reader: reader.read_all(wanted), SHOP)
    assert answer.related[LIVE]["connector"] == CONNECTOR
    assert asked(*(request.url.path for request in project.requests)) == ["/connectors/c1"]


def test_the_projects_that_a_draft_allows_are_read_for_a_creation_alone() -> None:
    project = network(httpx.Response(200, json=CONNECTOR), deployment=NONE)
    reading, related = project.reading(read_related, SHOP)
    assert (reading, related["connector"]) == (Missing(), CONNECTOR)
    paths = [request.url.path for request in project.requests]
    assert asked(*paths) == ["/connectors/key=acme-tax", "/connectors/drafts/key=acme-tax"]
    # The others of the project are not listed to create one.
    assert [path for path in paths if "deployments" in path] == ["/shop/deployments/key=acme-tax-live"]
