"""A proxy on loopback that refuses, answers nonsense or repeats what it was asked."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answer = Callable[[bytes], bytes]
"""What is written back for the head of a request."""


def refuses(status: int) -> Answer:
    return lambda head: (
        f"HTTP/1.1 {status} No\r\nX-Echo: {head.decode().replace(chr(13) + chr(10), ' ')}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def echoes_malformed(head: bytes) -> bytes:
    """Answer with the request's own lines as headers, the first of which is none."""
    return b"HTTP/1.1 200 OK\r\n" + head


def echoes_through_the_tunnel(head: bytes) -> bytes:
    """Open the tunnel, and repeat the request where TLS is expected."""
    return b"HTTP/1.1 200 OK\r\n\r\n" + head


@contextmanager
def proxying(answer: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """Yield host and port of the proxy, and the heads of what it was asked."""
    heads: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n") and (line := self.rfile.readline()):
                head += line
            if not head:
                return  # a connection that was closed before anything was asked
            heads.append(head)
            self.wfile.write(answer(head))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", heads
        finally:
            server.shutdown()
