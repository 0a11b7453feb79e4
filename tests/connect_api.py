"""Talk to the sandbox's Connect in tests: one world, one token, a clock that stands still."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from manual_clock import ManualClock
from trueup.sandbox.seed import apply_seed, check_seed
from trueup.sandbox.server import open_embedded
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document

WORLD = "connect"
DRAFTS = "/connectors/drafts"
REPOSITORY = {"url": "git@github.com:acme/tax.git", "tag": "v1"}
DRAFT: Document = {"key": "acme-tax", "name": "Acme Tax", "creator": {"email": "a@b.c"}, "repository": REPOSITORY}
"""The least that creates a draft, and a key."""


class ConnectApi:
    """Serve one world in process; ``switches`` are settings that differ from their defaults."""

    def __init__(self, **switches: object) -> None:
        self.clock = ManualClock()
        self.embedded = open_embedded(None, None, (WORLD,), clock=self.clock, settings=Settings().changed(switches))
        self.sandbox = self.embedded.sandbox
        self._token = ""

    def send(self, method: str, path: str, *, world: str = WORLD, **more: Any) -> httpx.Response:
        """Send one request as it is; a path starts below the world."""

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self.embedded.transport) as client:
                return await client.request(method, self.embedded.base_url(world) + path, **more)

        return asyncio.run(send())

    def token(self, scope: str | None = None, **more: Any) -> httpx.Response:
        """Ask for a token."""
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        return self.send("POST", "/oauth/token", **{"auth": ("client", "secret"), "data": form, **more})

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send one request with a good token."""
        self._token = self._token or str(self.token().json()["access_token"])
        headers = {"authorization": f"Bearer {self._token}", **more.pop("headers", {})}
        return self.send(method, path, headers=headers, **more)

    def create(self, **fields: object) -> httpx.Response:
        """Create a draft: DRAFT, with some fields changed; None leaves a field out."""
        body = {name: value for name, value in {**DRAFT, **fields}.items() if value is not None}
        return self.call("POST", DRAFTS, json=body)

    def created(self, **fields: object) -> Document:
        """Create a draft that must be taken; return the answer."""
        return taken(self.create(**fields), 201)

    def get(self, address: str = "key=acme-tax") -> Document:
        """Return a draft that must be there."""
        return taken(self.call("GET", f"{DRAFTS}/{address}"))

    def act(self, *actions: object, version: int | None = None, address: str = "key=acme-tax") -> httpx.Response:
        """Update a draft; at its current version, unless another is given. A text is an action without payload."""
        known = self.get(address)["version"] if version is None else version
        listed = [{"action": action} if isinstance(action, str) else action for action in actions]
        return self.call("POST", f"{DRAFTS}/{address}", json={"version": known, "actions": listed})

    def acted(self, *actions: object) -> Document:
        """Update the draft in a way that must be taken; return the answer."""
        return taken(self.act(*actions), self.sandbox.settings.update_status)

    def page(self, **query: object) -> Document:
        """Return a page that must be answered."""
        return taken(self.call("GET", DRAFTS, params=query))

    def keys(self, **query: object) -> list[str]:
        """Return the keys on a page."""
        return [draft["key"] for draft in self.page(**query)["results"]]

    def plant(self, **fields: object) -> None:
        """Put a draft into the world as a seed does: DRAFT, with some fields changed."""
        seed = check_seed({"connectors": [{**DRAFT, **fields}]}, "test")
        apply_seed(self.sandbox.store, WORLD, seed, clock=self.clock)

    def stored(self) -> list[Document]:
        """Return what the world holds, whatever the API shows."""
        return self.sandbox.store.list(WORLD, "connector")

    def switch(self, **switches: object) -> None:
        """Change settings."""
        self.sandbox.settings = self.sandbox.settings.changed(switches)


def taken(answer: httpx.Response, status: int = 200) -> Document:
    """Return the body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    body: Document = answer.json()
    return body


def refusal(answer: httpx.Response) -> tuple[int, list[str]]:
    """Return status and codes of a refusal, after checking the shape that official clients insist on."""
    body = answer.json()
    assert body["statusCode"] == answer.status_code
    assert isinstance(body["message"], str)
    assert body["message"] == body["errors"][0]["message"] or answer.status_code == 401
    for error in body["errors"]:
        assert isinstance(error["code"], str)
        assert isinstance(error["message"], str)
        assert isinstance(error.get("detailedErrorMessage", ""), str)
    return answer.status_code, [error["code"] for error in body["errors"]]


def details(answer: httpx.Response) -> list[str]:
    """Return what is wrong with a request, one sentence an error."""
    return [error["detailedErrorMessage"] for error in answer.json()["errors"]]


def action(name: str, /, **payload: object) -> Mapping[str, object]:
    """Return one update action."""
    return {"action": name, **payload}
