"""An HTTP server of a test, on a free port of loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer


class Quiet(BaseHTTPRequestHandler):
    """A handler that logs nothing."""

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def listening(handler: type[Quiet], server: type[HTTPServer] = ThreadingHTTPServer) -> Iterator[str]:
    """Serve requests until the block ends; yield the address."""
    with server(("127.0.0.1", 0), handler) as opened:
        # The default of half a second is how long each end of a server would take.
        thread = threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{opened.server_port}"
        finally:
            opened.shutdown()
            thread.join()
