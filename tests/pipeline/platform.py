"""A platform on loopback that runs in this process, one request at a time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import HTTPServer
from typing import Final

import httpx

from loopback import Quiet, listening
from pipeline.processes import Crash
from trueup.sandbox.calls import DEFAULT_WORLD
from trueup.sandbox.effects import edit_from_json
from trueup.sandbox.foreign_edits import edit_resource
from trueup.sandbox.server import Embedded, open_embedded

Slot = tuple[str, str]
"""The key of a connector, and one of its fields."""

Values = dict[Slot, str]

FIELDS: Final = ("name", "description")


@dataclass(frozen=True)
class Platform:
    """The connectors that are live."""

    url: str
    embedded: Embedded

    def live(self) -> Values:
        """Return the values of all fields; a connector that does not exist has none."""
        drafts = self.embedded.sandbox.store.list(DEFAULT_WORLD, "connector")
        return {(draft["key"], name): draft[name] for draft in drafts for name in FIELDS}

    def restore(self, values: Values) -> None:
        """Let fields have these values, in the connectors that there were at first."""
        for slot, value in values.items():
            self.edit(slot, value)

    def edit(self, slot: Slot, value: str) -> None:
        """Change a field as another client does."""
        key, name = slot
        edit = edit_from_json({"connector": key, "set": {name: value}})
        assert edit_resource(self.embedded.sandbox, DEFAULT_WORLD, edit) == 1


@contextmanager
def serving(crash: Crash) -> Iterator[Platform]:
    """Serve an empty platform, whose requests are boundaries of the process that may crash."""
    embedded = open_embedded(None, None, ())

    class Handler(Quiet):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if (crossing := crash.cross()) == "lost before":
                return
            request = httpx.Request(
                self.command, f"http://sandbox{self.path}", headers=self.headers.items(), content=body
            )
            answer = asyncio.run(_answered(embedded, request))
            if crossing == "lost after":
                return
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_DELETE = _do  # noqa: N815 - the names are the base class's

    try:
        # One request at a time, so that a crash ends the process at a known one.
        with listening(Handler, HTTPServer) as url:
            yield Platform(url, embedded)
    finally:
        embedded.close()


async def _answered(embedded: Embedded, request: httpx.Request) -> httpx.Response:
    answer = await embedded.transport.handle_async_request(request)
    await answer.aread()
    return answer
