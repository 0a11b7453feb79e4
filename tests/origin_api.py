"""Talk to the sandbox's Origin in tests: a world with one certification, and a plain client."""

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from manual_clock import ManualClock
from trueup.sandbox.origin.routes import routes
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document, Store
from trueup.sandbox.world import Sandbox

ORIGIN_ID = "13949a9b-ee17-4760-93e9-7749ff2faa79"
EXTERNAL_ID = "ACME-1"
TOKEN = {"authorization": "Bearer any"}

CREATION: Document = {
    "locale": "en",
    "externalId": "ACME-2",
    "url": "https://acme.example/c.pdf",
    "reportingBody": {"name": "Veritas"},
    "standard": {"code": "EPD"},
}
"""The least that creates a certification."""


class OriginApi:
    """Serve one store in process; ``switches`` are settings that differ from their defaults."""

    def __init__(self, *, store: Store | None = None, clock: ManualClock | None = None, **switches: object) -> None:
        self.store = store or Store()
        self.clock = clock or ManualClock()
        self.sandbox = Sandbox(store=self.store, clock=self.clock, settings=Settings().changed(switches))
        served = routes(self.sandbox)
        self.app = Starlette(routes=[Mount("/worlds/{world}", routes=served), *served])

    @classmethod
    def seeded(cls, live: Document | None = None, **switches: Any) -> "OriginApi":
        """Return an API under these switches that holds one certification with these fields."""
        api = cls(**switches)
        api.seed(**(live or {}))
        return api

    def seed(self, *, world: str = "default", **fields: Any) -> Document:
        """Store a certification, complete enough to stand, in place of one of the same originId."""
        document: Document = {
            "originId": ORIGIN_ID,
            "externalId": EXTERNAL_ID,
            "url": "https://acme.example/c.pdf",
            "reportingBody": {"name": "Veritas"},
            "standard": {"code": "EPD"},
        } | fields
        self.store.put(world, "certification", document["originId"], document.get("externalId") or "", document)
        return document

    def request(self, method: str, url: str, *, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Send one request; a path goes to http://origin.test."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://origin.test") as client:
                return await client.request(method, url, headers=TOKEN if headers is None else headers, **more)

        return asyncio.run(send())

    def post(self, service: str, body: object, *, prefix: str = "/connect/v1") -> httpx.Response:
        """Call a service of the default world."""
        return self.request("POST", f"{prefix}/{service}", json=body)

    def create(self, *items: Document) -> httpx.Response:
        """Create certifications: of each item, what differs from CREATION; None leaves a field out."""
        return self.post(
            "certifications/create", {"certifications": [_over(CREATION, item) for item in items or ({},)]}
        )

    def update(self, *items: Document) -> httpx.Response:
        """Update certifications: in English, the seeded one, unless an item says otherwise."""
        least = {"locale": "en", "originId": ORIGIN_ID}
        return self.post("certifications/update", {"certifications": [_over(least, item) for item in items]})

    def delete(self, *items: Document) -> httpx.Response:
        """Delete certifications."""
        return self.post("certifications/delete", {"certifications": list(items)})

    def search(self, name: str = "ORIGINID", value: str = ORIGIN_ID, **more: object) -> httpx.Response:
        """Search by one criterion."""
        body = {"locale": "en", "pageNumber": 1, "pageSize": 10, "searchCriteria": [{"name": name, "value": value}]}
        return self.post("certifications/search", body | more)

    def found(self, name: str = "ORIGINID", value: str = ORIGIN_ID, **more: object) -> list[Document]:
        """Return what a search finds."""
        hits: list[Document] = result(self.search(name, value, **more))["data"]
        return hits

    def live(self, **more: Any) -> Document:
        """Return the seeded certification as a search shows it."""
        (document,) = self.found(**more)
        return document


def _over(base: Document, fields: Document) -> Document:
    return {name: value for name, value in (base | fields).items() if value is not None}


def result(answer: httpx.Response) -> Document:
    """Return the ``result`` of an answer that must be a success."""
    assert answer.status_code == httpx.codes.OK, answer.text
    body: Document = answer.json()
    assert body["status"] in ({"state": "SUCCESS"}, [{"state": "SUCCESS"}])
    found: Document = body["result"]
    return found


def messages(answer: httpx.Response, code: str = "CE00001", status: int = 400) -> list[str]:
    """Return the messages of an answer that must be this error."""
    body: Document = answer.json()
    assert answer.status_code == status, answer.text
    assert body["status"]["state"] == "ERROR"
    assert body["status"]["code"].split(" - ")[0] == code
    assert "result" not in body
    texts: list[str] = body["status"]["messages"]
    return texts


def ready(answer: httpx.Response) -> str:
    """Return the callback URL of an accepted asynchronous request."""
    url: str = result(answer)["poolingCallback"]
    return url
