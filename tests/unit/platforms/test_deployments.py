from dataclasses import replace

import httpx

from trueup.errors import Unavailable
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Live, Unreadable
from trueup.model.reader import Wanted
from unit.platforms.doubles import CONNECT, Network, copied, granted, html

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


def network(connector: httpx.Response) -> Network:
    """Return a project with one deployment, whose connector is answered with this."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted()
        if request.url.path.startswith("/connectors/"):
            return copied(connector)
        return httpx.Response(200, json=DEPLOYMENT)

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
    error = {"code": "ResourceNotFound", "message": "Gone"}
    gone = httpx.Response(404, json={"statusCode": 404, "message": "Gone", "errors": [error]})
    assert isinstance(network(gone).reading(lambda reader: reader.read(Wanted(LIVE)), SHOP), Live)
