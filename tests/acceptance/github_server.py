"""Serve the stand-in for GitHub's REST API on loopback, for processes of their own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from loopback import Quiet, listening
from unit.github.fake import GitHub


@contextmanager
def served_github(github: GitHub) -> Iterator[str]:
    """Serve it on a free port; yield its address.

    It can be a proxy as well: that is how ``gh`` is brought here, which calls a host of GitHub and nothing else.
    """

    class Handler(Quiet):
        def _do(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            url = urlsplit(self.path)
            path = f"{url.path}?{url.query}" if url.query else url.path
            request = httpx.Request(
                self.command, f"http://api{path}", headers=dict(self.headers), content=self.rfile.read(length)
            )
            known = next((answer for known, answer in github.known.items() if re.fullmatch(known, path)), None)
            response = github.transport.handle_request(request) if known is None else httpx.Response(200, json=known)
            self.send_response(response.status_code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = do_PATCH = _do  # noqa: N815 - the names are the base class's

    with listening(Handler) as url:
        yield url
