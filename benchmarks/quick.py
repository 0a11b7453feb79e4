"""A server of connector drafts that only waits: ``python -m benchmarks.quick CONNECTORS LATENCY``.

The sandbox needs about as much CPU for a write as trueup does, on the same machine. This server shows how near trueup
comes to the limit that latency sets: every answer is built before the first request, and is sent LATENCY seconds after
its request arrived. A draft accepts one write, with version 1. ``GET /_most`` returns the largest number of concurrent
requests. The parser expects requests as httpx writes them: headers with Content-Length, then the body.
"""

import asyncio
import json
import re
import sys
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from benchmarks.own_values import drawn_connector, wanted_connector

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_VERSION: Final = re.compile(rb'"version":(\d+)')
_STATES: Final = {"status": "Draft", "isPreviewable": "none", "private": "true", "hasChanges": "false"}


class Drafts:
    """The answers, by request."""

    def __init__(self, count: int) -> None:
        self._before = [self._draft(number, drawn_connector(number), 1) for number in range(count)]
        self._after = {
            f"id-{number}".encode(): _answer(self._draft(number, wanted_connector(number, changed=True), 2))
            for number in range(count)
        }
        self._token = _answer({"access_token": "token", "token_type": "Bearer", "expires_in": 172_800})
        self.under_way = 0
        self.most = 0
        self._refusal = _answer({"statusCode": 409, "message": "No.", "errors": []}, b"409 Conflict")

    @staticmethod
    def _draft(number: int, spec: dict[str, Any], version: int) -> dict[str, Any]:
        return {"id": f"id-{number}", "version": version, **spec, **_STATES}

    def answer(self, method: bytes, path: bytes, body: bytes) -> bytes:
        """Return the answer to one request; a draft accepts one write, with version 1."""
        if path.endswith(b"/oauth/token"):
            return self._token
        if path == b"/_most":
            return _answer({"most": self.most})
        if method == b"GET":
            query = parse_qs(urlsplit(path).query)
            offset, limit = (int(query[name][0]) for name in (b"offset", b"limit"))
            page = self._before[offset : offset + limit]
            return _answer({"results": page, "total": len(self._before), "offset": offset, "count": len(page)})
        found = _VERSION.search(body)
        if found is None or found[1] != b"1":
            return self._refusal
        return self._after.pop(path.rpartition(b"/")[2], self._refusal)


def _answer(body: dict[str, Any], status: bytes = b"200 OK") -> bytes:
    text = json.dumps(body).encode()
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(text), text)


class Line(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, drafts: Drafts, latency: float) -> None:
        self._drafts, self._latency = drafts, latency
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, which the answer is written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Schedule the answer once the request is complete."""
        arrived = asyncio.get_running_loop().time()
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or (length and len(body) < int(length[1])):
            return
        self._read = b""
        method, path, _ = head.split(b" ", 2)
        self._drafts.under_way += 1
        self._drafts.most = max(self._drafts.most, self._drafts.under_way)
        answer = self._drafts.answer(method, path, body)
        asyncio.get_running_loop().call_at(arrived + self._latency, self._send, answer)

    def _send(self, answer: bytes) -> None:
        self._drafts.under_way -= 1
        self._transport.write(answer)


async def serve(count: int, latency: float) -> None:
    """Serve on a free port of this machine until the process ends; write the address to standard error."""
    drafts = Drafts(count)
    server = await asyncio.get_running_loop().create_server(lambda: Line(drafts, latency), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    sys.stderr.write(f"http://{host}:{port}\n")
    sys.stderr.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
